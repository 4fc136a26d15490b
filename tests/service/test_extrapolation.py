"""A candidate outside what was measured is told apart on every face, from model to work order."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from loop.cli.main import app
from loop.core.ports import Choice
from loop.service.ask import Ask
from loop.service.extrapolation import Standing, standings
from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build, write_report

ADA = Ask.by("ada")


def items(view):
    return [i.item for r in view.rounds for i in r.items if i.item.mean is not None]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A campaign of which some proposals lie outside and some do not."""
    home = tmp_path_factory.mktemp("finished")
    door = build(Settings(workspace=home, actor="ada"))
    path = write_small_campaign(
        home,
        lims=simulated_lab(failure=0.0),
        n_candidates=60,
        experiments=16,
        batch=3,
        seed=7,
    )
    door.service.open(path, ADA)
    door.worker.run("small")
    yield door
    door.close()


def test_outside_no_chance_is_stated_and_inside_it_is(finished):
    view = finished.queries.view("small")
    outside = [item for item in items(view) if item.outside]
    inside = [item for item in items(view) if item.outside is False]
    assert outside
    assert inside
    for item in outside:
        assert item.chance_to_improve is None
        assert "the interval is no calibrated probability" in item.reason
        assert "% chance" not in item.reason
    for item in inside:
        assert 0 <= item.chance_to_improve <= 1
        assert "% chance to beat it" in item.reason
        assert "calibrated" not in item.reason
    for item in outside + inside:
        assert item.distance >= 0
        assert 0 <= item.leverage <= 1


def test_predictions_beyond_the_measured_values_are_outside(finished):
    view = finished.queries.view("small")
    seen = {}
    for turn in view.rounds:
        for shown in turn.items:
            if shown.item.mean is None:
                continue
            beyond = not min(seen.values()) <= shown.item.mean <= max(seen.values())
            assert shown.item.outside or not beyond
            assert ("everything measured" in shown.item.reason) == beyond
        seen |= {i.item.candidate.candidate_id: i.measured for i in turn.items}


def test_the_notice_counts_them(finished):
    for turn in finished.queries.view("small").rounds:
        count = sum(i.item.outside is True for i in turn.items)
        told = [n for n in turn.notices if "outside the range of what was measured" in n]
        assert len(told) == (count > 0)
        assert all(n.startswith(f"{count} of {len(turn.items)} candidates") for n in told)


def test_the_lab_reads_it_in_the_order(finished):
    orders = [
        event.body.orders
        for event in finished.queries.events("small")
        if event.body.kind == "batch.approved"
    ]
    notes = {o.candidate.candidate_id: o.note for batch in orders for o in batch}
    for item in items(finished.queries.view("small")):
        assert notes[item.candidate.candidate_id] == item.reason


def test_report_and_command_line_say_it(finished, monkeypatch):
    page = write_report(finished, "small").read_text(encoding="utf-8")
    count = sum(item.outside is True for item in items(finished.queries.view("small")))
    assert page.count(">outside what was measured<") == count
    stated = re.findall(r"<small>([^<]*no calibrated probability[^<]*)", page)
    assert len(stated) == count
    assert not any("chance" in reason for reason in stated)
    home = finished.settings.workspace
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(home))
    path = write_small_campaign(home, slug="asked", approval="person", n_candidates=40)
    assert CliRunner().invoke(app, ["open", str(path)]).exit_code == 0
    for _ in range(2):
        said = CliRunner().invoke(app, ["propose", "asked"])
        assert said.exit_code == 0, said.output
        CliRunner().invoke(app, ["approve", "asked"])
    lines = [line.split("\t") for line in said.stdout.splitlines() if "\t" in line]
    header, rows = lines[0], lines[1:]
    known = [item.outside for item in items(finished.queries.view("asked"))]
    assert [row[header.index("measured range")] for row in rows] == [
        "outside" if out else "inside" for out in known
    ]


def test_a_model_that_cannot_say_leaves_it_open():
    class Plain:
        """A surrogate of somebody else's, without an applicability domain."""

    choices = [Choice(3, 0.5, mean=1.0, sd=0.1, chance_to_improve=0.4)]
    assert standings(Plain(), choices, np.array([0.0, 0.5])) == [Standing()]


def test_all_of_it_is_in_the_ledger(finished):
    stored = [
        json.loads(event.body.model_dump_json())
        for event in finished.queries.events("small")
        if event.body.kind == "batch.proposed"
    ]
    known = [item["outside"] for body in stored for item in body["items"]]
    assert {True, False, None} == set(known)
