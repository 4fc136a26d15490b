"""Matched molecular pairs: what stands in place of what on the same rest of a structure.

After Hussain and Rea, J. Chem. Inf. Model. 2010, 50, 339, by RDKit's rdMMPA: every structure is cut
at one or two bonds outside rings; structures that share the rest tell which piece can give way to
which.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rdkit import Chem
from rdkit.Chem import rdMMPA

from loop.core.ports import Progress
from loop.generate.crossover import zipped
from loop.generate.editing import EditError, RandomNumbers

_BONDS: Final = 30
"""Structures with more bonds to cut are left alone: their pairs of cuts are too many."""
_LARGEST: Final = 13
"""Heavy atoms of a piece that gives way; Hussain and Rea's larger changes are seldom wanted."""
_SMALLEST_REST: Final = 3
"""Heavy atoms of what stays, chain ends among them: less is no context that a pair could share."""


@dataclass(frozen=True)
class MatchedPairs:
    """Which piece the examples have in place of which.

    Attributes:
        instead: SMILES of a piece to those of the pieces seen in its place, sorted.
    """

    instead: dict[str, tuple[str, ...]]

    def edit(self, molecule: Any, rng: RandomNumbers) -> Any:
        """Change one piece as a pair of examples does.

        Raises:
            EditError: no pair of the examples has one of its pieces.
        """
        known = [split for split in _splits(molecule) if split[1] in self.instead]
        if not known:
            raise EditError("no matched pair has one of its pieces")
        rest, piece = known[int(rng.integers(len(known)))]
        choices = self.instead[piece]
        new = choices[int(rng.integers(len(choices)))]
        return zipped([Chem.MolFromSmiles(text) for text in (rest, new)])


def learn_pairs(examples: Sequence[Any], progress: Progress) -> MatchedPairs:
    """Return the pairs among protected molecules."""
    pieces: dict[str, set[str]] = defaultdict(set)
    for i, example in enumerate(examples):
        if i % 100 == 0:
            progress("looking for matched pairs", i / len(examples))
        for rest, piece in _splits(example):
            pieces[rest].add(piece)
    instead: dict[str, set[str]] = defaultdict(set)
    for alike in pieces.values():
        for piece in alike if len(alike) > 1 else ():
            instead[piece] |= alike - {piece}
    return MatchedPairs({piece: tuple(sorted(instead[piece])) for piece in sorted(instead)})


def _splits(molecule: Any) -> tuple[tuple[str, str], ...]:
    return _splits_of(Chem.MolToSmiles(molecule))


# A search departs from the same parents again and again.
@lru_cache(maxsize=4096)
def _splits_of(smiles: str) -> tuple[tuple[str, str], ...]:
    """Return every rest with its piece, sorted."""
    molecule = Chem.MolFromSmiles(smiles)
    size = molecule.GetNumHeavyAtoms()
    found: set[tuple[str, str]] = set()
    for core, chains in rdMMPA.FragmentMol(
        molecule, minCuts=1, maxCuts=2, maxCutBonds=_BONDS, resultsAsMols=False
    ):
        parts = chains.split(".")
        for rest, piece in ((chains, core),) if core else (tuple(parts), tuple(parts[::-1])):
            atoms = Chem.MolFromSmiles(piece).GetNumHeavyAtoms()
            if atoms <= _LARGEST and size - atoms >= _SMALLEST_REST:
                found.add((rest, piece))
    return tuple(sorted(found))
