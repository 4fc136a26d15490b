"""What a campaign file says of a SENAITE: who orders, which services, what the words mean."""

from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

Name = Annotated[str, Field(min_length=1)]

WORKFLOW: Final[dict[str, Meaning]] = {
    "sample_registered": "open",
    "to_be_sampled": "open",
    "scheduled_sampling": "open",
    "to_be_preserved": "open",
    "sample_due": "open",
    "sample_received": "open",
    "attachment_due": "open",
    "to_be_verified": "open",
    "verified": "measured",
    "published": "measured",
    "stored": "measured",
    "cancelled": "cancelled",
    "rejected": "needs follow-up",
    "invalid": "needs follow-up",
    "dispatched": "needs follow-up",
}
"""States of senaite_sample_workflow (senaite.core 2). Whether a rejected sample failed in synthesis
or in measurement only the lab knows: a person is asked unless [lims.status] says it."""


class ServiceField(ResultField):
    """The analysis services of one property.

    Attributes:
        field: Keyword of the service.
        repeats: Keywords of the services for the second measurement, the third and so on: a
            sample in SENAITE has each service once.
    """

    repeats: tuple[Name, ...] = ()

    def keywords(self) -> tuple[str, ...]:
        """Return the keywords, the one of the first measurement first."""
        return (self.field, *self.repeats)


class SenaiteConfig(HttpConfig):
    """Options of `[lims] kind = "senaite"`.

    Attributes:
        url: Address of the site: https://lims.example.org/senaite.
        user: Name of an account, best one of its own with the role LabClerk.
        secret: Place of its password.
        client: Client ID in whose name samples are ordered.
        contact: Full name of a contact of that client.
        sample_type: Title of a sample type.
        accept: From which state of an analysis on its result counts.
        status: States of a sample to what they mean; those that are left out have the meaning
            of SENAITE's own workflow.
        rejections: Reasons that people can select when they reject a sample, to what they mean:
            SENAITE has one state for all of them.
        results: Property to its services.
    """

    user: Name
    secret: SecretSource
    client: Name
    contact: Name
    sample_type: Name
    accept: Literal["verified", "to_be_verified"] = "verified"
    status: dict[str, Meaning] = Field(default_factory=dict)
    rejections: dict[str, Meaning] = Field(default_factory=dict)
    results: Annotated[dict[str, ServiceField], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_service_has_one_meaning(self) -> Self:
        named = Counter(k for field in self.results.values() for k in field.keywords())
        if twice := [keyword for keyword, times in named.items() if times > 1]:
            raise ValueError(f"[lims.results] names a service twice: {', '.join(twice)}")
        return self

    def meanings(self) -> dict[str, Meaning]:
        """Return what every known state of a sample means."""
        return {**WORKFLOW, **self.status}
