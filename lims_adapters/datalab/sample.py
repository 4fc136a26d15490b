"""An order as a new sample of datalab."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from lims_adapters.datalab.names import block_id, item_id, marked
from loop.core.candidate import Material
from loop.core.order import WorkOrder

NOTE_TITLE: Final = "Campaign"
"""Title of the one comment block that is ours to write."""

_DRAWN: Final = frozenset({Material.MOLECULE, Material.POLYMER})


def new_sample(order: WorkOrder, status: str, people: Sequence[str] = ()) -> dict[str, Any]:
    """Return the sample to be made, with an empty comment block for our words.

    Args:
        order: The order.
        status: Of the new sample.
        people: Ids of the accounts that may change it, beside our own.
    """
    name, note = item_id(order.order_id), block_id(order.order_id)
    sample: dict[str, Any] = {
        "item_id": name,
        "type": "samples",
        "name": marked(order.candidate.label, order.order_id),
        "status": status,
        "description": "".join(f"<p>{escape(line)}</p>" for line in _lines(order)),
        "blocks_obj": {
            note: {
                "blocktype": "comment", "block_id": note, "item_id": name, "title": NOTE_TITLE,
                "freeform_comment": "",
            }
        },
        "display_order": [note],
        "creators": [{"immutable_id": person} for person in people],
    }  # fmt: skip
    if order.candidate.material in _DRAWN:
        sample["smiles"] = order.candidate.structure
    elif order.candidate.material is Material.COMPOSITION:
        sample["chemform"] = order.candidate.structure
    return sample


def shown(order: WorkOrder, status: str) -> str:
    """Return what `new_sample` writes, as a person reads it."""
    sample = new_sample(order, status)
    lines = [
        f"datalab sample {sample['item_id']}", f"name: {sample['name']}", f"status: {status}",
        *(f"{field}: {sample[field]}" for field in ("smiles", "chemform") if field in sample),
        "description:", *(f"  {line}" for line in _lines(order)),
        f"comment block {NOTE_TITLE!r}, for the prediction",
    ]  # fmt: skip
    return "\n".join(lines)


def _lines(order: WorkOrder) -> list[str]:
    candidate = order.candidate
    lines = [
        f"Order {order.order_id}, round {order.round_number}, position {order.position}.",
        f"Candidate {candidate.candidate_id}: {candidate.label} {candidate.structure}".rstrip(),
    ]
    lines += [f"{name}: {value}" for name, value in candidate.fields.items() if value is not None]
    lines += [
        f"Measure {r.property} in {r.unit or 'no unit'}"
        + (f", {r.replicates} times." if r.replicates > 1 else ".")
        for r in order.requests
    ]
    return [*lines, *([order.note] if order.note else [])]
