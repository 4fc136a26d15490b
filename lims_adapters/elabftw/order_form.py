"""An order as an experiment of eLabFTW: a page to read, and extra fields to fill in."""

import html
from collections.abc import Iterator
from typing import Any

from lims_adapters.elabftw.config import ElabConfig
from loop.core.order import MeasurementRequest, WorkOrder

Fields = dict[str, dict[str, Any]]


def order_body(
    order: WorkOrder, config: ElabConfig, category: int | None, status: int | None
) -> dict[str, Any]:
    """Return an order as eLabFTW takes it.

    Made without a template: eLabFTW would take nothing but the title beside one, and the order
    id would come in a second step that may be lost.
    """
    return {
        "title": f"{order.order_id} {order.candidate.label}",
        "category": category,
        "status": status,
        "tags": [order.campaign],
        "content_type": 1,
        "body": _page(order),
        "metadata": {"extra_fields": extra_fields(order, config)},
    }


def extra_fields(order: WorkOrder, config: ElabConfig) -> Fields:
    """Return the extra fields of a new order: its id, one per measurement, and for our words."""
    fields: Fields = {config.order_field: {"type": "text", "value": order.order_id}}
    for request in order.requests:
        for name in _names(request, config):
            unit = config.results[request.property].unit or request.unit
            fields[name] = {"type": "number", "value": "", "unit": unit, "units": [unit]}
    for name in filter(None, (config.reason, config.annotation)):
        fields[name] = {"type": "text", "value": ""}
    return {name: {**field, "position": n} for n, (name, field) in enumerate(fields.items())}


def _names(request: MeasurementRequest, config: ElabConfig) -> tuple[str, ...]:
    mapped = config.results.get(request.property)
    return mapped.names()[: request.replicates] if mapped else ()


def _lines(order: WorkOrder) -> Iterator[str]:
    candidate = order.candidate
    yield candidate.label
    yield candidate.structure
    for name, value in candidate.fields.items():
        if value is not None:
            yield f"{name}: {value}"
    for request in order.requests:
        yield f"{request.property} in {request.unit or '1'}, {request.replicates} x"
    yield order.note


def _page(order: WorkOrder) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in _lines(order) if line)


def preview(order: WorkOrder, config: ElabConfig) -> str:
    """Return what `order_body` makes, as people read it."""
    lines = [
        f"eLabFTW: a new experiment in category {config.category or 'none'!r}",
        f"  title = {order.order_id} {order.candidate.label}",
        f"  status = {config.requested or 'none'}, tag = {order.campaign}",
        *(f"  | {line}" for line in _lines(order) if line),
    ]
    for name, field in extra_fields(order, config).items():
        lines.append(f"  {name} = {field['value'] or '(to fill in)'} {field.get('unit', '')}")
    return "\n".join(line.rstrip() for line in lines)
