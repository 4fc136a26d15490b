"""The lab's luck: the same for the same seed and the same thing, whenever it is asked."""

from dataclasses import dataclass

import numpy as np

from loop.core.canonical import digest


@dataclass(frozen=True)
class Luck:
    """Random numbers by name, so that neither a restart nor another order of asking changes them.

    Attributes:
        seed: Another one makes another lab.
    """

    seed: int

    def rng(self, *parts: str) -> np.random.Generator:
        """Return the generator of one thing that is left to chance."""
        return np.random.default_rng(int(digest("|".join((str(self.seed), *parts)))[:16], 16))

    def happens(self, rate: float, *parts: str) -> bool:
        """Return whether something that happens with chance `rate` happens here."""
        return rate > 0 and bool(self.rng(*parts).random() < rate)
