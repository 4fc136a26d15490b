"""A campaign whose surrogate borrows, from check to a fitted model."""

from pathlib import Path

import pytest
from rdkit import Chem
from rdkit.Chem import Crippen

from loop.core.candidate import CandidatePool, Material
from loop.core.events import Actor
from loop.core.source_ports import PREDICTIONS, SourceRequest
from loop.errors import ConfigError, DataError
from loop.service.ask import Ask
from loop.settings import Settings
from loop.source_wiring.campaign_source import campaign_recipe, measured_campaign
from loop.source_wiring.commands import SourceShelf
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
experiments = {budget}
cost_per_experiment = 1.0

[initial]
size = {initial}

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


def opened(door, tmp_path, slug="greasy", *, surrogate="borrowing", initial=8, **more):
    """Open a campaign over logP and let it run to its end."""
    home = tmp_path / "campaigns" / slug
    home.mkdir(parents=True)
    filled = {"target": "grease", "options": "", "surrogate": surrogate, "initial": initial}
    text = CAMPAIGN.format(**(filled | {"budget": initial + 2} | more))
    (home / "campaign.toml").write_text(text, encoding="utf-8")
    known = {s: Crippen.MolLogP(Chem.MolFromSmiles(s)) for s in molecules()[::9]}
    lines = ["structure,truth", *(f"{s},{value}" for s, value in known.items())]
    (home / "pool.csv").write_text("\n".join(lines), encoding="utf-8")
    slug = door.service.open(home / "campaign.toml", Ask(actor=Actor(name="ada")))
    door.worker.run(slug)
    return slug


def fitted(door, tmp_path, **more):
    """Return the report of the last model of a campaign; None if none could be fitted."""
    slug = opened(door, tmp_path, **more)
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


@pytest.fixture
def before(door, tmp_path):
    """What an earlier campaign measured of the same property: 24 candidates."""
    slug = opened(door, tmp_path, "before", surrogate="gp", initial=24, budget=24)
    return measured_campaign(door.queries.view(slug))


@pytest.fixture
def shelf(tmp_path, door):
    return SourceShelf(Settings(workspace=tmp_path, actor="ada"))


def test_an_earlier_campaign_is_a_source_and_the_report_says_what_is_known(
    door, tmp_path, before, shelf
):
    truth = {s: Crippen.MolLogP(Chem.MolFromSmiles(s)) for s in before.structures}
    assert len(before.values) == 24
    assert before.values == pytest.approx([truth[s] for s in before.structures], abs=1e-9)
    card, refused = shelf.add_campaign(before)
    assert refused == []
    assert (card.name, card.recipe.kind) == ("before.grease", "gp")
    (recipe,), (found,) = card.recipe.sources, card.sources
    assert (found.n, found.unit, recipe.campaign) == (24, "dimensionless", "before")
    assert recipe.origin == f"campaign before at version {before.version}"
    assert found.validation.how == "leave-one-out"
    assert found.validation.r2 > 0.8
    report = fitted(door, tmp_path)
    said = (
        "source 'before.grease' is the same property, measured on 24 candidates by the campaign "
        "'before'; 24 of them are candidates here, and the model knows their values "
        "(exclude_sources leaves it out)"
    )
    assert about_sources(report) == [said]
    columns = prediction_columns(door, "greasy")
    assert "before.grease" in columns
    options = 'exclude_sources = ["before.grease"]'
    said = about_sources(fitted(door, tmp_path, slug="without", options=options))
    assert said == ["source model 'before.grease' is left out: it is before.grease"]
    assert "before.grease" not in prediction_columns(door, "without")


def prediction_columns(door, slug):
    features = door.queries.described_pool(slug).features
    return {c for block in features.blocks if block.kind == PREDICTIONS for c in block.columns}


def test_a_campaign_does_not_borrow_from_itself(door, tmp_path, before, shelf):
    shelf.add_campaign(before)
    pool = CandidatePool(Material.MOLECULE, ("a",), ("CCCCO",), ("a",))
    supply = shelf.sources().supply(
        SourceRequest(pool, "toughness", "MPa", campaign="before")
    )  # fmt: skip
    assert "before.grease" not in supply.blocks[0].columns
    assert (
        supply.notices[0]
        == "source 'before.grease' holds this campaign's own measurements and is not used"
    )
    # Through the loop: the campaign asks under its own name.
    slug = opened(door, tmp_path, initial=20)
    shelf.add_campaign(measured_campaign(door.queries.view(slug)))
    assert "greasy.grease" not in prediction_columns(door, slug)
    assert "before.grease" in prediction_columns(door, slug)


def test_a_campaign_whose_structures_are_withheld_is_learned_without_them(before, shelf):
    card, _ = shelf.add_campaign(before, kind="ridge")
    key = shelf.library.get(card.name).known(Material.MOLECULE, before.structures)
    assert len(key["before.grease"]) == 24
    assert Path(card.recipe.sources[0].data).read_text("utf-8").count("\n") == 25


def test_a_campaign_is_added_by_its_name(before, synthloop):
    done = synthloop("add", "--campaign", before.slug)
    assert done.out == "before.grease\n"
    assert "before.grease: gp, 24 rows, R2 0." in done.err
    assert "rows, each by the others" in done.err
    assert "before.grease\tgp\tbefore.grease" in synthloop("list").out
    ridge = synthloop("add", "--campaign", before.slug, "--kind", "ridge")
    assert "before.grease: ridge, 24 rows" in ridge.err


def test_campaigns_that_cannot_be_a_source_are_refused(door, tmp_path, shelf):
    slug = opened(door, tmp_path, "short", surrogate="gp")
    few = measured_campaign(door.queries.view(slug))
    with pytest.raises(DataError, match="has measured grease of 10 candidates; a source needs 20"):
        shelf.add_campaign(few)
    path = write_small_campaign(tmp_path)
    other = door.service.open(path, Ask(actor=Actor(name="ada")))
    measured = measured_campaign(door.queries.view(other))
    with pytest.raises(ConfigError, match="are columns; a source has molecule, polymer"):
        campaign_recipe(measured, tmp_path)
