"""Which samples of SENAITE stand for an order: copies, retests of invalid ones, and partitions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lims_adapters.senaite.client import SYSTEM, Item
from loop.errors import AdapterError


@dataclass(frozen=True)
class Sample:
    """A sample as a list shows it.

    Attributes:
        uid: SENAITE's key.
        name: Its ID, as people call it.
        order_id: What stands as client sample ID.
        reference: What stands as client reference.
        state: Of its workflow.
        created: Stamp of the server.
        url: Where people find it.
        whole: UID of the sample that it is a partition of, if it is one.
    """

    uid: str
    name: str
    order_id: str
    reference: str
    state: str
    created: str
    url: str
    whole: str

    @classmethod
    def read(cls, item: Item) -> "Sample":
        """Return the sample of an item of a list or of a whole object.

        Raises:
            AdapterError: the item does not say whose it is.
        """
        if "getClientSampleID" not in item and "ClientSampleID" not in item:
            raise AdapterError(
                f"{SYSTEM}: sample {item.get('id')!r} comes without its client sample ID",
                hint="its catalog must show the column getClientSampleID (senaite.core 2)",
            )
        return cls(
            uid=str(item["uid"]),
            name=str(item.get("id") or item["uid"]),
            order_id=_text(item, "getClientSampleID", "ClientSampleID"),
            reference=_text(item, "getClientReference", "ClientReference"),
            state=_text(item, "review_state"),
            created=_text(item, "created"),
            url=_text(item, "url"),
            whole=uid_of(item.get("getRawParentAnalysisRequest")),
        )


@dataclass(frozen=True)
class OrderSamples:
    """The samples that carry the id of one order, oldest first.

    Attributes:
        roots: Samples that are no partitions; at least one.
        parts: Their partitions.
    """

    roots: Sequence[Sample]
    parts: Sequence[Sample]

    def valid(self, invalidated: Callable[[str], str]) -> Sample:
        """Return the sample whose results count: the oldest, or what repeats an invalid one.

        Args:
            invalidated: Returns the UID of the sample that a sample repeats, or "".
        """
        sample = self.roots[0]
        for later in self.roots[1:]:
            if sample.state == "invalid" and invalidated(later.uid) == sample.uid:
                sample = later
        return sample

    def duplicates(self, valid: Sample) -> tuple[str, ...]:
        """Return the names of the copies that stand for nothing."""
        ours = {self.roots[0].uid, valid.uid}
        return tuple(sample.name for sample in self.roots if sample.uid not in ours)

    def members(self, sample: Sample) -> frozenset[str]:
        """Return the UIDs under which the analyses of a sample hang: its own and partitions'."""
        found = {sample.uid}
        for part in self.parts:
            if part.whole in found:
                found.add(part.uid)
        return frozenset(found)


def by_order(items: Iterable[Item]) -> dict[str, OrderSamples]:
    """Return the samples of every client sample ID, oldest first."""
    groups: dict[str, list[Sample]] = {}
    for item in items:
        sample = Sample.read(item)
        groups.setdefault(sample.order_id, []).append(sample)
    found = {}
    for order_id, samples in groups.items():
        samples.sort(key=lambda sample: (sample.created, sample.name))
        roots = [sample for sample in samples if not sample.whole]
        if order_id and roots:
            parts = [sample for sample in samples if sample.whole]
            found[order_id] = OrderSamples(roots, parts)
    return found


def uid_of(value: Any) -> str:
    """Return the UID in a reference, which comes as a text or as an object."""
    if isinstance(value, dict):
        value = value.get("uid")
    return value if isinstance(value, str) else ""


def _text(item: Item, *names: str) -> str:
    return next((str(item[name]) for name in names if item.get(name)), "")
