"""How large a crystal is when other elements take its places, see `crystal_places`."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from loop.generate.crystal_places import CrystalPlaces, States, contact_length, place_radii
from loop.generate.palette import NoMoveError

# Share of space in spheres among the crystals of the AFLOW prototypes with their own elements;
# only those of small molecules have less.
_IONS_FILL: Final = (0.30, 1.06)
_ATOMS_FILL: Final = (0.15, 1.15)


def ratio_to_parent(
    crystal: CrystalPlaces, takes: Mapping[str, str], before: States | None, after: States | None
) -> float:
    """Return by what the cell lengths of a parent are multiplied.

    Args:
        crystal: The parent.
        takes: Place to the element that takes it.
        before: States of the parent's elements, None if unknown.
        after: States of the new elements, None if unknown.

    Raises:
        NoMoveError: an element has no tabulated radius.
    """
    charged = before is not None and after is not None
    contacts = crystal.contacts(before if charged else None)
    for ionic in (True, False) if charged else (False,):
        old = place_radii(contacts, {}, before, ionic=ionic)
        new = place_radii(contacts, takes, after, ionic=ionic)
        if old is not None and new is not None:
            return contact_length(contacts, new) / contact_length(contacts, old)
    raise NoMoveError("no radius known for an element")


def factor_for_prototype(
    crystal: CrystalPlaces, takes: Mapping[str, str], states: States | None
) -> float:
    """Return by what the cell lengths of a prototype are multiplied, whatever its own elements.

    Args:
        crystal: The prototype.
        takes: Place to the element that takes it, for every place.
        states: States of the new elements, None if unknown.

    Raises:
        NoMoveError: an element has no tabulated radius, or the spheres would fill less or more
            of the space than in any known crystal, as ions on the places of molecules do.
    """
    signs = None if states is None else {place: states[new] for place, new in takes.items()}
    contacts = crystal.contacts(signs)
    for ionic in (True, False) if states is not None else (False,):
        radii = place_radii(contacts, takes, states, ionic=ionic)
        if radii is not None:
            factor = contact_length(contacts, radii) / contacts.distances
            _check_filling(crystal, radii, factor, _IONS_FILL if ionic else _ATOMS_FILL)
            return factor
    raise NoMoveError("no radius known for an element")


def _check_filling(
    crystal: CrystalPlaces,
    radii: Mapping[str, float],
    factor: float,
    usual: tuple[float, float],
) -> None:
    volume = abs(float(np.linalg.det(crystal.lattice))) * factor**3
    cubes = math.fsum(radii.get(symbol, 0.0) ** 3 for symbol in crystal.elements)
    filled = 4 / 3 * math.pi * cubes / volume
    if not usual[0] <= filled <= usual[1]:
        raise NoMoveError("packed too loosely" if filled < usual[0] else "packed too densely")
