"""A molecule or a property that must not be known is found, named, and left out."""

import numpy as np
import pytest

from loop.core.candidate import CandidatePool, Material
from loop.core.source_ports import FEATURES, PREDICTIONS, SourceRequest
from loop.datasets.structure_keys import molecule_key
from loop.errors import NotFoundError
from loop.sources.leak import cleared, leaks, same_property, tainted
from loop.sources.learners import KernelModel
from loop.sources.library import SourceLibrary
from loop.sources.presets import model_recipe
from loop.sources.rows import Withheld
from loop.sources.supply import LibrarySources, source_blocks
from loop.sources.training import train
from tests.sources.conftest import SMALL, source


@pytest.fixture(scope="session")
def hidden(tables):
    """The key of a molecule that only the large source has."""
    key = molecule_key("c1ccc(cc1)CCCO")
    only = [k for k in tables["mass"].keys if k not in tables["log_p"].keys]
    assert key is not None
    assert key in tables["mass"].keys
    return key if key in only else only[0]


@pytest.fixture
def retrain(read, describer):
    return lambda recipe, withheld: train(recipe, read, describer, withheld)


def test_a_hidden_molecule_is_named_with_its_source(library, hidden):
    found = leaks(library, Material.MOLECULE, ["CCCCCCCCCCCCCCCCO", hidden, hidden])
    assert [(leak.source, leak.keys) for leak in found] == [("mass", (hidden,))]
    assert str(found[0]) == f"source 'mass' of model 'small' has seen {hidden}"
    assert leaks(library, Material.POLYMER, [hidden]) == []
    assert leaks(library, Material.COMPOSITION, ["NaCl"]) == []


def test_the_model_is_trained_anew_without_it(model, hidden, retrain):
    withheld = Withheld(structures=frozenset({(Material.MOLECULE, hidden)}))
    anew, notice = cleared(model, withheld, retrain)
    assert notice == "source model 'small' was trained anew without mass"
    assert anew.known(Material.MOLECULE, [hidden]) == {}
    assert anew.card.withheld_digest == withheld.digest()
    assert [s.n for s in anew.card.sources] == [
        s.n - (s.name == "mass") for s in model.card.sources
    ]
    assert cleared(anew, withheld, retrain) == (anew, "")


def test_the_model_is_left_out_where_its_data_are_gone(model, hidden):
    def gone(recipe, withheld):
        raise NotFoundError("the table lab.csv of source 'mass' is not here")

    withheld = Withheld(structures=frozenset({(Material.MOLECULE, hidden)}))
    found, notice = cleared(model, withheld, gone)
    assert found is None
    assert "left out: it has learned mass" in notice
    assert "lab.csv" in notice


def test_a_model_that_has_seen_nothing_stays_as_it_is(model, retrain):
    withheld = Withheld(structures=frozenset({(Material.MOLECULE, "CCCCCCCCCCCCCCCCO")}))
    assert cleared(model, withheld, retrain) == (model, "")


def test_all_sources_withheld_leave_nothing(model, retrain):
    withheld = Withheld(frozenset({"mass", "log_p", "pressure"}))
    assert tainted(model, withheld) == ["log_p", "mass", "pressure"]
    found, notice = cleared(model, withheld, retrain)
    assert found is None
    assert notice == "source model 'small' is left out: it is log_p, mass, pressure"


@pytest.mark.parametrize(
    ("target", "unit", "found"),
    [
        ("pressure", "bar", ["pressure"]),
        ("pressure", "K", []),
        ("vapour_pressure", "Pa", []),
        ("mass", "kg/mol", ["mass"]),
        ("toughness", "MPa", []),
    ],
)
def test_the_target_itself_is_recognised_by_words_and_dimension(model, target, unit, found):
    assert same_property(model.card, target, unit) == found


def test_a_source_under_another_name_is_recognised_by_its_column(read, describer):
    own = model_recipe("our-x", (source("mass", "g/mol").model_copy(update={"name": "our-x"}),))
    found = train(
        own.model_copy(update={"learner": KernelModel()}),
        lambda recipe, progress: read(source("mass", "g/mol")),
        describer,
    ).card
    assert same_property(found, "mass", "kg/mol") == ["our-x"]
    assert same_property(found, "x", "kg/mol") == ["our-x"]
    assert same_property(found, "density", "kg/mol") == []


def test_blocks_are_means_of_members_and_joined_features(model, describe):
    matrix = describe(["CCO", "CCCCO", "c1ccccc1CC"])
    predictions, features = source_blocks([model], Material.MOLECULE, [matrix])
    assert (predictions.kind, features.kind) == (PREDICTIONS, FEATURES)
    assert predictions.columns == ("mass", "log_p", "pressure")
    assert predictions.values.dtype == features.values.dtype == np.float32
    assert features.values.shape == (3, 2 * 16)
    card = model.card.sources[0]
    in_unit = predictions.values[:, 0] * card.scale + card.centre
    assert in_unit == pytest.approx(model.predict("mass", matrix, "g/mol"), rel=1e-6)
    # The mean of the members, by the textbook formula of SiLU.
    x = model.inputs.apply(matrix, np.arange(3)).astype(float)
    outputs = []
    for member in model.body.members:
        hidden = x
        for w, b in list(zip(member.weights, member.biases, strict=True))[:-1]:
            z = hidden @ w.astype(float) + b
            hidden = z / (1 + np.exp(-z))
        outputs.append(hidden @ member.weights[-1].astype(float) + member.biases[-1])
    assert predictions.values == pytest.approx(np.mean(outputs, axis=0), abs=1e-4)


def test_a_source_of_two_models_is_their_mean_and_features_are_of_shared_ones(
    model, describe, read, describer
):
    alone = train(model_recipe("alone", (model.card.recipe.sources[0],), SMALL), read, describer)
    matrix = describe(["CCO", "CCCCO"])
    shared, _ = source_blocks([model], Material.MOLECULE, [matrix])
    predictions, features = source_blocks([model, alone], Material.MOLECULE, [matrix, matrix])
    mean = (shared.values[:, 0] + alone.outputs(matrix)[0][:, 0]) / 2
    assert predictions.columns == ("mass", "log_p", "pressure")
    assert predictions.values[:, 0] == pytest.approx(mean, rel=1e-6)
    assert features.columns == tuple(f"small {i}" for i in range(32))
    assert [b.kind for b in source_blocks([alone], Material.MOLECULE, [matrix])] == [PREDICTIONS]


def pool_of(structures, material=Material.MOLECULE):
    names = tuple(f"c{i}" for i in range(len(structures)))
    return CandidatePool(material, names, tuple(structures), names)


@pytest.fixture
def sources(library, describer, read, tmp_path):
    return LibrarySources(library, describer, read, tmp_path / "anew")


def test_a_pool_gets_its_blocks_and_bad_rows_are_failures(sources):
    request = SourceRequest(pool_of(["CCO", "C1CC", "CCCO"]), "toughness", "MPa")
    supply = sources.supply(request)
    assert [block.kind for block in supply.blocks] == [PREDICTIONS, FEATURES]
    assert list(supply.failures) == [1]
    assert "C1CC" in supply.failures[1]
    assert supply.notices == ()


def test_the_target_property_is_taken_out_of_the_shared_network(sources, tmp_path):
    pool = pool_of(["CCO", "CCCO"])
    plain = sources.supply(SourceRequest(pool, "toughness", "MPa"))
    request = SourceRequest(pool, "pressure", "bar")
    supply = sources.supply(request)
    assert supply.blocks[0].columns == ("mass", "log_p")
    assert supply.notices == (
        "source 'pressure' is taken for the target itself and is not used",
        "source model 'small' was trained anew without pressure",
    )
    # The features are those of a network that never saw the property.
    assert not np.array_equal(supply.blocks[1].values, plain.blocks[1].values)
    assert sources.digest(request) != sources.digest(SourceRequest(pool, "toughness", "MPa"))
    kept = SourceLibrary(tmp_path / "anew", below=())
    assert len(kept.names()) == 1
    again = sources.supply(request)
    assert np.array_equal(again.blocks[1].values, supply.blocks[1].values)


def test_excluded_sources_are_gone_and_misspelt_ones_are_said(sources):
    request = SourceRequest(pool_of(["CCO"]), "toughness", "MPa", ("log_p", "logp"))
    supply = sources.supply(request)
    assert supply.blocks[0].columns == ("mass", "pressure")
    assert "exclude_sources names 'logp', which is no source for this material" in supply.notices


def test_a_material_without_sources_is_said(sources):
    supply = sources.supply(
        SourceRequest(pool_of(["NaCl"], Material.COMPOSITION), "toughness", "MPa")
    )
    assert supply.blocks == ()
    assert supply.notes == ("the source library holds nothing for the material composition",)
    assert supply.notices == ()


def test_an_empty_library_is_said_aloud(sources, tmp_path):
    nothing = SourceLibrary(tmp_path / "nothing", below=())
    empty = LibrarySources(nothing, sources.describer, sources.read, sources.cache)
    supply = empty.supply(SourceRequest(pool_of(["CCO"]), "toughness", "MPa"))
    assert supply.blocks == ()
    assert "not even the shipped models are there" in supply.notices[0]


def test_polymers_use_the_sources_of_molecules(sources):
    pool = pool_of(["*CCO*", "*CC(C)*"], Material.POLYMER)
    supply = sources.supply(SourceRequest(pool, "toughness", "MPa"))
    assert supply.blocks[0].columns == ("mass", "log_p", "pressure")
    assert np.isfinite(supply.blocks[0].values).all()


def test_a_model_of_another_featurizer_is_left_out_with_a_word(sources, describer):
    class Newer(type(describer)):
        """An installation whose blocks give other numbers."""

        def digest(self, blocks):
            return "0" * 64

    newer = LibrarySources(sources.library, Newer(), sources.read, sources.cache)
    supply = newer.supply(SourceRequest(pool_of(["CCO"]), "toughness", "MPa"))
    assert supply.blocks == ()
    assert "this installation gives 000000000000" in supply.notices[0]
    assert "left out" in supply.notices[0]
