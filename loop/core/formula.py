"""Chemical formulas to amounts of elements.

Read are element symbols with whole or fractional amounts (`Fe2O3`, `Bi0.4 Te0.6`, subscripts
too), brackets of any kind with a factor (`Ba(Fe0.5Nb0.5)O3`), and parts joined by a centred dot
or an asterisk, with a leading factor (`CuSO4·5H2O`). D and T are hydrogen. Charges are not read.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from loop.core.element_symbols import SYMBOLS

_SYMBOLS: Final = frozenset(SYMBOLS)
_ISOTOPES: Final = {"D": "H", "T": "H"}
# Possessive throughout: a long text that is no formula must fail in one pass.
_DECIMAL: Final = r"(?:\d++\.?+\d*+|\.\d++)"
_NUMBER: Final = rf"{_DECIMAL}(?:e[-+]?\d++)?+"
_PLAIN: Final = re.compile(rf"([A-Z][a-z]?+)\s*+({_DECIMAL}?+)\s*+")
_PLAIN_FORMULA: Final = re.compile(rf"(?:[A-Z][a-z]?+\s*+{_DECIMAL}?+\s*+)++")
_TOKEN: Final = re.compile(rf"\s*(?:([A-Z][a-z]?)|([(\[{{])|([)\]}}]))\s*({_NUMBER})?\s*")
_FACTOR: Final = re.compile(rf"\s*({_NUMBER})?")
_JOINED: Final = re.compile("[·•∙⋅*]")
_DOTTED_WATER: Final = re.compile(r"\.\d*\s*\(?H2O\)?$")
_CLOSES: Final = {"(": ")", "[": "]", "{": "}"}
_SUBSCRIPTS: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_FINEST: Final = 1e-4
_WANTED: Final = "write element symbols with amounts, such as Fe2O3, Ba(Fe0.5Nb0.5)O3 or CuSO4·5H2O"

Amounts = dict[str, float]


class UnknownElementError(ValueError):
    """A formula names elements that do not exist.

    Attributes:
        symbols: What stands in their place.
    """

    def __init__(self, symbols: Sequence[str], text: str) -> None:
        super().__init__(f"unknown element {', '.join(symbols)} in {text!r}; {_WANTED}")
        self.symbols = tuple(symbols)


def read_formula(text: str) -> Amounts:
    """Return the amounts that a formula states, as written; elements of amount 0 are left out.

    Raises:
        UnknownElementError: a symbol is none of an element.
        ValueError: it cannot be read, or holds nothing; the message quotes it and says what was
            expected.
    """
    amounts = _read_plain(text) if _PLAIN_FORMULA.fullmatch(text) else _read_any(text)
    if not all(map(_SYMBOLS.__contains__, amounts)):
        amounts = _known(amounts, text)
    total = sum(amounts.values())
    if not (0.0 < total < math.inf):
        raise ValueError(f"no element with a positive, finite amount in {text!r}; {_WANTED}")
    if 0.0 in amounts.values():
        return {symbol: amount for symbol, amount in amounts.items() if amount > 0.0}
    return amounts


def whole_amounts(amounts: Mapping[str, float]) -> dict[str, int]:
    """Return the smallest whole amounts: two Bi and three Te of Bi0.4Te0.6.

    Amounts are multiples of the largest common divisor that Euclid's algorithm finds before a
    remainder falls below 1e-4, as pymatgen's smallest whole formula has them.

    Args:
        amounts: Positive amounts by element, at least one.
    """
    common, *others = amounts.values()
    for other in others:
        divisor, remainder = common, other
        while remainder > _FINEST:
            divisor, remainder = remainder, divisor % remainder
        common = divisor
    whole = {symbol: round(amount / common) for symbol, amount in amounts.items()}
    # A trace below that divisor rounds to nothing.
    return reduced({symbol: amount for symbol, amount in whole.items() if amount})


def reduced(amounts: Mapping[str, int]) -> dict[str, int]:
    """Return whole amounts without their common factor."""
    common = math.gcd(*amounts.values())
    return {symbol: amount // common for symbol, amount in amounts.items()}


def _read_plain(text: str) -> Amounts:
    if _DOTTED_WATER.search(text):
        _refuse_dotted_water(text)
    amounts: Amounts = {}
    for symbol, number in _PLAIN.findall(text):
        amount = float(number) if number else 1.0
        amounts[symbol] = amounts[symbol] + amount if symbol in amounts else amount
    return amounts


def _read_any(text: str) -> Amounts:
    amounts: Amounts = {}
    start = 0
    plain = text.translate(_SUBSCRIPTS)
    for part in _JOINED.split(plain):
        found = _FACTOR.match(part)
        factor = found[1] if found else None
        body = part[found.end() :] if found else part
        if _DOTTED_WATER.search(body):
            _refuse_dotted_water(text)
        shift = start + len(part) - len(body)
        _add(amounts, _read_part(body, text, shift), float(factor) if factor else 1.0)
        start += len(part) + 1
    return amounts


def _read_part(part: str, text: str, shift: int) -> Amounts:
    """Read one part without dots; `text` and `shift` are for the message."""
    stack: list[tuple[str, Amounts]] = [("", {})]
    at = 0
    while at < len(part) or at == 0:
        token = _TOKEN.match(part, at)
        if token is None:
            _refuse(text, shift + at)
        symbol, opening, closing, number = token.groups()
        if opening:
            if number:
                _refuse(text, shift + token.start(4))
            stack.append((opening, {}))
        elif closing:
            opened, inside = stack.pop()
            if _CLOSES.get(opened) != closing:
                _refuse(text, shift + token.start(3))
            _add(stack[-1][1], inside, float(number) if number else 1.0)
        else:
            _add(stack[-1][1], {symbol: 1.0}, float(number) if number else 1.0)
        at = token.end()
    if len(stack) > 1:
        raise ValueError(f"cannot read {text!r} as a formula: a bracket stays open; {_WANTED}")
    return stack[0][1]


def _add(amounts: Amounts, more: Amounts, factor: float) -> None:
    for symbol, amount in more.items():
        amounts[symbol] = amounts.get(symbol, 0.0) + amount * factor


def _known(amounts: Amounts, text: str) -> Amounts:
    known: Amounts = {}
    for symbol, amount in amounts.items():
        _add(known, {_ISOTOPES.get(symbol, symbol): amount}, 1.0)
    unknown = [symbol for symbol in known if symbol not in _SYMBOLS]
    if unknown:
        raise UnknownElementError(unknown, text)
    return known


def _refuse(text: str, at: int) -> NoReturn:
    here = f"{text[at]!r} at character {at + 1}" if at < len(text) else "its end"
    raise ValueError(f"cannot read {text!r} as a formula: stuck at {here}; {_WANTED}")


def _refuse_dotted_water(text: str) -> NoReturn:
    raise ValueError(
        f"{text!r} can be read in two ways: write the water of a hydrate after a centred dot, as "
        "in CuSO4·5H2O, or name hydrogen and oxygen once with their amounts"
    )
