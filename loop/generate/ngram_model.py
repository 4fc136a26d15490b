"""A back-off n-gram over SMILES tokens: fit, merge, split, and the probability of a SMILES.

The context is extended as in iQSPR (Ikebata et al., J. Comput.-Aided Mol. Des. 31, 379 (2017);
Wu et al., npj Comput. Mater. 5, 66 (2019)): closed branches are contracted, and tables are kept
apart by whether a branch is open and how many rings are. Added to that: the number of `*`, so that
a finished polymer has two ends, and for contexts of three tokens or more the size that the ring
opened last would have if it closed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import Vector
from loop.errors import ModelError
from loop.generate.ngram_scoring import Smoothing, score_words
from loop.generate.ngram_table import CountTable, bonding_rules
from loop.generate.smiles_tokens import RING_CLOSE, RING_OPEN, TokenTraits, tokenize

DEFAULT_ORDER: Final = 10
MOST_ORDER: Final = 40


@dataclass(frozen=True)
class SmilesModel:
    """What a list of SMILES taught.

    Attributes:
        vocabulary: Tokens, sorted.
        table: Counts; its tokens are places in the vocabulary.
        sums: Bond order sums that each atom token ended with, as bits, int32, `(v,)`.
        sizes: Whether rings of so many atoms occurred, bool, `(LARGEST_SIZE + 1,)`.
        order: Longest context.
        most_rings: The most rings that were open at once.
        examples: How many SMILES were counted.
    """

    vocabulary: tuple[str, ...]
    table: CountTable
    sums: NDArray[np.int32]
    sizes: NDArray[np.bool_]
    order: int
    most_rings: int
    examples: int

    @classmethod
    def fit(cls, smiles: Sequence[str], order: int = DEFAULT_ORDER) -> "SmilesModel":
        """Count the tokens of SMILES, each as it is written.

        Raises:
            ModelError: there are none, one is no SMILES, or the order is not 1 to 40.
        """
        return cls.of_words([_tokens(text, i) for i, text in enumerate(smiles)], order)

    @classmethod
    def of_words(cls, words: Sequence[Sequence[str]], order: int = DEFAULT_ORDER) -> "SmilesModel":
        """Count tokens as `loop.generate.smiles_tokens.tokenize` returns them.

        Raises:
            ModelError: there are none, or the order is not 1 to 40.
        """
        if not words:
            raise ModelError("no SMILES to learn a language from", hint="give at least one")
        if not 1 <= order <= MOST_ORDER:
            raise ModelError(f"order {order} of a language model; expected 1 to {MOST_ORDER}")
        vocabulary = tuple(sorted({token for word in words for token in word}))
        place = {token: i for i, token in enumerate(vocabulary)}
        coded = [np.array([place[token] for token in word], np.int32) for word in words]
        traits = TokenTraits.of(vocabulary)
        most_rings = _most_open(coded, traits)
        table = CountTable.trained(coded, order, most_rings, traits)
        rules = bonding_rules(coded, traits)
        return cls(vocabulary, table, rules.sums, rules.sizes, order, most_rings, len(words))

    @cached_property
    def traits(self) -> TokenTraits:
        """Return what the grammar must know of the tokens."""
        return TokenTraits.of(self.vocabulary)

    @cached_property
    def place(self) -> dict[str, int]:
        """Return the place of each token in the vocabulary."""
        return {token: i for i, token in enumerate(self.vocabulary)}

    def merged(self, other: "SmilesModel", weight: float = 1.0) -> "SmilesModel":
        """Return the model of both lists, each example of the other counted `weight` times.

        Raises:
            ModelError: the orders differ, or the weight is not positive.
        """
        if other.order != self.order:
            raise ModelError(
                f"models of order {self.order} and {other.order} cannot be merged",
                hint="cut the longer one to the order of the other first",
            )
        if not (np.isfinite(weight) and weight > 0):
            raise ModelError(f"weight {weight} of a merged model; expected a positive number")
        vocabulary = tuple(sorted({*self.vocabulary, *other.vocabulary}))
        place = {token: i for i, token in enumerate(vocabulary)}
        sums = np.zeros(len(vocabulary), np.int32)
        parts = []
        for model, factor in ((self, 1.0), (other, weight)):
            to = np.array([place[token] for token in model.vocabulary], np.int32)
            sums[to] |= model.sums
            parts.append(model.table.renamed(to, factor))
        table = CountTable.of(*parts)
        return SmilesModel(
            vocabulary,
            table,
            sums,
            self.sizes | other.sizes,
            self.order,
            max(self.most_rings, other.most_rings),
            self.examples + other.examples,
        )

    def split(self, order: int) -> tuple["SmilesModel", "SmilesModel"]:
        """Return the contexts of up to `order` tokens, and the longer ones.

        Raises:
            ModelError: the order is not one of the model's below its longest.
        """
        if not 1 <= order < self.order:
            raise ModelError(
                f"a model of order {self.order} cannot be cut at {order}; "
                f"expected 1 to {self.order - 1}"
            )
        return (
            self._with(self.table.between(0, order), order),
            self._with(self.table.between(order + 1, self.order), self.order),
        )

    def cut(self, order: int) -> "SmilesModel":
        """Return the model as if it had been trained to a shorter order."""
        return self.split(order)[0]

    def _with(self, table: CountTable, order: int) -> "SmilesModel":
        return SmilesModel(
            self.vocabulary, table, self.sums, self.sizes, order, self.most_rings, self.examples
        )

    def log_probability(self, smiles: Sequence[str], smoothing: Smoothing) -> Vector:
        """Return the log probability of SMILES as they are written, end mark included, `(n,)`.

        Tokens that the model does not know share the place of one unknown token.

        Raises:
            ModelError: one is no SMILES.
        """
        words = [_tokens(text, i) for i, text in enumerate(smiles)]
        coded, traits, _ = self.extended(words)
        return score_words(
            coded, self.table, traits, len(self.vocabulary), self.most_rings, smoothing
        )

    def extended(
        self, words: Sequence[Sequence[str]]
    ) -> tuple[list[NDArray[np.int32]], TokenTraits, tuple[str, ...]]:
        """Return token strings as places in the vocabulary, which unknown tokens prolong."""
        known = self.place.keys()
        unknown = sorted(set().union(*words) - known)
        if not unknown:
            traits, place = self.traits, self.place
        else:
            traits = TokenTraits.of((*self.vocabulary, *unknown))
            place = self.place | {t: len(self.vocabulary) + i for i, t in enumerate(unknown)}
        coded = [np.fromiter(map(place.__getitem__, w), np.int32, len(w)) for w in words]
        return coded, traits, tuple(unknown)


def _tokens(smiles: str, row: int) -> list[str]:
    try:
        return tokenize(smiles)
    except ValueError as cause:
        raise ModelError(
            f"entry {row + 1} of the SMILES: {cause}", hint="write it anew with RDKit"
        ) from cause


def _most_open(words: Sequence[NDArray[np.int32]], traits: TokenTraits) -> int:
    step = (traits.kind == RING_OPEN).astype(np.int64) - (traits.kind == RING_CLOSE)
    # Every word closes its rings, so the running sum over all words is that within each.
    return int(np.cumsum(step[np.concatenate(words)]).max(initial=0))
