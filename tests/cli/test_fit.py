"""The commands fit and predict, as people and scripts use them."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen

from tests.cli.in_process import command

STRUCTURES = ["C" * n + head for head in ("", "O", "N", "c1ccccc1", "C#N") for n in range(1, 8)]


def refraction(smiles: str) -> float:
    return Crippen.MolMR(Chem.MolFromSmiles(smiles)) / 10.0


@pytest.fixture
def synthloop(monkeypatch, capsys, home):
    return command(monkeypatch, capsys, home)


@pytest.fixture
def home(tmp_path):
    rows = [(s, repr(1000.0 * refraction(s))) for s in STRUCTURES[::2]]
    rows += [
        ("", "1"),
        (STRUCTURES[0], f"{1000.0 * refraction(STRUCTURES[0]) + 20.0}"),
        ("CCCCCCCCCO", ""),
    ]
    write(tmp_path / "known.csv", ("smiles", "r [mm]"), rows[:-3] + rows[-2:])
    write(tmp_path / "bad.csv", ("smiles", "r [mm]"), [*rows[:-3], ("C1CC", "2"), ("CO", "two")])
    write(
        tmp_path / "asked.csv", ("name", "smiles"), [(f"n{i}", s) for i, s in enumerate(STRUCTURES)]
    )
    write(tmp_path / "films.csv", ("T", "p", "y"), [(i, i % 4, i * 0.5 - i % 4) for i in range(16)])
    return tmp_path


def write(path, head, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


FIT = ("fit", "known.csv", "--target", "r", "--unit", "m", "--transfer", "off")


def test_a_table_becomes_a_model_that_foresees_another_table(home, synthloop):
    done = synthloop(*FIT)
    assert done.out == "known-r.model\n"
    assert "material: molecule" in done.err
    assert "rows of one structure are replicates" in done.err
    assert "5-fold, refitted each time: RMSE" in done.err
    assert "row 21, empty: no value" in done.err
    card = json.loads((home / "known-r.model" / "card.json").read_text(encoding="utf-8"))
    assert (card["n_rows"], card["n_structures"]) == (19, 18)

    printed = synthloop("predict", "known-r.model", "asked.csv", "--out", "p.csv")
    assert printed.out == "p.csv\n"
    frame = pd.read_csv(home / "p.csv")
    truth = np.array([refraction(s) for s in STRUCTURES])
    assert frame["structure"].tolist() == STRUCTURES
    assert frame["row"].tolist() == list(range(2, len(STRUCTURES) + 2))
    assert set(frame["unit"]) == {"m"}
    assert np.sqrt(np.mean((frame["mean"] - truth) ** 2)) < 0.2 * truth.std()
    inside = (frame["low90"] <= truth) & (truth <= frame["high90"])
    assert inside.mean() > 0.7
    np.testing.assert_allclose(frame["high90"] - frame["mean"], 1.6448536 * frame["sd"], rtol=1e-5)


def test_documents_hold_the_card_and_every_row(home, synthloop):
    done = json.loads(synthloop(*FIT, "--out", "m", "--seed", "7", "--json").out)
    assert done["schema"] == "synthloop/fitted/1"
    assert done["fitted"]["card"] == json.loads(
        (home / "m" / "card.json").read_text(encoding="utf-8")
    )
    assert done["fitted"]["card"]["request"]["seed"] == 7
    write(home / "mixed.csv", ("smiles",), [("CCCO",), ("C1CC",), ("c1cc2ccc3cccc4ccc(c1)c2c34",)])
    told = json.loads(synthloop("predict", "m", "mixed.csv", "--json").out)["predictions"]
    good, bad, far = told["rows"]
    assert (told["unit"], good["failure"], good["row"]) == ("m", "", 2)
    assert bad["mean"] is None and "SMILES" in bad["failure"]
    assert far["outside"] and far["distance"] > good["distance"]
    shown = synthloop("predict", "m", "mixed.csv")
    assert len(shown.out.splitlines()) == 4
    assert "row 3, C1CC: expected a SMILES that RDKit reads" in shown.err
    assert "1 of 3 rows lie outside" in shown.err


def test_bad_rows_are_all_named_or_left_out(home, synthloop):
    words = ("fit", "bad.csv", *FIT[2:], "--material", "molecule")
    shown = synthloop(*words, code=3).err
    assert "row 20, column smiles: got 'C1CC'" in shown
    assert "row 21, column r [mm]: got 'two'" in shown
    assert not (home / "bad-r.model").exists()
    done = synthloop(*words, "--skip-bad-rows")
    assert "row 20, C1CC: expected a SMILES" in done.err
    assert (home / "bad-r.model" / "card.html").stat().st_size > 0


def test_recipes_of_numbers(home, synthloop):
    words = ("fit", "films.csv", "--target", "y", "--unit", "MPa", "--features", "T, p")
    assert "the source library holds nothing for the material columns" in synthloop(*words).err
    rows = json.loads(synthloop("predict", "films-y.model", "films.csv", "--json").out)[
        "predictions"
    ]
    assert rows["rows"][3]["structure"] == "3, 3"
    assert rows["rows"][3]["mean"] == pytest.approx(-1.5, abs=0.3)


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"file": "nothing.csv"}, 4, "there is no file"),
        ({"--target": "q"}, 3, "got 'q'; expected one of smiles, r [mm]"),
        ({"--unit": "glug"}, 3, "'glug' is not known"),
        ({"--unit": "kg"}, 3, "measure different things"),
        ({"--structure": "inchi"}, 3, "got 'inchi'; expected one of"),
        ({"--material": "metal"}, 3, "molecule, polymer"),
        ({"--material": "columns"}, 3, "--features"),
        ({"--transfer": "of"}, 3, "'of' is none of the surrogates"),
        ({"--out": "no/where"}, 3, "there is no folder no"),
        ({"--out": "."}, 3, "is no model"),
        ({"--seed": "-1"}, 2, "--seed"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_code_and_leaves_nothing(home, synthloop, changed, code, message):
    before = sorted(p.name for p in home.iterdir() if p.name != ".synthloop")
    options = dict(zip(FIT[2::2], FIT[3::2], strict=True)) | changed
    file = options.pop("file", "known.csv")
    words = [word for pair in options.items() for word in pair]
    assert message in synthloop("fit", file, *words, code=code).err
    assert sorted(p.name for p in home.iterdir() if p.name != ".synthloop") == before


def test_mistakes_when_predicting(home, synthloop):
    assert "is no model" in synthloop("predict", "nothing", "asked.csv", code=4).err
    synthloop(*FIT, "--out", "m")
    assert "got 'smiles'" in synthloop("predict", "m", "films.csv", code=3).err
    assert "no folder" in synthloop("predict", "m", "asked.csv", "--out", "no/p.csv", code=3).err
    assert "ends in .csv" in synthloop("predict", "m", "asked.csv", "--out", "p.xlsx", code=3).err
    write(home / "none.csv", ("smiles",), [("C1CC",), ("nothing",)])
    assert "none of 2 rows" in synthloop("predict", "m", "none.csv", code=3).err
    (home / "m" / "training.json").write_text("{}", encoding="utf-8")
    assert "was altered" in synthloop("predict", "m", "asked.csv", code=8).err
