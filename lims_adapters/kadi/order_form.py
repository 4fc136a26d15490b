"""An order in the metadata of a record."""

from collections.abc import Sequence
from typing import Any

from lims_adapters.kadi.config import SampleMapping
from loop.core.candidate import FieldValue
from loop.core.order import WorkOrder

_TITLE = 150
OUR_MARK = "[synthloop] "


def order_body(order: WorkOrder, sample: SampleMapping) -> dict[str, Any]:
    """Return an order as Kadi4Mat takes it."""
    return {
        "identifier": order.order_id,
        "title": (order.candidate.label or order.order_id)[:_TITLE],
        "type": sample.type,
        "visibility": "private",
        "tags": [order.campaign],
        "extras": order_extras(order, sample),
    }


def order_extras(order: WorkOrder, sample: SampleMapping) -> list[dict[str, Any]]:
    """Return the metadata of an order, without empty ones."""
    asked = "; ".join(
        f"{request.property} in {request.unit or '1'}, {request.replicates} x"
        for request in order.requests
    )
    texts = {
        sample.status: sample.requested,
        sample.structure: order.candidate.structure,
        sample.requests: asked,
        sample.note: order.note,
    }
    leaves = [
        (key, {"type": "str", "value": words}) for key, words in texts.items() if key and words
    ]
    for column, target in sample.columns.items():
        value = order.candidate.fields.get(column)
        if value is not None:
            leaves.append((target.key, _leaf(value, target.unit)))
    extras: list[dict[str, Any]] = []
    for key, leaf in leaves:
        put(extras, key, leaf)
    return extras


def put(extras: list[dict[str, Any]], key: str, leaf: dict[str, Any]) -> None:
    """Set one piece of metadata, inside others where the key says "outer.inner"."""
    outer, _, inner = key.partition(".")
    held = next((extra for extra in extras if extra["key"] == outer), None)
    if inner:
        if held is None:
            held = {"key": outer, "type": "dict", "value": []}
            extras.append(held)
        put(held["value"], inner, leaf)
    elif held is None:
        extras.append({"key": outer, **leaf})
    else:
        held.update(leaf)


def preview(order: WorkOrder, sample: SampleMapping) -> str:
    """Return what `order_body` makes, as people read it."""
    body = order_body(order, sample)
    lines = [f"Kadi4Mat: a new record {body['identifier']} of type {sample.type!r}"]
    lines += [f"  title = {body['title']}", f"  tag = {order.campaign}"]
    lines += _listed(body["extras"], "  ")
    return "\n".join(lines)


def _listed(extras: Sequence[dict[str, Any]], before: str) -> list[str]:
    lines = []
    for extra in extras:
        if extra["type"] == "dict":
            lines += _listed(extra["value"], f"{before}{extra['key']}.")
        else:
            unit = extra.get("unit") or ""
            lines.append(f"{before}{extra['key']} = {extra['value']} {unit}".rstrip())
    return lines


def with_our_words(held: str, words: str) -> str:
    """Return a description after writing our words: what people wrote before our mark stays."""
    theirs = held.partition(OUR_MARK)[0].rstrip()
    return f"{theirs}\n\n{OUR_MARK}{words}" if theirs else f"{OUR_MARK}{words}"


def _leaf(value: FieldValue, unit: str) -> dict[str, Any]:
    if isinstance(value, float):
        return {"type": "float", "value": value, "unit": unit or None}
    return {"type": "str", "value": str(value)}
