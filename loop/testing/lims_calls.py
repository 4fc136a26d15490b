"""Every call the loop makes to a lab, with what it needs before and what must hold after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from loop.core.lab_ports import LimsAdapter
from loop.core.order import Receipt, WorkOrder
from loop.core.result import Poll
from loop.testing.lab_bench import LabBench
from loop.testing.lims_contract_extras import keeping_inventory, taking_documents, taking_words

_REPORT: Final = b"%PDF-1.4 \x00\xff"
_WORDS: Final = "predicted 362 ± 8 K"


@dataclass(frozen=True)
class LabCall:
    """One call of the port.

    Attributes:
        name: Of the method.
        make: Calls it for the first of some placed orders, of which it has one value reported if
            the lab's people can report.
        holds: Whether what came back is right. A wrong answer is worse than an error.
        once: Whether the lab holds it once, in full, asked past the adapter.
        places: The call is what places the order.
        needs: Names that must not be `impossible`.
    """

    name: str
    make: Callable[[LimsAdapter, tuple[WorkOrder, ...]], Any]
    holds: Callable[[Any, LabBench, WorkOrder], bool]
    once: Callable[[LabBench, WorkOrder], bool] = lambda bench, order: (
        bench.samples(order.order_id) == 1
    )
    places: bool = False
    needs: frozenset[str] = field(default_factory=frozenset)


def _submit(adapter: LimsAdapter, orders: tuple[WorkOrder, ...]) -> Receipt:
    return adapter.find(orders[0].order_id) or adapter.submit(orders[0])


def _inventory(adapter: LimsAdapter, orders: tuple[WorkOrder, ...]) -> list[tuple[str, int]]:
    held = keeping_inventory(adapter).inventory(orders)
    return [(remote.order_id, len(remote.results)) for remote in held]


def _annotate(adapter: LimsAdapter, orders: tuple[WorkOrder, ...]) -> None:
    taking_words(adapter).annotate(orders[0], _WORDS)


def _attach(adapter: LimsAdapter, orders: tuple[WorkOrder, ...]) -> None:
    taking_documents(adapter).attach(orders[0], "report.pdf", "application/pdf", _REPORT)


def _is_receipt(answer: Receipt | None, bench: LabBench, order: WorkOrder) -> bool:
    del bench
    return answer is not None and answer.order_id == order.order_id


def _has_the_value(answer: Poll, bench: LabBench, order: WorkOrder) -> bool:
    told = {r.order_id for batch in answer.batches for r in batch.results if r.value is not None}
    return "report" in bench.impossible or told == {order.order_id}


def _lists_the_order(answer: list[tuple[str, int]], bench: LabBench, order: WorkOrder) -> bool:
    count = 0 if "report" in bench.impossible else 1
    return (order.order_id, count) in answer


CALLS: Final = (
    LabCall("check", lambda a, _: a.check(), lambda answer, *_: answer == []),
    LabCall("find", lambda a, orders: a.find(orders[0].order_id), _is_receipt),
    LabCall("submit", _submit, _is_receipt, places=True),
    LabCall("poll", lambda a, orders: a.poll(None, orders), _has_the_value),
    LabCall(
        "cancel",
        lambda a, orders: a.cancel(orders[0], "no time"),
        lambda answer, *_: answer in {True, False},
        lambda bench, order: bench.samples(order.order_id) <= 1,
    ),
    LabCall("inventory", _inventory, _lists_the_order, needs=frozenset({"inventory"})),
    LabCall(
        "attach",
        _attach,
        lambda answer, *_: answer is None,
        lambda bench, order: dict(bench.documents(order.order_id)) == {"report.pdf": _REPORT},
        needs=frozenset({"attach", "documents"}),
    ),
    LabCall(
        "annotate",
        _annotate,
        lambda answer, *_: answer is None,
        lambda bench, order: bench.annotation(order.order_id).count(_WORDS) == 1,
        needs=frozenset({"annotate", "annotation"}),
    ),
)
