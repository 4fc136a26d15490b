"""SMILES of molecules to what blocks read."""

from collections import Counter
from typing import Any

from rdkit import Chem, rdBase

from loop.featurize.block import ChemicalUnit, Reads


def read_molecule(smiles: str) -> Any:
    """Return the RDKit molecule of a SMILES.

    Raises:
        ValueError: RDKit cannot read it, or it is empty.
    """
    with rdBase.BlockLogs():
        molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        raise ValueError(f"RDKit cannot read {smiles!r} as SMILES")
    return molecule


def parse_molecule(text: str, reads: frozenset[Reads]) -> dict[Reads, Any]:
    """Return a SMILES as the forms that blocks read: "molecule", "composition".

    Raises:
        ValueError: it is no molecule; a repeat unit with `*` is none.
    """
    molecule = read_molecule(text)
    if any(atom.GetAtomicNum() == 0 for atom in molecule.GetAtoms()):
        raise ValueError(f"{text!r} has a *: a molecule has none, a repeat unit is a polymer")
    forms: dict[Reads, Any] = {"molecule": ChemicalUnit(molecule)}
    if "composition" in reads:
        forms["composition"] = element_amounts(molecule)
    return forms


def element_amounts(molecule: Any, copies: int = 1) -> dict[str, float]:
    """Return atoms by element symbol, hydrogens included, per repeat unit."""
    atoms: Counter[str] = Counter()
    for atom in molecule.GetAtoms():
        atoms[atom.GetSymbol()] += 1
        atoms["H"] += atom.GetTotalNumHs()
    return {element: count / copies for element, count in sorted(atoms.items()) if count}
