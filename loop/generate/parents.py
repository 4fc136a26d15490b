"""The parents of one call, each read once and spelled from the atoms that are asked for."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loop.generate.smiles_tokens import END, RING, tokenize
from loop.generate.spelling import Kekulised, Readable, UnfitStructureError, read

_MOST: Final = 200_000


class Word(NamedTuple):
    """A structure as tokens.

    Attributes:
        tokens: The end mark last; empty where all of them are known to the model.
        coded: The same as places in the model's vocabulary, int32; empty where one is not known.
        rings: The most rings that are open at once.
    """

    tokens: Sequence[str]
    coded: NDArray[np.int32]
    rings: int

    @classmethod
    def of(cls, tokens: Sequence[str], place: Mapping[str, int]) -> "Word":
        """Look tokens up in a vocabulary."""
        known = place.keys() >= set(tokens)
        codes = map(place.__getitem__, tokens if known else ())
        coded = np.fromiter(codes, np.int32, len(tokens) if known else 0)
        return cls(() if known else tuple(tokens), coded, _most_open(tokens))


Words = MutableMapping[tuple[str, int], Word]
"""Structure as it was given and atom to the tokens from that atom on."""


class Spelled:
    """Structures that were read, and their tokens from the atoms that were asked for.

    Args:
        ends: `*` of a structure.
        place: Token to its place in a vocabulary; without one no words can be asked for.
        words: Those that are known from the start.
        examples: Structures that were read before, by their text.
    """

    def __init__(
        self, ends: int, place: Mapping[str, int], words: Words, examples: Mapping[str, Readable]
    ) -> None:
        self._ends = ends
        self._place = place
        self._read: dict[str, Readable | str] = dict(examples)
        self._kekulised: dict[str, Kekulised] = {}
        self._words = words
        self.orphan = Word.of((END,), place)

    def of(self, text: str) -> Readable | str:
        """Return the structure of a text, or in words why it is none."""
        if text not in self._read:
            if len(self._read) + len(self._words) > _MOST:
                self._forget()
            try:
                self._read[text] = read(text, self._ends)
            except UnfitStructureError as why:
                self._read[text] = f"the parent cannot be used: {why}"
        return self._read[text]

    def _forget(self) -> None:
        for kept in (self._read, self._kekulised, self._words):
            kept.clear()

    def word(self, text: str, readable: Readable, root: int) -> Word:
        """Return a structure from atom `root` on, modulo the number of its atoms."""
        at = text, root % readable.molecule.GetNumAtoms()
        found = self._words.get(at)
        if found is None:
            if text not in self._kekulised:
                self._kekulised[text] = Kekulised.of(readable.molecule)
            tokens = tokenize(self._kekulised[text].spelled(at[1]))
            found = self._words[at] = Word.of(tokens, self._place)
        return found


class Nursery:
    """Parents by attempt: the i-th attempt departs from parent `i % n`."""

    def __init__(self, parents: Sequence[str], spelled: Spelled) -> None:
        self._spelled = spelled
        self._texts = parents
        self._most_rings = 0
        self._parents = [spelled.of(text) for text in parents]

    def of(self, attempt: int) -> Readable | str | None:
        """Return the parent of an attempt, or why it is none; None where there are no parents."""
        return self._parents[attempt % len(self._parents)] if self._parents else None

    def usable(self, attempt: int) -> bool:
        """Tell whether an attempt has something to depart from."""
        return not isinstance(self.of(attempt), str)

    def key(self, attempt: int) -> str | None:
        """Return the canonical SMILES of the parent of an attempt."""
        parent = self.of(attempt)
        return parent.key if isinstance(parent, Readable) else None

    def word(self, attempt: int, root: int) -> Word | str:
        """Return the parent from atom `root` on, modulo its atoms, or why it has no tokens."""
        parent = self.of(attempt)
        if parent is None:
            return self._spelled.orphan
        if isinstance(parent, str):
            return parent
        word = self._spelled.word(self._texts[attempt % len(self._texts)], parent, root)
        self._most_rings = max(self._most_rings, word.rings)
        return word

    def most_rings(self) -> int:
        """Return the most rings that are open at once in what was spelled."""
        return self._most_rings


def _most_open(word: Sequence[str]) -> int:
    opened = most = 0
    for token in word:
        if token[-1] == RING:
            opened += 1
            most = max(most, opened)
        elif token[-1].isdigit():
            opened -= 1
    return most
