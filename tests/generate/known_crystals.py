"""Crystals of textbooks, in the stored form of pools."""

from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from loop.space.crystals import read_crystal

# Lattice parameters at room temperature in angstrom: Wyckoff, Crystal Structures, vol. 1 (1963).
ROCKSALT = {
    "LiF": 4.027, "LiCl": 5.130, "LiBr": 5.501, "NaF": 4.620, "NaCl": 5.641, "NaBr": 5.973,
    "NaI": 6.473, "KF": 5.347, "KCl": 6.293, "KBr": 6.600, "KI": 7.066, "RbCl": 6.581,
    "MgO": 4.211, "CaO": 4.811, "SrO": 5.160, "BaO": 5.539,
}  # fmt: skip
# Cubic perovskites, by what distinguishes them from strontium titanate.
PEROVSKITE = {
    "Ba2+ for Sr2+": 4.012,
    "Zr4+ for Ti4+": 4.109,
    "Ba2+ for Sr2+, Zr4+ for Ti4+": 4.192,
    "K+ for Sr2+, Ta5+ for Ti4+": 3.989,
}


def stored(structure):
    return read_crystal(structure.to(fmt="poscar")).stored


def rocksalt(cation, anion, a):
    lattice = Lattice.cubic(a)
    return stored(
        Structure.from_spacegroup("Fm-3m", lattice, [cation, anion], [[0, 0, 0], [0.5, 0.5, 0.5]])
    )


def perovskite(a_site, b_site, anion, a):
    places = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0]]
    lattice = Lattice.cubic(a)
    return stored(Structure.from_spacegroup("Pm-3m", lattice, [a_site, b_site, anion], places))


def rutile(metal, a, c, u):
    lattice = Lattice.tetragonal(a, c)
    places = [[0, 0, 0], [u, u, 0]]
    return stored(Structure.from_spacegroup("P4_2/mnm", lattice, [metal, "O"], places))


def zincblende(cation, anion, a):
    places = [[0, 0, 0], [0.25, 0.25, 0.25]]
    return stored(Structure.from_spacegroup("F-43m", Lattice.cubic(a), [cation, anion], places))


NACL = rocksalt("Na", "Cl", 5.641)
SRTIO3 = perovskite("Sr", "Ti", "O", 3.905)
TIO2 = rutile("Ti", 4.594, 2.959, 0.305)
GAAS = zincblende("Ga", "As", 5.653)
KNOWN = (NACL, SRTIO3, TIO2, GAAS)
