"""The push door as senders meet it: a real server, real requests, a real campaign behind it."""

import hashlib
import hmac
import itertools
import json
import shutil
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import uvicorn

from loop.core.state import OrderStatus
from loop.errors import ConfigError
from loop.push.app import build_app
from loop.push.config import PushConfig, read_push_config
from loop.push.deliveries import DeliveryBook
from loop.push.receiver import Receiver
from loop.push.signature import stamped
from loop.push.waking import Waker
from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import write_small_campaign
from loop.wiring import build

PATH = "/campaigns/small/results"
SECRET, BELL = "kalium-permanganat", "glocke"


class Running:
    """A door that serves, and the campaign behind it."""

    def __init__(self, folder, per_minute=6000, largest_kb=20, now=time.time):
        self.numbers = itertools.count(5000)
        self.door = build(Settings(workspace=folder, actor="ada"))
        self.config = PushConfig.model_validate(
            {
                "largest_kb": largest_kb,
                "senders": {
                    "dsc": {
                        "secret": {"env": "DSC"},
                        "campaigns": ["small", "gone"],
                        "per_minute": per_minute,
                    },
                    "other": {"secret": {"env": "OTHER"}, "campaigns": ["elsewhere"]},
                    "sampledb": {
                        "secret": {"env": "BELL"},
                        "campaigns": ["small"],
                        "form": "sampledb",
                    },
                },
            }
        )
        book = DeliveryBook(folder / ".synthloop" / "deliveries.db")
        self.receiver = Receiver(self.config, self.door.service, book, now)
        self.waker = Waker(self.door.worker)
        app = build_app(self.receiver, self.waker)
        self.server = uvicorn.Server(
            uvicorn.Config(app, port=0, log_level="warning", ws="none", lifespan="off")
        )
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __enter__(self):
        self.waker.__enter__()
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            time.sleep(0.01)
        return self

    def __exit__(self, *error):
        self.server.should_exit = True
        self.thread.join()
        self.waker.__exit__(None, None, None)
        self.socket.close()
        self.door.close()

    def orders(self):
        return [o.order_id for o in self.door.queries.view("small").orders]

    def values(self):
        return {m.order_id: m.value for m in self.door.queries.view("small").measurements}

    def send(self, body, *, nonce=None, sender="dsc", secret=SECRET, path=PATH, at=None):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = int(time.time()) if at is None else at
        nonce = f"nonce-{next(self.numbers):04d}" if nonce is None else nonce
        headers = stamped(sender, secret, path, content, at=at, nonce=nonce)
        return httpx.post(self.url + path, content=content, headers=headers, timeout=20)


@pytest.fixture(scope="module", autouse=True)
def secrets():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("DSC", SECRET), ("OTHER", "anders"), ("BELL", BELL)):
            patch.setenv(name, value)
        yield


def opened(folder):
    path = write_small_campaign(
        folder, lims='kind = "worksheet"\nsettle_seconds = 0\n', experiments=4
    )
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(path, Ask.by("ada"))
    door.worker.run("small")
    door.close()
    return folder


@pytest.fixture(scope="module")
def ordered(tmp_path_factory):
    """A campaign whose orders are placed, to copy: the opening takes most of the time."""
    return opened(tmp_path_factory.mktemp("ordered"))


@pytest.fixture
def campaign(ordered, tmp_path):
    shutil.copytree(ordered, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="module")
def shut(ordered, tmp_path_factory):
    """A door for deliveries that are all refused, so that one campaign serves them all."""
    home = tmp_path_factory.mktemp("shut")
    shutil.copytree(ordered, home, dirs_exist_ok=True)
    with Running(home) as made:
        yield made
        assert made.values() == {}


@pytest.fixture
def running(campaign):
    with Running(campaign) as made:
        yield made


def said(order, value=61.5, unit="MPa", **more):
    return {"order_id": order, "result_id": "1", "property": "strength", "value": value,
            "unit": unit} | more  # fmt: skip


def push(*results):
    return {"results": list(results)}


def test_results_are_taken_in_by_the_same_checks_as_every_labs(running):
    first, second, third, _ = running.orders()
    answer = running.send(
        push(
            said(first, 61500, "kPa", operator="bo", measured_at="2026-03-01T10:00:00+01:00"),
            said(second, 40.0, replicate=1),
            {"order_id": third, "result_id": "x", "outcome": "failed in synthesis", "note": "tar"},
        )
    )
    assert (answer.status_code, answer.json()["recorded"], answer.json()["ended"]) == (200, 2, 1)
    assert running.values() == {first: pytest.approx(61.5), second: 40.0}
    view = running.door.queries.view("small")
    assert {m.recorded_by for m in view.measurements} == {"dsc"}
    assert {m.source for m in view.measurements} == {"pushed by dsc"}
    assert [o.status for o in view.orders].count(OrderStatus.FAILED) == 1
    running.door.worker.run("small")


def test_a_repeated_delivery_is_answered_as_the_first_time(running):
    order = running.orders()[0]
    first = running.send(push(said(order)), nonce="nonce-0001")
    version = running.door.queries.view("small").summary.version
    again = running.send(push(said(order)), nonce="nonce-0001")
    assert (again.status_code, again.json()) == (200, first.json())
    assert running.door.queries.view("small").summary.version == version
    assert first.json()["recorded"] == 1
    other = running.send(push(said(order, 70.0)), nonce="nonce-0001")
    assert other.status_code == 409 and "nonce" in other.json()["error"]
    assert running.values() == {order: 61.5}
    corrected = running.send(push(said(order, 70.0)), nonce="nonce-0002")
    assert corrected.json()["corrected"] == 1 and running.values() == {order: 70.0}
    # The first delivery comes once more, signed anew: it undoes nothing.
    assert running.send(push(said(order)), nonce="nonce-0001").json() == first.json()
    assert running.values() == {order: 70.0}


def test_the_first_answer_outlives_the_door(campaign):
    with Running(campaign) as one:
        order = one.orders()[0]
        refused = one.send(push(said(order, unit="kg")), nonce="nonce-0001")
        taken = one.send(push(said(order)), nonce="nonce-0002")
    with Running(campaign) as two:
        assert two.send(push(said(order, unit="kg")), nonce="nonce-0001").text == refused.text
        assert two.send(push(said(order)), nonce="nonce-0002").text == taken.text


def test_after_a_crash_before_the_answer_was_kept_nothing_is_recorded_twice(campaign):
    with Running(campaign) as one:
        order = one.orders()[0]
        one.send(push(said(order)), nonce="nonce-0001")
    (campaign / ".synthloop" / "deliveries.db").unlink()
    with Running(campaign) as two:
        answer = two.send(push(said(order)), nonce="nonce-0001")
        assert answer.json() | {"version": 0} == {
            "version": 0, "recorded": 0, "corrected": 0, "known": 1, "ended": 0,
        }  # fmt: skip
        assert len(two.door.queries.view("small").measurements) == 1


TAMPERED = {
    "body": lambda body, headers, path: (body.replace(b"61.5", b"91.5"), headers, path),
    "path": lambda body, headers, path: (body, headers, "/campaigns/gone/results"),
    "nonce": lambda body, headers, path: (body, headers | {"X-Synthloop-Nonce": "n" * 9}, path),
    "time": lambda body, headers, path: (body, headers | {"X-Synthloop-Timestamp": "1"}, path),
    "sender": lambda body, headers, path: (body, headers | {"X-Synthloop-Sender": "other"}, path),
    "stranger": lambda body, headers, path: (body, headers | {"X-Synthloop-Sender": "eve"}, path),
    "webhook": lambda body, headers, path: (body, headers | {"X-Synthloop-Sender": "sampledb"}, path),
    "unsigned": lambda body, headers, path: (body, {}, path),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_not_signed_as_it_stands_is_refused_alike(shut, what):
    body = json.dumps(push(said(shut.orders()[0]))).encode()
    headers = stamped("dsc", SECRET, PATH, body, at=int(time.time()), nonce="nonce-0001")
    content, headers, path = TAMPERED[what](body, headers, PATH)
    answer = httpx.post(shut.url + path, content=content, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("not signed by a sender that is known here")
    assert shut.values() == {}


@pytest.mark.parametrize("late", [-301, 301, None])
def test_an_old_stamp_is_refused_and_told_the_time(shut, late):
    at = 0 if late is None else int(time.time()) + late + (1 if late > 0 else -1)
    answer = shut.send(push(said(shut.orders()[0])), at=at)
    assert answer.status_code == 401 and "from the time here" in answer.json()["error"]
    assert shut.values() == {}


@pytest.mark.parametrize("nonce", ["short", "n" * 65, "white space here"])
def test_a_nonce_has_its_form(shut, nonce):
    answer = shut.send(push(said(shut.orders()[0])), nonce=nonce)
    assert answer.status_code == 401 and "8 to 64" in answer.json()["error"]


def test_a_sender_writes_to_its_own_campaigns_only(shut):
    body = push(said(shut.orders()[0]))
    assert shut.send(body, sender="other", secret="anders").status_code == 403
    gone = shut.send(body, path="/campaigns/gone/results")
    assert gone.status_code == 404 and "gone" in gone.json()["error"]
    assert shut.values() == {}


FAULTS = [
    (lambda o: said("small-r01-none"), "results[0].order_id", "small-r01-none", "an order"),
    (lambda o: said(o, property="colour"), "results[0].property", "colour", "strength"),
    (lambda o: said(o, unit="kg"), "results[0].unit", "61.5 kg", "converts to MPa"),
    (lambda o: said(o, unit="furlongs"), "results[0].unit", "61.5 furlongs", "converts to MPa"),
    (lambda o: said(o, unit=""), "results[0].unit", "61.5", "with its unit"),
    (lambda o: said(o, 5000.0), "results[0].value", "5000", "between -50 and 200"),
    (lambda o: said(o, "61.5"), "results[0].value", "61.5", "number"),
    (lambda o: said(o, None), "results[0].value", "nothing", "a value"),
    (lambda o: said(o, colour="red"), "results[0].colour", "red", "not permitted"),
    (lambda o: said(o, measured_at="2026-03-01T10:00:00"), "results[0].measured_at", "2026", "timezone"),
    (lambda o: said(o, outcome="done"), "results[0].outcome", "done", "measured"),
    (lambda o: said(o, replicate=0), "results[0].replicate", "0", "greater than or equal to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "place", "value", "expected"), FAULTS)
def test_a_fault_names_its_field_and_takes_the_rest_with_it(shut, wrong, place, value, expected):
    order, sound = shut.orders()[:2]
    answer = shut.send(push(wrong(order), said(sound)))
    assert answer.status_code == 422
    (fault,) = answer.json()["problems"]
    assert fault["place"] == place and value in fault["value"] and expected in fault["expected"]
    assert shut.values() == {}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"results": []}', b'{"results": [NaN]}', b"\xff"]
)
def test_what_is_no_delivery_is_refused_in_words(shut, body):
    answer = shut.send(body)
    assert answer.status_code == 422 and answer.json()["problems"]


def test_too_much_is_refused_before_it_is_read(shut):
    answer = shut.send(b" " * 20_001)
    assert answer.status_code == 413 and "20000 bytes" in answer.json()["error"]
    with socket.create_connection(shut.socket.getsockname()) as line:
        line.settimeout(10)
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n"
        line.sendall(head.encode())
        assert b" 413 " in line.recv(100)


def test_too_much_without_a_length_is_cut_off(shut):
    def parts():
        for _ in range(30):
            yield b" " * 1000

    answer = httpx.post(shut.url + PATH, content=parts())
    assert answer.status_code == 413


def test_two_posts_at_once_are_both_taken_and_the_same_one_once(running):
    orders = running.orders()
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(running.send, push(said(order, 50.0 + n)), nonce=f"nonce-{n:04d}")
            for n, order in enumerate(orders)
            for _ in range(2)
        ]
        answers = [job.result() for job in jobs]
    assert [a.status_code for a in answers] == [200] * 8
    assert [a.json()["recorded"] for a in answers] == [1] * 8
    assert sorted(running.values().values()) == [50.0, 51.0, 52.0, 53.0]
    assert len(running.door.queries.view("small").measurements) == 4


def test_who_comes_too_often_is_told_when_to_come_again(campaign):
    with Running(campaign, per_minute=2) as running:
        order = running.orders()[0]
        answers = [running.send(push(said(order))) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert 1 <= int(answers[2].headers["Retry-After"]) <= 30


def bell(running, secret=BELL, name="sampledb", slug="small"):
    body = json.dumps({"log_entries": [{"object_id": 1}]}).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return httpx.post(
        f"{running.url}/campaigns/{slug}/wake/{name}",
        content=body,
        headers={"X-Sampledb-Signature": signature, "X-Sampledb-Event-Type": "OBJECT_LOG"},
    )


def test_a_bell_makes_the_lab_be_asked_and_nothing_more(running, campaign):
    order = running.orders()[0]
    results = campaign / "exchange" / "small" / "results"
    sheet = f"order_id,strength [MPa]\n{order},33\n"
    (results / "a.csv").write_text(sheet, encoding="utf-8")
    assert bell(running).status_code == 202
    deadline = time.monotonic() + 20
    while running.values() != {order: 33.0}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert list(results.iterdir()) == []


def test_a_bell_is_rung_by_those_who_may(shut):
    assert bell(shut, secret="wrong").status_code == 401
    assert bell(shut, secret=SECRET, name="dsc").status_code == 401
    assert bell(shut, name="nobody").status_code == 401
    assert bell(shut, slug="gone").status_code == 403


def test_the_form_is_described_and_no_secret_is_told(shut, capfd):
    described = httpx.get(shut.url + "/openapi.json").json()
    post = described["paths"]["/campaigns/{slug}/results"]["post"]
    assert set(post["responses"]) == {
        "200", "401", "403", "404", "408", "409", "413", "422", "429", "503",
    }  # fmt: skip
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    fields = schema["properties"]["results"]["items"]
    assert set(fields["required"]) == {"order_id", "result_id"}
    assert {"X-Synthloop-Nonce", "X-Synthloop-Signature"} <= {p["name"] for p in post["parameters"]}
    assert httpx.get(shut.url + "/docs").status_code == 404
    shut.send(push(said(shut.orders()[0])), secret="falsch")
    told = "".join(capfd.readouterr()) + json.dumps(described) + repr(shut.config)
    assert SECRET not in told and "falsch" not in told


def test_a_secret_that_is_gone_is_the_doors_trouble(shut, monkeypatch):
    monkeypatch.delenv("DSC")
    answer = shut.send(push(said(shut.orders()[0])))
    assert answer.status_code == 503 and "DSC" not in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "senders"),
        ("[senders.a]\ncampaigns = ['x']\n", "senders.a.secret"),
        ("[senders.a]\nsecret = {env = 'A'}\ncampaigns = []\n", "senders.a.campaigns"),
        ("[senders.a]\nsecret = 'word'\ncampaigns = ['x']\n", "senders.a.secret"),
        ("[senders", "cannot be read"),
    ],
)
def test_a_file_of_senders_is_read_in_words(tmp_path, text, expected):
    path = tmp_path / "door.toml"
    with pytest.raises(ConfigError, match="no such file"):
        read_push_config(path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_push_config(path)
    assert expected in str(refused.value)
