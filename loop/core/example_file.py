"""Structures that teach a generator, stored as an artifact."""

import json
from typing import Final

from loop.core.canonical import canonical_json
from loop.errors import LedgerError

_FORMAT: Final = "synthloop/examples/1"


def dump_examples(structures: tuple[str, ...]) -> bytes:
    """Return structures as canonical JSON."""
    return canonical_json({"format": _FORMAT, "structures": structures}).encode()


def load_examples(content: bytes) -> tuple[str, ...]:
    """Return what `dump_examples` wrote.

    Raises:
        LedgerError: it is of no format that this release reads.
    """
    data = json.loads(content)
    if data.get("format") != _FORMAT:
        raise LedgerError(f"stored examples have the unknown format {data.get('format')!r}")
    return tuple(data["structures"])
