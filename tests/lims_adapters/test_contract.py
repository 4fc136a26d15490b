"""Both shipped adapters hold the contract that we ask of others."""

import os
from typing import ClassVar

import pytest

from lims_adapters.simulated.adapter import SimulatedLab
from lims_adapters.worksheet.adapter import WorksheetFolder
from loop.core.candidate import Candidate, CandidatePool, Material
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.core.order import MeasurementRequest, WorkOrder
from loop.testing.lims_contract import LimsAdapterContract, patient_submit

POOL = CandidatePool(
    material=Material.COLUMNS,
    ids=("a", "b", "c"),
    structures=("", "", ""),
    labels=("A", "B", "C"),
    fields={"truth": (1.0, 2.0, 3.0)},
)


def definition(lims: dict) -> CampaignDefinition:
    return CampaignDefinition.model_validate(
        {
            "schema": 1, "slug": "film", "title": "Film", "seed": 1,
            "properties": {"k": {"unit": "W/m/K"}},
            "objective": {"kind": "maximize", "property": "k"},
            "space": {"material": "columns", "file": "pool.csv", "features": ["truth"]},
            "batch": {"size": 2}, "budget": {"experiments": 3}, "initial": {"size": 2},
            "lims": lims,
        }
    )  # fmt: skip


class _Contract(LimsAdapterContract):
    lims: ClassVar[dict]
    cls: ClassVar[type]

    @pytest.fixture(autouse=True)
    def lab(self, tmp_path):
        self.folder = tmp_path

    def adapter(self):
        options = {k: v for k, v in self.lims.items() if k != "kind"}
        context = LabContext("film", definition(self.lims), self.folder, POOL)
        return self.cls(self.cls.Config.model_validate(options), context)

    def orders(self):
        return [
            WorkOrder(
                order_id=f"film-r01-{name}", campaign="film", round_number=1, position=row + 1,
                candidate=Candidate(
                    candidate_id=name, material=Material.COLUMNS, structure="", label=name,
                    fields={"truth": POOL.fields["truth"][row]},
                ),
                requests=(MeasurementRequest(property="k", unit="W/m/K"),),
            )
            for row, name in enumerate(POOL.ids[:2])
        ]  # fmt: skip

    def answer(self, order):
        pass


class TestSimulatedLab(_Contract):
    cls = SimulatedLab
    lims: ClassVar[dict] = {"kind": "simulated", "columns": {"k": "truth"}, "noise_sd": 0.1}


class TestSimulatedLabOnABadLine(_Contract):
    cls = SimulatedLab
    lims: ClassVar[dict] = {
        "kind": "simulated", "columns": {"k": "truth"}, "lost_request_rate": 0.4,
        "lost_reply_rate": 0.4, "lost_poll_rate": 0.4, "duplicate_result_rate": 0.5,
        "ignores_idempotency": True, "delay": [1, 4],
    }  # fmt: skip

    def test_the_lab_made_every_sample_once(self):
        for order in self.orders():
            patient_submit(self.adapter(), order)
            patient_submit(self.adapter(), order)
        assert [self.adapter().samples(o.order_id) for o in self.orders()] == [1, 1]


class TestWorksheetFolder(_Contract):
    cls = WorksheetFolder
    lims: ClassVar[dict] = {"kind": "worksheet"}

    def answer(self, order):
        path = self.folder / "results" / f"{order.order_id}.csv"
        path.write_text(f"order_id,property,value,unit\n{order.order_id},k,150,mW/m/K\n")
        os.utime(path, (1, 1))
