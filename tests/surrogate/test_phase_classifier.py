import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import recall_score
from sklearn.model_selection import cross_val_score, train_test_split

from loop.errors import DataError
from loop.surrogate.phase_classifier import PhaseClassifier


@pytest.fixture(scope="module")
def wine():
    x, y = load_wine(return_X_y=True)
    return x, np.array(["barolo", "grignolino", "barbera"])[y]


def test_three_classes_from_thirty_labels_as_well_as_a_forest(wine):
    ours, forests = [], []
    for seed in range(3):
        x_fit, x_test, y_fit, y_test = train_test_split(
            *wine, train_size=30, stratify=wine[1], random_state=seed
        )
        forest = RandomForestClassifier(100, class_weight="balanced", random_state=seed)
        for found, model in ((ours, PhaseClassifier()), (forests, forest)):
            guess = model.fit(x_fit, y_fit).predict(x_test)
            found.append(recall_score(y_test, guess, average="macro"))
    assert np.mean(ours) > 0.9
    assert np.mean(ours) > np.mean(forests) - 0.03


def test_what_one_row_is_told_does_not_depend_on_the_others(wine):
    x, y = wine
    model = PhaseClassifier().fit(x[::2], y[::2])
    together = model.predict_proba(x[1::2])
    assert list(model.classes_) == ["barbera", "barolo", "grignolino"]
    assert together.sum(axis=1) == pytest.approx(1.0)
    apart = np.concatenate([model.predict_proba(x[i : i + 1]) for i in (1, 61, 131)])
    assert apart == pytest.approx(together[[0, 30, 65]], rel=1e-9)
    strange = np.concatenate([x[1::2], 1e6 * np.ones((1, x.shape[1]))])
    assert model.predict_proba(strange)[:-1] == pytest.approx(together, rel=1e-9)
    report = model.report()
    assert report.counts == tuple(np.unique(y[::2], return_counts=True)[1])
    assert report.better_than_base


def test_it_is_an_estimator_like_any_other(wine):
    x, y = wine
    assert cross_val_score(PhaseClassifier(), x, y, cv=2).min() > 0.9
    copy = clone(PhaseClassifier(tuned_on=40, seed=3))
    assert copy.get_params() == {"tuned_on": 40, "seed": 3}
    with pytest.raises(NotFittedError):
        copy.predict_proba(x)


def test_input_that_cannot_be_used_is_named(wine):
    x, y = wine
    with pytest.raises(DataError, match="one class only, 'barolo'"):
        PhaseClassifier().fit(x[:4], y[:4])
    with pytest.raises(ValueError, match="NaN"):
        PhaseClassifier().fit(np.where(x > 12, np.nan, x), y)
    fitted = PhaseClassifier().fit(x[::3], y[::3])
    with pytest.raises(ValueError, match="5 features"):
        fitted.predict_proba(x[:, :5])
