"""What stands on the shelf or in the catalogue, read from a list of the lab."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdinchi

from loop.core.canonical import Json, canonical_json, digest
from loop.core.structure_list import read_structure_list
from loop.errors import DataError, Problem

_INCHI_KEY: Final = re.compile(r"[A-Z]{14}-[A-Z]{10}-[A-Z]")
_SHOWN: Final = 20


class StockList:
    """A stock that is known entry by entry; an empty one holds nothing."""

    def __init__(self, smiles: Iterable[str] = (), inchi_keys: Iterable[str] = ()) -> None:
        """Take entries that are known to be good.

        Args:
            smiles: Canonical SMILES.
            inchi_keys: InChIKeys; an entry counts for every form that shares its key.
        """
        self._smiles = frozenset(smiles)
        self._inchi_keys = frozenset(inchi_keys)

    @classmethod
    def read(cls, path: Path) -> "StockList":
        """Return the stock of a file: `.csv` with a column smiles or inchikey, else one per line.

        SMILES and InChIKeys may stand side by side. A salt counts for its largest organic part too:
        an amine that is sold as its hydrochloride is in stock.

        Raises:
            NotFoundError: there is no such file.
            DataError: with one problem per entry that is neither SMILES nor InChIKey.
        """
        smiles: set[str] = set()
        keys: set[str] = set()
        problems: list[Problem] = []
        for entry in read_structure_list(path):
            if _INCHI_KEY.fullmatch(entry.text):
                keys.add(entry.text)
                continue
            with rdBase.BlockLogs():
                mol: Any = Chem.MolFromSmiles(entry.text)
            if mol is None or "*" in entry.text:
                expected = "a SMILES or an InChIKey"
                if mol is not None:
                    expected += " of a molecule: it has no *"
                problems.append(Problem(str(path), f"line {entry.row}", entry.text, expected))
            else:
                smiles.update(_forms(mol))
        if problems:
            raise DataError(
                f"{len(problems)} entries of the stock {path} cannot be read; nothing was taken",
                hint="mend or delete these lines",
                problems=problems[:_SHOWN],
            )
        return cls(smiles, keys)

    def dump(self) -> bytes:
        """Return all entries as canonical JSON; the order of the file does not matter."""
        entries: Json = {"smiles": sorted(self._smiles), "inchi_keys": sorted(self._inchi_keys)}
        return canonical_json(entries).encode()

    @classmethod
    def load(cls, content: bytes) -> "StockList":
        """Return the stock that `dump` wrote."""
        entries = json.loads(content)
        return cls(entries["smiles"], entries["inchi_keys"])

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._smiles) + len(self._inchi_keys)

    def holds(self, smiles: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of these canonical SMILES are in stock, shape `(n,)`."""
        return np.array([self._holds(one) for one in smiles], dtype=np.bool_)

    def _holds(self, smiles: str) -> bool:
        if smiles in self._smiles:
            return True
        if not self._inchi_keys:
            return False
        with rdBase.BlockLogs():
            mol: Any = Chem.MolFromSmiles(smiles)
            return mol is not None and rdinchi.MolToInchiKey(mol) in self._inchi_keys

    def digest(self) -> str:
        """Return a digest of all entries; the order of the file does not matter."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        return digest("\n".join([*sorted(self._smiles), "", *sorted(self._inchi_keys)]))


def _forms(mol: Any) -> set[str]:
    parts = Chem.GetMolFrags(mol, asMols=True)
    organic = [p for p in parts if any(a.GetAtomicNum() == 6 for a in p.GetAtoms())]
    forms = {str(Chem.MolToSmiles(mol))}
    if organic:
        forms.add(str(Chem.MolToSmiles(max(organic, key=lambda part: part.GetNumHeavyAtoms()))))
    return forms
