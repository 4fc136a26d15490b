"""Refits without each fifth of the measurements, against the same done by hand."""

import numpy as np
import pytest

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix, silent
from loop.errors import ModelError
from loop.report.model_words import about_model
from loop.service.ask import Ask
from loop.service.folds import judge_by_folds, some_of
from loop.surrogate.gp import GaussianProcess
from loop.testing.small_campaign import simulated_lab, write_small_campaign

N = 23


@pytest.fixture
def known():
    rng = np.random.default_rng(4)
    values = rng.uniform(-2, 2, (40, 2)).astype(np.float32)
    features = FeatureMatrix((FeatureBlock("r", "reals", ("a", "b"), values),), "d")
    rows = np.arange(N)
    y = np.sin(values[:N, 0]) + 0.3 * values[:N, 1] + rng.normal(0, 0.05, N)
    ids = tuple(f"c{i:02d}" for i in rows)
    return features, rows, TrainingData(ids, y, None, np.ones(N, dtype=np.int64), 1)


def test_they_are_what_refits_by_hand_give(known):
    features, rows, data = known
    surrogate = GaussianProcess(GaussianProcess.Config())
    told = judge_by_folds(surrogate, features, rows, data, 9, silent)
    fold = np.random.default_rng(9).permutation(N) % 5
    errors, inside = [], 0
    models = [
        surrogate.fit(features, rows[fold != k], some_of(data, fold != k), 9) for k in range(5)
    ]
    for i in range(N):
        model = models[fold[i]]
        mean, sd = model.posterior(rows[i : i + 1])
        noise = float(model.noise @ model.weights)
        errors.append(data.y[i] - mean[0])
        inside += abs(errors[-1]) <= 1.6448536269514722 * np.sqrt(sd[0] ** 2 + noise)
    assert told.n == N
    assert told.folds == 5
    assert told.inside == inside
    assert told.rmse == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-8)


def test_too_few_are_not_judged(known):
    features, rows, data = known
    few = np.arange(N) < 9
    surrogate = GaussianProcess(GaussianProcess.Config())
    assert judge_by_folds(surrogate, features, rows[few], some_of(data, few), 9, silent) is None


def test_a_campaign_says_it_from_ten_measurements_on(door, tmp_path):
    path = write_small_campaign(
        tmp_path, lims=simulated_lab(failure=0.0), initial=8, experiments=14
    )
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    reports = [r.report for r in door.queries.view("small").rounds if r.report]
    assert [r.n_observations for r in reports] == [8, 10, 12]
    assert [r.k_fold is None for r in reports] == [True, False, False]
    assert "Fitted 5 times anew" in " ".join(about_model(reports[-1], "MPa"))
    assert "Fitted 5 times anew" not in " ".join(about_model(reports[0], "MPa"))


def test_a_refit_that_fails_is_said_and_stops_nothing(door, tmp_path, monkeypatch):
    real = GaussianProcess.fitted

    def fitted(self, observed, seed):
        if len(observed.y) == 8:
            raise ModelError("the covariance is singular")
        return real(self, observed, seed)

    path = write_small_campaign(
        tmp_path, lims=simulated_lab(failure=0.0), initial=10, experiments=12
    )
    door.service.open(path, Ask.by("ada"))
    monkeypatch.setattr(GaussianProcess, "fitted", fitted)
    door.worker.run("small")
    view = door.queries.view("small")
    assert view.summary.status == "closed"
    assert any("could not be judged by refits: the covariance is singular" in w
               for w in view.warnings)  # fmt: skip
