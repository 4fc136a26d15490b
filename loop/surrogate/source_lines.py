"""How well each source alone, calibrated by a straight line, foresees left-out observations."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.surrogate.store import Array

_RIDGE: Final = 0.5


@dataclass(frozen=True)
class SourceLines:
    """One line per source.

    Attributes:
        lines: Constant and slope, shape `(s, 2)`.
        errors: Leave-one-out errors, shape `(s, n)`.
    """

    lines: Array
    errors: Array

    def ranked(self) -> Array:
        """Return the sources by mean squared left-out error, best first, shape `(s,)`, int."""
        return np.asarray(np.argsort((self.errors**2).mean(axis=1), kind="stable"))


def source_lines(sources: Array, z: Array) -> SourceLines:
    """Return the line of every source with a ridge penalty on the slope.

    Left-out errors come from the hat matrix.

    Args:
        sources: Source predictions of the observed rows, shape `(n, s)`, s >= 1.
        z: Standardised observations, shape `(n,)`.
    """
    lines, errors = [], []
    for column in sources.T:
        x = np.column_stack([np.ones(len(z)), column])
        inverse = np.linalg.inv(x.T @ x + np.diag([1e-6, _RIDGE]))
        line = inverse @ (x.T @ z)
        hat = np.einsum("ij,jk,ik->i", x, inverse, x)
        lines.append(line)
        errors.append((z - x @ line) / np.maximum(1.0 - hat, 1e-6))
    return SourceLines(np.array(lines), np.array(errors))
