"""Small changes of a molecular graph, each with one atom, bond or ring.

The moves of the graph-based genetic algorithm of Jensen (Chem. Sci. 10, 3567 (2019)), written for
Kekulé molecules so that a changed bond needs no aromaticity. Elements and ring sizes are those of
the examples. Chain ends are astatine and are never touched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem

from loop.generate.editing import EditError, RandomNumbers, is_end

_SINGLE: Final = Chem.BondType.SINGLE
_ORDERS: Final = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)


@dataclass(frozen=True)
class Chemistry:
    """What the examples are made of.

    Attributes:
        elements: Atomic numbers of neutral atoms, ascending.
        shares: How often each occurs, summing to one.
        valences: The most bonds each has.
        rings: Sizes of rings.
    """

    elements: tuple[int, ...]
    shares: tuple[float, ...]
    valences: dict[int, int]
    rings: frozenset[int]

    def element(self, bonds: int, rng: RandomNumbers) -> int:
        """Draw an element that can have so many bonds."""
        fit = [i for i, z in enumerate(self.elements) if self.valences[z] >= bonds]
        if not fit:
            raise EditError("no element of the examples has so many bonds")
        shares = np.array([self.shares[i] for i in fit])
        return self.elements[fit[int(rng.choice(len(fit), p=shares / shares.sum()))]]


def _one(choices: list[Any], what: str, rng: RandomNumbers) -> Any:
    if not choices:
        raise EditError(f"no {what} to change")
    return choices[int(rng.integers(len(choices)))]


def _atoms(mol: Any, keep: Callable[[Any], bool]) -> list[int]:
    return [atom.GetIdx() for atom in mol.GetAtoms() if not is_end(atom) and keep(atom)]


def _used(mol: Any, index: int) -> int:
    bonds = mol.GetAtomWithIdx(index).GetBonds()
    return int(sum(bond.GetBondTypeAsDouble() for bond in bonds))


def _released(mol: Any, *indices: int) -> None:
    """Let hydrogens of changed atoms be counted anew, and forget their stereo."""
    for index in indices:
        atom = mol.GetAtomWithIdx(index)
        if atom.GetFormalCharge() == 0:
            atom.SetNoImplicit(False)
            atom.SetNumExplicitHs(0)
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)


def add_atom(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Put an atom in the place of a hydrogen."""
    at = _one(_atoms(mol, lambda a: a.GetTotalNumHs() > 0), "atom with a hydrogen", rng)
    new = mol.AddAtom(Chem.Atom(chemistry.element(1, rng)))
    mol.AddBond(at, new, _SINGLE)
    _released(mol, at)


def insert_atom(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Put an atom into a single bond."""
    bonds = [b for b in mol.GetBonds() if b.GetBondType() == _SINGLE]
    bond = _one(bonds, "single bond", rng)
    a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    mol.RemoveBond(a, b)
    new = mol.AddAtom(Chem.Atom(chemistry.element(2, rng)))
    mol.AddBond(a, new, _SINGLE)
    mol.AddBond(new, b, _SINGLE)


def delete_atom(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Take out an atom with one neighbour, or with two, which are then bonded."""
    del chemistry
    at = _one(_atoms(mol, lambda a: a.GetDegree() in (1, 2)), "atom with one or two bonds", rng)
    near = [n.GetIdx() for n in mol.GetAtomWithIdx(at).GetNeighbors()]
    if len(near) > 1:
        if mol.GetBondBetweenAtoms(*near) is not None:
            raise EditError("an atom of a three-membered ring")
        mol.AddBond(near[0], near[1], _SINGLE)
    _released(mol, *near)
    mol.RemoveAtom(at)


def replace_atom(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Make an atom one of another element."""
    neutral = _atoms(mol, lambda a: a.GetFormalCharge() == 0)
    at = _one(neutral, "neutral atom", rng)
    new = Chem.Atom(chemistry.element(_used(mol, at), rng))
    if new.GetAtomicNum() == mol.GetAtomWithIdx(at).GetAtomicNum():
        raise EditError("the same element again")
    mol.ReplaceAtom(at, new)


def change_bond(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Raise or lower the order of a bond by one."""
    del chemistry
    bonds = [b for b in mol.GetBonds() if not is_end(b.GetBeginAtom())]
    bond = _one([b for b in bonds if not is_end(b.GetEndAtom())], "bond", rng)
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    at = _ORDERS.index(bond.GetBondType()) if bond.GetBondType() in _ORDERS else 0
    up = at + 1 < len(_ORDERS) and all(a.GetTotalNumHs() > 0 for a in ends)
    if not up and at == 0:
        raise EditError("a bond that can be neither raised nor lowered")
    step = 1 if up and (at == 0 or rng.random() < 0.5) else -1
    bond.SetBondType(_ORDERS[at + step])
    bond.SetStereo(Chem.BondStereo.STEREONONE)
    _released(mol, ends[0].GetIdx(), ends[1].GetIdx())


def close_ring(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Bond two atoms that have hydrogens, at the distance of a ring of the examples."""
    free = _atoms(mol, lambda a: a.GetTotalNumHs() > 0)
    a = _one(free, "atom with a hydrogen", rng)
    distances = Chem.GetDistanceMatrix(mol, force=True)[a]
    far = [b for b in free if int(distances[b]) + 1 in chemistry.rings and distances[b] > 1]
    b = _one(far, "pair of atoms at the distance of a ring", rng)
    mol.AddBond(a, b, _SINGLE)
    _released(mol, a, b)


def open_ring(mol: Any, chemistry: Chemistry, rng: RandomNumbers) -> None:
    """Take out a single bond of a ring."""
    del chemistry
    bonds = [b for b in mol.GetBonds() if b.IsInRing() and b.GetBondType() == _SINGLE]
    bond = _one(bonds, "single bond of a ring", rng)
    a, b = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    mol.RemoveBond(a, b)
    _released(mol, a, b)


MOVES: Final = (
    add_atom,
    insert_atom,
    delete_atom,
    replace_atom,
    change_bond,
    close_ring,
    open_ring,
)
