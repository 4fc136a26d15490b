"""A model of a table foresees what the surrogate would, one row at a time or all at once."""

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure
from scipy.stats import binomtest, norm

from loop.core.candidate import CandidatePool, Material
from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Table
from loop.core.proposal import ParityPoint
from loop.errors import DataError, ModelError
from loop.regression.calibration import reliability, verdict
from loop.regression.measured import measured
from loop.regression.model import fit_model
from loop.regression.structures import structures_of
from tests.regression.conftest import STRUCTURES, bulk, request_of, table_of

POLYMERS = tuple(f"*{'C' * i}{j}*" for i in range(1, 7) for j in ("O", "C(=O)O", "N", "c1ccc(cc1)"))
FORMULAS = tuple(
    f"{a}{i}{b}{j}"
    for a in ("Na", "Mg", "Al", "Ti")
    for b in ("O", "S", "Cl")
    for i, j in ((1, 2), (2, 3))
)


def pool(material, structures, **fields) -> CandidatePool:
    ids = tuple(map(str, range(len(structures))))
    return CandidatePool(material, ids, tuple(structures), ids, fields)


def assert_row_by_row(model, workshop, asked: CandidatePool):
    whole = model.predict(asked, workshop)
    assert np.isfinite(whole.mean).all()
    for row in range(len(asked)):
        one = CandidatePool(
            asked.material, ("0",), asked.structures[row : row + 1], ("0",),
            {name: cells[row : row + 1] for name, cells in asked.fields.items()},
        )  # fmt: skip
        alone = model.predict(one, workshop)
        for name in ("mean", "sd", "sd_model", "low", "high", "leverage", "distance"):
            expected = pytest.approx(getattr(whole, name)[row], rel=1e-9, abs=1e-9)
            assert getattr(alone, name)[0] == expected
        assert alone.outside[0] == whole.outside[row]


def test_molecules_with_sources_do_not_depend_on_the_rows_beside_them(model, workshop):
    asked = pool(Material.MOLECULE, (*STRUCTURES[1:40:3], "C1CCC2CCCCC2C1", "OC(=O)c1ccccc1O"))
    assert_row_by_row(model, workshop, asked)


@pytest.mark.parametrize(
    ("material", "structures"), [(Material.POLYMER, POLYMERS), (Material.COMPOSITION, FORMULAS)]
)
def test_other_materials_do_not_either(workshop, material, structures):
    y = [float(len(s)) + 0.1 * s.count("O") + 0.01 * i for i, s in enumerate(structures)]
    request = request_of(material=material)
    model = fit_model(request, measured(table_of(structures[::2], y[::2]), request), workshop)
    assert_row_by_row(model, workshop, pool(material, structures[1::2]))


def test_columns_do_not_either(workshop):
    x = np.random.RandomState(3).rand(30, 2)
    request = request_of("off", material=Material.COLUMNS, structure="", features=("a", "b"))
    columns = {
        "a": x[:, 0].tolist(),
        "b": x[:, 1].tolist(),
        "bulk": (x[:, 0] - x[:, 1] ** 2).tolist(),
    }
    model = fit_model(request, measured(Table("t", columns, 2), request), workshop)
    asked = pool(
        Material.COLUMNS, [""] * 5, a=(0.1, 0.5, 0.9, 3.0, 0.2), b=(0.3, 0.2, 0.6, 0.5, 0.9)
    )
    assert_row_by_row(model, workshop, asked)
    assert model.predict(asked, workshop).outside.tolist()[3]


@pytest.mark.parametrize("kind", ["random-forest", "stacking", "rgpe", "frozen-ridge", "bma"])
def test_any_surrogate_by_name(training, workshop, kind):
    request = request_of(kind)
    model = fit_model(request, measured(training, request), workshop)
    assert model.report.surrogate == kind
    assert_row_by_row(model, workshop, pool(Material.MOLECULE, STRUCTURES[1:8:2]))


def test_the_model_is_that_of_the_surrogate_alone(model, workshop):
    """Without rows to be predicted beside it, there is nothing to tell scales apart."""
    request, found = model.request, model.measured
    rows = np.arange(len(found.keys))
    plain = workshop.surrogate(request).fit(model.features, rows, found.data, request.seed)
    mean, sd = plain.posterior(rows)
    told = model.predict(pool(Material.MOLECULE, found.pool.structures), workshop)
    np.testing.assert_allclose(told.mean, mean, rtol=1e-9)
    np.testing.assert_allclose(told.sd_model, sd, rtol=1e-6)
    noise = float(plain.weights @ plain.noise)
    np.testing.assert_allclose(told.sd, np.sqrt(sd**2 + noise), rtol=1e-6)
    np.testing.assert_allclose(told.high - told.low, 2 * norm.ppf(0.95) * told.sd)


def test_a_fold_is_foreseen_by_a_model_that_never_saw_it(model, workshop):
    """Refitted from a matrix that holds the other rows alone, as if the fold did not exist."""
    data, seed = model.measured.data, model.request.seed
    fold = np.random.default_rng(seed).permutation(len(data)) % 5
    seen, left = np.flatnonzero(fold != 0), np.flatnonzero(fold == 0)
    blocks = model.features.blocks
    both = np.concatenate([seen, left])
    mask = np.arange(len(both)) < len(seen)
    matrix = FeatureMatrix(
        tuple(replace(b, values=b.values[both]) for b in blocks), "x", reference=mask
    )
    ids = tuple(data.candidate_ids[i] for i in seen)
    known = TrainingData(ids, data.y[seen], None, data.replicates[seen], 0)
    fitted = workshop.surrogate(model.request).fit(matrix, np.arange(len(seen)), known, seed + 1)
    mean, _ = fitted.posterior(np.arange(len(seen), len(both)))
    points = {p.candidate_id: p for p in model.calibration.points}
    assert len(points) == len(data)
    for i, m in zip(left, mean, strict=True):
        assert points[data.candidate_ids[i]].predicted == pytest.approx(m, rel=1e-6)


def test_it_has_learned_something_and_says_how_much(model, workshop):
    rest = [s for s in STRUCTURES if s not in model.measured.pool.structures]
    told = model.predict(pool(Material.MOLECULE, rest), workshop)
    y = np.array([bulk(s) for s in rest])
    assert np.sqrt(np.mean((told.mean - y) ** 2)) < 0.5 * y.std()
    assert model.report.transfer.n_sources == 1
    assert model.calibration.k_fold.n == len(model.measured.keys)


def test_a_row_that_cannot_be_described_fails_alone(model, workshop):
    told = model.predict(pool(Material.MOLECULE, ("CCO", "[Na+].[Cl-]", "broken(")), workshop)
    assert np.isfinite(told.mean[0])
    assert 2 in told.failures
    assert np.isnan(told.mean[2])


def test_structures_that_cannot_be_described_are_named_or_left_out(workshop, training, monkeypatch):
    request = request_of("off")
    found = measured(training, request)
    broken = replace(
        found, pool=replace(found.pool, structures=("broken(", *found.pool.structures[1:]))
    )
    with pytest.raises(DataError, match="1 structures cannot be described") as refused:
        fit_model(request, broken, workshop)
    assert f"row {found.pool.ids[0]}, column smiles" in str(refused.value)
    model = fit_model(request, broken, workshop, skip=True)
    assert len(model.measured.keys) == len(found.keys) - 1
    assert model.measured.skipped[-1].text == "broken("


def test_too_few_values_are_said_to_be_so(workshop):
    request = request_of("off")
    with pytest.raises(ModelError, match="needs at least"):
        fit_model(request, measured(table_of(("CO",), (1.0,)), request), workshop)
    few = fit_model(
        request, measured(table_of(STRUCTURES[:4], (1.0, 2.0, 3.0, 5.0)), request), workshop
    )
    assert few.calibration.k_fold is None
    assert "too few to judge" in few.calibration.leave_one_out.verdict


def test_reliability_against_counts_by_hand():
    rng = np.random.default_rng(0)
    errors = rng.normal(size=400)
    points = [
        ParityPoint(candidate_id=str(i), observed=float(i + 2 * e), predicted=float(i), sd=2.0)
        for i, e in enumerate(errors)
    ]
    found = reliability(points)
    for level, inside in zip(found.levels, found.inside, strict=True):
        half = norm.interval(level)[1]
        assert inside == np.mean(np.abs(errors) <= half)
        assert binomtest(round(inside * 400), 400, level).pvalue > 1e-3
    assert found.coverage90 == found.inside[found.levels.index(0.9)]
    assert found.rmse == pytest.approx(2 * np.sqrt(np.mean(errors**2)))
    assert "can be trusted" in found.verdict


@pytest.mark.parametrize(
    ("inside", "n", "word"),
    [
        (9, 9, "too few"),
        (20, 30, "too narrow"),
        (27, 30, "can be trusted"),
        (100, 100, "wider"),
        (10, 10, "20 are needed"),
    ],
)
def test_the_verdict_follows_the_binomial_distribution(inside, n, word):
    assert word in verdict(inside, n)


def test_crystals_in_files_beside_the_table(tmp_path, workshop):
    rows = [(a, b) for a in ("Na", "K", "Rb", "Li") for b in ("Cl", "Br", "F")]
    cells, y = [], []
    for i, (metal, halogen) in enumerate(rows):
        structure = Structure.from_spacegroup(
            "Fm-3m", Lattice.cubic(4.5 + 0.1 * i), [metal, halogen], [[0, 0, 0], [0.5, 0.5, 0.5]]
        )
        (tmp_path / f"{metal}{halogen}.poscar").write_text(
            structure.to(fmt="poscar"), encoding="utf-8"
        )
        cells.append(f"{metal}{halogen}.poscar")
        y.append(structure.density)
    request = request_of("off", material=Material.CRYSTAL, structure="file")
    table = Table(str(tmp_path / "t.csv"), {"file": cells, "bulk": y}, 2)
    model = fit_model(request, measured(table, request), workshop)
    asked = structures_of(table, request)
    assert not asked.problems
    assert_row_by_row(model, workshop, asked.pool(Material.CRYSTAL, range(3), "012"))
    gone = Table(str(tmp_path / "t.csv"), {"file": ["CsI.poscar"], "bulk": [1.0]}, 2)
    assert "CIF or POSCAR file" in structures_of(gone, request).problems[0].expected
