"""Generator `ngram`: a chemical language model that rewrites pieces of structures."""

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
from pydantic import BaseModel, Field, model_validator

from loop.core.base import Frozen
from loop.core.ports import Progress, silent
from loop.generate.ngram_drawing import Edits
from loop.generate.ngram_model import MOST_ORDER, SmilesModel
from loop.generate.ngram_taught import TaughtNgram
from loop.generate.parents import Word
from loop.generate.smiles_tokens import tokenize
from loop.generate.spelling import Kekulised, Readable, ends_of, read_all

_KEPT: Final = 50_000
"""Spellings that are handed to the proposals; of long lists few examples become parents."""
_COMPILING: Final = "compiling the language model, some seconds, once per installation"


class NgramConfig(Frozen):
    """Options of the generator `ngram`.

    Attributes:
        order: Longest context that is learned, in tokens.
        shortest_context: Each proposal draws the longest context it looks at, from here
        longest_context: to here. Short contexts are bold, long ones repeat the examples.
        interpolation: Chance at each token to look at the next shorter context instead.
        temperature: Above 1 flattens the shares of the tokens, below 1 sharpens them.
        spellings: From how many atoms each example is spelled, at most.
        longest_cut: Tokens that are cut out at most.
        inner_share: Share of cuts in the middle; the others grow to the end of the SMILES, which
            starts at a random atom of the parent.
        tries: How often an attempt may be begun before it is given up.
    """

    order: int = Field(default=10, ge=1, le=MOST_ORDER)
    shortest_context: int = Field(default=4, ge=1, le=MOST_ORDER)
    longest_context: int = Field(default=10, ge=1, le=MOST_ORDER)
    interpolation: float = Field(default=0.0, ge=0.0, lt=1.0)
    temperature: float = Field(default=1.0, ge=0.05, le=20.0)
    spellings: int = Field(default=20, ge=1, le=200)
    longest_cut: int = Field(default=25, ge=1, le=200)
    inner_share: float = Field(default=0.3, ge=0.0, le=1.0)
    tries: int = Field(default=20, ge=1, le=1000)

    @model_validator(mode="after")
    def _contexts_in_order(self) -> "NgramConfig":
        if not self.shortest_context <= self.longest_context <= self.order:
            raise ValueError(
                "expected shortest_context <= longest_context <= order, got "
                f"{self.shortest_context}, {self.longest_context}, {self.order}"
            )
        return self

    def edits(self) -> Edits:
        """Return what of this steers the writing."""
        return Edits(
            self.shortest_context,
            self.longest_context,
            self.longest_cut,
            self.inner_share,
            self.tries,
            self.interpolation,
            self.temperature,
        )


class NgramGenerator:
    """Learns the language of the examples and rewrites pieces of parents in it."""

    Config: ClassVar[type[BaseModel]] = NgramConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule", "polymer"})
    language_model: ClassVar[bool] = True

    def __init__(self, config: NgramConfig) -> None:
        self.config = config

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> "TaughtNgram":
        """Learn from molecules, or from repeat units with two `*`.

        Raises:
            ModelError: there are none, both kinds are among them, or one cannot be read.
        """
        ends = ends_of(structures)
        examples = read_all(structures, ends)
        progress(_COMPILING, 0.0)
        TaughtNgram(SmilesModel.fit(["C", "N"], 1), 0, Edits(1, 1)).propose(["C"], 1, 0)
        rng = np.random.default_rng(0)
        spelled: dict[tuple[str, int], list[str]] = {}
        counted: list[list[str]] = []
        kept: dict[str, Readable] = {}
        for i, (text, example) in enumerate(zip(structures, examples, strict=True)):
            if i % 1000 == 0:
                progress("spelling the examples", i / len(examples))
            for root, written in spellings(example, self.config.spellings, rng).items():
                counted.append(tokenize(written))
                if len(spelled) < _KEPT:
                    spelled[text, root] = counted[-1]
                    kept[text] = example
        progress("counting contexts", 1.0)
        model = SmilesModel.of_words(counted, self.config.order)
        words = {at: Word.of(tokens, model.place) for at, tokens in spelled.items()}
        return TaughtNgram(model, ends, self.config.edits(), words, kept)


def spellings(example: Readable, most: int, rng: np.random.Generator) -> dict[int, str]:
    """Return an example spelled from each of its atoms, or from `most` of them, by the atom."""
    kekulised = Kekulised.of(example.molecule)
    size = example.molecule.GetNumAtoms()
    roots = range(size) if size <= most else sorted(rng.choice(size, most, replace=False))
    return {int(root): kekulised.spelled(int(root)) for root in roots}
