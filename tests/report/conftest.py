import numpy as np
import pytest

from loop.core.ports import FeatureBlock, FeatureMatrix


@pytest.fixture
def features():
    """Sixty candidates in two groups; candidate 3 could not be described."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 30)
    counts = rng.poisson(0.3, size=(60, 40)).astype(np.uint8)
    counts[:, :5] += (4 * group[:, None]).astype(np.uint8)
    reals = rng.normal(size=(60, 6)).astype(np.float32)
    reals[:, 0] += 6 * group
    reals[:, 5] = 1.1
    counts[3], reals[3] = 0, 0
    return FeatureMatrix(
        (
            FeatureBlock("counts", "counts", tuple(f"bit {i}" for i in range(40)), counts),
            FeatureBlock("reals", "reals", tuple(f"real {i} [nm]" for i in range(6)), reals),
        ),
        "digest",
        {3: "unreadable"},
    )
