import numpy as np
import pytest
import torch
from scipy.stats import norm

from loop.acquire.designs import DiverseDesign, RandomDesign
from loop.acquire.logei import LogExpectedImprovement, joint_acquisition
from loop.acquire.similarity import Likeness, nearest
from loop.core.objective import Maximize, Minimize, TargetRange
from loop.core.ports import ChoiceRequest, FeatureMatrix
from loop.errors import ModelError

OBSERVED = np.arange(0, 100, 4)
PENDING = np.array([1, 2])
NONE = np.array([], dtype=np.intp)
OBJECTIVES = [
    Maximize(property="p"),
    Minimize(property="p"),
    TargetRange(property="p", low=0.60, high=0.62),
]


@pytest.fixture(scope="session")
def model_of(chemistry):
    # The rooms do not import each other; only this test puts two of them together.
    from loop.surrogate.gp import GaussianProcess

    def fit(y):
        gp = GaussianProcess(GaussianProcess.Config())
        return gp.fit(chemistry.features, OBSERVED, chemistry.data(OBSERVED, y), 0)

    return fit


def request(chemistry, model, objective, **changes):
    parts = {
        "surrogate": model,
        "features": chemistry.features,
        "available": np.arange(100),
        "observed": OBSERVED,
        "y": chemistry.y[OBSERVED],
        "pending": PENDING,
        "objective": objective,
        "size": 4,
        "seed": 7,
    }
    return ChoiceRequest(**{**parts, **changes})


def choose(asked, **config):
    return LogExpectedImprovement(LogExpectedImprovement.Config(**config)).choose(asked)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.kind)
def test_chosen_rows_are_distinct_free_and_explained(chemistry, model_of, objective):
    model = model_of(chemistry.y)
    chosen = choose(request(chemistry, model, objective))
    rows = [c.row for c in chosen]
    assert len(set(rows)) == 4
    assert not set(rows) & {*OBSERVED.tolist(), *PENDING.tolist()}
    mean, sd = model.posterior(np.array(rows))
    np.testing.assert_allclose([c.mean for c in chosen], mean)
    np.testing.assert_allclose([c.sd for c in chosen], sd)
    assert all(0 <= c.chance_to_improve <= 1 and 0 <= c.explore_share <= 1 for c in chosen)


def test_fewer_rows_than_asked_for(chemistry, model_of):
    model = model_of(chemistry.y)
    asked = request(chemistry, model, OBJECTIVES[0], available=np.array([0, 1, 3, 5]))
    assert sorted(c.row for c in choose(asked)) == [3, 5]
    assert choose(request(chemistry, model, OBJECTIVES[0], available=OBSERVED)) == []
    with pytest.raises(ModelError, match="observed"):
        choose(request(chemistry, model, OBJECTIVES[0], observed=NONE))


def test_undescribed_rows_are_not_chosen(chemistry, model_of):
    blocks, digest = chemistry.features.blocks, chemistry.features.digest
    failed = FeatureMatrix(blocks, digest, {3: "unreadable"})
    asked = request(
        chemistry, model_of(chemistry.y), OBJECTIVES[0], available=np.array([3, 5]), features=failed
    )
    assert [c.row for c in choose(asked)] == [5]


def test_one_is_the_argmax_of_the_joint_acquisition(chemistry, model_of):
    asked = request(chemistry, model_of(chemistry.y), OBJECTIVES[0], size=1)
    rows = np.setdiff1d(np.arange(100), [*OBSERVED, *PENDING])
    with torch.no_grad():
        scores = joint_acquisition(asked, 128)(asked.surrogate.inputs(rows).unsqueeze(1)).numpy()
    (one,) = choose(asked)
    assert one.row == rows[np.argmax(scores)]
    assert one.score == pytest.approx(scores.max(), abs=1e-6)


@pytest.mark.parametrize("factor", [1000.0, 1e-6])
def test_units_do_not_matter(chemistry, model_of, factor):
    one = choose(request(chemistry, model_of(chemistry.y), OBJECTIVES[0]))
    y = factor * chemistry.y
    other = choose(request(chemistry, model_of(y), OBJECTIVES[0], y=y[OBSERVED]))
    assert [c.row for c in one] == [c.row for c in other]
    np.testing.assert_allclose([c.score for c in one], [c.score for c in other], atol=0.02)


def test_minimizing_is_maximizing_the_negative(chemistry, model_of):
    # The Monte Carlo draws are mirrored too, so joint scores agree only up to their error.
    up = choose(request(chemistry, model_of(chemistry.y), OBJECTIVES[0]), mc_samples=1024)
    y = -chemistry.y
    down = choose(request(chemistry, model_of(y), OBJECTIVES[1], y=y[OBSERVED]), mc_samples=1024)
    assert up[0].row == down[0].row
    assert up[0].score == pytest.approx(down[0].score, abs=0.1)
    assert up[0].chance_to_improve == pytest.approx(down[0].chance_to_improve, abs=1e-6)


def test_same_seed_same_batch_and_the_global_generator_is_untouched(chemistry, model_of):
    asked = request(chemistry, model_of(chemistry.y), OBJECTIVES[0])
    before = torch.get_rng_state()
    first = choose(asked)
    assert torch.equal(before, torch.get_rng_state())
    assert choose(asked) == first


def test_order_of_available_rows_does_not_matter(chemistry, model_of):
    model = model_of(chemistry.y)
    mixed = np.random.default_rng(0).permutation(100)
    asked = request(chemistry, model, OBJECTIVES[0], available=mixed)
    assert choose(asked) == choose(request(chemistry, model, OBJECTIVES[0]))


@pytest.mark.parametrize("design", [DiverseDesign, RandomDesign])
def test_designs_are_distinct_free_and_repeatable(chemistry, design):
    taken = np.array([4, 5])
    chosen = design().choose(chemistry.features, np.arange(30), taken, 10, 1)
    rows = [c.row for c in chosen]
    assert len(set(rows)) == 10
    assert set(rows) <= set(range(30)) - {4, 5}
    assert design().choose(chemistry.features, np.arange(30), taken, 10, 1) == chosen
    assert len(design().choose(chemistry.features, np.arange(3), NONE, 10, 1)) == 3
    assert design().choose(chemistry.features, taken, taken, 10, 1) == []


def test_diverse_spreads_farther_than_random(chemistry):
    likeness = Likeness(chemistry.features)

    def closest(design, seed):
        chosen = design().choose(chemistry.features, np.arange(100), NONE, 8, seed)
        rows = np.array([c.row for c in chosen])
        return min(likeness.distance(int(r), np.delete(rows, i)).min() for i, r in enumerate(rows))

    spread = [closest(DiverseDesign, seed) for seed in range(3)]
    assert min(spread) > max(closest(RandomDesign, seed) for seed in range(3))


def test_nearest(chemistry):
    observed = np.array([10, 20, 30])
    assert nearest(chemistry.features, 20, observed) == (20, 1.0)
    assert nearest(chemistry.features, 20, NONE) is None
    row, similarity = nearest(chemistry.features, 21, observed)
    assert row in observed
    assert 0 <= similarity < 1
    reals = FeatureMatrix(chemistry.features.blocks[1:], "d")
    assert nearest(reals, 20, observed) == (20, 1.0)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.kind)
def test_one_row_is_chosen_by_gain_times_the_chance_that_it_can_be_made(
    chemistry, model_of, objective
):
    model = model_of(chemistry.y)
    unweighed = choose(request(chemistry, model, objective, size=1), shortlist=1)[0].row
    chance = np.random.default_rng(3).uniform(0.02, 1.0, 100)
    chance[unweighed] = 1e-6
    asked = request(chemistry, model, objective, size=1, log_feasible=np.log(chance))
    found = choose(asked, shortlist=1)[0]
    free = np.setdiff1d(np.arange(100), [*OBSERVED, *PENDING])
    best = objective.signed(model.posterior(OBSERVED)[0]).max()
    mean, sd = model.posterior(free)
    if objective.kind == "target":
        gain = norm.cdf(objective.high, mean, sd) - norm.cdf(objective.low, mean, sd)
    else:
        above = (objective.signed(mean) - best) / sd
        gain = sd * (norm.pdf(above) + above * norm.cdf(above))
    assert found.row == free[np.argmax(gain * chance[free])]
    assert found.row != unweighed


def test_an_equal_chance_for_all_changes_scores_and_no_choice(chemistry, model_of):
    model = model_of(chemistry.y)
    plain = choose(request(chemistry, model, OBJECTIVES[0]))
    half = choose(request(chemistry, model, OBJECTIVES[0], log_feasible=np.full(100, np.log(0.5))))
    assert [c.row for c in half] == [c.row for c in plain]
    assert [c.score for c in half] == pytest.approx([c.score + np.log(0.5) for c in plain])


def test_a_batch_keeps_out_of_what_cannot_be_made(chemistry, model_of):
    model = model_of(chemistry.y)
    plain = [c.row for c in choose(request(chemistry, model, OBJECTIVES[0]))]
    risky = np.zeros(100)
    risky[plain] = np.log(1e-9)
    chosen = [c.row for c in choose(request(chemistry, model, OBJECTIVES[0], log_feasible=risky))]
    assert len(chosen) == 4
    assert not set(chosen) & set(plain)
