"""The parents of one call, each read once and spelled from the atoms that are asked for."""

from collections.abc import Sequence

from loop.generate.smiles_tokens import END, tokenize
from loop.generate.spelling import Kekulised, Readable, UnfitStructureError, read

_ORPHAN = (END,)


class Nursery:
    """Parents by attempt: the i-th attempt departs from parent `i % n`."""

    def __init__(self, parents: Sequence[str], ends: int) -> None:
        self._parents = parents
        self._ends = ends
        self._read: dict[str, Readable | str] = {}
        self._kekulised: dict[str, Kekulised] = {}
        self._words: dict[tuple[str, int], Sequence[str]] = {}

    def of(self, attempt: int) -> Readable | str | None:
        """Return the parent of an attempt, or why it is none; None where there are no parents."""
        if not self._parents:
            return None
        text = self._parents[attempt % len(self._parents)]
        if text not in self._read:
            try:
                self._read[text] = read(text, self._ends)
            except UnfitStructureError as why:
                self._read[text] = f"the parent cannot be used: {why}"
        return self._read[text]

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
        at = parent.key, root % parent.molecule.GetNumAtoms()
        if at not in self._words:
            if parent.key not in self._kekulised:
                self._kekulised[parent.key] = Kekulised.of(parent.molecule)
            self._words[at] = tuple(tokenize(self._kekulised[parent.key].spelled(at[1])))
        return self._words[at]

    def words(self) -> list[Sequence[str]]:
        """Return every spelling that was asked for."""
        return list(self._words.values())
