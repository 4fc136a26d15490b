import json

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, log_loss

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ModelError
from loop.surrogate.classifier import GaussianProcessClassifier
from loop.surrogate.classifier_report import (
    base_rates,
    brier,
    calibration,
    cross_validated,
    folds,
    log_scores,
)

LABELLED = np.arange(0, 100, 2)
UNSEEN = np.arange(1, 100, 2)


def classifier(**settings):
    return GaussianProcessClassifier(GaussianProcessClassifier.Config(**settings))


def thirds(chemistry):
    return np.digitize(chemistry.y, np.quantile(chemistry.y, [1 / 3, 2 / 3]))


@pytest.mark.parametrize("k", [2, 3])
def test_probabilities_are_probabilities_and_foresee(chemistry, k):
    labels = np.minimum(thirds(chemistry), k - 1)
    fitted = classifier().fit(chemistry.features, LABELLED, labels[LABELLED], 1)
    p = fitted.probabilities(UNSEEN)
    assert p.shape == (50, k)
    assert p.sum(axis=1) == pytest.approx(1.0, abs=1e-12)
    assert p.min() > 0
    assert p.max() < 1
    shares = np.bincount(labels[LABELLED]) / 50
    assert log_loss(labels[UNSEEN], p) < log_loss(labels[UNSEEN], np.tile(shares, (50, 1))) - 0.1
    report = fitted.report
    assert report.better_than_base
    assert report.brier < report.base_brier
    assert report.counts == tuple(np.bincount(labels[LABELLED]))
    # Scores on left-out labels are what unseen ones bear out.
    assert -report.log_score == pytest.approx(log_loss(labels[UNSEEN], p), abs=0.2)


def test_a_class_that_never_failed_is_not_certain(chemistry):
    """Even where labels are told apart perfectly, n labels allow no more than 1 - 1 / (n + 2)."""
    x = np.linspace(-1, 1, 40, dtype=np.float32)[:, None]
    features = FeatureMatrix((FeatureBlock("x", "reals", ("x",), x),), "line")
    fitted = classifier().fit(features, np.arange(40), (x[:, 0] > 0).astype(int), 0)
    p = fitted.probabilities(np.arange(40))[:, 1]
    assert 0.5 / 42 <= p.min() < 0.1
    assert 0.9 < p.max() <= 1 - 0.5 / 42


def test_few_labels_or_labels_of_luck_stay_near_the_base_rate(chemistry):
    rng = np.random.default_rng(4)
    away, better = [], []
    for seed in range(8):
        labels = rng.permutation(np.repeat([0, 1], [10, 30]))
        rows = np.sort(rng.choice(100, 40, replace=False))
        fitted = classifier().fit(chemistry.features, rows, labels, seed)
        away.append(np.abs(fitted.probabilities(np.arange(100))[:, 1] - 0.75).mean())
        better.append(fitted.report.better_than_base)
        if not better[-1]:
            assert "no better than their shares" in fitted.report.warnings[0]
    assert np.median(away) < 0.06
    assert sum(better) <= 2


def drawn_from_a_known_truth(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    truth = expit(1.5 * x[:, 0] - np.sin(2 * x[:, 1]) + 0.5)
    features = FeatureMatrix((FeatureBlock("x", "reals", tuple("abcd"), x),), f"truth {seed}")
    return features, truth, (rng.random(n) < truth).astype(int)


def test_probabilities_are_calibrated_against_a_known_truth():
    gaps, errors = [], []
    for seed in range(3):
        features, truth, labels = drawn_from_a_known_truth(2200, seed)
        fitted = classifier().fit(features, np.arange(150), labels[:150], seed)
        p = fitted.probabilities(np.arange(150, 2200))[:, 1]
        bins, gap = calibration(np.array([1 - p, p]).T, labels[150:])
        gaps.append(gap)
        errors.append(np.sqrt(np.mean((p - truth[150:]) ** 2)))
        assert sum(b.n for b in bins) == 2050
    assert np.mean(gaps) < 0.06
    assert np.mean(errors) < 0.15


def test_sources_that_know_are_used_and_sources_that_do_not_are_not(chemistry):
    # Molar refractivity and logP are the sources; both decide here.
    values = chemistry.sources[0].values
    labels = (
        values[:, 0] - values[:, 1] / 20 > np.median(values[:, 0] - values[:, 1] / 20)
    ).astype(int)
    rows = np.arange(0, 100, 4)
    told = classifier().fit(chemistry.with_sources(), rows, labels[rows], 0)
    name = "descriptors and sources"
    assert told.report.weights[name] > 0.8
    assert sum(told.report.weights.values()) == pytest.approx(1.0)
    rng, weights = np.random.default_rng(2), []
    for _ in range(4):
        misled = classifier().fit(
            chemistry.with_sources(rng.permutation(100)), rows, labels[rows], 0
        )
        weights.append(misled.report.weights[name])
        assert told.report.log_score > misled.report.log_score
    # Each deal nests the model without sources and so cannot be told from it for certain.
    assert np.median(weights) < 0.4


@pytest.mark.parametrize("k", [2, 3])
def test_a_stored_model_says_the_same_bit_by_bit(chemistry, k):
    rows = LABELLED[::2]
    labels = np.minimum(thirds(chemistry), k - 1)[rows]
    features = chemistry.with_sources()
    fitted = classifier().fit(features, rows, labels, 1)
    again = classifier().fit(features, rows, labels, 1)
    assert fitted.dump() == again.dump()
    loaded = classifier().load(fitted.dump(), features)
    assert np.array_equal(loaded.probabilities(UNSEEN), fitted.probabilities(UNSEEN))
    assert loaded.report == fitted.report
    assert loaded.dump() == fitted.dump()


def test_other_features_and_damaged_bytes_are_refused(chemistry):
    labels = np.minimum(thirds(chemistry), 1)[LABELLED]
    content = classifier().fit(chemistry.features, LABELLED, labels, 1).dump()
    with pytest.raises(ModelError, match="other features"):
        classifier().load(content, chemistry.with_sources())
    with pytest.raises(ModelError, match="no stored model"):
        classifier().load(b"nothing", chemistry.features)
    with pytest.raises(ModelError):
        classifier().load(content[:-40], chemistry.features)
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    told = json.loads(header["__metadata__"]["synthloop"])
    report = json.loads(told["report"])
    told["report"] = json.dumps(report | {"counts": [1, 2]})
    header["__metadata__"]["synthloop"] = json.dumps(told)
    head = json.dumps(header).encode()
    forged = len(head).to_bytes(8, "little") + head + content[8 + size :]
    with pytest.raises(ModelError, match="damaged"):
        classifier().load(forged, chemistry.features)


def test_many_labels_are_all_conditioned_on_while_hyperparameters_come_from_some():
    errors = {"some": [], "few": [], "all": []}
    for seed in range(4):
        features, truth, labels = drawn_from_a_known_truth(600, seed)
        fitted = {
            "some": classifier().fit(features, np.arange(40), labels[:40], 0),
            "few": classifier(tuned_on=40).fit(features, np.arange(160), labels[:160], 0),
            "all": classifier().fit(features, np.arange(160), labels[:160], 0),
        }
        for name, model in fitted.items():
            p = model.probabilities(np.arange(160, 600))[:, 1]
            errors[name].append(np.mean((p - truth[160:]) ** 2))
        assert 40 <= fitted["few"].report.n_checked <= 42
        assert sum(fitted["few"].report.counts) == 160
    assert np.mean(errors["few"]) < 0.8 * np.mean(errors["some"])
    assert np.mean(errors["few"]) < 1.3 * np.mean(errors["all"])


@pytest.mark.parametrize(
    ("rows", "labels", "said"),
    [
        ([0, 1, 2], [0, 1], "3 rows for 2 labels"),
        ([0, 1], [0, -1], "label -1"),
        ([0, 1], [0, 0], "no label of class 1 among 2"),
        ([0, 1], [0, 2], "no label of class 1 among 2"),
        ([0, 3], [0, 1], "pool row 3 has a label but no features: broken"),
    ],
)
def test_labels_that_cannot_be_used_are_named(chemistry, rows, labels, said):
    broken = FeatureMatrix(chemistry.features.blocks, "broken", {3: "broken"})
    with pytest.raises(ModelError, match=said):
        classifier().fit(broken, np.array(rows), np.array(labels), 0)


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(1)
    p, labels = rng.dirichlet([1.0, 2.0, 1.0], size=40), rng.integers(0, 3, 40)
    assert log_scores(p, labels).mean() == pytest.approx(-log_loss(labels, p, labels=[0, 1, 2]))
    two = np.array([1 - p[:, 0], p[:, 0]]).T
    assert brier(two, labels % 2) == pytest.approx(2 * brier_score_loss(labels % 2, two[:, 1]))
    assert brier(np.eye(3)[labels], labels) == 0


def test_every_class_is_dealt_evenly_into_folds_and_nobody_sees_itself():
    labels = np.repeat([0, 1, 2], [23, 7, 5])
    fold = folds(labels, 3)
    assert (folds(labels, 3) == fold).all()
    assert (folds(labels, 4) != fold).any()
    for c in range(3):
        counts = np.bincount(fold[labels == c], minlength=5)
        assert counts.max() - counts.min() <= 1

    def foresee(seen, left):
        assert not set(seen) & set(left)
        assert len(seen) + len(left) == 35
        return np.tile(base_rates(labels[seen], 3), (len(left), 1))

    model, shares = cross_validated(labels, 3, foresee, 3)
    assert np.array_equal(model, shares)
    assert base_rates(np.array([0, 0, 1]), 3) == pytest.approx([3 / 6, 2 / 6, 1 / 6])


def test_calibration_by_hand():
    p = np.array([0.1, 0.1, 0.9, 0.9, 0.9, 0.9])
    bins, gap = calibration(np.array([1 - p, p]).T, np.array([0, 1, 1, 1, 1, 0]))
    assert [(b.predicted, b.observed, b.n) for b in bins] == [
        (pytest.approx(0.1), 0.5, 2),
        (pytest.approx(0.9), 0.75, 4),
    ]
    assert gap == pytest.approx((2 * 0.4 + 4 * 0.15) / 6)
