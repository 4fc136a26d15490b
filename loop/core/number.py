"""Numbers as chemists write them. What can be read in two ways is refused, never guessed."""

import math
import re
from dataclasses import dataclass
from typing import Final, Literal

from loop.core.result import Qualifier
from loop.errors import DataError

Decimal = Literal["point", "comma"]
_SPACES: Final = "[ \u00a0\u2009\u202f]"
_EXPONENT: Final = r"(?:[eE][+-]?\d{1,3})?"
_PLUS_MINUS = re.compile(r"\s*(?:±|\+\s?/?\s?-)\s*")


def _pattern(mark: str, group: str) -> re.Pattern[str]:
    fraction = rf"(?:{mark}\d*)?"
    plain = rf"\d+{fraction}{_EXPONENT}|{mark}\d+{_EXPONENT}"
    # A lone group ("1,234") could as well be a fraction: groups count only beside the other mark
    # or in pairs, spaces always.
    spaced = rf"\d{{1,3}}(?:{_SPACES}\d{{3}})+{fraction}"
    grouped = rf"\d{{1,3}}(?:{group}\d{{3}})+{mark}\d+|\d{{1,3}}(?:{group}\d{{3}}){{2,}}"
    return re.compile(rf"[+-]?(?:{plain}|{spaced}|{grouped})")


_PATTERNS: Final = {"point": _pattern(r"\.", ","), "comma": _pattern(",", r"\.")}


@dataclass(frozen=True)
class ParsedNumber:
    """A number as it was meant.

    Attributes:
        value: The number.
        qualifier: "<" or ">" for a limit, else "=".
        sd: Standard deviation written beside it ("5.1 ± 0.2").
    """

    value: float
    qualifier: Qualifier = "="
    sd: float | None = None


def parse_number(text: str, decimal: Decimal) -> ParsedNumber:
    """Return the number that `text` stands for.

    Args:
        text: For example "1.5", "1e3", "< 0.1", "512 ± 3", "1 200".
        decimal: The mark this campaign writes before the fraction.

    Raises:
        DataError: it is no number, or can be read in two ways.
    """
    plain = text.strip().replace("\u2212", "-")
    qualifier: Qualifier = "="
    if plain[:1] in {"<", "≤"}:
        qualifier, plain = "<", plain[1:].lstrip("=").strip()
    elif plain[:1] in {">", "≥"}:
        qualifier, plain = ">", plain[1:].lstrip("=").strip()
    parts = _PLUS_MINUS.split(plain)
    if len(parts) > 2 or (len(parts) == 2 and qualifier != "="):
        raise _refused(text, decimal)
    value = _single(parts[0], text, decimal)
    if len(parts) == 1:
        return ParsedNumber(value, qualifier)
    sd = _single(parts[1], text, decimal)
    if sd < 0:
        raise _refused(text, decimal)
    return ParsedNumber(value, qualifier, sd)


def _single(part: str, text: str, decimal: Decimal) -> float:
    if not _PATTERNS[decimal].fullmatch(part):
        raise _refused(text, decimal)
    mark, group = (".", ",") if decimal == "point" else (",", ".")
    digits = re.sub(_SPACES, "", part).replace(group, "").replace(mark, ".")
    value = float(digits)
    if not math.isfinite(value):
        raise _refused(text, decimal)
    return value


def _refused(text: str, decimal: Decimal) -> DataError:
    example = "1.5" if decimal == "point" else "1,5"
    return DataError(
        f"{text!r} is not a number that can be read in one way only",
        hint=f"this campaign writes a decimal {decimal}: {example}, 2e-3, < 0.1, 512 ± 3",
    )
