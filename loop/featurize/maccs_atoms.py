"""Classes of atoms and bonds that the MACCS keys speak of, and the bits that they set."""

from typing import Final

import numpy as np

from loop.featurize.molecule_graphs import AROMATIC, Bools, Ints, MoleculeGraphs

KEYS: Final = 167
"""RDKit's bits: 166 keys, and bit 0, which is none."""
_ORDERS: Final = {"-": 1.0, "=": 2.0, "#": 3.0, ":": AROMATIC}


class Bits:
    """The keys of `n` molecules, set where an atom or bond of them is found.

    Attributes:
        values: Shape `(n, 167)`, uint8.
    """

    def __init__(self, graphs: MoleculeGraphs) -> None:
        self.n = graphs.n
        self.values = np.zeros((graphs.n, KEYS), dtype=np.uint8)
        self._of_atom = graphs.molecule
        self._of_bond = graphs.molecule[graphs.source]

    def set_atoms(self, key: int, found: Bools | Ints) -> None:
        """Set a key of the molecules of some atoms."""
        self.values[self._of_atom[found], key] = 1

    def set_bonds(self, key: int, found: Bools | Ints) -> None:
        """Set a key of the molecules of some bonds."""
        self.values[self._of_bond[found], key] = 1

    def per_molecule(self, found: Bools | Ints, *, bonds: bool = False) -> Ints:
        """Return how many of some atoms, or bonds, each molecule has."""
        owner = self._of_bond if bonds else self._of_atom
        return np.bincount(owner[found], minlength=self.n)


class Atoms:
    """Which atoms belong to a class, which bonds join two classes, and counts of neighbours.

    Classes are written as in SMARTS: Q is any atom but carbon and hydrogen, X a halogen, H after
    a symbol means hydrogens on it, * is any atom.
    """

    def __init__(self, graphs: MoleculeGraphs) -> None:
        self.graphs = graphs
        self._classes = _classes(graphs)
        self._targets: dict[str, Bools] = {}
        self._bonds = _bond_classes(graphs)
        self._counts: dict[tuple[str, str], Ints] = {}

    def __getitem__(self, kind: str) -> Bools:
        """Return the atoms of a class."""
        return self._classes[kind]

    def add(self, kind: str, found: Bools) -> None:
        """Name one more class."""
        self._classes[kind] = found

    def towards(self, bond: str, atom: str) -> Bools:
        """Return the bonds of a kind that lead to a class."""
        if atom not in self._targets:
            self._targets[atom] = self._classes[atom][self.graphs.target]
        return self._bonds[bond] & self._targets[atom]

    def bonds(self, first: str, bond: str, second: str) -> Bools:
        """Return the bonds of a kind from one class to another."""
        return self._classes[first][self.graphs.source] & self.towards(bond, second)

    def count(self, bond: str, atom: str) -> Ints:
        """Return how many neighbours of a class each atom has by bonds of a kind."""
        if (bond, atom) not in self._counts:
            found = self.graphs.source[self.towards(bond, atom)]
            self._counts[bond, atom] = np.bincount(found, minlength=len(self.graphs.molecule))
        return self._counts[bond, atom]

    def sum(self, bond: str, atom: str) -> Ints:
        """Return the sum of the indices of those neighbours: the index, if there is one only."""
        found = self.towards(bond, atom)
        size = len(self.graphs.molecule)
        total = np.bincount(self.graphs.source[found], self.graphs.target[found], size)
        return total.astype(np.intp)


def _classes(graphs: MoleculeGraphs) -> dict[str, Bools]:
    z, hydrogens = graphs.element, graphs.hydrogens
    carbon, some = z == 6, hydrogens > 0
    chain = carbon & ~graphs.aromatic
    hetero = ~carbon & (z != 1)
    ring = np.zeros(len(z), dtype=bool)
    ring[graphs.ring_atom] = True
    return {
        "*": np.ones(len(z), dtype=bool),
        "C": carbon,
        "N": z == 7,
        "O": z == 8,
        "S": z == 16,
        "X": (z == 9) | (z == 17) | (z == 35) | (z == 53),
        "Q": hetero,
        "QH": hetero & some,
        "NH": (z == 7) & some,
        "OH": (z == 8) & some & ~graphs.aromatic,
        "NH2": (z == 7) & (hydrogens == 2) & ~graphs.aromatic,
        "CH2": chain & (hydrogens == 2),
        "CH3": chain & (hydrogens == 3),
        "CH2, CH3": chain & ((hydrogens == 2) | (hydrogens == 3)),
        "CH3, CH4": chain & ((hydrogens == 3) | (hydrogens == 4)),
        "c": carbon & graphs.aromatic,
        "n": (z == 7) & graphs.aromatic,
        "aromatic": graphs.aromatic,
        "charged": graphs.charged,
        "ring": ring,
        "@": ring,
        "S ring": (z == 16) & ring,
        "O ring": (z == 8) & ring,
        "N ring": (z == 7) & ring,
        "not C ring": ~carbon & ring,
    }


def _bond_classes(graphs: MoleculeGraphs) -> dict[str, Bools]:
    kinds = {symbol: graphs.order == order for symbol, order in _ORDERS.items()}
    kinds["~"] = np.ones(len(graphs.source), dtype=bool)
    kinds["-:"] = kinds["-"] | kinds[":"]
    kinds["!:"] = ~kinds[":"]
    kinds["@"] = graphs.in_ring
    kinds["!@"] = ~graphs.in_ring
    kinds["=@"] = kinds["="] & graphs.in_ring
    return kinds
