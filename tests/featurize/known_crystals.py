"""Textbook crystals, built from their space groups."""

from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

ROCK_SALT = Structure.from_spacegroup(
    "Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)
SIMPLE_CUBIC = Structure(Lattice.cubic(3.35), ["Po"], [[0, 0, 0]])
COPPER = Structure.from_spacegroup("Fm-3m", Lattice.cubic(3.615), ["Cu"], [[0, 0, 0]])
IRON = Structure.from_spacegroup("Im-3m", Lattice.cubic(2.866), ["Fe"], [[0, 0, 0]])
DIAMOND = Structure.from_spacegroup("Fd-3m", Lattice.cubic(3.567), ["C"], [[0, 0, 0]])
SILICON = Structure.from_spacegroup("Fd-3m", Lattice.cubic(5.431), ["Si"], [[0, 0, 0]])
GALLIUM_ARSENIDE = Structure.from_spacegroup(
    "F-43m", Lattice.cubic(5.653), ["Ga", "As"], [[0, 0, 0], [0.25, 0.25, 0.25]]
)
CAESIUM_CHLORIDE = Structure.from_spacegroup(
    "Pm-3m", Lattice.cubic(4.123), ["Cs", "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]]
)
RUTILE = Structure.from_spacegroup(
    "P4_2/mnm", Lattice.tetragonal(4.594, 2.959), ["Ti", "O"], [[0, 0, 0], [0.3053, 0.3053, 0]]
)
PEROVSKITE = Structure.from_spacegroup(
    "Pm-3m", Lattice.cubic(3.905), ["Sr", "Ti", "O"],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]],
)  # fmt: skip
MAGNESIUM = Structure.from_spacegroup(
    "P6_3/mmc", Lattice.hexagonal(3.209, 5.211), ["Mg"], [[1 / 3, 2 / 3, 0.25]]
)
QUARTZ = Structure.from_spacegroup(
    "P3_221", Lattice.hexagonal(4.913, 5.405), ["Si", "O"],
    [[0.4697, 0, 2 / 3], [0.4135, 0.2669, 0.7858]],
)  # fmt: skip

ALL = {
    "rock salt": ROCK_SALT, "simple cubic": SIMPLE_CUBIC, "copper": COPPER, "iron": IRON,
    "diamond": DIAMOND, "silicon": SILICON, "gallium arsenide": GALLIUM_ARSENIDE,
    "caesium chloride": CAESIUM_CHLORIDE, "rutile": RUTILE, "perovskite": PEROVSKITE,
    "magnesium": MAGNESIUM, "quartz": QUARTZ,
}  # fmt: skip
