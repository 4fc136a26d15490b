"""The command design, as people and scripts use it."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen
from scipy.stats import norm

from tests.cli.in_process import command

HEADS = ("", "O", "N", "c1ccccc1", "C#N", "OC", "C(C)=O", "Cl")
STRUCTURES = ["C" * n + head for head in HEADS for n in range(1, 8)]
FIT = ("--target", "r", "--unit", "mm", "--transfer", "off")
SMALL = (
    "--proposals",
    "300",
    "--keep",
    "12",
    "--option",
    "order=6",
    "--option",
    "longest_context=6",
)


def refraction(smiles: str) -> float:
    return Crippen.MolMR(Chem.MolFromSmiles(smiles))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("design")
    with (folder / "known.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("smiles", "r [mm]"), *((s, repr(refraction(s))) for s in dict.fromkeys(STRUCTURES))]
        )
    (folder / "seeds.smi").write_text("COc1ccccc1\nC1CC\nOCCO\n", encoding="utf-8")
    (folder / "stock.smi").write_text("CO\nCCCCCC(=O)Cl\nBrCCCCCC\nCCCCCCO\n", encoding="utf-8")
    return folder


@pytest.fixture
def synthloop(monkeypatch, capsys, home):
    return command(monkeypatch, capsys, home)


@pytest.fixture
def model(synthloop, home):
    if not (home / "r.model").exists():
        synthloop("fit", "known.csv", *FIT, "--out", "r.model")
    return "r.model"


def designed(shown) -> dict:
    return json.loads(shown.out)["designed"]


@pytest.mark.slow
def test_candidates_in_a_range_with_their_predictions(synthloop, model, home):
    # The range is given in another unit than the model's.
    shown = synthloop(
        "design", model, "--between", "0.045", "0.050", "m", *SMALL, "--seeds", "seeds.smi",
        "--out", "designed.csv", "--json",
    )  # fmt: skip
    assert "seeds.smi: line 2: got 'C1CC'" in shown.err
    found = designed(shown)
    assert found["objective"] == {"kind": "target", "property": "r", "low": 45.0, "high": 50.0}
    assert found["n_tried"] == 300
    candidates = found["candidates"]
    assert len(candidates) == 12
    known = {Chem.CanonSmiles(s) for s in (*STRUCTURES, "COc1ccccc1", "OCCO")}
    for c in candidates:
        assert c["structure"] == Chem.CanonSmiles(c["structure"])
        assert c["structure"] not in known
        assert c["p_target"] == pytest.approx(
            norm.cdf(50.0, c["mean"], c["sd"]) - norm.cdf(45.0, c["mean"], c["sd"]), abs=1e-6
        )
        assert c["route_found"] is None
        assert 0 < c["similarity"] <= 1
    chances = [c["p_target"] for c in candidates]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.5
    # The truth, which nothing in the search has seen.
    sure = [c for c in candidates if c["p_target"] > 0.9 and not c["outside"]]
    assert sure
    assert np.mean([45.0 <= refraction(c["structure"]) <= 50.0 for c in sure]) > 0.6
    with (home / "designed.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["smiles"] for r in rows] == [c["structure"] for c in candidates]
    foretold = json.loads(synthloop("predict", model, "designed.csv", "--json").out)
    for row, c in zip(foretold["predictions"]["rows"], candidates, strict=True):
        assert row["mean"] == pytest.approx(c["mean"], rel=1e-6)
        assert row["sd"] == pytest.approx(c["sd"], rel=1e-6)


@pytest.mark.slow
def test_a_table_is_fitted_first_and_routes_are_asked_from_stock(synthloop):
    shown = synthloop(
        "design", "known.csv", *FIT, "--maximize", *SMALL, "--stock", "stock.smi", "--json"
    )
    candidates = designed(shown)["candidates"]
    best = max(refraction(s) for s in STRUCTURES)
    assert designed(shown)["best_known"] == pytest.approx(best)
    assert {c["route_found"] for c in candidates} <= {True, False}
    for c in candidates:
        assert bool(c["route"]) is c["route_found"]
        assert c["in_stock"] is ("all in stock" in c["route"])


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.slow
def test_an_interrupted_search_goes_on_and_finds_the_same(synthloop, model, home, monkeypatch):
    from loop.generate.search import Search

    # A checkpoint each ten steps.
    words = ("design", model, "--minimize", "--proposals", "600", "--keep", "10", "--json")
    whole = designed(synthloop(*words))
    real = Search._step
    steps = []

    def step(self, archive, now, standing):
        if standing.step == 12:
            raise Killed
        steps.append(standing.step)
        return real(self, archive, now, standing)

    monkeypatch.setattr(Search, "_step", step)
    with pytest.raises(Killed):
        synthloop(*words)
    assert steps == list(range(12))
    searches = home / ".synthloop" / "cache" / "searches"
    assert len(list(searches.glob("*.safetensors"))) == 1
    steps.clear()
    monkeypatch.setattr(Search, "_step", lambda *a: (steps.append(a[3].step), real(*a))[1])
    again = designed(synthloop(*words))
    assert steps[0] == 10
    assert again == whole
    assert not list(searches.glob("*.safetensors"))


@pytest.mark.slow
def test_killed_for_real_it_goes_on_and_finds_the_same(synthloop, model, home):
    words = ("design", model, "--maximize", "--proposals", "800", "--keep", "10", "--json")
    whole = designed(synthloop(*words))
    searches = home / ".synthloop" / "cache" / "searches"
    process = subprocess.Popen(
        [sys.executable, "-m", "loop.cli", *words],
        cwd=home,
        env=os.environ | {"SYNTHLOOP_WORKSPACE": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not list(searches.glob("*.safetensors")):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    (left,) = searches.glob("*.safetensors")
    assert left.stat().st_size > 0
    assert designed(synthloop(*words)) == whole
    assert not list(searches.glob("*.safetensors"))


@pytest.mark.slow
def test_a_range_out_of_reach_names_what_comes_nearest_and_what_is_in_reach(synthloop, model):
    shown = synthloop("design", model, "--between", "900", "950", "mm", *SMALL)
    warning = next(x for x in shown.err.splitlines() if "is likely to reach" in x)
    assert "900 to 950" in warning
    assert "±" in warning
    low, high = re.search(r"within reach of those visited: r (\S+) to (\S+)$", warning).groups()
    # The training is visited too.
    assert float(low) < 15 and 45 < float(high) < 900
    assert len(shown.out.splitlines()) == 13


@pytest.mark.slow
def test_polymers_of_given_monomers(synthloop, home):
    from tests.design.generated_campaign import MONOMERS

    units = ("*CC*", "*CC(*)C", "*CC(*)Cl", "*CC(*)O", "*CC(*)C#N", "*CC(*)c1ccccc1", "*OCC*",
             "*OCCCC*", "*CC(*)C(=O)OC", "*CCCC(*)=O", "*NCCCCCC(*)=O", "*OCCC(*)=O")  # fmt: skip
    with (home / "units.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(u, Crippen.MolLogP(Chem.MolFromSmiles(u))) for u in units]
        csv.writer(file).writerows([("smiles", "logp"), *rows])
    (home / "monomers.smi").write_text("\n".join(MONOMERS), encoding="utf-8")
    shown = synthloop(
        "design", "units.csv", "--target", "logp", "--unit", "dimensionless", "--transfer", "off",
        "--maximize", "--generator", "polymerisation", "--seeds", "monomers.smi",
        "--stock", "monomers.smi", "--require-route", "--proposals", "300", "--keep", "8", "--json",
    )  # fmt: skip
    candidates = designed(shown)["candidates"]
    assert len(candidates) == 8
    assert all(c["in_stock"] and c["structure"].count("*") == 2 for c in candidates)
    assert all(" of " in c["made_from"] for c in candidates)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("r.model",), 3, "--between LOW HIGH UNIT"),
        (("r.model", "--maximize", "--minimize"), 3, "one of"),
        (("nothing", "--maximize"), 4, "does not exist"),
        (("known.csv", "--maximize"), 3, "--target COLUMN"),
        (("r.model", "--between", "50", "45", "mm"), 3, "LOW below HIGH"),
        (("r.model", "--between", "45", "50", "kg"), 3, "kg"),
        (("r.model", "--maximize", "--generator", "ngrams"), 3, "did you mean 'ngram'"),
        (("r.model", "--maximize", "--generator", "polymerisation"), 3, "makes polymer"),
        (("r.model", "--maximize", "--option", "order"), 3, "key=value"),
        (("r.model", "--maximize", "--option", "ordr=3"), 3, "order"),
        (("r.model", "--maximize", "--require-route"), 3, "--stock FILE"),
        (("r.model", "--maximize", "--seeds", "none.smi"), 4, "none.smi"),
        (("r.model", "--maximize", "--seeds", "bad.smi"), 3, "none of the 1 seeds"),
        (("r.model", "--maximize", "--stock", "empty.smi"), 3, "holds no structure"),
        (("r.model", "--maximize", "--forbid", "C(("), 3, "C(("),
        (("r.model", "--maximize", "--out", "designed.txt"), 3, ".csv"),
    ],
)
def test_bad_asks_are_answered(synthloop, model, home, words, code, said):
    (home / "bad.smi").write_text("C1CC\n", encoding="utf-8")
    (home / "empty.smi").write_text("\n", encoding="utf-8")
    shown = synthloop("design", *words, code=code)
    assert said in shown.err
