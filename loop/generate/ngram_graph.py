"""The molecule that a token string stands for, as atoms and bonds; compiled by numba."""

from typing import Any, NamedTuple

import numpy as np

from loop.generate.compiling import inner
from loop.generate.smiles_tokens import (
    ATOM,
    CLOSE,
    MOST_RINGS,
    OPEN,
    RING_CLOSE,
    RING_OPEN,
    TokenTraits,
)

ATOMS, ENDS = range(2)
"""Places in the counters of a graph."""


class Graph(NamedTuple):
    """One molecule; every bond has two ends, each in the chain of its atom.

    Attributes:
        count: Number of atoms and of bond ends, int32, `(2,)`.
        label: What each atom is, int64, negative.
        first: First bond end of each atom or -1, int32.
        after: Next bond end of the same atom or -1, int32.
        other: Atom at the other side of each bond end, int32.
        order: Its bond order, int32.
        digest: Of the neighbourhood of each atom, uint64.
        fresh: Room for those of the next round, uint64.
        number: Number of each atom in the code or -1, int32.
        queue: The atom with each number, int32.
        waiting: Atom that each open branch goes back to, int32.
        rings: Atom and bond order of each open ring, int32, two columns.
    """

    count: Any
    label: Any
    first: Any
    after: Any
    other: Any
    order: Any
    digest: Any
    fresh: Any
    number: Any
    queue: Any
    waiting: Any
    rings: Any


@inner
def _end(graph: Graph, here: int, there: int, order: int) -> None:
    end = graph.count[ENDS]
    graph.other[end] = there
    graph.order[end] = order
    graph.after[end] = graph.first[here]
    graph.first[here] = end
    graph.count[ENDS] = end + 1


@inner
def _bond(graph: Graph, a: int, b: int, order: int) -> None:
    _end(graph, a, b, order)
    _end(graph, b, a, order)


def new_graph(longest: int) -> Graph:
    """Return room for the molecule of a string of at most `longest` tokens."""
    bonds = 2 * (longest + MOST_RINGS)
    return Graph(
        np.zeros(2, np.int32),
        np.zeros(longest, np.int64),
        np.zeros(longest, np.int32),
        np.zeros(bonds, np.int32),
        np.zeros(bonds, np.int32),
        np.zeros(bonds, np.int32),
        np.zeros(longest, np.uint64),
        np.zeros(longest, np.uint64),
        np.zeros(longest, np.int32),
        np.zeros(longest, np.int32),
        np.zeros(longest, np.int32),
        np.zeros((MOST_RINGS + 1, 2), np.int32),
    )


@inner
def build(graph: Graph, word: Any, length: int, labels: Any, traits: TokenTraits) -> None:
    """Read a word whose rings and branches close.

    Args:
        graph: Written here.
        word: Tokens, int32.
        length: How many of them.
        labels: What atom each token is, negative, int64, `(v,)`.
        traits: Of the vocabulary.
    """
    count, rings, waiting = graph.count, graph.rings, graph.waiting
    count[:] = 0
    at, opened, depth = -1, 0, 0
    for j in range(length):
        token = word[j]
        kind, order = traits.kind[token], int(traits.order[token])
        if kind == ATOM:
            new = int(count[ATOMS])
            count[ATOMS] += 1
            graph.label[new] = labels[token]
            graph.first[new] = -1
            if at >= 0 and order > 0:
                _bond(graph, at, new, order)
            at = new
        elif kind == OPEN:
            waiting[depth] = at
            depth += 1
        elif kind == CLOSE:
            depth -= 1
            at = int(waiting[depth])
        elif kind == RING_OPEN:
            rings[opened, 0], rings[opened, 1] = at, order
            opened += 1
        elif kind == RING_CLOSE:
            place = opened - 1 - int(traits.place[token])
            # The bond may be written at either end.
            _bond(graph, int(rings[place, 0]), at, max(order, int(rings[place, 1])))
            opened -= 1
            for k in range(place, opened):
                rings[k, 0], rings[k, 1] = rings[k + 1, 0], rings[k + 1, 1]
