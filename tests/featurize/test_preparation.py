import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import RobustScaler, StandardScaler

from loop.errors import DataError, ModelError
from loop.featurize.correlation import uncorrelated
from loop.featurize.preparation import Preparation, PreparationConfig

PLAIN = PreparationConfig(correlation=None, clip=None)


def names(d):
    return [f"descriptor {i} [nm]" for i in range(d)]


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    values = rng.lognormal(size=(80, 6))
    values[rng.random(values.shape) < 0.2] = np.nan
    return values


@pytest.mark.parametrize(
    ("scale", "reference"),
    [("standard", StandardScaler()), ("robust", RobustScaler(unit_variance=True))],
)
def test_numbers_are_those_of_scikit_learn(table, scale, reference):
    training, new = table[:60], table[60:]
    config = PLAIN.model_copy(update={"scale": scale})
    imputer = SimpleImputer(strategy="median").fit(training)
    expected = reference.fit(imputer.transform(training)).transform(imputer.transform(new))
    fitted = Preparation.fit(table, names(6), config, rows=np.arange(60))
    np.testing.assert_allclose(fitted.apply(new, names(6)), expected, rtol=1e-9)
    assert fitted.n_imputed.tolist() == np.isnan(training).sum(0).tolist()


def test_what_is_constant_or_empty_in_the_training_rows_is_dropped():
    values = np.array([[1.0, 5, np.nan, 1], [2.0, 5, np.nan, np.nan], [3.0, 6, 7.0, 1]])
    fitted = Preparation.fit(values, names(4), PLAIN, rows=np.array([0, 1]))
    assert fitted.names == ("descriptor 0 [nm]",)
    # New rows do not change what was learnt: (3 - 1.5) / 0.5.
    assert fitted.apply(values[2:], names(4)).tolist() == [[3.0]]


def test_robust_scale_of_a_column_that_is_mostly_zero_is_its_deviation():
    values = np.zeros((10, 1))
    values[0] = 10.0
    config = PLAIN.model_copy(update={"scale": "robust"})
    assert Preparation.fit(values, ["count"], config).scale[0] == pytest.approx(3.0)


def test_far_values_are_clipped():
    values = np.array([[-1.0], [1.0]])
    fitted = Preparation.fit(values, ["x"], PreparationConfig(clip=3.0))
    assert fitted.apply(np.array([[100.0], [-100.0], [0.5]]), ["x"]).ravel().tolist() == [
        3,
        -3,
        0.5,
    ]


def test_of_two_columns_that_say_the_same_the_first_stays():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 50))
    values = np.column_stack([a, -2 * a + 1, b, a + 0.01 * b])
    fitted = Preparation.fit(values, names(4), PreparationConfig())
    assert fitted.kept.tolist() == [0, 2]


@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1.0), st.integers(1, 700))
def test_decorrelation_agrees_with_the_correlation_matrix(seed, limit, d):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(12, 3)) @ rng.normal(size=(3, d)) + rng.normal(size=(12, d))
    kept = uncorrelated(values, limit)
    r = np.abs(np.corrcoef(values, rowvar=False)).reshape(d, d)
    off = r[np.ix_(kept, kept)] - np.eye(len(kept))
    assert off.max() <= limit + 1e-9
    for j in set(range(d)) - set(kept.tolist()):
        assert r[j, kept[kept < j]].max() > limit - 1e-9


finite = st.floats(-1e6, 1e6) | st.just(np.nan)


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=finite),
    st.sampled_from(["standard", "robust", "none"]),
    st.none() | st.floats(0.5, 50),
    st.none() | st.floats(0.1, 1),
)
def test_stored_and_loaded_it_does_the_same(values, scale, clip, correlation):
    columns = names(values.shape[1])
    config = PreparationConfig(scale=scale, clip=clip, correlation=correlation)
    try:
        fitted = Preparation.fit(values, columns, config)
    except DataError as refused:
        assert "constant or empty" in refused.message
        return
    content = fitted.dump()
    loaded = Preparation.load(content, columns)
    ready = fitted.apply(values, columns)
    assert np.isfinite(ready).all()
    np.testing.assert_array_equal(loaded.apply(values, columns), ready)
    assert loaded.dump() == content
    assert loaded.config == config
    assert loaded.names == fitted.names
    assert loaded.n_imputed.tolist() == fitted.n_imputed.tolist()


def test_other_columns_are_named(table):
    content = Preparation.fit(table, names(6), PLAIN).dump()
    with pytest.raises(DataError, match="1 of them are missing, 1 are new") as other:
        Preparation.load(content, [*names(5), "mass [g/mol]"])
    assert "descriptor 5 [nm]" in str(other.value)
    assert "mass [g/mol]" in str(other.value)
    with pytest.raises(DataError, match="number 1: got 'descriptor 1"):
        Preparation.load(content, [names(6)[1], names(6)[0], *names(6)[2:]])


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x02\0\0\0\0\0\0\0{}"])
def test_other_bytes_are_refused(content):
    with pytest.raises(ModelError, match="no stored preparation"):
        Preparation.load(content, ["x"])


def test_bad_tables_are_refused_with_their_place():
    with pytest.raises(DataError, match=r"row 1, column b") as infinite:
        Preparation.fit(np.array([[1.0, 2], [3, np.inf]]), ["a", "b"], PLAIN)
    assert "infinity" in str(infinite.value)
    with pytest.raises(DataError, match="twice: a"):
        Preparation.fit(np.ones((2, 2)), ["a", "a"], PLAIN)
    with pytest.raises(DataError, match="2 columns came with 1 names"):
        Preparation.fit(np.ones((2, 2)), ["a"], PLAIN)
    with pytest.raises(DataError, match="no training rows"):
        Preparation.fit(np.ones((0, 1)), ["a"], PLAIN)
    with pytest.raises(DataError, match="all 1 columns are constant"):
        Preparation.fit(np.ones((3, 1)), ["a"], PLAIN)
