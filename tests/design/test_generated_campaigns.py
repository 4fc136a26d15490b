"""Campaigns whose candidates are invented: to their end, with routes, and the same every time."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen

from loop.core.events import BatchProposed, CampaignOpened, PoolExtended
from loop.core.generated_pool import OWN_FIELDS
from loop.core.machine import fold
from loop.ledger import maintenance
from loop.service.ask import Ask
from loop.service.door import Door
from loop.settings import Settings
from loop.wiring import build, open_ledger
from tests.design.generated_campaign import (
    LANGUAGE,
    MOLECULES,
    MONOMERS,
    POLYMERS,
    write_generated_campaign,
)

SLUG = "new"


def run(door: Door, path: Path, **how) -> list:
    door.service.open(path, Ask.by("ada"))
    door.worker.run(SLUG, **how)
    return [event.body for event in door.queries.events(SLUG)]


def pools(door: Door, bodies: list) -> list:
    """The campaign's pools, from its opening on."""
    archive = door.queries._archive
    state = archive.state(SLUG)
    digests = [b.pool_digest for b in bodies if isinstance(b, CampaignOpened | PoolExtended)]
    found = []
    for digest in digests:
        state.pool_digest = digest
        found.append(archive.pool(state))
    return found


def items(bodies: list) -> list:
    return [item for b in bodies if isinstance(b, BatchProposed) for item in b.items]


def canonical(smiles: str) -> str:
    return Chem.CanonSmiles(smiles)


@pytest.mark.slow
def test_polymers_from_monomers_in_stock_to_the_end(door, tmp_path):
    bodies = run(door, write_generated_campaign(tmp_path))
    view = door.queries.view(SLUG)
    assert view.summary.status == "closed"
    assert view.n_measured == 8
    stock = {canonical(m) for m in MONOMERS}
    chosen = items(bodies)
    assert len(chosen) == 8
    for item in chosen:
        assert item.candidate.structure.count("*") == 2
        assert item.route.endswith("(all in stock)")
        assert item.made_from.startswith("polymerisation: ")
        named = item.route.removesuffix(" (all in stock)").rsplit(" of ", 1)[1].split(" + ")
        assert {canonical(m) for m in named} <= stock
    notes = [o.order.note for o in door.queries._archive.state(SLUG).orders.values()]
    assert all(item.route in note for item, note in zip(chosen, notes, strict=True))
    # The lab's answer is the formula's, within its noise.
    truth = {i.candidate.candidate_id: i.candidate.structure for i in chosen}
    for m in view.measurements:
        logp = Crippen.MolLogP(Chem.MolFromSmiles(truth[m.candidate_id]))
        assert m.value == pytest.approx(logp, abs=0.25)


def in_order(shorter: tuple, longer: tuple) -> bool:
    return longer[: len(shorter)] == shorter


@pytest.mark.slow
def test_a_pool_of_molecules_grows_and_keeps_its_rows(door, tmp_path):
    bodies = run(door, write_generated_campaign(tmp_path, LANGUAGE))
    grown = pools(door, bodies)
    assert len(grown) == 4
    assert [len(p) for p in grown] == [len(MOLECULES)] + [
        b.n_candidates for b in bodies if isinstance(b, PoolExtended)
    ]
    assert all(len(b) > len(a) for a, b in itertools.pairwise(grown))
    for before, after in itertools.pairwise(grown):
        assert in_order(before.ids, after.ids)
        assert in_order(before.structures, after.structures)
    last = grown[-1]
    assert len(set(last.ids)) == len({canonical(s) for s in last.structures}) == len(last)
    assert set(OWN_FIELDS) <= set(last.fields)
    assert not any(s.count("*") for s in last.structures)
    assert {i.candidate.candidate_id[0] for i in items(bodies)} == {"c", "g"}
    state = fold(door.queries.events(SLUG))
    assert state.pool_digest == last.digest
    assert state.n_candidates == len(last) == door.queries.view(SLUG).n_candidates
    ledger = open_ledger(door.settings)
    assert maintenance.verify(ledger) == []
    ledger.close()


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.slow
def test_killed_in_the_search_and_at_the_append_it_tells_the_same(tmp_path, monkeypatch):
    from loop.ledger.store import SqlLedger

    # Enough steps for a checkpoint.
    space = POLYMERS.replace("particles = 20", "particles = 4")
    calm = build(Settings(workspace=tmp_path / "calm", actor="ada"))
    expected = run(calm, write_generated_campaign(tmp_path / "calm", space, experiments=6))
    calm.close()

    rough = tmp_path / "rough"
    path = write_generated_campaign(rough, space, experiments=6)
    deaths: set[object] = set()

    def strike(point: object) -> None:
        if point not in deaths:
            deaths.add(point)
            raise Killed(point)

    real = SqlLedger.append

    def append(self, campaign, version, command, actor, bodies):
        grows = bodies[0].kind == "pool.extended"
        if grows:
            strike(("before", version))
        done = real(self, campaign, version, command, actor, bodies)
        if grows:
            strike(("after", version))
        return done

    def progress(phrase, share):
        if "proposals" in phrase and share > 0.6:
            left = list((rough / ".synthloop" / "cache" / "searches").glob("*.safetensors"))
            strike(("searching", *(p.name for p in left)))

    monkeypatch.setattr(SqlLedger, "append", append)
    for _ in range(200):
        door = build(Settings(workspace=rough, actor="ada"))
        try:
            told = run(door, path, progress=progress)
            break
        except Killed:
            continue
        finally:
            door.close()
    else:
        raise AssertionError("the campaign did not come to its end")
    assert sum(1 for d in deaths if d[0] == "searching" and len(d) > 1) >= 2
    assert [b.model_dump() for b in told] == [b.model_dump() for b in expected]
    assert not list((rough / ".synthloop" / "cache" / "searches").iterdir())


PROGRAM = """
import json, sys
from pathlib import Path
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build, open_ledger
door = build(Settings(workspace=Path(sys.argv[1]), actor="ada"))
door.service.open(Path(sys.argv[2]), Ask.by("ada"))
door.worker.run("new")
print(json.dumps([e.body.model_dump(mode="json") for e in door.queries.events("new")]))
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


@pytest.mark.slow
def test_the_same_seed_gives_the_same_candidates_in_fresh_processes(tmp_path):
    path = write_generated_campaign(tmp_path, LANGUAGE, experiments=6)
    one = told(tmp_path / "one", path, PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    two = told(tmp_path / "two", path, PYTHONHASHSEED="2", OMP_NUM_THREADS="2")
    assert [b["kind"] for b in one].count("pool.extended") == 2
    assert one == two


@pytest.mark.slow
def test_a_range_that_nothing_reaches_is_a_warning(door, tmp_path):
    path = write_generated_campaign(
        tmp_path, objective='kind = "target"\nlow = 80.0\nhigh = 90.0', experiments=6
    )
    run(door, path)
    view = door.queries.view(SLUG)
    assert view.summary.status == "closed"
    warning = next(w for w in view.warnings if "is likely to reach" in w)
    assert "80 to 90" in warning
    assert "±" in warning
    assert "*" in warning


def test_what_cannot_be_made_pauses_the_campaign_in_words(door, tmp_path):
    path = write_generated_campaign(tmp_path)
    (path.parent / "stock.csv").write_text("smiles\nCCO\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('stock = "monomers.csv"', 'stock = "stock.csv"'), encoding="utf-8")
    bodies = run(door, path)
    assert bodies[-1].kind == "campaign.paused"
    assert "passes the constraints" in bodies[-1].reason
    assert "no route from the stock of 1 entries is known" in bodies[-1].reason
