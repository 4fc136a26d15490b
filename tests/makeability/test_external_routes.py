"""Another program as planner: a small script of this test, run as its own process."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from loop.errors import AdapterError, DataError, RetryableAdapterError
from loop.makeability.external_routes import ExternalRoutes
from loop.makeability.stock import StockList

PLANNER = """
import json, sys
asked = json.load(sys.stdin)
assert asked["schema"] == "synthloop/route-request/1" and asked["limit"] == 5
steps = lambda acid, score: [
    {"reaction": "amide coupling", "reactants": [acid, "NC"], "product": asked["target"],
     "score": score, "metadata": {"policy": "uspto"}}]
json.dump({"routes": [
    {"steps": steps("ClC(C)=O", 0.9)}, {"steps": steps("OC(C)=O", 0.5), "log_probability": -3.0}
], "time": 0.1}, sys.stdout)
"""


def program(folder: Path, text: str, *, seconds: float = 60.0) -> ExternalRoutes:
    script = folder / "planner.py"
    script.write_text(text, encoding="utf-8")
    command = (sys.executable, str(script))
    return ExternalRoutes(ExternalRoutes.Config(command=command, seconds=seconds))


def test_routes_come_back_canonical_and_ranked_by_the_lab_s_stock(tmp_path):
    stock = StockList(["CC(=O)O", "CN"])
    first, second = program(tmp_path, PLANNER).routes("N(C)C(C)=O", stock, 5)
    assert first.target == "CNC(C)=O"
    assert first.starting_materials == ("CC(=O)O", "CN")
    assert first.in_stock
    assert first.log_probability == -3.0
    assert second.missing == ("CC(=O)Cl",)
    assert second.log_probability == pytest.approx(-0.10536, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("print('Loading model ...')", "JSON"),
        ('print(\'{"routes": [{"steps": []}]}\')', "routes.0.steps"),
        (PLANNER.replace('"NC"', '"N(("'), r"N\(\("),
        (PLANNER.replace('asked["target"],', '"CCC",'), "the target CNC"),
        ("import sys; sys.exit('no model file uspto.onnx')", "uspto.onnx"),
    ],
)
def test_a_planner_that_answers_badly_is_quoted(tmp_path, text, words):
    with pytest.raises(AdapterError, match=words):
        program(tmp_path, text).routes("CNC(C)=O", StockList(), 5)


def test_a_planner_that_takes_too_long_may_be_asked_again(tmp_path):
    slow = program(tmp_path, "import threading; threading.Event().wait()", seconds=0.5)
    with pytest.raises(RetryableAdapterError, match=r"in 0\.5 s"):
        slow.routes("CNC(C)=O", StockList())


def test_a_planner_that_is_not_there_is_named():
    missing = ExternalRoutes(ExternalRoutes.Config(command=("/nowhere/aizynth",)))
    with pytest.raises(AdapterError, match="/nowhere/aizynth"):
        missing.routes("CNC(C)=O", StockList())


def test_the_program_is_not_started_for_a_bad_structure():
    missing = ExternalRoutes(ExternalRoutes.Config(command=("/nowhere/aizynth",)))
    with pytest.raises(DataError):
        missing.routes("C1CC", StockList())


def test_a_command_may_be_one_line_but_not_empty():
    config = ExternalRoutes.Config.model_validate({"command": "python 'my planner.py' --fast"})
    assert config.command == ("python", "my planner.py", "--fast")
    with pytest.raises(ValidationError):
        ExternalRoutes.Config.model_validate({"command": ""})
