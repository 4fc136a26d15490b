"""The orders that benches give out, and the campaign around them."""

from pathlib import Path

from loop.core.candidate import Candidate, CandidatePool, Material
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.core.order import MeasurementRequest, WorkOrder

POOL = CandidatePool(
    material=Material.MOLECULE, ids=("c1",), structures=("CCO",), labels=("c1",), fields={}
)


def context(folder: Path, kind: str) -> LabContext:
    definition = CampaignDefinition.model_validate(
        {
            "schema": 1, "slug": "film", "title": "Film", "seed": 1,
            "properties": {"tg": {"unit": "K"}, "density": {"unit": "g/cm**3"}},
            "objective": {"kind": "maximize", "property": "tg"},
            "space": {"material": "molecule", "file": "pool.csv", "structure": "smiles"},
            "batch": {"size": 2}, "budget": {"experiments": 12}, "initial": {"size": 2},
            "lims": {"kind": kind},
        }
    )  # fmt: skip
    # Benches ask for "Tg", as a lab writes it; campaign files write properties in small letters.
    named = {"Tg": definition.properties["tg"], "density": definition.properties["density"]}
    definition = definition.model_copy(update={"properties": named})
    return LabContext("film", definition, folder, POOL)


def orders(n: int) -> list[WorkOrder]:
    """Return the first `n` orders, twenty in a round."""
    found = []
    for row in range(n):
        number, of_round = row + 1, row // 20 + 1
        found.append(
            WorkOrder(
                order_id=f"film-r{of_round:02d}-{number:010d}",
                campaign="film",
                round_number=of_round,
                position=number,
                candidate=Candidate(
                    candidate_id=f"c{number}", material=Material.MOLECULE,
                    structure="C" * (row % 9 + 1) + "O",
                    label="Polyäthylen β" if row == 0 else f"sample {number}", fields={},
                ),
                requests=(
                    MeasurementRequest(property="Tg", unit="K", plausible=(50, 1500), replicates=2),
                    MeasurementRequest(property="density", unit="g/cm**3"),
                ),
                note="vorsichtig trocknen: 60 °C, über Nacht" if row == 0 else "",
            )
        )  # fmt: skip
    return found
