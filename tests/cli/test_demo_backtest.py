"""`synthloop demo --backtest`, as a person runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def test_the_demo_borrows_from_no_thermal_conductivity(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "loop.cli", "sources", "list"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
    )
    # Of `model, kind, source, ...`; back-tests have a workspace without sources of its own.
    sources = [line.split("\t")[2] for line in done.stdout.splitlines()[1:]]
    assert "permittivity" in sources
    assert not [name for name in sources if re.search("conductiv|diffusiv", name)]


@pytest.mark.slow
def test_the_demo_over_seeds_says_what_luck_and_borrowing_did(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "loop.cli", "demo", "--folder", "d", "--backtest", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    runs, totals = lines[1:3], {line[0]: line[1:] for line in lines[-3:]}
    assert [(seed, surrogate) for seed, surrogate, *_ in runs] == [
        ("0", "gp"),
        ("0", "transfer-gp"),
    ]
    # One seed: the median is its only run.
    for _, surrogate, first, found, best in runs:
        order = re.search(r"order (\d+)", first)
        assert totals[surrogate][0] == (order[1] if order else "41")
        assert totals[surrogate][2:4] == [f"{int(found[0])}.0 of 5", best]
        assert float(best) <= 0.353
    random = totals["random search"]
    # 40 of 541 drawn, 5 wanted.
    assert random[2] == "0.4 of 5"
    assert float(random[0]) == pytest.approx(541 * (1 - 0.5 ** (1 / 5)), rel=0.1)
    assert not (tmp_path / "d" / ".synthloop" / "ledger.db").exists()
