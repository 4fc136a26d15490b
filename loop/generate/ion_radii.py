"""Radii of ions and atoms, in angstrom, to tell how far apart neighbours sit.

Ions: Shannon's effective ionic radii, at the tabulated coordination nearest to the one in the
crystal, high spin where there is a choice. Where the table lacks an ion (arsenides, silicides, most
metals in odd states): Slater's atomic radii, whose sums meet the bond lengths of ionic, covalent
and metallic crystals alike within some 0.1 angstrom.

Sources: Shannon, Acta Cryst. A32, 751 (1976); Slater, J. Chem. Phys. 41, 3199 (1964); both as
shipped with pymatgen.
"""

import math
from functools import lru_cache
from typing import Final

from pymatgen.core.periodic_table import Element

_ROMAN: Final = {
    "I": 1, "II": 2, "III": 3, "IIIPY": 3, "IV": 4, "IVPY": 4, "IVSQ": 4, "V": 5, "VI": 6,
    "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11, "XII": 12, "XIV": 14,
}  # fmt: skip


@lru_cache(maxsize=4096)
def ion_radius(symbol: str, state: int, coordination: int) -> float | None:
    """Return Shannon's effective ionic radius in angstrom, None if the ion is not tabulated."""
    by_state = Element(symbol).data.get("Shannon radii") or {}
    shells = by_state.get(str(state), {}) if isinstance(by_state, dict) else {}
    if not shells:
        return None
    # The smaller of two equally near coordinations comes first, so that the choice is settled.
    known = sorted(shells, key=lambda shell: (abs(_ROMAN[shell] - coordination), _ROMAN[shell]))
    spins = shells[known[0]]
    spin = "High Spin" if "High Spin" in spins else min(spins)
    radius = float(spins[spin]["ionic_radius"])
    return radius if radius > 0 else None


@lru_cache(maxsize=256)
def atom_radius(symbol: str) -> float | None:
    """Return Slater's atomic radius in angstrom, None if the element has none."""
    radius = Element(symbol).atomic_radius
    return None if radius is None or math.isnan(float(radius)) else float(radius)
