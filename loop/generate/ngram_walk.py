"""A SMILES as it grows, token by token: what is open, what is bonded, what was last.

Compiled by numba. The state of one walk lies in integer arrays that are reused, so that nothing
is allocated per token.
"""

from typing import Any, Final, NamedTuple

import numpy as np

from loop.generate.compiling import inner, outer
from loop.generate.smiles_tokens import ATOM, CLOSE, OPEN, RING_CLOSE, RING_OPEN, TokenTraits

# Places in the counters of a walk.
CONTEXT, STACK, ATOMS, CURRENT, RINGS, STARS, CHORDS, FRESH = range(8)
# Columns of the atoms: token, atom before it, sum of bond orders, depth in the tree.
TOKEN, BEFORE, SUM, DEPTH = range(4)
LARGEST_SPAN: Final = 15
"""Rings of so many atoms or more share a state."""
LARGEST_SIZE: Final = 63
"""Rings of so many atoms or more count as one size."""
SPAN_FROM: Final = 1
"""Contexts of so many tokens or more tell rings of different size apart."""
_MOST_STARS: Final = 7
_FNV_BASIS: Final = np.uint64(0xCBF29CE484222325)
_FNV_PRIME: Final = np.uint64(0x100000001B3)


class Walk(NamedTuple):
    """The SMILES so far.

    Attributes:
        count: Counters, at the places above, int32, `(8,)`.
        context: Tokens with closed branches contracted, int32.
        stack: Context length and atom at each open branch, int32, two columns.
        atoms: Columns as above, int32.
        rings: Atom and bond order of each open ring, int32, two columns.
        chords: The two atoms of each closed ring bond, int32, two columns.
    """

    count: Any
    context: Any
    stack: Any
    atoms: Any
    rings: Any
    chords: Any


@outer
def new_walk(length: int) -> Walk:
    """Return room for a walk of at most `length` tokens."""
    size = length + 2
    return Walk(
        np.zeros(8, np.int32),
        np.zeros(size, np.int32),
        np.zeros((size, 2), np.int32),
        np.zeros((size, 4), np.int32),
        np.zeros((size, 2), np.int32),
        np.zeros((size, 2), np.int32),
    )


@inner
def restart(walk: Walk) -> None:
    """Go back to the empty SMILES."""
    count = walk.count
    count[:] = 0
    count[CURRENT] = -1


@inner
def push(walk: Walk, token: int, traits: TokenTraits) -> None:
    """Append a token that the grammar allows."""
    count, context, stack, atoms = walk.count, walk.context, walk.stack, walk.atoms
    rings = walk.rings
    kind, order = traits.kind[token], traits.order[token]
    at = count[CURRENT]
    place = count[CONTEXT]
    count[FRESH] = 0
    if kind == OPEN:
        stack[count[STACK], 0] = place
        stack[count[STACK], 1] = at
        count[STACK] += 1
        count[FRESH] = 1
    elif kind == CLOSE:
        count[STACK] -= 1
        # A closed branch is contracted to its first atom: what follows sees past it.
        place = min(stack[count[STACK], 0] + 2, place)
        count[CURRENT] = stack[count[STACK], 1]
    elif kind == RING_OPEN:
        rings[count[RINGS], 0] = at
        rings[count[RINGS], 1] = order
        count[RINGS] += 1
        atoms[at, SUM] += order
    elif kind == RING_CLOSE:
        _close_ring(walk, count[RINGS] - 1 - traits.place[token], order)
    elif kind == ATOM:
        _add_atom(walk, token, order)
        count[STARS] += traits.star[token]
    context[place] = token
    count[CONTEXT] = place + 1


@inner
def _add_atom(walk: Walk, token: int, order: int) -> None:
    count, atoms = walk.count, walk.atoms
    at, new = count[CURRENT], count[ATOMS]
    first = at < 0 or order == 0
    if not first:
        atoms[at, SUM] += order
    atoms[new, TOKEN] = token
    atoms[new, BEFORE] = -1 if first else at
    atoms[new, SUM] = 0 if first else order
    atoms[new, DEPTH] = 0 if first else atoms[at, DEPTH] + 1
    count[CURRENT] = new
    count[ATOMS] += 1


@inner
def _close_ring(walk: Walk, ring: int, order: int) -> None:
    count, atoms, rings, chords = walk.count, walk.atoms, walk.rings, walk.chords
    opener = rings[ring, 0]
    # The bond may be written at either end; the other end has counted a single one.
    extra = max(order, rings[ring, 1]) - rings[ring, 1]
    atoms[opener, SUM] += extra
    atoms[count[CURRENT], SUM] += rings[ring, 1] + extra
    chords[count[CHORDS], 0] = opener
    chords[count[CHORDS], 1] = count[CURRENT]
    count[CHORDS] += 1
    for i in range(ring, count[RINGS] - 1):
        rings[i, 0] = rings[i + 1, 0]
        rings[i, 1] = rings[i + 1, 1]
    count[RINGS] -= 1


@inner
def ring_span(walk: Walk, ring: int) -> int:
    """Return the size of the ring if it closed here, along the tree; 0 between two pieces."""
    count, atoms, rings = walk.count, walk.atoms, walk.rings
    a, b = rings[ring, 0], count[CURRENT]
    size = 1
    while a != b:
        if a < 0 or b < 0:
            return 0
        if atoms[a, DEPTH] > atoms[b, DEPTH]:
            a = atoms[a, BEFORE]
        elif atoms[b, DEPTH] > atoms[a, DEPTH]:
            b = atoms[b, BEFORE]
        else:
            a, b = atoms[a, BEFORE], atoms[b, BEFORE]
            size += 1
        size += 1
    return size


@inner
def state(walk: Walk, most_rings: int) -> Any:
    """Return the state as bits: begun, a branch is open, number of `*`, open rings, ring size.

    Rings beyond those of the examples count as the most that these had.
    """
    count = walk.count
    bits = (1 if count[ATOMS] > 0 else 0) | (2 if count[STACK] > 0 else 0)
    bits |= min(count[STARS], _MOST_STARS) << 2
    bits |= min(count[RINGS], most_rings) << 5
    if count[RINGS] > 0 and count[CURRENT] >= 0:
        bits |= min(ring_span(walk, count[RINGS] - 1), LARGEST_SPAN) << 12
    return bits


@inner
def context_keys(walk: Walk, bits: int, longest: int, codes: Any, keys: Any) -> Any:
    """Write the key of the last 0, 1, ... tokens in their state; return the longest written.

    FNV-1a over 64-bit words: the state, then the tokens from the last one back.
    """
    count, context = walk.count, walk.context
    length = min(longest, count[CONTEXT])
    coarse = (_FNV_BASIS ^ np.uint64(bits & 4095)) * _FNV_PRIME
    fine = (_FNV_BASIS ^ np.uint64(bits | (1 << 20))) * _FNV_PRIME
    for k in range(length + 1):
        if k > 0:
            code = codes[context[count[CONTEXT] - k]]
            coarse = (coarse ^ code) * _FNV_PRIME
            fine = (fine ^ code) * _FNV_PRIME
        keys[k] = fine if k >= SPAN_FROM else coarse
        # FNV leaves the low bits, which choose the slot, to the low bits of the words alone.
        keys[k] ^= keys[k] >> np.uint64(32)
    return length
