"""Every campaign that ships is run in miniature, by the real service."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from loop.report.model_words import transfer_in_words
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build, comparison

SHIPPED = Path(__file__).parents[2] / "campaigns"
PI1070 = SHIPPED.parents[1] / "shared" / "data" / "polymers" / "radonpy_pi1070.csv.gz"
MINIATURE = {"[budget]\nexperiments = 40": "[budget]\nexperiments = 12"}


def run(tmp_path: Path, slug: str, changes: dict[str, str], miniature=MINIATURE):
    home = tmp_path / "campaigns" / slug
    home.mkdir(parents=True)
    text = (SHIPPED / slug / "campaign.toml").read_text(encoding="utf-8")
    for old, new in (miniature | changes).items():
        assert old in text
        text = text.replace(old, new)
    (home / "campaign.toml").write_text(text, encoding="utf-8")
    for beside in (SHIPPED / slug).glob("*.csv"):
        shutil.copy(beside, home)
    door = build(Settings(workspace=tmp_path, actor="ada"))
    try:
        door.service.open(home / "campaign.toml", Ask.by("ada"))
        door.worker.run(slug)
        return door.queries.view(slug), comparison(door, slug, 10)
    finally:
        door.close()


def test_thermal_liquid_borrows_from_other_properties_and_says_so(tmp_path):
    view, compared = run(tmp_path, "thermal-liquid", {})
    report = [r.report for r in view.rounds if r.report is not None][-1]
    assert report.surrogate == "transfer-gp"
    assert report.transfer.n_sources >= 20
    told = "\n".join(transfer_in_words(report, "W/m/K"))
    assert report.transfer.verdict[1:] in told
    assert report.transfer.top_sources[0].name in told
    assert compared.percentile > 90


def test_thermal_liquid_without_borrowing(tmp_path):
    alone = {'[surrogate]\nkind = "transfer-gp"': '[surrogate]\nkind = "gp"'}
    view, compared = run(tmp_path, "thermal-liquid", alone)
    assert view.rounds[-1].report.surrogate == "gp"
    assert view.summary.status == "closed"
    assert view.summary.n_experiments == 12
    assert "forbidden: hydrogen cyanide: lethal gas" in view.exclusions
    assert any(r.report is not None for r in view.rounds)
    assert compared.percentile > 90


@pytest.mark.slow
def test_stock_polymer(tmp_path):
    smaller = {
        "[budget]\nexperiments = 24": "[budget]\nexperiments = 16",
        "proposals = 300 ": "proposals = 120 ",
        "keep = 60 ": "keep = 30 ",
    }
    view, compared = run(tmp_path, "stock-polymer", smaller, miniature={})
    assert compared is None
    assert view.summary.status == "closed"
    assert view.summary.n_experiments == 16
    with (SHIPPED / "stock-polymer" / "monomers.csv").open(encoding="utf-8") as file:
        shelf = {Chem.CanonSmiles(row["smiles"]) for row in csv.DictReader(file)}
    items = [i for r in view.rounds for i in r.items]
    assert len(items) == 16
    for shown in items:
        assert shown.plan.found and shown.plan.in_stock
        assert set(shown.plan.route.starting_materials) <= shelf
        assert shown.plan.route.target == shown.item.candidate.structure
    # Once the model has seen its own choices, they lie nearer to the window than the first ones.
    off = [[max(3.0 - i.measured, i.measured - 3.4, 0.0) for i in r.items] for r in view.rounds]
    assert np.median(off[-1]) < 0.5 * np.median(off[0])


@pytest.mark.shared_data
def test_thermal_polymer(tmp_path):
    if not PI1070.is_file():
        pytest.skip(f"the RadonPy table is not there: {PI1070}")
    near = tmp_path / PI1070.name
    shutil.copy(PI1070, near)
    path = {"../../../shared/data/polymers/radonpy_pi1070.csv.gz": str(near)}
    view, compared = run(tmp_path, "thermal-polymer", path)
    assert view.summary.status == "closed"
    assert view.n_candidates > 1_050
    assert [i.item.mean is not None for r in view.rounds if r.report for i in r.items].count(
        True
    ) >= 4
    assert compared.percentile > 90
