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
_COPIES: Final = {1: 3, 2: 2}
"""Copies that make a ring, by the number of backbone atoms of the unit; else one."""


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

    The ends are joined to a ring, which has no place to cut at: `*CCO*`, `*OCC*` and `*COC*` are
    equal. One unit is enough, but where its ends are one atom or neighbours two or three copies
    keep the new bond from falling on an old one. (Always taking three would do, and costs
    seconds for a large symmetric unit: canonical ranking is slow where copies are alike.)
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(unit) if unit else None
    if mol is None:
        return None
    stars = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(stars) != 2 or any(star.GetDegree() != 1 for star in stars):
        return None
    bonds = [star.GetBonds()[0] for star in stars]
    ends = [b.GetOtherAtomIdx(s.GetIdx()) for s, b in zip(stars, bonds, strict=True)]
    kinds = {bond.GetBondType() for bond in bonds}
    if len(kinds) != 1 or 0 in {mol.GetAtomWithIdx(end).GetAtomicNum() for end in ends}:
        return None
    return _flat(_ring(mol, [star.GetIdx() for star in stars], ends, kinds.pop()))


def _ring(mol: Chem.Mol, stars: list[int], ends: list[int], kind: Chem.BondType) -> Chem.Mol:
    backbone = 1 if ends[0] == ends[1] else len(Chem.GetShortestPath(mol, *ends))
    copies = _COPIES.get(backbone, 1)
    size = mol.GetNumAtoms()
    ring = Chem.RWMol(mol)
    for _ in range(copies - 1):
        ring.InsertMol(mol)
    for copy in range(copies):
        ring.AddBond(ends[1] + copy * size, ends[0] + (copy + 1) % copies * size, kind)
    for copy in reversed(range(copies)):
        for star in sorted(stars, reverse=True):
            ring.RemoveAtom(star + copy * size)
    # Aromaticity stays as it was in the chain: perceived anew, the artificial ring would count.
    ring.UpdatePropertyCache(False)
    Chem.FastFindRings(ring)
    return ring.GetMol()


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
