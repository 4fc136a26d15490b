"""What we write beside a sample: one comment block, and documents."""

from html import escape
from typing import Any

from lims_adapters.datalab.client import DatalabClient
from lims_adapters.datalab.names import block_id, is_order, item_id
from lims_adapters.datalab.sample import NOTE_TITLE
from loop.core.canonical import digest
from loop.core.order import WorkOrder
from loop.errors import AdapterError, RetryableAdapterError

Item = dict[str, Any]


def own_item(lab: DatalabClient, order: WorkOrder) -> Item:
    """Return the sample of an order, whole.

    Raises:
        AdapterError: there is none.
    """
    item = lab.item(item_id(order.order_id))
    if item is None or not is_order(item, order.order_id):
        raise AdapterError(
            f"datalab has no sample of order {order.order_id}",
            hint="look with `synthloop lims reconcile` at what the lab holds",
        )
    return item


def write_note(lab: DatalabClient, order: WorkOrder, item: Item, text: str) -> None:
    """Write our comment block. A block is saved alone: what people wrote elsewhere stays.

    Raises:
        RetryableAdapterError: somebody else wrote into it at the same time.
    """
    name, html = str(item["item_id"]), "".join(f"<p>{escape(t)}</p>" for t in text.splitlines())
    blocks = item.get("blocks_obj") or {}
    ours = block_id(order.order_id)
    if ours not in blocks:
        found = [key for key, block in sorted(blocks.items()) if _is_free(block)]
        ours = found[0] if found else lab.add_comment(name)
    lab.write_comment(name, ours, NOTE_TITLE, html)
    again = own_item(lab, order).get("blocks_obj") or {}
    if (again.get(ours) or {}).get("freeform_comment") != html:
        raise RetryableAdapterError(
            f"datalab, sample {name}: somebody else wrote into the block {NOTE_TITLE!r}"
        )


def _is_free(block: Item) -> bool:
    """Whether a comment block is ours, or one that an attempt of ours left without a title."""
    if block.get("blocktype") != "comment" or block.get("freeform_comment"):
        return bool(block.get("title") == NOTE_TITLE and block.get("blocktype") == "comment")
    return block.get("title") in {None, "", NOTE_TITLE}


def file_document(
    lab: DatalabClient, item: Item, name: str, media_type: str, content: bytes
) -> None:
    """Attach a document, once; an earlier one of ours by that name gets the new content."""
    same = [f for f in item.get("files") or () if f.get("original_name") == name]
    if any((f.get("checksums") or {}).get("sha256") == digest(content) for f in same):
        return
    me = str(lab.whoami().get("immutable_id"))
    ours = [str(f["immutable_id"]) for f in same if me in map(str, f.get("creator_ids") or ())]
    lab.upload(str(item["item_id"]), name, media_type, content, next(iter(ours), None))
