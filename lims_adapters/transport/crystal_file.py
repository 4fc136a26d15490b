"""A crystal for people and their programs: its formula in a cell of a table, its cell as a CIF."""

import math
from collections import Counter
from functools import reduce

import numpy as np

from loop.core.candidate import Candidate, Material
from loop.core.crystal_text import CrystalCell, text_format


def shown_structure(candidate: Candidate) -> str:
    """Return what stands in one cell for a candidate: SMILES, a formula; never stored JSON."""
    if candidate.material is not Material.CRYSTAL:
        return candidate.structure
    cell = _stored(candidate)
    return candidate.structure if cell is None else _formula(cell)


def cif(candidate: Candidate) -> bytes | None:
    """Return a crystal as a CIF without symmetry (core dictionary 2.4), or None if it is none.

    Lengths are in angstrom, angles in degrees.
    """
    if candidate.material is not Material.CRYSTAL:
        return None
    cell = _stored(candidate)
    if cell is None:
        return candidate.structure.encode() if text_format(candidate.structure) == "cif" else None
    lattice = np.asarray(cell.lattice, dtype=np.float64)
    lengths = np.linalg.norm(lattice, axis=1)
    pairs = ((1, 2), (0, 2), (0, 1))
    angles = [_angle(lattice[i], lattice[j]) for i, j in pairs]
    name = "".join(c for c in candidate.candidate_id if c.isascii() and c.isalnum()) or "crystal"
    lines = [
        f"data_{name}",
        *(f"_cell_length_{axis} {length:.8f}" for axis, length in zip("abc", lengths, strict=True)),
        *(
            f"_cell_angle_{axis} {angle:.8f}"
            for axis, angle in zip(("alpha", "beta", "gamma"), angles, strict=True)
        ),
        "_symmetry_space_group_name_H-M 'P 1'",
        "_symmetry_Int_Tables_number 1",
        f"_chemical_formula_sum '{_sum(cell)}'",
        "loop_",
        "_symmetry_equiv_pos_as_xyz",
        "'x, y, z'",
        "loop_",
        "_atom_site_label",
        "_atom_site_type_symbol",
        "_atom_site_fract_x",
        "_atom_site_fract_y",
        "_atom_site_fract_z",
    ]
    for number, (element, place) in enumerate(
        zip(cell.elements, cell.positions, strict=True), start=1
    ):
        x, y, z = place
        lines.append(f"{element}{number} {element} {x:.8f} {y:.8f} {z:.8f}")
    return ("\n".join(lines) + "\n").encode()


def _stored(candidate: Candidate) -> CrystalCell | None:
    if text_format(candidate.structure) != "stored":
        return None
    return CrystalCell.load(candidate.structure)


def _formula(cell: CrystalCell) -> str:
    counts = Counter(cell.elements)
    divisor = reduce(math.gcd, counts.values())
    return "".join(
        f"{element}{count // divisor if count > divisor else ''}"
        for element, count in counts.items()
    )


def _sum(cell: CrystalCell) -> str:
    return " ".join(
        f"{element}{count}" for element, count in sorted(Counter(cell.elements).items())
    )


def _angle(first: np.ndarray, second: np.ndarray) -> float:
    cosine = float(first @ second) / float(np.linalg.norm(first) * np.linalg.norm(second))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
