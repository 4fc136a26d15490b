"""The bad line does what its plan says, and only that."""

import http.client
import json
import time
from collections import Counter

import pytest

from loop.testing.fault_proxy import LOSING, Fault, FaultProxy, by_chance
from tests.lims_adapters.scripted_server import Answer, ScriptedServer


def body_of(n, asked):
    told = {"link": f"http://{asked.headers['Host']}/next", "n": n}
    return Answer(body=json.dumps(told).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def lab():
    with ScriptedServer(body_of) as server:
        yield server


@pytest.fixture
def proxy(lab):
    with FaultProxy(lab.url, stall_seconds=0.2) as proxy:
        yield proxy


def ask(proxy, method="POST", path="/x?q=1", body=b"said", timeout=5.0):
    line = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=timeout)
    try:
        line.request(method, path, body=body, headers={"X-Token": "t"})
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        line.close()


def only(fault):
    return lambda number, method, path: fault


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_good_line_passes_all_on(proxy, lab, method):
    status, headers, content = ask(proxy, method)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(content)["n"] == 0
    (asked,) = lab.asked
    assert (asked.method, asked.path, asked.body) == (method, "/x?q=1", b"said")
    assert asked.headers["X-Token"] == "t"


def test_addresses_of_the_lab_lead_through_the_proxy(proxy, lab):
    lab.script = lambda *_: Answer(
        status=201,
        body=json.dumps({"next": f"{lab.url}/page/2"}).encode(),
        headers={"Content-Type": "application/json", "Location": f"{lab.url}/7"},
    )
    _, headers, content = ask(proxy)
    assert headers["Location"] == f"{proxy.url}/7"
    assert json.loads(content) == {"next": f"{proxy.url}/page/2"}


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Fault.SERVER_ERROR, 500), (Fault.UNAVAILABLE, 503), (Fault.TOO_MANY, 429)],
)
def test_an_error_before_the_lab(proxy, lab, fault, status):
    proxy.plan = only(fault)
    found, headers, _ = ask(proxy)
    assert (found, headers["Retry-After"]) == (status, "0")
    assert lab.asked == []


def test_a_connection_closed_before_the_lab(proxy, lab):
    proxy.plan = only(Fault.REFUSED)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy)
    assert lab.asked == []


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.STALLED])
def test_a_reply_that_never_comes_to_what_was_done(proxy, lab, fault):
    proxy.plan = only(fault)
    began = time.monotonic()
    with pytest.raises(http.client.RemoteDisconnected):
        ask(proxy)
    assert len(lab.asked) == 1
    assert (time.monotonic() - began >= 0.2) == (fault is Fault.STALLED)


def test_a_stalled_reply_outlasts_an_impatient_client(proxy, lab):
    proxy.plan = only(Fault.STALLED)
    with pytest.raises(TimeoutError):
        ask(proxy, timeout=0.05)


def test_half_a_reply_to_what_was_done(proxy, lab):
    proxy.plan = only(Fault.HALF_REPLY)
    with pytest.raises(http.client.IncompleteRead):
        ask(proxy)
    assert len(lab.asked) == 1


def test_garbage_in_reply_to_what_was_done(proxy, lab):
    proxy.plan = only(Fault.GARBAGE)
    status, headers, content = ask(proxy)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(content.decode())
    assert len(lab.asked) == 1


def test_a_gateway_error_in_reply_to_what_was_done(proxy, lab):
    proxy.plan = only(Fault.LATE_ERROR)
    assert ask(proxy)[0] == 502
    assert len(lab.asked) == 1


def test_a_lab_that_is_not_there_is_a_gateway_error():
    with ScriptedServer(body_of) as server:
        url = server.url
    with FaultProxy(url) as proxy:
        assert ask(proxy)[0] == 502


def test_every_fault_is_tried_above_and_every_exchange_is_written_down(proxy):
    faults = iter(LOSING)
    proxy.plan = lambda *_: next(faults)
    for fault in LOSING:
        try:
            ask(proxy)
        except (http.client.HTTPException, OSError):
            assert fault not in {Fault.GARBAGE, Fault.LATE_ERROR}
    passed = [(e.number, e.method, e.path, e.fault) for e in proxy.exchanges]
    assert passed == [(n, "POST", "/x?q=1", fault) for n, fault in enumerate(LOSING)]


def drawn(seed):
    plan = by_chance(0.2, seed)
    return [plan(number, "GET", "/") for number in range(2000)]


def test_chance_breaks_its_share_and_repeats_itself():
    count = Counter(drawn(7))
    assert 0.75 < count[Fault.NONE] / 2000 < 0.85
    assert set(count) == set(Fault)
    assert drawn(7) == drawn(7) != drawn(8)
