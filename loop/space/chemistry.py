"""Canonical chemistry: one key for one candidate, whatever way it was written."""

import math
from functools import lru_cache

from rdkit import Chem, rdBase

from loop.core.candidate import Material
from loop.core.copolymer import split_units
from loop.space.chain import UnreadableStructureError, chain_key


def canonical_key(material: Material, structure: str) -> str:
    """Return the text that all spellings of one candidate share.

    Raises:
        UnreadableStructureError: it is no structure of this material.
    """
    match material:
        case Material.MOLECULE:
            return molecule_key(structure)
        case Material.POLYMER:
            return polymer_key(structure)
        case Material.COMPOSITION:
            return composition_key(structure)
        case Material.CRYSTAL:
            from loop.space.crystals import read_crystal

            return read_crystal(structure).key
        case _:
            return structure


def molecule(smiles: str) -> Chem.Mol:
    """Return the molecule of a SMILES.

    Raises:
        UnreadableStructureError: RDKit cannot read it, or it is empty.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles) if smiles.strip() else None
    if mol is None or mol.GetNumAtoms() == 0:
        raise UnreadableStructureError("a SMILES that RDKit reads")
    return mol


def molecule_key(smiles: str) -> str:
    """Return the canonical SMILES of a molecule.

    Raises:
        UnreadableStructureError: RDKit cannot read it, or it has an open end, `*`.
    """
    key = str(Chem.MolToSmiles(molecule(smiles)))
    if "*" in key:
        raise UnreadableStructureError("a molecule without *, which is the open end of a polymer")
    return key


def polymer_key(structure: str) -> str:
    """Return a key of the infinite chain: the same for every cut, direction and number of units.

    A copolymer is the sorted list of its units with their mole fractions.

    Raises:
        UnreadableStructureError: a unit is not one with two `*`, or has no weight.
    """
    try:
        units = split_units(structure)
    except ValueError as error:
        raise UnreadableStructureError(str(error)) from error
    shares: dict[str, float] = {}
    for text, weight in units:
        key, periods = chain_key(text)
        shares[key] = shares.get(key, 0.0) + weight * periods
    if len(shares) == 1:
        return next(iter(shares))
    total = math.fsum(shares.values())
    return "|".join(f"{key}:{share / total:.6g}" for key, share in sorted(shares.items()))


def composition_key(formula: str) -> str:
    """Return the smallest whole-number formula: Bi0.4Te0.6 and Bi4Te6 are both Bi2Te3.

    Raises:
        UnreadableStructureError: pymatgen cannot read it.
    """
    from pymatgen.core.composition import Composition

    try:
        composition = Composition(formula)
        reduced = composition.get_integer_formula_and_factor()[0]
    except (ValueError, KeyError, TypeError, IndexError) as cause:
        raise UnreadableStructureError("a chemical formula such as Bi2Te3") from cause
    # pymatgen reads an unknown symbol as a dummy species: a typing error would become a candidate.
    if composition.num_atoms == 0 or not composition.valid:
        raise UnreadableStructureError("a chemical formula such as Bi2Te3")
    return str(reduced)


@lru_cache(maxsize=256)
def pattern(smarts: str) -> Chem.Mol | None:
    """Return the query of a SMARTS, or None if it is none."""
    with rdBase.BlockLogs():
        return Chem.MolFromSmarts(smarts) if smarts.strip() else None


def matches(structure: str, smarts: str) -> bool:
    """Tell whether a molecule, or any repeat unit of a polymer, contains a substructure."""
    query = pattern(smarts)
    return query is not None and any(
        molecule(unit).HasSubstructMatch(query) for unit, _ in split_units(structure)
    )
