"""Conversion between units, at the door.

pint is imported on first use: the command line must answer `--help` without it.
"""

import re
import tokenize
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from loop.errors import UnitError

if TYPE_CHECKING:
    import pint

_LONGEST: Final = 60
_POWER = re.compile(r"(?<=[A-Za-zµΩ°])\s*(?:\^)?\s*([-−⁻])\s*(\d)")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")
_BARE_POWER = re.compile(r"(?<=[A-Za-zµ])(\d)(?![A-Za-z\d])")
# pint hands the text to Python's tokenizer and asserts on what comes out of it.
_UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, SyntaxError,
    TypeError, ValueError, tokenize.TokenError,
)  # fmt: skip


def _spelled_out(text: str) -> str:
    """Rewrite the ways chemists write units into the one that pint reads."""
    plain = text.strip().replace("·", "*").replace("⋅", "*").replace("μ", "µ")
    plain = _SUPERSCRIPT_RUN.sub(lambda run: "**" + run.group().translate(_SUPERSCRIPTS), plain)
    plain = plain.replace("°C", "degC").replace("℃", "degC").replace("°F", "degF")
    return _BARE_POWER.sub(r"**\1", _POWER.sub(r"**-\2", plain))


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[float]":
    import pint

    return pint.UnitRegistry(preprocessors=[_spelled_out], autoconvert_offset_to_baseunit=True)


@lru_cache(maxsize=512)
def _unit(text: str) -> "pint.Unit":
    import pint

    hint = "write it as pint reads it, for example W/m/K, degC, g/cm**3, percent"
    if len(text) > _LONGEST:
        raise UnitError(
            f"unit {text[:_LONGEST]!r}… is longer than {_LONGEST} characters", hint=hint
        )
    try:
        return _registry().parse_units(_spelled_out(text) or "dimensionless")
    except (pint.errors.PintError, *_UNREADABLE) as cause:
        raise UnitError(f"unit {text!r} is not known", hint=hint) from cause


def check_unit(text: str) -> None:
    """Return nothing if `text` is a unit.

    Raises:
        UnitError: it is not.
    """
    _unit(text)


def same_dimension(first: str, second: str) -> bool:
    """Tell whether values in these two units can be converted into each other.

    Raises:
        UnitError: one of them is no unit.
    """
    return bool(_unit(first).dimensionality == _unit(second).dimensionality)


def convert(value: float, unit: str, target: str) -> float:
    """Return `value`, given in `unit`, in `target`.

    Raises:
        UnitError: a unit is unknown, or the two measure different things.
    """
    if unit == target:
        return value
    if not same_dimension(unit, target):
        raise UnitError(
            f"a value in {unit!r} cannot be converted to {target!r}: they measure different things"
        )
    return float(_registry().Quantity(value, _unit(unit)).to(_unit(target)).magnitude)


def convert_spread(spread: float, unit: str, target: str) -> float:
    """Return a standard deviation, given in `unit`, in `target`.

    An offset between the scales (K and degC) moves values, never differences.

    Raises:
        UnitError: a unit is unknown, or the two measure different things.
    """
    return abs(convert(spread, unit, target) - convert(0.0, unit, target))
