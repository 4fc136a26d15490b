"""What a training gives: predictions that hold on unseen molecules, and a card that says so."""

import hashlib

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors
from scipy.stats import spearmanr

from loop.core.candidate import Material
from loop.errors import ConfigError, DataError, NotFoundError, UnitError
from loop.sources.presets import model_recipe
from loop.sources.recipe import ModelRecipe, SourceRecipe
from loop.sources.rows import SourceRows, Withheld, structure_hash, training_rows
from loop.sources.training import train
from tests.sources.conftest import SMALL, source


def test_unseen_molecules_are_predicted_and_the_card_says_how_well(model, tables, describe, recipe):
    rows = training_rows(recipe, lambda r, p: tables[r.name])
    held = rows.validation(recipe.validation_share, recipe.seed)
    unseen = [text for text, out in zip(rows.texts, held, strict=True) if out]
    card = model.card.sources[0]
    assert (card.validation.n, card.n - card.n_training) == (len(unseen), len(unseen))
    predicted = model.predict("mass", describe(unseen), "g/mol")
    truth = np.array([Descriptors.MolWt(Chem.MolFromSmiles(s)) for s in unseen])
    rmse = np.sqrt(np.mean((predicted - truth) ** 2))
    assert card.validation.rmse == pytest.approx(rmse, rel=1e-4)
    assert card.validation.r2 == pytest.approx(1 - rmse**2 / truth.var(), rel=1e-4)
    assert card.validation.spearman == pytest.approx(spearmanr(predicted, truth)[0], rel=1e-4)
    assert card.validation.r2 > 0.9
    assert all(s.validation.r2 > 0.8 for s in model.card.sources)


def test_the_card_tells_where_the_numbers_come_from(model, tables, recipe, describer):
    card = model.card
    assert card.recipe == recipe
    assert card.featurizer_digest == describer.digest(recipe.blocks)
    assert {"torch", "rdkit", "numpy", "synthloop"} <= set(card.versions)
    mass = tables["mass"]
    assert card.sources[0].n == len(mass.values)
    assert [s.unit for s in card.sources] == ["g/mol", "dimensionless", "Pa"]
    lines = [
        f"molecule\t{key}\t{float(value)!r}"
        for key, value in sorted(
            zip(mass.keys, mass.values, strict=True),
            key=lambda pair: structure_hash((Material.MOLECULE, pair[0])),
        )
    ]
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert card.sources[0].values_digest == expected


def test_equal_recipes_give_equal_bytes_and_another_seed_does_not(model, recipe, read, describer):
    assert train(recipe, read, describer).weights() == model.weights()
    other = recipe.model_copy(update={"seed": 5})
    assert train(other, read, describer).weights() != model.weights()


def test_a_prediction_in_another_unit_and_a_wrong_one(model, describe):
    matrix = describe(["CCO", "CCCCO"])
    grams = model.predict("mass", matrix, "g/mol")
    assert model.predict("mass", matrix, "kg/mol") == pytest.approx(grams / 1000)
    with pytest.raises(UnitError, match="different things"):
        model.predict("mass", matrix, "K")
    with pytest.raises(NotFoundError, match="it has mass, log_p, pressure"):
        model.predict("density", matrix, "g/mol")


def test_a_molecule_that_cannot_be_read_has_no_prediction(model, describe):
    matrix = describe(["CCO", "C1CC"])
    assert list(matrix.failures) == [1]
    assert np.isnan(model.predict("mass", matrix, "g/mol")).tolist() == [False, True]


def test_repeats_become_their_median_and_the_implausible_is_dropped():
    structures = [f"{'C' * n}O" for n in range(1, 61)]
    keys = [*structures, "CO", "CO", "CCO", None]
    values = np.array([*np.arange(60.0), 100.0, 7.0, -1.0, 3.0])
    recipe = model_recipe("m", (source("x", lowest=0.0, highest=90.0),))
    rows = training_rows(recipe, lambda r, p: SourceRows(keys, keys, values))
    found = {key: v for (_, key), v in zip(rows.structures, rows.values[:, 0], strict=True)}
    # Of methanol 0, 100 and 7 are given; 100 lies above the range. Ethanol's -1 lies below.
    assert (found["CO"], found["CCO"], len(found)) == (3.5, 1.0, 60)
    assert (np.diff(rows.hashes.astype(object)) > 0).all()


def test_capped_sources_share_their_structures(tables):
    recipe = model_recipe("m", (source("mass", cap=60), source("log_p", cap=60)))
    rows = training_rows(recipe, lambda r, p: tables[r.name])
    known = np.isfinite(rows.values)
    assert known.sum(axis=0).tolist() == [60, 60]
    # Every second molecule has a logP: of the 60 smallest hashes of both about 30 coincide.
    assert 15 <= known.all(axis=1).sum() <= 45


def test_too_few_rows_and_equal_values_are_refused(read, describer):
    few = SourceRows(["CO"] * 3, ["CO"] * 3, np.arange(3.0))
    recipe = model_recipe("m", (source("x"),), SMALL)
    with pytest.raises(DataError, match="'x' has 1 usable rows in x; a source needs 50"):
        train(recipe, lambda r, p: few, describer)
    chains = [f"{'C' * n}O" for n in range(1, 61)]
    with pytest.raises(DataError, match="all values of source 'x' are equal"):
        train(recipe, lambda r, p: SourceRows(chains, chains, np.ones(60)), describer)
    with pytest.raises(DataError, match="withheld"):
        train(recipe, read, describer, Withheld(frozenset({"x"})))


def test_recipes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="'K per hour fish' is not known"):
        source("x", "K per hour fish")
    with pytest.raises(ValueError, match="named twice: x"):
        model_recipe("m", (source("x"), source("x")))
    mineral = SourceRecipe(name="y", data="y", column="y", unit="K", material=Material.COMPOSITION)
    with pytest.raises(ConfigError, match="composition, molecule"):
        model_recipe("m", (source("x"), mineral))
    assert isinstance(model_recipe("m", (source("x"),)), ModelRecipe)


def test_polymers_and_molecules_in_one_network_and_compositions_alone(describer, tables, describe):
    units = [f"*{'C' * n}O*" for n in range(2, 62)]
    lengths = SourceRows(units, units, np.arange(60.0))
    polymer = SourceRecipe(
        name="length", data="l", column="l", unit="dimensionless", material=Material.POLYMER
    )
    recipe = model_recipe("both", (source("mass", "g/mol"), polymer), SMALL)
    found = train(recipe, lambda r, p: lengths if r.name == "length" else tables["mass"], describer)
    assert set(found.card.recipe.serves) == {Material.MOLECULE, Material.POLYMER}
    assert found.known(Material.POLYMER, ["*CCO*", "CCO"]) == {"length": ["*CCO*"]}
    formulas = [f"Na{n}Cl" for n in range(1, 31)] + [f"K{n}Br" for n in range(1, 31)]
    mineral = SourceRecipe(
        name="amount", data="a", column="a", unit="dimensionless", material=Material.COMPOSITION
    )
    salt = SourceRows(formulas, formulas, np.array([*range(30), *range(30)], dtype=float))
    trained = train(model_recipe("salts", (mineral,), SMALL), lambda r, p: salt, describer)
    assert trained.card.recipe.serves == (Material.COMPOSITION, Material.CRYSTAL)


def test_asinh_and_log_scales_come_back():
    values = np.array([-1e5, -1.0, 0.0, 3.0, 1e7])
    signed = source("x", transform="asinh")
    assert signed.unscaled(signed.scaled(values)) == pytest.approx(values, rel=1e-9)
    log = source("x", transform="log10")
    assert np.isfinite(log.scaled(values)).tolist() == [False, False, False, True, True]
    assert log.unscaled(log.scaled(values[3:])) == pytest.approx(values[3:])


def test_the_numbers_of_a_row_do_not_depend_on_those_beside_it(model, tables, describe):
    texts = tables["mass"].structures[:150]
    whole = model.outputs(describe(texts))
    for chosen in ([0], [149], [7, 3], list(range(20, 90))):
        part = model.outputs(describe([texts[i] for i in chosen]))
        for few, many in zip(part, whole, strict=True):
            np.testing.assert_array_equal(few, many[chosen])
