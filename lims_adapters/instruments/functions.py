"""Values computed from a trace: each a textbook construction, with its window declared.

Glass transition and onset follow ISO 11357-1/-2 (half-step height, extrapolated onset); the
tangent is fitted over a few points, because the derivative of a measured curve is mostly noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lims_adapters.instruments.curve import Trace
from loop.errors import DataError

FunctionName = Literal[
    "peak-position",
    "peak-height",
    "integral",
    "slope",
    "value-at",
    "onset",
    "glass-transition",
]
Window = tuple[float, float]
Line = tuple[float, float]


@dataclass(frozen=True)
class Parameters:
    """How a function is to look at a trace.

    Attributes:
        window: Lowest and highest x that count.
        baseline: Windows of x over whose points the baseline is fitted: none, or one or two for
            peaks and integrals (one line over all of them), one for an onset, two for a glass
            transition (a line each, before and after).
        at: The x of `value-at`.
        up: Whether a peak or step points to larger y.
        points: Points over which a tangent is fitted, odd.
    """

    window: Window
    baseline: tuple[Window, ...] = ()
    at: float = 0.0
    up: bool = True
    points: int = 5


def peak_position(trace: Trace, how: Parameters) -> float:
    """Return the x of the extremum over the baseline, by a parabola through its three points."""
    return _vertex(trace, how)[0]


def peak_height(trace: Trace, how: Parameters) -> float:
    """Return the extremum's y over the baseline; negative for a peak that points down."""
    return _vertex(trace, how)[1]


def integral(trace: Trace, how: Parameters) -> float:
    """Return the area between curve and baseline over the window, by the trapezoid rule."""
    low, high = how.window
    inside = (trace.x > low) & (trace.x < high)
    x = np.concatenate([[low], trace.x[inside], [high]])
    y = np.interp(x, trace.x, trace.y) - _baseline(trace, how, x)
    return float(np.trapezoid(y, x))


def slope(trace: Trace, how: Parameters) -> float:
    """Return the slope of the straight line through the points of the window."""
    return _fitted(trace, (how.window,))[0]


def value_at(trace: Trace, how: Parameters) -> float:
    """Return y at one x, between the two points beside it."""
    return float(np.interp(how.at, trace.x, trace.y))


def onset(trace: Trace, how: Parameters) -> float:
    """Return where the steepest tangent in the window meets the extrapolated baseline.

    Before a peak, the window ends at the peak: the steepest place of the leading edge is meant.
    """
    tangent = _steepest(trace, how)
    base = _fitted(trace, how.baseline)
    return _inside(_crossing(tangent, base), how.window, "tangent and baseline meet")


def glass_transition(trace: Trace, how: Parameters) -> float:
    """Return where the curve crosses the line half-way between the baselines before and after."""
    before, after = (_fitted(trace, (window,)) for window in how.baseline)
    x, y = _within(trace, how.window)
    middle = 0.5 * (before[0] + after[0]) * x + 0.5 * (before[1] + after[1])
    above = y - middle
    turns = np.flatnonzero(np.sign(above[:-1]) * np.sign(above[1:]) < 0)
    exact = np.flatnonzero(above == 0)
    if len(turns) + len(exact) != 1:
        raise DataError(
            f"the curve crosses half height {len(turns) + len(exact)} times in the window; "
            "expected once"
        )
    if len(exact):
        return float(x[exact[0]])
    i = int(turns[0])
    return float(x[i] + (x[i + 1] - x[i]) * above[i] / (above[i] - above[i + 1]))


FUNCTIONS: Final[dict[FunctionName, Callable[[Trace, Parameters], float]]] = {
    "peak-position": peak_position,
    "peak-height": peak_height,
    "integral": integral,
    "slope": slope,
    "value-at": value_at,
    "onset": onset,
    "glass-transition": glass_transition,
}


def compute(name: FunctionName, trace: Trace, how: Parameters) -> float:
    """Return the value of a function on a trace.

    Raises:
        DataError: the trace does not reach over the windows, or does not show what is looked for.
    """
    low, high = float(trace.x[0]), float(trace.x[-1])
    for left, right in (how.window, *how.baseline):
        if left < low or right > high:
            raise DataError(
                f"the curve reaches from {low:g} to {high:g}; expected it to reach over the "
                f"window {left:g} to {right:g}"
            )
    return FUNCTIONS[name](trace, how)


def _within(trace: Trace, window: Window) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    inside = (trace.x >= window[0]) & (trace.x <= window[1])
    if inside.sum() < _FEWEST:
        raise DataError(
            f"{int(inside.sum())} points between {window[0]:g} and {window[1]:g}; "
            f"expected {_FEWEST} at least"
        )
    return trace.x[inside], trace.y[inside]


_FEWEST: Final = 3


def _vertex(trace: Trace, how: Parameters) -> tuple[float, float]:
    x, y = _within(trace, how.window)
    y = y - _baseline(trace, how, x)
    i = int(np.argmax(y if how.up else -y))
    if i in {0, len(x) - 1}:
        raise DataError(
            f"the extremum lies at the end of the window, at {x[i]:g}; expected a peak inside"
        )
    # Around the middle point, so that large x (wave numbers, seconds) lose no digits.
    a, b, c = np.polyfit(x[i - 1 : i + 2] - x[i], y[i - 1 : i + 2], 2)
    if a == 0:
        return float(x[i]), float(y[i])
    shift = -b / (2 * a)
    return float(x[i] + shift), float(c - b * b / (4 * a))


def _fitted(trace: Trace, windows: tuple[Window, ...]) -> Line:
    """Return slope and offset of the line through the points of the windows."""
    parts = [_within(trace, window) for window in windows]
    x = np.concatenate([part[0] for part in parts])
    y = np.concatenate([part[1] for part in parts])
    centre = float(x.mean())
    found, offset = np.polyfit(x - centre, y, 1)
    return float(found), float(offset - found * centre)


def _baseline(trace: Trace, how: Parameters, x: NDArray[np.float64]) -> NDArray[np.float64] | float:
    if not how.baseline:
        return 0.0
    slope_, offset = _fitted(trace, how.baseline)
    return slope_ * x + offset


def _steepest(trace: Trace, how: Parameters) -> Line:
    x, y = _within(trace, how.window)
    if len(x) < how.points:
        raise DataError(f"{len(x)} points in the window; a tangent needs {how.points}")
    tangents: list[Line] = []
    for start in range(len(x) - how.points + 1):
        part = slice(start, start + how.points)
        centre = float(x[part].mean())
        found, offset = np.polyfit(x[part] - centre, y[part], 1)
        tangents.append((float(found), float(offset - found * centre)))
    return max(tangents, key=lambda line: line[0] if how.up else -line[0])


def _crossing(first: Line, second: Line) -> float:
    if first[0] == second[0]:
        raise DataError("the tangent runs along the baseline; expected a step or a peak")
    return (second[1] - first[1]) / (first[0] - second[0])


def _inside(x: float, window: Window, what: str) -> float:
    if not window[0] <= x <= window[1]:
        raise DataError(f"{what} at {x:g}; expected between {window[0]:g} and {window[1]:g}")
    return x
