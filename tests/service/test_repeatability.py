"""Same seed and ledger, same proposals: in fresh processes with other hash seeds and threads."""

import json
import os
import subprocess
import sys
from pathlib import Path

from loop.testing.small_campaign import simulated_lab, write_small_campaign

MOLECULES = """\
smiles,true_strength
""" + "\n".join(
    f"{'C' * n}{tail},{n + 3 * len(tail)}"
    for n in range(1, 9)
    for tail in ("O", "N", "Cl", "C(=O)O")
)

PROGRAM = """
import json, sys
from pathlib import Path
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build
door = build(Settings(workspace=Path(sys.argv[1]), actor="ada"))
door.service.open(Path(sys.argv[2]), Ask.by("ada"))
door.worker.run(Path(sys.argv[2]).parent.name)
events = door.queries.events(Path(sys.argv[2]).parent.name)
print(json.dumps([e.body.model_dump(mode="json") for e in events]))
"""


def told(folder: Path, campaign: Path, **environment: str) -> list[dict]:
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(campaign)],
        env=os.environ | environment | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_same_seed_gives_the_same_events_in_fresh_processes(tmp_path):
    path = write_small_campaign(tmp_path, lims=simulated_lab(lost=0.2))
    first = told(tmp_path / "one", path, PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    second = told(tmp_path / "two", path, PYTHONHASHSEED="2", OMP_NUM_THREADS="2")
    assert [b["kind"] for b in first].count("model.fitted") >= 2
    assert first == second


def test_molecules_too_and_another_seed_gives_another_campaign(tmp_path):
    path = write_small_campaign(tmp_path, lims=simulated_lab(failure=0.0))
    (path.parent / "pool.csv").write_text(MOLECULES, encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    old = 'material = "columns"\nfile = "pool.csv"\nid = "recipe"\nlabel = "recipe"\nfeatures = ["temperature", "ratio"]'
    assert old in text
    text = text.replace(old, 'material = "molecule"\nfile = "pool.csv"')
    text = text.replace("[initial]", '[initial]\nkind = "random"')
    path.write_text(text, encoding="utf-8")
    first = told(tmp_path / "one", path, PYTHONHASHSEED="1")
    second = told(tmp_path / "two", path, PYTHONHASHSEED="2")
    assert first == second
    path.write_text(text.replace("seed = 7", "seed = 8"), encoding="utf-8")
    third = told(tmp_path / "three", path)

    def batches(bodies):
        return [
            [i["candidate"]["structure"] for i in b["items"]]
            for b in bodies
            if b["kind"] == "batch.proposed"
        ]

    assert batches(third) != batches(first)
