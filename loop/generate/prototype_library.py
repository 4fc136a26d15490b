"""Structure types of known crystals, to be filled with other elements.

Source: Mehl et al., "The AFLOW library of crystallographic prototypes: part 1", Comput. Mater.
Sci. 136, S1 (2017): 288 types, as shipped with pymatgen.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import spglib

from loop.core.charge_balance import likely_states
from loop.generate.crystal_places import CrystalPlaces, States

_SYMPREC = 0.01


@dataclass(frozen=True)
class Prototype:
    """One structure type.

    Attributes:
        name: AFLOW's label, with the mineral or the Strukturbericht symbol where it has one.
        crystal: Its own crystal; its elements name the places.
        states: Likeliest oxidation states of its own elements, None if no states balance it.
        space_group: International number.
        strukturbericht: Symbol as "E2_1", or "None".
    """

    name: str
    crystal: CrystalPlaces
    states: States | None
    space_group: int
    strukturbericht: str


def space_group(crystal: CrystalPlaces) -> int:
    """Return the international number of the space group, within 0.01 angstrom; 0 if none is."""
    kinds = [list(crystal.amounts).index(symbol) for symbol in crystal.elements]
    cell: Any = (crystal.lattice, crystal.positions, kinds)
    with warnings.catch_warnings():
        # spglib announces that it will raise where it returns None; both are met here.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC)
        except spglib.error.SpglibError:
            found = None
    return 0 if found is None else int(found.number)


@lru_cache(maxsize=1)
def prototypes() -> tuple[Prototype, ...]:
    """Return the types of at least two elements, sorted by name; it takes some seconds, once."""
    from pymatgen.analysis import prototypes as shipped

    library: Any = vars(shipped)["AFLOW_PROTOTYPE_LIBRARY"]
    found = []
    for entry in library:
        structure, tags = entry["snl"].structure, entry["tags"]
        if len(structure.composition.elements) < 2:
            continue
        crystal = CrystalPlaces(
            structure.lattice.matrix,
            structure.frac_coords,
            tuple(site.specie.symbol for site in structure),
        )
        label, mineral, symbol = tags["aflow"], tags["mineral"], tags["strukturbericht"]
        said = mineral or ("" if symbol == "None" else symbol)
        found.append(
            Prototype(
                f"{label} ({said})" if said else label,
                crystal,
                likely_states(crystal.amounts),
                space_group(crystal),
                symbol,
            )
        )
    return tuple(sorted(found, key=lambda prototype: prototype.name))
