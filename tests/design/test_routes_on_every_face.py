"""A route is found once and read everywhere: worksheet, report, dashboard, command line."""

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from openpyxl import load_workbook
from rdkit import Chem
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from loop.cli.main import app as command_line
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build, write_report
from tests.design.generated_campaign import MONOMERS, POLYMERS, write_generated_campaign

STOCK = tuple(m for m in MONOMERS if "C(=O)O" not in m)
"""Without diacids: their polyesters and polyamides have routes, but not from stock."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A campaign whose first batch waits for approval; vinyl polymers are in stock."""
    folder = tmp_path_factory.mktemp("routes")
    space = POLYMERS.replace('stock = "monomers.csv"', 'stock = "stock.csv"\nroute = "known"')
    path = write_generated_campaign(folder, space, seed=1)
    (path.parent / "stock.csv").write_text("\n".join(("smiles", *STOCK)) + "\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace('approval = "auto"', 'approval = "person"')
    path.write_text(text[: text.index("[lims]")] + '[lims]\nkind = "worksheet"\n', encoding="utf-8")
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(path, Ask.by("ada"))
    door.worker.run("new")
    yield door, folder
    door.close()


@pytest.fixture(scope="module")
def items(workspace):
    """The batch by label: what a planner said of each candidate."""
    door, _ = workspace
    shown = door.queries.view("new").current_round.items
    assert {i.plan.in_stock for i in shown} == {True, False}
    return {i.item.candidate.label: i for i in shown}


@pytest.fixture
def here(workspace, monkeypatch):
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(workspace[1]))
    monkeypatch.setenv("SYNTHLOOP_ACTOR", "ada")


def test_a_known_route_is_demanded_and_the_stock_told_apart(items):
    stock = {Chem.CanonSmiles(s) for s in STOCK}
    for shown in items.values():
        route = shown.plan.route
        assert shown.plan.found
        assert route.target == shown.item.candidate.structure
        assert set(route.missing) == set(route.starting_materials) - stock
        assert shown.plan.in_stock == (not route.missing)
        assert shown.plan.words == shown.item.route


def page():
    from dashboard.screens.campaign import show

    show()


@pytest.mark.usefixtures("here")
def test_the_dashboard_lists_routes_and_keeps_the_ends_of_repeat_units(items):
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    (table,) = [d.value for d in app.dataframe if "route found" in d.value.columns]
    assert table["candidate"].tolist() == list(items)
    assert set(table["route found"]) == {"yes"}
    told = dict(zip(table["candidate"], table["in stock"], strict=True))
    assert told == {k: "yes" if i.plan.in_stock else "no" for k, i in items.items()}
    assert len([e for e in app.expander if e.label.startswith("Route to ")]) == len(items)
    said = [str(x.value) for x in app.markdown]
    for label in items:
        # An unescaped `*` is read as emphasis and not shown.
        assert any(label.replace("*", r"\*").replace("[", r"\[") in text for text in said), label


def test_the_report_draws_every_route(workspace, items):
    door, _ = workspace
    html = write_report(door, "new", n_seeds=1).read_text(encoding="utf-8")
    part = html[html.index("How candidates can be made") :]
    part = part[: part.index("</table>")]
    assert part.count("<tr><td>") == len(items)
    assert part.count("1 step, all from stock") == sum(i.plan.in_stock for i in items.values())
    assert part.count("to be bought, log probability") == sum(
        not i.plan.in_stock for i in items.values()
    )
    assert part.count("<td>no</td>") == sum(not i.plan.in_stock for i in items.values())


@pytest.mark.usefixtures("here")
def test_the_command_line_lists_both_columns(items):
    done = CliRunner().invoke(command_line, ["propose", "new"])
    header, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    found, stock = header.index("route found"), header.index("in stock")
    told = {row[header.index("label")]: (row[found], row[stock]) for row in rows}
    assert told == {k: ("yes", "yes" if i.plan.in_stock else "no") for k, i in items.items()}


_DRAWN = """
import json, sys
from loop.settings import Settings
from loop.wiring import build
door = build(Settings())
(first, *_) = door.queries.view("new").current_round.items
svg = door.queries.route_drawing("new", first.item.candidate.candidate_id)
planners = [m for m in sys.modules if m.startswith("loop.makeability") and m.endswith("_routes")]
print(json.dumps([svg[:4], planners]))
door.close()
"""


@pytest.mark.usefixtures("here", "items")
def test_drawing_a_route_plans_nothing():
    done = subprocess.run(
        [sys.executable, "-c", _DRAWN], capture_output=True, text=True, check=True, env=os.environ
    )
    assert json.loads(done.stdout) == ["<svg", []]


def test_the_worksheet_says_how_and_is_read_back(workspace, items):
    # The last test of this campaign: the batch is released.
    door, folder = workspace
    door.service.approve("new", 1, Ask.by("ada"))
    door.worker.run("new")
    book = load_workbook(io.BytesIO(door.service.worksheet("new")))
    header, *rows = list(book["results"].iter_rows(values_only=True))
    asked = [dict(zip(header, row, strict=True)) for row in rows]
    assert {row["candidate"] for row in asked} == set(items)
    for row in asked:
        plan = items[row["candidate"]].plan
        assert (row["route_found"], row["in_stock"]) == ("yes", "yes" if plan.in_stock else "no")
        assert row["route"] == plan.words
        for smiles in plan.route.starting_materials:
            place = "not in stock" if smiles in plan.route.missing else "in stock"
            assert f"{smiles} ({place})" in row["starting_materials"]
    steps = list(book["routes"].iter_rows(min_row=2, values_only=True))
    for label, shown in items.items():
        (step,) = shown.plan.route.steps
        mine = [row for row in steps if row[1] == label]
        assert {row[4] for row in mine} == set(step.reactants)
        assert {(row[3], row[6]) for row in mine} == {(step.reaction, label)}
    for path in (folder / "exchange" / "new" / "orders").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            (row,) = csv.DictReader(file)
        assert row["route"] == items[row["candidate"].lstrip("'")].plan.words
    sheet = book["results"]
    column = next(c.column for c in sheet[1] if c.value.startswith("value"))
    for line in range(2, sheet.max_row + 1):
        sheet.cell(line, column).value = 1.5
    filled = io.BytesIO()
    book.save(filled)
    read = door.service.preview_file("new", "filled.xlsx", filled.getvalue())
    assert not read.problems
    assert [r.value for r in read.results] == [1.5] * len(items)
