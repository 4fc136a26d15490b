"""Which token may follow: the grammar of SMILES and the bonds that the examples have.

Besides rings, branches and chain ends the bonds of every atom are counted: a token that would
give an atom a sum of bond orders that the examples never gave it may not follow. With SMILES in
Kekulé form that is what a valid structure asks for.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loop.generate.compiling import inner, outer
from loop.generate.ngram_walk import (
    ATOMS,
    CHORDS,
    CURRENT,
    FRESH,
    LARGEST_SIZE,
    RINGS,
    STACK,
    STARS,
    SUM,
    TOKEN,
    Walk,
    new_walk,
    push,
    restart,
    ring_span,
)
from loop.generate.smiles_tokens import (
    ATOM,
    CLOSE,
    MOST_RINGS,
    OPEN,
    RING_CLOSE,
    RING_OPEN,
    TokenTraits,
)


class Rules(NamedTuple):
    """What holds in all examples.

    Attributes:
        sums: Bond order sums that each atom token ended with, as bits, int32, `(v,)`.
        sizes: Whether a ring of so many atoms occurred, bool, `(LARGEST_SIZE + 1,)`.
        stars: `*` of a finished structure, negative if it does not matter.
    """

    sums: NDArray[np.int32]
    sizes: NDArray[np.bool_]
    stars: int


class Grammar(NamedTuple):
    """What decides which token may follow, and in which state.

    Attributes:
        traits: Of the vocabulary and the tokens that only parents have.
        rules: See there.
        most_rings: Open rings are told apart up to so many.
    """

    traits: TokenTraits
    rules: Rules
    most_rings: int


@inner
def allowed(walk: Walk, token: int, traits: TokenTraits, rules: Rules) -> Any:
    """Tell whether a token may follow.

    Args:
        walk: The SMILES so far.
        token: What may follow.
        traits: Of the vocabulary.
        rules: What the examples never broke.
    """
    count, atoms = walk.count, walk.atoms
    sums, stars = rules.sums, rules.stars
    kind, at = traits.kind[token], count[CURRENT]
    if kind == ATOM:
        few = not traits.star[token] or stars < 0 or count[STARS] < stars
        return few and _atom_fits(walk, token, traits, sums)
    if at < 0 or count[FRESH] == 1:
        return False
    own, total = sums[atoms[at, TOKEN]], atoms[at, SUM]
    if kind == OPEN:
        return not traits.bonded[token] and (own >> (total + 2)) > 0
    if kind == RING_OPEN:
        return count[RINGS] < MOST_RINGS and (own >> (total + traits.order[token])) > 0
    if kind == RING_CLOSE:
        return _ring_fits(walk, token, traits, rules)
    if (own >> total) & 1 == 0:
        return False
    if kind == CLOSE:
        return count[STACK] > 0
    done = count[STACK] == 0 and count[RINGS] == 0
    return done and (stars < 0 or count[STARS] == stars)


@inner
def _atom_fits(walk: Walk, token: int, traits: TokenTraits, sums: Any) -> Any:
    count, atoms = walk.count, walk.atoms
    at, order = count[CURRENT], traits.order[token]
    if at < 0:
        return not traits.bonded[token]
    if order == 0 and count[STACK] > 0:
        return False
    own, total = sums[atoms[at, TOKEN]], atoms[at, SUM] + order
    # An atom before a branch goes on after it, one that the chain leaves is done.
    fits = (own >> (total + 1)) > 0 if count[FRESH] == 1 else (own >> total) & 1 == 1
    return fits and (sums[token] >> order) > 0


@inner
def _ring_fits(walk: Walk, token: int, traits: TokenTraits, rules: Rules) -> Any:
    count, atoms, rings, chords = walk.count, walk.atoms, walk.rings, walk.chords
    sums, sizes = rules.sums, rules.sizes
    at = count[CURRENT]
    ring = count[RINGS] - 1 - traits.place[token]
    if ring < 0 or not sizes[min(ring_span(walk, ring), LARGEST_SIZE)]:
        return False
    opener, half = rings[ring, 0], rings[ring, 1]
    order = max(half, traits.order[token])
    for i in range(count[CHORDS]):
        a, b = chords[i, 0], chords[i, 1]
        if (a == opener and b == at) or (a == at and b == opener):
            return False
    if (sums[atoms[at, TOKEN]] >> (atoms[at, SUM] + order)) == 0:
        return False
    extra = order - half
    # The opener is done unless a branch from it is still open.
    return extra == 0 or (sums[atoms[opener, TOKEN]] >> (atoms[opener, SUM] + extra)) & 1 == 1


@outer
def rule_pass(
    tokens: NDArray[np.int32], starts: NDArray[np.int64], traits: TokenTraits, rules: Rules
) -> None:
    """Add to rules what token strings, one after the other, do not break."""
    longest = 0
    for i in range(len(starts) - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    walk = new_walk(longest)
    for i in range(len(starts) - 1):
        restart(walk)
        for j in range(starts[i], starts[i + 1] - 1):
            if traits.kind[tokens[j]] == RING_CLOSE:
                ring = walk.count[RINGS] - 1 - traits.place[tokens[j]]
                rules.sizes[min(ring_span(walk, ring), LARGEST_SIZE)] = True
            push(walk, int(tokens[j]), traits)
        for atom in range(walk.count[ATOMS]):
            rules.sums[walk.atoms[atom, TOKEN]] |= 1 << walk.atoms[atom, SUM]
