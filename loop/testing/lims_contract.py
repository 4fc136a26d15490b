"""What every adapter to a lab must hold, as tests to inherit.

A plug-in author writes a `LabBench` (`loop.testing.lab_bench`), names it as `bench_class` of a
subclass of `LimsAdapterContract` in a test module, and runs pytest. The contract is what keeps a
campaign from losing a result or ordering twice.

A case that a kind of lab cannot play is not collected. What is missing is said by the bench under
`impossible` and held to be impossible indeed; one skip per adapter lists it with the reasons, so
that `pytest -rs` shows what was not tried without hiding it among many.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import pytest

from loop.core.order import WorkOrder
from loop.core.result import Outcome
from loop.testing.lab_bench import LabBench, LabRefusedError
from loop.testing.lab_reader import patient_poll, patient_submit
from loop.testing.lims_cases import tg
from loop.testing.lims_contract_changes import ChangeCases
from loop.testing.lims_contract_extras import ExtraCases
from loop.testing.lims_contract_line import LineCases
from loop.testing.lims_contract_orders import OrderCases
from loop.testing.lims_contract_results import ResultCases
from loop.testing.lims_contract_words import WordCases

__all__ = ["LimsAdapterContract", "patient_poll", "patient_submit"]

_PORTS: Final = ("inventory", "preview", "attach", "annotate", "open_attachment")
_TRIALS: Final[Mapping[str, Callable[[LabBench, WorkOrder], Any]]] = {
    "proxy": lambda bench, _: bench.proxy,
    "adapter_with_expired_token": lambda bench, _: bench.adapter_with_expired_token(),
    "adapter_with_wrong_mapping": lambda bench, _: bench.adapter_with_wrong_mapping(),
    "report": lambda bench, order: bench.report(order.order_id, tg()),
    "edit": lambda bench, _: bench.edit("1", tg()),
    "withdraw": lambda bench, _: bench.withdraw("1"),
    "end": lambda bench, order: bench.end(order.order_id, Outcome.FAILED_SYNTHESIS, "no"),
    "set_status": lambda bench, order: bench.set_status(order.order_id, "odd"),
    "place_by_hand": lambda bench, order: bench.place_by_hand(order),
    "delete": lambda bench, order: bench.delete(order.order_id),
    "skew_clock": lambda bench, _: bench.skew_clock(3600),
    "documents": lambda bench, order: bench.documents(order.order_id),
    "annotation": lambda bench, order: bench.annotation(order.order_id),
    "files": lambda bench, order: bench.report(order.order_id, tg(files={"curve.csv": b"1,2"})),
    "unit": lambda bench, order: bench.report(order.order_id, tg(unit="furlong")),
}


class LimsAdapterContract(OrderCases, ResultCases, ChangeCases, WordCases, ExtraCases, LineCases):
    """All cases for one adapter; every one starts on a fresh lab.

    Attributes:
        bench_class: The bench to play on. Override `make_bench` if it takes more than a folder.
    """

    bench_class: ClassVar[type[LabBench]]

    def test_what_is_called_impossible_is(self) -> None:
        """A bench may leave out only what such a lab cannot do at all, and says why."""
        bench, (order,) = self.bench, self.place(1)
        for name, reason in bench.impossible.items():
            assert reason.strip(), f"say why {name} is impossible"
            if name in _PORTS:
                assert not hasattr(self.adapter(), name), f"{name} is possible after all"
                continue
            assert name in _TRIALS, f"{name!r} is none of {', '.join([*_TRIALS, *_PORTS])}"
            self._is_refused(name, order)

    def test_what_was_not_tried(self) -> None:
        """List it where everybody sees it: among the skips, in one line."""
        reasons: dict[str, list[str]] = {}
        for name, why in self.bench.impossible.items():
            reasons.setdefault(why, []).append(name)
        missing = [f"no {', '.join(names)} ({why})" for why, names in reasons.items()]
        if self.bench.many < LabBench.many:
            missing.append(f"long lists of {self.bench.many} orders, not {LabBench.many}")
        if missing:
            pytest.skip(f"{type(self).__name__}: {'; '.join(missing)}")

    def _is_refused(self, name: str, order: WorkOrder) -> None:
        try:
            _TRIALS[name](self.bench, order)
        except NotImplementedError:
            return
        except LabRefusedError:
            assert name == "unit", f"{name} is possible after all: the lab refused one entry only"
        else:
            raise AssertionError(f"{name} is possible after all")
