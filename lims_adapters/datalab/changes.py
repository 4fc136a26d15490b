"""What is new at datalab since a cursor."""

from collections.abc import Sequence
from typing import Any, Final

from lims_adapters.datalab.client import DatalabClient
from lims_adapters.datalab.config import DatalabConfig
from lims_adapters.datalab.names import is_order, item_id
from lims_adapters.datalab.parse import (
    NAMESPACE,
    SYSTEM,
    SampleReader,
    has_block,
    has_results,
    substance,
)  # fmt: skip
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.fingerprints import Fingerprints, fingerprint
from loop.core.canonical import canonical_json
from loop.core.order import WorkOrder
from loop.core.result import Poll, ResultBatch

Item = dict[str, Any]
_GONE: Final = "gone"


class Changes:
    """Compares what is there with what was read before.

    A fingerprint has two halves, of the sample as the list shows it and of what decides on its
    results: while the first is the same, the sample need not be fetched. The edit of a block shows
    in no list, so a sample with a block of results is fetched every time.
    """

    def __init__(self, config: DatalabConfig, reader: SampleReader) -> None:
        self._config, self._reader = config, reader

    def since(self, cursor: str | None, lab: DatalabClient, orders: Sequence[WorkOrder]) -> Poll:
        """Return every order of which something changed, each whole."""
        before = Fingerprints.read(cursor)
        if not orders:
            return Poll(cursor=cursor)
        entries = {str(entry["item_id"]): entry for entry in lab.samples()}
        read: dict[str, str] = {}
        batches: list[ResultBatch] = []
        for order in orders:
            known, entry = before.of(order.order_id), entries.get(item_id(order.order_id))
            if entry is not None and self._is_unchanged(entry, known):
                continue
            item = self._item(lab, order, entry)
            now = _GONE if item is None else fingerprint(substance(item, self._config))
            whole = f"{'' if entry is None else _listing(entry)}.{now}"
            if now == known.partition(".")[2]:
                if whole != known:
                    read[order.order_id] = whole
                continue
            batch = gone(SYSTEM, NAMESPACE, order.order_id)
            if item is not None:
                told = self._reader.read(order, item)
                batch = snapshot(SYSTEM, NAMESPACE, order.order_id, told.results, told.problems)
            if known or batch.results or batch.problems:
                read[order.order_id] = whole
                batches.append(batch)
        return Poll(batches=tuple(batches), cursor=before.advanced(read).text() or cursor)

    def _is_unchanged(self, entry: Item, known: str) -> bool:
        if has_block(entry, self._config):
            return False
        return _listing(entry) == known.partition(".")[0]

    def _item(self, lab: DatalabClient, order: WorkOrder, entry: Item | None) -> Item | None:
        """Return the sample, fetched if the list's entry cannot stand for it; None: gone."""
        bare = entry is not None and not has_results(entry, self._config)
        if bare and is_order(entry or {}, order.order_id):
            return entry
        # The list leaves out what is shared with us through a collection only.
        item = lab.item(item_id(order.order_id))
        return item if item is not None and is_order(item, order.order_id) else None


def _listing(entry: Item) -> str:
    seen = [entry.get(key) for key in ("last_modified", "nfiles", "nblocks", "status", "name")]
    return fingerprint(canonical_json([str(part) for part in seen]))
