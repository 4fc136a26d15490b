"""Features of a whole pool, prepared once, and the pair tables that kernels are made of.

Tanimoto for counts: Ralaivola et al., Neural Networks 18 (2005) 1093. Counts are kept by levels, in
which sum(min(a, b)) is a sparse scalar product: 100,000 rows against 50 take 0.1 s.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from loop.core.ports import FeatureMatrix

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Tables = dict[str, Array]

REALS: Final = "reals"
COUNTS: Final = "counts"
PREDICTIONS: Final = "source-predictions"
FEATURES: Final = "source-features"
ASSAY: Final = "assay"
_CLIP: Final = 5.0
_ROUNDING: Final = 1e-12
_TABLES_KEPT: Final = 64
_LARGEST_KEPT: Final = 250_000


class PairTable(Protocol):
    """A covariance between rows of a pool that is made elsewhere."""

    def table(self, left: Index, right: Index) -> Array:
        """Return its entries, shape `(len(left), len(right))`."""

    def diagonal(self, rows: Index) -> Array:
        """Return its entries of rows with themselves, shape `(len(rows),)`."""


class FeatureStore:
    """Blocks of a pool: real-valued ones standardised and clipped, counts by levels.

    Standardised over the pool, or over the rows of it that `FeatureMatrix.reference` names.

    Attributes:
        reals: Block kind to values, shape `(n, d)`, float64; kinds without a varying column are
            absent.
        columns: Block kind to the names of the columns kept.
        assays: Name and table of every cheap measurement with gaps.
        notices: What a person should know about the features, for the report of every model.
        chosen: Numbers of the assays that `with_assays` kept; None for all.
    """

    def __init__(self, features: FeatureMatrix) -> None:
        usable = features.usable()
        if features.reference is not None:
            usable &= features.reference
        self.reals: dict[str, Array] = {}
        self.columns: dict[str, tuple[str, ...]] = {}
        self.assays: list[tuple[str, PairTable]] = []
        self.notices: list[str] = []
        self.chosen: tuple[int, ...] | None = None
        for kind in (REALS, PREDICTIONS, FEATURES):
            blocks = [b for b in features.blocks if b.kind == kind]
            if blocks:
                self._add(kind, blocks, usable)
        counts = [b.values for b in features.blocks if b.kind == COUNTS]
        joined = np.concatenate(counts, axis=1) if counts else np.empty((len(features), 0))
        self._levels, self._heights = _levels(joined)
        self._total = joined.sum(axis=1, dtype=np.float64)
        self._norms = {k: (v**2).sum(1) for k, v in self.reals.items()}
        self._kept: OrderedDict[tuple[str, bytes, bytes], Array] = OrderedDict()

    def _add(self, kind: str, blocks: list[Any], usable: NDArray[np.bool_]) -> None:
        values = np.concatenate([b.values.astype(np.float64) for b in blocks], axis=1)
        names = [n for b in blocks for n in _names(b)]
        varies, scaled = _standardised(values, usable)
        if varies.any():
            self.reals[kind] = scaled
            self.columns[kind] = tuple(n for n, v in zip(names, varies, strict=True) if v)

    @property
    def has_counts(self) -> bool:
        """Whether there is a counts block with an occupied column."""
        return self._levels is not None

    @property
    def has_sources(self) -> bool:
        """Whether a source library has anything to say about this pool."""
        return PREDICTIONS in self.reals or FEATURES in self.reals

    def with_assays(self, numbers: Sequence[int]) -> "FeatureStore":
        """Return the same features with some of the assays only."""
        if tuple(numbers) == tuple(range(len(self.assays))):
            return self
        other = copy(self)
        other.assays = [self.assays[i] for i in numbers]
        other.chosen = tuple(numbers)
        # Tables of assays are known by number, which are others now.
        other._kept = OrderedDict()  # noqa: SLF001 - our own copy
        return other

    def dimension(self, kind: str) -> int:
        """Return the number of columns kept of a real-valued block."""
        return int(self.reals[kind].shape[1])

    def tables(
        self, keys: Iterable[str], left: Index, right: Index, *, keep: bool = True
    ) -> Tables:
        """Return pair tables by key, each `(len(left), len(right))`.

        Small ones are kept for the next time, unless `keep` says that there is none.

        Keys: `counts:tanimoto`; `<kind>:distance`, Euclidean, of standardised columns;
        `<kind>:product`, scalar product over the number of columns; `<kind>:<column>`, product
        of one column; `assay:<number>`, see `PairTable`.
        """
        ends = (left.tobytes(), right.tobytes())
        found = {}
        for key in keys:
            name = (key, *ends)
            if name in self._kept:
                self._kept.move_to_end(name)
                found[key] = self._kept[name]
                continue
            found[key] = self._table(key, left, right)
            if keep and found[key].size <= _LARGEST_KEPT:
                self._kept[name] = found[key]
        while len(self._kept) > _TABLES_KEPT:
            self._kept.popitem(last=False)
        return found

    def _table(self, key: str, left: Index, right: Index) -> Array:
        kind, _, what = key.partition(":")
        if kind == COUNTS:
            return self._tanimoto(left, right)
        if kind == ASSAY:
            return self.assays[int(what)][1].table(left, right)
        values = self.reals[kind]
        if what not in {"distance", "product"}:
            column = values[:, int(what)]
            return np.multiply.outer(column[left], column[right])
        product = values[left] @ values[right].T
        if what == "product":
            return np.asarray(product / values.shape[1])
        norms = self._norms[kind]
        size = norms[left][:, None] + norms[right][None]
        squared = size - 2.0 * product
        # Between equal rows only rounding is left, whose root would be no small number.
        return np.asarray(np.sqrt(np.where(squared > _ROUNDING * size, squared, 0.0)))

    def _tanimoto(self, left: Index, right: Index) -> Array:
        counted = self._levels[left].T.toarray() * self._heights
        shared = np.asarray((self._levels[right] @ counted).T, dtype=np.float64)
        union = self._total[left][:, None] + self._total[right][None] - shared
        found: Array = np.divide(shared, union, out=np.ones_like(shared), where=union > 0)
        return found

    def diagonal(self, key: str, rows: Index) -> Array:
        """Return the entries of a similarity or product table of rows with themselves, `(r,)`."""
        kind, _, what = key.partition(":")
        if kind == COUNTS:
            return np.ones(len(rows))
        if kind == ASSAY:
            return self.assays[int(what)][1].diagonal(rows)
        if what == "product":
            return np.asarray(self._norms[kind][rows] / self.dimension(kind))
        return np.asarray(self.reals[kind][rows, int(what)] ** 2)


def _names(block: Any) -> tuple[str, ...]:
    """Return the column names; blocks without names are numbered."""
    width = block.values.shape[1]
    return block.columns if len(block.columns) == width else tuple(map(str, range(width)))


def _standardised(values: Array, usable: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Array]:
    known = values[usable]
    if not len(known):
        return np.zeros(values.shape[1], dtype=np.bool_), values[:, :0]
    sd = known.std(axis=0)
    # float32 input: a spread this far below the size of the values is rounding.
    varies = sd > 1e-6 * np.maximum(np.abs(known).max(axis=0), 1e-30)
    scaled = (values[:, varies] - known[:, varies].mean(axis=0)) / sd[varies]
    return varies, np.ascontiguousarray(np.clip(scaled, -_CLIP, _CLIP))


def _levels(counts: Any) -> tuple[Any, Any]:
    """Return which levels each row reaches, sparse `(n, l)`, and how high each is, `(l, 1)`.

    Of a column with the counts u1 < u2 < ... the levels are u1, u2 - u1, ... high: sums of minima
    are exact for the fractions that repeat units have, too. None twice if all counts are 0.
    """
    rows, columns = np.nonzero(counts)
    if not len(rows):
        return None, None
    known = counts[rows, columns].astype(np.float64)
    pairs, place = np.unique(np.column_stack([columns, known]), axis=0, return_inverse=True)
    place = place.reshape(-1)
    first = np.searchsorted(pairs[:, 0], columns)
    below = np.where(np.diff(pairs[:, 0], prepend=-1.0) != 0, 0.0, np.roll(pairs[:, 1], 1))
    # Small whole numbers are exact in single precision, which is twice as fast.
    exact = np.float32 if np.array_equal(known, np.round(known)) else np.float64
    times = place - first + 1
    within = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    at = np.repeat(first, times) + within
    reached = np.ones(len(at), dtype=exact), (np.repeat(rows, times), at)
    shape = len(counts), len(pairs)
    return csr_matrix(reached, shape=shape), (pairs[:, 1] - below)[:, None].astype(exact)
