"""The contract of lab adapters, held by Kadi4Mat as it is released."""

from pathlib import Path

import pytest

from loop.core.result import Outcome
from loop.errors import AdapterError, RetryableAdapterError
from loop.testing.fault_proxy import Fault, flawless
from loop.testing.lab_bench import LabAnswer
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.kadi_bench import KadiBench
from tests.lims_servers.kadi_server import KadiServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="session")
def kadi(postgres_server: str, lab_servers: LabServers) -> Access:
    """Access to a Kadi4Mat."""
    return lab_servers.started(KadiServer(lab_servers.home, postgres_server))


class TestContract(LimsAdapterContract):
    bench_class = KadiBench

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path, kadi: Access):
        self.bench = KadiBench(tmp_path, kadi)
        yield
        self.bench.close()


@pytest.fixture
def bench(tmp_path: Path, kadi: Access):
    """A campaign of its own."""
    made = KadiBench(tmp_path, kadi)
    yield made
    made.close()


def test_a_record_in_the_trash_keeps_its_identifier_and_we_say_so(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.delete(order.order_id)
    assert bench.adapter().find(order.order_id) is None
    with pytest.raises(AdapterError, match="is taken") as refused:
        bench.adapter().submit(order)
    assert "trash" in refused.value.hint


def test_a_record_that_disappears_is_shown_to_a_person(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    before = bench.adapter().poll(None, [order])
    bench.delete(order.order_id)
    (batch,) = bench.adapter().poll(before.cursor, [order]).batches
    assert [r.outcome for r in batch.results] == [Outcome.NEEDS_FOLLOW_UP]


def test_a_token_with_too_few_scopes_is_a_problem(bench, kadi, monkeypatch):
    monkeypatch.setenv("KADI_NARROW_TOKEN", kadi.facts["synthloop_reader"])
    options = {**bench.options(), "secret": {"env": "KADI_NARROW_TOKEN"}}
    (problem,) = bench.build(options).check()
    assert problem.place == "lims.secret"
    assert "scope" in problem.value
    assert kadi.facts["synthloop_reader"] not in str(problem)


def test_a_link_that_is_cut_takes_its_result_along(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    number = bench.report(order.order_id, LabAnswer("Tg", "371.2", "K"))
    before = bench.adapter().poll(None, [order])
    (link,) = bench.ask("GET", f"records/{number}/records")["items"]
    bench.ask("DELETE", f"records/{number}/records/{link['id']}")
    (batch,) = bench.adapter().poll(before.cursor, [order]).batches
    assert (batch.results, batch.snapshot_of) == ((), (order.order_id,))


def test_results_in_the_metadata_of_the_sample_itself(bench):
    results = {"Tg": {"field": "dsc.Tg"}, "density": {"field": "density"}}
    options = {**bench.options(), "measurement": None, "results": results}
    del options["sample"]["template"]
    (order,) = bench.orders(1)
    bench.build(options).submit(order)
    held = bench.read(order.order_id)
    repeats = [{"type": "float", "value": v, "unit": "K"} for v in (371.2, 372.4)]
    dsc = {"key": "dsc", "type": "dict", "value": [{"key": "Tg", "type": "list", "value": repeats}]}
    density = {"key": "density", "type": "float", "value": 1.19, "unit": "g/cm**3"}
    extras = [*held["extras"], dsc, density]
    bench.ask("PATCH", f"records/{held['id']}", json={"extras": extras})
    (batch,) = bench.build(options).poll(None, [order]).batches
    assert [(r.property, r.value, r.replicate) for r in batch.results] == [
        ("Tg", 371.2, 1), ("Tg", 372.4, 2), ("density", 1.19, 1),
    ]  # fmt: skip


def test_a_record_whose_sharing_was_lost_is_shared_when_it_is_found(bench):
    (order,) = bench.orders(1)

    def lose_the_sharing(number, method, path):
        return Fault.UNAVAILABLE if "/roles/" in path else Fault.NONE

    bench.proxy.plan = lose_the_sharing
    with pytest.raises(RetryableAdapterError):
        bench.adapter().submit(order)
    bench.proxy.plan = flawless
    assert bench.adapter().find(order.order_id) is not None
    assert bench.read(order.order_id)["identifier"] == order.order_id


def test_a_file_that_was_replaced_is_not_the_one_that_was_told_of(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    number = bench.report(order.order_id, LabAnswer("Tg", "371.2", "K", files={"a.csv": b"one"}))
    (batch,) = bench.adapter().poll(None, [order]).batches
    (attachment,) = batch.results[0].attachments
    assert bench.adapter().open_attachment(attachment) == b"one"
    (file,) = bench.ask("GET", f"records/{number}/files")["items"]
    upload = bench.ask("PUT", f"records/{number}/files/{file['id']}", json={"size": 3})["id"]
    bench.ask("PUT", f"records/{number}/uploads/{upload}", content=b"two")
    with pytest.raises(AdapterError, match="MD5"):
        bench.adapter().open_attachment(attachment)


def test_a_document_of_the_same_name_is_replaced(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    for content in (b"first", b"second"):
        bench.adapter().attach(order, "report.txt", "text/plain", content)
    assert bench.documents(order.order_id) == {"report.txt": b"second"}
