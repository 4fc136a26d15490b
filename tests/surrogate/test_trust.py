import numpy as np
import pytest
from scipy.stats import norm

from loop.core.ports import ApplicabilityDomain, FeatureBlock, FeatureMatrix
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.observed import Observed
from loop.surrogate.report import LeftOut, model_report
from loop.surrogate.store import FeatureStore
from loop.surrogate.trust import Domain

ROWS = np.arange(0, 100, 4)


def test_observed_rows_are_near_and_strangers_far(chemistry):
    values = np.linspace(-1.0, 1.0, 21)[:, None].astype(np.float32)
    store = FeatureStore(FeatureMatrix((FeatureBlock("r", "reals", ("x",), values),), "d"))
    observed = np.arange(6, 15)
    trust = Domain(store, observed, np.arange(9.0)).trust(np.arange(21), np.full(21, 4.0))
    scaled = values[:, 0] / values.std()
    near = np.abs(scaled[:, None] - scaled[observed]).min(1) / np.sqrt(2)
    np.testing.assert_allclose(trust.distance, near, atol=1e-6)
    assert not trust.outside[5:16].any()
    assert trust.outside[[0, 1, 2, 18, 19, 20]].all()
    assert trust.leverage[0] > trust.leverage[4] > trust.leverage[10]
    assert ((trust.leverage >= 0) & (trust.leverage <= 1)).all()


def test_leaving_the_observed_range_is_outside(chemistry):
    store = FeatureStore(chemistry.features)
    domain = Domain(store, ROWS, chemistry.y[ROWS])
    low, high = chemistry.y[ROWS].min(), chemistry.y[ROWS].max()
    mean = np.array([low - 0.01, (low + high) / 2, high + 0.01])
    assert domain.trust(ROWS[:3], mean).outside.tolist() == [True, False, True]


def test_a_fitted_surrogate_offers_it(chemistry):
    surrogate = GaussianProcess(GaussianProcess.Config())
    model = surrogate.fit(chemistry.features, ROWS, chemistry.data(ROWS), 0)
    assert isinstance(model, ApplicabilityDomain)
    trust = model.trust(np.arange(100))
    np.testing.assert_allclose(trust.distance[ROWS], 0.0, atol=1e-7)
    assert len(trust.outside) == 100


def observed(y):
    ids = tuple(f"c{i}" for i in range(len(y)))
    store = FeatureStore(
        FeatureMatrix((FeatureBlock("r", "reals", ("x",), np.arange(len(y))[:, None]),), "d")
    )
    return Observed(store, "d", np.arange(len(y)), ids, y, float(y.mean()), float(y.std()), 1e-5)


def test_intervals_that_are_too_narrow_are_widened_until_they_hold():
    y = norm.ppf((np.arange(40) + 0.5) / 40)
    left_out = LeftOut(np.zeros(40), np.full(40, 0.5))
    assert left_out.coverage(y) == pytest.approx(0.6, abs=0.03)
    report = model_report("gp", observed(y), left_out, {})
    assert report.widening == pytest.approx(2.0, abs=0.2)
    assert report.coverage90 == pytest.approx(0.9, abs=0.06)
    assert any("widened" in w for w in report.warnings)
    assert report.parity[0].sd == pytest.approx(0.5 * report.widening)


def test_few_observations_are_warned_of_but_nothing_is_widened():
    y = norm.ppf((np.arange(15) + 0.5) / 15)
    report = model_report("gp", observed(y), LeftOut(np.zeros(15), np.full(15, 0.3)), {})
    assert report.widening == 1.0
    assert any("lie in their 90 % interval" in w for w in report.warnings)


def test_widening_reaches_every_answer(chemistry):
    surrogate = GaussianProcess(GaussianProcess.Config())
    model = surrogate.fit(chemistry.features, ROWS, chemistry.data(ROWS), 0)
    mean, sd = model.posterior(np.arange(100))
    model.adopt(model.report.model_copy(update={"widening": 1.5}))
    wide = surrogate.load(model.dump(), chemistry.features)
    np.testing.assert_allclose(wide.posterior(np.arange(100))[0], mean)
    np.testing.assert_allclose(wide.posterior(np.arange(100))[1], 1.5 * sd)
    x = wide.inputs(np.arange(100))
    variance = wide.botorch_model().posterior(x).variance[:, 0].numpy()
    np.testing.assert_allclose(np.sqrt(variance), 1.5 * sd, rtol=1e-6)
