"""A laboratory that keeps its samples and measurements in openBIS. Untested against a server.

Facts of the V3 API that this rests on, from pybis 1.37.5 and its tests: a code is unique in its
project, so that the same order sent twice is one sample; what we may not see is left out without
a word, so that the project is asked for first; a search gives what was in the trash no longer;
every call carries the token, and an error may repeat it. That a change of a child moves a stamp
of its parent is said nowhere: everything is looked at, and compared with what was told.

Files go through a data store server with a protocol of its own and are left out.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar, Final

from lims_adapters.openbis.client import SYSTEM, OpenBisClient, Sample
from lims_adapters.openbis.config import OpenBisConfig
from lims_adapters.openbis.order_form import (
    mapping_problems,
    order_properties,
    preview,
    with_our_words,
)
from lims_adapters.openbis.parse import NAMESPACE, MeasurementReader, text
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.told import Told
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem

_KIND: Final = "openbis"


class OpenBisLab:
    """The way to a laboratory with openBIS."""

    Config: ClassVar[type[OpenBisConfig]] = OpenBisConfig

    def __init__(self, config: OpenBisConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._reader = MeasurementReader(config, context.definition.decimal)

    # The secret is asked for when it is needed: building an adapter must not fail over it.
    @cached_property
    def _client(self) -> OpenBisClient:
        return OpenBisClient(self._config)

    def capabilities(self) -> Capabilities:
        """Say what openBIS can do."""
        return Capabilities(
            cancel=bool(self._config.sample.cancelled),
            idempotent_submit=True,
            cursor=True,
            snapshots=True,
        )

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Whether the token may write in the project only the first order shows.

        Raises:
            RetryableAdapterError: openBIS does not answer.
        """
        try:
            types, projects = self._client.types(), self._client.projects()
        except LabAccessError as error:
            expected = f"a personal access token that openBIS takes, in {self._config.secret}"
            return [Problem("[lims]", "lims.secret", error.message, expected)]
        return mapping_problems(self._config, self._context.definition, types, projects)

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of an order, or None; a sample in the trash is not there."""
        sample = self._client.of_orders([order_id]).get(order_id)
        return self._receipt(order_id, sample.perm_id) if sample else None

    def _receipt(self, order_id: str, perm_id: str) -> Receipt:
        return Receipt(order_id=order_id, external_id=perm_id, url=self._client.page(perm_id))

    def submit(self, order: WorkOrder) -> Receipt:
        """Make a sample for an order; the one that is there if it is.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: openBIS refuses it, or has its code in the trash.
        """
        properties = order_properties(order, self._config.sample)
        perm_id, refusal = self._client.create(order.order_id, properties)
        if perm_id:
            return self._receipt(order.order_id, perm_id)
        receipt = self.find(order.order_id)
        if receipt is None:
            raise AdapterError(
                f"openBIS refuses order {order.order_id}: {refusal}",
                hint="if it says that the code exists, the sample may be in the trash",
            )
        return receipt

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config.sample)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that openBIS holds of the orders of which it holds something new.

        It takes a request per 100 orders.

        Raises:
            RetryableAdapterError: try later.
        """
        told = Told.read(_KIND, cursor)
        listed = {order.order_id: order for order in sorted(orders, key=lambda o: o.order_id)}
        samples = self._client.of_orders(listed) if listed else {}
        seen = [o for name, o in listed.items() if name in samples or told.knows(name)]
        news, now = told.compared(self._snapshot(o, samples.get(o.order_id)) for o in seen)
        return Poll(batches=news, cursor=now.text())

    def _snapshot(self, order: WorkOrder, sample: Sample | None) -> ResultBatch:
        if sample is None:
            return gone(SYSTEM, NAMESPACE, order.order_id)
        asked = {request.property for request in order.requests}
        items = list(self._reader.of_sample(sample, order.order_id))
        problems = [item for item in items if isinstance(item, Problem)]
        results = [r for r in items if isinstance(r, LabResult) and r.property in asked]
        results += self._reader.ending(sample, order.order_id)
        return snapshot(SYSTEM, NAMESPACE, order.order_id, results, problems)

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Set the status to the word for a cancelled order, unless the lab has begun.

        Raises:
            RetryableAdapterError: it may or may not be written.
        """
        mapping = self._config.sample
        held = self._client.of_orders([order.order_id]) if mapping.cancelled else {}
        sample = held.get(order.order_id)
        if sample is None:
            return False
        word = text(sample.properties, mapping.status).casefold()
        if word == mapping.cancelled.casefold():
            return True
        is_open = {w.casefold() for w, meaning in self._config.status.items() if meaning == "open"}
        if any(self._reader.of_sample(sample, order.order_id)) or word not in {"", *is_open}:
            return False
        told = {mapping.status: mapping.cancelled}
        told |= {mapping.reason: reason} if mapping.reason else {}
        self._client.update(sample.perm_id, told)
        return True

    def annotate(self, order: WorkOrder, words: str) -> None:
        """Write our words into their property, after what people wrote there.

        Raises:
            RetryableAdapterError: they may or may not be written; the same call is safe.
            AdapterError: there is no such sample, or no property for our words.
        """
        code = self._config.sample.annotation
        if not code:
            raise AdapterError(
                "openBIS: no property for our words", hint="name one as lims.sample.annotation"
            )
        sample = self._client.of_orders([order.order_id]).get(order.order_id)
        if sample is None:
            raise AdapterError(f"openBIS has no sample of order {order.order_id}")
        held = text(sample.properties, code)
        wanted = with_our_words(held, words)
        if wanted != held:
            self._client.update(sample.perm_id, {code: wanted})

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every sample of the project whose code begins with the name of this campaign.

        Raises:
            RetryableAdapterError: try later.
        """
        known = {order.order_id: order for order in orders}
        names = {*self._client.of_campaign(self._context.slug), *known}
        for order_id, sample in sorted(self._client.of_orders(sorted(names)).items()):
            order = known.get(order_id)
            yield RemoteOrder(
                **self._receipt(order_id, sample.perm_id).model_dump(),
                state=text(sample.properties, self._config.sample.status),
                results=self._snapshot(order, sample).results if order else (),
            )
