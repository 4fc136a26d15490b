"""The simulated lab holds the contract, as far as a lab that answers by itself goes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lims_adapters.simulated.adapter import SimulatedLab
from loop.core.lab_ports import LabContext
from loop.core.order import WorkOrder
from loop.testing.lab_bench import LabBench
from loop.testing.lab_reader import LabReader
from loop.testing.lims_contract import LimsAdapterContract, patient_submit
from tests.lims_adapters import lab_orders

NO_SERVER = {
    "proxy": "there is no line to break",
    "adapter_with_expired_token": "there is no secret",
    "place_by_hand": "an order id has one place",
    "skew_clock": "no clock but this machine's is read",
    "documents": "no place for documents",
    "annotation": "no place for annotations",
    "inventory": "not offered",
    "preview": "not offered",
    "attach": "not offered",
    "annotate": "not offered",
    "open_attachment": "not offered",
}


class SimulatedBench(LabBench):
    impossible = NO_SERVER | dict.fromkeys(
        ("report", "edit", "withdraw", "end", "set_status", "delete", "unit"),
        "the lab answers by itself, from a table",
    )
    lims: ClassVar[Mapping[str, Any]] = {"noise_sd": 0.1}

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _adapter(self, column: str) -> SimulatedLab:
        options = {**self.lims, "columns": {"tg": column, "Tg": column, "density": "rho"}}
        definition = lab_orders.definition({"kind": "simulated", **options})
        context = LabContext(lab_orders.SLUG, definition, self._folder, lab_orders.pool(8))
        return SimulatedLab(SimulatedLab.Config.model_validate(options), context)

    def adapter(self) -> SimulatedLab:
        return self._adapter("truth")

    def adapter_with_wrong_mapping(self) -> SimulatedLab:
        return self._adapter("trueth")

    def orders(self, n: int) -> Sequence[WorkOrder]:
        return lab_orders.orders(n)

    def samples(self, order_id: str) -> int:
        return self.adapter().samples(order_id)


class GrownSimulatedBench(SimulatedBench):
    lims: ClassVar[Mapping[str, Any]] = {
        "noise_sd": 0.1, "duplicate_result_rate": 0.3, "drift": {"sd": 0.1},
        "queue": {
            "synthesis_places": 3, "measurement_places": 2, "working_hours": [8, 17],
            "working_days": 5,
        },
        "plates": {"size": 2, "longest_wait": 24},
        "mistakes": {"late_corrections": 0.5, "miscalibration": 0.5, "noticed_after": 30},
    }  # fmt: skip


class TestSimulatedLab(LimsAdapterContract):
    bench_class = SimulatedBench

    def test_every_order_is_answered_in_full_and_once(self) -> None:
        reads_everything(self)


class SimulatedOnABadLine(SimulatedBench):
    lims: ClassVar[Mapping[str, Any]] = {
        "lost_request_rate": 0.4, "lost_reply_rate": 0.4, "lost_poll_rate": 0.4,
        "duplicate_result_rate": 0.5, "ignores_idempotency": True, "delay": [1, 4],
    }  # fmt: skip


class TestSimulatedLabOnABadLine(LimsAdapterContract):
    bench_class = SimulatedOnABadLine

    def test_every_order_is_answered_in_full_and_once(self) -> None:
        reads_everything(self)

    def test_the_lab_made_every_sample_once(self) -> None:
        for order in self.bench.orders(4):
            for _ in range(3):
                patient_submit(self.adapter(), order)
            assert self.bench.samples(order.order_id) == 1


class TestGrownSimulatedLab(LimsAdapterContract):
    bench_class = GrownSimulatedBench

    def test_every_order_is_right_in_the_end(self) -> None:
        orders = self.place(4)
        reader: LabReader = self.reader(orders)
        reader.read()
        assert self.bench.adapter().account().mistakes, "nothing was corrected on the way"
        for order in orders:
            truth = float(str(order.candidate.fields["truth"]))
            assert reader.values(order.order_id, "Tg") == pytest.approx([truth, truth], abs=1)


def reads_everything(case: LimsAdapterContract) -> None:
    orders = case.place(4)
    reader: LabReader = case.reader(orders)
    reader.read()
    assert reader.problems == []
    for order in orders:
        assert len(reader.values(order.order_id, "Tg")) == 2
        truth = float(str(order.candidate.fields["truth"]))
        assert reader.values(order.order_id, "Tg") == pytest.approx([truth, truth], abs=1)
