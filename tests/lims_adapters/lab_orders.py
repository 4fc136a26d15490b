"""Orders and a campaign for the benches: two properties, names from several alphabets."""

from collections.abc import Mapping, Sequence
from typing import Any

from loop.core.candidate import Candidate, CandidatePool, Material
from loop.core.definition import CampaignDefinition
from loop.core.order import MeasurementRequest, WorkOrder

SLUG = "contract"
_NAMES = ("polystyrene", "Poly(α-methylstyrol) „Größe 2“", "PMMA; 山田 batch", "=poly'ether <b>")
_UNITS = {"tg": "K", "density": "g/cm**3"}
_STRUCTURES = ("*CC(*)c1ccccc1", "*CC(*)(C)c1ccccc1", "*CC(*)(C)C(=O)OC", "*COC*")


def definition(lims: Mapping[str, Any], slug: str = SLUG, wanted: str = "tg") -> CampaignDefinition:
    """Return a campaign; the orders ask for more than it does."""
    return CampaignDefinition.model_validate(
        {
            "schema": 1, "slug": slug, "title": "Contract", "seed": 1,
            "properties": {wanted: {"unit": _UNITS[wanted]}},
            "objective": {"kind": "maximize", "property": wanted},
            "space": {"material": "polymer", "file": "pool.csv"},
            "batch": {"size": 2}, "budget": {"experiments": 3}, "initial": {"size": 2},
            "lims": lims,
        }
    )  # fmt: skip


def candidate(row: int) -> Candidate:
    return Candidate(
        candidate_id=f"c{row:04d}",
        material=Material.POLYMER,
        structure=_STRUCTURES[row % 4],
        label=f"{_NAMES[row % 4]} {row}",
        fields={"truth": 300.0 + row, "rho": 1.0 + row / 1000, "bath": 80.0 + row},
    )


def orders(n: int, slug: str = SLUG) -> Sequence[WorkOrder]:
    """Return the first `n` orders, ten in a round.

    On servers that are shared every slug is a lab of its own.
    """
    return [
        WorkOrder(
            order_id=f"{slug}-r{row // 10 + 1:02d}-{row:010x}",
            campaign=slug,
            round_number=row // 10 + 1,
            position=row % 10 + 1,
            candidate=candidate(row),
            requests=(
                MeasurementRequest(property="Tg", unit="K", replicates=2, plausible=(50, 1500)),
                MeasurementRequest(property="density", unit="g/cm**3"),
            ),
            note="fünf Gramm – bitte trocken" if row % 4 == 1 else "",
        )
        for row in range(n)
    ]


def pool(n: int) -> CandidatePool:
    found = [candidate(row) for row in range(n)]
    return CandidatePool(
        material=Material.POLYMER,
        ids=tuple(c.candidate_id for c in found),
        structures=tuple(c.structure for c in found),
        labels=tuple(c.label for c in found),
        fields={name: tuple(c.fields[name] for c in found) for name in ("truth", "rho", "bath")},
    )
