"""Generated compositions: valid by SMACT, near to known chemistry, within their limits."""

import warnings
from collections import Counter

import pytest
from pydantic import ValidationError
from pymatgen.core.composition import Composition

from loop.core.candidate import Material
from loop.core.charge_balance import is_balanced
from loop.errors import ConfigError, DataError, ModelError
from loop.generate.element_substitution import ElementSubstitution, ElementSubstitutionConfig
from loop.space.chemistry import canonical_key
from loop.testing.generator_contract import GeneratorContract

PARENTS = ("SrTiO3", "GaAs", "LiFePO4", "Bi2Te3", "NaCl", "Fe2O3", "CuZn")
EXAMPLES = (
    *PARENTS, "BaZrO3", "CaSnO3", "KTaO3", "LaAlO3", "InSb", "AlP", "ZnSe", "CdTe", "LiMnPO4",
    "Sb2Se3", "KBr", "RbI", "CsF", "Cr2O3", "V2O5", "MgO", "BeO", "Si3N4", "PbS", "Cu2S",
)  # fmt: skip
ONLY = {"replace": 0, "replace_two": 0, "rebalance": 0, "mix": 0, "shift": 0}


def taught(examples=EXAMPLES, **settings):
    config = ElementSubstitutionConfig.model_validate(settings)
    return ElementSubstitution(config).teach(examples)


def amounts(formula):
    return {s: round(n) for s, n in Composition(formula).get_el_amt_dict().items()}


class TestContract(GeneratorContract):
    least_made = 0.4

    def generator(self):
        return ElementSubstitution(ElementSubstitutionConfig())

    def examples(self):
        return EXAMPLES

    def parents(self):
        return PARENTS

    def canonical(self, structure):
        return canonical_key(Material.COMPOSITION, structure)

    def unreadable(self):
        return ("Xx2O3", "no formula", "Ba(TiO3")


class TestContractOfChargelessDoping(TestContract):
    def generator(self):
        moves = ONLY | {"mix": 1, "shift": 1}
        return ElementSubstitution(ElementSubstitutionConfig(neutral=False, moves=moves))


def test_everything_generated_is_valid_by_smact():
    made = taught().propose(PARENTS, 4000, 0)
    distinct = sorted(set(made.structures))
    assert len(distinct) > 400
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        screening = pytest.importorskip("smact.screening", reason="needs smact")
        assert [f for f in distinct if not screening.smact_validity(f)] == []


def test_like_elements_replace_each_other_more_often_than_unlike_ones():
    elements = ("Be", "Mg", "Ca", "Sr", "Ba", "Ti", "Zr", "O", "S", "Cl", "F")
    made = taught(elements=elements, moves=ONLY | {"replace": 1}).propose(["SrTiO3"], 6000, 0)
    came = Counter(made.structures)
    assert came["BaTiO3"] > 3 * came["MgTiO3"] > 0
    assert came["CaTiO3"] > 3 * came["MgTiO3"]
    assert came["MgTiO3"] > came["TiBeO3"]
    assert came["SrZrO3"] > 100
    assert made.notes[made.structures.index("BaTiO3")] == "Ba2+ for Sr2+"


def test_a_higher_temperature_is_bolder():
    elements = ("Be", "Mg", "Ca", "Sr", "Ba", "Ti", "O")
    shares = []
    for temperature in (0.7, 1.5, 10.0):
        g = taught(elements=elements, temperature=temperature, moves=ONLY | {"replace": 1})
        came = Counter(g.propose(["SrTiO3"], 4000, 0).structures)
        shares.append(came["MgTiO3"] / came["BaTiO3"])
    assert shares[0] < shares[1] < shares[2]


def test_amounts_make_up_for_another_charge():
    g = taught(elements=("La", "Sr", "Ti", "O", "Fe"), moves=ONLY | {"rebalance": 1})
    assert "FeO" in g.propose(["Fe2O3"], 200, 0).structures
    perovskites = g.propose(["SrTiO3"], 400, 0).structures
    assert "La2Ti2O7" in perovskites
    assert all(is_balanced(amounts(f)) for f in perovskites)


def test_pairs_of_ions_replace_pairs():
    # From III-V to II-VI takes two elements of other charges at once.
    g = taught(elements=("Zn", "Cd", "Se", "Te", "Ga", "As"), moves=ONLY | {"replace_two": 1})
    assert {"ZnSe", "CdTe", "CdSe", "ZnTe"} <= set(g.propose(["GaAs"], 500, 0).structures)


def test_shifts_keep_the_sum_and_the_bounds():
    g = taught(
        examples=("Bi3Sb7Te15",),
        elements=("Bi", "Sb", "Te"),
        moves=ONLY | {"shift": 1},
        bounds={"Bi": (0.1, 0.25)},
        max_atoms=100,
        shift=0.2,
    )
    made = g.propose(["Bi3Sb7Te15"], 500, 0)
    assert made.failures["Bi out of bounds"] > 0
    # Tellurium has no partner of its charge, and is never chosen.
    assert set(made.failures) <= {"Bi out of bounds", "nothing changed"}
    fractions = [Composition(f).fractional_composition.get_el_amt_dict() for f in made.structures]
    assert len(set(made.structures)) > 8
    for x in fractions:
        assert x["Te"] == pytest.approx(0.6)
        assert x["Bi"] + x["Sb"] == pytest.approx(0.4)
        assert 0.1 <= x["Bi"] <= 0.25
        assert abs(x["Bi"] - 0.12) <= 0.2


def test_alloys_move_on_the_simplex_without_charges():
    g = taught(
        examples=("Bi2Te3", "PbTe", "Na"),
        neutral=False,
        moves=ONLY | {"mix": 1, "shift": 1},
        max_atoms=100,
    )
    made = g.propose(["Bi0.4Te0.6", "PbTe"], 400, 0)
    # Sodium in lead telluride is a known dopant, and common charges do not balance it.
    doped = [amounts(f) for f in made.structures if {"Na", "Pb", "Te"} == amounts(f).keys()]
    assert any(not is_balanced(a, least_share=0.01) for a in doped)
    for f in made.structures:
        total = sum(amounts(f).values())
        assert total <= 100
        assert min(amounts(f).values()) >= 1


def test_moves_that_a_parent_rules_out_are_not_tried():
    g = taught(moves=ONLY | {"shift": 1})
    assert dict(g.propose(["NaCl"], 20, 0).failures) == {"no wanted move is possible": 20}
    both = taught(moves=ONLY | {"shift": 1, "replace": 1}).propose(["NaCl"], 200, 0)
    assert all(" for " in note and "0." not in note for note in both.notes)


def test_limits_hold():
    made = taught(max_elements=3, max_atoms=9).propose(PARENTS, 2000, 0)
    assert all(len(amounts(f)) <= 3 and sum(amounts(f).values()) <= 9 for f in made.structures)
    assert made.failures["more than 3 elements"] > 0


def test_unknown_elements_and_settings_are_refused():
    with pytest.raises(ConfigError, match="Xx"):
        taught(elements=("Ba", "Xx"))
    with pytest.raises(ConfigError, match="He"):
        taught(elements=("Ba", "He"))
    with pytest.raises(ModelError, match="two or more are needed"):
        taught(examples=("Si",))
    with pytest.raises(ModelError, match="number 2"):
        taught(examples=("NaCl", "Qq3"))
    with pytest.raises(ValidationError, match="at least one move"):
        taught(moves=ONLY)
    with pytest.raises(ValidationError, match="0 <= least <= largest <= 1"):
        taught(bounds={"Bi": (0.5, 0.1)})
    with pytest.raises(DataError, match="depart from"):
        taught(examples=(), elements=("Na", "Cl")).propose([], 10, 0)
