"""Reading back a pool that was stored as an artifact."""

import json

from loop.core.candidate import CandidatePool, Material
from loop.errors import LedgerError


def load_pool(content: bytes) -> CandidatePool:
    """Return the pool that `CandidatePool.dump` wrote.

    Raises:
        LedgerError: `content` is not a pool of a format this release reads.
    """
    data = json.loads(content)
    if data.get("format") != "synthloop/pool/1":
        raise LedgerError(f"a stored pool has the unknown format {data.get('format')!r}")
    return CandidatePool(
        material=Material(data["material"]),
        ids=tuple(data["ids"]),
        structures=tuple(data["structures"]),
        labels=tuple(data["labels"]),
        fields={name: tuple(column) for name, column in data["fields"].items()},
    )
