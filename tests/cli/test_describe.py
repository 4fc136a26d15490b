"""The commands about descriptors, as people and scripts use them."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from tests.cli.in_process import command

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "tests" / "featurize" / "plugin"
ROWS = [("CCO", "1.5"), ("C1CC", ""), ("c1ccccc1", "2.5"), ("OB(O)O", "3")]


@pytest.fixture
def synthloop(monkeypatch, capsys, home):
    monkeypatch.syspath_prepend(str(PLUGIN))
    return command(monkeypatch, capsys, home)


@pytest.fixture
def home(tmp_path):
    with (tmp_path / "m.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("smiles", "y"), *ROWS])
    (tmp_path / "two.toml").write_text(
        '[[blocks]]\nkind = "small-weights"\n\n[[blocks]]\nkind = "small-morgan"\nsize = 16\n',
        encoding="utf-8",
    )
    return tmp_path


def test_a_table_to_parquet_with_its_failures_listed(home, synthloop):
    (home / "out.failures.csv").write_text("of an earlier run", encoding="utf-8")
    words = ("describe", "m.csv", "--featurizer", "two.toml", "--out", "out.parquet", "--json")
    done = synthloop(*words)
    summary = json.loads(done.out)["described"]
    assert (summary["n_rows"], summary["n_failed"]) == (4, 2)
    assert [block["d"] for block in summary["blocks"]] == [2, 16]
    assert "row 3, C1CC: weights: RDKit cannot read 'C1CC'" in done.err
    frame = pd.read_parquet(home / "out.parquet")
    assert frame["smiles"].tolist() == [smiles for smiles, _ in ROWS]
    assert frame["y"].isna().tolist() == [False, True, False, False]
    mass = frame["weights: mass [g/mol]"]
    assert mass[0] == Descriptors.MolWt(Chem.MolFromSmiles("CCO"))
    assert mass.isna().tolist() == [False, True, False, True]
    assert frame["Morgan 2: bit 0"].isna().sum() == 2
    listed = list(csv.DictReader((home / "out.failures.csv").open(encoding="utf-8")))
    assert [(f["row"], f["structure"]) for f in listed] == [("3", "C1CC"), ("5", "OB(O)O")]
    assert "boron" in listed[1]["reason"]


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
def test_a_block_by_its_name_to_other_formats(home, synthloop, suffix):
    (home / "out.failures.csv").write_text("of an earlier run", encoding="utf-8")
    pd.DataFrame({"smiles": ["CCO", "CO"]}).to_parquet(home / "good.parquet")
    words = ("describe", "good.parquet", "--featurizer", "small-weights", "--out", f"out{suffix}")
    assert synthloop(*words).out == f"out{suffix}\n"
    expected = [Descriptors.MolWt(Chem.MolFromSmiles(s)) for s in ("CCO", "CO")]
    if suffix == ".csv":
        assert pd.read_csv(home / "out.csv")["weights: mass [g/mol]"].tolist() == expected
    else:
        with np.load(home / "out.npz", allow_pickle=False) as file:
            assert file["values_0"][:, 0].tolist() == expected
            assert file["columns_0"][0] == "mass [g/mol]"
            assert not file["failed"].any()
    left = {p.name for p in home.iterdir()} - {"m.csv", "two.toml", "good.parquet"}
    assert left == {f"out{suffix}"}


def test_a_named_featurizer_and_a_cache(home, synthloop):
    words = ("describe", "m.csv", "--featurizer", "morgan-descriptors", "--out", "a.parquet")
    synthloop(*words)
    columns = pd.read_parquet(home / "a.parquet").columns
    assert "RDKit 2D (36 chosen): TPSA [angstrom2]" in columns
    words = ("describe", "m.csv", "--featurizer", "two.toml", "--cache", "kept", "--out")
    synthloop(*words, "b.parquet")
    synthloop(*words, "c.parquet")
    pd.testing.assert_frame_equal(
        pd.read_parquet(home / "b.parquet"), pd.read_parquet(home / "c.parquet")
    )
    assert len(list((home / "kept").glob("*/*/values.npy"))) == 2


def test_blocks_are_listed_with_what_they_read(synthloop):
    listed = [line.split("\t") for line in synthloop("blocks").out.splitlines()]
    assert ["small-morgan", "molecule", "counts", "256", ""] in listed
    known = json.loads(synthloop("blocks", "--json").out)["blocks"]
    assert {"name": "small-weights", "reads": "molecule", "values": "reals", "d": 2, "remark": ""} in known  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"file": "nothing.csv"}, 4, "there is no file"),
        ({"--featurizer": "small-wights"}, 3, "did you mean 'small-weights'"),
        ({"--featurizer": "nothing.toml"}, 3, "cannot be read"),
        ({"--featurizer": "polymer-descriptors"}, 3, "describes polymer; the material is molecule"),
        ({"--featurizer": "lacking"}, 3, "a_package_that_nobody_has"),
        ({"--structure": "SMILES"}, 3, "expected one of smiles, y"),
        ({"--material": "metal"}, 3, "molecule, polymer"),
        ({"--out": "out.xlsx"}, 3, ".parquet, .csv, .npz"),
        ({"--out": "nowhere/out.csv"}, 3, "there is no folder"),
        ({"--structure": "y"}, 3, "none of 4 rows can be described"),
        ({"--workers": "0"}, 2, "--workers"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_code_and_leaves_nothing(home, synthloop, changed, code, message):
    options = {"--featurizer": "two.toml", "--out": "out.parquet"} | changed
    file = options.pop("file", "m.csv")
    words = [word for pair in options.items() for word in pair]
    assert message in synthloop("describe", file, *words, code=code).err
    assert {p.name for p in home.iterdir()} == {"m.csv", "two.toml"}
