"""Compare the shortlisted choice of a batch with botorch's over the whole pool, in the same run.

Run as `python -m tests.benchmarks.shortlist [POOL]`; polymers with two `*` are made by joining
fragments, the property is a smooth function of their descriptors. Prints CPU times, their ratio
and whether the batches agree, for shortlists of 50, 100 (the default) and 200, twins above 0.9 left off.
"""

import itertools
import sys
import time

import numpy as np
import torch
from botorch.optim import optimize_acqf_discrete
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Crippen import MolLogP, MolMR
from rdkit.Chem.Descriptors import TPSA

from loop.acquire.logei import LogExpectedImprovement, eligible, joint_acquisition
from loop.core.dataset import TrainingData
from loop.core.objective import Maximize, TargetRange
from loop.core.ports import ChoiceRequest, FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess

CORES = (
    "c1ccc(cc1)", "c1cccc(c1)", "C1CCC(CC1)", "CC", "CCCC", "CC(C)C", "C(F)(F)C(F)(F)", "c1ccc(s1)",
    "c1ccc2cc(ccc2c1)", "C(C)(c1ccccc1)C", "[Si](C)(C)", "CC(C#N)",
)  # fmt: skip
LINKS = ("O", "C(=O)O", "NC(=O)", "S", "C(=O)", "OC(=O)O", "NC(=O)O", "S(=O)(=O)", "C", "N(C)")
MEASURED, SIZE, SAMPLES = 150, 3, 128


def pool(size, rng):
    parts = list(itertools.product(CORES, LINKS, CORES, LINKS))
    order = rng.permutation(len(parts))
    smiles = dict.fromkeys(Chem.CanonSmiles("*" + "".join(parts[i]) + "*") for i in order)
    molecules = [Chem.MolFromSmiles(s) for s in list(smiles)[:size]]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    counts = np.array([generator.GetCountFingerprintAsNumPy(m) for m in molecules]).astype(np.uint8)
    reals = np.array([[MolLogP(m), MolMR(m), TPSA(m)] for m in molecules], dtype=np.float32)
    blocks = (
        FeatureBlock("Morgan", "counts", tuple(map(str, range(1024))), counts),
        FeatureBlock("descriptors", "reals", ("logp", "mr", "tpsa"), reals),
    )
    z = (reals - reals.mean(0)) / reals.std(0)
    y = np.sin(2 * z[:, 0]) + z[:, 1] - 0.3 * z[:, 2] ** 2
    return FeatureMatrix(blocks, f"benchmark {size}"), y.astype(np.float64)


def request(features, y, objective, rng):
    rows = np.sort(rng.choice(np.argsort(y)[: int(0.9 * len(y))], MEASURED, replace=False))
    measured = y[rows] + 0.1 * rng.normal(size=MEASURED)
    ids = tuple(str(r) for r in rows)
    data = TrainingData(ids, measured, None, np.ones(MEASURED, dtype=np.int64), 1)
    model = GaussianProcess(GaussianProcess.Config()).fit(features, rows, data, 0)
    none = np.array([], dtype=np.intp)
    return ChoiceRequest(
        model, features, np.arange(len(y)), rows, measured, none, objective, SIZE, 0
    )  # fmt: skip


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    for seed, kind in itertools.product(range(2), ("maximize", "target")):
        rng = np.random.default_rng(seed)
        features, y = pool(size, rng)
        window = TargetRange(property="p", low=np.quantile(y, 0.995), high=y.max() + 1)
        asked = request(features, y, Maximize(property="p") if kind == "maximize" else window, rng)
        start = time.process_time()
        acquisition = joint_acquisition(asked, SAMPLES)
        rows = eligible(asked)
        with torch.no_grad():
            choices = asked.surrogate.inputs(rows)
            found, _ = optimize_acqf_discrete(
                acquisition, q=SIZE, choices=choices, unique=True, max_batch_size=256
            )
        whole = time.process_time() - start
        theirs = [int(rows[int((choices == x).all(1).nonzero()[0, 0])]) for x in found]
        for length in (50, 100, 200):
            config = LogExpectedImprovement.Config(
                shortlist=length, mc_samples=SAMPLES, twins_above=0.9
            )
            start = time.process_time()
            ours = [c.row for c in LogExpectedImprovement(config).choose(asked)]
            spent = time.process_time() - start
            print(
                f"{kind}, seed {seed}, {len(y):,} candidates: whole pool {whole:.2f} s CPU, "
                f"shortlist {length} {spent:.2f} s, {whole / spent:.0f} times cheaper, "
                f"same batch {ours == theirs}, same set {set(ours) == set(theirs)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
