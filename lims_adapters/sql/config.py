"""What the SQL adapter can be told: which table, which column, which word."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

Name = Annotated[str, Field(min_length=1, max_length=128)]
OrderField = Literal[
    "campaign", "round_number", "position", "candidate_id", "label", "structure", "note",
    "requests", "json",
]  # fmt: skip


class OrdersTable(BaseModel):
    """Where orders are written, `[lims.orders]`.

    Attributes:
        table: Table, or schema.table.
        order_id: Column of our order id. A unique constraint on it is best; without one the
            order is looked for and inserted in one transaction.
        columns: What else is written: our word to the column.
        constants: Column to a fixed value, for what the table demands.
        status: Column with the order's status word.
        note: Column with the lab's reason beside the status.
        cancelled_word: What `cancel` writes into the status of an order that is still open.
        annotation: Column of our own, for prediction and reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: Name
    order_id: Name
    columns: dict[OrderField, Name] = Field(default_factory=dict)
    constants: dict[Name, str | int | float | bool] = Field(default_factory=dict)
    status: str = ""
    note: str = ""
    cancelled_word: str = ""
    annotation: str = ""

    def named(self) -> dict[str, str]:
        """Return every column that is named, by its path under `[lims.orders]`."""
        single = ("order_id", "status", "note", "annotation")
        found = {key: getattr(self, key) for key in single if getattr(self, key)}
        found |= {f"columns.{key}": column for key, column in self.columns.items()}
        return found | {f"constants.{column}": column for column in self.constants}


class ResultsTable(BaseModel):
    """Where results are read, `[lims.results]`: one row per value.

    Attributes:
        table: Table or view, or schema.table.
        order_id: Column of our order id.
        result_id: Column that names a value for ever, such as the primary key.
        property: Column with the name of what was measured, in the lab's words.
        value: Column with the number, or text such as "< 5".
        unit: Column with the unit; without it the unit of `[lims.properties]` counts.
        replicate: Column with the number of the repeat; without it, counted by `result_id`.
        sd: Column with the standard deviation, in the value's unit.
        operator: Column with who measured.
        instrument: Column with what.
        method: Column with how.
        measured_at: Column with when.
        note: Column with a remark.
        withdrawn: Column that is true, or not empty, for a value declared invalid.
        cursor: Column that tells what is new; without it everything is read and compared, which
            alone sees deleted rows.
        cursor_kind: "id": grows with every row, blind to later edits; "stamp": time of the last
            change. Both are read again over `overlap`.
        overlap: Seconds, or ids, that are read again: transactions commit out of order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: Name
    order_id: Name
    result_id: Name
    property: Name
    value: Name
    unit: str = ""
    replicate: str = ""
    sd: str = ""
    operator: str = ""
    instrument: str = ""
    method: str = ""
    measured_at: str = ""
    note: str = ""
    withdrawn: str = ""
    cursor: str = ""
    cursor_kind: Literal["id", "stamp"] = "stamp"
    overlap: Annotated[int, Field(ge=0)] = 7200

    def named(self) -> dict[str, str]:
        """Return every column that is named, by its path under `[lims.results]`."""
        skipped = {"table", "cursor_kind", "overlap"}
        return {
            key: getattr(self, key)
            for key in type(self).model_fields
            if key not in skipped and getattr(self, key)
        }


class SqlConfig(BaseModel):
    """Options of `[lims] kind = "sql"`.

    Attributes:
        url: Address as SQLAlchemy writes it, without a password:
            `postgresql+psycopg://lab@db.example.org/lims`, `sqlite:////share/lab.db`.
        secret: Where the password is kept.
        orders: Where orders are written. Without it they become text files in the campaign's
            exchange folder, for people to place by hand, and only results are read.
        results: Where results are read.
        properties: Property of the campaign to its name, unit and method in the lab.
        status: Status word to its meaning.
        timezone_offset_hours: What to add to UTC to get the database's times, where these carry
            no zone.
        timeout_seconds: Longest wait for a connection and for one statement.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    url: str
    secret: SecretSource | None = None
    orders: OrdersTable | None = None
    results: ResultsTable
    properties: Annotated[dict[str, ResultField], Field(min_length=1)]
    status: dict[str, Meaning] = Field(default_factory=dict)
    timezone_offset_hours: Annotated[float, Field(ge=-14, le=14)] = 0.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0

    @field_validator("url")
    @classmethod
    def _without_password(cls, url: str) -> str:
        if "://" not in url:
            raise ValueError("write it like postgresql+psycopg://lab@db.example.org/lims")
        user, at, _ = url.partition("://")[2].rpartition("@")
        if (at and ":" in user) or "password=" in url.lower():
            raise ValueError("no password in the address: name its place under `secret`")
        return url

    @model_validator(mode="after")
    def _status_words(self) -> Self:
        orders = self.orders
        if orders and orders.status and not self.status:
            raise ValueError("orders.status needs the meanings of its words under [lims.status]")
        if orders and orders.cancelled_word:
            meaning = self.status.get(orders.cancelled_word)
            if meaning != "cancelled":
                raise ValueError("orders.cancelled_word must mean cancelled under [lims.status]")
        return self
