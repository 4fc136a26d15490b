"""The cursor of systems whose changes cannot be asked for."""

import pytest

from lims_adapters.transport.told import Told
from loop.errors import AdapterError


def test_a_cursor_is_read_as_it_was_written():
    told = Told("senaite", {"b-r01-2": "", "a-r01-1": "4f2a"})
    assert Told.read(told.text(), "senaite") == told
    assert told.text() == '{"senaite":{"a-r01-1":"4f2a","b-r01-2":""}}'


def test_before_anything_was_seen_there_is_no_cursor():
    assert Told.read(None, "senaite").text() is None


@pytest.mark.parametrize("cursor", ["§", "[]", "{}", '{"kadi":{}}', '{"senaite":3}', "7"])
def test_the_cursor_of_another_system_is_refused(cursor):
    with pytest.raises(AdapterError, match="cursor"):
        Told.read(cursor, "senaite")
