"""The scikit-learn regressor keeps scikit-learn's habits."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from loop.errors import ConfigError, DataError
from loop.regression.folder import read_model
from loop.regression.measured import measured
from loop.regression.model import fit_model
from loop.regression.regressor import PropertyRegressor
from tests.regression.conftest import STRUCTURES, bulk, request_of

X = list(STRUCTURES[::5])
Y = np.array([bulk(s) for s in X])


@pytest.fixture
def regressor(settings):
    return PropertyRegressor(target="bulk", workspace=settings.workspace)


def test_it_is_the_model_of_the_command(regressor, training, workshop, tmp_path):
    mean, sd = regressor.fit(X, Y).predict(STRUCTURES[:9], return_std=True)
    request = request_of()
    model = fit_model(request, measured(training, request), workshop)
    assert regressor.model_.request == model.request
    assert regressor.model_.report.rmse == model.report.rmse
    regressor.save(tmp_path / "m")
    stored, _ = read_model(tmp_path / "m")
    from loop.core.candidate import Material
    from tests.regression.test_model import pool

    told = stored.predict(pool(Material.MOLECULE, STRUCTURES[:9]), workshop)
    np.testing.assert_array_equal(mean, told.mean)
    np.testing.assert_array_equal(sd, told.sd)


def test_parameters_survive_cloning_and_fitting(regressor):
    regressor.set_params(transfer="off", random_state=3)
    before = regressor.get_params()
    twin = clone(regressor)
    assert twin.get_params() == before
    assert regressor.fit(X, Y) is regressor
    assert regressor.get_params() == before
    assert not hasattr(twin, "model_")
    again = clone(regressor).fit(X, Y)
    np.testing.assert_array_equal(again.predict(X), regressor.predict(X))


@pytest.mark.parametrize(
    "given",
    [
        np.array(X), np.array(X, dtype=object)[:, None], pd.Series(X, index=range(5, 5 + len(X))),
        pd.DataFrame({"anything": X}), tuple(X),
    ],
    ids=["array", "column", "series", "frame", "tuple"],
)  # fmt: skip
def test_structures_come_in_any_form(regressor, given):
    regressor.set_params(transfer="off", material="molecule")
    expected = clone(regressor).fit(X, Y).predict(X)
    found = regressor.fit(given, pd.Series(Y))
    np.testing.assert_allclose(found.predict(given), expected, rtol=1e-12)
    np.testing.assert_allclose(found.predict(X), expected, rtol=1e-12)
    assert found.n_features_in_ == 1


def test_cross_validation_and_searches_work(regressor):
    regressor.set_params(transfer="off")
    folds = KFold(3, shuffle=True, random_state=0)
    scores = cross_val_score(regressor, X, Y, cv=folds)
    assert scores.shape == (3,)
    predicted = cross_val_predict(regressor, np.array(X), Y, cv=folds)
    train, test = next(folds.split(X))
    by_hand = clone(regressor).fit([X[i] for i in train], Y[train]).predict([X[i] for i in test])
    np.testing.assert_allclose(predicted[test], by_hand, rtol=1e-12)
    error = ((Y[test] - by_hand) ** 2).sum() / ((Y[test] - Y[test].mean()) ** 2).sum()
    assert scores[0] == pytest.approx(1 - error)
    search = GridSearchCV(regressor, {"transfer": ["off", "random-forest"]}, cv=2).fit(X, Y)
    assert search.best_params_["transfer"] in {"off", "random-forest"}
    assert make_pipeline(clone(regressor)).fit(X, Y).predict(X[:1]).shape == (1,)


def test_numbers_are_recipes():
    x = np.random.default_rng(0).random((20, 3))
    y = x @ [1.0, -2.0, 0.5]
    plain = PropertyRegressor("columns", transfer="off").fit(x, y)
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    named = PropertyRegressor("columns", transfer="off", features=["a", "b", "c"]).fit(frame, y)
    np.testing.assert_allclose(plain.predict(x[:5]), named.predict(frame[:5]), rtol=1e-6)
    assert plain.n_features_in_ == 3
    assert plain.score(x, y) > 0.99


def test_replicates_are_averaged(regressor):
    regressor.set_params(transfer="off").fit([*X, X[0]], [*Y, Y[0] + 0.2])
    data = regressor.model_.measured.data
    assert len(data) == len(X)
    assert data.y.max() <= Y.max() + 0.1
    assert data.noise_variance.max() == pytest.approx(0.02)


def test_far_from_the_training_is_said(regressor):
    told = (
        regressor.set_params(transfer="off").fit(X, Y).foresee([X[0], "c1cc2ccc3cccc4ccc(c1)c2c34"])
    )
    assert told.outside.tolist()[1]
    assert told.distance[1] > told.distance[0]


def test_before_the_fit_nothing_is_predicted(regressor):
    with pytest.raises(NotFittedError):
        regressor.predict(X)


@pytest.mark.parametrize(
    ("changed", "x", "y", "kind", "message"),
    [
        ({}, X[:3], [1.0, 2.0], DataError, "expected one value for each of 3 rows"),
        ({}, X[:3], [1.0, np.nan, 2.0], DataError, "y holds nan in row 1"),
        ({}, ["CCO", "C1CC", "CO"], [1.0, 2.0, 3.0], DataError, "row 1, column smiles: got 'C1CC'"),
        ({}, "CCO", [1.0], DataError, "X is str"),
        ({}, [object()], [1.0], DataError, "X holds object in row 0"),
        ({}, np.array([["CO", "CC"]]), [1.0], DataError, "X has shape"),
        ({}, pd.DataFrame({"a": ["CO"], "b": ["CC"]}), [1.0], DataError, "structure is None"),
        ({"material": "metal"}, X, Y, ConfigError, "material is 'metal'"),
        ({"material": "columns"}, [1.0, 2.0], [1.0, 2.0], DataError, "X has shape"),
        ({"transfer": "transfer-pg"}, X, Y, ConfigError, "did you mean 'transfer-gp'"),
        ({"unit": "nonsense"}, X, Y, DataError, "not known"),
    ],
)  # fmt: skip
def test_every_mistake_is_named(regressor, changed, x, y, kind, message):
    with pytest.raises(kind) as refused:
        regressor.set_params(**changed).fit(x, y)
    assert message in str(refused.value)


def test_structures_that_cannot_be_read_are_named_when_predicting(regressor):
    regressor.set_params(transfer="off").fit(X, Y)
    with pytest.raises(DataError, match="1 rows cannot be read") as refused:
        regressor.predict(["CO", "C1CC"])
    assert "row 1, column smiles: got 'C1CC'" in str(refused.value)


@pytest.mark.parametrize(
    "check",
    [
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_valid_tag_types",
        "check_estimator_repr",
        "check_estimators_unfitted",
        "check_mixin_order",
    ],
)
def test_scikit_learns_own_checks_that_need_no_numbers(check):
    getattr(estimator_checks, check)("PropertyRegressor", PropertyRegressor(transfer="off"))


def test_a_fitted_one_travels_to_other_processes(regressor):
    regressor.set_params(transfer="off").fit(X, Y)
    twin = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(twin.predict(X), regressor.predict(X))
