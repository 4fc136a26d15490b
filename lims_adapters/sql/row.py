"""An order as a row of the lab's table."""

from lims_adapters.sql.config import OrdersTable
from lims_adapters.transport.crystal_file import shown_structure
from loop.core.order import WorkOrder


def asked_for(order: WorkOrder) -> str:
    """Return what is to be measured, for people."""
    return ", ".join(f"{r.property} [{r.unit}] x{r.replicates}" for r in order.requests)


def order_row(orders: OrdersTable, order: WorkOrder) -> dict[str, object]:
    """Return column to value of the row that an order becomes."""
    ours: dict[str, object] = {
        "campaign": order.campaign,
        "round_number": order.round_number,
        "position": order.position,
        "candidate_id": order.candidate.candidate_id,
        "label": order.candidate.label,
        "structure": shown_structure(order.candidate),
        "note": order.note,
        "requests": asked_for(order),
        "json": order.model_dump_json(),
    }
    row: dict[str, object] = {orders.order_id: order.order_id, **orders.constants}
    return row | {column: ours[key] for key, column in orders.columns.items()}
