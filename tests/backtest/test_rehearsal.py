"""A campaign is played through against a simulated lab; nothing real is touched."""

import pytest

from loop.backtest.caught import FLAGGED, FOLLOWED, MISSED, REFUSED
from loop.backtest.rehearsal import rehearse
from loop.backtest.rehearsed_definition import rehearsed
from loop.core.rehearsal_ports import MistakeKind
from loop.errors import ConfigError, ModelError
from loop.service.ask import Ask
from loop.service.campaign_file import read_campaign
from loop.service.plugins import PluginLookup
from loop.settings import Settings
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign
from loop.wiring import build

PROPERTY = "[properties.strength]\n"


def asked_in_vain(slug):
    raise ModelError(f"nothing is known of {slug}")


@pytest.fixture
def campaign(tmp_path):
    """Return a function that writes a campaign with a quick model and returns its file."""

    def write(prop="", lims=None, **sizes):
        lims = simulated_lab(failure=0.0) if lims is None else lims
        path = write_small_campaign(tmp_path, lims=lims, n_candidates=30, **sizes)
        text = path.read_text() + '\n[surrogate]\nkind = "gp"\n'
        path.write_text(text.replace(PROPERTY, PROPERTY + prop))
        return path

    return write


def play(tmp_path, path, *, believed=asked_in_vain, truths=None, **rates):
    definition = read_campaign(path, PluginLookup())
    what = rehearsed(believed, definition, truths or {}, rates)
    steps: list[int] = []
    real = Settings(workspace=tmp_path)
    return rehearse(what, path, real, lambda count, *_: steps.append(count)), steps


def test_a_clean_campaign_costs_its_orders_and_raises_no_alarm(tmp_path, campaign):
    found, steps = play(tmp_path, campaign(experiments=12, batch=4))
    assert (found.orders, found.measured, found.cost) == (12, 12, 3000.0)
    assert [(r.orders, r.measured) for r in found.rounds] == [(4, 4)] * 3
    assert found.days == found.rounds[-1].last_day > found.rounds[0].last_day
    assert found.fates == ()
    assert found.false_alarms == ()
    assert found.comparison is not None
    assert found.best_true == pytest.approx(found.best_value, abs=2.5)
    assert steps[-1] == 12


def test_the_real_ledger_is_not_even_made(tmp_path, campaign):
    play(tmp_path, campaign(experiments=4, batch=4))
    assert not (tmp_path / ".synthloop" / "ledger.db").exists()
    assert not (tmp_path / "exchange").exists()


def test_the_same_rehearsal_comes_out_the_same(tmp_path, campaign):
    path = campaign(experiments=8, batch=4)
    first = play(tmp_path, path, comma_slips=0.3, withdrawals=0.2)[0]
    assert play(tmp_path, path, comma_slips=0.3, withdrawals=0.2)[0] == first


def test_units_of_another_kind_are_refused_and_mended(tmp_path, campaign):
    found, _ = play(tmp_path, campaign(experiments=8, batch=4), wrong_units=0.5)
    assert {f.how for f in found.fates} == {REFUSED}
    assert all("a unit that converts to MPa, not 'g'" in f.told for f in found.fates)
    assert found.measured == 8


def test_lost_decimal_points_are_refused_where_a_range_is_plausible(tmp_path, campaign):
    found, _ = play(tmp_path, campaign(experiments=8, batch=4), comma_slips=0.5)
    assert {f.how for f in found.fates} == {REFUSED}
    assert all("between -50 and 200" in f.told for f in found.fates)


def test_without_a_plausible_range_it_is_named_as_what_would_help(tmp_path, campaign):
    path = campaign(experiments=4, batch=4)
    path.write_text(path.read_text().replace("plausible = [-50.0, 200.0]\n", ""))
    found, _ = play(tmp_path, path, comma_slips=0.9)
    # Nothing is foretold of an initial design, so that nothing can surprise.
    assert {f.how for f in found.fates} == {MISSED}
    assert {f.hint for f in found.fates} == {"properties.strength.plausible = [lowest, highest]"}


def test_corrections_and_withdrawals_of_the_lab_are_followed(tmp_path, campaign):
    path = campaign(experiments=8, batch=4)
    found, _ = play(tmp_path, path, late_corrections=0.5, withdrawals=0.3)
    assert {f.mistake.kind for f in found.fates} == {
        MistakeKind.MISCALIBRATED, MistakeKind.WITHDRAWN,
    }  # fmt: skip
    followed = [f for f in found.fates if f.mistake.kind is MistakeKind.WITHDRAWN]
    assert {f.how for f in followed} == {FOLLOWED}
    assert sum(found.failures.values()) == len(followed)
    assert all(f.caught for f in found.fates)


def test_repeats_that_disagree_are_flagged(tmp_path, campaign):
    path = campaign("replicates = 3\n", experiments=4, batch=4)
    found, _ = play(tmp_path, path, unit_slips=0.2)
    assert FLAGGED in {f.how for f in found.fates}
    assert {f.how for f in found.fates} <= {FLAGGED, REFUSED}
    assert any("repeats of one sample disagree" in f.told for f in found.fates)


def test_a_swap_is_told_honestly(tmp_path, campaign):
    found, _ = play(tmp_path, campaign(experiments=4, batch=4), swapped_samples=0.99)
    assert [f.how for f in found.fates] == [MISSED] * 2
    assert all("reference material" in f.hint for f in found.fates)


def test_a_real_lab_needs_something_that_stands_for_the_truth(tmp_path, campaign):
    path = campaign(lims=WORKSHEET, experiments=4, batch=4)
    with pytest.raises(ConfigError, match="nothing stands for the truth") as error:
        play(tmp_path, path)
    assert "--truth PROPERTY=column:NAME" in error.value.hint
    found, _ = play(tmp_path, path, truths={"strength": "column:true_strength"})
    assert found.measured == 4
    assert "a simulated lab stands for 'worksheet'" in found.departures


def test_what_is_known_so_far_can_stand_for_the_truth(tmp_path, campaign):
    path = campaign(experiments=8, batch=4)
    door = build(Settings(workspace=tmp_path, actor="ada"))
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    version = door.queries.version("small")
    text = path.read_text()
    path.write_text(text[: text.index("[lims]")] + '[lims]\nkind = "worksheet"\n')
    found, _ = play(tmp_path, path, believed=door.queries.believed)
    assert door.queries.version("small") == version
    door.close()
    assert "what 'transfer-gp' makes of the 8 results so far" in found.truth
    assert found.measured == 8
