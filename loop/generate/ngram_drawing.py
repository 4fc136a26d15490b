"""Draws the next token of a string from the counts, among those that the grammar allows."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loop.generate.compiling import inner
from loop.generate.ngram_grammar import Grammar, allowed
from loop.generate.ngram_scoring import weight
from loop.generate.ngram_table import Lookup, find
from loop.generate.ngram_walk import Walk, context_keys, state
from loop.generate.random_stream import uniform
from loop.generate.smiles_tokens import OPEN, RING_OPEN

NONE: Final = -1
"""Instead of a token, where none may follow."""
WRITING, CLOSING = range(2)
"""Phases of a piece: it grows, or it opens nothing more."""


class Edits(NamedTuple):
    """How pieces are cut out and written; see `loop.generate.ngram.NgramConfig`."""

    shortest_context: int = 4
    longest_context: int = 10
    longest_cut: int = 25
    inner_share: float = 0.3
    tries: int = 20
    interpolation: float = 0.0
    temperature: float = 1.0


class Tools(NamedTuple):
    """What the functions below share.

    Attributes:
        walk: The SMILES so far.
        table: Counts.
        grammar: Which token may follow.
        edits: How pieces are cut out and written.
        closers: Tokens that close something, in the order in which they are tried.
        stream: State of the random numbers, uint64, `(1,)`.
        found: Room for the keys of a context.
    """

    walk: Walk
    table: Lookup
    grammar: Grammar
    edits: Edits
    closers: NDArray[np.int64]
    stream: NDArray[np.uint64]
    found: NDArray[np.uint64]


@inner
def usable(tools: Tools, token: int, phase: int) -> Any:
    """Tell whether a token may follow in a phase."""
    grammar = tools.grammar
    kind = grammar.traits.kind[token]
    # A tuple: a set would be built on the heap at every call.
    if phase == CLOSING and kind in (OPEN, RING_OPEN):
        return False
    return allowed(tools.walk, token, grammar.traits, grammar.rules)


@inner
def _pick(tools: Tools, row: int, phase: int) -> Any:
    """Draw one of the tokens that followed a context and may follow here, or return -1."""
    table, sharpness = tools.table, 1.0 / tools.edits.temperature
    entries = range(table.bounds[row], table.bounds[row + 1])
    total = 0.0
    for entry in entries:
        if usable(tools, int(table.nexts[entry]), phase):
            total += weight(table.counts[entry], sharpness)
    if total == 0.0:
        return NONE
    target = uniform(tools.stream) * total
    picked = NONE
    for entry in entries:
        token = int(table.nexts[entry])
        if usable(tools, token, phase):
            picked = token
            target -= weight(table.counts[entry], sharpness)
            if target < 0.0:
                break
    return picked


@inner
def draw(tools: Tools, order: int, phase: int) -> Any:
    """Draw the next token, from the longest known context down; -1 if none may follow."""
    grammar, found = tools.grammar, tools.found
    bits = state(tools.walk, grammar.most_rings)
    top = context_keys(tools.walk, bits, order, grammar.traits.code, found)
    for k in range(top, -1, -1):
        row = find(tools.table, found[k])
        if row < 0 or (k > 0 and uniform(tools.stream) < tools.edits.interpolation):
            continue
        token = _pick(tools, row, phase)
        if token >= 0:
            return token
    return NONE


@inner
def closer(tools: Tools) -> Any:
    """Return the first token that may close something by the grammar alone, or -1."""
    for token in tools.closers:
        if usable(tools, token, CLOSING):
            return token
    return NONE
