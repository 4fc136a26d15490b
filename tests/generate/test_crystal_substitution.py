"""Substituted crystals: the symmetry of their parents, sizes near measured ones, charges."""

import warnings

import pytest
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from loop.errors import ConfigError, DataError, ModelError
from loop.generate.crystal_substitution import CrystalSubstitution, CrystalSubstitutionConfig
from loop.space.crystals import read_crystal, structure_of, symmetry_of
from loop.testing.generator_contract import GeneratorContract
from tests.generate.known_crystals import (
    GAAS,
    KNOWN,
    NACL,
    PEROVSKITE,
    ROCKSALT,
    SRTIO3,
    TIO2,
)

ELEMENTS = (
    "Li", "Na", "K", "Rb", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Ti", "Zr", "Sn", "Mn", "Ta",
    "La", "F", "Cl", "Br", "I", "O", "S", "Se", "N", "P", "As", "Sb",
)  # fmt: skip
REPLACE = {"replace": 1, "replace_two": 0, "exchange": 0}


def taught(**settings):
    config = CrystalSubstitutionConfig.model_validate({"elements": ELEMENTS} | settings)
    return CrystalSubstitution(config).teach(KNOWN)


def group_of(text):
    structure = structure_of(text)
    return symmetry_of(structure, [site.specie.Z for site in structure]).number


def by_formula(made):
    return {
        structure_of(s).composition.reduced_formula: structure_of(s)
        for s in dict.fromkeys(made.structures)
    }


class TestContract(GeneratorContract):
    size = 60
    least_made = 0.3

    def generator(self):
        return CrystalSubstitution(CrystalSubstitutionConfig(elements=ELEMENTS))

    def examples(self):
        return KNOWN

    def parents(self):
        return KNOWN

    def canonical(self, structure):
        return read_crystal(structure).stored

    def unreadable(self):
        return ("NaCl", '{"lattice":[]}', NACL.replace('"Na"', '"Xx"'), NACL[:-30])


@pytest.mark.parametrize(
    ("parent", "number"), [(NACL, 225), (SRTIO3, 221), (TIO2, 136), (GAAS, 216)]
)
def test_the_space_group_is_the_parents(parent, number):
    made = taught().propose([parent], 150, 1)
    assert len(set(made.structures)) > 15
    assert {group_of(text) for text in set(made.structures)} == {number}


def test_every_crystal_is_valid_by_smact():
    made = taught().propose(KNOWN, 600, 2)
    formulas = sorted(
        {structure_of(s).composition.reduced_formula for s in dict.fromkeys(made.structures)}
    )
    assert len(formulas) > 60
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        screening = pytest.importorskip("smact.screening", reason="needs smact")
        assert [f for f in formulas if not screening.smact_validity(f)] == []


def test_rock_salts_made_from_sodium_chloride_have_nearly_their_measured_size():
    found = by_formula(taught().propose([NACL], 3000, 3))
    known = {f: a for f, a in ROCKSALT.items() if f in found}
    assert len(known) >= 14
    for formula, a in known.items():
        edge = (
            (4 * found[formula].volume / found[formula].composition["Cl"]) ** (1 / 3)
            if ("Cl" in formula)
            else (8 * found[formula].volume / len(found[formula])) ** (1 / 3)
        )
        assert edge == pytest.approx(a, rel=0.05), formula


def test_perovskites_made_from_strontium_titanate_have_nearly_their_measured_size():
    made = taught(elements=("K", "Sr", "Ba", "Ti", "Zr", "Ta", "O")).propose([SRTIO3], 1500, 4)
    # Barium on the place of titanium would be another crystal of the same formula.
    found = {frozenset(n.split(", ")): s for n, s in zip(made.notes, made.structures, strict=True)}
    for exchanged, a in PEROVSKITE.items():
        volume = structure_of(found[frozenset(exchanged.split(", "))]).volume
        assert volume ** (1 / 3) == pytest.approx(a, rel=0.04), exchanged


def test_the_way_back_gives_the_parents_cell_again():
    there = by_formula(taught().propose([NACL], 500, 5))["KBr"]
    text = read_crystal(there.to(fmt="poscar")).stored
    back = by_formula(taught().propose([text], 2000, 6))["NaCl"]
    assert back.volume == pytest.approx(structure_of(NACL).volume, rel=1e-4)


def test_places_of_like_charge_are_exchanged():
    made = taught(moves={"replace": 0, "replace_two": 0, "exchange": 1}, neutral=True).propose(
        [SRTIO3], 50, 7
    )
    structure = structure_of(made.structures[0])
    titanium = next(site for site in structure if site.specie.symbol == "Ti")
    neighbours = structure.get_neighbors(titanium, 0.9 * structure.lattice.a)
    # Titanium now has the twelve oxygens that strontium had.
    assert sum(site.specie.symbol == "O" for site, *_ in neighbours) == 12
    assert set(made.structures) == {made.structures[0]}
    salt = taught(moves={"replace": 0, "replace_two": 0, "exchange": 1}).propose([NACL], 9, 0)
    assert dict(salt.failures) == {"a cation and an anion do not change places": 9}


def test_alloys_without_charges_are_sized_by_atomic_radii():
    brass = Structure(Lattice.cubic(2.95), ["Cu", "Zn"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    text = read_crystal(brass.to(fmt="poscar")).stored
    g = CrystalSubstitution(
        CrystalSubstitutionConfig.model_validate(
            {"elements": ("Cu", "Zn", "Ag", "Ni", "Al"), "moves": REPLACE}
        )
    ).teach([text])
    found = by_formula(g.propose([text], 200, 8))
    # AgZn and NiAl of the CsCl type measure 3.156 and 2.887 angstrom (Pearson's handbook).
    assert found["ZnAg"].lattice.a == pytest.approx(3.156, rel=0.05)
    assert {group_of(read_crystal(s.to(fmt="poscar")).stored) for s in found.values()} == {221}


def test_bad_examples_and_settings_are_refused():
    with pytest.raises(ConfigError, match="Qq"):
        taught(elements=("Na", "Qq"))
    with pytest.raises(ModelError, match="number 2"):
        CrystalSubstitution(CrystalSubstitutionConfig()).teach([NACL, "POSCAR of nothing"])
    lone = CrystalSubstitution(CrystalSubstitutionConfig(elements=("Na", "Cl"))).teach([])
    with pytest.raises(DataError, match="depart from"):
        lone.propose([], 5, 0)
    flat = NACL.replace(NACL[NACL.index('"lattice"') :], '"lattice":[[1,0,0],[2,0,0],[0,0,1]]')
    with pytest.raises(DataError, match="number 1"):
        taught().propose([flat + ',"positions":[[0,0,0]]}'], 5, 0)
