"""Writes a polymer anew: another cut, the other direction, several units in one."""

from itertools import pairwise

from rdkit import Chem

_HEAD, _TAIL, _JOINT = 1, 2, 9


def ends(mol):
    marks = {a.GetAtomMapNum(): a for a in mol.GetAtoms() if a.GetAtomicNum() == 0}
    return marks[_HEAD], marks[_TAIL]


def read(smiles):
    mol = Chem.MolFromSmiles(smiles, sanitize=False)
    for star, mark in zip(
        [a for a in mol.GetAtoms() if a.GetAtomicNum() == 0], (1, 2), strict=True
    ):
        star.SetAtomMapNum(mark)
    Chem.SanitizeMol(mol)
    Chem.AssignStereochemistry(mol, cleanIt=True, force=True)
    return mol


def joined(left, right):
    left, right = Chem.Mol(left), Chem.Mol(right)
    ends(left)[1].SetAtomMapNum(_JOINT)
    ends(right)[0].SetAtomMapNum(_JOINT)
    return Chem.molzip(left, right)


def cut_bonds(mol):
    head, tail = ends(mol)
    path = Chem.GetShortestPath(mol, head.GetIdx(), tail.GetIdx())[1:-1]
    bonds = [mol.GetBondBetweenAtoms(a, b) for a, b in pairwise(path)]
    # A cut through a double bond cannot carry its configuration.
    return [
        (b, path.index(b.GetBeginAtomIdx()) < path.index(b.GetEndAtomIdx()))
        for b in bonds
        if not b.IsInRing() and b.GetStereo() == Chem.BondStereo.STEREONONE
    ]


def cut(mol, bond, forward):
    labels = (_HEAD, _TAIL) if forward else (_TAIL, _HEAD)
    parts = Chem.FragmentOnBonds(
        mol, [bond.GetIdx()], dummyLabels=[labels], bondTypes=[bond.GetBondType()]
    )
    first, second = Chem.GetMolFrags(parts, asMols=True)
    if not any(a.GetAtomMapNum() == _HEAD for a in first.GetAtoms()):
        first, second = second, first
    for part in (first, second):
        for atom in part.GetAtoms():
            if atom.GetIsotope() and atom.GetAtomicNum() == 0:
                atom.SetAtomMapNum(atom.GetIsotope())
                atom.SetIsotope(0)
    return joined(second, first)


def recut(smiles, rng, most_units=3):
    unit = read(smiles)
    mol = unit
    for _ in range(rng.randrange(most_units)):
        mol = joined(mol, unit)
    bonds = cut_bonds(mol)
    if bonds:
        mol = cut(mol, *rng.choice(bonds))
    for star in ends(mol):
        star.SetAtomMapNum(0)
    order = list(range(mol.GetNumAtoms()))
    rng.shuffle(order)
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
