"""What the MADSci adapter can be told."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.mapping import Meaning, ResultField
from lims_adapters.transport.secret import SecretSource

STATUS: Mapping[str, Meaning] = {
    "in_progress": "open",
    "paused": "open",
    "completed": "measured",
    "failed": "failed in synthesis",
    "cancelled": "cancelled",
    "unknown": "needs follow-up",
}
"""The words of `ExperimentStatus` in MADSci 0.8.1; the manager's own description lists none."""


class MadsciConfig(HttpConfig):
    """Options of `[lims] kind = "madsci"`.

    An order is a resource (the sample) and an experiment; the values are datapoints that the
    experiment owns, of a label each. MADSci changes no datapoint, so a corrected value is a new
    one whose value says `"supersedes": "<id of the datapoint>"`, a withdrawn one says
    `"withdrawn": true` beside it.

    Attributes:
        url: Address of the resource manager.
        data_url: Address of the data manager.
        experiment_url: Address of the experiment manager.
        secret: Bearer token for a gateway in front of them; the managers themselves ask for none.
        results: Where each property is kept: the label of its datapoints.
        resource_class: Class of the sample's resource.
        failure: Label of a datapoint that says where an experiment failed: `synthesis` or
            `measurement` as the value, the reason as the note.
        status: What the experiment's status says of an order.
    """

    data_url: str
    experiment_url: str
    secret: SecretSource | None = None
    results: Annotated[dict[str, ResultField], Field(min_length=1)]
    resource_class: Annotated[str, Field(min_length=1)] = "sample"
    failure: str = "failure"
    status: dict[str, Meaning] = Field(default_factory=lambda: dict(STATUS))

    @model_validator(mode="after")
    def _plain_addresses(self) -> Self:
        for url in (self.data_url, self.experiment_url):
            self.line(url)
        return self

    def line(self, url: str) -> HttpConfig:
        """Return what the line to one manager is told."""
        shared = self.model_dump(include=set(HttpConfig.model_fields) - {"url"})
        return HttpConfig(url=url, **shared)
