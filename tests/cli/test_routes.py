"""`synthloop route`, as people and scripts use it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

from typer.testing import CliRunner

from loop.cli.main import app
from loop.errors import ConfigError, DataError, NotFoundError, SynthloopError

ROOT = Path(__file__).parents[2]
PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"


def route(*words: str, home: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "loop.cli", "route", *words],
        cwd=home,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def test_a_molecule_is_planned_from_stock_and_drawn(tmp_path):
    stock = tmp_path / "stock.txt"
    stock.write_text("CC(=O)Cl acetyl chloride\nO=[N+]([O-])c1ccc(O)cc1\n", encoding="utf-8")
    done = route(PARACETAMOL, "--stock", "stock.txt", "--svg", "best.svg", "--json", home=tmp_path)
    best, *rest = json.loads(done.stdout)["routes"]
    assert best["in_stock"]
    assert [step["reaction"] for step in best["steps"]] == [
        "reduction of a nitro group",
        "amide from an acyl chloride",
    ]
    assert not any(other["in_stock"] for other in rest)
    assert ET.parse(tmp_path / "best.svg").getroot().tag.endswith("svg")
    table = route(PARACETAMOL, "--stock", "stock.txt", "--limit", "1", home=tmp_path)
    assert table.stdout.splitlines()[1].split("\t")[:3] == ["1", "-1.178", "nothing"]
    assert "1 of them from stock alone" in table.stderr
    words = ["route", PARACETAMOL, "--stock", str(stock), "--steps", "1", "--json"]
    short = json.loads(CliRunner().invoke(app, words).stdout)["routes"]
    assert short
    assert not any(other["in_stock"] for other in short)


def test_a_polymer_goes_to_its_own_planner(tmp_path):
    done = route("*OCCOC(=O)c1ccc(C(*)=O)cc1", "--limit", "1", "--json", home=tmp_path)
    (best,) = json.loads(done.stdout)["routes"]
    assert best["starting_materials"] == ["O=C(O)c1ccc(C(=O)O)cc1", "OCCO"]
    assert "no --stock given" in done.stderr


def test_another_program_plans_when_asked(tmp_path):
    (tmp_path / "planner.py").write_text(
        "import json, sys\n"
        "target = json.load(sys.stdin)['target']\n"
        "step = {'reaction': 'magic', 'reactants': ['C'], 'product': target}\n"
        "print(json.dumps({'routes': [{'steps': [step]}]}))\n",
        encoding="utf-8",
    )
    option = f"command={sys.executable} planner.py"
    done = route("CCO", "--planner", "external", "--option", option, "--json", home=tmp_path)
    assert json.loads(done.stdout)["routes"][0]["steps"][0]["reaction"] == "magic"


def refused(*words: str, error: type[SynthloopError]) -> str:
    """Run in this process: a start of the interpreter for every word of complaint is too dear."""
    outcome = CliRunner().invoke(app, ["route", *words])
    assert isinstance(outcome.exception, error), outcome
    return str(outcome.exception)


def test_what_cannot_be_done_is_said_with_the_way_out(tmp_path):
    assert "no SMILES that RDKit reads" in route("C1CC", home=tmp_path, code=3).stderr
    unknown = refused("CCO", "--planner", "named-reaction", error=ConfigError)
    assert "did you mean 'named-reactions'?" in unknown
    other = refused("CCO", "--planner", "polymer-rules", error=ConfigError)
    assert "use 'named-reactions'" in other
    assert "key=value" in refused("CCO", "--option", "seconds", error=ConfigError)
    assert "whole number" in refused("CCO", "--option", "molecules=x", error=ConfigError)
    svg = str(tmp_path / "none" / "a.svg")
    assert "no folder" in refused("CCO", "--svg", svg, error=DataError)
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing yet\n", encoding="utf-8")
    assert "holds no structure" in refused("CCO", "--stock", str(empty), error=DataError)
    missing = str(tmp_path / "none.txt")
    assert "does not exist" in refused("CCO", "--stock", missing, error=NotFoundError)


def test_no_route_is_no_error():
    outcome = CliRunner().invoke(app, ["route", "C1CCCCC1", "--json"])
    assert outcome.exit_code == 0
    assert "no route to C1CCCCC1" in outcome.stderr
    assert json.loads(outcome.stdout)["routes"] == []
