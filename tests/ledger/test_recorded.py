"""What every release wrote is read for ever."""

import itertools
import json
import sqlite3
from pathlib import Path

import pytest

from loop.core.canonical import canonical_json, digest
from loop.core.events import Event
from loop.core.machine import fold
from loop.core.upgrade import read_body
from loop.ledger import maintenance
from loop.ledger.store import SqlLedger
from loop.service.queries import campaign_view
from loop.settings import Settings
from loop.wiring import SystemClock, build

DATA = Path(__file__).parents[1] / "data"
RELEASES = sorted(path.stem for path in (DATA / "ledgers").glob("*.jsonl"))


def read(release: str) -> list[Event]:
    lines = (DATA / "ledgers" / f"{release}.jsonl").read_text(encoding="utf-8").splitlines()
    stored = [json.loads(line) for line in lines]
    return [Event.model_validate(s | {"body": read_body(s["body"])}) for s in stored]


def test_there_is_a_record_of_a_release():
    assert "0.1.0" in RELEASES
    assert sorted(path.stem for path in (DATA / "databases").glob("*.sql")) == RELEASES


@pytest.mark.parametrize("release", RELEASES)
def test_recorded_events_are_folded(release):
    events = read(release)
    view = campaign_view(fold(events))
    assert view.summary.version == len(events) == events[-1].seq
    assert view.summary.status == "closed"
    assert view.summary.n_experiments == 8
    assert view.comments[0].text == "µ-scale synthesis"
    assert view.measurements[0].value == pytest.approx(50.0)
    assert view.measurements[0].corrections[0].reason == "misread"
    assert view.measurements[1].withdrawn
    assert {e.body.kind for e in events} >= {
        "model.skipped", "model.fitted", "item.rejected", "order.failed", "measurement.corrected",
    }  # fmt: skip
    assert all(b.previous_digest == a.digest for a, b in itertools.pairwise(events))


@pytest.mark.parametrize("release", RELEASES)
def test_a_recorded_database_is_upgraded_verified_and_served(release, tmp_path):
    settings = Settings(workspace=tmp_path, actor="ada")
    settings.state_folder.mkdir(parents=True)
    database = sqlite3.connect(settings.state_folder / "ledger.db")
    database.executescript((DATA / "databases" / f"{release}.sql").read_text(encoding="utf-8"))
    database.close()
    maintenance.upgrade(settings.effective_database_url)
    ledger = SqlLedger(settings.effective_database_url, SystemClock())
    try:
        assert maintenance.verify(ledger) == []
        stored = ledger.events("small")
        assert maintenance.rebuild(ledger) == ["small"]
        assert maintenance.verify(ledger) == []
    finally:
        ledger.close()
    assert [e.body for e in stored] == [e.body for e in read(release)]
    door = build(settings)
    try:
        assert door.queries.view("small").summary.n_experiments == 8
    finally:
        door.close()


def test_the_digest_of_a_release_is_computed_alike_for_ever():
    """A change of the canonical form would make every old chain look forged."""
    content = {"µ": [1.5, None, True, "a\u2028b"], "a": -0.0, "n": 10**20}
    assert (
        canonical_json(content)
        == '{"a":-0.0,"n":100000000000000000000,"µ":[1.5,null,true,"a\u2028b"]}'
    )
    assert digest("synthloop") == (
        "0831c89a237ae9958db4edbba4769913a03c294b567e06c99a2c13780f1f3aad"
    )
