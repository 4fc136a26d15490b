"""What is wanted of the properties, and its likelihood under predictions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import LogScore, Vector
from loop.core.objective import Maximize, Objective, TargetRange
from loop.errors import ConfigError, ModelError
from loop.generate.archive import Target, flat
from loop.generate.likelihood import log_interval, log_sigmoid, moderated

Predict = Callable[[Sequence[str]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Structures to means and sds without measurement noise, each `(n, p)`: a column per property."""


class Wanted(Protocol):
    """What is wanted of one property."""

    @property
    def property(self) -> str:
        """Name of the property."""

    def log_chance(self, mean: Vector, sd: Vector) -> Vector:
        """Return log P(a measurement is as wanted), shape `(n,)`."""

    def log_likelihood(self, mean: Vector, sd: Vector) -> Vector:
        """Return what the search adds for it, shape `(n,)`: the chance, and any slope."""

    def in_words(self) -> str:
        """Say what is wanted."""


@dataclass(frozen=True)
class Window:
    """A value between two limits, or beyond one of them.

    Attributes:
        property: Name of the property.
        low: Lower limit in its unit, minus infinity for none.
        high: Upper limit, infinity for none.
        noise: Sd of one measurement, same unit.

    Raises:
        ConfigError: the limits are not ordered, both absent, or the noise is negative.
    """

    property: str
    low: float = -math.inf
    high: float = math.inf
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ConfigError(
                f"{self.property}: window {self.low:g} to {self.high:g}; expected low below high"
            )
        if math.isinf(self.low) and math.isinf(self.high):
            raise ConfigError(f"{self.property}: a window without limits; give low, high or both")
        _check_noise(self.property, self.noise)

    def log_chance(self, mean: Vector, sd: Vector) -> Vector:
        """Return log P(low <= measurement <= high), shape `(n,)`."""
        return log_interval(self.low, self.high, mean, np.hypot(sd, self.noise))

    def log_likelihood(self, mean: Vector, sd: Vector) -> Vector:
        """Return the same."""
        return self.log_chance(mean, sd)

    def in_words(self) -> str:
        """Say what is wanted."""
        if math.isinf(self.high):
            return f"{self.property} at least {self.low:g}"
        if math.isinf(self.low):
            return f"{self.property} at most {self.high:g}"
        return f"{self.property} {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Better:
    """The larger (or smaller) the better: beyond a threshold, along a slope, or both.

    Attributes:
        property: Name of the property.
        larger: Whether larger is better.
        threshold: Value to exceed, in the property's unit; None for none.
        slope: Log-likelihood per unit of the predicted mean, at least 0; past the threshold the
            chance is flat, and only a slope tells good from better.
        noise: Sd of one measurement, same unit.

    Raises:
        ConfigError: neither threshold nor slope is given, or slope or noise is negative.
    """

    property: str
    larger: bool = True
    threshold: float | None = None
    slope: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope >= 0):
            raise ConfigError(f"{self.property}: slope {self.slope}; expected a number from 0 up")
        if self.threshold is None and self.slope == 0:
            raise ConfigError(f"{self.property}: give a threshold, a slope, or both")
        _check_noise(self.property, self.noise)

    def log_chance(self, mean: Vector, sd: Vector) -> Vector:
        """Return log P(beyond the threshold), shape `(n,)`; 0 without a threshold."""
        if self.threshold is None:
            return np.zeros(len(mean))
        limits = (self.threshold, math.inf) if self.larger else (-math.inf, self.threshold)
        return log_interval(*limits, mean, np.hypot(sd, self.noise))

    def log_likelihood(self, mean: Vector, sd: Vector) -> Vector:
        """Return the log chance plus slope times mean, signed, shape `(n,)`."""
        sign = 1.0 if self.larger else -1.0
        return self.log_chance(mean, sd) + sign * self.slope * mean

    def in_words(self) -> str:
        """Say what is wanted."""
        size = "large" if self.larger else "small"
        if self.threshold is None:
            return f"{self.property} as {size} as possible"
        side = "above" if self.larger else "below"
        return f"{self.property} {side} {self.threshold:g}"


@dataclass(frozen=True)
class Labelled:
    """A class label, predicted as a logit with an sd.

    Attributes:
        property: Name of the property.
        yes: Whether the positive class is wanted.
    """

    property: str
    yes: bool = True

    def log_chance(self, mean: Vector, sd: Vector) -> Vector:
        """Return log P(the wanted label), shape `(n,)`."""
        return log_sigmoid((1.0 if self.yes else -1.0) * moderated(mean, sd))

    def log_likelihood(self, mean: Vector, sd: Vector) -> Vector:
        """Return the same."""
        return self.log_chance(mean, sd)

    def in_words(self) -> str:
        """Say what is wanted."""
        return self.property if self.yes else f"not {self.property}"


def wanted(objective: Objective, threshold: float | None, slope: float, noise: float) -> Wanted:
    """Return what a campaign's objective asks of a generator.

    Args:
        objective: Of the campaign.
        threshold: For maximise and minimise the value to beat, such as the best observed one.
        slope: See `Better`; not used for a target range.
        noise: Sd of one measurement, in the property's unit.
    """
    if isinstance(objective, TargetRange):
        return Window(objective.property, objective.low, objective.high, noise)
    return Better(objective.property, isinstance(objective, Maximize), threshold, slope, noise)


class Region:
    """Several properties wanted at once, taken as independent given their predictions.

    Called with structures it returns their log-likelihood: a `LogScore`.
    """

    def __init__(self, predict: Predict, wants: Sequence[Wanted]) -> None:
        if not wants:
            raise ConfigError("no property is wanted; give at least one")
        self.predict = predict
        self.wants = tuple(wants)

    def __call__(self, structures: Sequence[str]) -> Vector:
        """Return the log-likelihoods, shape `(n,)`.

        Raises:
            ModelError: a prediction is missing or not a number.
        """
        mean, sd = self._predicted(structures)
        parts = [w.log_likelihood(mean[:, j], sd[:, j]) for j, w in enumerate(self.wants)]
        return np.asarray(np.sum(parts, axis=0))

    def log_chance(self, structures: Sequence[str]) -> Vector:
        """Return log P(all measurements are as wanted), without slopes, shape `(n,)`."""
        mean, sd = self._predicted(structures)
        parts = [w.log_chance(mean[:, j], sd[:, j]) for j, w in enumerate(self.wants)]
        return np.asarray(np.sum(parts, axis=0))

    def target(self, constraint: LogScore = flat, prior: LogScore = flat) -> Target:
        """Return the target of a search: this region, with a constraint and a prior."""
        return Target(self, constraint, prior, self.log_chance, self.describe, self.in_words())

    def in_words(self) -> str:
        """Say what is wanted."""
        return ", ".join(w.in_words() for w in self.wants)

    def describe(self, structures: Sequence[str]) -> tuple[str, ...]:
        """Say what is predicted of each structure, such as `tg 410 ± 25`."""
        mean, sd = self._predicted(structures)
        return tuple(
            ", ".join(
                f"{w.property} {m:.4g} ± {s:.2g}" for w, m, s in zip(self.wants, *row, strict=True)
            )
            for row in zip(mean, sd, strict=True)
        )

    def _predicted(
        self, structures: Sequence[str]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        shape = (len(structures), len(self.wants))
        if not structures:
            return np.zeros(shape), np.ones(shape)
        mean, sd = (np.asarray(x, dtype=np.float64) for x in self.predict(structures))
        if mean.shape != shape or sd.shape != shape:
            raise ModelError(
                f"predictions of shape {mean.shape} and {sd.shape} for {shape[0]} structures; "
                f"expected {shape}: a column for each of {[w.property for w in self.wants]}"
            )
        bad = ~(np.isfinite(mean) & np.isfinite(sd) & (sd > 0))
        if bad.any():
            i, j = (int(x) for x in np.argwhere(bad)[0])
            raise ModelError(
                f"{self.wants[j].property} of {structures[i]}: predicted {mean[i, j]} with sd "
                f"{sd[i, j]}; expected a finite mean and a positive sd",
                hint="mend the model, or forbid such structures by a constraint",
            )
        return mean, sd


def _check_noise(name: str, noise: float) -> None:
    if not (math.isfinite(noise) and noise >= 0):
        raise ConfigError(f"{name}: noise {noise}; expected an sd from 0 up")
