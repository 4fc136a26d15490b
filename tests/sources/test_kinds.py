"""Every kind of model: right by an independent reference, equal after a restart, and guarded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from loop.core.candidate import Material
from loop.core.source_ports import FEATURES, PREDICTIONS
from loop.errors import ConfigError, ModelError, UnitError
from loop.source_wiring.describing import BlockDescriber
from loop.sources.activations import ACTIVATIONS
from loop.sources.boosting import fit_boosting
from loop.sources.card import content_digest
from loop.sources.kernel_fitting import fit_kernel
from loop.sources.learners import BoostedTrees, Design, KernelModel, Shotgun, drawn
from loop.sources.library import CARD, WEIGHTS, SourceLibrary
from loop.sources.model import content_sha
from loop.sources.presets import learner_of, model_recipe
from loop.sources.supply import source_blocks
from loop.sources.training import train
from tests.sources.conftest import SMALL, source

ROOT = Path(__file__).parents[2]
ASKED = ["CCO", "CCCCO", "c1ccccc1CCN"]
SMALL_POPULATION = Shotgun(
    designs=(
        Design(hidden=(24, 12), epochs=25, batch=64, activation="relu", inputs="counts"),
        Design(hidden=(16,), epochs=25, batch=64, activation="tanh", inputs="reals", dropout=0.1),
        Design(hidden=(20, 8), epochs=25, batch=64, activation="elu", learning_rate=2e-3),
    ),
    features=True,
)
LEARNERS = {
    "single": None,
    "shotgun": SMALL_POPULATION,
    "trees": BoostedTrees(trees=60),
    "gp": KernelModel(),
    "ridge": KernelModel(kind="ridge"),
}


def recipe_of(kind):
    name = "mass" if kind == "single" else f"mass-{kind}"
    return model_recipe(name, (source("mass", "g/mol"),), SMALL, learner=LEARNERS[kind])


@pytest.fixture(scope="session")
def kinds(read, describer):
    return {kind: train(recipe_of(kind), read, describer) for kind in LEARNERS}


@pytest.fixture
def shelf(tmp_path, kinds):
    library = SourceLibrary(tmp_path / "kinds", below=())
    for model in kinds.values():
        library.add(model)
    return library


def test_every_kind_learns_and_its_card_says_so(kinds):
    for kind, model in kinds.items():
        assert model.card.recipe.kind == kind
        card = model.card.sources[0]
        assert card.validation.r2 > (0.85 if kind == "shotgun" else 0.95), kind
        assert card.n - card.n_training == card.validation.n > 20
        library = {"trees": "scikit-learn", "gp": "scipy", "ridge": "scipy"}.get(kind, "torch")
        assert library in model.card.versions


def test_equal_recipes_give_equal_bytes_of_every_kind(kinds, read, describer):
    for kind, model in kinds.items():
        assert train(recipe_of(kind), read, describer).weights() == model.weights(), kind


def test_a_fresh_process_predicts_the_same_bits_with_every_kind(shelf, kinds, describe):
    matrix = describe(ASKED)
    code = (
        "import json, sys\nfrom pathlib import Path\n"
        "from loop.core.candidate import Material\n"
        "from loop.source_wiring.describing import BlockDescriber\n"
        "from loop.sources.library import SourceLibrary\n"
        f"shelf = SourceLibrary(Path({str(shelf.folder)!r}), below=())\n"
        "found = {}\n"
        "for name in shelf.names():\n"
        "    model = shelf.get(name)\n"
        f"    matrix = BlockDescriber(workers=1).describe(Material.MOLECULE, {ASKED!r}, model.card.recipe.blocks)\n"
        "    found[name] = [a.tobytes().hex() for a in model.outputs(matrix)]\n"
        "assert 'torch' not in sys.modules and 'sklearn.ensemble' not in sys.modules\n"
        "sys.stdout.write(json.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert len(found) == len(kinds)
    for model in kinds.values():
        expected = [array.tobytes().hex() for array in model.outputs(matrix)]
        assert found[model.card.name] == expected, model.card.name


@pytest.mark.parametrize("kind", LEARNERS)
def test_every_kind_is_guarded(shelf, kinds, describe, kind):
    name = kinds[kind].card.name
    model = shelf.get(name)
    assert model.weights() == kinds[kind].weights()
    with pytest.raises(UnitError, match="different things"):
        model.predict("mass", describe(ASKED), "K")
    assert model.predict("mass", describe(ASKED), "kg/mol") == pytest.approx(
        model.predict("mass", describe(ASKED), "g/mol") / 1000
    )

    class Newer(BlockDescriber):
        """An installation whose blocks give other numbers."""

        def digest(self, blocks):
            return "0" * 64

    with pytest.raises(ModelError, match="this installation gives 000000000000"):
        model.require(Newer())
    place = shelf.folder / name
    card = json.loads((place / CARD).read_text(encoding="utf-8"))
    (place / CARD).write_text(json.dumps(card | {"featurizer_digest": "0" * 64}), encoding="utf-8")
    with pytest.raises(ModelError, match="card was altered"):
        shelf.get(name)
    (place / CARD).write_text(json.dumps(card), encoding="utf-8")
    content = bytearray((place / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (place / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="weights are damaged"):
        shelf.get(name)


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("trees", lambda t: t["trees.left"].__setitem__(0, 0), "no trees"),
        ("trees", lambda t: t["trees.right"].__setitem__(0, 1 << 30), "no trees"),
        ("trees", lambda t: t["trees.feature"].__setitem__(0, 9999), "do not form trees"),
        ("trees", lambda t: t.pop("trees.value"), "cannot be read"),
        ("gp", lambda t: t.update({"kernel.alpha": t["kernel.alpha"][:-1]}), "arrays of shapes"),
        ("gp", lambda t: t.update({"kernel.length": np.zeros(1)}), "length of the kernel"),
        ("ridge", lambda t: t.update({"kernel.slope": t["kernel.slope"][1:]}), "arrays of shapes"),
        ("shotgun", lambda t: t.pop("member2.layer0.bias"), "cannot be read"),
        ("shotgun", lambda t: t.update({"member0.layer0.weight": t["member2.layer0.weight"]}), "the card says"),
    ],
)  # fmt: skip
def test_whole_files_that_are_no_such_model_are_refused(shelf, kinds, kind, change, said):
    """A file that somebody made by hand, checksums and all."""
    place = shelf.folder / kinds[kind].card.name
    card = json.loads((place / CARD).read_text(encoding="utf-8"))
    tensors = load((place / WEIGHTS).read_bytes())
    change(tensors)
    weights = save(tensors, {"synthloop": content_digest(card)})
    (place / WEIGHTS).write_bytes(weights)
    (place / CARD).write_text(json.dumps(card | {"weights": content_sha(weights)}), "utf-8")
    with pytest.raises(ModelError, match=said):
        shelf.get(kinds[kind].card.name)


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(220, 9)).astype(np.float32)
    y = (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=220)).astype(np.float32)
    return x[:160], (y[:160] - y[:160].mean()) / y[:160].std(), x[160:]


def test_boosted_trees_are_scikit_learns_to_the_last_bit(numbers):
    from sklearn.ensemble import HistGradientBoostingRegressor

    x, y, unseen = numbers
    found = fit_boosting(x, y, BoostedTrees(trees=80, leaves=7), seed=3)
    reference = HistGradientBoostingRegressor(
        max_iter=80, max_leaf_nodes=7, learning_rate=0.06, min_samples_leaf=8,
        l2_regularization=1.0, early_stopping=False, random_state=3,
    ).fit(x, y)  # fmt: skip
    assert np.array_equal(found.predict(unseen), reference.predict(unseen))
    assert np.ptp(found.predict(unseen)) > 1


def test_a_gaussian_process_is_scikit_learns_with_the_same_kernel(numbers):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import (
        ConstantKernel,
        DotProduct,
        Matern,
        WhiteKernel,
    )

    x, y, unseen = (a.astype(np.float16).astype(np.float64) for a in numbers)
    fitted = fit_kernel(x.astype(np.float32), y.astype(np.float32), KernelModel())
    linear, noise, curved = fitted.variances
    kernel = (
        ConstantKernel(linear / x.shape[1]) * DotProduct(0.0, "fixed")
        + WhiteKernel(noise + 1e-6)
        + ConstantKernel(curved) * Matern(float(fitted.mean.length[0]), nu=2.5)
    )
    y = y.astype(np.float32).astype(np.float64)
    reference = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(x, y)
    found = fitted.mean.ready()(unseen.astype(np.float32))[0][:, 0]
    assert found == pytest.approx(reference.predict(unseen), abs=2e-3)
    rest = np.arange(len(y)) != 7
    alone = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=None).fit(x[rest], y[rest])
    assert fitted.left_out[7] == pytest.approx(alone.predict(x[7:8])[0], abs=2e-3)
    # The parameters are those of largest evidence times prior: no neighbour is better.
    centres, spreads = np.log([0.5, 0.1, 0.5]), np.array([1.5, 1.2, 1.5])

    def score(variances):
        other = (
            ConstantKernel(variances[0] / x.shape[1]) * DotProduct(0.0, "fixed")
            + WhiteKernel(variances[1] + 1e-6)
            + ConstantKernel(variances[2]) * Matern(float(fitted.mean.length[0]), nu=2.5)
        )
        gp = GaussianProcessRegressor(other, alpha=0.0, optimizer=None).fit(x, y)
        away = (np.log(variances) - centres) / spreads
        return gp.log_marginal_likelihood_value_ - 0.5 * away @ away

    best = score(fitted.variances)
    for place in range(3):
        for factor in (0.8, 1.25):
            other = fitted.variances.copy()
            other[place] *= factor
            assert score(other) < best


def test_ridge_is_scikit_learns_with_the_penalty_of_the_evidence(numbers):
    from sklearn.linear_model import Ridge

    x, y, unseen = numbers
    fitted = fit_kernel(x, y, KernelModel(kind="ridge"))
    x, unseen = (a.astype(np.float16).astype(np.float32) for a in (x, unseen))
    penalty = (fitted.variances[1] + 1e-6) * x.shape[1] / fitted.variances[0]
    reference = Ridge(alpha=penalty, fit_intercept=False).fit(x, y)
    found = fitted.mean.ready()(unseen)[0][:, 0]
    assert found == pytest.approx(reference.predict(unseen), abs=1e-4)
    assert len(fitted.mean.points) == 0


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_torchs(name):
    import torch

    reference = {
        "silu": torch.nn.SiLU, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "elu": torch.nn.ELU,
        "gelu": torch.nn.GELU, "sigmoid": torch.nn.Sigmoid, "softplus": torch.nn.Softplus,
        "leaky-relu": torch.nn.LeakyReLU,
    }[name]()  # fmt: skip
    x = np.array([-300.0, -20.0, -2.5, -0.1, 0.0, 0.3, 4.0, 15.0, 300.0], dtype=np.float32)
    expected = reference(torch.from_numpy(x.copy())).numpy()
    ACTIVATIONS[name](x)
    assert x == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_population_answers_with_its_mean_and_gives_its_layers(kinds, describe):
    import torch

    model = kinds["shotgun"]
    matrix = describe(ASKED)
    x = torch.from_numpy(model.inputs.apply(matrix, np.arange(3)))
    reals = model.inputs.reals
    parts = {"all": x, "reals": x[:, :reals], "counts": x[:, reals:]}
    activations = {"relu": torch.relu, "tanh": torch.tanh, "elu": torch.nn.functional.elu}
    outputs, layers = [], []
    for member, design in zip(model.body.members, SMALL_POPULATION.designs, strict=True):
        hidden = parts[design.inputs]
        pairs = list(zip(member.weights, member.biases, strict=True))
        for weight, bias in pairs[:-1]:
            z = hidden @ torch.from_numpy(weight.astype(np.float32))
            hidden = activations[design.activation](z + torch.from_numpy(bias.astype(np.float32)))
        layers.append(hidden.numpy())
        outputs.append(hidden.numpy() @ pairs[-1][0].astype(np.float32) + pairs[-1][1])
    predictions, features = source_blocks([model], Material.MOLECULE, [matrix])
    assert (predictions.kind, features.kind) == (PREDICTIONS, FEATURES)
    assert predictions.values == pytest.approx(np.mean(outputs, axis=0), abs=1e-4)
    assert features.values == pytest.approx(np.concatenate(layers, axis=1), abs=1e-4)
    plain = [block.kind for block in source_blocks([kinds["trees"]], Material.MOLECULE, [matrix])]
    assert plain == [PREDICTIONS]


def test_drawn_populations_vary_and_are_repeatable():
    found = drawn(60, seed=5)
    assert found == drawn(60, seed=5)
    assert found != drawn(60, seed=6)
    assert {len(design.hidden) for design in found.designs} == {1, 2, 3, 4}
    assert {design.activation for design in found.designs} == {"silu", "relu", "tanh", "elu"}
    assert {design.inputs for design in found.designs} == {"all", "reals", "counts"}
    for design in found.designs:
        assert list(design.hidden) == sorted(design.hidden, reverse=True)
    rates = [design.learning_rate for design in found.designs]
    assert max(rates) / min(rates) > 5
    minerals = learner_of("shotgun", Material.COMPOSITION, members=60, seed=5)
    assert {design.inputs for design in minerals.designs} == {"all"}


def test_a_source_with_twenty_rows_is_scored_by_leaving_one_out(tables, describer):
    few = {"rows": tables["mass"]}
    rows = few["rows"]
    cut = type(rows)(rows.keys[::16], rows.structures[::16], rows.values[::16])
    recipe = model_recipe(
        "few", (source("mass", "g/mol"),), learner=KernelModel()
    ).model_copy(update={"validation_share": 0.0})  # fmt: skip
    found = train(recipe, lambda r, p: cut, describer).card.sources[0]
    assert found.n == found.n_training == found.validation.n == len(cut.values)
    assert found.validation.how == "leave-one-out"
    assert 0.8 < found.validation.r2 < 0.9999


def test_kinds_that_make_no_sense_are_refused(recipe):
    with pytest.raises(ValueError, match="a model of kind trees has one source, not 3"):
        type(recipe).model_validate(recipe.model_dump() | {"learner": {"kind": "trees"}})
    with pytest.raises(ValueError, match="needs rows for its scores"):
        type(recipe).model_validate(recipe.model_dump() | {"validation_share": 0.0})
    with pytest.raises(ConfigError, match="--kind is 'forest'; expected one of: trunk, single"):
        learner_of("forest", Material.MOLECULE)


class StoppedError(Exception):
    """Somebody presses Ctrl-C."""


def test_an_interrupted_population_goes_on_with_what_is_finished(kinds, read, describer, tmp_path):
    bench, told = tmp_path / "bench", []

    def until_third(phrase, share):
        if phrase.startswith("training") and share > 2.2 / 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe_of("shotgun"), read, describer, progress=until_third, bench=bench)
    assert len(list(bench.glob("*/member*.safetensors"))) == 2
    again = train(
        recipe_of("shotgun"), read, describer, bench=bench,
        progress=lambda phrase, share: told.append(share) if "training" in phrase else None,
    )  # fmt: skip
    # Only the third one was trained.
    assert min(told) > 2 / 3
    assert again.weights() == kinds["shotgun"].weights()
    assert list(bench.iterdir()) == []


def test_finished_members_of_another_training_are_not_taken(kinds, read, describer, tmp_path):
    def until_second(phrase, share):
        if phrase.startswith("training") and share > 1.2 / 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe_of("shotgun"), read, describer, progress=until_second, bench=tmp_path)
    other = recipe_of("shotgun").model_copy(update={"seed": 9})
    told = []
    train(
        other, read, describer, bench=tmp_path,
        progress=lambda phrase, share: told.append(share) if "training" in phrase else None,
    )  # fmt: skip
    assert min(told) < 1 / 3
    (kept,) = tmp_path.glob("*/member0.safetensors")
    kept.write_bytes(b"")
    with pytest.raises(ModelError, match="a member of an interrupted training, cannot be read"):
        train(recipe_of("shotgun"), read, describer, bench=tmp_path)
