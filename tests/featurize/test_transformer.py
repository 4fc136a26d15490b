import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from loop.errors import ConfigError, DataError
from loop.featurize.transformer import DescriptorTransformer

WEIGHTS = {"kind": "small-weights"}
TEXTS = ["CCO", "c1ccccc1", "CC(=O)O"]


@pytest.fixture(autouse=True)
def _installed(small_blocks):
    pass


def masses(texts):
    return [Descriptors.MolWt(Chem.MolFromSmiles(t)) for t in texts]


@pytest.mark.parametrize(
    "rows",
    [
        TEXTS, tuple(TEXTS), np.array(TEXTS), np.array(TEXTS, dtype=object)[:, None],
        pd.Series(TEXTS, index=[7, 8, 9]), pd.DataFrame({"smiles": TEXTS}),
    ],
    ids=["list", "tuple", "array", "column", "series", "frame"],
)  # fmt: skip
def test_every_form_of_input_gives_the_numbers_of_rdkit(rows):
    values = DescriptorTransformer(blocks=[WEIGHTS]).fit_transform(rows)
    assert values[:, 0].tolist() == masses(TEXTS)


def test_a_table_has_a_structure_column_and_fields():
    frame = pd.DataFrame({"t": [20.0, 30.0, 40.0], "smiles": TEXTS, "solvent": ["O", "O", "CO"]})
    transformer = DescriptorTransformer(
        blocks=[
            WEIGHTS,
            {"kind": "small-fields", "columns": ["t"]},
            {**WEIGHTS, "of": "solvent", "material": "molecule"},
        ],
        structure="smiles",
    ).set_output(transform="pandas")
    frame.index = pd.Index(["a", "b", "c"])
    described = transformer.fit_transform(frame)
    assert described.index.tolist() == ["a", "b", "c"]
    assert described["fields: t"].tolist() == [20, 30, 40]
    assert described["weights: mass [g/mol]"].tolist() == masses(TEXTS)
    solvent = described["weights of solvent: mass [g/mol] of solvent"]
    assert solvent.tolist() == masses(["O", "O", "CO"])
    with pytest.raises(DataError, match="expected a column of the table: t, smiles, solvent"):
        DescriptorTransformer(blocks=[WEIGHTS]).fit(frame)


def test_rows_that_fail_are_named_or_nan():
    rows = ["CCO", "OB(O)O", "C1CC"]
    with pytest.raises(DataError, match="2 of 3 rows") as refused:
        DescriptorTransformer(blocks=[WEIGHTS]).fit_transform(rows)
    assert "row 1: got 'OB(O)O'; expected weights: no parameters for boron" in str(refused.value)
    assert "row 2" in str(refused.value)
    values = DescriptorTransformer(blocks=[WEIGHTS], on_failure="nan").fit_transform(rows)
    assert np.isnan(values).all(axis=1).tolist() == [False, True, True]


def test_it_works_in_a_pipeline_with_its_cache(tmp_path):
    pipeline = make_pipeline(
        DescriptorTransformer(blocks=[WEIGHTS], cache=tmp_path), StandardScaler(), Ridge(alpha=1e-9)
    )
    alkanes = ["C" * n for n in range(1, 9)]
    pipeline.fit(alkanes, masses(alkanes))
    assert pipeline.predict(["C" * 12])[0] == pytest.approx(masses(["C" * 12])[0], rel=1e-3)
    assert list(tmp_path.glob("*/*/values.npy"))


def test_parameters_are_those_it_was_given():
    transformer = DescriptorTransformer("molecule", [WEIGHTS], on_failure="nan", n_jobs=-1)
    copy = clone(transformer)
    assert copy.get_params() == transformer.get_params()
    copy.set_params(blocks=[{"kind": "small-morgan", "size": 16}]).fit(TEXTS)
    names = copy.get_feature_names_out()
    assert names.tolist() == [f"Morgan 2: bit {i}" for i in range(16)]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"material": "metal"}, ConfigError, "molecule, polymer"),
        ({"on_failure": "hide"}, ConfigError, "'hide'"),
        ({"n_jobs": 0}, ConfigError, "n_jobs is 0"),
        ({"blocks": [{"kind": "small-wights"}]}, ConfigError, "did you mean 'small-weights'"),
    ],
)
def test_bad_parameters_are_named(parameters, error, message):
    with pytest.raises(error, match=message):
        DescriptorTransformer(**{"blocks": [WEIGHTS], **parameters}).fit(TEXTS)


@pytest.mark.parametrize("rows", ["CCO", 3, [1.0, 2.0], np.array([["C", "O"]]), [None]])
def test_bad_input_is_named(rows):
    with pytest.raises(DataError):
        DescriptorTransformer(blocks=[WEIGHTS]).fit(rows)


# The other checks of scikit-learn feed numbers.
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_estimator_tags_renamed,
        estimator_checks.check_valid_tag_types,
        estimator_checks.check_mixin_order,
        estimator_checks.check_do_not_raise_errors_in_init_or_set_params,
        estimator_checks.check_get_feature_names_out_error,
    ],
    ids=lambda check: check.__name__,
)
def test_the_checks_of_scikit_learn_that_need_no_numbers_pass(check):
    check("DescriptorTransformer", DescriptorTransformer(blocks=[WEIGHTS]))


def test_it_changes_neither_itself_nor_the_input_and_must_be_fitted():
    transformer = DescriptorTransformer(blocks=[WEIGHTS])
    with pytest.raises(NotFittedError):
        transformer.transform(TEXTS)
    frame = pd.DataFrame({"smiles": TEXTS})
    before = frame.copy()
    once = transformer.fit(frame).transform(frame)
    state = {key: value for key, value in vars(transformer).items() if key != "featurizer_"}
    np.testing.assert_array_equal(transformer.transform(frame), once)
    pd.testing.assert_frame_equal(frame, before)
    assert state == {k: v for k, v in vars(transformer).items() if k != "featurizer_"}
    np.testing.assert_array_equal(transformer.transform(TEXTS[1:]), once[1:])


def test_the_levels_of_a_category_are_those_of_the_rows_it_was_fitted_on():
    frame = pd.DataFrame({"base": ["KOH", "NaOH", "KOH"]})
    transformer = DescriptorTransformer(
        "columns", [{"kind": "category", "column": "base"}], on_failure="nan"
    ).fit(frame)
    names = ["category of base: base is KOH [0/1]", "category of base: base is NaOH [0/1]"]
    assert transformer.get_feature_names_out().tolist() == names
    later = transformer.transform(pd.DataFrame({"base": ["NaOH", "LiOH"]}))
    assert later[0].tolist() == [0.0, 1.0]
    assert np.isnan(later[1]).all()
