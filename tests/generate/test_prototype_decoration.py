"""Filled structure types: symmetry of the type, charges, plausible sizes, parents' elements."""

import warnings

import pytest

from loop.errors import ModelError
from loop.generate.crystal_places import read_places
from loop.generate.prototype_decoration import PrototypeDecoration, PrototypeDecorationConfig
from loop.generate.prototype_library import prototypes
from loop.generate.tolerance_factor import tolerance_factor
from loop.space.crystals import read_crystal, structure_of, symmetry_of
from loop.testing.generator_contract import GeneratorContract
from tests.generate.known_crystals import GAAS, KNOWN, NACL, SRTIO3

ELEMENTS = (
    "Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Si", "Sn", "Pb", "Ti", "Zr", "V",
    "Mn", "Fe", "Zn", "Cd", "La", "N", "P", "As", "O", "S", "Se", "F", "Cl", "Br", "I",
)  # fmt: skip


def taught(**settings):
    config = PrototypeDecorationConfig.model_validate({"elements": ELEMENTS} | settings)
    return PrototypeDecoration(config).teach([])


def group_of(text):
    structure = structure_of(text)
    return symmetry_of(structure, [site.specie.Z for site in structure]).number


class TestContract(GeneratorContract):
    size = 60
    least_made = 0.3

    def generator(self):
        return PrototypeDecoration(PrototypeDecorationConfig(elements=ELEMENTS))

    def examples(self):
        return KNOWN

    def parents(self):
        return KNOWN

    def canonical(self, structure):
        return read_crystal(structure).stored

    def unreadable(self):
        return ("NaCl", '{"lattice":[]}')


def test_the_types_have_the_space_groups_of_their_labels():
    found = prototypes()
    assert len(found) == 233
    # Three of pymatgen's structures are more symmetric than their labels say, within 0.01 angstrom.
    other = [p.name for p in found if p.space_group != int(p.name.split("_")[2])]
    assert len(other) == 3


@pytest.mark.parametrize("parents", [(), KNOWN], ids=["drawn", "from parents"])
def test_crystals_have_the_symmetry_of_their_type(parents):
    types = {p.name: p for p in prototypes()}
    made = taught().propose(parents, 150, 0)
    assert len(set(made.structures)) > 50
    for text, name in zip(made.structures, made.notes, strict=True):
        assert group_of(text) == types[name].space_group, name


def test_every_crystal_is_valid_by_smact():
    made = taught().propose([], 500, 1)
    formulas = sorted(
        {structure_of(s).composition.reduced_formula for s in dict.fromkeys(made.structures)}
    )
    assert len(formulas) > 100
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        screening = pytest.importorskip("smact.screening", reason="needs smact")
        assert [f for f in formulas if not screening.smact_validity(f)] == []


def test_a_parents_elements_go_into_other_types():
    made = taught().propose([NACL, GAAS], 600, 2)
    groups = {}
    for text, parent, name in zip(made.structures, made.parents, made.notes, strict=True):
        structure = structure_of(text)
        elements = {"Na", "Cl"} if parent == 0 else {"Ga", "As"}
        assert {site.specie.symbol for site in structure} == elements
        groups.setdefault(int(parent), {})[name] = structure
    rock_salt = next(s for name, s in groups[1].items() if "Rock Salt" in name)
    zinc_blende = next(s for name, s in groups[0].items() if "Zincblende" in name)
    # The own type of each parent is left out, and the other's is found.
    assert not any("Rock Salt" in name for name in groups[0])
    assert not any("Zincblende" in name for name in groups[1])
    # Four neighbours take more room than six.
    assert zinc_blende.volume / len(zinc_blende) > structure_of(NACL).volume / 8 > 0
    assert rock_salt.volume / len(rock_salt) < structure_of(GAAS).volume / 8


def test_sizes_are_near_measured_ones_without_any_parent():
    g = taught(elements=("Na", "K", "Mg", "Ca", "Cl", "Br", "O"), max_elements=2, max_sites=8)
    made = g.propose([], 4000, 3)
    sizes = {}
    for text, name in zip(made.structures, made.notes, strict=True):
        if "Rock Salt" in name:
            structure = structure_of(text)
            edge = (8 * structure.volume / len(structure)) ** (1 / 3)
            sizes[structure.composition.reduced_formula] = edge
    measured = {"NaCl": 5.641, "KCl": 6.293, "MgO": 4.211, "CaO": 4.811}
    for formula, a in measured.items():
        assert sizes[formula] == pytest.approx(a, rel=0.03), formula


def test_molecular_types_are_not_blown_up():
    made = taught().propose([NACL], 1500, 4)
    assert made.failures["packed too loosely"] > 0
    volumes = [structure_of(s).volume / len(structure_of(s)) for s in set(made.structures)]
    # Sodium chloride takes 22.4 cubic angstrom per atom.
    assert max(volumes) < 3 * 22.4


@pytest.mark.parametrize(
    ("takes", "factor"),
    [
        # By hand from Shannon's radii: Ca 1.34, Sr 1.44, Ba 1.61, Ti 0.605, Zr 0.72, O 1.40.
        (("Sr", "Ti"), (1.44 + 1.40) / (2**0.5 * (0.605 + 1.40))),
        (("Ba", "Ti"), (1.61 + 1.40) / (2**0.5 * (0.605 + 1.40))),
        (("Ca", "Zr"), (1.34 + 1.40) / (2**0.5 * (0.72 + 1.40))),
    ],
)
def test_tolerance_factors_are_those_by_hand(takes, factor):
    a, b = takes
    crystal = read_places(SRTIO3)
    found = tolerance_factor(crystal, {"Sr": a, "Ti": b, "O": "O"}, {a: 2, b: 4, "O": -2})
    assert found == pytest.approx(factor)


def test_perovskites_keep_to_the_tolerance_factor():
    elements = ("Sr", "Ba", "Ca", "Ti", "Zr", "Mg", "Mn", "O")
    made = taught(elements=elements, max_sites=5, tolerance=(0.97, 1.03)).propose([], 6000, 5)
    cubic = {
        structure_of(text).composition.reduced_formula
        for text, name in zip(made.structures, made.notes, strict=True)
        if "E2_1" in name or "Perovskite" in name
    }
    # Strontium titanate has 1.00, magnesium titanate and barium titanate are out on either side.
    assert "SrTiO3" in cubic
    assert not {"BaTiO3", "MgTiO3", "CaZrO3"} & cubic
    assert made.failures["tolerance factor out of bounds"] > 0


def test_settings_limit_the_types():
    with pytest.raises(ModelError, match="number 1"):
        PrototypeDecoration(PrototypeDecorationConfig()).teach(["NaCl"])
    small = taught(max_sites=4, max_elements=2).propose([], 100, 0)
    assert all(len(structure_of(text)) <= 4 for text in small.structures)
    alone = taught(max_elements=2).propose([SRTIO3], 10, 0)
    assert dict(alone.failures) == {"the parent's elements fit no other prototype": 10}
