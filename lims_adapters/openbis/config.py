"""What a campaign file says of an openBIS: where samples lie, and which properties mean what.

Codes of types and properties are upper case in openBIS; they may be written in any case here.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

Code = Annotated[str, AfterValidator(str.upper)]
NamedCode = Annotated[Code, Field(min_length=1)]


class SampleMapping(BaseModel):
    """The sample (object) of an order; its code is the order id. An empty property is not used.

    Attributes:
        type: Code of the sample type.
        space: Code of the space.
        project: Code of the project in it; openBIS must have project samples enabled.
        collection: Code of the collection (experiment) in the project, if samples lie in one.
        label: Property for the name of the candidate.
        structure: Property for SMILES, repeat unit or formula.
        status: Property (text or controlled vocabulary) that says where the order stands.
        requested: Its word for a new order; of a vocabulary, the code of the term.
        cancelled: Its word for an order that was taken back; empty: orders cannot be.
        reason: Property for the reason why an order failed.
        requests: Property for what is to be measured.
        note: Property for the note to the chemist.
        annotation: Multi-line property for our prediction and reason.
        columns: Column of the candidate to the property that takes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: NamedCode
    space: NamedCode
    project: NamedCode
    collection: Code = ""
    label: Code = ""
    structure: Code = ""
    status: Code = ""
    requested: str = ""
    cancelled: str = ""
    reason: Code = ""
    requests: Code = ""
    note: Code = ""
    annotation: Code = ""
    columns: dict[str, NamedCode] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _words_need_a_property(self) -> Self:
        if (self.cancelled or self.requested) and not self.status:
            raise ValueError("`requested` and `cancelled` are words of `status`: name it")
        return self

    def properties(self) -> dict[str, str]:
        """Return the properties in use, by their option."""
        options = ("label", "structure", "status", "reason", "requests", "note", "annotation")
        named = {option: getattr(self, option) for option in options if getattr(self, option)}
        return named | {f"columns.{name}": code for name, code in self.columns.items()}

    def identifier(self, order_id: str) -> str:
        """Return the identifier of an order's sample."""
        return f"/{self.space}/{self.project}/{order_id.upper()}"


class MeasurementMapping(BaseModel):
    """Measurements: samples of a type of their own, children of the sample of the order.

    Attributes:
        type: Code of their type.
        unit: Property with the unit of the value; empty: `unit` in [lims.results].
        sd: Property with the standard deviation, in the unit of the value.
        replicate: Property with the number of the repeat.
        operator: Property; empty: who registered the measurement.
        instrument: Property.
        measured_at: Property, a timestamp.
        note: Property.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: NamedCode
    unit: Code = ""
    sd: Code = ""
    replicate: Code = ""
    operator: Code = ""
    instrument: Code = ""
    measured_at: Code = ""
    note: Code = ""

    def properties(self) -> dict[str, str]:
        """Return the properties in use, by their option."""
        options = ("unit", "sd", "replicate", "operator", "instrument", "measured_at", "note")
        return {option: getattr(self, option) for option in options if getattr(self, option)}


class OpenBisConfig(HttpConfig):
    """Options of `[lims] kind = "openbis"`.

    Attributes:
        secret: Place of a personal access token.
        sample: The sample of an order.
        measurement: Its children with the results.
        status: Words of the sample's status to what they mean.
        results: Property of the campaign to the property of a measurement that holds it.
    """

    secret: SecretSource
    sample: SampleMapping
    measurement: MeasurementMapping
    status: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, ResultField], Field(min_length=1)]

    @model_validator(mode="after")
    def _words_have_a_meaning(self) -> Self:
        if self.sample.status and not self.status:
            raise ValueError("[lims.status] must say what the words of the status mean")
        return self
