"""The samples of orders and the measurements that refer to them, each object read once."""

from collections.abc import Iterator, Sequence
from typing import Final

from lims_adapters.sampledb.client import SampleDBClient
from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.layout import Layout
from lims_adapters.sampledb.parse import reference, text
from lims_adapters.sampledb.stored import LogEntry, StoredObject

_FEW: Final = 40
_MANY: Final = 200


class Reading:
    """One look at what SampleDB holds of a campaign."""

    def __init__(self, config: SampleDBConfig, layout: Layout, client: SampleDBClient) -> None:
        self._order_field, self._layout, self._client = config.sample.order_id, layout, client
        self._objects: dict[int, StoredObject | None] = {}
        self._samples: dict[str, list[StoredObject]] | None = None

    def order_id(self, sample: StoredObject) -> str:
        """Return our order id of a sample, "" if it has none."""
        return text(sample.data, self._order_field)

    def order_ids(self, slug: str) -> set[str]:
        """Return the order ids of all samples of a campaign that we may read."""
        return {self.order_id(item) for item in self._of_campaign(slug)}

    def _of_campaign(self, slug: str) -> Iterator[StoredObject]:
        begins = f"{slug}-"
        for item in self._client.search(f'"{begins}" in {self._order_field}', self._sample_action):
            if item.action_id == self._sample_action and self.order_id(item).startswith(begins):
                yield item

    def fetch_campaign(self, slug: str) -> None:
        """Read the samples by the page, and so the measurements if they are many."""
        samples: dict[str, list[StoredObject]] = {}
        for item in self._of_campaign(slug):
            samples.setdefault(self.order_id(item), []).append(item)
            self._objects[item.object_id] = item
        numbers = {n for found in samples.values() for item in found for n in item.referring}
        if len(numbers) > _MANY:
            for action_id in self._layout.measurements:
                for item in self._client.search("", action_id):
                    self._objects[item.object_id] = item
        self._samples = {n: sorted(s, key=lambda o: o.object_id) for n, s in samples.items()}

    @property
    def _sample_action(self) -> int:
        return self._layout.sample.action_id

    def orders(self) -> list[str]:
        """Return the order ids that `fetch_campaign` found."""
        return sorted(self._samples or {})

    def samples(self, order_id: str) -> list[StoredObject]:
        """Return the samples of an order, the oldest first."""
        if self._samples is not None:
            return self._samples.get(order_id, [])
        # The search may not be trusted: its language reads more into a text than an equality.
        found = [
            item
            for item in self._client.search(
                f'{self._order_field} == "{order_id}"', self._sample_action
            )
            if item.action_id == self._sample_action and self.order_id(item) == order_id
        ]
        for item in found:
            self._objects[item.object_id] = item
        return sorted(found, key=lambda item: item.object_id)

    def measurements(self, sample: StoredObject) -> list[StoredObject]:
        """Return the measurements of a sample, the oldest first."""
        found = []
        for number in sorted(set(sample.referring)):
            item = self._object(number)
            mapping = self._layout.measurements.get(item.action_id or 0) if item else None
            if item and mapping and reference(item.data, mapping.sample) == sample.object_id:
                found.append(item)
        return found

    def changed_orders(self, news: Sequence[LogEntry]) -> dict[str, bool]:
        """Return the orders that log entries touch; False: nothing but their samples.

        After `fetch_campaign` these are all orders: what is known is told apart by its digest.
        """
        if self._samples is not None:
            return {n: any(s.referring for s in found) for n, found in self._samples.items()}
        touched = {entry.object_id for entry in news}
        found: dict[str, bool] = {}
        for item in filter(None, map(self._object, sorted(touched))):
            self._add(item, found)
        for entry in news:
            # A measurement that was moved to another sample is missing at the former one.
            now = self._object(entry.object_id) if entry.version_id else None
            if now and entry.version_id and now.action_id in self._layout.measurements:
                before = self._client.read(entry.object_id, entry.version_id - 1)
                if before is not None:
                    self._add(before, found)
        return found

    def _add(self, item: StoredObject, found: dict[str, bool]) -> None:
        if item.action_id == self._sample_action:
            found.setdefault(self.order_id(item), False)
            return
        mapping = self._layout.measurements.get(item.action_id or 0)
        number = reference(item.data, mapping.sample) if mapping else None
        sample = self._object(number) if number is not None else None
        if sample is not None and sample.action_id == self._sample_action:
            found[self.order_id(sample)] = True

    def _object(self, number: int) -> StoredObject | None:
        if number not in self._objects:
            self._objects[number] = self._client.read(number)
        return self._objects[number]


def is_many(news: Sequence[LogEntry]) -> bool:
    """Whether it is quicker to read by the page than one by one."""
    return len({entry.object_id for entry in news}) > _FEW
