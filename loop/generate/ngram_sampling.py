"""Edits of token strings: a piece is cut out and the language model writes it anew.

A suffix is cut off and grown to the end mark, or a piece is cut out of the middle and grown until
what stood behind it can go on. Every token must be allowed by the grammar of
`loop.generate.ngram_grammar`, so a finished string has its rings, branches and chain ends closed
and its atoms bonded as in the examples. An attempt that runs into a dead end, or writes its parent
again, is begun anew with another cut; how often is returned.
"""

from typing import Any, Final

import numpy as np

from loop.generate.compiling import inner, outer
from loop.generate.ngram_drawing import CLOSING, NONE, WRITING, Edits, Tools, closer, draw, usable
from loop.generate.ngram_grammar import Grammar
from loop.generate.ngram_table import Lookup, find
from loop.generate.ngram_walk import (
    RINGS,
    STACK,
    STARS,
    context_keys,
    new_walk,
    push,
    restart,
    state,
)
from loop.generate.random_stream import between, uniform
from loop.generate.smiles_tokens import STOP

DONE, DEAD_END, UNCHANGED = range(3)
"""Outcomes of an attempt."""
_GROWN: Final = 12
"""Tokens that a new piece may have beyond the one cut out before it is closed."""
_CLOSED_WITHIN: Final = 24
"""Tokens that closing may take after that."""
_JOIN: Final = 0.5
"""Chance to join where the rest can go on, so that longer pieces are written too."""
_JOIN_ORDER: Final = 2
_SMALLEST_CUT_INSIDE: Final = 3


@inner
def _joins(tools: Tools, target: Any, token: int) -> bool:
    """Tell whether the rest can go on here and its first token has been seen so."""
    count, table, grammar = tools.walk.count, tools.table, tools.grammar
    if count[STACK] != target[0] or count[RINGS] != target[1] or count[STARS] != target[2]:
        return False
    if not usable(tools, token, WRITING):
        return False
    bits = state(tools.walk, grammar.most_rings)
    top = context_keys(tools.walk, bits, _JOIN_ORDER, grammar.traits.code, tools.found)
    row = find(table, tools.found[top])
    if row >= 0:
        for entry in range(table.bounds[row], table.bounds[row + 1]):
            if table.nexts[entry] == token:
                return True
    return False


@inner
def _append(tools: Tools, parent: Any, start: int, out: Any, length: int) -> Any:
    """Append the rest of the parent; return the length, or -1 where a token may not follow."""
    traits = tools.grammar.traits
    for j in range(start, len(parent)):
        token = int(parent[j])
        if length >= len(out) or not usable(tools, token, WRITING):
            return NONE
        out[length] = token
        length += 1
        if traits.kind[token] != STOP:
            push(tools.walk, token, traits)
    return length


@inner
def _last_token(tools: Tools, order: int, phase: int) -> Any:
    """Return the next token of a piece that ends the string; -1 if none may follow."""
    token = closer(tools) if phase == CLOSING else NONE
    if token < 0:
        token = draw(tools, order, phase)
    return token if token >= 0 else closer(tools)


@inner
def _grow(tools: Tools, parent: Any, cut: Any, out: Any, order: int) -> Any:
    """Write from the start of the cut to the end mark; return the length or -1."""
    start, stop, ready, target = cut
    length, inside, traits = start, stop < len(parent), tools.grammar.traits
    rest = int(parent[stop]) if inside else NONE
    while length < min(len(out), ready + _CLOSED_WITHIN):
        if inside and _joins(tools, target, rest) and uniform(tools.stream) < _JOIN:
            return _append(tools, parent, stop, out, length)
        phase = CLOSING if length >= ready else WRITING
        token = draw(tools, order, phase) if inside else _last_token(tools, order, phase)
        if token < 0:
            return NONE
        stops = traits.kind[token] == STOP
        if stops and inside:
            return NONE
        out[length] = token
        length += 1
        if stops:
            return length
        push(tools.walk, token, traits)
    return NONE


@inner
def _replay(tools: Tools, parent: Any, out: Any, end: int) -> None:
    restart(tools.walk)
    for j in range(end):
        out[j] = parent[j]
        push(tools.walk, int(parent[j]), tools.grammar.traits)


@inner
def _attempt(tools: Tools, parent: Any, out: Any) -> Any:
    """Cut a piece out of a parent and write it anew; return the length or -1."""
    edits, stream, size = tools.edits, tools.stream, len(parent)
    order = between(stream, edits.shortest_context, edits.longest_context)
    # A string of the end mark alone is written from nothing, as long as the longest cut.
    most = edits.longest_cut
    removed = most if size == 1 else between(stream, 1, min(most, size - 1))
    start, stop, target = max(0, size - 1 - removed), size, (0, 0, 0)
    if size > _SMALLEST_CUT_INSIDE and uniform(stream) < edits.inner_share:
        removed = min(removed, size - _SMALLEST_CUT_INSIDE)
        start = between(stream, 1, size - 2 - removed)
        stop = start + removed
        _replay(tools, parent, out, stop)
        count = tools.walk.count
        target = int(count[STACK]), int(count[RINGS]), int(count[STARS])
    _replay(tools, parent, out, start)
    ready = start + removed + between(stream, 0, _GROWN)
    return _grow(tools, parent, (start, stop, ready, target), out, order)


@inner
def _same(parent: Any, out: Any, length: int) -> Any:
    same = length == len(parent)
    for j in range(length):
        same = same and parent[j] == out[j]
    return same


@outer
def sample_pass(
    tokens: Any,
    starts: Any,
    edits: Edits,
    table: Lookup,
    grammar: Grammar,
    closers: Any,
    seeds: Any,
    out: Any,
) -> Any:
    """Edit every token string once.

    Args:
        tokens: The parents, one after the other, int32.
        starts: Where each starts, and the end of the last, int64, `(n + 1,)`.
        edits: How pieces are cut out and written.
        table: Counts.
        grammar: Which token may follow.
        closers: Tokens that close something, in the order in which they are tried, int64.
        seeds: One per string, uint64, `(n,)`.
        out: Written here, int32, `(n, longest)`.

    Returns:
        Length of each string, its outcome, and how often its attempt was begun anew.
    """
    n = len(starts) - 1
    lengths, outcomes = np.zeros(n, np.int64), np.zeros(n, np.int8)
    renewed = np.zeros(n, np.int64)
    found = np.empty(max(edits.longest_context, _JOIN_ORDER) + 1, np.uint64)
    stream = np.zeros(1, np.uint64)
    tools = Tools(new_walk(out.shape[1]), table, grammar, edits, closers, stream, found)
    for i in range(n):
        parent = tokens[starts[i] : starts[i + 1]]
        stream[0] = seeds[i]
        for _ in range(edits.tries):
            length = _attempt(tools, parent, out[i])
            if length < 0:
                outcomes[i] = DEAD_END
            elif _same(parent, out[i], length):
                outcomes[i] = UNCHANGED
            else:
                outcomes[i], lengths[i] = DONE, length
                break
            renewed[i] += 1
    return lengths, outcomes, renewed
