"""A campaign whose surrogate borrows, from check to a fitted model."""

from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen

from loop.core.events import Actor
from loop.service.ask import Ask
from loop.settings import Settings
from loop.sources.library import WEIGHTS, SourceLibrary
from loop.testing.small_campaign import write_small_campaign
from loop.wiring import build, write_report
from tests.sources.conftest import molecules

PLUGIN = Path(__file__).parent / "plugin"
CAMPAIGN = """\
schema = 1
title = "Greasy"
seed = 3
approval = "auto"

[properties.{target}]
unit = "dimensionless"
noise_sd = 0.05

[objective]
kind = "maximize"
property = "{target}"

[space]
material = "molecule"
file = "pool.csv"
structure = "structure"

[batch]
size = 2

[budget]
experiments = 10
cost_per_experiment = 1.0

[initial]
size = 8

[surrogate]
kind = "{surrogate}"
{options}

[lims]
kind = "simulated"
columns = {{ {target} = "truth" }}
"""


@pytest.fixture
def door(tmp_path, monkeypatch, model):
    """A workspace whose library has the small model in place of the shipped one."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    SourceLibrary(tmp_path / ".synthloop" / "sources").keep_as("molecules", model)
    built = build(Settings(workspace=tmp_path, actor="ada"))
    yield built
    built.close()


def fitted(door, tmp_path, target="grease", surrogate="borrowing", options=""):
    """Open a campaign over logP, let it run to its end, and return the report of its model."""
    home = tmp_path / "campaigns" / "greasy"
    home.mkdir(parents=True)
    text = CAMPAIGN.format(target=target, surrogate=surrogate, options=options)
    (home / "campaign.toml").write_text(text, encoding="utf-8")
    known = {s: Crippen.MolLogP(Chem.MolFromSmiles(s)) for s in molecules()[::9]}
    lines = ["structure,truth", *(f"{s},{value}" for s, value in known.items())]
    (home / "pool.csv").write_text("\n".join(lines), encoding="utf-8")
    slug = door.service.open(home / "campaign.toml", Ask(actor=Actor(name="ada")))
    door.worker.run(slug)
    reports = [r.report for r in door.queries.view(slug).rounds if r.report]
    return reports[-1] if reports else None


def about_sources(report):
    return [warning for warning in report.warnings if "source" in warning]


def test_a_surrogate_that_asks_gets_the_predictions_of_the_library(door, tmp_path):
    report = fitted(door, tmp_path)
    # The source log_p is nearly the target: eight values suffice.
    assert report.r2 > 0.8
    assert about_sources(report) == []


def test_a_surrogate_that_does_not_ask_never_opens_the_library(door, tmp_path):
    (tmp_path / ".synthloop" / "sources" / "molecules" / WEIGHTS).write_bytes(b"")
    assert about_sources(fitted(door, tmp_path, surrogate="gp")) == []


def test_the_target_among_the_sources_is_left_out_and_said_in_the_report(door, tmp_path):
    said = about_sources(fitted(door, tmp_path, target="log_p"))
    assert said[0] == "source 'log_p' is taken for the target itself and is not used"
    # The table of the small model is no file: it cannot be trained without log_p.
    assert "left out: it has learned log_p" in said[1]
    assert "learns without transfer" in said[2]


def test_a_source_that_the_campaign_excludes(door, tmp_path):
    said = about_sources(fitted(door, tmp_path, options='exclude_sources = ["pressure", "colour"]'))
    assert "exclude_sources names 'colour', which is no source for this material" in said
    assert any("has learned pressure" in text for text in said)


def test_a_material_without_sources_is_a_note_that_frightens_nobody(door, tmp_path):
    path = write_small_campaign(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[surrogate]\nkind = "borrowing"\n', encoding="utf-8")
    slug = door.service.open(path, Ask(actor=Actor(name="ada")))
    door.worker.run(slug)
    reports = [r.report for r in door.queries.view(slug).rounds if r.report]
    assert reports
    for report in reports:
        assert about_sources(report) == []
        assert "the source library holds nothing for the material columns" in report.notes


def test_a_damaged_library_pauses_the_campaign_until_it_is_mended(door, tmp_path):
    weights = tmp_path / ".synthloop" / "sources" / "molecules" / WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(b"")
    assert fitted(door, tmp_path) is None
    view = door.queries.view("greasy")
    assert view.summary.status == "paused"
    assert "weights are damaged" in view.warnings[0]
    assert view.orders == ()
    assert "weights are damaged" in write_report(door, "greasy").read_text(encoding="utf-8")
    weights.write_bytes(whole)
    door.service.resume("greasy", "restored", Ask(actor=Actor(name="ada")))
    door.worker.run("greasy")
    assert door.queries.view("greasy").summary.status == "closed"
