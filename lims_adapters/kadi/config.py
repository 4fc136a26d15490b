"""What a campaign file says of a Kadi4Mat: types of records, and which metadata mean what.

A key inside another one is written as Kadi itself writes it: "conditions.temperature".
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.measurement_mapping import MeasurementFields
from lims_adapters.transport.secret import SecretSource

Key = Annotated[str, Field(min_length=1)]
RecordType = Annotated[str, Field(pattern=r"^[^A-Z]*$", max_length=50)]


class CandidateKey(BaseModel):
    """Where a column of the candidate goes.

    Attributes:
        key: Of the metadata.
        unit: Written beside a number; Kadi takes any text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    unit: str = ""


class SampleMapping(BaseModel):
    """The record of an order. Names of its metadata; an empty one is not used.

    Attributes:
        type: Type of the record, in lower case as Kadi keeps it.
        template: Identifier of the template that the lab uses, to hold the keys against.
        structure: SMILES, repeat unit or formula.
        status: Where the order stands.
        requested: Its word for a new order.
        cancelled: Its word for an order that was taken back; empty: orders cannot be.
        reason: Why an order failed.
        requests: What is to be measured.
        note: Note to the chemist.
        columns: Column of the candidate to the key that takes it.
        users: Numbers of people who may edit the record: it is ours alone without.
        groups: Numbers of groups that may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: RecordType = "sample"
    template: str = ""
    structure: str = ""
    status: str = ""
    requested: str = "requested"
    cancelled: str = ""
    reason: str = ""
    requests: str = ""
    note: str = ""
    columns: dict[str, CandidateKey] = Field(default_factory=dict)
    users: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _words_need_a_key(self) -> Self:
        if self.cancelled and not self.status:
            raise ValueError("`cancelled` is a word of `status`: name that key")
        return self

    def keys(self) -> dict[str, str]:
        """Return the keys in use, by their option."""
        options = ("structure", "status", "reason", "requests", "note")
        named = {option: getattr(self, option) for option in options if getattr(self, option)}
        return named | {f"columns.{name}": target.key for name, target in self.columns.items()}


class MeasurementMapping(MeasurementFields):
    """Measurements as records of their own, linked to the sample; the names are keys.

    `unit` is the key of the unit of a value that is a text, which has none of its own in Kadi;
    `files` costs one more request per record.

    Attributes:
        link: Name of the link from the measurement to the sample; empty: any.
        type: Type of these records; empty: any.
        template: Identifier of the template that the lab uses, to hold the keys against.
    """

    link: str = ""
    type: RecordType = ""
    template: str = ""

    def keys(self) -> dict[str, str]:
        """Return the keys in use, by their option."""
        return self.in_use()


class KadiConfig(HttpConfig):
    """Options of `[lims] kind = "kadi"`.

    Attributes:
        secret: Place of a personal access token with the scopes record.read, record.create,
            record.update and user.read; record.permissions too where `users` or `groups` are
            given, template.read where a template is.
        sample: The record of an order.
        measurement: How measurements are linked to it; absent: results are metadata of the
            record of the order itself, and a list holds repeats.
        status: Words of the sample's status to what they mean.
        results: Property to its word under `property`, or to its own key.
    """

    secret: SecretSource
    sample: SampleMapping = SampleMapping()
    measurement: MeasurementMapping | None = None
    status: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, ResultField], Field(min_length=1)]

    @model_validator(mode="after")
    def _words_have_a_meaning(self) -> Self:
        if self.sample.status and not self.status:
            raise ValueError("[lims.status] must say what the words of the status mean")
        return self
