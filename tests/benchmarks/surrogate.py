"""Measure fitting and scoring of every surrogate against `gp`, in the same run.

Run as `python tests/benchmarks/surrogate.py [rows of the pool] [surrogate ...]`; prints CPU seconds
and ratios to `gp`. Scoring is measured once the store holds the pool's features.
"""

import sys
import time
from importlib.metadata import entry_points

import numpy as np

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix

OBSERVED = (8, 50)


def pool(size, seed=0):
    rng = np.random.default_rng(seed)
    counts = (rng.random(size=(size, 1024)) < 0.035).astype(np.uint8)
    counts *= rng.integers(1, 5, size=counts.shape, dtype=np.uint8)
    reals = rng.normal(size=(size, 200)).astype(np.float32)
    deep = np.tanh(reals @ rng.normal(size=(200, 128)) / 14).astype(np.float32)
    sources = (deep @ rng.normal(size=(128, 30)) / 11).astype(np.float32)
    y = sources[:, 0] - 0.5 * sources[:, 1] + 0.3 * reals[:, 0] + 0.1 * rng.normal(size=size)
    blocks = (
        FeatureBlock("counts", "counts", (), counts),
        FeatureBlock("reals", "reals", (), reals),
        FeatureBlock("sources", "source-predictions", (), sources),
        FeatureBlock("trunk", "source-features", (), deep),
    )
    return FeatureMatrix(blocks, f"benchmark {size}"), y.astype(float)


def measured(surrogate, features, y, n):
    rows = np.sort(np.random.default_rng(n).choice(len(y), n, replace=False))
    ids = tuple(str(r) for r in rows)
    data = TrainingData(ids, y[rows], None, np.ones(n, dtype=np.int64), 1)
    surrogate.fit(features, rows, data, 0)
    start = time.process_time()
    model = surrogate.fit(features, rows, data, 0)
    middle = time.process_time()
    model.posterior(np.arange(len(y)))
    return middle - start, time.process_time() - middle


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    known = {p.name: p for p in entry_points(group="synthloop.surrogates")}
    names = ["gp", *(sys.argv[2:] or sorted(known.keys() - {"gp"}))]
    features, y = pool(size)
    base = {}
    for name in names:
        cls = known[name].load()
        for n in OBSERVED:
            fit, score = measured(cls(cls.Config()), features, y, n)
            base.setdefault(n, (fit, score))
            print(
                f"{name:18s} n={n:3d}: fit {fit:6.3f} s CPU ({fit / base[n][0]:6.2f} x gp), "
                f"score {size:,} rows {score:6.2f} s CPU ({score / base[n][1]:5.2f} x gp)",
                flush=True,
            )


if __name__ == "__main__":
    main()
