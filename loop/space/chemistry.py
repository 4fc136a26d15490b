"""Canonical chemistry: one key for one candidate, whatever way it was written."""

from functools import lru_cache

from rdkit import Chem, rdBase

from loop.core.candidate import Material


class UnreadableStructureError(ValueError):
    """A structure that cannot be used; the text says what was expected."""


def canonical_key(material: Material, structure: str) -> str:
    """Return the text that all spellings of one candidate share.

    Raises:
        UnreadableStructureError: it is no structure of this material.
    """
    match material:
        case Material.MOLECULE:
            return Chem.MolToSmiles(molecule(structure))
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


def polymer_ends(mol: Chem.Mol) -> tuple[list[int], list[int]]:
    """Return the indices of the two `*` and of their neighbours.

    Raises:
        UnreadableStructureError: there are not exactly two, each with one single bond.
    """
    stars = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    if len(stars) != 2 or any(mol.GetAtomWithIdx(i).GetDegree() != 1 for i in stars):
        raise UnreadableStructureError("a repeat unit with exactly two *, each an end of the chain")
    neighbours = [mol.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in stars]
    return stars, neighbours


def polymer_key(smiles: str, copies: int = 3) -> str:
    """Return a key of the infinite chain: the same for every cut and both directions.

    `copies` repeat units are closed to a ring, which has no ends to cut at; its canonical SMILES
    is the key. Three copies keep small units (`*CC*`) from becoming a bond with itself.

    Raises:
        UnreadableStructureError: not a repeat unit with two `*`.
    """
    mol = molecule(smiles)
    unit = Chem.RemoveHs(_smallest_unit_ring(mol, copies))
    return Chem.MolToSmiles(unit)


def _smallest_unit_ring(mol: Chem.Mol, copies: int) -> Chem.Mol:
    stars, neighbours = polymer_ends(mol)
    size = mol.GetNumAtoms()
    chain = Chem.RWMol(mol)
    for _ in range(copies - 1):
        chain.InsertMol(mol)
    for copy in range(copies):
        following = (copy + 1) % copies
        chain.AddBond(
            neighbours[1] + copy * size,
            neighbours[0] + following * size,
            Chem.BondType.SINGLE,
        )
    for copy in reversed(range(copies)):
        for star in sorted(stars, reverse=True):
            chain.RemoveAtom(star + copy * size)
    ring = chain.GetMol()
    for bond in ring.GetBonds():
        bond.SetStereo(Chem.BondStereo.STEREONONE)
    Chem.SanitizeMol(ring)
    return ring


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


def matches(smiles: str, smarts: str) -> bool:
    """Tell whether a molecule or repeat unit contains a substructure."""
    query = pattern(smarts)
    return query is not None and molecule(smiles).HasSubstructMatch(query)
