"""One spelling for one value: canonical JSON, and the digest made of it."""

import hashlib
import json
from collections.abc import Mapping, Sequence

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> str:
    """Return the only JSON text that stands for `value`.

    Keys are sorted, there is no white space, non-ASCII stays readable.

    Raises:
        ValueError: `value` holds NaN or an infinity.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(content: bytes | str) -> str:
    """Return the SHA-256 of `content` as 64 hexadecimal digits."""
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()
