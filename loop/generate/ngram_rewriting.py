"""Has a language model rewrite pieces of token strings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.generate.ngram_drawing import Edits
from loop.generate.ngram_grammar import Grammar
from loop.generate.ngram_lettering import Lettering
from loop.generate.ngram_model import SmilesModel
from loop.generate.ngram_sampling import sample_pass
from loop.generate.ngram_table import bonding_rules, joined
from loop.generate.smiles_tokens import END

_ROOM: Final = 64
"""Tokens that a proposal may have beyond the longest parent."""
_CLOSERS: Final = ("R0", "R1", "R2", "R3", "*", ")", END)


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        texts: SMILES in Kekulé form; empty where the attempt failed.
        codes: What molecule each is, see `loop.generate.ngram_identity`.
        aromatic: How many atoms of each were meant to be aromatic, int64, `(n,)`.
        outcomes: See `loop.generate.ngram_sampling`, int8, `(n,)`.
        renewed: How often each attempt was begun anew, int64, `(n,)`.
    """

    texts: list[str]
    codes: list[bytes]
    aromatic: NDArray[np.int64]
    outcomes: NDArray[np.int8]
    renewed: NDArray[np.int64]


def rewrite(
    model: SmilesModel,
    parents: Sequence[NDArray[np.int32]],
    lettering: Lettering,
    edits: Edits,
    seeds: NDArray[np.uint64],
    ends: int,
) -> Written:
    """Rewrite a piece of each parent.

    Args:
        model: Whose language it is.
        parents: Token strings as `SmilesModel.extended` returns them.
        lettering: Of the vocabulary and the tokens that only parents have.
        edits: How.
        seeds: One per parent, uint64.
        ends: `*` of a finished structure, negative if it does not matter.
    """
    tokens, starts = joined(parents)
    # What a parent is bonded like is allowed, or its own pieces could not be kept.
    traits = lettering.traits
    rules = bonding_rules(parents, traits, ends)
    rules.sums[: len(model.sums)] |= model.sums
    rules.sizes[:] |= model.sizes
    grammar = Grammar(traits, rules, model.most_rings)
    place = model.place
    closers = np.array([place[token] for token in _CLOSERS if token in place], np.int64)
    out = np.zeros((len(parents), int(np.diff(starts).max()) + _ROOM), np.int32)
    lengths, outcomes, renewed = sample_pass(
        tokens,
        starts,
        edits,
        model.table.lookup,
        grammar,
        closers,
        seeds,
        out,
    )
    return Written(
        lettering.texts(out, lengths),
        lettering.identities.codes(out, lengths),
        lettering.aromatic(out, lengths),
        outcomes,
        renewed,
    )
