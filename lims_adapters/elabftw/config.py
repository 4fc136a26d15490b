"""What a campaign file says of an eLabFTW: category, status words, and which field means what."""

from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

Name = Annotated[str, Field(min_length=1)]
ORDER_FIELD: Final = "Order ID"


class ExtraField(ResultField):
    """The extra fields of one property.

    Attributes:
        field: Name of the extra field.
        repeats: Names of the fields for the second measurement, the third and so on.
    """

    repeats: tuple[Name, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return the names of the fields, the one of the first measurement first."""
        return (self.field, *self.repeats)


class ElabConfig(HttpConfig):
    """Options of `[lims] kind = "elabftw"`.

    Attributes:
        url: Address of the server, without /api/v2.
        secret: Place of an API key that may write; it is bound to one team.
        category: Title of the category of an experiment; empty: none.
        requested: Title of the status of a new experiment; empty: none.
        cancelled: Title of the status of one that was taken back; empty: orders cannot be.
        reason: Extra field for why an order failed; empty: there is none.
        order_field: Extra field with the order id.
        annotation: Extra field for our words.
        accept: Whether a value counts as soon as it is entered, or when its entry is locked.
        status: Titles of statuses to what they mean.
        results: Property to its fields.
    """

    secret: SecretSource
    category: str = ""
    requested: str = ""
    cancelled: str = ""
    reason: str = ""
    order_field: Annotated[str, Field(pattern=r'^[^"\\]+$')] = ORDER_FIELD
    annotation: Name = "Prediction"
    accept: Literal["entered", "locked"] = "entered"
    status: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, ExtraField], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_field_has_one_meaning(self) -> Self:
        named = Counter(name for field in self.results.values() for name in field.names())
        named.update(n for n in (self.order_field, self.annotation, self.reason) if n)
        if twice := [name for name, times in named.items() if times > 1]:
            raise ValueError(f"an extra field is named twice: {', '.join(twice)}")
        return self
