"""Which of the mistakes that were planted in a rehearsal the loop noticed, and what would help."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loop.core.definition import CampaignDefinition
from loop.core.rehearsal_ports import MistakeKind, PlantedMistake
from loop.service.views import CampaignView, MeasurementView

REFUSED: Final = "refused"
FOLLOWED: Final = "followed"
FLAGGED: Final = "flagged"
MISSED: Final = "not caught"


@dataclass(frozen=True)
class Fate:
    """What became of one mistake.

    Attributes:
        mistake: What was done.
        label: Candidate of the order.
        how: "refused" at the door, "followed" when the lab mended it, "flagged" for a person to
            look, or "not caught".
        told: How it was noticed, in words.
        hint: What would have caught it; empty if it was.
    """

    mistake: PlantedMistake
    label: str
    how: str
    told: str
    hint: str = ""

    @property
    def caught(self) -> bool:
        """Whether the loop noticed."""
        return self.how != MISSED


def fates(
    mistakes: Sequence[PlantedMistake], view: CampaignView, flagged: Mapping[str, str]
) -> list[Fate]:
    """Return what became of every mistake.

    Args:
        mistakes: What the lab did.
        view: The campaign in the end.
        flagged: Order id to the first remark on it, of the loop or of a model, at any time.
    """
    return [_fate(mistake, view, flagged) for mistake in mistakes]


def _fate(mistake: PlantedMistake, view: CampaignView, flagged: Mapping[str, str]) -> Fate:
    label = next(o.label for o in view.orders if o.order_id == mistake.order_id)
    refusal = _refusal(mistake, view)
    if refusal:
        return Fate(mistake, label, REFUSED, refusal)
    known = _measurement(mistake, view)
    if known is not None and _healed_along(mistake, known, view):
        return Fate(mistake, label, REFUSED, "the whole answer was refused for another value")
    if known is not None and mistake.kind in _MENDED and known.corrections:
        return Fate(mistake, label, FOLLOWED, known.corrections[-1].reason)
    if mistake.order_id in flagged and mistake.kind is not MistakeKind.WITHDRAWN:
        return Fate(mistake, label, FLAGGED, flagged[mistake.order_id])
    return Fate(mistake, label, MISSED, "", _hint(mistake, view.definition))


_MENDED: Final = frozenset({MistakeKind.MISCALIBRATED, MistakeKind.WITHDRAWN})


def _refusal(mistake: PlantedMistake, view: CampaignView) -> str:
    if mistake.kind is MistakeKind.SWAPPED:
        return ""
    shown = f"{mistake.entered:.6g} {mistake.written_unit}"
    for refusal in view.refusals:
        for problem in refusal.problems:
            if refusal.source.endswith(mistake.order_id) and problem.value == shown:
                return problem.expected.partition(";")[0]
    return ""


def _healed_along(mistake: PlantedMistake, known: MeasurementView, view: CampaignView) -> bool:
    """Whether an answer was refused for another mistake, and this one never got into the ledger."""
    refused = any(r.source.endswith(mistake.order_id) for r in view.refusals)
    right = math.isclose(known.value, mistake.right, rel_tol=1e-9)
    return refused and right and not known.corrections


def _measurement(mistake: PlantedMistake, view: CampaignView) -> MeasurementView | None:
    wanted = (mistake.order_id, mistake.property, mistake.replicate)
    found = (m for m in view.measurements if (m.order_id, m.property, m.replicate) == wanted)
    return next(found, None)


def _hint(mistake: PlantedMistake, definition: CampaignDefinition) -> str:
    spec = definition.properties[mistake.property]
    place = f"properties.{mistake.property}"
    match mistake.kind:
        case MistakeKind.SWAPPED:
            return "no option of the campaign: a reference material on every plate, or barcodes"
        case MistakeKind.MISCALIBRATED | MistakeKind.WITHDRAWN:
            return "the lab's change came after the last look: synthloop lims poll"
        case _ if spec.plausible is None:
            return f"{place}.plausible = [lowest, highest]"
        case _ if spec.replicates < 2:
            return f"a narrower {place}.plausible, or {place}.replicates = 2"
        case _:
            return f"a narrower {place}.plausible"
