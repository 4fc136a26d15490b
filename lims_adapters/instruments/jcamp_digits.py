"""The number forms of JCAMP-DX: AFFN, PAC, SQZ, DIF and DUP.

As in table 1 of McDonald and Wilks, Appl. Spectrosc. 42, 151 (1988).
"""

import re
from typing import Final

import numpy as np

from loop.errors import DataError

# An exponent has its sign, because a bare E is a digit of the squeezed form.
_NUMBER: Final = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]\d{1,3})?"
_TOKEN = re.compile(
    rf"(?P<plain>{_NUMBER})|(?P<squeezed>[@A-Ia-i]\d*)|(?P<difference>[%J-Rj-r]\d*)"
    r"|(?P<repeat>[S-Zs]\d*)|(?P<gap>[\s,;]+)"
)
_FIRST = re.compile(rf"\s*({_NUMBER})[\s,;]*")
_PAIR = re.compile(rf"\s*({_NUMBER})\s*[,\s]\s*({_NUMBER})\s*(?:;|\s|,|$)")


def _digits() -> dict[str, str]:
    leads = {"@": "0", "%": "0"}
    for number in range(9):
        shown = str(number + 1)
        leads |= {chr(ord("A") + number): shown, chr(ord("a") + number): f"-{shown}"}
        leads |= {chr(ord("J") + number): shown, chr(ord("j") + number): f"-{shown}"}
    return leads | {char: str(n) for n, char in enumerate("STUVWXYZs", start=1)}


_LEAD: Final = _digits()


class _Line:
    """One line of ordinates, after the first abscissa was taken off."""

    def __init__(self, number: int, text: str) -> None:
        self._number, self._text = number, text
        self.values: list[float] = []
        self.ends_in_difference = False

    def decode(self) -> "_Line":
        at, step = 0, 0.0
        while at < len(self._text):
            token = _TOKEN.match(self._text, at)
            if token is None:
                raise DataError(
                    f"line {self._number} of the data: {self._text[at : at + 12]!r}; expected a "
                    "number, packed or plain"
                )
            at = token.end()
            kind, text = token.lastgroup, token.group()
            if kind == "gap":
                continue
            if kind == "plain":
                self._ordinate(float(text))
                continue
            number = float(_LEAD[text[0]] + text[1:])
            if kind == "squeezed":
                self._ordinate(number)
            elif kind == "difference":
                step = number
                self._follow(step, 1, difference=True)
            else:
                self._follow(step, int(number) - 1, difference=self.ends_in_difference)
        return self

    def _ordinate(self, value: float) -> None:
        self.values.append(value)
        self.ends_in_difference = False

    def _follow(self, step: float, times: int, *, difference: bool) -> None:
        if not self.values:
            raise DataError(f"line {self._number} of the data begins with a difference or a repeat")
        self.ends_in_difference = difference
        for _ in range(times):
            self.values.append(self.values[-1] + (step if difference else 0.0))


def ordinates(lines: str, first: float, step: float, x_factor: float) -> np.ndarray:
    """Return the ordinates of a table (X++(Y..Y)), before the factor.

    Args:
        lines: The table.
        first: Abscissa of the first point.
        step: Distance of two points.
        x_factor: What the first number of a line is multiplied by.

    Raises:
        DataError: a line cannot be read, or one of its checks fails.
    """
    found: list[float] = []
    checked = False
    for number, line in enumerate(lines.splitlines(), start=1):
        begun = _FIRST.match(line)
        if begun is None:
            raise DataError(f"line {number} of the data: {line[:12]!r}; expected its first x")
        decoded = _Line(number, line[begun.end() :]).decode()
        values = decoded.values
        if checked and values:
            if values[0] != found[-1]:
                raise DataError(
                    f"line {number} of the data repeats {values[0]:g} for the last ordinate "
                    f"{found[-1]:g}: the file is damaged"
                )
            _check_x(number, float(begun.group(1)), first + step * (len(found) - 1), step, x_factor)
            values = values[1:]
        else:
            _check_x(number, float(begun.group(1)), first + step * len(found), step, x_factor)
        found += values
        checked = decoded.ends_in_difference
    return np.array(found)


def _check_x(number: int, written: float, expected: float, step: float, x_factor: float) -> None:
    # The first number of a line is rounded, to a whole one in the packed forms.
    slack = 0.5 * abs(step) + abs(x_factor)
    if abs(written * x_factor - expected) > slack:
        raise DataError(
            f"line {number} of the data begins at x {written * x_factor:g}; expected "
            f"{expected:g}: points are missing or too many"
        )


def pairs(lines: str) -> tuple[np.ndarray, np.ndarray]:
    """Return abscissas and ordinates of a table (XY..XY), before the factors.

    Raises:
        DataError: something in it is no pair of numbers.
    """
    x, y, at = [], [], 0
    text = lines.strip()
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None:
            raise DataError(f"in the data: {text[at : at + 20]!r}; expected pairs x, y")
        x.append(float(pair.group(1)))
        y.append(float(pair.group(2)))
        at = pair.end()
    return np.array(x), np.array(y)
