"""Ids of our own making: ULIDs from what they name, so that a repeat is the same resource."""

from typing import Final

from loop.core.canonical import digest

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32, as the ULID specification wants it."""

_BITS: Final = 120
_LENGTH: Final = 26


def ulid(*parts: str) -> str:
    """Return the ULID of the parts: the same parts give the same one for ever.

    120 bits of a digest. The upper 8 of the 128 stay zero, so that the part that a ULID reads as
    a time is one that every calendar knows.
    """
    number = int(digest("\x1f".join(("synthloop", *parts))), 16) % 2**_BITS
    return "".join(_ALPHABET[(number >> 5 * place) & 31] for place in reversed(range(_LENGTH)))


def sample_id(order_id: str) -> str:
    """Return the resource id of an order's sample."""
    return ulid("sample", order_id)


def campaign_id(slug: str) -> str:
    """Return the campaign id that our experiments carry as their owner."""
    return ulid("campaign", slug)


def document_id(order_id: str, name: str, sha256: str) -> str:
    """Return the datapoint id of a document of ours."""
    return ulid("document", order_id, name, sha256)
