"""Texts of crystals to the forms that blocks read, and what the blocks share."""

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure

from loop.core.crystal_text import CrystalCell, TextFormat, cell_fault, text_format
from loop.featurize.block import BlockValues, Reads

# What pymatgen raises for broken files, by the evidence of its parsers.
_PARSE_ERRORS: Final = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, ArithmeticError,
    UserWarning,
)  # fmt: skip
_TOUCHING: Final = 0.5


def parse_crystal(text: str, reads: frozenset[Reads]) -> dict[Reads, Any]:
    """Return a crystal in the wanted forms: pymatgen's structure, or the amounts of a formula unit.

    Args:
        text: The stored form of a pool, a CIF or a POSCAR.
        reads: Any of "crystal" and "composition".

    Raises:
        ValueError: it cannot be read, a site is not one element, or atoms touch; the message
            says which.
    """
    structure = _structure(text)
    parsed: dict[Reads, Any] = {}
    if "crystal" in reads:
        parsed["crystal"] = structure
    if "composition" in reads:
        with warnings.catch_warnings():
            # pymatgen sorts by electronegativity, and says that noble gases have none.
            warnings.simplefilter("ignore", UserWarning)
            amounts = structure.composition.reduced_composition.get_el_amt_dict()
        parsed["composition"] = {symbol: float(amount) for symbol, amount in amounts.items()}
    return parsed


def _structure(text: str) -> Structure:
    if not text.strip():
        raise ValueError("the crystal is empty; expected the text of a CIF or POSCAR")
    form: TextFormat = "cif"
    try:
        form = text_format(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if form == "stored":
                cell = CrystalCell.load(text)
                structure = Structure(cell.lattice, cell.elements, cell.positions)
            else:
                structure = Structure.from_str(text, fmt=form)
    except _PARSE_ERRORS as cause:
        shown = " ".join(text.split())[:60]
        reason = " ".join(str(cause).split())[:120]
        raise ValueError(f"pymatgen cannot read {shown!r} as {form}: {reason}") from cause
    for number, site in enumerate(structure, start=1):
        species = site.specie if site.is_ordered else None
        known = isinstance(getattr(species, "element", species), Element)
        if not known:
            raise ValueError(f"site {number} is not one element but {site.species_string}")
    structure.remove_oxidation_states()
    _check_contacts(structure)
    return structure


def _check_contacts(structure: Structure) -> None:
    fault = cell_fault(structure.lattice.matrix, structure.frac_coords)
    if fault:
        raise ValueError(fault)
    centers, others, _, distances = structure.get_neighbor_list(_TOUCHING)
    if len(centers):
        raise ValueError(
            f"sites {centers[0] + 1} and {others[0] + 1} are {distances[0]:.2f} angstrom apart; "
            f"expected {_TOUCHING} or more"
        )


def formula_of(structure: Structure) -> str:
    """Return the sites of a cell as a formula in alphabetical order, for messages."""
    counts = Counter(site.specie.symbol for site in structure)
    return " ".join(f"{symbol}{counts[symbol]}" for symbol in sorted(counts))


def describe_each(
    structures: Sequence[Structure],
    width: int,
    describe: Callable[[Structure], NDArray[np.float64]],
) -> BlockValues:
    """Return one row of float32 per structure; a `ValueError` of `describe` is a failure.

    Args:
        structures: The batch, length n.
        width: d, the length of what `describe` returns.
        describe: One structure to its numbers.
    """
    values = np.zeros((len(structures), width), dtype=np.float32)
    failures: dict[int, str] = {}
    for row, structure in enumerate(structures):
        try:
            found = describe(structure)
        except ValueError as error:
            failures[row] = f"{formula_of(structure)}: {error}"
            continue
        if np.isfinite(found).all():
            values[row] = found
        else:
            failures[row] = f"{formula_of(structure)}: not all numbers are finite; do atoms touch?"
    return BlockValues(values, failures)


def spread(values: NDArray[Any]) -> list[float]:
    """Return mean, standard deviation, minimum and maximum."""
    return [float(values.mean()), float(values.std()), float(values.min()), float(values.max())]


def covalent_radii(structure: Structure) -> NDArray[np.float64]:
    """Return the covalent radius of every site, shape `(sites,)`, in angstrom.

    Raises:
        ValueError: an element has none (those beyond curium).

    Source:
        Cordero et al., Dalton Trans. 2832 (2008), as pymatgen tabulates it.
    """
    from pymatgen.analysis.molecule_structure_comparator import CovalentRadius

    symbols = [site.specie.symbol for site in structure]
    lacking = sorted(set(symbols) - set(CovalentRadius.radius))
    if lacking:
        raise ValueError(f"no covalent radius is known of {', '.join(lacking)}")
    return np.array([CovalentRadius.radius[symbol] for symbol in symbols])


def nearest_first(
    structure: Structure, radius: float, enough: Callable[[NDArray[Any], NDArray[Any]], bool]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return the pairs of sites within a radius that is widened until it is `enough`.

    Args:
        structure: One crystal.
        radius: To begin with, in angstrom.
        enough: Told the centre of every pair and its distance.

    Returns:
        Centres, neighbours, cells of the neighbours (pairs x 3) and distances in angstrom,
        sorted by centre, then distance.

    Raises:
        ValueError: 60 angstrom are not enough.
    """
    while radius < 60.0:
        centers, others, images, distances = structure.get_neighbor_list(radius)
        if enough(centers, distances):
            order = np.lexsort((distances, centers))
            return centers[order], others[order], images[order], distances[order]
        radius *= 1.4
    raise ValueError("some site has no neighbours within 60 angstrom")
