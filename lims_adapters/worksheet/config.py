"""What the worksheet adapter can be told."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lims_adapters.instruments.config import InstrumentConfig
from lims_adapters.transport.folder import FolderConfig


class PlateConfig(BaseModel):
    """How orders are laid out on well plates, `[lims.plate]`.

    Attributes:
        wells: 96 (8 rows A-H by 12) or 384 (16 rows A-P by 24).
        fill: "row" counts A1, A2, A3; "column" counts A1, B1, C1. Wells named by a bare number
            are counted in the same direction.
        replicates: Wells per order, side by side in that direction.
        first: Number of the first well that is used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wells: Literal[96, 384] = 96
    fill: Literal["row", "column"] = "row"
    replicates: Annotated[int, Field(ge=1, le=384)] = 1
    first: Annotated[int, Field(ge=1, le=384)] = 1


class WorksheetConfig(FolderConfig):
    """Options of `[lims] kind = "worksheet"`.

    Attributes:
        sdf: Write each round as an SDF file too; for molecules and polymers.
        plate: Layout, where the lab works on well plates.
        instruments: Files of instruments that are put into results/ too, by a name of the lab's;
            a file that one of them takes is never read as a worksheet.
    """

    sdf: bool = False
    plate: PlateConfig | None = None
    instruments: dict[str, InstrumentConfig] = Field(default_factory=dict)
