"""The region wanted of several properties, and its likelihood under predictions."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import LogScore, Vector
from loop.errors import ConfigError, ModelError
from loop.generate.archive import Target, flat
from loop.generate.wants import Wanted

_PART: Final = 1000

Predict = Callable[[Sequence[str]], tuple[NDArray[np.float64], NDArray[np.float64]]]
"""Structures to means and sds without measurement noise, each `(n, p)`: a column per property."""


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

    def target(
        self,
        constraint: LogScore = flat,
        prior: LogScore = flat,
        key: Callable[[str], str | None] | None = None,
    ) -> Target:
        """Return the target of a search: this region, with what else `Target` asks for."""
        said = self.in_words()
        return Target(
            self, constraint, prior, self.log_chance, self.describe, said, key, self.reach
        )

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

    def reach(self, structures: Sequence[str]) -> str:
        """Say between which values the predictions of structures lie, such as `tg 210 to 480`."""
        parts = [structures[i : i + _PART] for i in range(0, len(structures), _PART)]
        mean = np.concatenate([self._predicted(part)[0] for part in parts])
        ends = zip(self.wants, mean.min(0), mean.max(0), strict=True)
        return ", ".join(f"{w.property} {low:.4g} to {high:.4g}" for w, low, high in ends)

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
