"""The cursor of a system that is compared as a whole, and secrets that go in a body."""

import pytest

from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.config import HttpConfig
from lims_adapters.transport.feed import gone, snapshot
from lims_adapters.transport.told import Told
from loop.core.result import LabResult
from loop.errors import AdapterError
from tests.lims_adapters.scripted_server import Answer, ScriptedServer


def held(order_id, value=None):
    results = []
    if value is not None:
        results = [
            LabResult(
                order_id=order_id, result_id=f"lab:{order_id}", property="Tg", value=value, unit="K"
            )
        ]
    return snapshot("Lab", "lab:", order_id, results)


def read(told, *batches):
    """Return what is news, by order and value, and the cursor read back."""
    news, now = told.compared(batches)
    values = [(b.token, [r.value for r in b.results]) for b in news]
    return values, Told.read("lab", now.text())


def test_a_sample_that_only_was_made_is_no_news_until_it_has_a_result():
    values, told = read(Told("lab"), held("a"))
    assert values == []
    assert told.knows("a")
    values, told = read(told, held("a", 371.2))
    assert values == [("a", [371.2])]
    assert read(told, held("a", 371.2))[0] == []


def test_a_withdrawn_value_and_a_lost_sample_are_news_once():
    _, told = read(Told("lab"), held("a", 371.2), held("b"))
    values, told = read(told, held("a"), gone("Lab", "lab:", "b"))
    assert [(order_id, len(found)) for order_id, found in values] == [("a", 0), ("b", 1)]
    assert read(told, held("a"), gone("Lab", "lab:", "b"))[0] == []


def test_what_is_not_looked_at_stays_known():
    _, told = read(Told("lab"), held("a", 371.2))
    _, told = read(told, held("b", 300.0))
    assert read(told, held("a", 371.2), held("b", 300.0))[0] == []


@pytest.mark.parametrize("cursor", ["{}", '{"other": {}}', '{"lab": 3}', "7", "no json"])
def test_the_cursor_of_another_kind_is_refused(cursor):
    with pytest.raises(AdapterError, match="'lab'"):
        Told.read("lab", cursor)


def test_nothing_seen_is_no_cursor():
    assert Told.read("lab", None).text() is None


def test_a_secret_in_the_body_that_the_server_says_back_is_not_repeated():
    secrets = ["first-7f3a"]
    with ScriptedServer(lambda n, asked: Answer(status=400, body=asked.body)) as server:
        config = HttpConfig(url=server.url)
        line = LabHttp(config, "Lab", secrets=secrets)
        secrets.append("second-91bc")
        with pytest.raises(AdapterError) as refused:
            line.post("/rpc", json={"params": ["first-7f3a", "second-91bc", "visible"]})
    assert "visible" in str(refused.value)
    assert not any(secret in str(refused.value) for secret in secrets)
