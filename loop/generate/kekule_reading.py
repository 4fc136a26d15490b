"""Reads what the language model wrote by the shortest way to its canonical SMILES.

Of what `loop.generate.spelling.read` has RDKit do, that which cannot change the canonical SMILES of
a string without marks of stereochemistry is left out, and the molecule is dropped at once, so that
the next one finds its memory still in the processor's cache.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from rdkit import Chem

from loop.generate.spelling import (
    NO_SMILES,
    UnfitStructureError,
    aromatic_atoms,
    checked,
    read_quietly,
)

_STEPS: Final = (
    int(Chem.SANITIZE_ALL)
    & ~int(Chem.SANITIZE_SETCONJUGATION)
    & ~int(Chem.SANITIZE_SETHYBRIDIZATION)
    & ~int(Chem.SANITIZE_CLEANUPCHIRALITY)
    & ~int(Chem.SANITIZE_CLEANUPATROPISOMERS)
)
_CLEAN: Final = Chem.SANITIZE_NONE
_STEREO_DONE: Final = "_StereochemDone"


class Canonical(NamedTuple):
    """A structure that was written.

    Attributes:
        key: Its canonical SMILES.
        aromatic: How many of its atoms are aromatic.
    """

    key: str
    aromatic: int


@dataclass
class KekuleReading:
    """Reads molecules once each; many proposals of one call repeat one another.

    Callers silence RDKit.

    Attributes:
        ends: `*` that a structure has: 0 or 2.
    """

    ends: int
    _known: dict[bytes | str, Canonical | str] = field(default_factory=dict)

    def of(self, text: str, code: bytes = b"") -> Canonical | str:
        """Return what a SMILES stands for, or in words why it is no structure.

        Args:
            text: The SMILES.
            code: Equal only for SMILES of the same molecule; empty where that is not known.
        """
        known_as = code or text
        found = self._known.get(known_as)
        if found is None:
            try:
                found = canonical(text, self.ends)
            except UnfitStructureError as why:
                found = str(why)
            self._known[known_as] = found
        return found


def canonical(text: str, ends: int) -> Canonical:
    """Return what a SMILES stands for, as `loop.generate.spelling.read` finds it.

    Raises:
        UnfitStructureError: it is no molecule (`ends` 0) or repeat unit (`ends` 2).
    """
    if "/" in text or "\\" in text or "@" in text or "[H" in text:
        readable = read_quietly(text, ends)
        return Canonical(readable.key, aromatic_atoms(readable.molecule, readable.key))
    molecule = Chem.MolFromSmiles(text, _as_written()) if text else None
    if molecule is None or Chem.SanitizeMol(molecule, _STEPS, catchErrors=True) != _CLEAN:
        raise UnfitStructureError(NO_SMILES)
    # Otherwise the writer looks for stereochemistry, of which there is none.
    molecule.SetIntProp(_STEREO_DONE, 1)
    key = checked(molecule, ends)
    return Canonical(key, aromatic_atoms(molecule, key))


@lru_cache(maxsize=1)
def _as_written() -> Any:
    parameters: Any = Chem.SmilesParserParams()
    parameters.sanitize = False
    parameters.removeHs = False
    parameters.allowCXSMILES = False
    return parameters
