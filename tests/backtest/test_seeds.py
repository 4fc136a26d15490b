"""A tiny campaign over seeds, judged by the pool's own table."""

import csv

import numpy as np
import pytest

from loop.backtest.seeds import back_test
from loop.errors import ConfigError
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign


def silent(count, text):
    del count, text


@pytest.fixture(scope="module")
def tested(tmp_path_factory):
    home = tmp_path_factory.mktemp("small")
    path = write_small_campaign(home, lims=simulated_lab(failure=0.2))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SYNTHLOOP_DATABASE_URL", f"sqlite:///{home / 'team.db'}")
        told = []
        found = back_test(path, ("gp",), 2, home / "cache", lambda n, text: told.append((n, text)))
        again = back_test(path, ("gp",), 2, home / "cache", silent)
    return home, path, found, again, told


def test_every_seed_is_a_campaign_of_its_own_that_can_be_repeated(tested):
    _, _, found, again, _ = tested
    assert [(s.surrogate, s.offset, s.orders) for s in found.searches] == [
        ("gp", 0, 8),
        ("gp", 1, 8),
    ]
    assert (found.budget, found.unit) == (8, "MPa")
    assert again == found


def test_outcomes_are_those_of_the_true_values(tested):
    _, path, found, _, _ = tested
    with (path.parent / "pool.csv").open(encoding="utf-8") as file:
        truth = sorted((float(row["true_strength"]) for row in csv.DictReader(file)), reverse=True)
    for search in found.searches:
        assert search.best in truth
        assert search.met_best == (search.best == truth[0])
        # The best 1 % of 24 candidates is one of them.
        assert search.found == int(search.met_best) == int(search.first is not None)
        assert search.first is None or search.lucky == (search.first <= 4)
    firsts = [9 if s.first is None else s.first for s in found.of("gp")]
    assert found.median_first("gp") == np.median(firsts)


def test_progress_rises_to_the_whole_budget(tested):
    _, _, _, _, told = tested
    counts = [count for count, _ in told]
    assert counts == sorted(counts)
    assert counts[-1] == 16
    assert {text for _, text in told} == {"gp, seed 0", "gp, seed 1"}


def test_the_folder_and_the_database_of_the_lab_stay_as_they_were(tested):
    home, path, _, _, _ = tested
    assert sorted(p.name for p in home.iterdir()) == ["cache", "campaigns"]
    assert sorted(p.name for p in path.parent.iterdir()) == ["campaign.toml", "pool.csv"]


@pytest.mark.parametrize(
    ("lims", "said"),
    [
        (WORKSHEET, r"campaign\.toml: lims\.kind: got 'worksheet'; a back-test needs 'simulated'"),
        (simulated_lab(failure=0.99), "small with gp, seed 0: no result to judge it by"),
    ],
)
def test_what_cannot_be_judged_is_refused(tmp_path, lims, said):
    path = write_small_campaign(tmp_path, lims=lims)
    with pytest.raises(ConfigError, match=said):
        back_test(path, ("gp",), 1, tmp_path / "cache", silent)
