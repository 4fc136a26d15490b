"""`synthloop sources`, as people and scripts use it."""

import csv
import json
from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.sources.library import WEIGHTS, SourceLibrary
from tests.sources.conftest import molecules


@pytest.fixture
def table(tmp_path):
    """A lab's own table: molar masses in kg/mol, one salt, one empty cell."""
    path = tmp_path / "own.csv"
    rows = [(s, Descriptors.MolWt(Chem.MolFromSmiles(s)) / 1000) for s in molecules()]
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerows([("compound", "mass"), *rows, ("[Na+].[Cl-]", 0.058), ("CCO", "")])
    return path


@pytest.mark.slow
def test_the_library_of_the_installed_tables_is_built_anew(synthloop):
    assert synthloop("build", "--material", "composition").out == "compositions\n"
    anew = json.loads(synthloop("show", "compositions", "--json").out)["source_model"]
    ships = SourceLibrary(Path("/nowhere")).card("compositions")
    assert anew["recipe"] == ships.recipe.model_dump(mode="json")
    for one, other in zip(anew["sources"], ships.sources, strict=True):
        assert (one["n"], one["values_digest"]) == (other.n, other.values_digest)
        # Another processor adds in another order.
        assert abs(one["validation"]["r2"] - other.validation.r2) < 0.05


ADD = ("--target", "mass", "--unit", "kg/mol", "--structure", "compound")


def test_a_table_becomes_a_source_and_travels(synthloop, table, tmp_path):
    done = synthloop("add", table, *ADD, "--name", "own-mass")
    assert done.out == "own-mass\n"
    n = len(molecules())
    assert f"row {n + 2}, [Na+].[Cl-]: no single, neutral, usable molecule" in done.err
    assert f"own-mass: single, {n} rows, R2 " in done.err
    card = json.loads(synthloop("show", "own-mass", "--json").out)["source_model"]
    assert card["sources"][0]["unit"] == "kg/mol"
    assert card["sources"][0]["validation"]["r2"] > 0.95
    assert card["recipe"]["sources"][0]["origin"] == "own.csv"
    listed = json.loads(synthloop("list", "--json").out)["sources"]
    assert {"own-mass", "molecules", "compositions"} == {entry["model"] for entry in listed}
    assert "own-mass\tsingle\town-mass\tmolecule" in synthloop("list").out
    assert "own-mass: single, serves molecule, polymer" in synthloop("show", "own-mass").out
    (tmp_path / "target.csv").write_text("smiles\nOCCCCCC\nOCCCCCCCCCCCCCCCCCCCO\n")
    leaking = json.loads(synthloop("check", "--against", "target.csv", "--json").out)
    assert {"model": "own-mass", "problem": ""} in leaking["sources_check"]["models"]
    found = {leak["model"]: leak["keys"] for leak in leaking["sources_check"]["leaks"]}
    assert found["own-mass"] == ["CCCCCCO"]
    assert "has seen CCCCCCO" in synthloop("check", "--against", "target.csv").out
    synthloop("export", "own.zip", "--model", "own-mass")
    synthloop("remove", "own-mass")
    assert synthloop("import", "own.zip").out == "own-mass\n"
    path = tmp_path / ".synthloop" / "sources" / "own-mass" / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1])
    assert "own-mass\t" in synthloop("check", code=8).out


@pytest.mark.parametrize(
    ("kind", "how"),
    [("trees", "rows it has not seen"), ("gp", "rows, each by the others")],
)
def test_a_table_becomes_a_source_of_another_kind(synthloop, table, kind, how):
    done = synthloop("add", table, *ADD, "--name", "own-mass", "--kind", kind)
    assert f"own-mass: {kind}, {len(molecules())} rows, R2 " in done.err
    assert how in done.err
    listed = json.loads(synthloop("list", "--json").out)["sources"]
    assert {"own-mass": kind, "molecules": "trunk"}.items() <= {
        entry["model"]: entry["kind"] for entry in listed
    }.items()
    assert f"own-mass: {kind}, serves" in synthloop("show", "own-mass").out


def test_leftovers_of_an_interrupted_write_are_said(synthloop, tmp_path):
    left = tmp_path / ".synthloop" / "sources" / ".own.7.part"
    left.mkdir(parents=True)
    assert f"{left} was left by an interrupted write" in synthloop("check").out
    document = json.loads(synthloop("check", "--json").out)["sources_check"]
    assert document["leftovers"] == [str(left)]


@pytest.mark.slow
def test_a_build_of_plain_models_goes_on_where_it_was(synthloop, tmp_path):
    words = ("build", "--material", "composition", "--kind", "ridge", "--kind", "gp")
    built = synthloop(*words).out.split()
    assert len(built) == 12
    shelf = SourceLibrary(tmp_path / ".synthloop" / "sources", below=())
    kinds = {shelf.card(name).recipe.kind for name in built}
    assert kinds == {"ridge", "gp"}
    times = {name: (shelf.folder / name / WEIGHTS).stat().st_mtime_ns for name in built}
    (shelf.folder / built[3] / WEIGHTS).write_bytes(b"damaged")
    assert synthloop(*words).out.split() == built
    again = {name: (shelf.folder / name / WEIGHTS).stat().st_mtime_ns for name in built}
    assert [name for name in built if again[name] != times[name]] == [built[3]]
    assert SourceLibrary(shelf.folder, below=()).get(built[3]).card.recipe.kind == "ridge"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add",), "there is nothing to add"),
        (("add", "own.csv", "--unit", "K"), "a table needs --target, --name"),
        (("add", "own.csv", "--campaign", "x", "--unit", "K"), "a file, --unit beside it"),
        (("add", "own.onnx", "--card", "c.json", "--kind", "gp"), "--kind beside it"),
        (("add", "own.onnx", "--card", "c.json"), "c.json cannot be read"),
        (("build", "--kind", "forest"), "--kind is 'forest'; expected one of: trunk"),
        (("add", "own.csv", *ADD, "--name", "x", "--kind", "trunk"), "several sources share"),
    ],
)
def test_words_that_do_not_go_together_are_refused(synthloop, table, words, said):
    assert said in synthloop(*words, code=3).err


def test_a_campaign_that_is_not_there(synthloop):
    assert "no-such" in synthloop("add", "--campaign", "no-such", code=4).err


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"--unit": "furlongs per"}, 3, "unit 'furlongs per' is not known"),
        ({"--target": "weight"}, 3, "got 'weight'; expected one of compound, mass"),
        ({"--structure": "smiles"}, 3, "got 'smiles'; expected one of compound, mass"),
        ({"--name": "Own Mass"}, 3, "--name is 'Own Mass'"),
        ({"--transform": "sqrt"}, 3, "--transform is 'sqrt'"),
        ({"--material": "soup"}, 3, "--material is 'soup'"),
        ({"--target": "compound"}, 3, "expected a number or nothing"),
        ({"--material": "crystal"}, 3, "expected molecules and polymers, or compositions"),
    ],
)
def test_what_cannot_be_added_is_refused_by_name(synthloop, table, changed, code, said):
    words = dict(zip(ADD[::2], ADD[1::2], strict=True)) | {"--name": "own"} | changed
    done = synthloop("add", table, *(w for pair in words.items() for w in pair), code=code)
    assert said in done.err


def test_what_is_not_there(synthloop):
    assert "there is no file" in synthloop("add", "no.csv", *ADD, "--name", "x", code=3).err
    assert "no source model 'x'" in synthloop("show", "x", code=4).err
    assert "ships with the package" in synthloop("remove", "molecules", code=4).err
    assert "there is no file" in synthloop("import", "no.zip", code=3).err
    assert "there is no folder" in synthloop("export", "no/where.zip", code=3).err
    assert "no source model is built" in synthloop("build", "--material", "crystal", code=3).err
