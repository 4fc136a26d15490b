"""A campaign file that names no surrogate borrows; a campaign under way keeps what it has."""

import json
from pathlib import Path

import pytest

from loop.core.machine import fold
from loop.service.ask import Ask
from loop.service.template import Answers, write_template
from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build
from tests.ledger.test_recorded import DATA, RELEASES, read


def ada() -> Ask:
    return Ask.by("ada")


def with_surrogate(path: Path, kind: str) -> str:
    """Name a surrogate in a campaign file; return what the file said before."""
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[surrogate]\nkind = "{kind}"\n', encoding="utf-8")
    return text


def test_it_is_transfer_gp_and_written_into_the_ledger(door, tmp_path):
    door.service.open(write_small_campaign(tmp_path), ada())
    body = json.loads(door.queries.events("small")[0].body.model_dump_json())
    assert body["definition"]["surrogate"] == {"kind": "transfer-gp"}


@pytest.mark.parametrize("release", RELEASES)
def test_recorded_campaigns_name_their_surrogate_and_keep_it(release):
    first = (DATA / "ledgers" / f"{release}.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(first)["body"]["definition"]["surrogate"] == {"kind": "gp"}
    assert fold(read(release)).definition.surrogate.kind == "gp"


def test_recipes_learn_as_gp_does_with_a_note_and_no_warning(tmp_path):
    chosen = {}
    for kind in ("gp", None):
        home = tmp_path / str(kind)
        path = write_small_campaign(home, lims=simulated_lab(failure=0.0))
        if kind:
            with_surrogate(path, kind)
        door = build(Settings(workspace=home, actor="ada"))
        try:
            door.service.open(path, ada())
            door.worker.run("small")
            view = door.queries.view("small")
        finally:
            door.close()
        chosen[kind] = [
            (i.item.candidate.candidate_id, i.item.mean, i.item.sd)
            for r in view.rounds
            for i in r.items
        ]
        reports = [r.report for r in view.rounds if r.report]
        told = [note for r in reports for note in r.notes if "source" in note]
        assert not any("source" in w or "transfer" in w for w in view.warnings)
        assert bool(told) == (kind is None)
    assert any(mean is not None for _, mean, _ in chosen["gp"])
    assert chosen["gp"] == chosen[None]


def test_a_campaign_under_way_keeps_its_surrogate(door, tmp_path):
    """As if it had been opened by a release whose default was `gp`."""
    path = write_small_campaign(tmp_path)
    silent = with_surrogate(path, "gp")
    door.service.open(path, ada())
    path.write_text(silent, encoding="utf-8")
    assert door.service.open(path, ada()) == "small"
    path.write_text(silent.replace("experiments = 8", "experiments = 9"), encoding="utf-8")
    door.service.amend("small", path, "one more", ada())
    view = door.queries.view("small")
    assert view.definition.surrogate.kind == "gp"
    assert view.summary.budget == 9
    assert list(door.queries.events("small")[-1].body.changes) == ["budget"]
    with_surrogate(path, "transfer-gp")
    door.service.amend("small", path, "borrow", ada())
    assert door.queries.view("small").definition.surrogate.kind == "transfer-gp"


def test_the_template_says_what_is_chosen(tmp_path):
    answers = Answers(
        slug="films",
        title="Films",
        material="molecule",
        file="pool.csv",
        structure="smiles",
        features=(),
        property="strength",
        unit="MPa",
        goal="maximize",
        experiments=20,
        batch=3,
    )
    text = write_template(tmp_path, answers).read_text(encoding="utf-8")
    assert '[surrogate]\nkind = "transfer-gp"' in text
