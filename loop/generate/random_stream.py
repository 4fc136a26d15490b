"""Random numbers for compiled loops: the same on every platform, in any number of threads."""

from typing import Any

import numpy as np

from loop.generate.compiling import inner


@inner
def uniform(stream: Any) -> float:
    """Return the next number in [0, 1) by splitmix64 (Steele, Lea and Flood 2014).

    Args:
        stream: The state, uint64, `(1,)`.
    """
    stream[0] += np.uint64(0x9E3779B97F4A7C15)
    z = stream[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(z >> np.uint64(11)) / 9007199254740992.0


@inner
def between(stream: Any, low: int, high: int) -> int:
    """Return an integer from `low` to `high`, both included."""
    return low + int(uniform(stream) * (high - low + 1))
