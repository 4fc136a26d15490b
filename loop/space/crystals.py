"""Crystals of a pool: their texts or files, one stored form, one key for one crystal."""

import hashlib
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import spglib
from numpy.typing import NDArray
from pymatgen.core.lattice import Lattice
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure

from loop.core.crystal_text import CrystalCell, TextFormat, cell_fault, text_format
from loop.space.chain import UnreadableStructureError

_NEIGHBOURS: Final = 40
_RESOLUTION: Final = 0.01
# Distances in angstrom that people type are round, and would lie on the edges of plain rounding.
_OFFSET: Final = 0.2718281828
_TOUCHING: Final = 0.5
_SYMPREC: Final = 0.01
# What pymatgen raises for broken files, by the evidence of its parsers.
_PARSE_ERRORS: Final = (
    ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, ArithmeticError,
    UserWarning,
)  # fmt: skip


@dataclass(frozen=True)
class CrystalRecord:
    """What a pool keeps of a crystal.

    Attributes:
        stored: The crystal as one line of text that needs no file.
        key: Shared by all cells and origins of one crystal, see `read_crystal`.
        label: Reduced formula and space group, as "NaCl (Fm-3m)".
    """

    stored: str
    key: str
    label: str


def crystal_text(cell: str, folder: Path) -> str:
    """Return the text of a table's cell: the cell itself, or the file that it names.

    Raises:
        UnreadableStructureError: there is no such file in the table's folder.
    """
    if not cell.strip():
        raise UnreadableStructureError("the text of a CIF or POSCAR, or the name of such a file")
    if "\n" in cell or cell.lstrip().startswith("{"):
        return cell
    path = (folder / cell).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise UnreadableStructureError(f"a CIF or POSCAR file inside {folder}")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as cause:
        raise UnreadableStructureError(
            f"the name of a CIF or POSCAR file in {folder} ({cause.strerror})"
        ) from cause
    except UnicodeDecodeError as cause:
        raise UnreadableStructureError("a CIF or POSCAR file in UTF-8") from cause


def structure_of(text: str) -> Structure:
    """Return the pymatgen structure of a CIF, a POSCAR or a stored crystal.

    Raises:
        UnreadableStructureError: pymatgen cannot read it, sites are shared or unknown, or atoms
            touch.
    """
    form: TextFormat = "cif"
    try:
        form = text_format(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if form == "stored":
                cell = CrystalCell.load(text)
                return _ordered(Structure(cell.lattice, cell.elements, cell.positions))
            return _ordered(Structure.from_str(text, fmt=form))
    except UnreadableStructureError:
        raise
    except _PARSE_ERRORS as cause:
        reason = " ".join(str(cause).split())[:120]
        what = "crystal in the stored form" if form == "stored" else f"{form.upper()} file"
        raise UnreadableStructureError(f"a {what} that pymatgen reads ({reason})") from cause


def _ordered(structure: Structure) -> Structure:
    for number, site in enumerate(structure, start=1):
        if not site.is_ordered:
            raise UnreadableStructureError(
                f"an ordered crystal; site {number} is shared: {site.species_string}"
            )
        if not isinstance(getattr(site.specie, "element", site.specie), Element):
            raise UnreadableStructureError(
                f"chemical elements; site {number} holds {site.species_string}"
            )
    structure.remove_oxidation_states()
    _check_contacts(structure)
    return structure


def describe_crystal(text: str) -> tuple[str, str, str]:
    """Return reduced formula, space group and standard cell of a crystal, for people.

    Raises:
        UnreadableStructureError: it cannot be read.
    """
    structure = structure_of(text)
    found = symmetry_of(structure, [site.specie.Z for site in structure])
    lattice = Lattice(found.std_lattice)
    lengths = ", ".join(f"{x:.3f}" for x in lattice.abc)
    angles = ", ".join(f"{x:.1f}" for x in lattice.angles)
    return (
        _formula(structure),
        f"{found.international} (no. {found.number})",
        f"{lengths} Å; {angles}°",
    )


def read_crystal(text: str) -> CrystalRecord:
    """Return what a pool keeps of a crystal.

    The key is a digest of the space group and of the distances from every kind of site to its
    40 nearest neighbours, sorted, with their elements, in the idealised standard cell. The
    distances are invariants of the crystal, so origin, cell and order of sites do not matter;
    different crystals agree in them only in contrived cases.

    It is a match of numbers, not of prototypes: the same crystal relaxed twice, or written with
    so few digits that distances differ by more than some 1e-5 angstrom, has two keys. Mirror
    images share a key unless their space groups differ (as P3_121 and P3_221). Symmetry is found
    within 0.01 angstrom.

    Raises:
        UnreadableStructureError: it cannot be read, see `structure_of`.

    Source:
        Widdowson, Mosca, Pulido, Kurlin & Cooper, "Average minimum distances of periodic point
        sets", MATCH 87, 529 (2022); here one row per site, with elements, as in Widdowson &
        Kurlin, "Resolving the data ambiguity for periodic crystals", NeurIPS (2022).
    """
    structure = structure_of(text)
    symbols = sorted({site.specie.symbol for site in structure})
    kinds = [symbols.index(site.specie.symbol) for site in structure]
    found = symmetry_of(structure, kinds)
    standard = Structure(
        found.std_lattice, [symbols[k] for k in found.std_types], found.std_positions
    )
    formula = _formula(structure)
    content = f"{formula}\n{found.number}\n{_fingerprint(standard, found.std_types)}"
    stored = CrystalCell(
        structure.lattice.matrix.tolist(),
        [site.specie.symbol for site in structure],
        structure.frac_coords.tolist(),
    ).dump()
    key = hashlib.sha256(content.encode()).hexdigest()
    return CrystalRecord(stored, f"{formula} {key[:32]}", f"{formula} ({found.international})")


def _formula(structure: Structure) -> str:
    with warnings.catch_warnings():
        # pymatgen sorts by electronegativity, and says that noble gases have none.
        warnings.simplefilter("ignore", UserWarning)
        return str(structure.composition.reduced_formula)


def symmetry_of(structure: Structure, kinds: list[int]) -> Any:
    """Return spglib's symmetry of a structure, one kind number per site.

    Raises:
        UnreadableStructureError: spglib finds none.
    """
    cell: Any = (structure.lattice.matrix, structure.frac_coords, kinds)
    with warnings.catch_warnings():
        # spglib announces that it will raise where it returns None; both are met here.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            found = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC)
        except spglib.error.SpglibError:
            found = None
    if found is None:
        raise UnreadableStructureError("a crystal whose symmetry spglib finds")
    return found


def _check_contacts(structure: Structure) -> None:
    fault = cell_fault(structure.lattice.matrix, structure.frac_coords)
    if fault:
        raise UnreadableStructureError(f"the cell of a crystal ({fault})")
    centers, others, _, distances = structure.get_neighbor_list(_TOUCHING, exclude_self=True)
    if len(centers):
        i, j = int(centers[0]) + 1, int(others[0]) + 1
        raise UnreadableStructureError(
            f"atoms at least {_TOUCHING} angstrom apart; sites {i} and {j} are "
            f"{distances[0]:.2f} apart"
        )


def _fingerprint(structure: Structure, kinds: NDArray[Any]) -> str:
    rows: dict[str, int] = {}
    centers, others, distances = _near(structure)
    # Whole numbers of 0.01 angstrom; equal distances are then sorted by element.
    steps = np.floor(distances / _RESOLUTION + _OFFSET).astype(np.int64)
    order = np.lexsort((kinds[others], steps, centers))
    starts = np.searchsorted(centers[order], np.arange(len(structure)))
    for site, start in enumerate(starts):
        nearest = order[start : start + _NEIGHBOURS]
        pairs = zip(steps[nearest].tolist(), kinds[others[nearest]].tolist(), strict=True)
        row = f"{kinds[site]}:" + " ".join(f"{step}.{kind}" for step, kind in pairs)
        rows[row] = rows.get(row, 0) + 1
    shared = math.gcd(*rows.values())
    return "\n".join(f"{rows[row] // shared} {row}" for row in sorted(rows))


def _near(structure: Structure) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    per_atom = structure.volume / len(structure)
    radius = 1.3 * (3 * _NEIGHBOURS * per_atom / (4 * math.pi)) ** (1 / 3)
    while True:
        centers, others, _, distances = structure.get_neighbor_list(radius)
        # The outermost shell may be cut in half by the noise of its distances.
        inside = centers[distances < radius - 0.1]
        if np.bincount(inside, minlength=len(structure)).min() >= _NEIGHBOURS:
            return centers, others, distances
        radius *= 1.3
