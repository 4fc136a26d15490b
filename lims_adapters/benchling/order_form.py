"""An order in the fields of a custom entity."""

from collections.abc import Mapping
from typing import Any, Final

from lims_adapters.benchling.config import SampleMapping
from lims_adapters.benchling.layout import Layout
from loop.core.order import WorkOrder
from loop.errors import AdapterError

OUR_MARK: Final = "[synthloop] "


def order_fields(order: WorkOrder, sample: SampleMapping) -> dict[str, str | float]:
    """Return the values of an order by field, without empty ones; words as people read them."""
    asked = "; ".join(
        f"{request.property} in {request.unit or '1'}, {request.replicates} x"
        for request in order.requests
    )
    texts = {
        sample.label: order.candidate.label,
        sample.structure: order.candidate.structure,
        sample.status: sample.requested,
        sample.requests: asked,
        sample.note: order.note,
    }
    found: dict[str, str | float] = {name: text for name, text in texts.items() if name and text}
    for column, field in sample.columns.items():
        value = order.candidate.fields.get(column)
        if value is not None:
            found[field] = value if isinstance(value, float) else str(value)
    return found


def order_body(order: WorkOrder, sample: SampleMapping, layout: Layout) -> dict[str, Any]:
    """Return an order as Benchling takes it.

    Raises:
        AdapterError: a dropdown lacks the word that belongs there.
    """
    values = order_fields(order, sample)
    body: dict[str, Any] = {
        "name": order.order_id,
        "schemaId": layout.sample.api_id,
        "fields": {name: {"value": stored(layout, name, value)} for name, value in values.items()},
    }
    if sample.folder:
        body["folderId"] = sample.folder
    if sample.registry:
        body |= {"registryId": layout.registry, "namingStrategy": sample.naming}
    return body


def stored(layout: Layout, field: str, value: str | float) -> str | float:
    """Return a value as a field holds it: of a dropdown, the id of the option.

    Raises:
        AdapterError: the dropdown has no such option.
    """
    options = layout.words.get(field)
    if options is None:
        return value
    ids = {word.casefold(): api_id for word, api_id in options.items()}
    try:
        return ids[str(value).casefold()]
    except KeyError:
        raise AdapterError(
            f"Benchling: the dropdown {field!r} has no option {value!r}; it has "
            f"{', '.join(sorted(options))}"
        ) from None


def preview(order: WorkOrder, sample: SampleMapping) -> str:
    """Return what `order_body` makes, as people read it."""
    place = {
        "in folder": sample.folder,
        "into registry": f"{sample.registry} ({sample.naming})" if sample.registry else "",
    }
    where = ", ".join(f"{how} {name}" for how, name in place.items() if name)
    lines = [f"Benchling: a new {sample.entity_schema} {order.order_id}, {where}"]
    lines += [f"  {name} = {value}" for name, value in _shown(order, sample).items()]
    return "\n".join(lines)


def _shown(order: WorkOrder, sample: SampleMapping) -> Mapping[str, str | float]:
    candidate = {"candidate": order.candidate.label, "structure": order.candidate.structure}
    left_out = {"candidate": sample.label, "structure": sample.structure}
    unsaid = {
        f"(not written: {name}, no field for it)": value
        for name, value in candidate.items()
        if value and not left_out[name]
    }
    return {**order_fields(order, sample), **unsaid}


def with_our_words(held: str, words: str) -> str:
    """Return a text after writing our words: what people wrote before our mark stays."""
    theirs = held.partition(OUR_MARK)[0].rstrip()
    return f"{theirs}\n\n{OUR_MARK}{words}" if theirs else f"{OUR_MARK}{words}"
