"""Charge balance against textbook compounds, an enumeration of all states, and SMACT itself."""

import itertools
import random
import warnings

import pytest

from loop.core.charge_balance import is_alloy, is_balanced, is_neutral, likely_states
from loop.core.oxidation_states import MIXED_VALENCE, element_ions, ion_name

COMMON = [
    "Li", "Na", "K", "Mg", "Ca", "Sr", "Ba", "Al", "Ga", "In", "Si", "Ge", "Sn", "Ti", "Zr", "V",
    "Mn", "Fe", "Zn", "O", "S", "Se", "N", "F", "Cl",
]  # fmt: skip


def random_compositions(n, seed):
    rng = random.Random(seed)
    every = list(element_ions())
    for k in range(n):
        pool = every if k % 3 == 0 else COMMON
        yield {s: rng.randint(1, 6) for s in rng.sample(pool, rng.randint(1, 4))}


def formula(amounts):
    return "".join(f"{symbol}{amount}" for symbol, amount in amounts.items())


def listed(amounts):
    """The same two rules by listing every product of states."""
    ions = [element_ions()[s] for s in amounts]
    if len(ions) == 1 or all(i.metal for i in ions):
        return True
    for states in itertools.product(*(i.states for i in ions)):
        if sum(q * n for q, n in zip(states, amounts.values(), strict=True)):
            continue
        pairs = [(i.electronegativity, q) for i, q in zip(ions, states, strict=True)]
        if any(x is None for x, _ in pairs):
            continue
        cations = [x for x, q in pairs if q > 0]
        anions = [x for x, q in pairs if q < 0]
        if max(cations) < min(anions):
            return True
    return False


@pytest.mark.parametrize(
    ("amounts", "states"),
    [
        ({"Na": 1, "Cl": 1}, {"Na": 1, "Cl": -1}),
        ({"Ba": 1, "Ti": 1, "O": 3}, {"Ba": 2, "Ti": 4, "O": -2}),
        ({"Fe": 2, "O": 3}, {"Fe": 3, "O": -2}),
        ({"Li": 1, "Fe": 1, "P": 1, "O": 4}, {"Li": 1, "Fe": 2, "P": 5, "O": -2}),
        ({"Ga": 1, "As": 1}, {"Ga": 3, "As": -3}),
        ({"Bi": 2, "Te": 3}, {"Bi": 3, "Te": -2}),
        ({"Fe": 1, "S": 2}, {"Fe": 2, "S": -1}),
        ({"Mg": 1, "Al": 2, "O": 4}, {"Mg": 2, "Al": 3, "O": -2}),
    ],
)
def test_textbook_compounds_have_their_textbook_states(amounts, states):
    assert likely_states(amounts) == states
    assert is_balanced(amounts)


@pytest.mark.parametrize("amounts", [{"Na": 1, "Cl": 2}, {"Mg": 1, "Cl": 1}, {"Al": 1, "O": 1}])
def test_wrong_ratios_do_not_balance(amounts):
    assert not is_balanced(amounts)
    assert likely_states(amounts) is None


def test_magnetite_needs_iron_in_two_states():
    magnetite = {"Fe": 3, "O": 4}
    assert not is_balanced(magnetite)
    assert is_balanced(magnetite, mixed_valence=True)
    # Calcium has one common state, so the same ratio of calcium and oxygen stays unbalanced.
    assert not is_balanced({"Ca": 3, "O": 4}, mixed_valence=True, least_share=0.01)


def test_rare_states_can_be_left_out():
    subfluoride = {"Ca": 1, "F": 1}
    assert is_balanced(subfluoride)
    assert not is_balanced(subfluoride, least_share=0.01)
    assert is_balanced({"Ca": 1, "F": 2}, least_share=0.01)


def test_the_order_of_electronegativity_counts():
    assert is_balanced({"Cl": 2, "O": 7})
    reversed_only = next(
        c for c in random_compositions(3000, 5) if is_neutral(c) and not is_balanced(c)
    )
    assert likely_states(reversed_only) is None


def test_alloys_and_elements_need_no_charges():
    assert is_alloy({"Cu": 1, "Zn": 1})
    assert is_alloy({"Si": 1})
    assert not is_alloy({"Ga": 1, "As": 1})
    assert is_balanced({"Cu": 5, "Zn": 8})
    assert not is_balanced({"He": 1, "O": 1})


def test_a_common_factor_changes_nothing_and_large_amounts_are_quick():
    for amounts in random_compositions(200, 1):
        tripled = {s: 3 * n for s, n in amounts.items()}
        assert is_balanced(tripled) == is_balanced(amounts)
    cathode = {"Li": 333, "Ni": 267, "Mn": 33, "Co": 33, "O": 666}
    assert is_balanced(cathode)
    assert not is_balanced(cathode | {"Li": 334}, least_share=0.01)
    assert is_balanced({"Bi": 497, "Sb": 1503, "Te": 2400, "Se": 600})


def test_it_agrees_with_listing_every_state():
    balanced = 0
    for amounts in random_compositions(1500, 2):
        assert is_balanced(amounts) == listed(amounts), formula(amounts)
        balanced += is_balanced(amounts)
    assert 300 < balanced < 1300


def test_the_likeliest_states_are_those_of_the_enumeration():
    for amounts in random_compositions(300, 3):
        found = likely_states(amounts)
        if found is None:
            continue
        ions = element_ions()
        assert sum(found[s] * n for s, n in amounts.items()) == 0
        best = 0.0
        for states in itertools.product(*(ions[s].states for s in amounts)):
            given = dict(zip(amounts, states, strict=True))
            cations = [ions[s].electronegativity for s, q in given.items() if q > 0]
            anions = [ions[s].electronegativity for s, q in given.items() if q < 0]
            if sum(given[s] * n for s, n in amounts.items()) or max(cations) >= min(anions):
                continue
            product = 1.0
            for s, q in given.items():
                product *= ions[s].share(q)
            best = max(best, product)
        mine = 1.0
        for s, q in found.items():
            mine *= ions[s].share(q)
        assert mine == pytest.approx(best)


def test_the_table_and_the_verdicts_are_those_of_smact():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        smact = pytest.importorskip("smact", reason="needs smact")
        from smact.screening import MIXED_VALENCE_ELEMENTS, smact_validity
        from smact.utils.oxidation import ICSD24OxStatesFilter

        table = ICSD24OxStatesFilter().filter(consensus=3, include_zero=False, commonality="low")
        theirs = {
            row["element"]: tuple(sorted(int(q) for q in str(row["oxidation_state"]).split()))
            for _, row in table.iterrows()
        }
        assert {s: i.states for s, i in element_ions().items() if i.states} == theirs
        for symbol, ions in element_ions().items():
            assert smact.Element(symbol).pauling_eneg == ions.electronegativity
            assert (symbol in smact.metals) == ions.metal
        assert MIXED_VALENCE_ELEMENTS == MIXED_VALENCE
        for amounts in random_compositions(2000, 4):
            assert smact_validity(formula(amounts)) == is_balanced(amounts), formula(amounts)


def test_ions_are_written_as_chemists_do():
    assert [ion_name("Ca", 2), ion_name("Na", 1), ion_name("F", -1), ion_name("O", -2)] == [
        "Ca2+", "Na+", "F-", "O2-",
    ]  # fmt: skip
