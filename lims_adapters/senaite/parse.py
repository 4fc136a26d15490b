"""What the analyses of a sample say, read without guessing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lims_adapters.senaite.analyses import Analysis, current
from lims_adapters.senaite.client import SYSTEM, Item
from lims_adapters.senaite.config import SenaiteConfig, ServiceField
from lims_adapters.senaite.samples import Sample
from lims_adapters.transport.mapping import ended, read_number
from loop.core.number import Decimal
from loop.core.result import LabResult, Outcome
from loop.errors import Problem

NAMESPACE: Final = "senaite:"
_WAITING: Final = frozenset({"registered", "unassigned", "assigned", "to_be_verified"})
_DONE: Final = frozenset({"verified", "published"})


@dataclass(frozen=True)
class SampleReader:
    """Reads samples of one campaign's mapping.

    Attributes:
        config: The mapping.
        decimal: The mark before the fraction in texts.
    """

    config: SenaiteConfig
    decimal: Decimal

    def says_something(self, sample: Sample, analyses: Sequence[Analysis]) -> bool:
        """Whether there is anything to tell of a sample, as far as a list shows it."""
        waiting = _WAITING - self._accepted()
        if ended(sample.state, self.config.meanings())[0] is not None:
            return True
        return any(analysis.state not in waiting for analysis in current(analyses))

    def _accepted(self) -> frozenset[str]:
        return _DONE | {self.config.accept}

    def ending(self, sample: Sample, order_id: str, whole: Item) -> Iterator[LabResult]:
        """Yield how an order ended, if the state of its sample says so.

        Args:
            sample: As a list shows it.
            order_id: The order.
            whole: The sample itself, with the reasons for a rejection.
        """
        outcome, note = ended(sample.state, self.config.meanings())
        if outcome is None:
            return
        selected, other = _reasons(whole) if sample.state == "rejected" else ([], "")
        known = {reason.casefold() for reason in self.config.rejections}
        for reason in selected:
            if reason.casefold() in known:
                outcome, note = ended(reason, self.config.rejections)
        yield LabResult(
            order_id=order_id,
            result_id=f"{NAMESPACE}{sample.uid}",
            outcome=outcome or Outcome.NEEDS_FOLLOW_UP,
            raw=sample.state,
            note=": ".join(part for part in (note, *selected, other) if part),
            place=f"sample {sample.name}",
        )

    def values(
        self,
        sample: Sample,
        order_id: str,
        analyses: Sequence[Analysis],
        asked: Collection[str],
        problems: list[Problem],
    ) -> Iterator[tuple[LabResult, Analysis]]:
        """Yield the results that count, each with its analysis.

        Args:
            sample: The sample whose results count; one that SENAITE calls invalid has none.
            order_id: The order.
            analyses: Everything that hangs under it, whole.
            asked: Properties that the order asks for.
            problems: Added to.
        """
        if sample.state == "invalid":
            return
        counted = current(analyses)
        for name in (name for name in self.config.results if name in asked):
            mapped = self.config.results[name]
            for replicate, keyword in enumerate(mapped.keywords(), start=1):
                same = [analysis for analysis in counted if analysis.keyword == keyword]
                place = f"sample {sample.name}, {keyword}"
                if len(same) > 1:
                    shown = ", ".join(analysis.name for analysis in same)
                    problems.append(Problem(SYSTEM, place, shown, "one current analysis"))
                elif same:
                    about = _About(sample, order_id, name, mapped, replicate, place)
                    if result := self._value(about, same[0], problems):
                        yield result, same[0]

    def _value(
        self, about: "_About", analysis: Analysis, problems: list[Problem]
    ) -> LabResult | None:
        if analysis.state not in self._accepted():
            return None if analysis.state in _WAITING else about.follow_up(analysis)
        item, raw = analysis.item, about.raw(analysis.item)
        if not raw:
            problems.append(Problem(SYSTEM, about.place, raw, "a result in a verified analysis"))
            return None
        if item.get("ResultOptions"):
            expected = "a number; the service lets people choose from a list"
            problems.append(Problem(SYSTEM, about.place, raw, expected))
            return None
        unit = str(item.get("Unit") or item.get("getUnit") or about.mapped.unit).strip()
        if not unit:
            expected = "a unit of the service, or `unit` in [lims.results]"
            problems.append(Problem(SYSTEM, about.place, raw, expected))
            return None
        read = read_number(SYSTEM, about.place, raw, self.decimal, problems)
        if read is None:
            return None
        entered = str(item.get("ResultCaptureDate") or item.get("getResultCaptureDate") or "")
        return LabResult(
            order_id=about.order_id,
            result_id=about.identity,
            property=about.name,
            value=read.value,
            qualifier=read.qualifier,
            sd=read.sd,
            unit=unit,
            replicate=about.replicate,
            raw=f"{raw} {unit}",
            method=str(item.get("getMethodTitle") or about.mapped.method),
            operator=str(item.get("Analyst") or ""),
            # When it was typed in is not when it was measured.
            note=f"analysis {analysis.name}, entered {entered}".removesuffix(", entered "),
            place=about.place,
        )


def _reasons(sample: Item) -> tuple[list[str], str]:
    reasons = sample.get("RejectionReasons") or ()
    held = next((reason for reason in reasons if isinstance(reason, dict)), {})
    selected = [str(reason) for reason in held.get("selected") or () if reason]
    return selected, str(held.get("other") or "").strip()


@dataclass(frozen=True)
class _About:
    """Which value of which order an analysis gives."""

    sample: Sample
    order_id: str
    name: str
    mapped: ServiceField
    replicate: int
    place: str

    @property
    def identity(self) -> str:
        """Name of the value whatever analysis holds it: a retest corrects, it does not repeat."""
        return f"{NAMESPACE}{self.sample.uid}/{self.mapped.keywords()[self.replicate - 1]}"

    @staticmethod
    def raw(item: Mapping[str, Any]) -> str:
        """Return the result as it reads, with the sign of a detection limit before it."""
        result = "" if item.get("Result") is None else str(item["Result"]).strip()
        sign = str(item.get("DetectionLimitOperand") or "").strip()
        return result if not sign or result.startswith(sign) else f"{sign}{result}"

    def follow_up(self, analysis: Analysis) -> LabResult:
        """Return what a state that SENAITE's own workflow does not have comes to."""
        return LabResult(
            order_id=self.order_id,
            result_id=f"{self.identity}/state",
            outcome=Outcome.NEEDS_FOLLOW_UP,
            raw=analysis.state,
            note=f"analysis {analysis.name} is in the state {analysis.state!r}, which is none of "
            "SENAITE's own",
            place=self.place,
        )
