"""Records what this release writes, for later releases to read: `python -m tests.data.record`.

Run once per release, before it is tagged; files of earlier releases are never made anew.
"""

import sqlite3
import tempfile
from importlib.metadata import version
from pathlib import Path

from loop.ledger import maintenance
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build, open_ledger

HERE = Path(__file__).parent


def record(folder: Path, release: str) -> None:
    """Run a small campaign and a few human interventions; keep its events and its database."""
    settings = Settings(workspace=folder, actor="ada")
    door = build(settings)
    lab = simulated_lab(failure=0.3, lost=0.2)
    door.service.open(write_small_campaign(folder, lims=lab, approval="person"), Ask.by("ada"))
    door.worker.run("small")
    door.service.reject_item(
        "small",
        door.queries.view("small").current_round.items[0].item.candidate.candidate_id,
        "no precursor",
        Ask.by("ada"),
    )
    door.service.comment("small", "µ-scale synthesis", "", Ask.by("bo"))
    while door.queries.view("small").summary.status == "open":
        current = door.queries.view("small").current_round
        door.service.approve("small", current.number, Ask.by("ada"))
        door.worker.run("small")
    known = door.queries.view("small").measurements
    door.service.correct_measurement(
        "small", known[0].measurement_id, 0.05, "GPa", "misread", Ask.by("ada")
    )
    door.service.withdraw_measurement("small", known[1].measurement_id, "wrong vial", Ask.by("bo"))
    door.close()
    ledger = open_ledger(settings)
    maintenance.export(ledger, "small", HERE / "ledgers" / f"{release}.jsonl")
    ledger.close()
    database = sqlite3.connect(settings.state_folder / "ledger.db")
    dump = "\n".join(database.iterdump()) + "\n"
    (HERE / "databases" / f"{release}.sql").write_text(dump, encoding="utf-8")
    database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        record(Path(made), version("synthloop"))
