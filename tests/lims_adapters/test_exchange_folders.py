"""Exchange folders on this machine, on a WebDAV server and in a bucket."""

import os
import time

import pytest

from lims_adapters.transport.exchange import FileExchange
from lims_adapters.transport.folder import ExchangeFolder, FolderConfig
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError
from loop.testing.fault_proxy import Fault, by_chance
from loop.testing.lab_bench import LabAnswer
from loop.testing.lims_contract import patient_poll, patient_submit
from tests.lims_adapters.folder_servers import bucket, webdav
from tests.lims_adapters.worksheet_bench import WebdavBench, WorksheetBench

TG = LabAnswer("Tg", "371.2", "K")


@pytest.fixture(scope="session")
def webdav_server(tmp_path_factory):
    home = tmp_path_factory.mktemp("webdav")
    with webdav(home) as address:
        yield address, home


@pytest.fixture
def webdav_bench(webdav_server, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_FOLDER", "geheim")
    address, home = webdav_server
    shared = home / tmp_path.name
    shared.mkdir()
    made = WebdavBench(tmp_path, shared, address)
    made.options = _under(made, tmp_path.name)
    yield made
    made.close()


def _under(made, name):
    plain = made.options

    def options():
        found = plain()
        return {**found, "folder": found["folder"].replace("/team", f"/{name}/team")}

    return options


def test_over_a_bad_line_orders_are_placed_once_and_results_are_read(webdav_bench):
    faults = (
        Fault.SERVER_ERROR,
        Fault.REFUSED,
        Fault.LOST_REPLY,
        Fault.LATE_ERROR,
        Fault.HALF_REPLY,
    )
    webdav_bench.proxy.plan = by_chance(0.12, 3, faults)
    adapter, orders = webdav_bench.adapter, webdav_bench.orders(2)
    for order in orders:
        receipt = patient_submit(adapter(), order)
        assert receipt == _patient(lambda order=order: adapter().find(order.order_id))
    webdav_bench.report(orders[0].order_id, TG)
    poll = patient_poll(adapter(), None, orders)
    (batch,) = poll.batches
    assert [r.value for r in batch.results] == [371.2]
    _patient(lambda: adapter().settle(batch, ()))
    assert patient_poll(adapter(), poll.cursor, orders).batches == ()
    assert [webdav_bench.samples(o.order_id) for o in orders] == [1, 1]
    assert _patient(lambda: adapter().cancel(orders[0], "no time"))
    assert webdav_bench.samples(orders[0].order_id) == 0
    assert sum(e.fault is not Fault.NONE for e in webdav_bench.proxy.exchanges) > 5


@pytest.mark.parametrize(
    "fault", [Fault.SERVER_ERROR, Fault.REFUSED, Fault.GARBAGE, Fault.STALLED, Fault.TOO_MANY]
)
def test_a_broken_answer_is_never_an_empty_lab(webdav_bench, fault):
    order = webdav_bench.orders(1)[0]
    webdav_bench.adapter().submit(order)
    webdav_bench.report(order.order_id, TG)
    webdav_bench.proxy.plan = lambda number, method, path: fault
    for ask in (
        lambda: webdav_bench.adapter().find(order.order_id),
        lambda: webdav_bench.adapter().submit(order),
        lambda: webdav_bench.adapter().poll(None, [order]),
    ):
        with pytest.raises(RetryableAdapterError):
            ask()


def _patient(call):
    for _ in range(50):
        try:
            return call()
        except RetryableAdapterError:
            continue
    raise AssertionError("50 attempts were not enough")


def test_a_refused_password_is_no_empty_folder_and_is_never_shown(webdav_bench):
    order = webdav_bench.orders(1)[0]
    webdav_bench.adapter().submit(order)
    former = webdav_bench.adapter_with_expired_token()
    with pytest.raises(LabAccessError) as caught:
        former.find(order.order_id)
    assert (
        "geheim" not in f"{caught.value}{caught.value.__cause__}{former.check()}{former._config!r}"
    )
    assert "does not let us in" in str(former.check()[0])


def test_a_missing_secret_keeps_orders_waiting(webdav_bench, monkeypatch):
    monkeypatch.delenv("LAB_FOLDER")
    with pytest.raises(LabAccessError, match="LAB_FOLDER is empty"):
        webdav_bench.adapter().find("x")


@pytest.fixture(params=["local", "memory", "webdav", pytest.param("s3", marks=pytest.mark.slow)])
def folder(request, tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_FOLDER", "geheim")
    options = {"user": "lab", "secret": {"env": "LAB_FOLDER"}}
    if request.param == "s3":
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with bucket("lab") as address:
            config = FolderConfig(folder="s3://lab/team", endpoint=address, **options)
            yield ExchangeFolder(config, tmp_path)
        return
    if request.param == "webdav":
        with webdav(tmp_path) as address:
            config = FolderConfig(folder=f"webdav+{address}/team", **options)
            yield ExchangeFolder(config, tmp_path)
        return
    address = f"memory://{tmp_path.name}" if request.param == "memory" else str(tmp_path)
    yield ExchangeFolder(FolderConfig(folder=address), tmp_path)


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_every_kind_of_folder_keeps_files_alike(folder):
    exchange = FileExchange(folder, settle_seconds=0)
    assert exchange.check() == []
    exchange.make()
    folder.write("results/Tg β.csv", b"1")
    folder.write("results/Tg β.csv", b"22")
    assert [(f.name, f.size) for f in folder.files("results")] == [("Tg β.csv", 2)]
    assert folder.read("results/Tg β.csv") == b"22"
    assert folder.exists("results/Tg β.csv")
    assert not folder.exists("results/Tg.csv")
    folder.move("results/Tg β.csv", "recorded/b.csv")
    assert folder.files("results") == []
    assert [f.name for f in folder.files("recorded")] == ["b.csv"]
    assert folder.now("results") >= folder.files("recorded")[0].changed
    folder.remove("recorded/b.csv")
    folder.remove("recorded/b.csv")
    assert folder.files("recorded") == []


def test_a_bucket_with_a_misspelt_name_is_told_not_made(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_FOLDER", "geheim")
    with bucket("lab") as address:
        config = FolderConfig(
            folder="s3://lap/team", endpoint=address, user="lab", secret={"env": "LAB_FOLDER"}
        )
        (problem,) = FileExchange(ExchangeFolder(config, tmp_path), 0).check()
    assert "no bucket 'lap'" in str(problem)


def test_a_server_that_is_away_is_to_be_asked_later(tmp_path):
    away = ExchangeFolder(FolderConfig(folder="webdav+http://127.0.0.1:1/team"), tmp_path)
    with pytest.raises(RetryableAdapterError):
        away.files("results")


ADDRESSES = [
    ("webdav+http://cloud.example.org/lab", "use https"),
    ("webdav+https://ada:pw@cloud.example.org/lab", "no password"),
    ("ftp://cloud.example.org/lab", "begins with one of"),
]


@pytest.mark.parametrize(("address", "expected"), ADDRESSES)
def test_an_unsafe_address_is_refused(address, expected):
    with pytest.raises(ValueError, match=expected):
        FolderConfig(folder=address)


def test_a_file_counts_as_complete_by_the_clock_of_its_own_machine(tmp_path):
    bench = WorksheetBench(tmp_path)
    order = bench.orders(1)[0]
    adapter = bench.adapter(settle_seconds=60)
    adapter.submit(order)
    bench.report(order.order_id, TG)
    assert len(adapter.poll(None, [order]).batches) == 1
    fresh = tmp_path / "results" / "sheet-001.csv"
    os.utime(fresh, (time.time(), time.time()))
    assert adapter.poll(None, [order]).batches == ()
    (tmp_path / "results" / "half.csv.part").write_bytes(b"order_id")
    assert len(bench.adapter().poll(None, [order]).batches) == 1


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_bytes(b"")
    bench = WorksheetBench(tmp_path)
    adapter = bench.adapter(folder=str(tmp_path / "taken"))
    assert "a writable folder" in str(adapter.check()[0])
    with pytest.raises(AdapterError) as caught:
        adapter.submit(bench.orders(1)[0])
    assert not isinstance(caught.value, RetryableAdapterError)
