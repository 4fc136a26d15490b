"""A crystal as places that elements take, and how large it is with other elements in them.

A place is all sites of one element. Who takes a place takes all of it, and nobody takes two, so
the sites of equal elements stay equal and the space group stays what it was.

The size follows from contacts: neighbours sit as far apart as their radii add up to. With L the
sum of radii over all contacts, a crystal with other elements has its cell lengths multiplied by
L(new) / L(old); for a prototype, whose own size says nothing, L(new) is divided by the sum of the
distances. Angles and fractional coordinates stay.

Source of the rule: Chu et al., "Predicting the volumes of crystals", Comput. Mater. Sci. 146, 184
(2018), reference lattice scaling; here over contacts and with Shannon's radii at their
coordination.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pymatgen.core.lattice import Lattice

from loop.core.crystal_text import CrystalCell, cell_fault
from loop.core.formula import reduced
from loop.core.oxidation_states import element_ions
from loop.errors import DataError
from loop.generate.ion_radii import atom_radius, ion_radius
from loop.generate.palette import NoMoveError

Reals = NDArray[np.float64]
States = Mapping[str, int]
# Neighbours within this ratio to the nearest one of either are in contact.
_SHELL: Final = 1.25
# Any crystal has a neighbour within this many edges of the cube that an atom has to itself.
_REACH: Final = 2.5
_TOUCHING: Final = 0.7
_EXPECTED: Final = "a crystal in the stored form of pools"


@dataclass(frozen=True)
class Contacts:
    """Pairs of places in contact.

    Attributes:
        pairs: Two places to the number of their contacts in the cell.
        distances: Sum of all contact distances, in angstrom.
        coordination: Contacts per site of each place, rounded.
    """

    pairs: Mapping[tuple[str, str], int]
    distances: float
    coordination: Mapping[str, int]


@dataclass(frozen=True)
class CrystalPlaces:
    """One cell of a crystal.

    Attributes:
        lattice: Cell vectors, shape `(3, 3)`, in angstrom.
        positions: Fractional coordinates, shape `(sites, 3)`.
        elements: Symbol of each site.
    """

    lattice: Reals
    positions: Reals
    elements: tuple[str, ...]

    @cached_property
    def amounts(self) -> dict[str, int]:
        """Smallest whole amounts of the elements."""
        return reduced({s: self.elements.count(s) for s in dict.fromkeys(self.elements)})

    @cached_property
    def _neighbours(self) -> tuple[NDArray[np.intp], NDArray[np.intp], Reals]:
        per_atom = abs(float(np.linalg.det(self.lattice))) / len(self.elements)
        cartesian = self.positions @ self.lattice
        found, others, distances = [], [], []
        radius = _REACH * per_atom ** (1 / 3)
        # Its stub knows only the zipped form.
        lattice: Any = Lattice(self.lattice)
        for center, point in enumerate(cartesian):
            _, apart, index, _ = lattice.get_points_in_sphere(
                self.positions, point, radius, zip_results=False
            )
            away = np.asarray(apart) > 1e-6
            found.append(np.full(int(away.sum()), center))
            others.append(np.asarray(index)[away])
            distances.append(np.asarray(apart)[away])
        return (
            np.concatenate(found),
            np.concatenate(others).astype(np.intp),
            np.concatenate(distances),
        )

    @cached_property
    def nearest(self) -> float:
        """Shortest distance between two sites, in angstrom."""
        return float(self._neighbours[2].min(initial=np.inf))

    def contacts(self, signs: States | None) -> Contacts:
        """Return which places touch.

        Args:
            signs: Charge of each place, of which the sign counts: then only cations and anions
                touch. None: the nearest of any kind do.

        Raises:
            NoMoveError: nothing touches.
        """
        key = None if signs is None else tuple(signs[s] > 0 for s in self.amounts)
        if key not in self._found:
            self._found[key] = self._in_contact(key)
        return self._found[key]

    @cached_property
    def _found(self) -> dict[tuple[bool, ...] | None, Contacts]:
        return {}

    def _in_contact(self, positive: tuple[bool, ...] | None) -> Contacts:
        centers, others, distances = self._neighbours
        if positive is not None:
            sign_of = dict(zip(self.amounts, positive, strict=True))
            sign = np.array([1 if sign_of[s] else -1 for s in self.elements])
            unlike = sign[centers] * sign[others] < 0
            centers, others, distances = centers[unlike], others[unlike], distances[unlike]
        shortest = np.full(len(self.elements), np.inf)
        np.minimum.at(shortest, centers, distances)
        close = distances <= _SHELL * np.maximum(shortest[centers], shortest[others])
        if not close.any():
            raise NoMoveError("no neighbours in contact")
        return self._counted(centers[close], others[close], distances[close])

    def _counted(self, centers: NDArray[np.intp], others: NDArray[np.intp], far: Reals) -> Contacts:
        pairs: dict[tuple[str, str], int] = {}
        degree: dict[str, int] = {}
        for i, j in zip(centers.tolist(), others.tolist(), strict=True):
            pair = self.elements[i], self.elements[j]
            pairs[pair] = pairs.get(pair, 0) + 1
            degree[pair[0]] = degree.get(pair[0], 0) + 1
        shells = {s: max(1, round(degree.get(s, 0) / self.elements.count(s))) for s in self.amounts}
        return Contacts(dict(sorted(pairs.items())), float(far.sum()), shells)

    def filled(self, takes: Mapping[str, str], factor: float) -> str:
        """Return the stored text with other elements, cell lengths multiplied by `factor`.

        Raises:
            NoMoveError: no crystal can be so dense.
        """
        if self.nearest * factor < _TOUCHING or cell_fault(self.lattice * factor, self.positions):
            raise NoMoveError("atoms too close")
        return CrystalCell(
            (self.lattice * factor).tolist(),
            [takes.get(symbol, symbol) for symbol in self.elements],
            self.positions.tolist(),
        ).dump()


def place_radii(
    contacts: Contacts, takes: Mapping[str, str], states: States | None, *, ionic: bool
) -> dict[str, float] | None:
    """Return the radius of what takes each place that is in contact, in angstrom.

    Args:
        contacts: Pairs of places.
        takes: Place to the element that takes it; a place left out keeps its own.
        states: Oxidation state of each element that is in; needed for ionic radii.
        ionic: Whether to use ionic radii, else atomic ones.

    Returns:
        None if a radius is not tabulated.
    """
    radii: dict[str, float] = {}
    for place in {place for pair in contacts.pairs for place in pair}:
        symbol = takes.get(place, place)
        if not ionic:
            radius = atom_radius(symbol)
        elif states is None:
            return None
        else:
            radius = ion_radius(symbol, states[symbol], contacts.coordination[place])
        if radius is None:
            return None
        radii[place] = radius
    return radii


def contact_length(contacts: Contacts, radii: Mapping[str, float]) -> float:
    """Return the sum of radii over the contacts, in angstrom."""
    return math.fsum(n * (radii[a] + radii[b]) for (a, b), n in contacts.pairs.items())


@lru_cache(maxsize=1024)
def read_places(text: str) -> CrystalPlaces:
    """Return the crystal of a stored text.

    Raises:
        DataError: it is none, names an unknown element, or has an impossible cell.
    """
    if not text.lstrip().startswith("{"):
        raise DataError(f"no stored form; expected {_EXPECTED}")
    try:
        cell = CrystalCell.load(text)
    except ValueError as cause:
        raise DataError(f"{cause}; expected {_EXPECTED}") from cause
    unknown = sorted(set(cell.elements) - element_ions().keys())
    if unknown:
        raise DataError(f"unknown element {', '.join(unknown)}; expected {_EXPECTED}")
    lattice, positions = np.array(cell.lattice, float), np.array(cell.positions, float)
    fault = cell_fault(lattice, positions)
    if fault:
        raise DataError(f"{fault}; expected {_EXPECTED}")
    return CrystalPlaces(lattice, positions, tuple(cell.elements))
