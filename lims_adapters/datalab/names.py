"""Our order ids as datalab's item ids, and back.

An item id there has at most 40 characters, of letters, digits and `._-`, and neither begins nor
ends with a mark (`HumanReadableIdentifier`, datalab-server 0.7.12). A server refuses a second item
of the same id, which is what makes a repeated order harmless.
"""

import re
from typing import Any, Final

from loop.core.canonical import digest

_LONGEST: Final = 40
_LEGAL = re.compile(r"[a-zA-Z0-9]+|[a-zA-Z0-9][a-zA-Z0-9._-]+[a-zA-Z0-9]")
_TAIL: Final = 10
_MARK = re.compile(r"\[([^\[\]]+)\]\s*$")


def item_id(order_id: str) -> str:
    """Return the item id of an order: the order id where it is legal, else one made from it."""
    if len(order_id) <= _LONGEST and _LEGAL.fullmatch(order_id):
        return order_id
    head = re.sub(r"[^a-zA-Z0-9]+", "-", order_id)[: _LONGEST - _TAIL - 1].strip("-")
    tail = digest(order_id)[:_TAIL]
    return f"{head}-{tail}" if head else tail


def block_id(order_id: str) -> str:
    """Return the id of our comment block on the sample, made so that a repeat finds it."""
    return "s" + digest(f"note of {order_id}")[:14]


def marked(label: str, order_id: str) -> str:
    """Return the sample's name: what the lab calls it, and the order, so that lists show it."""
    return f"{label} [{order_id}]"


def order_of(entry: dict[str, Any]) -> str:
    """Return the order id that a sample's name carries, or nothing."""
    found = _MARK.search(str(entry.get("name") or ""))
    return found.group(1) if found else ""


def is_order(entry: dict[str, Any], order_id: str) -> bool:
    """Whether a sample is the one of this order; its name may have been changed by hand."""
    if entry.get("item_id") != item_id(order_id):
        return False
    carried = order_of(entry)
    # A name that was changed says nothing; an id that was shortened could be another's.
    if not carried:
        return item_id(order_id) == order_id or order_id in str(entry.get("description") or "")
    return carried == order_id
