"""What the datalab adapter can be told."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

_STATUS: Mapping[str, Meaning] = {
    "planned": "open",
    "active": "open",
    "completed": "measured",
    "failed": "failed in synthesis",
    "disposed": "cancelled",
    "other": "needs follow-up",
}
"""The words of `ItemStatus` in datalab-server 0.7.12."""

Status = Literal["planned", "active", "completed", "failed", "disposed", "other"]


class ResultColumns(BaseModel):
    """How the lab heads the columns of its results tables, upper and lower case alike.

    Attributes:
        property: What was measured, in the lab's word (`field` in the mapping).
        value: The number.
        unit: Its unit.
        replicate: Number of the repeat, from 1.
        sd: Standard deviation, in the unit.
        method: How.
        operator: Who.
        instrument: With what.
        measured_at: When, ISO 8601 with zone.
        note: Free text.
        file: Names of files attached to the sample that belong to the value, by semicolon.
        order: Our order id, if the lab writes it; it must be the sample's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    property: str = "property"
    value: str = "value"
    unit: str = "unit"
    replicate: str = "replicate"
    sd: str = "sd"
    method: str = "method"
    operator: str = "operator"
    instrument: str = "instrument"
    measured_at: str = "measured at"
    note: str = "note"
    file: str = "file"
    order: str = "order_id"


class DatalabConfig(HttpConfig):
    """Options of `[lims] kind = "datalab"`.

    datalab has no field for a measured value. What its users do is to attach a small table to the
    sample, or to type one into a comment block; both are read.

    Attributes:
        secret: Where the API key is kept; it acts as the person who made it.
        people: Names of the accounts that work on the samples. Without them nobody but the key's
            account sees an order: datalab shows a sample to those who made it.
        results: Where each property is kept: what its rows are called in the tables.
        files: Attached files that hold results, as patterns of their names (CSV or JSON).
        block: Title of comment blocks whose table holds results; empty: none are read.
        columns: Headings of the tables.
        failure: A row of this property says where an order failed: `synthesis` or `measurement`
            as the value, the reason as the note.
        ignore: Properties that may stand in the tables beside the mapped ones.
        status: What the sample's status says of an order.
        status_when_placed: Status of a new sample.
        status_when_cancelled: What `cancel` sets.
    """

    secret: SecretSource
    people: tuple[str, ...] = ()
    results: Annotated[dict[str, ResultField], Field(min_length=1)]
    files: tuple[str, ...] = ("results*.csv", "results*.json")
    block: str = "Results"
    columns: ResultColumns = ResultColumns()
    failure: str = "failure"
    ignore: tuple[str, ...] = ()
    status: dict[str, Meaning] = Field(default_factory=lambda: dict(_STATUS))
    status_when_placed: Status = "planned"
    status_when_cancelled: Status = "disposed"
