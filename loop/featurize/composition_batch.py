"""Amounts of many compositions as one sparse matrix, row after row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.featurize.block import Amounts
from loop.featurize.elements.table import ROWS

Reals = NDArray[np.float64]


@dataclass(frozen=True)
class CompositionBatch:
    """The compositions of a batch that the element table covers, m of n.

    Attributes:
        n: Rows of the batch.
        rows: Shape `(m,)`: rows that are described, ascending.
        starts: Shape `(m,)`: where in `elements` each of them starts.
        sizes: Shape `(m,)`: how many elements it has.
        elements: Row of the element table for every element of every composition.
        amounts: As written, same shape, positive.
        fractions: Atomic fractions, same shape; they sum to one over each composition.
        failures: Row to reason.
    """

    n: int
    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]
    elements: NDArray[np.intp]
    amounts: Reals
    fractions: Reals
    failures: Mapping[int, str]

    def sums(self, weights: Reals, table: Reals) -> Reals:
        """Return `weights` times the values of the elements, summed by composition.

        Args:
            weights: Shape of `elements`.
            table: Shape `(103, p)`.

        Returns:
            Shape `(m, p)`.
        """
        dense = np.zeros((len(self.rows), len(table)))
        dense[np.repeat(np.arange(len(self.rows)), self.sizes), self.elements] = weights
        return np.asarray(dense @ table)

    def spread(self, described: Reals) -> NDArray[np.float32]:
        """Return values of the described rows, shape `(m, d)`, as those of all n; 0 elsewhere."""
        if len(self.rows) == self.n:
            return described.astype(np.float32)
        values = np.zeros((self.n, described.shape[1]), dtype=np.float32)
        values[self.rows] = described
        return values


def batch_of(items: Sequence[Amounts]) -> CompositionBatch:
    """Return compositions as segments of arrays; one with an element beyond the table fails."""
    elements: list[int] = []
    amounts: list[float] = []
    sizes: list[int] = []
    rows: list[int] = []
    failures: dict[int, str] = {}
    for row, item in enumerate(items):
        try:
            found = [ROWS[symbol] for symbol, amount in item.items() if amount > 0.0]
        except KeyError:
            failures[row] = _uncovered(item)
            continue
        if not found:
            failures[row] = "the composition holds no element; give at least one positive amount"
            continue
        elements.extend(found)
        amounts.extend(amount for amount in item.values() if amount > 0.0)
        sizes.append(len(found))
        rows.append(row)
    lengths = np.array(sizes, dtype=np.intp)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)[: len(rows)]
    written = np.array(amounts)
    totals = np.add.reduceat(written, starts) if rows else np.zeros(0)
    return CompositionBatch(
        len(items),
        np.array(rows, dtype=np.intp),
        starts,
        lengths,
        np.array(elements, dtype=np.intp),
        written,
        written / np.repeat(totals, lengths),
        failures,
    )


def _uncovered(item: Amounts) -> str:
    symbols = [symbol for symbol in item if symbol not in ROWS]
    return (
        f"element {', '.join(symbols)} is not in the element table, which holds H to Lr; "
        "leave this candidate out"
    )
