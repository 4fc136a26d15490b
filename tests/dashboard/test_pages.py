"""The pages, with the real service behind them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.parts.plain_text import plain
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign
from loop.wiring import build
from tests.lab_double.campaign import PLUGIN, VARIABLE, lims, write
from tests.lab_double.server import TOKEN, LabServer

APP = str(Path(__file__).parents[2] / "dashboard" / "app.py")


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("SYNTHLOOP_ACTOR", "ada")
    door = build(Settings())
    yield door, tmp_path
    door.close()


def texts(app: AppTest) -> str:
    found = [
        *app.title,
        *app.header,
        *app.markdown,
        *app.info,
        *app.warning,
        *app.error,
        *app.success,
    ]
    return "\n".join(str(x.value) for x in found)


def opened(part: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["part"] = part
    return app.run()


def page():
    from dashboard.screens.campaign import show

    show()


def test_an_empty_workspace_says_how_to_begin(workspace):
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception
    assert "synthloop demo" in texts(app)


def test_a_batch_is_looked_at_thinned_and_approved(workspace):
    door, folder = workspace
    path = write_small_campaign(folder, lims=WORKSHEET, approval="person")
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    home = AppTest.from_file(APP, default_timeout=60).run()
    assert not home.exception
    assert "approval of round 1" in str(home.dataframe[0].value)

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert "Waits for approval of round 1." in texts(app)
    shown = door.queries.view("small").current_round.items[0].item.candidate
    assert shown.recipe
    assert plain(shown.recipe_words) in texts(app)
    app.text_input[0].set_value("no precursor")
    next(b for b in app.button if b.label == "Reject").click().run()
    assert not app.exception
    assert "rejected: no precursor" in texts(app)
    next(b for b in app.button if b.label == "Approve this batch").click().run()
    assert not app.exception
    assert len(door.queries.view("small").orders) == 3


def test_results_are_entered_and_nonsense_is_answered(workspace):
    door, folder = workspace
    path = write_small_campaign(folder, lims=WORKSHEET, approval="auto")
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    app = opened("Results")
    assert not app.exception
    assert "4 results due" in texts(app)
    value = next(t for t in app.text_input if t.label == "Value")
    value.set_value("1,5")
    next(b for b in app.button if b.label == "Record").click().run()
    assert "one way only" in texts(app)
    value = next(t for t in app.text_input if t.label == "Value")
    value.set_value("51.5")
    next(b for b in app.button if b.label == "Record").click().run()
    assert not app.exception
    assert [m.value for m in door.queries.view("small").measurements] == [51.5]


def test_a_finished_campaign_shows_model_and_history(workspace):
    door, folder = workspace
    door.service.open(write_small_campaign(folder, lims=simulated_lab()), Ask.by("ada"))
    door.worker.run("small")
    model = opened("Model")
    assert not model.exception
    assert "Leave-one-out R²" in texts(model)
    assert "left-out measurements" in texts(model)
    # A recipe has no sources: that is told where the model is, and alarms nobody elsewhere.
    about = [str(x.value) for x in model.info if "source library" in str(x.value)]
    assert len(about) == 1
    assert "holds nothing for the material columns. No source to learn from" in about[0]
    assert not any("source" in str(x.value) for x in model.warning)
    history = opened("History")
    assert not history.exception
    assert any("model.fitted" in d.value.to_string() for d in history.dataframe)


def test_candidates_outside_what_was_measured_carry_a_badge_and_no_chance(workspace):
    door, folder = workspace
    path = write_small_campaign(
        folder,
        lims=simulated_lab(failure=0.0),
        approval="person",
        n_candidates=60,
        experiments=30,
        batch=3,
    )
    door.service.open(path, Ask.by("ada"))
    for _ in range(3):
        door.worker.run("small")
        current = door.queries.view("small").current_round
        if any(i.item.outside for i in current.items):
            break
        door.service.approve("small", current.number, Ask.by("ada"))
    count = sum(bool(i.item.outside) for i in current.items)
    assert 0 < count < len(current.items)
    batch = opened("Batch")
    assert not batch.exception
    said = [str(x.value) for x in batch.markdown]
    assert sum("outside what was measured" in text for text in said) == count
    assert sum("% chance to beat it" in text for text in said) == len(current.items) - count
    assert sum("no calibrated probability" in text for text in said) == count
    assert any(
        f"{count} of 3 candidates" in str(x.value) and "outside the range" in str(x.value)
        for x in batch.warning
    )
    assert sum("leverage" in str(x.value) for x in batch.caption) == len(current.items)


def test_a_damaged_source_library_is_seen_in_the_browser(workspace):
    door, folder = workspace
    damaged = folder / ".synthloop" / "sources" / "molecules"
    damaged.mkdir(parents=True)
    (damaged / "card.json").write_text("{}", encoding="utf-8")
    door.service.open(write_small_campaign(folder, lims=simulated_lab()), Ask.by("ada"))
    door.worker.run("small")
    app = opened("Model")
    assert not app.exception
    assert "card.json" in texts(app)
    assert any("paused" in str(x.value) for x in app.warning)


def test_a_link_to_a_campaign_that_is_not_there_says_so(workspace):
    door, folder = workspace
    door.service.open(write_small_campaign(folder, lims=WORKSHEET), Ask.by("ada"))
    app = AppTest.from_function(page, default_timeout=60)
    app.query_params["c"] = "smal"
    app.run()
    assert not app.exception
    assert "There is no campaign 'smal'" in texts(app)
    assert "Small campaign" not in texts(app)


def test_the_lab_page_shows_orders_refusals_and_files_and_takes_them_in(workspace, monkeypatch):
    door, folder = workspace
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv(VARIABLE, TOKEN)
    with LabServer() as server:
        path = write(folder, lims(server.url), experiments=4)
        door.service.open(path, Ask.by("ada"))
        door.worker.run("small")
        for n, sample in enumerate(list(server.samples.values())):
            server.report(sample.external_id, 198.0 + n, file=("curve.csv", b"1,2"))
        door.worker.run("small")
        text = path.read_text().replace("[-50.0, 200.0]", "[-50.0, 300.0]")
        path.write_text(text)
        before = opened("Lab")
        assert not before.exception
        assert "nothing is wrong with the line" in texts(before)
        assert [x.label for x in before.expander] == ["double lab, S4: waits"]
        assert plain("widen `plausible`") in texts(before)
        next(b for b in before.button if b.label == "Take it in now").click().run()
        assert "widen `plausible`" in "".join(str(x.value) for x in before.error)
        door.service.amend("small", path, "it is real", Ask.by("ada"))
        app = opened("Lab")
        next(b for b in app.button if b.label == "Take it in now").click().run()
        assert not app.exception
        assert [x.label for x in app.expander] == ["double lab, S4: replayed by ada"]
        assert len(door.queries.view("small").measurements) == 4
        orders, files = (d.value for d in app.dataframe)
        assert list(orders["at the lab"]) == ["S1", "S2", "S3", "S4"]
        assert list(files["file"]) == ["curve.csv"] * 4


def test_a_lab_that_does_not_let_us_in_is_told_on_every_part_of_the_page(workspace, monkeypatch):
    door, folder = workspace
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv(VARIABLE, TOKEN)
    with LabServer() as server:
        door.service.open(write(folder, lims(server.url)), Ask.by("ada"))
        server.token = "another"
        door.worker.run("small")
        app = opened("Lab")
    assert "Waits for somebody to mend the access to the lab's system." in texts(app)
    assert any("does not let us in" in str(x.value) for x in app.warning)
    assert TOKEN not in texts(app)
