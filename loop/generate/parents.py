"""The parents of one call, each read once and spelled from the atoms that are asked for."""

from collections.abc import Sequence
from typing import Final

from loop.generate.smiles_tokens import END, RING, tokenize
from loop.generate.spelling import Kekulised, Readable, UnfitStructureError, read

_ORPHAN: Final = (END,)
_MOST: Final = 200_000


class Spelled:
    """Structures that were read, and their tokens from the atoms that were asked for."""

    def __init__(self, ends: int) -> None:
        self._ends = ends
        self._read: dict[str, Readable | str] = {}
        self._kekulised: dict[str, Kekulised] = {}
        self._words: dict[tuple[str, int], tuple[Sequence[str], int]] = {}

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

    def word(self, readable: Readable, root: int) -> tuple[Sequence[str], int]:
        """Return the tokens from atom `root`, modulo their number, and the most open rings."""
        at = readable.key, root % readable.molecule.GetNumAtoms()
        if at not in self._words:
            if readable.key not in self._kekulised:
                self._kekulised[readable.key] = Kekulised.of(readable.molecule)
            word = tuple(tokenize(self._kekulised[readable.key].spelled(at[1])))
            self._words[at] = word, _most_open(word)
        return self._words[at]


class Nursery:
    """Parents by attempt: the i-th attempt departs from parent `i % n`."""

    def __init__(self, parents: Sequence[str], spelled: Spelled) -> None:
        self._spelled = spelled
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

    def word(self, attempt: int, root: int) -> Sequence[str] | str:
        """Return the parent's tokens from atom `root`, modulo their number, or why it has none."""
        parent = self.of(attempt)
        if parent is None:
            return _ORPHAN
        if isinstance(parent, str):
            return parent
        word, rings = self._spelled.word(parent, root)
        self._most_rings = max(self._most_rings, rings)
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
