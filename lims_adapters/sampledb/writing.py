"""Texts written into samples, on the newest version or not at all."""

from collections.abc import Callable
from typing import Final

from lims_adapters.sampledb.client import SampleDBClient
from lims_adapters.sampledb.config import SampleDBConfig
from lims_adapters.sampledb.layout import ActionSchema
from lims_adapters.sampledb.order_form import text_entry, with_our_words
from lims_adapters.sampledb.parse import text
from lims_adapters.sampledb.reading import Reading
from lims_adapters.sampledb.stored import StoredObject
from loop.errors import RetryableAdapterError

_WRITES: Final = 5
Entries = Callable[[StoredObject], dict[str, str] | None]
"""The texts to write into a sample by field; None: leave it alone."""


class SampleWriter:
    """Writes to the samples of orders.

    Args:
        config: The mapping.
        action: The action that makes samples.
        client: One account.
    """

    def __init__(
        self, config: SampleDBConfig, action: ActionSchema, client: SampleDBClient
    ) -> None:
        self._mapping, self._fields, self._client = config.sample, action.fields, client
        self._open = {w.casefold() for w, meaning in config.status.items() if meaning == "open"}

    def cancel(self, reading: Reading, order_id: str, reason: str) -> bool:
        """Set the status of all samples of an order, unless the lab has begun with one."""
        mapping = self._mapping

        def entries(sample: StoredObject) -> dict[str, str] | None:
            word = text(sample.data, mapping.status)
            if word.casefold() == mapping.cancelled.casefold():
                return {}
            if word and word.casefold() not in self._open:
                return None
            told = {mapping.status: mapping.cancelled}
            return told | ({mapping.reason: reason} if mapping.reason else {})

        rows = range(len(reading.samples(order_id)))
        # Every copy is dropped, also after one that the lab has begun with.
        dropped = [self._write(reading, order_id, row, entries) for row in rows]
        return all(dropped)

    def annotate(self, reading: Reading, order_id: str, words: str) -> None:
        """Write our words after those of people."""
        field = self._mapping.annotation

        def entries(sample: StoredObject) -> dict[str, str]:
            held = text(sample.data, field)
            wanted = with_our_words(held, words)
            return {} if wanted == held else {field: wanted}

        self._write(reading, order_id, 0, entries)

    def _write(self, reading: Reading, order_id: str, row: int, entries: Entries) -> bool:
        """Write on the newest version of a sample; return False if told not to."""
        for _ in range(_WRITES):
            sample = reading.samples(order_id)[row]
            wanted = entries(sample)
            if wanted is None:
                return False
            texts = {f: text_entry(words, self._fields.get(f, {})) for f, words in wanted.items()}
            if not wanted or self._client.write(sample, {**sample.data, **texts}):
                return True
        raise RetryableAdapterError(
            f"SampleDB: object of order {order_id} changed {_WRITES} times while we wrote to it"
        )
