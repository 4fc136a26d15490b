"""What a campaign file says of a SampleDB: which actions, and which of their fields mean what."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.measurement_mapping import MeasurementFields
from lims_adapters.transport.secret import SecretSource

Action = int | Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1)]


class CandidateField(BaseModel):
    """Where a column of the candidate goes.

    Attributes:
        field: Field of the sample's action.
        unit: Of the number, where the field is a quantity; "1" for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Name
    unit: str = "1"


class SampleMapping(BaseModel):
    """The action that makes samples. Names of its fields; an empty one is not used.

    Attributes:
        action: Its number, or its English name.
        order_id: Text field that holds our order id, and that nobody else writes.
        name: Text field that every object has.
        structure: Text field for SMILES, repeat unit or formula.
        status: Text field for where the order stands.
        requested: Its word for a new order; empty leaves the default of the field.
        cancelled: Its word for an order that was taken back; empty: orders cannot be.
        reason: Text field in which people say why an order failed.
        requests: Text field for what is to be measured.
        note: Text field for the note to the chemist.
        annotation: Text field for the prediction and its reason.
        columns: Column of the candidate to the field that takes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Action
    order_id: Name
    name: Name = "name"
    structure: str = ""
    status: str = ""
    requested: str = ""
    cancelled: str = ""
    reason: str = ""
    requests: str = ""
    note: str = ""
    annotation: str = ""
    columns: dict[str, CandidateField] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _words_need_a_field(self) -> Self:
        if (self.requested or self.cancelled) and not self.status:
            raise ValueError("`requested` and `cancelled` are words of `status`: name that field")
        return self


class MeasurementMapping(MeasurementFields):
    """An action that records measurements; the names are fields of its schema.

    `value` is a quantity, or a text with its `unit` beside it; `operator` a text or a user;
    `measured_at` a time, which SampleDB keeps in UTC. `validity` says whether the value holds, as
    nothing can be deleted there.

    Attributes:
        action: Its number, or its English name.
        sample: Field that refers to the sample.
    """

    action: Action
    sample: Name

    def named(self) -> dict[str, str]:
        """Return the fields in use, by their option."""
        return self.in_use(("sample",))


class SampleDBConfig(HttpConfig):
    """Options of `[lims] kind = "sampledb"`.

    Attributes:
        secret: Place of the API token of an account of our own.
        sample: The action that makes samples.
        measurements: The actions that record measurements.
        status: Words of the sample's status to what they mean.
        results: Property to its word in the field `property`, or to its own field.
    """

    secret: SecretSource
    sample: SampleMapping
    measurements: Annotated[tuple[MeasurementMapping, ...], Field(min_length=1)]
    status: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, ResultField], Field(min_length=1)]

    @model_validator(mode="after")
    def _words_have_a_meaning(self) -> Self:
        if self.sample.status and not self.status:
            raise ValueError("[lims.status] must say what the words of the status mean")
        return self
