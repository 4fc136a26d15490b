"""Counts of what followed each context, all orders in one hash table."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loop.generate.compiling import inner, outer
from loop.generate.ngram_grammar import Rules, rule_pass
from loop.generate.ngram_walk import (
    LARGEST_SIZE,
    context_keys,
    new_walk,
    push,
    restart,
    state,
)
from loop.generate.smiles_tokens import TokenTraits


class Entries(NamedTuple):
    """How often each token followed each context: columns of one row per pair."""

    keys: NDArray[np.uint64]
    orders: NDArray[np.int8]
    nexts: NDArray[np.int32]
    counts: NDArray[np.float64]

    def chosen(self, rows: slice | NDArray[np.bool_]) -> "Entries":
        """Return some of the rows."""
        return Entries(self.keys[rows], self.orders[rows], self.nexts[rows], self.counts[rows])


@outer
def count_pass(
    tokens: Any,
    starts: Any,
    order: int,
    most_rings: int,
    traits: TokenTraits,
    emitted: Entries,
) -> int:
    """Write every (context, next token) of token strings; return how many.

    Args:
        tokens: All strings, one after the other, int32.
        starts: Where each starts, and the end of the last, int64, `(n + 1,)`.
        order: Longest context.
        most_rings: Open rings are counted up to here.
        traits: Of the vocabulary.
        emitted: Keys, orders and next tokens, written from the start.
    """
    keys, orders, nexts = emitted.keys, emitted.orders, emitted.nexts
    longest = 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    walk = new_walk(longest)
    found = np.empty(order + 1, np.uint64)
    written = 0
    for i in range(len(starts) - 1):
        restart(walk)
        for j in range(starts[i], starts[i + 1]):
            top = context_keys(walk, state(walk, most_rings), order, traits.code, found)
            for k in range(top + 1):
                keys[written] = found[k]
                orders[written] = k
                nexts[written] = tokens[j]
                written += 1
            if j + 1 < starts[i + 1]:
                push(walk, int(tokens[j]), traits)
    return written


class Lookup(NamedTuple):
    """A table as compiled code takes it: hash slots, and the arrays of `CountTable`."""

    slots: NDArray[np.int32]
    keys: NDArray[np.uint64]
    bounds: NDArray[np.int64]
    nexts: NDArray[np.int32]
    counts: NDArray[np.float64]


@inner
def find(table: Lookup, key: Any) -> Any:
    """Return the row of a context, or -1."""
    slots, keys = table.slots, table.keys
    mask = np.uint64(len(slots) - 1)
    place = key & mask
    while slots[place] >= 0:
        if keys[slots[place]] == key:
            return slots[place]
        place = (place + np.uint64(1)) & mask
    return -1


@outer
def _fill(slots: Any, keys: Any) -> None:
    mask = np.uint64(len(slots) - 1)
    for row in range(len(keys)):
        place = keys[row] & mask
        while slots[place] >= 0:
            place = (place + np.uint64(1)) & mask
        slots[place] = row


@dataclass(frozen=True)
class CountTable:
    """Contexts, and how often each token followed.

    Two contexts share a key with a chance of about n² / 2^65, 3e-8 for a million.

    Attributes:
        keys: Digests of the contexts, ascending, uint64, `(c,)`.
        orders: Number of tokens in each, int8, `(c,)`.
        bounds: Row `i` owns the entries from `bounds[i]` to `bounds[i + 1]`, int64, `(c + 1,)`.
        nexts: Token that followed, ascending within a row, int32, `(e,)`.
        counts: How often, float64, `(e,)`.
    """

    keys: NDArray[np.uint64]
    orders: NDArray[np.int8]
    bounds: NDArray[np.int64]
    nexts: NDArray[np.int32]
    counts: NDArray[np.float64]

    @cached_property
    def lookup(self) -> Lookup:
        """Return the table with its hash slots, which are at most half full."""
        size = 1 << int(np.ceil(np.log2(max(16, 2 * len(self.keys)))))
        slots = np.full(size, -1, np.int32)
        _fill(slots, self.keys)
        return Lookup(slots, self.keys, self.bounds, self.nexts, self.counts)

    @classmethod
    def of(cls, *parts: Entries) -> "CountTable":
        """Sum the counts of equal (context, next token), in any order."""
        keys = np.concatenate([part.keys for part in parts])
        orders = np.concatenate([part.orders for part in parts])
        nexts = np.concatenate([part.nexts for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        by = np.lexsort((nexts, keys))
        keys, orders, nexts = keys[by], orders[by], nexts[by]
        fresh = np.ones(len(keys), np.bool_)
        fresh[1:] = (keys[1:] != keys[:-1]) | (nexts[1:] != nexts[:-1])
        at = np.flatnonzero(fresh)
        summed = np.add.reduceat(counts[by], at) if len(at) else counts[:0]
        keys, orders, nexts = keys[at], orders[at], nexts[at]
        first = np.ones(len(keys), np.bool_)
        first[1:] = keys[1:] != keys[:-1]
        rows = np.flatnonzero(first)
        bounds = np.append(rows, len(keys)).astype(np.int64)
        return cls(keys[rows], orders[rows], bounds, nexts, summed)

    @classmethod
    def trained(
        cls, tokens: Sequence[NDArray[np.int32]], order: int, most_rings: int, traits: TokenTraits
    ) -> "CountTable":
        """Count token strings."""
        words, starts = joined(tokens)
        room = int(starts[-1]) * (order + 1)
        emitted = Entries(
            np.empty(room, np.uint64),
            np.empty(room, np.int8),
            np.empty(room, np.int32),
            np.ones(room),
        )
        written = count_pass(
            words,
            starts,
            order,
            most_rings,
            traits,
            emitted,
        )
        return cls.of(emitted.chosen(slice(written)))

    def entries(self) -> Entries:
        """Return every entry by itself."""
        times = np.diff(self.bounds)
        return Entries(
            np.repeat(self.keys, times), np.repeat(self.orders, times), self.nexts, self.counts
        )

    def renamed(self, places: NDArray[np.int32], factor: float) -> Entries:
        """Return the entries with token `i` as `places[i]` and the counts times a factor."""
        entries = self.entries()
        return entries._replace(nexts=places[self.nexts], counts=self.counts * factor)

    def between(self, shortest: int, longest: int) -> "CountTable":
        """Return the contexts of so many tokens, both ends included."""
        entries = self.entries()
        kept = (entries.orders >= shortest) & (entries.orders <= longest)
        return CountTable.of(entries.chosen(kept))


def bonding_rules(
    tokens: Sequence[NDArray[np.int32]], traits: TokenTraits, stars: int = -1
) -> Rules:
    """Return what no example breaks."""
    sums = np.zeros(len(traits.kind), np.int32)
    rules = Rules(sums, np.zeros(LARGEST_SIZE + 1, np.bool_), stars)
    words, starts = joined(tokens)
    rule_pass(words, starts, traits, rules)
    return rules


def joined(
    words: Sequence[NDArray[np.int32]],
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return token strings one after the other, and where each starts and the last ends."""
    starts = np.zeros(len(words) + 1, np.int64)
    starts[1:] = np.cumsum([len(word) for word in words])
    return np.concatenate(words), starts
