"""Compare our choice with optimize_acqf_discrete over the whole pool, in the same run.

Run as `python tests/benchmarks/acquire.py`; prints both CPU times and whether the batches agree.
"""

import time

import numpy as np
import torch
from botorch.optim import optimize_acqf_discrete

from loop.acquire.logei import LogExpectedImprovement, eligible, joint_acquisition
from loop.core.dataset import TrainingData
from loop.core.objective import Maximize
from loop.core.ports import ChoiceRequest, FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess

POOL, MEASURED, SIZE = 1000, 50, 4


def main():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        counts = rng.poisson(0.05, size=(POOL, 1024)).astype(np.uint8)
        reals = rng.normal(size=(POOL, 30)).astype(np.float32)
        names = tuple(str(i) for i in range(1024))
        blocks = (
            FeatureBlock("counts", "counts", names, counts),
            FeatureBlock("reals", "reals", names[:30], reals),
        )
        features = FeatureMatrix(blocks, f"benchmark {seed}")
        y = reals[:, :5].sum(1, dtype=float) + np.sin(3 * reals[:, 5]) + 0.1 * rng.normal(size=POOL)
        rows = np.sort(rng.choice(POOL, MEASURED, replace=False))
        ids = tuple(str(r) for r in rows)
        data = TrainingData(ids, y[rows], None, np.ones(MEASURED, dtype=np.int64), 1)
        model = GaussianProcess(GaussianProcess.Config()).fit(features, rows, data, seed)
        request = ChoiceRequest(
            model, features, np.arange(POOL), rows, y[rows], np.array([], dtype=np.intp),
            Maximize(property="p"), SIZE, seed,
        )  # fmt: skip
        start = time.process_time()
        ours = [
            c.row for c in LogExpectedImprovement(LogExpectedImprovement.Config()).choose(request)
        ]
        middle = time.process_time()
        acquisition = joint_acquisition(request, 128)
        with torch.no_grad():
            found, _ = optimize_acqf_discrete(
                acquisition, q=SIZE, choices=model.inputs(eligible(request)), unique=True
            )
        end = time.process_time()
        theirs = found[:, 0].long().tolist()
        print(
            f"seed {seed}: ours {middle - start:.2f} s CPU, whole pool {end - middle:.2f} s CPU, "
            f"ratio {(middle - start) / (end - middle):.3f}, same batch {ours == theirs}, "
            f"same set {set(ours) == set(theirs)}"
        )


if __name__ == "__main__":
    main()
