"""Language models in one file: arrays as safetensors, words as JSON in its header.

Nothing in the file is run or trusted: its digest, its release and the bounds of every array are
checked, since compiled code reads the arrays without looking.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from loop.errors import ModelError
from loop.generate.ngram_model import MOST_ORDER, SmilesModel
from loop.generate.ngram_table import CountTable
from loop.generate.ngram_walk import LARGEST_SIZE
from loop.generate.smiles_tokens import ATOM, MOST_RINGS, TokenTraits

SCHEMA: Final = "synthloop/smiles-ngram/1"
_ARRAYS: Final = {
    "keys": np.uint64,
    "orders": np.int8,
    "bounds": np.int64,
    "nexts": np.int32,
    "counts": np.float64,
    "sums": np.int32,
    "sizes": np.bool_,
}
_NUMBERS: Final = ("order", "most_rings", "examples")
_KEY: Final = "synthloop"
_HEADER: Final = 8
_LARGEST_HEADER: Final = 2**24


def write_model(model: SmilesModel, path: Path) -> None:
    """Write a model; equal models give equal bytes."""
    table = model.table
    arrays: dict[str, NDArray[Any]] = {
        "keys": table.keys,
        "orders": table.orders,
        "bounds": table.bounds,
        "nexts": table.nexts,
        "counts": table.counts,
        "sums": model.sums,
        "sizes": model.sizes,
    }
    card = {
        "vocabulary": list(model.vocabulary),
        **{name: getattr(model, name) for name in _NUMBERS},
    }
    text = json.dumps(card, sort_keys=True)
    header = {"schema": SCHEMA, "card": text, "digest": _digest(text, arrays)}
    draft = path.with_name(f".{path.name}.part")
    # One key: safetensors writes several in a random order, and equal models have equal bytes.
    draft.write_bytes(save(arrays, metadata={_KEY: json.dumps(header, sort_keys=True)}))
    draft.replace(path)


def read_model(path: Path) -> SmilesModel:
    """Read a model.

    Raises:
        ModelError: there is no such file, it is none of this release, or it was changed.
    """
    try:
        content = path.read_bytes()
    except OSError as cause:
        raise ModelError(f"the language model {path} cannot be read: {cause.strerror}") from cause
    header = _header(content, path)
    if header.get("schema") != SCHEMA:
        raise ModelError(
            f"{path} is of schema {header.get('schema')!r}; expected {SCHEMA!r}",
            hint="teach the model anew with this release",
        )
    try:
        arrays = load(content)
    except SafetensorError as cause:
        raise ModelError(f"{path} is damaged: {cause}") from cause
    text = str(header.get("card"))
    if _kinds(arrays) != _ARRAYS or _digest(text, arrays) != header.get("digest"):
        raise ModelError(
            f"{path} was changed or damaged after it was written: its digest does not fit",
            hint="fetch it anew or teach the model again",
        )
    return _checked(json.loads(text), arrays, path)


def _header(content: bytes, path: Path) -> dict[str, Any]:
    # safetensors reads the metadata from files only, and a file may change between two readings.
    size = int.from_bytes(content[:_HEADER], "little")
    try:
        text = content[_HEADER : _HEADER + min(size, _LARGEST_HEADER)]
        metadata = json.loads(text)["__metadata__"][_KEY]
        header = dict(json.loads(metadata))
    except (ValueError, KeyError, TypeError) as cause:
        raise ModelError(
            f"{path} is no language model", hint="expected a file that synthloop wrote"
        ) from cause
    return header


def _kinds(arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    return {name: array.dtype.type for name, array in arrays.items()}


def _digest(card: str, arrays: dict[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256(card.encode())
    for name in sorted(arrays):
        digest.update(f"\0{name}:{arrays[name].shape}:".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _checked(card: dict[str, Any], arrays: dict[str, NDArray[Any]], path: Path) -> SmilesModel:
    """Return the model if no array points outside another."""
    names = ("keys", "orders", "bounds", "nexts", "counts")
    keys, orders, bounds, nexts, counts = (arrays[name] for name in names)
    vocabulary = tuple(str(token) for token in card["vocabulary"])
    try:
        kinds = TokenTraits.of(vocabulary).kind
    except ValueError as cause:
        raise ModelError(f"{path} holds a word that is no token: {cause}") from cause
    order, most_rings, examples = (int(card[name]) for name in _NUMBERS)
    sound = (
        all(array.ndim == 1 for array in arrays.values())
        and 1 <= order <= MOST_ORDER
        and 0 <= most_rings <= MOST_RINGS
        and len(orders) == len(keys) == len(bounds) - 1
        and len(nexts) == len(counts)
        and bounds[0] == 0
        and bounds[-1] == len(nexts)
        and bool((np.diff(bounds) > 0).all())
        and bool((keys[1:] > keys[:-1]).all())
        and bool(((nexts >= 0) & (nexts < len(vocabulary))).all())
        and bool((np.isfinite(counts) & (counts > 0)).all())
        and len(arrays["sums"]) == len(vocabulary)
        and bool((arrays["sums"][kinds != ATOM] == 0).all())
        and len(arrays["sizes"]) == LARGEST_SIZE + 1
    )
    if not sound:
        raise ModelError(f"{path} contradicts itself and cannot be used")
    table = CountTable(keys, orders, bounds, nexts, counts)
    return SmilesModel(
        vocabulary, table, arrays["sums"], arrays["sizes"], order, most_rings, examples
    )
