"""The event store on both databases: append, conflict, repetition, refusal to change facts."""

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from loop.core import events as e
from loop.core.definition import CampaignDefinition
from loop.errors import (
    ConflictError,
    LeaseHeldError,
    LedgerError,
    NotFoundError,
    SchemaVersionError,
)
from loop.ledger import maintenance, projection
from loop.ledger import tables as t
from loop.ledger.artifacts import FolderArtifacts
from loop.ledger.lease import process_start
from loop.ledger.store import SqlLedger

ADA = e.Actor(name="Ada")


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def definition(slug: str = "film") -> CampaignDefinition:
    return CampaignDefinition.model_validate(
        {
            "schema": 1,
            "slug": slug,
            "title": "Film µ",
            "seed": 1,
            "properties": {"k": {"unit": "W/m/K"}},
            "objective": {"kind": "maximize", "property": "k"},
            "space": {"material": "columns", "file": "pool.csv", "features": ["x"]},
            "batch": {"size": 2},
            "budget": {"experiments": 4},
            "initial": {"size": 2},
            "lims": {"kind": "worksheet"},
        }
    )


def opened(slug: str = "film") -> e.CampaignOpened:
    spec = definition(slug)
    return e.CampaignOpened(
        definition=spec,
        definition_digest=spec.digest(),
        pool_digest="p",
        n_candidates=9,
        n_excluded=0,
    )


@pytest.fixture
def ledger(ledger_url: str):
    store = SqlLedger(ledger_url, Clock())
    yield store
    store.close()


def comment(text: str) -> e.CommentAdded:
    return e.CommentAdded(text=text)


def test_what_is_appended_is_read_back(ledger):
    outcome = ledger.append("film", 0, "c1", ADA, [opened(), comment("µ → ok")])
    assert outcome.version == 2
    assert [x.body.kind for x in ledger.events("film")] == ["campaign.opened", "comment.added"]
    assert ledger.events("film", after=1)[0].body.text == "µ → ok"
    assert ledger.events("film") == list(outcome.events)
    assert ledger.version("film") == 2
    assert ledger.campaigns() == ["film"]
    assert ledger.events("nothing") == []
    assert ledger.version("nothing") == 0


def test_a_stale_version_says_what_came_between_and_writes_nothing(ledger):
    ledger.append("film", 0, "c1", ADA, [opened()])
    ledger.append("film", 1, "c2", e.Actor(name="Bo"), [comment("first")])
    with pytest.raises(ConflictError, match="2 comment.added by Bo"):
        ledger.append("film", 1, "c3", ADA, [comment("second")])
    assert ledger.version("film") == 2


def test_a_repeated_command_is_answered_as_before(ledger):
    ledger.append("film", 0, "c1", ADA, [opened()])
    first = ledger.append("film", 1, "c2", ADA, [comment("a"), comment("b")])
    again = ledger.append("film", 1, "c2", ADA, [comment("a"), comment("b")])
    assert again.repeated and again.events == first.events and again.version == 3
    assert ledger.find_command("c2") == 3
    assert ledger.find_command("c9") is None


@pytest.mark.parametrize("sql", ["UPDATE event SET body = '{}'", "DELETE FROM event"])
def test_facts_cannot_be_changed_even_by_hand(ledger, sql):
    ledger.append("film", 0, "c1", ADA, [opened()])
    with (
        pytest.raises(sa.exc.DatabaseError, match="never changed"),
        ledger.engine.begin() as connection,
    ):
        connection.execute(sa.text(sql))
    assert ledger.version("film") == 1


def test_nothing_of_a_failed_append_remains(ledger):
    ledger.append("film", 0, "c1", ADA, [opened()])
    with pytest.raises(LedgerError):
        ledger.append("film", 1, "c2", ADA, [comment("kept?"), e.RoundOpened(round_number=7)])
    assert ledger.version("film") == 1
    assert maintenance.verify(ledger) == []


def test_the_read_tables_are_what_the_events_say(ledger):
    ledger.append("film", 0, "c1", ADA, [opened(), e.RoundOpened(round_number=1)])
    with ledger.engine.begin() as connection:
        before = projection.stored(connection, "film")
        connection.execute(sa.update(t.campaign).values(title="forged"))
    assert ["campaign" in p.place for p in maintenance.verify(ledger)] == [True]
    assert maintenance.rebuild(ledger) == ["film"]
    with ledger.engine.connect() as connection:
        assert projection.same(before, projection.stored(connection, "film")) == []
    assert maintenance.verify(ledger) == []


def _tamper(ledger: SqlLedger, sql: str) -> None:
    with ledger.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("ALTER TABLE event DISABLE TRIGGER USER"))
        else:
            connection.execute(sa.text("DROP TRIGGER event_refuses_update"))
            connection.execute(sa.text("DROP TRIGGER event_refuses_delete"))
        connection.execute(sa.text(sql))


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("UPDATE event SET body = replace(body, 'first', 'forged') WHERE seq = 2", "event 2"),
        ("UPDATE event SET actor_name = 'Eve' WHERE seq = 3", "event 3"),
        ("DELETE FROM event WHERE seq = 2", "event 3"),
        ("UPDATE event SET previous_digest = 'x' WHERE seq = 2", "event 2"),
    ],
)
def test_a_forged_event_is_found(ledger, sql, place):
    ledger.append("film", 0, "c1", ADA, [opened()])
    ledger.append("film", 1, "c2", ADA, [comment("first"), comment("second")])
    _tamper(ledger, sql)
    found = maintenance.verify(ledger)
    assert [p.source for p in found] == ["film"]
    assert found[0].place.startswith(place)


def test_export_is_one_line_per_event_and_stable(ledger, tmp_path):
    ledger.append("film", 0, "c1", ADA, [opened(), comment("a")])
    assert maintenance.export(ledger, "film", tmp_path / "a.jsonl") == 2
    maintenance.export(ledger, "film", tmp_path / "b.jsonl")
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == (tmp_path / "b.jsonl").read_text(encoding="utf-8").splitlines()
    assert [e.Event.model_validate_json(line) for line in lines] == ledger.events("film")
    with pytest.raises(NotFoundError):
        maintenance.export(ledger, "nothing", tmp_path / "c.jsonl")


def test_migrations_and_tables_say_the_same(ledger):
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []


def test_a_database_of_another_release_is_refused_with_the_command(ledger, ledger_url):
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaVersionError, match="synthloop ledger upgrade"):
        SqlLedger(ledger_url, Clock())


def test_upgrade_of_a_current_database_changes_nothing(ledger, ledger_url):
    assert maintenance.upgrade(ledger_url) == ("0001", "0001")


def test_only_one_worker_holds_a_campaign(ledger):
    with ledger.lease("film") as lease:
        lease.check()
        with pytest.raises(LeaseHeldError, match="is served by the worker"), ledger.lease("film"):
            pass
        with ledger.lease("other"):
            pass
    with ledger.lease("film"):
        pass


def test_a_lost_lease_is_noticed(ledger):
    with ledger.lease("film") as lease:
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(t.lease).values(token="thief"))
        with pytest.raises(LeaseHeldError, match="lost its lease"):
            lease.check()


@pytest.mark.parametrize(
    "change",
    [{"expires_at": 1.0, "host": "elsewhere"}, {"process_start": "another process"}],
)
def test_the_lease_of_a_dead_worker_is_taken_over(ledger, change):
    with ledger.lease("film"):
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(t.lease).values(**change))
        with ledger.lease("film") as second:
            second.check()


def test_a_process_is_told_from_a_later_one_with_its_number(tmp_path):
    own = process_start(os.getpid())
    assert own == process_start(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process_start(child.pid) not in {"", own}
    # Without /proc, as on macOS: alive or gone is all there is to know.
    assert process_start(child.pid, tmp_path) == "alive"
    child.communicate(b"\n")
    assert process_start(child.pid) == process_start(child.pid, tmp_path) == ""


def test_the_lease_is_renewed_while_the_work_lasts(ledger, monkeypatch):
    monkeypatch.setattr("loop.ledger.lease.SECONDS", 0.4)
    with ledger.lease("film") as held:
        with ledger.engine.connect() as connection:
            first = connection.execute(sa.select(t.lease.c.expires_at)).scalar_one()
        renewed = first
        while renewed <= first:
            with ledger.engine.connect() as connection:
                renewed = connection.execute(sa.select(t.lease.c.expires_at)).scalar_one()
        held.check()


def test_racing_threads_write_every_event_once(ledger):
    ledger.append("film", 0, "open", ADA, [opened()])

    def write(name: str) -> None:
        for n in range(15):
            while True:
                try:
                    ledger.append(
                        "film", ledger.version("film"), f"{name}{n}", ADA, [comment(f"{name}{n}")]
                    )
                    break
                except ConflictError:
                    continue

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = [x.body.text for x in ledger.events("film", after=1)]
    assert sorted(texts) == sorted(f"{name}{n}" for name in "abc" for n in range(15))
    assert maintenance.verify(ledger) == []


WRITER = """
import sys
from datetime import datetime, UTC
from loop.core import events as e
from loop.errors import ConflictError
from loop.ledger.store import SqlLedger

class Clock:
    def now(self):
        return datetime.now(UTC)

url, name = sys.argv[1:]
ledger = SqlLedger(url, Clock())
for n in range(40):
    while True:
        try:
            ledger.append("film", ledger.version("film"), f"{name}-{n}",
                          e.Actor(name=name), [e.CommentAdded(text=f"{name}-{n}")])
            break
        except ConflictError:
            pass
"""


def test_processes_share_one_sqlite_file_without_a_lock_error(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = SqlLedger(url, Clock())
    ledger.append("film", 0, "open", ADA, [opened()])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, name],
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(Path.cwd()), "PATH": "/usr/bin:/bin"},
        )
        for name in ("a", "b")
    ]
    while any(writer.poll() is None for writer in writers):
        ledger.events("film")
    for writer in writers:
        _, stderr = writer.communicate()
        assert writer.returncode == 0, stderr.decode()
    assert len(ledger.events("film")) == 81
    assert maintenance.verify(ledger) == []
    ledger.close()


def test_addresses_that_cannot_be_used_are_refused_in_words():
    with pytest.raises(LedgerError, match="expected sqlite"):
        SqlLedger("no address", Clock())
    with pytest.raises(LedgerError, match="use SQLite or Postgres"):
        SqlLedger("oracle+nothing://x", Clock())


class TestArtifacts:
    def test_round_trip_and_names(self, tmp_path):
        store = FolderArtifacts(tmp_path / "a")
        digest = store.put(b"model")
        assert store.put(b"model") == digest
        assert store.get(digest) == b"model"
        assert store.has(digest) and not store.has("0" * 64)
        assert [p.name for p in (tmp_path / "a").rglob("*") if p.is_file()] == [digest]

    def test_a_changed_or_missing_file_is_refused(self, tmp_path):
        store = FolderArtifacts(tmp_path)
        digest = store.put(b"model")
        (tmp_path / digest[:2] / digest).write_bytes(b"forged")
        with pytest.raises(LedgerError, match="was changed"):
            store.get(digest)
        with pytest.raises(NotFoundError, match="missing"):
            store.get("0" * 64)
