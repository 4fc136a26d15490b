"""The line to a server: what is repeated, what is refused, what is told."""

import json
import logging
import time
from email.utils import formatdate

import pytest

from lims_adapters.transport.client import LabHttp
from lims_adapters.transport.config import HttpConfig
from loop.errors import AdapterError, ConfigError, LabAccessError, RetryableAdapterError
from tests.lims_adapters.scripted_server import Answer, ScriptedServer

TOKEN = "tkn-9f3a77c1d2e8"


def line(server, **options):
    options = {"timeout_seconds": 0.5, "requests_per_second": 1000} | options
    config = HttpConfig(url=server.url, **options)
    return LabHttp(config, "Testlab", {"Authorization": f"Bearer {TOKEN}"})


def scripted(*answers):
    """Answer in turn; the last one for ever."""
    return ScriptedServer(lambda n, _: answers[min(n, len(answers) - 1)])


GOOD, BROKEN = Answer(body=b'{"good": true}'), Answer(status=500, body=b"oh")


@pytest.mark.parametrize(
    "trouble",
    [BROKEN, Answer(status=503), Answer(status=429), Answer(status=408), Answer(silent=True)],
    ids=["500", "503", "429", "408", "cut off"],
)
def test_a_question_is_repeated_after_passing_trouble(trouble):
    with scripted(trouble, trouble, GOOD) as server:
        assert line(server).get("/x").json() == {"good": True}
        assert len(server.asked) == 3


def test_repetition_has_an_end():
    with scripted(BROKEN) as server:
        with pytest.raises(RetryableAdapterError, match="500: oh"):
            line(server).get("/x")
        assert len(server.asked) == 4


def test_garbage_is_asked_for_again_where_json_was_wanted():
    with scripted(Answer(body=b"<html>"), GOOD) as server:
        assert line(server).get_json("/x") == {"good": True}
    with (
        scripted(Answer(body=b"<html>")) as server,
        pytest.raises(RetryableAdapterError, match="no JSON: '<html>'"),
    ):
        line(server).get_json("/x")


@pytest.mark.parametrize("trouble", [BROKEN, Answer(silent=True)], ids=["500", "cut off"])
def test_a_submission_is_not_repeated_when_it_may_have_been_done(trouble):
    with scripted(trouble, GOOD) as server:
        with pytest.raises(RetryableAdapterError):
            line(server).post("/x", json={})
        assert len(server.asked) == 1


def test_a_submission_is_repeated_when_it_certainly_was_not_done():
    with scripted(Answer(status=429, headers={"Retry-After": "0"}), GOOD) as server:
        assert line(server).post("/x", json={"a": 1}).json() == {"good": True}
        assert [json.loads(asked.body) for asked in server.asked] == [{"a": 1}, {"a": 1}]


def test_a_write_that_may_be_repeated_is():
    with scripted(BROKEN, GOOD) as server:
        line(server).request("PUT", "/x", content=b"1", repeatable=True)
        assert [asked.method for asked in server.asked] == ["PUT", "PUT"]


def test_a_server_that_is_not_there_is_passing_trouble():
    with scripted(GOOD) as server:
        config = HttpConfig(url=server.url, timeout_seconds=0.5)
    with pytest.raises(RetryableAdapterError, match="no connection"):
        LabHttp(config, "Testlab").post("/x")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_secret_is_told_at_once(status):
    with scripted(Answer(status=status, body=b"go away")) as server:
        with pytest.raises(LabAccessError, match=f"{status}: go away") as caught:
            line(server).get("/x")
        assert len(server.asked) == 1
        assert "secret" in caught.value.hint


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_for_good_unless_it_is_an_answer(status):
    with scripted(Answer(status=status, body=b"{}")) as server:
        with pytest.raises(AdapterError) as caught:
            line(server).get("/x")
        assert not isinstance(caught.value, RetryableAdapterError)
        assert line(server).get("/x", allow={status}).status == status


def waits(headers):
    with scripted(Answer(status=429, headers=headers), GOOD) as server:
        began = time.monotonic()
        line(server).get("/x")
        return time.monotonic() - began


def test_the_server_says_how_long_to_wait_in_seconds():
    assert waits({"Retry-After": "1"}) >= 1


def test_the_server_says_how_long_to_wait_as_a_date_of_its_own_clock():
    # Its clock is years off: only the difference of its two stamps counts.
    sent = 1_000_000_000
    took = waits({"Date": formatdate(sent, usegmt=True),
                  "Retry-After": formatdate(sent + 1, usegmt=True)})  # fmt: skip
    assert took >= 1


@pytest.mark.parametrize("text", ["soon", "-3", "Wed, 99 Foo 2026", "1.5.2"])
def test_a_wait_that_cannot_be_read_is_our_own(text):
    assert waits({"Retry-After": text}) < 5


def test_a_long_wait_is_left_to_the_caller():
    with scripted(Answer(status=429, headers={"Retry-After": "3600"})) as server:
        with pytest.raises(RetryableAdapterError, match="429"):
            line(server).get("/x")
        assert len(server.asked) == 1


def test_the_pace_is_kept():
    with scripted(GOOD) as server:
        lab = line(server, requests_per_second=20)
        began = time.monotonic()
        for _ in range(9):
            lab.get("/x")
        assert time.monotonic() - began >= 8 / 20


def test_a_body_beyond_the_limit_is_not_read_to_its_end():
    with (
        scripted(Answer(body=b"x" * 200_000)) as server,
        pytest.raises(AdapterError, match="max_body_mb") as caught,
    ):
        line(server, max_body_mb=0.1).get("/x")
    assert not isinstance(caught.value, RetryableAdapterError)


def test_a_server_that_drips_is_given_up():
    def drip():
        while True:
            time.sleep(0.02)
            yield b"x"

    began = time.monotonic()
    with (
        ScriptedServer(lambda *_: Answer(drip=drip())) as server,
        pytest.raises(RetryableAdapterError, match="come to an end"),
    ):
        line(server, timeout_seconds=0.1).post("/x")
    assert time.monotonic() - began < 10


def test_a_system_that_fails_for_long_is_left_alone():
    with scripted(BROKEN) as server:
        lab = line(server)
        for _ in range(8):
            with pytest.raises(RetryableAdapterError, match="500"):
                lab.post("/x")
        with pytest.raises(RetryableAdapterError, match="8 times in a row and is asked again in"):
            lab.post("/x")
        assert len(server.asked) == 8


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:9/x", "https://127.0.0.1/x", "http://169.254.169.254/", "//evil.example/x",
              "file:///etc/passwd", "http://[bad", "http://127.0.0.1:99999999/x"],
)  # fmt: skip
def test_no_answer_leads_to_another_address(place):
    with scripted(Answer(status=302, headers={"Location": place})) as server:
        with pytest.raises(AdapterError, match="points to") as caught:
            line(server).get("/x")
        assert not isinstance(caught.value, RetryableAdapterError)
        assert len(server.asked) == 1
    page = json.dumps({"items": [1], "next": place.replace("//evil", "http://evil")}).encode()
    with scripted(Answer(body=page)) as server, pytest.raises(AdapterError, match="points to"):
        list(line(server).pages("/x"))


def test_a_redirect_on_the_same_origin_is_followed_for_questions_only():
    moved = Answer(status=307, headers={"Location": "/y"})
    with scripted(moved, GOOD) as server:
        assert line(server).get("/x").status == 200
        assert [asked.path for asked in server.asked] == ["/x", "/y"]
    with scripted(moved) as server, pytest.raises(AdapterError, match="307"):
        line(server).post("/x")
    with scripted(moved) as server, pytest.raises(AdapterError, match="more than 3 redirects"):
        line(server).get("/x")


def test_pages_are_read_to_the_last():
    def script(_, asked):
        number = int(asked.path.partition("page=")[2] or 1)
        following = f"/list?page={number + 1}" if number < 3 else None
        return Answer(body=json.dumps({"items": [number], "next": following}).encode())

    with ScriptedServer(script) as server:
        assert list(line(server).pages("/list")) == [1, 2, 3]


@pytest.mark.parametrize("body", [b"[]", b'{"results": []}', b'{"items": {}}', b"null"])
def test_what_is_no_page_is_not_an_empty_one(body):
    with scripted(Answer(body=body)) as server, pytest.raises(AdapterError, match="not a page"):
        list(line(server).pages("/list"))


def test_pages_in_a_circle_come_to_an_end():
    page = Answer(body=b'{"items": [1], "next": "/list?page=2"}')
    with scripted(page) as server, pytest.raises(AdapterError, match="links to itself"):
        list(line(server).pages("/list"))


def test_plain_http_goes_to_this_machine_only():
    with pytest.raises(ConfigError, match="in the open"):
        LabHttp(HttpConfig(url="http://lims.example.org"), "Testlab")
    LabHttp(HttpConfig(url="http://lims.example.org", insecure_http=True), "Testlab")
    LabHttp(HttpConfig(url="http://[::1]:8080"), "Testlab")


@pytest.mark.parametrize(
    "url", ["lims.example.org", "ftp://x", "https://u:p@x", "https://x?a=1", "https://x#a"]
)
def test_an_address_is_an_address(url):
    with pytest.raises(ValueError, match="url"):
        HttpConfig(url=url)


def test_requests_have_an_id_that_is_in_the_log_and_in_the_error(caplog):
    caplog.set_level(logging.INFO, "synthloop.lims")
    with scripted(GOOD, Answer(status=400)) as server:
        lab = line(server)
        lab.get("/x")
        with pytest.raises(AdapterError) as caught:
            lab.get("/x?secret=1")
        first, second = (asked.headers["X-Request-ID"] for asked in server.asked)
    assert f"request {first}" in caplog.text
    assert f"request {second}" in str(caught.value)
    assert "secret=1" not in str(caught.value), "a query may hold a secret"


def test_a_secret_that_the_server_echoes_is_not_repeated(caplog):
    caplog.set_level(logging.DEBUG)
    echo = Answer(status=401, body=f"unknown token {TOKEN}".encode())
    with scripted(echo) as server:
        lab = line(server)
        with pytest.raises(LabAccessError, match="unknown token …") as caught:
            lab.get("/x")
        config = HttpConfig(url=server.url)
        password = LabHttp(config, "Testlab", auth=("robot", TOKEN))
        with pytest.raises(LabAccessError) as refused:
            password.get("/x")
    told = f"{caught.value} {refused.value} {caplog.text} {lab!r} {vars(lab)!r}"
    assert TOKEN not in told
    assert "Testlab" in told


def test_a_token_that_no_header_can_carry_is_refused_without_being_told():
    with pytest.raises(LabAccessError) as caught:
        LabHttp(HttpConfig(url="https://x.example"), "Testlab", {"Authorization": f"{TOKEN}ü"})
    assert caught.value.__cause__ is None
    assert TOKEN not in str(caught.value)
