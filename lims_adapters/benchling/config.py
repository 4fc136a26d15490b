"""What a campaign file says of a Benchling: schemas, and which of their fields mean what.

Schemas, folders and registries are named as people see them, or by their API id. Fields are named
as the schema's definition has them; for results that is the "system name".
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

Name = Annotated[str, Field(min_length=1)]
Naming = Literal["", "NEW_IDS", "IDS_FROM_NAMES", "KEEP_NAMES", "SET_FROM_NAME_PARTS"]


class SampleMapping(BaseModel):
    """The custom entity of an order. Its name is the order id; an empty field is not used.

    Attributes:
        entity_schema: Of the entity.
        folder: API id of the folder that takes it ("lib_..."); may be empty with a registry.
        registry: Registry that it is entered into; empty: it stays unregistered.
        naming: How the registry gives it its id. Only strategies that keep the order id as
            name, alias or registry id are offered; without it we could not find it again.
        label: Field for the name of the candidate.
        structure: Field for SMILES, repeat unit or formula.
        status: Field (text or dropdown) that says where the order stands.
        requested: Its word for a new order.
        cancelled: Its word for an order that was taken back; empty: orders cannot be.
        reason: Field for the reason why an order failed.
        requests: Field for what is to be measured.
        note: Field for the note to the chemist.
        annotation: Long text field for our prediction and reason.
        documents: Field for files, a blob link with several values.
        columns: Column of the candidate to the field that takes it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    entity_schema: Name
    folder: str = ""
    registry: str = ""
    naming: Naming = ""
    label: str = ""
    structure: str = ""
    status: str = ""
    requested: str = ""
    cancelled: str = ""
    reason: str = ""
    requests: str = ""
    note: str = ""
    annotation: str = ""
    documents: str = ""
    columns: dict[str, Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.cancelled or self.requested) and not self.status:
            raise ValueError("`requested` and `cancelled` are words of `status`: name that field")
        if not self.folder and not self.registry:
            raise ValueError("an entity lies in a `folder`, or in a `registry`, or in both")
        if bool(self.registry) != bool(self.naming):
            raise ValueError("give both `registry` and `naming`, or neither")
        return self

    def fields(self) -> dict[str, str]:
        """Return the fields in use, by their option."""
        options = (
            "label", "structure", "status", "reason", "requests", "note", "annotation", "documents",
        )  # fmt: skip
        named = {option: getattr(self, option) for option in options if getattr(self, option)}
        return named | {f"columns.{name}": field for name, field in self.columns.items()}


class MeasurementMapping(BaseModel):
    """What the result schemas of the mapping have in common.

    Attributes:
        sample: Field that links a result to the entity of the order.
        unit: Field with the unit of the value; empty: the unit that the schema gives the field.
        sd: Field with the standard deviation, in the unit of the value.
        replicate: Field with the number of the repeat.
        operator: Field; empty: who entered the result.
        instrument: Field.
        measured_at: Field, date and time.
        note: Field.
        files: Fields of blob links; their files come with the result.
        reviewed_only: Take results of accepted notebook entries only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample: Name
    unit: str = ""
    sd: str = ""
    replicate: str = ""
    operator: str = ""
    instrument: str = ""
    measured_at: str = ""
    note: str = ""
    files: tuple[Name, ...] = ()
    reviewed_only: bool = False

    def fields(self) -> dict[str, str]:
        """Return the fields in use, by their option."""
        options = ("sample", "unit", "sd", "replicate", "operator", "instrument", "measured_at")
        named = {o: getattr(self, o) for o in (*options, "note") if getattr(self, o)}
        return named | {f"files[{row}]": field for row, field in enumerate(self.files)}


class BenchlingResult(ResultField):
    """Where Benchling keeps the values of one property.

    Attributes:
        result_schema: Of the results; `field` is one of its fields.
    """

    result_schema: Name


class BenchlingConfig(HttpConfig):
    """Options of `[lims] kind = "benchling"`.

    Attributes:
        requests_per_second: All keys of people at one Benchling share 60 requests in 30 seconds;
            an app has 300 for itself.
        secret: Place of an API key, or of the client secret of an app.
        client_id: Of the app; empty: `secret` is the key of a person.
        files_url: Where Benchling keeps the content of files, scheme and host: it hands out
            signed links to another host, and only one that is named here is spoken to, without
            the key. Empty: files are named beside their results and cannot be fetched.
        sample: The entity of an order.
        measurement: How results are linked to it.
        status: Words of the entity's status to what they mean.
        results: Property to its result schema and field.
    """

    requests_per_second: Annotated[float, Field(gt=0, le=1000)] = 1.5
    secret: SecretSource
    client_id: str = ""
    files_url: str = ""
    sample: SampleMapping
    measurement: MeasurementMapping
    status: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, BenchlingResult], Field(min_length=1)]

    @model_validator(mode="after")
    def _words_have_a_meaning(self) -> Self:
        if self.sample.status and not self.status:
            raise ValueError("[lims.status] must say what the words of the status mean")
        return self
