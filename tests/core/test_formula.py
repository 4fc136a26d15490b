import math
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition

from loop.core.element_symbols import SYMBOLS
from loop.core.formula import read_formula, whole_amounts
from loop.featurize.compositions import parse_composition

symbols = st.sampled_from(SYMBOLS)
amounts = st.one_of(
    st.just(""),
    st.integers(0, 40).map(str),
    st.decimals(0, 30, places=3).map(str),
)
plain = st.lists(st.tuples(symbols, amounts).map("".join), min_size=1, max_size=6)


@st.composite
def formulas(draw):
    outer = draw(plain)
    inner = "".join(draw(plain))
    bracketed = draw(st.sampled_from([f"({inner})", f"[{inner}]", f"({inner}){{0}}", ""]))
    outer.insert(
        draw(st.integers(0, len(outer))), bracketed.replace("{0}", str(draw(st.integers(1, 9))))
    )
    return draw(st.sampled_from(["", " "])).join(outer).strip()


@given(formulas())
@settings(max_examples=300, deadline=None)
def test_amounts_are_those_of_pymatgen(formula):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = {k: v for k, v in Composition(formula).get_el_amt_dict().items() if v > 0}
    if reference:
        assert read_formula(formula) == pytest.approx(reference, rel=1e-12)
    else:
        with pytest.raises(ValueError, match="no element with a positive"):
            read_formula(formula)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fe0.5O1.5", {"Fe": 0.5, "O": 1.5}),
        ("Bi0.4 Te0.6", {"Bi": 0.4, "Te": 0.6}),
        ("Fe.5 O", {"Fe": 0.5, "O": 1.0}),
        ("Fe 2 O 3", {"Fe": 2.0, "O": 3.0}),
        ("Fe₂O₃", {"Fe": 2.0, "O": 3.0}),
        ("Ba(Fe0.5Nb0.5)O3", {"Ba": 1.0, "Fe": 0.5, "Nb": 0.5, "O": 3.0}),
        ("K4[Fe(CN)6]", {"K": 4.0, "Fe": 1.0, "C": 6.0, "N": 6.0}),
        ("CuSO4·5H2O", {"Cu": 1.0, "S": 1.0, "O": 9.0, "H": 10.0}),
        ("CuSO4*5(H2O)", {"Cu": 1.0, "S": 1.0, "O": 9.0, "H": 10.0}),
        ("Na0.3CoO2·1.3H2O", {"Na": 0.3, "Co": 1.0, "O": 3.3, "H": 2.6}),
        ("D2O", {"H": 2.0, "O": 1.0}),
        ("HDO", {"H": 2.0, "O": 1.0}),
        ("NaN", {"Na": 1.0, "N": 1.0}),
        ("NO", {"N": 1.0, "O": 1.0}),
        ("No", {"No": 1.0}),
        ("CH3CH2OH", {"C": 2.0, "H": 6.0, "O": 1.0}),
        ("La1.9Sr1e-1CuO4", {"La": 1.9, "Sr": 0.1, "Cu": 1.0, "O": 4.0}),
    ],
)
def test_formulas_by_hand(text, expected):
    assert read_formula(text) == pytest.approx(expected)
    assert parse_composition(text, frozenset({"composition"})) == {
        "composition": read_formula(text)
    }


def test_zero_amounts_are_left_out():
    assert read_formula("Fe2O3Cu0") == read_formula("Fe2Cu0.0O3") == read_formula("Fe2O3(CuS)0")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Xx2O", "unknown element Xx in 'Xx2O'"),
        ("Fe2Jo(Zz)2", "unknown element Jo, Zz"),
        ("iron", "stuck at 'i' at character 1"),
        ("Fe2O3?", r"stuck at '\?' at character 6"),
        ("CuO·x", "stuck at 'x' at character 5"),
        ("Fe2+", r"stuck at '\+' at character 4"),
        ("Fe-1", "stuck at '-' at character 3"),
        ("Fe(O", "a bracket stays open"),
        ("Fe)O", r"stuck at '\)' at character 3"),
        ("Fe(O]2", r"stuck at '\]' at character 5"),
        ("", "stuck at its end"),
        ("Fe·", "stuck at its end"),
        ("Cu0", "no element with a positive, finite amount in 'Cu0'"),
        ("Fe" + "9" * 400, "no element with a positive, finite amount"),
        ("CuSO4.5H2O", "can be read in two ways"),
        ("Ca(SO4)0.5H2O", "can be read in two ways"),
    ],
)
def test_what_is_no_formula_is_refused_by_its_text(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        read_formula(text)
    assert repr(text) in str(caught.value)


@given(st.text(alphabet="FeOxC()[]{}0123.·* -+e", max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_positive_amounts_or_a_sentence(text):
    try:
        found = read_formula(text)
    except ValueError as error:
        assert repr(text) in str(error)
    else:
        assert all(amount > 0 for amount in found.values())


def test_a_long_text_that_is_no_formula_fails_at_once():
    start = time.process_time()
    with pytest.raises(ValueError, match="cannot read"):
        read_formula("Bi Te Se Sb " * 2000 + "?")
    assert time.process_time() - start < 1.0


@given(st.dictionaries(symbols, st.integers(1, 60), min_size=1, max_size=5), st.integers(1, 40))
@settings(max_examples=300, deadline=None)
def test_whole_amounts_are_those_of_pymatgen(amounts, parts):
    fractions = {s: n / parts for s, n in amounts.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole, _ = Composition(fractions).get_integer_formula_and_factor()
        reference = Composition(whole)
    # Pymatgen writes the molecules of gases, and some peroxides, twice as large.
    halved = {s: round(n) for s, n in reference.get_el_amt_dict().items()}
    common = math.gcd(*halved.values())
    assert whole_amounts(fractions) == {s: n // common for s, n in halved.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bi0.4Te0.6", {"Bi": 2, "Te": 3}),
        ("Ba(Fe0.5Nb0.5)O3", {"Ba": 2, "Fe": 1, "Nb": 1, "O": 6}),
        ("H2O2", {"H": 1, "O": 1}),
        ("Ni80Fe0.000001", {"Ni": 1}),
        ("La1.9Sr0.1CuO4", {"La": 19, "Sr": 1, "Cu": 10, "O": 40}),
    ],
)
def test_whole_amounts_by_hand(text, expected):
    assert whole_amounts(read_formula(text)) == expected
