"""The key by which leaks are found: equal for what a model cannot tell apart.

It is coarser than the identity of a candidate. Stereochemistry is taken off, because most tables
draw no stereo bonds: (E)-stilbene of one table would pass unnoticed as a new compound beside the
stilbene of another, and the features are blind to it anyway. Repeat units are closed to a ring,
so that every cut of a chain has one key. Compositions are whole-number formulas.
"""

import warnings
from typing import Final

from rdkit import Chem, rdBase

from loop.core.candidate import Material

_ORGANIC: Final = frozenset([1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53])
_LARGEST: Final = 120
_COPIES: Final = 3


def structure_key(material: Material, structure: str) -> str | None:
    """Return the key of a structure, or None if it is no usable structure of this material.

    Args:
        material: Molecule, polymer (repeat unit with two `*`) or composition.
        structure: SMILES, repeat unit or formula.
    """
    match material:
        case Material.MOLECULE:
            return molecule_key(structure)
        case Material.POLYMER:
            return polymer_key(structure)
        case Material.COMPOSITION:
            return composition_key(structure)
        case _:
            return structure


def molecule_key(smiles: str) -> str | None:
    """Return the canonical SMILES without stereochemistry of one neutral organic molecule.

    None for anything else: unreadable, salts and mixtures, ions, radicals, isotope-labelled
    compounds, no carbon, metals and other elements beyond H B C N O F Si P S Cl Se Br I, more
    than 120 heavy atoms.
    """
    if not smiles or "." in smiles:
        return None
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None or not 1 <= mol.GetNumHeavyAtoms() <= _LARGEST:
        return None
    atoms = list(mol.GetAtoms())
    elements = {atom.GetAtomicNum() for atom in atoms}
    if 6 not in elements or not elements <= _ORGANIC:
        return None
    if Chem.GetFormalCharge(mol) or any(
        a.GetNumRadicalElectrons() or a.GetIsotope() for a in atoms
    ):
        return None
    return _flat(mol)


def polymer_key(unit: str) -> str | None:
    """Return a key of the infinite chain, without stereochemistry; None if it is no repeat unit.

    Three copies are joined to a ring, which has no ends: `*CCO*`, `*OCC*` and `*COC*` are equal.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(unit) if unit else None
    if mol is None:
        return None
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(stars) != 2 or any(mol.GetAtomWithIdx(i).GetDegree() != 1 for i in stars):
        return None
    chain = Chem.Mol()
    for copy in range(_COPIES):
        part = Chem.Mol(mol)
        # Atoms with the same number are joined: the end of each copy to the start of the next.
        for star, joint in zip(stars, (copy, (copy + 1) % _COPIES), strict=True):
            part.GetAtomWithIdx(star).SetIsotope(0)
            part.GetAtomWithIdx(star).SetAtomMapNum(joint + 1)
        chain = Chem.CombineMols(chain, part)
    with rdBase.BlockLogs():
        ring = Chem.molzip(chain)
        # The ends may have hidden aromaticity, as in polythiophene written with quinoid bonds.
        Chem.SanitizeMol(ring)
    return _flat(ring)


def composition_key(formula: str) -> str | None:
    """Return the smallest whole-number formula, None if it is none: Bi4Te6 gives Bi2Te3."""
    from pymatgen.core.composition import Composition

    try:
        with warnings.catch_warnings():
            # Said of noble gases while elements are sorted; the order stays well defined.
            warnings.filterwarnings("ignore", message="No Pauling electronegativity")
            composition = Composition(formula)
            reduced = composition.get_integer_formula_and_factor()[0]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    # pymatgen reads an unknown symbol as a dummy species.
    return str(reduced) if composition.num_atoms and composition.valid else None


def _flat(mol: Chem.Mol) -> str:
    Chem.RemoveStereochemistry(mol)
    return str(Chem.MolToSmiles(mol))
