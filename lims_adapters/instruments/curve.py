"""One curve as an instrument wrote it, before anything is computed from it."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from loop.core.units import convert, same_dimension
from loop.errors import DataError


@dataclass(frozen=True)
class Curve:
    """A dependent quantity over an independent one, in the file's words and units.

    Attributes:
        x: Shape `(n,)`, as written; rising or falling.
        y: Shape `(n,)`.
        x_unit: As the file writes it; None where it writes none.
        y_unit: The same for `y`.
        sample_texts: What the file says about the sample, by field.
        operator: Who measured, if told.
        instrument: With what, if told.
        measured_at: When, only if told with a time zone.
        place: Where in the file it stood, for messages.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    x_unit: str | None
    y_unit: str | None
    sample_texts: tuple[tuple[str, str], ...] = ()
    operator: str = ""
    instrument: str = ""
    measured_at: datetime | None = None
    place: str = "curve"


@dataclass(frozen=True)
class Trace:
    """A curve in declared units, x rising.

    Attributes:
        x: Shape `(n,)`, strictly rising, in the declared unit.
        y: Shape `(n,)`, in the declared unit.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]


def trace(curve: Curve, x_unit: str, y_unit: str | None) -> Trace:
    """Return the curve in the declared units, sorted by x.

    Args:
        curve: As read.
        x_unit: Declared unit of x; taken as the file's where the file writes none.
        y_unit: The same for y; None leaves y as it is, for functions that give only an x.

    Raises:
        DataError: too short, not finite, x turns back, or a unit of another dimension.
    """
    x = _converted(curve.x, curve.x_unit, x_unit, "x")
    y = curve.y if y_unit is None else _converted(curve.y, curve.y_unit, y_unit, "y")
    if len(x) != len(y) or len(x) < _FEWEST:
        raise DataError(f"{len(x)} x and {len(y)} y; expected as many of both, {_FEWEST} at least")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("a point that is no finite number")
    steps = np.diff(x)
    if (steps < 0).all():
        x, y, steps = x[::-1], y[::-1], -steps[::-1]
    if not (steps > 0).all():
        row = int(np.flatnonzero(steps <= 0)[0]) + 2
        raise DataError(
            f"x turns back or stands still at point {row}; expected a curve that only rises or "
            "only falls in x",
            hint="export one heating or one scan per file",
        )
    return Trace(x, y)


_FEWEST = 3


def _converted(
    values: NDArray[np.float64], written: str | None, declared: str, axis: str
) -> NDArray[np.float64]:
    if written is None or written == declared:
        return values
    if not same_dimension(written, declared):
        raise DataError(
            f"{axis} is written in {written!r}; expected a unit that converts to {declared!r}"
        )
    # Units differ by a factor and an offset, never by more: two points say all.
    zero = convert(0.0, written, declared)
    one = convert(1.0, written, declared)
    return zero + (one - zero) * values
