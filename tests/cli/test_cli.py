"""The command line, as people and scripts use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign

COMMANDS = [
    "new", "check", "open", "run", "worker", "propose", "approve", "record", "correct", "status",
    "history", "export", "report", "dashboard", "door", "demo", "ledger",
]  # fmt: skip


def synthloop(*words: str, home: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "loop.cli", *words],
        cwd=home,
        capture_output=True,
        text=True,
        env=os.environ | {"SYNTHLOOP_WORKSPACE": str(home), "USER": "ada", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


ROOT = Path(__file__).parents[2]


def test_help_is_quick_because_nothing_heavy_is_loaded():
    code = (
        "import sys\nfrom loop.cli import main\n"
        "heavy = {'torch', 'rdkit', 'pandas', 'sqlalchemy', 'streamlit', 'pymatgen', 'numpy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize("module", ["loop.service.campaigns", "loop.wiring", "dashboard.launch"])
def test_the_service_does_not_load_torch(module):
    code = f"import sys, {module}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_help_lists_every_command_and_the_exit_codes(tmp_path):
    text = synthloop("--help", home=tmp_path).stdout
    for command in COMMANDS:
        assert command in text
    assert "130" in text


def test_a_worksheet_campaign_from_own_table_to_first_results(tmp_path):
    path = write_small_campaign(tmp_path, lims=WORKSHEET, approval="person")
    assert "24 candidates" in synthloop("check", str(path), home=tmp_path).stdout
    assert synthloop("open", str(path), home=tmp_path).stdout == "small\n"
    batch = json.loads(synthloop("propose", "small", "--json", home=tmp_path).stdout)
    assert batch["schema"] == "synthloop/proposal/1"
    version = str(batch["proposal"]["version"])
    assert len(batch["proposal"]["round"]["items"]) == 4
    stale = synthloop("approve", "small", "--if-version", "1", home=tmp_path, code=5)
    assert "you looked at 1" in stale.stderr
    synthloop("approve", "small", "--if-version", version, home=tmp_path)
    assert "4 results" in synthloop("run", "small", home=tmp_path).stdout
    synthloop("worksheet", "small", home=tmp_path)
    assert (tmp_path / "worksheet.xlsx").stat().st_size > 1000
    view = json.loads(synthloop("status", "small", "--json", home=tmp_path).stdout)["campaign"]
    order = view["orders"][0]["order_id"]
    handed_in = tmp_path / "exchange" / "small" / "results" / "odd.csv"
    handed_in.write_text(f"order_id,property,value,unit\n{order},strength,5,kg\n")
    os.utime(handed_in, (1, 1))
    said = synthloop("run", "small", home=tmp_path).stderr
    assert "warning: odd.csv was refused, nothing of it was recorded" in said
    assert "got '5 kg'" in said
    sheet = tmp_path / "r.csv"
    sheet.write_text(f"order_id,property,value,unit\n{order},strength,0.05,GPa\n", encoding="utf-8")
    assert "0.05" in synthloop("record", "small", str(sheet), "--dry-run", home=tmp_path).stdout
    assert "1 recorded" in synthloop("record", "small", str(sheet), home=tmp_path).stderr
    view = json.loads(synthloop("status", "small", "--json", home=tmp_path).stdout)["campaign"]
    identity = view["measurements"][0]["measurement_id"]
    synthloop(
        "correct", "small", identity, "--value", "49", "--unit", "MPa", "--reason", "typo",
        home=tmp_path,
    )  # fmt: skip
    synthloop("comment", "small", "nice", home=tmp_path)
    assert "50 → 49: typo" in synthloop("history", "small", home=tmp_path).stdout
    synthloop("export", "small", home=tmp_path)
    assert "typo" in (tmp_path / "measurements.csv").read_text(encoding="utf-8-sig")
    synthloop("withdraw", "small", identity, "--reason", "wrong vial", home=tmp_path)
    assert "1 campaigns are whole" in synthloop("ledger", "verify", home=tmp_path).stdout
    assert "1 campaigns rebuilt" in synthloop("ledger", "rebuild", home=tmp_path).stdout
    synthloop("ledger", "upgrade", home=tmp_path)
    synthloop("ledger", "export", "small", home=tmp_path)
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["body"]["kind"] == "campaign.opened"


def test_a_simulated_campaign_runs_to_its_end_and_reports(tmp_path):
    path = write_small_campaign(tmp_path, lims=simulated_lab())
    synthloop("open", str(path), home=tmp_path)
    synthloop("run", "small", "--max-steps", "3", home=tmp_path)
    synthloop("worker", "--once", home=tmp_path)
    assert "closed" in synthloop("status", home=tmp_path).stdout
    shown = synthloop("status", "small", home=tmp_path).stdout
    assert "left-out measurements" in shown
    assert "note: the source library holds nothing for the material columns" in shown
    found = json.loads(synthloop("status", "--json", home=tmp_path).stdout)
    assert found["campaigns"][0]["n_experiments"] == 8
    page = Path(synthloop("report", "small", home=tmp_path).stdout.strip())
    text = page.read_text(encoding="utf-8")
    assert "Against random search" in text
    assert 'src="http' not in text
    assert "<link" not in text


def test_new_writes_a_file_that_check_accepts(tmp_path):
    words = ["--title", "My films", "--material", "columns", "--features", "x,y", "--file",
             "pool.csv", "--structure", "-", "--property", "yield_", "--unit", "percent", "--goal",
             "maximize", "--experiments", "20", "--batch", "2"]  # fmt: skip
    path = Path(synthloop("new", "films", *words, home=tmp_path).stdout.strip())
    (path.parent / "pool.csv").write_text("x,y\n1,2\n2,3\n", encoding="utf-8")
    assert "2 candidates" in synthloop("check", str(path), home=tmp_path).stdout
    assert "there already" in synthloop("new", "films", *words, home=tmp_path, code=3).stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "nothing"], 4, "there is no open campaign"),
        (["check", "nothing.toml"], 3, "synthloop new"),
        (["record", "nothing", "nothing.csv"], 4, "there is no file"),
        (["fly"], 2, "No such command"),
        (["status", "--jsn"], 2, "No such option"),
    ],
)
def test_every_mistake_has_its_code_and_its_message(tmp_path, words, code, message):
    done = synthloop(*words, home=tmp_path, code=code)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
