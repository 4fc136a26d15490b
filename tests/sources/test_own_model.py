"""A lab's own model: asked as its author would, refused where it is not what its card says."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors
from safetensors.numpy import save_file

from loop.core.candidate import CandidatePool, Material
from loop.core.source_ports import SourceRequest
from loop.datasets.structure_keys import molecule_key
from loop.errors import ConfigError, DataError, MissingExtraError, ModelError, UnitError
from loop.source_wiring.own import own_model
from loop.source_wiring.tables import SourceTables
from loop.sources.declaration import read_declaration
from loop.sources.leak import cleared
from loop.sources.library import CARD, WEIGHTS, SourceLibrary
from loop.sources.parcel import read_parcel, write_parcel
from loop.sources.rows import Withheld
from loop.sources.supply import LibrarySources
from loop.sources.training import train

onnx = pytest.importorskip("onnx", reason="onnx writes the models of these tests")
pytest.importorskip("onnxruntime", reason='pip install "synthloop[onnx]"')

NAMES = ["MolWt", "TPSA", "MolLogP", "HeavyAtomCount"]
ASKED = ["CCO", "CCCCO", "c1ccccc1CCN", "CC(=O)OCC"]
SEEN = ["CCC", "CCCC", "OCC", "CCCCCCO"]
WEIGHT = np.array([[2.0, 0.5], [-1.0, 0.25], [3.0, -0.5], [0.5, 1.0]], dtype=np.float32)
BIAS = np.array([10.0, -3.0], dtype=np.float32)


def descriptors(structures):
    known = dict(Descriptors.descList)
    mols = [Chem.MolFromSmiles(s) for s in structures]
    return np.array([[known[name](mol) for name in NAMES] for mol in mols])


def written_onnx(path, *, inputs=4, nodes=None, outputs=("both",), kind=None, weight=WEIGHT):
    from onnx import TensorProto, helper, numpy_helper

    made = nodes or [helper.make_node("Gemm", ["x", "w", "b"], ["both"])]
    graph = helper.make_graph(
        made,
        "own",
        [helper.make_tensor_value_info("x", kind or TensorProto.FLOAT, ["n", inputs])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(BIAS, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def card_of(folder, **changed):
    content = {
        "name": "our-hardness",
        "property": "hardness",
        "unit": "MPa",
        "material": "molecule",
        "blocks": [{"kind": "rdkit-2d", "descriptors": NAMES}],
        "inputs": "inside",
        "column": 1,
        "centre": 100.0,
        "scale": 25.0,
        "licence": "ours",
    } | changed
    path = folder / "card-of-ours.json"
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}), "utf-8")
    return path


@pytest.fixture
def adopt(tmp_path, describer):
    def made(file, **changed):
        return own_model(file, card_of(tmp_path, **changed), SourceTables(tmp_path), describer)

    return made


def described(describer, model, structures=tuple(ASKED)):
    return describer.describe(Material.MOLECULE, list(structures), model.card.recipe.blocks)


def test_an_onnx_model_answers_in_its_unit_and_travels(adopt, describer, tmp_path):
    model = adopt(written_onnx(tmp_path / "own.onnx"))
    assert model.card.recipe.kind == "onnx"
    assert "onnxruntime" in model.card.versions
    matrix = described(describer, model)
    expected = (descriptors(ASKED) @ WEIGHT + BIAS)[:, 1]
    assert model.predict("our-hardness", matrix, "MPa") == pytest.approx(expected, rel=1e-5)
    assert model.predict("our-hardness", matrix, "GPa") == pytest.approx(expected / 1e3, rel=1e-5)
    with pytest.raises(UnitError, match="different things"):
        model.predict("our-hardness", matrix, "K")
    assert model.outputs(matrix)[0][:, 0] == pytest.approx(
        (expected - 100) / 25, rel=1e-4, abs=1e-5
    )
    shelf = SourceLibrary(tmp_path / "shelf", below=())
    shelf.add(model)
    write_parcel(shelf, ["our-hardness"], tmp_path / "own.zip")
    other = SourceLibrary(tmp_path / "other", below=())
    assert read_parcel(other, tmp_path / "own.zip") == ["our-hardness"]
    again = other.get("our-hardness")
    assert again.outputs(matrix)[0].tobytes() == model.outputs(matrix)[0].tobytes()
    assert sorted(p.name for p in (other.folder / "our-hardness").iterdir()) == [CARD, WEIGHTS]
    content = bytearray((other.folder / "our-hardness" / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (other.folder / "our-hardness" / WEIGHTS).write_bytes(content)
    with pytest.raises(ModelError, match="weights are damaged"):
        SourceLibrary(other.folder, below=()).get("our-hardness")


def test_inputs_are_standardised_as_the_card_declares(adopt, describer, tmp_path):
    centre, scale = [100.0, 20.0, 1.0, 8.0], [50.0, 10.0, 2.0, 4.0]
    model = adopt(
        written_onnx(tmp_path / "own.onnx"), inputs={"centre": centre, "scale": scale}, column=0
    )
    x = (descriptors(ASKED) - centre) / scale
    found = model.predict("our-hardness", described(describer, model), "MPa")
    assert found == pytest.approx(x @ WEIGHT[:, 0] + BIAS[0], rel=1e-5)


def test_plain_weights_answer_as_the_torch_module_they_come_from(adopt, describer, tmp_path):
    import torch

    torch.manual_seed(3)
    module = torch.nn.Sequential(
        torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 8), torch.nn.LayerNorm(8), torch.nn.GELU(),
        torch.nn.Linear(8, 6), torch.nn.LeakyReLU(), torch.nn.Linear(6, 1),
    )  # fmt: skip
    module(torch.from_numpy(descriptors(ASKED).astype(np.float32)))
    module.eval()
    state = {k: v.numpy() for k, v in module.state_dict().items() if v.ndim}
    save_file(state, tmp_path / "own.safetensors")
    layers = [
        {"kind": "batch-norm", "name": "0"}, {"kind": "linear", "name": "1"},
        {"kind": "layer-norm", "name": "2"}, {"kind": "gelu"}, {"kind": "linear", "name": "4"},
        {"kind": "leaky-relu"}, {"kind": "linear", "name": "6"},
    ]  # fmt: skip
    model = adopt(
        tmp_path / "own.safetensors",
        layers=layers,
        column=0,
        transform="log10",
        centre=0.0,
        scale=1.0,
    )
    with torch.no_grad():
        told = module(torch.from_numpy(descriptors(ASKED).astype(np.float32))).numpy()[:, 0]
    # Its answer is the logarithm: the card says so.
    found = model.predict("our-hardness", described(describer, model), "MPa")
    assert found == pytest.approx(10.0**told, rel=1e-4)
    shelf = SourceLibrary(tmp_path / "shelf", below=())
    shelf.add(model)
    assert shelf.get("our-hardness").weights() == model.weights()


@pytest.fixture
def table(tmp_path):
    values = (descriptors(SEEN) @ WEIGHT + BIAS)[:, 1]
    lines = ["smiles,y", *(f"{s},{v!r}" for s, v in zip(SEEN, values.tolist(), strict=True))]
    (tmp_path / "train.csv").write_text("\n".join(lines), "utf-8")
    others = [f"{'C' * n}N" for n in range(1, 15)]
    values = (descriptors(others) @ WEIGHT + BIAS)[:, 1] + np.resize([1.0, -1.0], 14)
    lines = ["smiles,y", *(f"{s},{v!r}" for s, v in zip(others, values.tolist(), strict=True))]
    (tmp_path / "held.csv").write_text("\n".join(lines), "utf-8")
    return {
        "trained_on": {"file": "train.csv", "target": "y"},
        "held_out": {"file": "held.csv", "target": "y"},
    }


def test_what_it_was_trained_on_is_known_to_the_leak_check(adopt, table, tmp_path, describer):
    model = adopt(written_onnx(tmp_path / "own.onnx"), **table)
    card = model.card.sources[0]
    assert (card.n, card.validation.n) == (4, 14)
    assert card.validation.rmse == pytest.approx(1.0, rel=1e-4)
    key = molecule_key("C(O)C")
    assert model.known(Material.MOLECULE, [key, "CCCCCN"]) == {"our-hardness": [key]}
    withheld = Withheld(structures=frozenset({(Material.MOLECULE, key)}))
    read = SourceTables(tmp_path)
    left, notice = cleared(
        model, withheld, lambda recipe, without: train(recipe, read, describer, without)
    )
    assert left is None
    assert "has learned our-hardness" in notice
    table["held_out"]["file"] = "train.csv"
    with pytest.raises(DataError, match="4 of the 4 structures of held_out"):
        adopt(tmp_path / "own.onnx", **table)


def test_what_its_card_gets_wrong_is_refused_by_name(adopt, tmp_path):
    file = written_onnx(tmp_path / "own.onnx")
    for changed, error, said in (
        ({"unit": "furlongs per"}, ConfigError, "unit"),
        ({"unit": None}, ConfigError, "unit: got"),
        ({"centre": None, "scale": -1}, ConfigError, "scale"),
        ({"colour": "red"}, ConfigError, "colour"),
        ({"material": "crystal"}, ConfigError, "material"),
        ({"blocks": [{"kind": "no-such"}]}, ConfigError, "no-such"),
        ({"inputs": {"centre": [1.0], "scale": [1.0]}}, ConfigError, "give 4 columns"),
        ({"layers": [{"kind": "linear", "name": "0"}]}, ConfigError, "names 1 layers"),
        ({"blocks": [{"kind": "rdkit-2d", "descriptors": NAMES[:3]}]}, ModelError, r"\[n, 3\]"),
        ({"column": 2}, ModelError, r"expected \[3\] or \[3, k\] with k > 2"),
        ({"output": "hardness"}, ModelError, "has the outputs both; asked for 'hardness'"),
        ({"trained_on": {"file": "no.csv", "target": "y"}}, DataError, "there is no file"),
    ):
        with pytest.raises(error) as raised:
            adopt(file, **changed)
        assert re.search(said, str(raised.value)), changed


def test_what_is_no_usable_program_is_refused(adopt, tmp_path):
    from onnx import TensorProto, helper

    (tmp_path / "not.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be loaded"):
        adopt(tmp_path / "not.onnx")
    text = written_onnx(tmp_path / "text.onnx", kind=TensorProto.INT64, nodes=[
        helper.make_node("Cast", ["x"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Gemm", ["f", "w", "b"], ["both"]),
    ])  # fmt: skip
    with pytest.raises(ModelError, match=r"input 'x' is tensor\(int64\)"):
        adopt(text)
    two = written_onnx(tmp_path / "two.onnx", outputs=("both", "s"), nodes=[
        helper.make_node("Gemm", ["x", "w", "b"], ["both"]),
        helper.make_node("Softmax", ["both"], ["s"]),
    ])  # fmt: skip
    with pytest.raises(ModelError, match="has the outputs both, s; asked for the only output"):
        adopt(two)
    assert adopt(two, output="s").card.recipe.learner.output == "s"
    logs = written_onnx(tmp_path / "log.onnx", outputs=("l",), nodes=[
        helper.make_node("Gemm", ["x", "w", "b"], ["both"]),
        helper.make_node("Neg", ["both"], ["minus"]),
        helper.make_node("Log", ["minus"], ["l"]),
    ])  # fmt: skip
    with pytest.raises(ModelError, match="gives nan for one of the structures"):
        adopt(logs)


def test_a_program_whose_weights_lie_in_another_file_is_refused(adopt, tmp_path):
    import onnx as library

    path = written_onnx(tmp_path / "own.onnx", weight=np.ones((4, 2), np.float32))
    model = library.load(path)
    library.save_model(
        model, path, save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    with pytest.raises(ModelError, match="cannot be loaded"):
        adopt(path)


@pytest.mark.parametrize("end", [".pt", ".pth", ".pt2", ".pkl", ".joblib", ".ckpt"])
def test_files_that_can_carry_code_are_not_opened(adopt, tmp_path, end):
    path = tmp_path / f"own{end}"
    path.write_bytes(b"never read")
    with pytest.raises(ConfigError, match="can run code that it carries"):
        adopt(path)


def test_other_files_are_named(adopt, tmp_path):
    with pytest.raises(ConfigError, match=r"expected a file ending in \.onnx or"):
        adopt(tmp_path / "own.h5")
    with pytest.raises(DataError, match="there is no file"):
        adopt(tmp_path / "none.onnx")


def test_weights_that_are_not_those_of_the_layers(adopt, tmp_path):
    save_file({"0.weight": np.ones((2, 3), np.float32)}, tmp_path / "own.safetensors")
    layers = [{"kind": "linear", "name": "0"}]
    with pytest.raises(ModelError, match=r"'0.weight' has shape \(2, 3\); expected \(outputs, 4\)"):
        adopt(tmp_path / "own.safetensors", layers=layers)
    save_file({"0.weight": np.ones((2, 4), np.float32)}, tmp_path / "own.safetensors")
    with pytest.raises(ModelError, match=r"no array '0.bias'; the file has 0.weight"):
        adopt(tmp_path / "own.safetensors", layers=layers)
    (tmp_path / "own.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="are no safetensors"):
        adopt(tmp_path / "own.safetensors", layers=layers)


def test_without_onnx_runtime_it_is_left_out_with_a_word(adopt, tmp_path, describer, monkeypatch):
    model = adopt(written_onnx(tmp_path / "own.onnx"))
    shelf = SourceLibrary(tmp_path / "shelf", below=())
    shelf.add(model)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="needs ONNX Runtime"):
        adopt(tmp_path / "own.onnx")
    sources = LibrarySources(shelf, describer, SourceTables(tmp_path), tmp_path / "anew")
    pool = CandidatePool(Material.MOLECULE, ("a",), ("CCO",), ("a",))
    supply = sources.supply(SourceRequest(pool, "toughness", "MPa"))
    assert supply.blocks == ()
    assert "'our-hardness'" in supply.notices[0]
    assert 'pip install "synthloop[onnx]"' in supply.notices[0]


def test_the_command_takes_it_and_says_what_is_not_known(synthloop, tmp_path):
    written_onnx(tmp_path / "own.onnx")
    done = synthloop("add", "own.onnx", "--card", card_of(tmp_path))
    assert done.out == "our-hardness\n"
    assert "our-hardness: onnx, 0 rows" in done.err
    assert "the leak check cannot find them" in done.err
    assert "our-hardness\tonnx\tour-hardness" in synthloop("list").out
    assert "our-hardness\twhole" in synthloop("check").out
    assert "MPa" in synthloop("show", "our-hardness").out


def test_the_card_of_the_manual_is_one(tmp_path):
    text = (Path(__file__).parents[2] / "loop" / "sources" / "README.md").read_text("utf-8")
    path = tmp_path / "card.json"
    path.write_text(text.partition("```json\n")[2].partition("```")[0], "utf-8")
    assert read_declaration(path).held_out.file == "test.csv"
