"""The probability of a token after its context, orders interpolated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import Vector
from loop.generate.compiling import inner, outer
from loop.generate.ngram_table import CountTable, Lookup, find, joined
from loop.generate.ngram_walk import context_keys, new_walk, push, restart, state
from loop.generate.smiles_tokens import TokenTraits


@dataclass(frozen=True)
class Smoothing:
    """How orders are mixed when a probability is asked.

    `p_k = (1 - i) c_k + i p_{k-1}` from the longest known context down to the empty one, and below
    that the uniform distribution over the vocabulary and one unknown token (Jelinek and Mercer
    1980). `c_k` are the shares of the counts, each raised to `1 / temperature`.

    Attributes:
        order: Longest context asked.
        interpolation: `i`, in [0, 1); 0 is the hard back-off of iQSPR.
        temperature: Above 1 flattens, below 1 sharpens.
        floor: Share of the uniform distribution in the empty context, in (0, 1).
    """

    order: int = 8
    interpolation: float = 0.3
    temperature: float = 1.0
    floor: float = 1e-3


@inner
def weight(count: float, sharpness: float) -> float:
    """Return a count to the power of one over the temperature."""
    # A power costs more than all the rest of a draw.
    return count if sharpness == 1.0 else count**sharpness


@inner
def share(row: int, token: int, table: Lookup, sharpness: float) -> float:
    """Return the share of a token among those that followed a context."""
    total, own = 0.0, 0.0
    for entry in range(table.bounds[row], table.bounds[row + 1]):
        weighted = weight(table.counts[entry], sharpness)
        total += weighted
        if table.nexts[entry] == token:
            own = weighted
    return own / total


@outer
def _score_pass(
    tokens: Any, starts: Any, traits: TokenTraits, table: Lookup, numbers: Any, settings: Any
) -> Any:
    known, most_rings, order = numbers
    interpolation, sharpness, floor = settings
    longest = 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    walk = new_walk(longest)
    found = np.empty(order + 1, np.uint64)
    scores = np.zeros(len(starts) - 1)
    for i in range(len(starts) - 1):
        restart(walk)
        for j in range(starts[i], starts[i + 1]):
            token = int(tokens[j])
            top = context_keys(walk, state(walk, most_rings), order, traits.code, found)
            p = 1.0 / (known + 1)
            for k in range(top + 1):
                row = find(table, found[k])
                if row >= 0:
                    lower = floor if k == 0 else interpolation
                    own = share(row, token, table, sharpness)
                    p = (1.0 - lower) * own + lower * p
            scores[i] += np.log(p) if p > 0.0 else -np.inf
            if j + 1 < starts[i + 1]:
                push(walk, token, traits)
    return scores


def score_words(
    words: Sequence[NDArray[np.int32]],
    table: CountTable,
    traits: TokenTraits,
    known: int,
    most_rings: int,
    smoothing: Smoothing,
) -> Vector:
    """Return the log probability of token strings, `(n,)`; `known` tokens are the vocabulary's."""
    if not words:
        return np.zeros(0)
    tokens, starts = joined(words)
    scores: Vector = _score_pass(
        tokens,
        starts,
        traits,
        table.lookup,
        (known, most_rings, smoothing.order),
        (smoothing.interpolation, 1.0 / smoothing.temperature, smoothing.floor),
    )
    return scores
