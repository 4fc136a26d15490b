"""What the parts of the contract for lab adapters have in common: one fresh bench per test."""

from abc import ABC
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import pytest

from loop.core.lab_ports import LimsAdapter
from loop.core.order import WorkOrder
from loop.testing.lab_bench import LabAnswer, LabBench
from loop.testing.lab_reader import LabReader, patient_submit

_NEEDS: Final = "needs_of_the_lab"
F = TypeVar("F", bound=Callable[..., object])


def needs(*names: str) -> Callable[[F], F]:
    """Mark a case that cannot be played in a lab where one of these is impossible."""

    def mark(function: F) -> F:
        setattr(function, _NEEDS, frozenset(names))
        return function

    return mark


def tg(value: str = "371.2", unit: str = "K", replicate: int = 1, **rest: Any) -> LabAnswer:
    """Return a glass transition as the lab's people enter it."""
    return LabAnswer("Tg", value, unit, replicate, **rest)


def density(value: str = "1.19", unit: str = "g/cm**3") -> LabAnswer:
    """Return a density as the lab's people enter it."""
    return LabAnswer("density", value, unit)


class BenchCases(ABC):
    """Tests on a bench. A case that needs what is impossible there is not collected."""

    bench_class: ClassVar[type[LabBench]]
    bench: LabBench

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Take out what this lab cannot play; `test_what_is_impossible` shows why."""
        super().__init_subclass__(**kwargs)
        if "bench_class" in vars(cls):
            for name in (name for name in dir(cls) if name.startswith("test_")):
                wanted: frozenset[str] = getattr(getattr(cls, name), _NEEDS, frozenset())
                if wanted & set(cls.bench_class.impossible):
                    setattr(cls, name, None)

    def make_bench(self, folder: Path) -> LabBench:
        """Return a fresh lab; overridden where a bench takes more than a folder."""
        return self.bench_class(folder)  # type: ignore[call-arg]

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path) -> Iterator[None]:
        self.bench = self.make_bench(tmp_path)
        yield
        self.bench.close()

    def can(self, *names: str) -> bool:
        """Whether this lab has all of these."""
        return not set(names) & set(self.bench.impossible)

    def adapter(self) -> LimsAdapter:
        """Return the adapter built anew."""
        return self.bench.adapter()

    def place(self, n: int) -> Sequence[WorkOrder]:
        """Place the first `n` orders."""
        orders = self.bench.orders(n)[:n]
        for order in orders:
            patient_submit(self.adapter(), order)
        return orders

    def placed_and_read(self, n: int = 1) -> tuple[Sequence[WorkOrder], LabReader]:
        """Place `n` orders, read to the end of what is there; return both."""
        orders = self.place(n)
        reader = self.reader(orders)
        reader.read()
        return orders, reader

    def reader(self, orders: Sequence[WorkOrder]) -> LabReader:
        """Return a reader that starts from the beginning."""
        return LabReader(self.adapter, orders)

    def report_all(self, order: WorkOrder) -> Mapping[str, float]:
        """Enter everything that an order asks for; return a value per lab's name."""
        asked = {tg(): 371.2, tg("372.4", replicate=2): 372.4, density(): 1.19}
        return {self.bench.report(order.order_id, a): value for a, value in asked.items()}
