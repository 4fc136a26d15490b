"""The README is true: its tour is run as it stands."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from openpyxl import load_workbook

from loop.cli.main import app
from loop.datasets.thermal_liquid import ThermalLiquid

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


FOLDER = Path(sys.executable).parent
ENVIRONMENT = os.environ | {"PATH": f"{FOLDER}:{os.environ['PATH']}", "USER": "ada"}


def synthloop(home: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["synthloop", *words],
        cwd=home,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    """A workspace after the tour of the README, run as it stands."""
    home = tmp_path_factory.mktemp("tour")
    script = README.split("```sh\n")[1].split("```")[0]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=home,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home


def test_the_tour_runs_as_written(tour):
    assert (tour / "films.xlsx").exists()
    assert (tour / "reports" / "films.html").exists()
    assert (tour / "exchange" / "films" / "orders" / "round-01.xlsx").exists()


def test_a_filled_in_worksheet_is_handed_in_and_the_next_batch_comes(tour):
    book = load_workbook(tour / "films.xlsx")
    sheet = book["results"]
    column = [cell.value for cell in sheet[1]].index("strength [MPa]") + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column).value = 40.0 + row
    book.save(tour / "films.xlsx")
    assert "recorded" in synthloop(tour, "record", "films", "films.xlsx").stderr
    synthloop(tour, "worker", "--once")
    status = json.loads(synthloop(tour, "status", "--json").stdout)["campaigns"][0]
    assert status["round_number"] == 2
    assert status["waiting_for"] == "approval of round 2"
    for words in ("verify", "rebuild", "upgrade", "verify"):
        synthloop(tour, "ledger", words)
    synthloop(tour, "ledger", "export", "films")


def test_the_lab_is_looked_at_as_written(tour):
    block = README.split("## The lab")[1].split("```\n")[1]
    lines = block.strip().splitlines()
    assert len(lines) >= 4
    for line in lines:
        synthloop(tour, *shlex.split(line)[1:])


def test_the_worker_serves_until_it_is_stopped(tour):
    # A shell's background jobs ignore the signal, and hand that down to their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        ["synthloop", "worker"], cwd=tour, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    assert "films: " in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the ledger is consistent" in said


def test_the_dashboard_answers_in_a_browser(tour):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["synthloop", "dashboard", "--port", str(port)],
        cwd=tour,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout.readline() == f"http://127.0.0.1:{port}\n"
        for line in process.stdout:
            if f"127.0.0.1:{port}" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
            assert answer.read() == b"ok"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_table_is_described_outside_the_loop(tmp_path):
    (tmp_path / "pool.csv").write_text("smiles\nCCO\nCC(=O)O\n", encoding="utf-8")
    words = re.search(r"synthloop (describe pool\.csv .*)", README)[1].split()
    synthloop(tmp_path, *words)
    assert pd.read_parquet(tmp_path / "pool.parquet").shape[0] == 2
    listed = synthloop(tmp_path, "blocks").stdout.splitlines()[1:]
    counted = re.search(r"any of the (\d+) blocks", README)[1]
    assert len(listed) == int(counted)


def test_a_model_of_one_table_is_fitted_and_asked(tmp_path):
    table = ThermalLiquid().load(tmp_path / "cache")
    known = pd.DataFrame(
        {
            "smiles": table.columns["smiles"],
            "thermal conductivity": table.columns["thermal_conductivity_w_mk"],
        }
    ).sample(40, random_state=0)
    known[:24].to_csv(tmp_path / "known.csv", index=False)
    known[24:].to_csv(tmp_path / "asked.csv", index=False)
    fit = shlex.split(re.search(r"synthloop (fit .*)", README)[1])
    predict = shlex.split(re.search(r"synthloop (predict .*)", README)[1])
    assert (tmp_path / synthloop(tmp_path, *fit).stdout.strip() / "card.html").exists()
    synthloop(tmp_path, *predict)
    design = shlex.split(re.search(r"synthloop (design .*)", README)[1])
    synthloop(tmp_path, *design)
    designed = pd.read_csv(tmp_path / "designed.csv")
    assert len(designed) > 10
    assert not set(designed["smiles"]) & set(known["smiles"])
    found = pd.read_csv(tmp_path / "predicted.csv")
    assert np.corrcoef(found["mean"], known[24:]["thermal conductivity"])[0, 1] > 0.5


def test_a_route_to_paracetamol_is_planned(tmp_path):
    route = shlex.split(re.search(r"synthloop (route .*)", README)[1])
    assert "Nc1ccc(O)cc1" in synthloop(tmp_path, *route).stdout


@pytest.mark.postgres
def test_a_team_uses_postgres(tmp_path, postgres_url):
    assert "postgresql://" in README
    assert (
        "no campaign yet"
        in synthloop(tmp_path, "status", SYNTHLOOP_DATABASE_URL=postgres_url).stderr
    )
    assert not list(tmp_path.rglob("*.db"))


def test_the_demo_runs_resumes_and_keeps_its_promises(tmp_path):
    command = [
        sys.executable,
        "-m",
        "loop.cli",
        "demo",
        "--folder",
        str(tmp_path / "d"),
        "--seeds",
        "10",
    ]
    environment = os.environ | {
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    first = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert first.returncode == 0, first.stderr
    for promised in ("ethylene", "% of", "random search with 40", "report:", "dashboard: http"):
        assert promised in first.stdout
    again = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert again.stdout == first.stdout


def test_every_command_the_readme_names_exists():
    fenced = "\n".join(re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL))
    indented = "\n".join(re.findall(r"^    (.*)$", README, flags=re.MULTILINE))
    inline = "\n".join(re.findall(r"`([^`\n]+)`", README))
    code = "\n".join((fenced, indented, inline))
    named = set(re.findall(r"(?<![/\w])synthloop ([a-z]+)", code))
    known = {command.name for command in typer.main.get_command(app).commands.values()}
    assert named >= {"new", "open", "record", "worker", "dashboard", "ledger"}
    assert named <= known
