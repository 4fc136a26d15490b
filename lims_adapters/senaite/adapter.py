"""A laboratory that works with SENAITE LIMS.

Facts of SENAITE 2.6 that this rests on, from its source and as it was run: the client sample ID is
not unique, and the same POST makes a second sample; a list is empty, not forbidden, for somebody
without rights; a filter that is no index is ignored; analyses have no index of their last change;
a transition may be refused with status 200, and keeps the fields that came along even where it is
refused with 500; a result is locked once it is submitted, so that a changed one is a retest beside
the old analysis, which stays verified; results are texts, their unit is the service's, and the sign
of "<5" is kept only if the service allows manual detection limits; samples cannot be deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Final

from lims_adapters.senaite import files
from lims_adapters.senaite.analyses import Analysis, by_sample
from lims_adapters.senaite.client import SYSTEM, SenaiteClient
from lims_adapters.senaite.config import SenaiteConfig
from lims_adapters.senaite.order_form import (
    as_remark,
    as_words,
    newest_of_ours,
    order_body,
    preview,
)
from lims_adapters.senaite.parse import NAMESPACE, SampleReader
from lims_adapters.senaite.samples import OrderSamples, Sample, by_order, uid_of
from lims_adapters.senaite.setup import SenaiteSetup
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.told import Told
from loop.core.canonical import digest
from loop.core.lab_ports import Capabilities, LabContext, RemoteOrder
from loop.core.order import Receipt, WorkOrder
from loop.core.result import LabResult, Poll, ResultAttachment, ResultBatch
from loop.errors import AdapterError, LabAccessError, Problem

_MARK: Final = 16


class SenaiteLab:
    """The way to a laboratory with SENAITE."""

    Config: ClassVar[type[SenaiteConfig]] = SenaiteConfig

    def __init__(self, config: SenaiteConfig, context: LabContext) -> None:
        self._config, self._context = config, context
        self._reader = SampleReader(config, context.definition.decimal)

    # The secret is asked for when it is needed: building an adapter must not fail over it.
    @cached_property
    def _client(self) -> SenaiteClient:
        return SenaiteClient(self._config)

    @cached_property
    def _setup(self) -> SenaiteSetup:
        return SenaiteSetup(self._config, self._client)

    def capabilities(self) -> Capabilities:
        """Say what SENAITE can do."""
        return Capabilities(cancel=True, cursor=True, snapshots=True)

    def check(self) -> list[Problem]:
        """Return what would keep the loop from working.

        Raises:
            RetryableAdapterError: SENAITE does not answer.
        """
        try:
            account = self._client.account()
            return SenaiteSetup(self._config, self._client).problems(
                account, self._context.definition
            )
        except LabAccessError as error:
            expected = f"the password of {self._config.user!r} in {self._config.secret}"
            return [Problem("[lims]", "lims.secret", error.message, expected)]

    def find(self, order_id: str) -> Receipt | None:
        """Return the receipt of the oldest sample of an order, or None."""
        samples = self._samples_of(order_id)
        return _receipt(samples.roots[0]) if samples else None

    def _samples_of(self, order_id: str) -> OrderSamples | None:
        listed = self._client.listed("analysisrequest", getClientSampleID=order_id)
        return by_order(listed).get(order_id)

    def submit(self, order: WorkOrder) -> Receipt:
        """Make a sample for an order.

        Raises:
            RetryableAdapterError: it may or may not be there.
            AdapterError: SENAITE refuses it.
        """
        body = order_body(order, self._config, self._setup, self._client.now())
        sample = Sample.read(self._client.create(body))
        if sample.order_id != order.order_id:
            raise AdapterError(
                f"{SYSTEM} made sample {sample.name} with the client sample ID "
                f"{sample.order_id!r} instead of {order.order_id!r}",
                hint="cancel it there; an add-on may have changed the field",
            )
        return _receipt(sample)

    def preview(self, order: WorkOrder) -> str:
        """Return what `submit` would write."""
        return preview(order, self._config)

    def poll(self, cursor: str | None, orders: Sequence[WorkOrder]) -> Poll:
        """Return all that SENAITE holds of the orders of which it holds something new.

        It takes one request per 100 samples of the client and one per 100 analyses, and one per
        order with news.

        Raises:
            RetryableAdapterError: try later.
        """
        before = Told.read("senaite", cursor).orders
        if not orders:
            return Poll(cursor=cursor)
        told, batches = dict(before), list[ResultBatch]()
        samples, analyses = self._held(), self._analyses()
        for order in sorted(orders, key=lambda order: order.order_id):
            found, known = samples.get(order.order_id), before.get(order.order_id)
            if found is None and known is None:
                continue
            batch, mark = self._told_of(order, found, analyses, known)
            told[order.order_id] = mark
            if batch and mark != known:
                batches.append(batch)
        return Poll(batches=tuple(batches), cursor=Told("senaite", told).text())

    def _held(self) -> dict[str, OrderSamples]:
        return by_order(self._client.listed("analysisrequest", getClientUID=self._setup.client))

    def _analyses(self) -> dict[str, list[Analysis]]:
        return by_sample(self._client.listed("analysis", getClientUID=self._setup.client))

    def _told_of(
        self,
        order: WorkOrder,
        found: OrderSamples | None,
        analyses: Mapping[str, Sequence[Analysis]],
        known: str | None,
    ) -> tuple[ResultBatch | None, str]:
        if found is None:
            return gone(SYSTEM, NAMESPACE, order.order_id), "gone"
        sample = found.valid(self._invalidated)
        held = [a for uid in found.members(sample) for a in analyses.get(uid, ())]
        if not known and not self._reader.says_something(sample, held):
            return None, ""
        # A result cannot change without its analysis changing state, or another taking its place.
        states = sorted(f"{a.uid} {a.state} {a.retest_of}" for a in held)
        mark = digest("\n".join([f"{sample.uid} {sample.state}", *states]))[:_MARK]
        return (self._snapshot(order, found, sample) if mark != known else None), mark

    def _invalidated(self, uid: str) -> str:
        return uid_of(self._client.record(uid).get("Invalidated"))

    def _snapshot(self, order: WorkOrder, found: OrderSamples, sample: Sample) -> ResultBatch:
        problems = list[Problem]()
        results = self._results(order, found, sample, problems)
        return snapshot(SYSTEM, NAMESPACE, order.order_id, results, problems)

    def _results(
        self, order: WorkOrder, found: OrderSamples, sample: Sample, problems: list[Problem]
    ) -> list[LabResult]:
        members = found.members(sample)
        listed = self._client.listed("analysis", getAncestorsUIDs=sample.uid, complete="yes")
        whole = [a for a in map(Analysis.read, listed) if a.sample in members]
        asked = {request.property for request in order.requests}
        results = [
            result.model_copy(
                update={"attachments": files.shown(self._client, analysis.attachments())}
            )
            for result, analysis in self._reader.values(
                sample, order.order_id, whole, asked, problems
            )
        ]
        record = self._client.record(sample.uid) if sample.state == "rejected" else {}
        return [*results, *self._reader.ending(sample, order.order_id, record)]

    def settle(self, batch: ResultBatch, problems: Sequence[Problem]) -> None:
        """Do nothing: what is recorded is known from the cursor."""

    def cancel(self, order: WorkOrder, reason: str) -> bool:
        """Cancel the sample, which SENAITE allows until a result is submitted.

        Raises:
            RetryableAdapterError: it may or may not be done; the same call is safe.
        """
        samples = self._samples_of(order.order_id)
        if samples is None:
            return False
        sample = samples.roots[0]
        if sample.state == "cancelled":
            return True
        if "cancel" not in self._client.ways_out(sample.uid):
            return False
        words = as_remark(f"the campaign takes this order back: {reason}")
        self._client.move(sample.uid, "cancel", Remarks=words)
        after = self._samples_of(order.order_id)
        return after is not None and after.roots[0].state == "cancelled"

    def annotate(self, order: WorkOrder, text: str) -> None:
        """Write our words as a remark. SENAITE keeps earlier ones; the newest stands first.

        Raises:
            RetryableAdapterError: it may or may not be written; the same call is safe.
            AdapterError: there is no such sample.
        """
        sample = self._client.record(self._placed(order).uid)
        wanted = as_remark(text)
        if newest_of_ours(sample) != as_words(wanted):
            self._client.update(str(sample["uid"]), {"Remarks": wanted})

    def _placed(self, order: WorkOrder) -> Sample:
        samples = self._samples_of(order.order_id)
        if samples is None:
            raise AdapterError(f"{SYSTEM} has no sample of {order.order_id}")
        return samples.roots[0]

    def attach(self, order: WorkOrder, name: str, media_type: str, content: bytes) -> None:
        """File a document with the sample; another of the same name is replaced.

        Raises:
            RetryableAdapterError: it may or may not be there; the same call is safe.
            AdapterError: SENAITE refuses it, or has no such sample.
        """
        sample = self._client.record(self._placed(order).uid)
        files.file_with(self._client, self._setup.client, sample, name, media_type, content)

    def open_attachment(self, attachment: ResultAttachment) -> bytes:
        """Return a file.

        Raises:
            RetryableAdapterError: try later.
            AdapterError: it is not there, or too large.
        """
        return files.content_of(self._client, attachment.reference)

    def inventory(self, orders: Sequence[WorkOrder]) -> Iterator[RemoteOrder]:
        """Yield every sample that bears this campaign's reference or the id of an order.

        Raises:
            RetryableAdapterError: try later.
        """
        known = {order.order_id: order for order in orders}
        analyses = self._analyses()
        for order_id, found in sorted(self._held().items()):
            order, first = known.get(order_id), found.roots[0]
            if order is None and first.reference != self._context.slug:
                continue
            sample = found.valid(self._invalidated)
            held = [a for uid in found.members(sample) for a in analyses.get(uid, ())]
            says = order is not None and self._reader.says_something(sample, held)
            results = self._results(order, found, sample, []) if order and says else []
            yield RemoteOrder(
                **_receipt(first).model_dump(),
                state=sample.state,
                duplicates=found.duplicates(sample),
                results=tuple(results),
            )


def _receipt(sample: Sample) -> Receipt:
    return Receipt(order_id=sample.order_id, external_id=sample.name, url=sample.url)
