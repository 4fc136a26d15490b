"""A lab that cannot make one region of the pool, and what the loop learns from it."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from loop.core.feasibility import feasibility_labels
from loop.core.machine import fold
from loop.errors import ConfigError
from loop.service.ask import Ask
from loop.settings import Settings
from loop.surrogate.classifier import GaussianProcessClassifier
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build, open_ledger, write_report

COLUMN = '\nsynthesis_failure_column = "fails"\n'


def write(
    folder, *, feasibility="", experiments=38, fails=lambda temperature, ratio: float(ratio > 0.5)
):
    """A small campaign whose best candidates, at ratio 0.6, cannot be made."""
    path = write_small_campaign(
        folder,
        lims=simulated_lab(failure=0.0) + COLUMN,
        n_candidates=80,
        initial=10,
        batch=4,
        experiments=experiments,
    )
    pool = path.parent / "pool.csv"
    head, *lines = pool.read_text().splitlines()
    told = [fails(*map(float, line.split(",")[1:3])) for line in lines]
    rows = [f"{line},{value}" for line, value in zip(lines, told, strict=True)]
    pool.write_text("\n".join([f"{head},fails", *rows]) + "\n")
    text = path.read_text() + (f"\n[feasibility]\n{feasibility}\n" if feasibility else "")
    path.write_text(text)
    return path


def run(folder, **settings):
    folder.mkdir(exist_ok=True)
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(write(folder, **settings), Ask.by("ada"))
    door.worker.run("small")
    return door


def proposals(door):
    return [e.body for e in door.queries.events("small") if e.body.kind == "batch.proposed"]


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    door = run(tmp_path_factory.mktemp("learnt"))
    yield door
    door.close()


@pytest.mark.slow
def test_fewer_orders_fail_than_without_and_no_better_value_is_missed(learnt, tmp_path):
    off = run(tmp_path / "off", feasibility='kind = "off"')
    with_, without = learnt.queries.view("small"), off.queries.view("small")
    off.close()
    assert with_.summary.n_experiments == without.summary.n_experiments == 38
    assert with_.n_failed <= without.n_failed - 4
    assert with_.summary.best_value >= without.summary.best_value - 1.5
    assert all(b.feasibility is None for b in proposals(off))


def test_every_choice_says_the_chance_in_number_and_words(learnt):
    used = [b for b in proposals(learnt) if b.feasibility and b.feasibility.used]
    assert used
    for body in used:
        report = body.feasibility
        assert report.n_failed >= 5
        assert report.n_made >= 5
        assert report.quality.better_than_base
        assert report.verdict in body.notices
        assert "weighed by the chance" in report.verdict
        for item in body.items:
            assert 0 < item.chance_to_make < 1
            assert f"{100 * item.chance_to_make:.0f} % chance that it can be made" in item.reason
    before = [b for b in proposals(learnt) if b.feasibility is None]
    assert before
    assert all(i.chance_to_make is None for b in before for i in b.items)
    view = learnt.queries.view("small")
    assert any("weighed by the chance" in w for w in view.warnings)


def test_the_stored_model_says_again_what_was_proposed(learnt):
    body = [b for b in proposals(learnt) if b.feasibility and b.feasibility.used][-1]
    archive = learnt.service._archive
    state = archive.state("small")
    features = archive.features(state)
    classifier = GaussianProcessClassifier(GaussianProcessClassifier.Config())
    model = classifier.load(archive.artifacts.get(body.feasibility.artifact), features)
    rows = archive.rows(state, tuple(i.candidate.candidate_id for i in body.items))
    found = model.probabilities(rows)[:, 1]
    assert found == pytest.approx([i.chance_to_make for i in body.items], rel=1e-9)
    assert model.report == body.feasibility.quality
    # It learnt from what was known then, and the pool shows where the border is.
    pool = archive.pool(state)
    chance = model.probabilities(np.arange(len(pool)))[:, 1]
    fails = np.array(pool.fields["fails"]) == 1
    assert chance[fails].mean() < 0.4 < 0.6 < chance[~fails].mean()
    labels = feasibility_labels(state)
    assert labels.n_failed == learnt.queries.view("small").n_failed


def test_the_ledger_holds_it_and_folds_to_the_same(learnt):
    settings = learnt.settings
    ledger = open_ledger(settings)
    again = fold(ledger.events("small"))
    ledger.close()
    items = [i for r in again.rounds.values() for i in r.items.values()]
    assert sum(i.chance_to_make is not None for i in items) >= 4


@pytest.mark.slow
def test_failures_of_bad_luck_are_not_learnt_from_and_that_is_said(tmp_path):
    rng = np.random.default_rng(5)
    door = run(tmp_path, experiments=26, fails=lambda temperature, ratio: float(rng.random() < 0.4))
    said = [b.feasibility for b in proposals(door) if b.feasibility]
    door.close()
    unused = [r for r in said if not r.used]
    assert len(unused) >= len(said) / 2
    assert all("does not bear on the choice" in r.verdict for r in unused)


def test_fewer_failures_than_asked_for_teach_nothing(tmp_path):
    door = run(tmp_path, experiments=18, feasibility='kind = "gp-classifier"\nleast_failures = 17')
    bodies = proposals(door)
    door.close()
    assert all(b.feasibility is None for b in bodies)


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ('kind = "gp-clasifier"', "feasibility.kind"),
        ('kind = "gp-classifier"\nleast_failures = 0', "feasibility.least_failures"),
        ('kind = "gp-classifier"\nweight = 0', "feasibility.weight"),
        ('kind = "gp-classifier"\ntuned_on = 3', "feasibility.tuned_on"),
        ('kind = "gp-classifier"\nleast_failure = 3', "feasibility.least_failure"),
        ('kind = "off"\nleast_failure = 3', "feasibility"),
    ],
)
def test_a_section_that_cannot_be_used_is_named(tmp_path, door, section, place):
    path = write(tmp_path, feasibility=section)
    with pytest.raises(ConfigError) as refused:
        door.service.open(path, Ask.by("ada"))
    assert [p.place for p in refused.value.problems] == [place]


def test_the_lab_says_which_chances_of_failure_it_cannot_use(tmp_path, door):
    path = write(tmp_path, fails=lambda temperature, ratio: 1.5)
    with pytest.raises(ConfigError) as refused:
        door.service.open(path, Ask.by("ada"))
    assert "lims.synthesis_failure_column" in str(refused.value.problems)
    text = path.read_text().replace('"fails"', '"fals"')
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        door.service.open(path, Ask.by("ada"))
    assert "a column of the pool" in str(refused.value.problems)


def page():
    from dashboard.screens.campaign import show

    show()


def test_dashboard_and_report_show_the_chance(learnt, monkeypatch):
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(learnt.settings.workspace))
    item = learnt.queries.view("small").current_round.items[0].item
    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["part"] = "Batch"
    app.query_params["c"] = "small"
    app.run()
    assert not app.exception
    shown = "\n".join(str(x.value) for x in app.markdown)
    assert f"Can be made: {item.chance_to_make:.0%}" in shown
    html = write_report(learnt, "small", n_seeds=1).read_text()
    assert "chance that it can be made" in html


@pytest.mark.slow
def test_the_same_seed_gives_the_same_choices_and_models(learnt, tmp_path):
    again = run(tmp_path)
    told = [b.model_dump(mode="json") for b in proposals(again)]
    again.close()
    assert told == [b.model_dump(mode="json") for b in proposals(learnt)]
