import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import DataStructs

from loop.core.ports import FeatureMatrix
from loop.errors import ModelError
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.kernels import FeatureStore, tanimoto
from loop.surrogate.report import leave_one_out

ROOT = Path(__file__).parents[2]
ROWS = np.arange(0, 100, 3)


def gp():
    return GaussianProcess(GaussianProcess.Config())


@pytest.fixture(scope="session")
def fitted(chemistry):
    return gp().fit(chemistry.features, ROWS, chemistry.data(ROWS), 0)


def test_tanimoto_is_that_of_rdkit(chemistry):
    counts = chemistry.features.blocks[0].values[:12]
    vectors = []
    for row in counts:
        vector = DataStructs.UIntSparseIntVect(1024)
        for i in np.flatnonzero(row):
            vector[int(i)] = int(row[i])
        vectors.append(vector)
    expected = [[DataStructs.TanimotoSimilarity(a, b) for a in vectors] for b in vectors]
    found = tanimoto(torch.from_numpy(counts).double(), torch.from_numpy(counts).double())
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-12)


def test_constant_columns_are_dropped(chemistry):
    assert FeatureStore(chemistry.features).reals.shape == (100, 2)


def test_posterior_is_that_of_botorch(chemistry, fitted):
    rows = np.arange(100)
    mean, sd = fitted.posterior(rows)
    other = fitted.botorch_model().posterior(fitted.inputs(rows))
    np.testing.assert_allclose(mean, other.mean.detach().numpy()[:, 0], atol=1e-9)
    np.testing.assert_allclose(sd, other.variance.detach().sqrt().numpy()[:, 0], atol=1e-7)


def test_leave_one_out_is_that_of_leaving_one_out():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(9, 9))
    covariance, y = root @ root.T + 0.1 * np.eye(9), rng.normal(size=9)
    mean, sd = leave_one_out(covariance, y)
    for i in range(9):
        rest = np.delete(np.arange(9), i)
        weights = np.linalg.solve(covariance[np.ix_(rest, rest)], covariance[rest, i])
        assert mean[i] == pytest.approx(weights @ y[rest], abs=1e-8)
        variance = covariance[i, i] - weights @ covariance[rest, i]
        assert sd[i] == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_it_learns_chemistry_and_says_so(fitted):
    report = fitted.report
    assert report.r2 is not None
    assert report.r2 > 0.2
    assert report.rmse < report.rmse_of_mean
    assert len(report.parity) == len(ROWS)
    assert not any("no better" in w for w in report.warnings)


def test_noise_alone_is_called_no_better_than_the_mean(chemistry):
    y = np.random.default_rng(5).normal(size=100)
    report = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, y), 0).report
    assert any("no better than predicting the mean" in w for w in report.warnings)


def test_unit_changes_only_scale(chemistry, fitted):
    scaled = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, 1000 * chemistry.y), 0)
    for one, other in zip(fitted.posterior(ROWS + 0), scaled.posterior(ROWS + 0), strict=True):
        np.testing.assert_allclose(1000 * one, other, rtol=1e-3)


def test_known_noise_is_the_least_learned(chemistry):
    variance = 0.5 * chemistry.y[ROWS].var(ddof=1)
    model = gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, noise=variance), 0)
    learned = model.report.hyperparameters["noise sd (property's unit)"]
    assert learned >= np.sqrt(variance) * (1 - 1e-9)


@pytest.mark.parametrize("n", [2, 6])
def test_equal_observations_are_warned_of(chemistry, n):
    rows = np.arange(n)
    model = gp().fit(chemistry.features, rows, chemistry.data(rows, np.full(100, 4.0)), 0)
    mean, sd = model.posterior(np.arange(100))
    np.testing.assert_allclose(mean, 4.0)
    assert np.isfinite(sd).all()
    assert model.report.r2 is None
    assert any("all observations are equal" in w for w in model.report.warnings)
    assert any("too few" in w for w in model.report.warnings) == (n < 5)


def test_refusals(chemistry):
    with pytest.raises(ModelError, match="at least 2"):
        gp().fit(chemistry.features, ROWS[:1], chemistry.data(ROWS[:1]), 0)
    y = chemistry.y.copy()
    y[3] = np.nan
    with pytest.raises(ModelError, match="c003"):
        gp().fit(chemistry.features, ROWS, chemistry.data(ROWS, y), 0)
    failed = FeatureMatrix(chemistry.features.blocks, "d", {3: "unreadable"})
    with pytest.raises(ModelError, match="unreadable"):
        gp().fit(failed, ROWS, chemistry.data(ROWS), 0)


def test_load_refuses_other_features_and_other_bytes(chemistry, fitted):
    content = fitted.dump()
    with pytest.raises(ModelError, match="other features"):
        gp().load(content, FeatureMatrix(chemistry.features.blocks, "0" * 64))
    for bad in (b"", b"nonsense bytes", content[:-9]):
        with pytest.raises(ModelError):
            gp().load(bad, chemistry.features)


FRESH = """
import json, sys, numpy as np
from pathlib import Path
from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess
here = Path(sys.argv[1])
a = np.load(here / "a.npz")
f = FeatureMatrix((FeatureBlock("c", "counts", (), a["c"]), FeatureBlock("r", "reals", (), a["r"])),
                  str(a["digest"]))
gp = GaussianProcess(GaussianProcess.Config())
loaded = gp.load((here / "model").read_bytes(), f)
ids = tuple(p.candidate_id for p in loaded.report.parity)
data = TrainingData(ids, a["y"], None, np.ones(len(ids), dtype=np.int64), 1)
again = gp.fit(f, a["rows"], data, 0)
out = [[v.tobytes().hex() for v in m.posterior(np.arange(len(a["c"])))] for m in (loaded, again)]
print(json.dumps([*out, loaded.report.model_dump_json()]))
"""


def test_a_fresh_process_loads_and_refits_the_same_bits(chemistry, fitted, tmp_path):
    counts, reals = (b.values for b in chemistry.features.blocks)
    np.savez(
        tmp_path / "a.npz",
        c=counts,
        r=reals,
        digest=chemistry.features.digest,
        y=chemistry.y[ROWS],
        rows=ROWS,
    )
    (tmp_path / "model").write_bytes(fitted.dump())
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    loaded, again, report = json.loads(done.stdout)
    here = [v.tobytes().hex() for v in fitted.posterior(np.arange(100))]
    assert loaded == here
    assert again == here
    assert report == fitted.report.model_dump_json()
