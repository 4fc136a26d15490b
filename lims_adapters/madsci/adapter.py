"""MADSci: a resource and an experiment per order, results from the experiment's datapoints.

Run against the resource, data and experiment managers of MADSci 0.8.1. Workflows are not
submitted: a workcell or a person picks up the experiment, and what it measures comes back under
the experiment's id.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lims_adapters.madsci.changes import Changes, holdings
from lims_adapters.madsci.client import MadsciClient
from lims_adapters.madsci.config import STATUS, MadsciConfig
from lims_adapters.madsci.names import campaign_id, document_id, sample_id
from lims_adapters.madsci.order import (
    NOTE,
    experiment_of,
    order_of,
    registration,
    sample,
    shown,
)  # fmt: skip
from lims_adapters.madsci.parse import SYSTEM, ExperimentReader
from lims_adapters.transport.config import is_loopback
from lims_adapters.transport.ending import missing
from lims_adapters.transport.mapping_check import check_results, check_words
from lims_adapters.transport.reading import Translator
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem, RetryableAdapterError

Thing = dict[str, Any]


class MadsciLab:
    """The way to a laboratory that MADSci manages."""

    Config: ClassVar[type[MadsciConfig]] = MadsciConfig

    def __init__(self, config: MadsciConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._connected: MadsciClient | None = None
        translator = Translator(SYSTEM, config.results, context.definition.decimal)
        self._reader = ExperimentReader(config, translator)

    @property
    def _lab(self) -> MadsciClient:
        # The secret is read when it is first needed, so that a preview needs none.
        if self._connected is None:
            self._connected = MadsciClient(self._config)
        return self._connected

    def capabilities(self) -> Capabilities:
        """Say what MADSci can do. A second submission finds the first one's experiment."""
        return Capabilities(cancel=True, idempotent_submit=True, cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working: managers, status words, mapping."""
        problems = check_results(self._context.definition, self._config.results)
        problems += self._unguarded()
        try:
            for name, told in self._lab.health():
                if told.get("healthy") is not True:
                    words = str(told.get("description"))
                    problems.append(Problem(SYSTEM, f"{name} manager", words, "a healthy one"))
            problems += [
                Problem("[lims]", f"lims.{option}", str(getattr(self._config, option)),
                        f"the manager that answers {path}")
                for option, path in self._lab.misplaced()
            ]  # fmt: skip
            problems += check_words(self._config.status, STATUS)
        except AdapterError as error:
            place = "secret" if isinstance(error, LabAccessError) else "connection"
            problems.append(Problem(SYSTEM, place, error.message, error.hint or "an answer"))
        return problems

    def _unguarded(self) -> list[Problem]:
        if self._config.secret is not None:
            return []
        expected = (
            "a gateway with a token (`secret`), or this machine: MADSci itself asks nobody who "
            "they are"
        )
        return [
            Problem("[lims]", f"lims.{option}", url, expected)
            for option in ("url", "data_url", "experiment_url")
            if not is_loopback(urlsplit(url := str(getattr(self._config, option))).hostname or "")
        ]

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order whose sample and experiment are there."""
        found = self._lab.resource(sample_id(order_id))
        if found is None or not experiment_of(found):
            return None
        if order_of(found) != order_id:
            raise AdapterError(
                f"MADSci resource {sample_id(order_id)} is not order {order_id}",
                hint="its attribute order_id was changed; set it back",
            )
        return self._receipt(order_id)

    def submit(self, order: WorkOrder) -> Receipt:
        """Start the experiment unless an earlier attempt has, then add the sample.

        The sample comes last: it is what `find` looks for, and adding it twice adds it once.
        """
        earlier = [e for e in self._lab.experiments() if e.get("run_name") == order.order_id]
        # The list begins with the newest; the oldest is the order.
        experiment = earlier[-1] if earlier else self._lab.start(registration(order))
        wanted = sample(order, self._config.resource_class, str(experiment["_id"]))
        added = self._lab.add(wanted)
        if order_of(added) != order.order_id:
            raise AdapterError(f"MADSci resource {added['resource_id']} is another's")
        return self._receipt(order.order_id)

    def preview(self, order: WorkOrder) -> str:
        """Return what would be written, as a person reads it."""
        return shown(order, self._config.resource_class)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return the orders of which something changed, each whole."""
        return Changes(self._config, self._reader).since(cursor, self._lab, orders)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Nothing is kept there about what was read."""
        del batch, problems

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Cancel the experiment unless it has ended; say why beside the sample.

        The server would cancel a completed experiment too, so its status is looked at first.
        """
        found = self._lab.resource(sample_id(order.order_id))
        if found is None or order_of(found) != order.order_id:
            return False
        experiment = self._lab.experiment(experiment_of(found))
        if experiment is None:
            return False
        if experiment.get("status") != "cancelled":
            if self._is_settled(order, experiment):
                return False
            experiment = self._lab.cancel(str(experiment["_id"]))
        self._write(order, found, f"Cancelled by the campaign: {reason}")
        return experiment.get("status") == "cancelled"

    def _is_settled(self, order: WorkOrder, experiment: Thing) -> bool:
        """Whether the laboratory has ended an order or has all its values, readable or not."""
        if self._config.status.get(str(experiment.get("status")), "open") != "open":
            return True
        points = self._lab.datapoints([str(experiment["_id"])])
        told = self._reader.read(order, experiment, points)
        return bool(told.problems) or not missing(order, told.results)

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write one attribute of the sample's resource.

        Raises:
            RetryableAdapterError: somebody else wrote at the same time.
        """
        self._write(order, self._own(order), text)

    def _write(self, order: WorkOrder, found: Thing, text: str) -> None:
        attributes = {**(found.get("attributes") or {}), NOTE: text}
        self._lab.update({**found, "attributes": attributes})
        again = self._own(order).get("attributes") or {}
        if again != attributes:
            raise RetryableAdapterError(
                f"MADSci resource {found['resource_id']}: somebody else wrote at the same time"
            )

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document as a datapoint of the experiment; the same one is there once."""
        own, sha256 = self._own(order), digest(content)
        identity = document_id(order.order_id, name, sha256)
        if self._lab.datapoint(identity) is not None:
            return
        owners = {
            "experiment_id": experiment_of(own), "campaign_id": campaign_id(order.campaign),
        }  # fmt: skip
        point = {
            "data_type": "file", "datapoint_id": identity, "label": name, "path": name,
            "ownership_info": owners, "sha256": sha256,
        }  # fmt: skip
        self._lab.post_file(point, name, media_type, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return the file of a datapoint.

        Raises:
            AdapterError: there is none, or it is too large.
        """
        if self._lab.datapoint(attachment.reference) is None:
            raise AdapterError(f"MADSci has no datapoint {attachment.reference}")
        return self._lab.file(attachment.reference)

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every sample and experiment of this campaign, also half of a pair."""
        known = {order.order_id: order for order in orders}
        held = holdings(self._lab, self._config, list(known))
        names = {*held.samples, *held.experiments}
        ours = sorted(n for n in names if n in known or n.startswith(f"{self._context.slug}-r"))
        for order_id in ours:
            samples = held.samples.get(order_id, ())
            experiments = held.experiments.get(order_id, ())
            results: tuple[LabResult, ...] = ()
            if order_id in known and experiments:
                points = held.points.get(str(experiments[0]["_id"]), ())
                results = self._reader.read(known[order_id], experiments[0], points).results
            paired = {experiment_of(other) for other in samples[1:]}
            first = str(samples[0]["resource_id"]) if samples else ""
            yield RemoteOrder(
                order_id=order_id,
                external_id=first or str(experiments[0]["_id"]),
                url=self._lab.address(first) if first else "",
                state=str(experiments[0].get("status", "")) if experiments else "",
                duplicates=(
                    *(str(other["resource_id"]) for other in samples[1:]),
                    *(str(other["_id"]) for other in experiments[1:] if other["_id"] not in paired),
                ),
                results=results,
            )

    def _own(self, order: WorkOrder) -> Thing:
        found = self._lab.resource(sample_id(order.order_id))
        if found is None or order_of(found) != order.order_id:
            raise AdapterError(
                f"MADSci has no sample of order {order.order_id}",
                hint="look with `synthloop lims reconcile` at what the laboratory holds",
            )
        return found

    def _receipt(self, order_id: str) -> Receipt:
        name = sample_id(order_id)
        return Receipt(order_id=order_id, external_id=name, url=self._lab.address(name))
