"""What the worksheet adapter can be told."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class WorksheetConfig(BaseModel):
    """Options of `[lims] kind = "worksheet"`.

    Attributes:
        folder: Exchange folder; `exchange/<campaign>` in the workspace when absent.
        settle_seconds: A result file counts as complete when it has not changed for so long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    folder: str | None = None
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
