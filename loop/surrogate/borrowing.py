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


class RobustBorrowingConfig(BorrowingConfig):
    """Settings.

    Attributes:
        exclude_sources: Names of sources that must not be used, as `synthloop sources list` gives
            them.
        robust: Whether observations that all the others contradict are looked for, given a noise
            of their own and named in the warnings.
    """

    robust: bool = False
