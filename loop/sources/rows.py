"""The rows that a model is trained on: one per structure, a column per source."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import Material
from loop.core.canonical import digest
from loop.core.ports import Progress, silent
from loop.errors import DataError
from loop.sources.recipe import ModelRecipe, SourceRecipe, Values

_SHARES: Final = 2**16

Structure = tuple[Material, str]
"""A structure by its material and its key; equal for what the leak check cannot tell apart."""


@dataclass(frozen=True)
class SourceRows:
    """A column of a table, as it stands there.

    Attributes:
        keys: What leak checks compare; None where the structure is none of its material.
        structures: Texts to describe, same length.
        values: Shape `(n,)`, in the recipe's unit; NaN where missing.
    """

    keys: Sequence[str | None]
    structures: Sequence[str]
    values: Values


SourceReader = Callable[[SourceRecipe, Progress], SourceRows]


@dataclass(frozen=True)
class Withheld:
    """What must not be learned.

    Attributes:
        sources: Names of sources.
        structures: Structures; their rows are left out of every source.
    """

    sources: frozenset[str] = frozenset()
    structures: frozenset[Structure] = frozenset()

    def digest(self) -> str:
        """Return a digest of the content."""
        structures = sorted(f"{material.value}\n{key}" for material, key in self.structures)
        return digest("\x1f".join([*sorted(self.sources), "", *structures]))


NOTHING: Final = Withheld()


@dataclass(frozen=True)
class TrainingRows:
    """All sources of a model, joined by structure.

    Attributes:
        structures: Material and key, length n, in the order of their hashes.
        texts: What is described, length n.
        hashes: Of the structures, shape `(n,)`, sorted.
        values: Shape `(n, s)`, on the scale of learning; NaN where a source has no value.
        digests: Of the values of each source, length s.
    """

    structures: tuple[Structure, ...]
    texts: tuple[str, ...]
    hashes: NDArray[np.uint64]
    values: Values
    digests: tuple[str, ...]

    def validation(self, share: float, seed: int) -> NDArray[np.bool_]:
        """Return which rows are kept for the scores, shape `(n,)`.

        The hash of a structure decides, so that it is on the same side in every source.
        """
        mixed = self.hashes ^ np.uint64(int(digest(str(seed))[:16], 16))
        return np.asarray(mixed % np.uint64(_SHARES) < np.uint64(round(share * _SHARES)))


def structure_hash(structure: Structure) -> int:
    """Return the BLAKE2b hash of a structure, 8 bytes."""
    material, key = structure
    text = f"{material.value}\n{key}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


@dataclass
class _Gathered:
    texts: dict[Structure, str] = field(default_factory=dict)
    hashes: dict[Structure, int] = field(default_factory=dict)
    columns: list[dict[Structure, float]] = field(default_factory=list)


def training_rows(
    recipe: ModelRecipe,
    read: SourceReader,
    withheld: Withheld = NOTHING,
    progress: Progress = silent,
    fewest: int | None = None,
) -> TrainingRows:
    """Return the rows of a recipe.

    Values that are not plausible are dropped; repeated structures get their median. Of a source
    with more rows than its cap those with the smallest hashes stay, so that the sources of a
    model share structures and the choice follows neither the order of a table nor its release.

    Args:
        recipe: Which sources, and how many rows.
        read: Gives the rows of a source.
        withheld: What is left out.
        progress: Told how far it is.
        fewest: Rows that a source needs, if not those that the kind of the model needs.

    Raises:
        DataError: a source has fewer usable rows than the kind of the model needs.
    """
    found = _Gathered()
    for i, source in enumerate(recipe.sources):
        progress(f"reading {source.name}", i / len(recipe.sources))
        most = source.cap if recipe.most is None else min(source.cap, recipe.most)
        _gather(found, source, read(source, progress), withheld, (fewest or recipe.fewest, most))
    structures = sorted(
        {s for column in found.columns for s in column}, key=found.hashes.__getitem__
    )
    place = {structure: row for row, structure in enumerate(structures)}
    values = np.full((len(structures), len(recipe.sources)), np.nan)
    for i, column in enumerate(found.columns):
        values[[place[s] for s in column], i] = list(column.values())
    return TrainingRows(
        structures=tuple(structures),
        texts=tuple(found.texts[s] for s in structures),
        hashes=np.array([found.hashes[s] for s in structures], dtype=np.uint64),
        values=values,
        digests=tuple(_digest(column) for column in found.columns),
    )


def _gather(
    found: _Gathered,
    source: SourceRecipe,
    rows: SourceRows,
    withheld: Withheld,
    limits: tuple[int, int],
) -> None:
    fewest, most = limits
    scaled = source.scaled(np.asarray(rows.values, dtype=np.float64))
    groups: dict[Structure, list[float]] = {}
    for row in np.flatnonzero(np.isfinite(scaled)).tolist():
        key = rows.keys[row]
        structure = (source.material, key or "")
        if key is None or structure in withheld.structures:
            continue
        groups.setdefault(structure, []).append(float(scaled[row]))
        found.texts.setdefault(structure, rows.structures[row])
    if len(groups) < fewest:
        raise DataError(
            f"source {source.name!r} has {len(groups)} usable rows in {source.data}; "
            f"a source needs {fewest}",
            hint="look at its unit, its plausible range and its structures"
            if len(rows.values) >= fewest
            else "",
        )
    for structure in groups:
        if structure not in found.hashes:
            found.hashes[structure] = structure_hash(structure)
    chosen = sorted(groups, key=found.hashes.__getitem__)[:most]
    found.columns.append({s: float(np.median(groups[s])) for s in chosen})


def _digest(column: dict[Structure, float]) -> str:
    return digest("\n".join(f"{m.value}\t{key}\t{v!r}" for (m, key), v in column.items()))
