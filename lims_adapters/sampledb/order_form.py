"""An order in the fields of a sample."""

from collections.abc import Mapping
from typing import Any

from lims_adapters.sampledb.config import SampleMapping
from lims_adapters.sampledb.layout import ActionSchema
from loop.core.candidate import FieldValue
from loop.core.order import WorkOrder
from loop.errors import AdapterError

OUR_MARK = "[synthloop] "


def order_texts(order: WorkOrder, sample: SampleMapping) -> dict[str, str]:
    """Return the text fields of an order, without empty ones."""
    asked = "; ".join(
        f"{request.property} in {request.unit or '1'}, {request.replicates} x"
        for request in order.requests
    )
    texts = {
        sample.name: order.candidate.label or order.order_id,
        sample.structure: order.candidate.structure,
        sample.requests: asked,
        sample.note: order.note,
        sample.status: sample.requested,
        sample.order_id: order.order_id,
    }
    return {field: words for field, words in texts.items() if field and words}


def order_data(order: WorkOrder, sample: SampleMapping, action: ActionSchema) -> dict[str, Any]:
    """Return an order as SampleDB takes it.

    Raises:
        AdapterError: a column of the candidate does not fit its field.
    """
    data: dict[str, Any] = {
        field: text_entry(words, action.fields.get(field, {}))
        for field, words in order_texts(order, sample).items()
    }
    for column, target in sample.columns.items():
        value = order.candidate.fields.get(column)
        if value is None:
            continue
        schema = action.fields.get(target.field, {})
        if schema.get("type") == "quantity":
            data[target.field] = _quantity(value, target.unit, column)
        else:
            data[target.field] = text_entry(_as_text(value), schema)
    return data


def preview(order: WorkOrder, sample: SampleMapping) -> str:
    """Return what `order_data` makes, as people read it."""
    lines = [f"SampleDB: a new object of the action {sample.action!r}"]
    lines += [f"  {field} = {words}" for field, words in order_texts(order, sample).items()]
    for column, target in sample.columns.items():
        value = order.candidate.fields.get(column)
        if value is not None:
            unit = "" if target.unit == "1" else f" {target.unit} (if the field is a quantity)"
            lines.append(f"  {target.field} = {_as_text(value)}{unit}")
    return "\n".join(lines)


def text_entry(words: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a text as SampleDB takes it: by language where the field has languages."""
    if schema.get("languages") and not schema.get("choices"):
        return {"_type": "text", "text": {"en": words}}
    return {"_type": "text", "text": words}


def with_our_words(held: str, words: str) -> str:
    """Return a text field after writing our words: what people wrote before our mark stays."""
    theirs = held.partition(OUR_MARK)[0].rstrip()
    return f"{theirs}\n{OUR_MARK}{words}" if theirs else f"{OUR_MARK}{words}"


def _quantity(value: FieldValue, unit: str, column: str) -> dict[str, Any]:
    if not isinstance(value, float):
        raise AdapterError(
            f"SampleDB: column {column!r} of the candidate is {value!r}, not a number, but "
            f"[lims.sample.columns.{column}] sends it to a quantity"
        )
    return {"_type": "quantity", "magnitude": value, "units": unit}


def _as_text(value: FieldValue) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
