"""The command `rehearse`, as people and programs call it."""

import json

import pytest

from loop.testing.small_campaign import simulated_lab, write_small_campaign
from tests.cli.in_process import command


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    path = write_small_campaign(tmp_path, lims=simulated_lab(), experiments=8, batch=4)
    path.write_text(path.read_text() + '\n[surrogate]\nkind = "gp"\n')
    return command(monkeypatch, capsys, tmp_path, "rehearse")


def test_it_prints_calendar_cost_and_what_was_caught(run):
    shown = run("small", "--mistakes", "wrong_units=0.4", "--mistakes", "swapped_samples=0.9")
    assert "round\tdays\torders\tmeasured\tfailed" in shown.out
    assert "cost 2,000 EUR" in shown.out
    assert "unit of another kind\t" in shown.out
    assert "\trefused\n" in shown.out
    assert "would catch swapped samples: no option of the campaign" in shown.out
    assert "rehearsed, not measured" in shown.err


def test_programs_get_one_document(run):
    found = json.loads(run("small", "--mistakes", "none", "--json").out)
    assert found["schema"] == "synthloop/rehearsal/1"
    assert found["rehearsal"]["orders"] == 8
    assert found["rehearsal"]["fates"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mistakes", "swaps=0.1"], "swapped_samples"),
        (["--mistakes", "unit_slips=often"], "a share from 0 to below 1"),
        (["--mistakes", "unit_slips=1"], "a share from 0 to below 1"),
        (["--truth", "strength=true_strength"], "PROPERTY=column:NAME"),
    ],
)
def test_wrong_words_are_refused(run, words, told):
    assert told in run("small", *words, code=3).err


def test_a_campaign_that_is_not_there_is_named(run):
    assert "smal/campaign.toml" in run("smal", code=4).err
