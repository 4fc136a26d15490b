"""The cursor of systems whose changes cannot be asked for."""

import pytest

from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.told import Told
from loop.errors import AdapterError


def test_a_cursor_is_read_as_it_was_written():
    told = Told("senaite", {"b-r01-2": "", "a-r01-1": "4f2a"})
    assert Told.read("senaite", told.text()) == told
    assert told.text() == '{"senaite":{"a-r01-1":"4f2a","b-r01-2":""}}'


def test_before_anything_was_seen_there_is_no_cursor():
    assert Told.read("senaite", None).text() is None


@pytest.mark.parametrize("cursor", ["§", "[]", "{}", '{"kadi":{}}', '{"senaite":3}', "7"])
def test_the_cursor_of_another_system_is_refused(cursor):
    with pytest.raises(AdapterError, match="cursor"):
        Told.read("senaite", cursor)


def test_only_what_says_something_else_is_told_again():
    empty, full = snapshot("Lab", "lab:", "a-r01-1", []), gone("Lab", "lab:", "b-r01-2")
    news, told = Told("lab").compared([empty, full])
    assert (news, told.knows("a-r01-1"), told.knows("c-r01-3")) == ((full,), True, False)
    assert told.compared([empty, full])[0] == ()
    withdrawn = snapshot("Lab", "lab:", "b-r01-2", [])
    assert told.compared([empty, withdrawn])[0] == (withdrawn,)
