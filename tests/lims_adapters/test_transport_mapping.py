"""Words of the lab: known ones mean what the mapping says, others are shown to a person."""

import pytest

from lims_adapters.transport.mapping import ended, read_number, unknown_name
from loop.core.result import Outcome

STATUS = {"Received": "open", "done": "measured", "Broken": "failed in measurement"}


@pytest.mark.parametrize("word", ["received", " RECEIVED ", "Done"])
def test_a_word_that_says_go_on_ends_nothing(word):
    assert ended(word, STATUS) == (None, "")


def test_a_word_that_ends_an_order_is_named():
    outcome, note = ended("broken", STATUS)
    assert outcome is Outcome.FAILED_MEASUREMENT
    assert "'broken'" in note


@pytest.mark.parametrize("word", ["", "brokn", "archiviert"])
def test_an_unknown_word_needs_a_person(word):
    outcome, note = ended(word, STATUS)
    assert outcome is Outcome.NEEDS_FOLLOW_UP
    assert repr(word) in note
    assert "Received, done, Broken" in note


def test_a_wrong_name_is_told_with_the_near_ones_or_with_all():
    near = unknown_name("lims.results.tg.field", "TG-DCS", ["TG-DSC", "DENSITY"], "a service")
    assert "did you mean 'TG-DSC'?" in str(near)
    far = unknown_name("lims.type", "zzz", ["film", "powder"], "a type")
    assert "film, powder" in str(far)
    assert "none that we may see" in str(unknown_name("lims.type", "zzz", [], "a type"))


def test_a_number_or_a_problem():
    problems = []
    limit = read_number("Testlab", "S7, Tg", "< 320", "point", problems)
    assert limit is not None
    assert (limit.value, limit.qualifier, problems) == (320.0, "<", [])
    assert read_number("Testlab", "S7, Tg", "371,2", "point", problems) is None
    assert read_number("Testlab", "S7, Tg", "n.d.", "point", problems) is None
    assert [str(p).startswith("Testlab: S7, Tg: got ") for p in problems] == [True, True]
    comma = read_number("Testlab", "S7, Tg", "371,2", "comma", problems)
    assert comma is not None
    assert comma.value == 371.2
