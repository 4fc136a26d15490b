"""Many molecules as one graph: arrays of atoms, bonds and rings that numpy can go over at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]

AROMATIC: Final = 1.5
# Apart, as RDKit keeps a matrix without orders of bonds under the plain name.
_PREFIX: Final = "Orders"
_OF_ATOM: Final[tuple[Callable[[Any], int], ...]] = (
    Chem.Atom.GetAtomicNum,
    Chem.Atom.GetTotalNumHs,
    Chem.Atom.GetFormalCharge,
    Chem.Atom.GetIsAromatic,
)


@dataclass(frozen=True)
class MoleculeGraphs:
    """Atoms, bonds and rings of `n` molecules, one after the other.

    Bonds are listed in both directions, ordered by `source`; a bond has order 1, 2, 3 or, if
    aromatic, 1.5. Rings are those of RDKit's ring information, with the bond from each atom of
    a ring to its next one.

    Attributes:
        n: Molecules.
        molecule: Molecule of each atom.
        element: Atomic number of each atom.
        hydrogens: Hydrogens of each atom, those that are atoms themselves included.
        charged: Atoms with a formal charge.
        aromatic: Aromatic atoms.
        source: Atom that a bond starts from.
        target: Atom that it leads to.
        order: Its order.
        ring: Ring of each ring atom, counted through all molecules.
        ring_atom: The atom.
        ring_bond: The bond from there to the ring's next atom.
    """

    n: int
    molecule: Ints
    element: Ints
    hydrogens: Ints
    charged: Bools
    aromatic: Bools
    source: Ints
    target: Ints
    order: NDArray[np.float64]
    ring: Ints
    ring_atom: Ints
    ring_bond: Ints

    @cached_property
    def degree(self) -> Ints:
        """Neighbours of each atom."""
        return np.bincount(self.source, minlength=len(self.molecule))

    @cached_property
    def first(self) -> Ints:
        """First bond of each atom."""
        return np.cumsum(self.degree) - self.degree

    @cached_property
    def in_ring(self) -> Bools:
        """Bonds of rings."""
        found = np.zeros(len(self.source), dtype=bool)
        found[self.ring_bond] = True
        return found | found[self.bond(self.target, self.source)]

    @cached_property
    def _keys(self) -> Ints:
        return self.source * len(self.molecule) + self.target

    def bond(self, source: Ints, target: Ints) -> Ints:
        """Return the bonds between atoms that are neighbours."""
        return np.searchsorted(self._keys, source * len(self.molecule) + target)

    def bonded(self, source: Ints, target: Ints) -> Bools:
        """Return which pairs of atoms are neighbours."""
        wanted = source * len(self.molecule) + target
        place = np.searchsorted(self._keys, wanted)
        found: Bools = self._keys.take(place, mode="clip") == wanted
        return found

    def neighbours(self, atoms: Ints) -> tuple[Ints, Ints]:
        """Return for each neighbour of each atom the row in `atoms`, and the bond."""
        degree = self.degree[atoms]
        rows = np.repeat(np.arange(len(atoms)), degree)
        skipped = np.cumsum(degree) - degree - self.first[atoms]
        return rows, np.arange(len(rows)) - skipped[rows]


def graphs_of(molecules: Sequence[Any]) -> MoleculeGraphs:
    """Return sanitised RDKit molecules as one graph; no bond may have order zero."""
    sizes = np.array([molecule.GetNumAtoms() for molecule in molecules], dtype=np.intp)
    total, offsets = int(sizes.sum()), np.cumsum(sizes) - sizes
    element, hydrogens, charge, aromatic = _atoms(molecules, total)
    source, target, order = _bonds(molecules, sizes, offsets)
    hydrogens = hydrogens + np.bincount(source[element[target] == 1], minlength=total)
    ring, ring_atom, ring_next = _rings(molecules, offsets)
    return MoleculeGraphs(
        n=len(molecules),
        molecule=np.repeat(np.arange(len(molecules)), sizes),
        element=element,
        hydrogens=hydrogens,
        charged=charge != 0,
        aromatic=aromatic != 0,
        source=source,
        target=target,
        order=order,
        ring=ring,
        ring_atom=ring_atom,
        ring_bond=np.searchsorted(source * total + target, ring_atom * total + ring_next),
    )


def _atoms(molecules: Sequence[Any], total: int) -> list[Ints]:
    columns: list[list[int]] = [[] for _ in _OF_ATOM]
    for molecule in molecules:
        # Molecule by molecule, and not by iteration: making Python's atoms is most of the work.
        atoms = list(map(molecule.GetAtomWithIdx, range(molecule.GetNumAtoms())))
        for column, number in zip(columns, _OF_ATOM, strict=True):
            column.extend(map(number, atoms))
    return [_numbers(column, total) for column in columns]


def _numbers(values: Any, count: int) -> Ints:
    return np.fromiter(values, dtype=np.intp, count=count)


def _bonds(
    molecules: Sequence[Any], sizes: Ints, offsets: Ints
) -> tuple[Ints, Ints, NDArray[np.float64]]:
    matrices = [
        Chem.GetAdjacencyMatrix(molecule, useBO=True, prefix=_PREFIX).ravel()
        for molecule in molecules
    ]
    orders = np.concatenate(matrices)
    bonds = np.flatnonzero(orders)
    starts = np.cumsum(sizes**2) - sizes**2
    owner = np.searchsorted(starts, bonds, side="right") - 1
    within = bonds - starts[owner]
    source = within // sizes[owner] + offsets[owner]
    return source, within % sizes[owner] + offsets[owner], orders[bonds]


def _rings(molecules: Sequence[Any], offsets: Ints) -> tuple[Ints, Ints, Ints]:
    found = [molecule.GetRingInfo().AtomRings() for molecule in molecules]
    rings = list(chain.from_iterable(found))
    count = np.array([len(each) for each in found], dtype=np.intp)
    size = np.array([len(ring) for ring in rings], dtype=np.intp)
    atoms = _numbers(chain.from_iterable(rings), int(size.sum()))
    atoms += np.repeat(np.repeat(offsets, count), size)
    after = np.arange(1, len(atoms) + 1)
    ends = np.cumsum(size)
    after[ends - 1] = ends - size
    return np.repeat(np.arange(len(rings)), size), atoms, atoms[after]
