"""What is wanted of one property: a window, the most of it, or a label."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from loop.core.generation_ports import Vector
from loop.core.objective import Maximize, Objective, TargetRange
from loop.errors import ConfigError
from loop.generate.likelihood import log_interval, log_sigmoid, moderated


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


def _check_noise(name: str, noise: float) -> None:
    if not (math.isfinite(noise) and noise >= 0):
        raise ConfigError(f"{name}: noise {noise}; expected an sd from 0 up")
