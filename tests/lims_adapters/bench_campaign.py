"""A campaign and its orders for benches on servers that are shared: every slug is its own lab."""

from collections.abc import Mapping, Sequence
from typing import Any

from loop.core.candidate import Candidate, CandidatePool, Material
from loop.core.definition import CampaignDefinition
from loop.core.identity import order_id
from loop.core.order import MeasurementRequest, WorkOrder

_NAMES = ("polystyrene", "Poly(α-methylstyrol) „Größe 2“", "PMMA; 山田 batch", "=poly'ether <b>")
_STRUCTURES = ("*CC(*)c1ccccc1", "*CC(*)(C)c1ccccc1", "*CC(*)(C)C(=O)OC", "*COC*")


def definition(slug: str, lims: Mapping[str, Any]) -> CampaignDefinition:
    return CampaignDefinition.model_validate(
        {
            "schema": 1, "slug": slug, "title": "Films", "seed": 1,
            "properties": {"density": {"unit": "g/cm**3"}},
            "objective": {"kind": "maximize", "property": "density"},
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
        fields={"bath": 20.0 + row},
    )


def orders(slug: str, n: int) -> Sequence[WorkOrder]:
    """Return the first `n` orders of a campaign, ten in a round."""
    return [
        WorkOrder(
            order_id=order_id(slug, row // 10 + 1, f"c{row:04d}"),
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
        fields={"bath": tuple(c.fields["bath"] for c in found)},
    )
