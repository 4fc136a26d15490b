"""What the extra fields and the status of an experiment say, read without guessing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from lims_adapters.elabftw.config import ElabConfig, ExtraField
from lims_adapters.elabftw.entry import SYSTEM, Entry
from lims_adapters.transport.mapping import ended, read_number
from loop.core.number import Decimal
from loop.core.result import LabResult
from loop.errors import Problem

NAMESPACE: Final = "elabftw:"


@dataclass(frozen=True)
class EntryReader:
    """Reads experiments of one campaign's mapping.

    Attributes:
        config: The mapping.
        decimal: The mark before the fraction in texts.
    """

    config: ElabConfig
    decimal: Decimal

    def results(
        self, entry: Entry, asked: Collection[str], problems: list[Problem]
    ) -> Iterator[LabResult]:
        """Yield every value that counts, and how the order ended if it has.

        Args:
            entry: The experiment.
            asked: Properties that its order asks for.
            problems: Added to.
        """
        if self.config.accept == "entered" or entry.locked:
            for name, mapped in self.config.results.items():
                if name in asked:
                    yield from self._values(entry, name, mapped, problems)
        outcome, note = ended(entry.status, self.config.status) if entry.status else (None, "")
        if outcome is not None:
            reason = entry.value(self.config.reason)
            yield LabResult(
                order_id=entry.order_id,
                result_id=f"{NAMESPACE}{entry.number}/status",
                outcome=outcome,
                raw=entry.status,
                note=f"{note}: {reason}" if reason else note,
                place=f"experiment {entry.number}",
            )

    def has_values(self, entry: Entry) -> bool:
        """Whether anything is entered, counting or not."""
        names = (name for mapped in self.config.results.values() for name in mapped.names())
        return any(entry.value(name) for name in names)

    def _values(
        self, entry: Entry, name: str, mapped: ExtraField, problems: list[Problem]
    ) -> Iterator[LabResult]:
        for replicate, key in enumerate(mapped.names(), start=1):
            raw, place = entry.value(key), f"experiment {entry.number}, {key!r}"
            if not raw:
                continue
            unit = entry.unit(key) or mapped.unit
            if not unit:
                expected = "a unit chosen in the field, or `unit` in [lims.results]"
                problems.append(Problem(SYSTEM, place, raw, expected))
                continue
            if read := read_number(SYSTEM, place, raw, self.decimal, problems):
                yield LabResult(
                    order_id=entry.order_id,
                    result_id=f"{NAMESPACE}{entry.number}/{key}",
                    property=name,
                    value=read.value,
                    qualifier=read.qualifier,
                    sd=read.sd,
                    unit=unit,
                    replicate=replicate,
                    raw=f"{raw} {unit}",
                    method=mapped.method,
                    place=place,
                )
