"""Gaps of the element table, filled by chained Gaussian processes.

As in multiple imputation by chained equations (van Buuren & Groothuis-Oudshoorn, J. Stat. Softw.
45(3), 2011) every column with gaps is regressed on all others, in turn, starting from column
means; the regression is a Gaussian process with a squared exponential kernel, because the
properties bend along the periods. Its length scale and noise come from a fixed grid by marginal
likelihood (Rasmussen & Williams 2006, eq. 5.8), so that equal input gives equal output.
"""

import itertools
from typing import Final

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_ROUNDS: Final = 4
_LENGTHS: Final = (4.0, 6.0, 9.0, 13.0, 20.0)
_NOISES: Final = (0.003, 0.01, 0.03, 0.1, 0.3)
_FOLDS: Final = 8


def _kernel(left: Matrix, right: Matrix, length: float) -> Matrix:
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1) - 2.0 * left @ right.T
    return np.asarray(np.exp(-np.maximum(squares, 0.0) / (2.0 * length**2)))


def _regress(inputs: Matrix, target: Matrix, wanted: Matrix) -> Matrix:
    """Return the posterior mean at `wanted`, shape `(m, d)`, given `target` at `inputs`."""
    centre, spread = target.mean(), target.std()
    y = (target - centre) / spread
    best, weights, length = np.inf, y, _LENGTHS[0]
    for scale, noise in itertools.product(_LENGTHS, _NOISES):
        factor = np.linalg.cholesky(_kernel(inputs, inputs, scale) + noise * np.eye(len(inputs)))
        solved = np.linalg.solve(factor.T, np.linalg.solve(factor, y))
        # The amplitude is profiled out: its best value is y'K^-1 y / n.
        loss = len(y) * np.log(y @ solved / len(y)) + 2.0 * np.log(np.diag(factor)).sum()
        if loss < best:
            best, weights, length = loss, solved, scale
    return np.asarray(centre + spread * (_kernel(wanted, inputs, length) @ weights))


def fill(table: Matrix, logarithmic: NDArray[np.bool_]) -> Matrix:
    """Return the table without gaps; what is known stays as it is.

    Args:
        table: Shape `(elements, p)`, NaN where nothing is known.
        logarithmic: Shape `(p,)`: columns that are filled on the logarithm.
    """
    scaled = np.where(logarithmic, np.log(np.where(logarithmic, table, 1.0)), table)
    centre, spread = np.nanmean(scaled, axis=0), np.nanstd(scaled, axis=0)
    scaled = (scaled - centre) / spread
    gaps = np.isnan(table)
    lowest, highest = np.nanmin(scaled, axis=0), np.nanmax(scaled, axis=0)
    filled = np.where(gaps, 0.0, scaled)
    order = np.argsort(gaps.sum(0), kind="stable")
    for _ in range(_ROUNDS):
        for j in order[gaps.sum(0)[order] > 0]:
            others = np.delete(filled, j, axis=1)
            gap = gaps[:, j]
            guess = _regress(others[~gap], scaled[~gap, j], others[gap])
            # No value is guessed outside what has been seen: such would be an extrapolation.
            filled[gap, j] = np.clip(guess, lowest[j], highest[j])
    values = filled * spread + centre
    values = np.where(logarithmic, np.exp(np.where(logarithmic, values, 0.0)), values)
    return np.where(gaps, values, table)


def hidden_value_errors(table: Matrix, logarithmic: NDArray[np.bool_]) -> Matrix:
    """Return the error of each column's filled values, shape `(p,)`, NaN without gaps.

    Every known value of a column with gaps is hidden once: in each of eight folds an eighth of
    them all at the same time, so that a guess cannot lean on a neighbouring column more than for
    a real gap. The error is the root mean square over the standard deviation of the column, both
    on the logarithm for logarithmic columns; 1 is what the column's mean would reach.
    """
    scaled = np.where(logarithmic, np.log(np.where(logarithmic, table, 1.0)), table)
    candidates = np.flatnonzero(~np.isnan(table) & np.isnan(table).any(0))
    guesses = np.full(table.size, np.nan)
    for fold in np.array_split(np.random.default_rng(0).permutation(candidates), _FOLDS):
        hidden = table.copy()
        hidden.flat[fold] = np.nan
        guesses[fold] = fill(hidden, logarithmic).flat[fold]
    guess = guesses.reshape(table.shape)
    guess = np.where(logarithmic, np.log(np.where(logarithmic, guess, 1.0)), guess)
    misses = np.where(np.isnan(guess), 0.0, (guess - scaled) ** 2).sum(0)
    counted = np.maximum((~np.isnan(guess)).sum(0), 1)
    errors: Matrix = np.sqrt(misses / counted) / np.nanstd(scaled, axis=0)
    errors[~np.isnan(table).any(0)] = np.nan
    return errors
