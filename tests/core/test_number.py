"""Numbers as chemists write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.core.number import parse_number
from loop.core.units import check_unit, convert, convert_spread
from loop.errors import DataError, UnitError


@pytest.mark.parametrize(
    ("text", "decimal", "value", "qualifier", "sd"),
    [
        ("1.5", "point", 1.5, "=", None), ("1,5", "comma", 1.5, "=", None),
        ("1e3", "point", 1000, "=", None), ("5.2E-3", "point", 0.0052, "=", None),
        (".01", "point", 0.01, "=", None), ("-3", "point", -3, "=", None),
        ("\u22123", "point", -3, "=", None), ("+3", "point", 3, "=", None),
        ("< 0.1", "point", 0.1, "<", None), (">900", "point", 900, ">", None),
        ("≤5", "point", 5, "<", None), ("512 ± 3", "point", 512, "=", 3),
        ("512 +- 3", "point", 512, "=", 3), ("1 200", "point", 1200, "=", None),
        ("1,234.5", "point", 1234.5, "=", None), ("1.234,5", "comma", 1234.5, "=", None),
        ("1,234,567", "point", 1234567, "=", None),
    ],
)  # fmt: skip
def test_it_is_read_as_meant(text, decimal, value, qualifier, sd):
    parsed = parse_number(text, decimal)
    assert (parsed.value, parsed.qualifier, parsed.sd) == (value, qualifier, sd)


@pytest.mark.parametrize(
    "text",
    ["1,5", "1,234", "", " ", "abc", "nan", "inf", "1e999", "1.2.3", "--1", "< 5 ± 1", "5 ± -1", "12 34"],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(text):
    with pytest.raises(DataError, match="one way only"):
        parse_number(text, "point")


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_round_trip_in_both_conventions(value):
    text = repr(float(value))
    assert parse_number(text, "point").value == value
    assert parse_number(text.replace(".", ","), "comma").value == value


@pytest.mark.parametrize(
    ("value", "unit", "target", "expected"),
    [
        (150, "mW/m/K", "W/m/K", 0.15), (0.15, "W/(m K)", "W m-1 K-1", 0.15),
        (0.15, "W·m⁻¹·K⁻¹", "W/m/K", 0.15), (25, "°C", "K", 298.15), (5, "%", "", 0.05),
        (1.2, "g/cm3", "kg/m^3", 1200), (77, "degF", "degC", 25),
    ],
)  # fmt: skip
def test_units_as_chemists_write_them(value, unit, target, expected):
    assert convert(value, unit, target) == pytest.approx(expected)


def test_a_spread_has_no_offset():
    assert convert_spread(1.8, "degF", "K") == pytest.approx(1.0)


@pytest.mark.parametrize("unit", ["blub", "W/(", "3 +", "1..2", "x" * 80, "__import__('os')"])
def test_what_is_no_unit_is_refused(unit):
    with pytest.raises(UnitError):
        check_unit(unit)


def test_different_dimensions_are_refused():
    with pytest.raises(UnitError, match="different things"):
        convert(1.0, "kg", "K")
