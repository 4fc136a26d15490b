"""Results that nobody foretold are shown, and only these."""

import shutil

import pytest

from loop.errors import NotFoundError
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from loop.wiring import build


def ada():
    return Ask.by("ada")


def campaign(folder, seed, *, replicates=1, experiments=16):
    lims = simulated_lab(failure=0.0).replace("seed = 5", f"seed = {seed}")
    path = write_small_campaign(
        folder, lims=lims, seed=seed, n_candidates=40, initial=6, batch=5, experiments=experiments
    )
    text = path.read_text() + '\n[surrogate]\nkind = "gp"\n'
    path.write_text(text.replace("plausible", f"replicates = {replicates}\nplausible"))
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(path, ada())
    door.worker.run("small")
    return door


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    campaign(folder, 7).close()
    return folder


@pytest.fixture
def door(tmp_path, finished):
    copy = shutil.copytree(finished, tmp_path / "copy")
    door = build(Settings(workspace=copy, actor="ada"))
    yield door
    door.close()


def test_clean_campaigns_raise_no_alarm(tmp_path):
    foretold = 0
    for seed in range(3):
        door = campaign(tmp_path / str(seed), seed, replicates=2)
        view = door.queries.view("small")
        foretold += sum(m.predicted_mean is not None for m in view.measurements)
        assert view.surprises == ()
        door.close()
    assert foretold >= 60


def test_a_value_far_from_its_prediction_is_shown_and_kept(door):
    view = door.queries.view("small")
    known = next(m for m in view.measurements if m.predicted_mean is not None)
    wrong = known.value - 120.0
    door.service.correct_measurement("small", known.measurement_id, wrong, "MPa", "typed", ada())
    view = door.queries.view("small")
    (found,) = view.surprises
    assert found.order_id == known.order_id
    assert "standard deviations away: a discovery or a mistake" in found.text
    assert any(found.text in warning and known.label in warning for warning in view.warnings)
    kept = next(m for m in view.measurements if m.measurement_id == known.measurement_id)
    assert (kept.value, kept.withdrawn) == (wrong, False)


@pytest.mark.parametrize("way", ["comment", "withdraw", "correct"])
def test_a_person_settles_it(door, way):
    known = next(m for m in door.queries.view("small").measurements if m.predicted_mean is not None)
    identity, wrong = known.measurement_id, known.value - 120.0
    door.service.correct_measurement("small", identity, wrong, "MPa", "typed", ada())
    if way == "comment":
        door.service.comment("small", "measured twice: it is so", known.order_id, ada())
    elif way == "withdraw":
        door.service.withdraw_measurement("small", identity, "wrong vial", ada())
    else:
        door.service.correct_measurement("small", identity, known.value, "MPa", "undo", ada())
    assert door.queries.view("small").surprises == ()


def test_a_comment_about_an_order_that_is_not_there_is_refused(door):
    with pytest.raises(NotFoundError, match="no order"):
        door.service.comment("small", "looks odd", "small-r99-0", ada())


def test_repeats_that_disagree_are_shown(tmp_path):
    door = campaign(tmp_path, 3, replicates=2, experiments=6)
    known = door.queries.view("small").measurements[0]
    door.service.correct_measurement(
        "small", known.measurement_id, known.value + 10.0, "MPa", "typed", ada()
    )
    (found,) = door.queries.view("small").surprises
    assert "repeats of one sample disagree" in found.text
    door.close()
