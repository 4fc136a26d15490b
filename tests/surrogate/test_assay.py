"""A cheap measurement of a part of the pool, through the block and into the model."""

import numpy as np
import pytest

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.featurize.bundle import BlockFeaturizer
from loop.featurize.recipe_assay import Assay, AssayConfig
from loop.surrogate.gp import GaussianProcess, StoreKeeper
from loop.surrogate.transfer import TransferGaussianProcess
from loop.surrogate.tree_surrogates import RandomForest

EVERY = np.arange(100, dtype=np.intp)
KINDS = [GaussianProcess, TransferGaussianProcess]


def with_assay(features, values, known):
    told = np.column_stack([np.where(known, values, 0.0), known]).astype(np.float32)
    block = FeatureBlock("assay a", "assay", ("a", "a measured"), told)
    return FeatureMatrix((*features.blocks, block), f"{features.digest} {told.sum()}")


def error(cls, features, chemistry, rows):
    model = cls(cls.Config()).fit(features, rows, chemistry.data(rows), 0)
    test = np.setdiff1d(EVERY, rows)
    return np.sqrt(np.mean((model.posterior(test)[0] - chemistry.y[test]) ** 2)), model


def ratios(cls, chemistry, values, seeds, n=20):
    plain = chemistry.features if cls is GaussianProcess else chemistry.with_sources()
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        rows, known = np.sort(rng.choice(100, n, replace=False)), rng.random(100) < 0.6
        assayed = with_assay(plain, values(rng), known)
        one, two = (error(cls, f, chemistry, rows)[0] for f in (assayed, plain))
        found.append(np.log(one / two))
    return np.exp(np.mean(found))


@pytest.mark.parametrize("cls", KINDS)
def test_an_informative_assay_of_a_part_of_the_pool_helps(chemistry, cls):
    y = chemistry.y
    assert ratios(cls, chemistry, lambda rng: y + 0.4 * y.std() * rng.normal(size=100), 5) < 0.85


@pytest.mark.slow
@pytest.mark.parametrize("cls", KINDS)
def test_a_random_assay_hardly_harms(chemistry, cls):
    # One in twelve looks useful by chance: many draws are needed to see the usual harm.
    assert ratios(cls, chemistry, lambda rng: rng.normal(size=100), 24) < 1.03


def assay_of(chemistry, known):
    store = StoreKeeper().of(with_assay(chemistry.features, chemistry.y, known))
    return store.assays[0][1]


def test_measured_values_are_taken_as_they_are_and_gaps_are_unsure(chemistry):
    known = EVERY % 5 < 3
    table = assay_of(chemistry, known).table(EVERY, EVERY)
    seen = chemistry.y[known].astype(np.float32).astype(float)
    z = (seen - seen.mean()) / seen.std()
    np.testing.assert_allclose(table[np.ix_(known, known)], np.outer(z, z), atol=1e-12)
    mean = table[known][:, ~known].T @ z / (z @ z)
    spread = np.diag(table)[~known] - mean**2
    assert (spread > 0).all()
    assert np.linalg.eigvalsh(table).min() > -1e-8
    np.testing.assert_allclose(assay_of(chemistry, known).diagonal(EVERY), np.diag(table))


def test_gaps_are_predicted_as_a_gp_of_the_descriptors_would(chemistry):
    known = EVERY % 5 < 3
    rows = np.flatnonzero(known)
    y = chemistry.y.astype(np.float32).astype(float)
    plain = GaussianProcess(GaussianProcess.Config()).fit(
        chemistry.features, rows, chemistry.data(rows, y), 0
    )
    mean, sd = plain.posterior(np.flatnonzero(~known))
    table = assay_of(chemistry, known).table(EVERY, EVERY)
    z = (y[known] - y[known].mean()) / y[known].std()
    found = table[known][:, ~known].T @ z / (z @ z)
    np.testing.assert_allclose(found * y[known].std() + y[known].mean(), mean, atol=0.02 * y.std())
    unsure = np.sqrt(np.diag(table)[~known] - found**2) * y[known].std()
    np.testing.assert_allclose(unsure, sd, rtol=0.05)


def test_the_share_of_an_assay_is_told(chemistry):
    rows = np.arange(0, 100, 4)
    features = with_assay(chemistry.features, chemistry.y, np.ones(100, dtype=bool))
    found, model = error(GaussianProcess, features, chemistry, rows)
    assert found < 0.2 * chemistry.y.std()
    assert "variance from assay a (standardised)" in model.report.hyperparameters


@pytest.mark.parametrize(
    ("count", "values", "words"),
    [(4, 1.0, "assay a is not used: 4 values"), (9, 0.0, "all values are equal")],
)
def test_an_assay_that_says_nothing_is_left_out_and_told(chemistry, count, values, words):
    rows = np.arange(0, 100, 4)
    features = with_assay(chemistry.features, values * chemistry.y, count > EVERY)
    found, model = error(GaussianProcess, features, chemistry, rows)
    assert any(words in w for w in model.report.warnings)
    assert found == error(GaussianProcess, chemistry.features, chemistry, rows)[0]


def test_a_surrogate_that_cannot_use_it_says_so(chemistry):
    features = with_assay(chemistry.features, chemistry.y, EVERY % 2 == 0)
    model = error(RandomForest, features, chemistry, np.arange(0, 100, 4))[1]
    assert "assay a is not used by random-forest; gp uses it" in model.report.warnings


def test_the_block_tells_a_gap_from_a_bad_cell():
    block = Assay(AssayConfig(column="tan_delta", unit="1", log=True))
    assert block.columns == ("log10 tan_delta [1]", "log10 tan_delta [1] measured")
    cells = [0.01, None, "", 0.0, "low", "1e2"]
    found = block.describe([{"tan_delta": c} for c in cells] + [{"other": 1.0}])
    np.testing.assert_allclose(found.values[[0, 1, 2, 5]], [[-2, 1], [0, 0], [0, 0], [2, 1]])
    assert set(found.failures) == {3, 4, 6}
    assert "tan_delta" in found.failures[6]


def test_a_pool_with_gaps_is_described(chemistry):
    block = {"kind": "assay", "column": "a"}
    config = BlockFeaturizer.Config.model_validate(
        {"blocks": [{"kind": "numbers", "columns": ["x"]}, block]}
    )
    cells = (0.5, None, 2.0)
    pool = CandidatePool(
        Material.COLUMNS,
        ("1", "2", "3"),
        ("",) * 3,
        tuple("abc"),
        {"x": (1.0, 2.0, 3.0), "a": cells},
    )
    space = PoolSpace.model_construct(material=Material.COLUMNS, on_invalid="refuse")
    featurizer = BlockFeaturizer(config)
    assert featurizer.check(pool, space) == []
    matrix = featurizer.featurize(pool, space)
    assert not matrix.failures
    assert matrix.blocks[1].kind == "assay"
    assert matrix.blocks[1].values.tolist() == [[0.5, 1.0], [0.0, 0.0], [2.0, 1.0]]
