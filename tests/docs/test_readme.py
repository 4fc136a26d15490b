"""The README is true: its tour is run as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import typer

from loop.cli.main import app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_tour_runs_as_written(tmp_path):
    tour = README.split("```sh\n")[1].split("```")[0]
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", tour],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "USER": "ada"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "films.xlsx").exists()
    assert (tmp_path / "reports" / "films.html").exists()
    assert (tmp_path / "exchange" / "films" / "orders" / "round-01.xlsx").exists()


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
