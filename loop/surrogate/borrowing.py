"""What can be said to every surrogate that uses the source library."""

from pydantic import BaseModel, ConfigDict


class BorrowingConfig(BaseModel):
    """Settings.

    Attributes:
        exclude_sources: Names of sources that must not be used, as `synthloop sources list` gives
            them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    exclude_sources: tuple[str, ...] = ()
