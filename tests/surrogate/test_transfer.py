import numpy as np
import pytest

from loop.acquire.logei import LogExpectedImprovement
from loop.core.objective import Maximize
from loop.core.ports import ChoiceRequest
from loop.surrogate.gp import NO_SOURCE, GaussianProcess
from loop.surrogate.inference import Fit
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import Members
from loop.surrogate.rivals import Rival
from loop.surrogate.transfer import TransferGaussianProcess, evidence_gain, transfer_weights

ROWS = np.arange(0, 100, 4)
EVERY = np.arange(100)


def transfer(**settings):
    return TransferGaussianProcess(TransferGaussianProcess.Config(**settings))


def logp(chemistry):
    return chemistry.sources[0].values[:, 0].astype(float)


def rmse(model, y):
    rest = np.setdiff1d(EVERY, model.observed.rows)
    return float(np.sqrt(np.mean((model.posterior(rest)[0] - y[rest]) ** 2)))


def plain(chemistry, rows, y):
    surrogate = GaussianProcess(GaussianProcess.Config())
    return surrogate.fit(chemistry.features, rows, chemistry.data(rows, y), 0)


@pytest.fixture(scope="module")
def informed(chemistry):
    # A property that the sources foretell up to noise, with the opposite sign.
    y = 5.0 - 2.0 * logp(chemistry) + 0.05 * np.random.default_rng(0).normal(size=100)
    return y, transfer().fit(chemistry.with_sources(), ROWS, chemistry.data(ROWS, y), 0)


def test_a_source_that_knows_is_believed(chemistry, informed):
    y, model = informed
    assert rmse(model, y) < 0.6 * rmse(plain(chemistry, ROWS, y), y)
    told = model.report.transfer
    assert told.weight > 0.8
    assert not told.switched_off
    assert told.log_evidence_with > told.log_evidence_without
    assert told.loo_log_score_with > told.loo_log_score_without
    assert sum(told.variance_shares.values()) == pytest.approx(1.0)
    assert "better" in told.verdict


def test_top_sources_have_the_sign_and_size_of_the_truth(chemistry, informed):
    _, model = informed
    top = model.report.transfer.top_sources[0]
    assert top.name == "logP"
    assert top.weight == pytest.approx(-2.0 * logp(chemistry).std(), rel=0.35)
    assert model.report.transfer.n_sources == 2


@pytest.mark.parametrize("seed", range(4))
def test_sources_dealt_to_the_wrong_molecules_do_no_harm(chemistry, seed):
    rng = np.random.default_rng(seed)
    features = chemistry.with_sources(rng.permutation(100))
    rows = np.sort(rng.choice(100, 30, replace=False))
    model = transfer().fit(features, rows, chemistry.data(rows), 0)
    assert rmse(model, chemistry.y) <= 1.02 * rmse(plain(chemistry, rows, chemistry.y), chemistry.y)
    assert model.report.transfer.weight < 0.5


def test_without_sources_it_is_gp_and_says_so(chemistry):
    for rows in (ROWS, ROWS[:6]):
        model = transfer().fit(chemistry.features, rows, chemistry.data(rows), 0)
        other = plain(chemistry, rows, chemistry.y)
        for one, two in zip(model.posterior(EVERY), other.posterior(EVERY), strict=True):
            assert one.tobytes() == two.tobytes()
        assert model.report.transfer is None
        assert model.report.surrogate == "transfer-gp"
        assert NO_SOURCE in model.report.notes


def test_few_observations_are_averaged_over_and_called_unproven(chemistry):
    rows = ROWS[::3][:6]
    features = chemistry.with_sources()
    model = transfer().fit(features, rows, chemistry.data(rows), 0)
    assert len(model.weights) > 4
    assert any("unproven" in w for w in model.report.warnings)
    sharp = transfer(averaged_to=0).fit(features, rows, chemistry.data(rows), 0)
    assert len(sharp.weights) == 3
    assert np.mean(model.posterior(EVERY)[1]) > np.mean(sharp.posterior(EVERY)[1])


def rivals(n, evidences, scores=(0.0, 0.0, 0.0)):
    members = Members(np.zeros((1, 1)), np.ones(1))
    return [
        Rival(str(e), Fit(KernelSum(()), np.zeros(1), np.eye(1), e), members, np.full(n, score))
        for e, score in zip(evidences, scores, strict=True)
    ]


def weights(n, evidences, scores=(0.0, 0.0, 0.0), *, bayesian=True):
    found = rivals(n, evidences, scores)
    return transfer_weights(found, evidence_gain(found[0], found[1:]), bayesian=bayesian)


def test_few_observations_weigh_equally_probable_models_by_evidence():
    found, shut = weights(6, (-10.0, -8.0, -9.0))
    expected = np.exp([-10.0, -8.0, -9.0]) / np.exp([-10.0, -8.0, -9.0]).sum()
    np.testing.assert_allclose(found, expected)
    assert not shut
    np.testing.assert_allclose(weights(6, (-10.0, -10.0, -10.0))[0], 1 / 3)


def test_more_observations_are_stacked_whatever_their_evidence():
    equal, _ = weights(20, (-10.0, -8.0, -9.0), bayesian=False)
    np.testing.assert_allclose(equal, 1 / 3)
    # One model foresees far better: it owns all observations, the others their prior share.
    best, _ = weights(20, (-10.0, -8.0, -9.0), (0.0, 50.0, 0.0), bayesian=False)
    np.testing.assert_allclose(best, [5 / 75, 65 / 75, 5 / 75], atol=1e-9)


@pytest.mark.parametrize("bayesian", [True, False])
def test_the_guard_shuts_out_from_ten_on_by_the_mean_evidence_of_transfer(bayesian):
    lost = (-10.0, -11.4 - np.log(2), -400.0)
    without, *with_ = rivals(20, lost)
    assert evidence_gain(without, with_) < -1.5
    found, shut = weights(10, lost, bayesian=bayesian)
    assert shut
    assert found.tolist() == [1.0, 0.0, 0.0]
    assert not weights(9, lost, bayesian=bayesian)[1]
    kept = (-10.0, -11.4, -11.4)
    assert not weights(10, kept, bayesian=bayesian)[1]


def test_what_is_switched_off_is_gp_with_a_word_about_it(chemistry):
    rng = np.random.default_rng(3)
    features = chemistry.with_sources(rng.permutation(100))
    rows = np.arange(0, 100, 2)
    model = transfer().fit(features, rows, chemistry.data(rows), 0)
    assert model.report.transfer.switched_off
    assert model.report.transfer.weight == 0.0
    assert model.report.transfer.top_sources == ()
    assert any("switched off" in w for w in model.report.warnings)
    mean, sd = model.posterior(EVERY)
    expected = plain(chemistry, rows, chemistry.y).posterior(EVERY)
    np.testing.assert_allclose(mean, expected[0])
    np.testing.assert_allclose(sd, expected[1])


def test_values_close_together_by_chance_do_not_make_it_sure(chemistry):
    logp = chemistry.sources[0].values[:, 0].astype(float)
    rows = np.sort(np.argsort(logp)[48:53])
    data, features = chemistry.data(rows, logp), chemistry.with_sources()
    told = transfer(expected_range=(float(logp.min()), float(logp.max())))
    wide, narrow = (
        s.fit(features, rows, data, 0).posterior(EVERY)[1].mean() for s in (told, transfer())
    )
    assert wide > 2 * narrow
    many = np.sort(np.argsort(logp)[40:60])
    same = [s.fit(features, many, chemistry.data(many, logp), 0).dump() for s in (told, transfer())]
    assert same[0] == same[1]
    with pytest.raises(ValueError, match="lowest < highest"):
        transfer(expected_range=(2.0, 1.0))


@pytest.mark.parametrize("n", [6, 25])
def test_a_batch_is_chosen_from_it(chemistry, n):
    rows = ROWS[:n]
    features = chemistry.with_sources()
    model = transfer().fit(features, rows, chemistry.data(rows), 0)
    nothing = np.array([], dtype=np.intp)
    request = ChoiceRequest(
        model, features, EVERY, rows, chemistry.y[rows], nothing, Maximize(property="p"), 3, 0
    )
    acquisition = LogExpectedImprovement(LogExpectedImprovement.Config())
    chosen = [c.row for c in acquisition.choose(request)]
    assert len(set(chosen)) == 3
    assert not set(chosen) & set(rows.tolist())
    assert chemistry.y[chosen].mean() > np.mean(chemistry.y)
