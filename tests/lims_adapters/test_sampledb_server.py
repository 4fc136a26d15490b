"""The contract of lab adapters, held by SampleDB as it is released."""

from pathlib import Path

import pytest

from lims_adapters.sampledb.tokens import tokens
from loop.core.result import Outcome
from loop.errors import AdapterError
from loop.testing.fault_proxy import Fault
from loop.testing.lab_bench import LabAnswer
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.sampledb_bench import SampleDBBench, text
from tests.lims_servers.sampledb_server import SampleDBServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims


@pytest.fixture(scope="session")
def sampledb(postgres_server: str, lab_servers: LabServers) -> Access:
    """Access to a SampleDB."""
    return lab_servers.started(SampleDBServer(lab_servers.home, postgres_server))


class TestContract(LimsAdapterContract):
    bench_class = SampleDBBench

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path, sampledb: Access):
        self.bench = SampleDBBench(tmp_path, sampledb)
        yield
        self.bench.close()


@pytest.fixture
def bench(tmp_path: Path, sampledb: Access):
    """A campaign of its own."""
    made = SampleDBBench(tmp_path, sampledb)
    yield made
    made.close()


def exchanges(bench: SampleDBBench) -> int:
    return sum(e.path.endswith("/access_tokens/") for e in bench.proxy.exchanges)


def test_the_token_is_traded_once_for_many_adapters_and_again_when_it_is_refused(bench):
    order = bench.orders(1)[0]
    for _ in range(3):
        bench.adapter().find(order.order_id)
    assert exchanges(bench) == 1
    tokens(bench.proxy.url, bench.secrets[0]).access = "f" * 64
    assert bench.adapter().find(order.order_id) is None
    assert exchanges(bench) == 2


def test_a_refresh_token_that_is_spent_falls_back_on_the_api_token(bench):
    bench.adapter().find("films-r01-x")
    held = tokens(bench.proxy.url, bench.secrets[0])
    held.access = held.refresh = "f" * 64
    assert bench.adapter().find("films-r01-x") is None
    assert exchanges(bench) == 3


def test_an_edit_of_a_person_between_our_reading_and_writing_is_kept(bench):
    (order,) = bench.orders(1)
    receipt = bench.adapter().submit(order)
    edited = []

    def person_is_quicker(number, method, path):
        if path.endswith("/versions/") and not edited:
            edited.append(path)
            bench.write(receipt.external_id, remark=text("it foams"), status=text("in progress"))
        return Fault.NONE

    bench.proxy.plan = person_is_quicker
    bench.adapter().annotate(order, "predicted 362 K")
    held = bench.read(receipt.external_id)
    assert edited
    assert held["version_id"] == 2
    assert held["data"]["remark"]["text"] == "it foams"
    assert held["data"]["prediction"]["text"] == "[synthloop] predicted 362 K"
    assert bench.adapter().cancel(order, "no time")
    assert bench.read(receipt.external_id)["data"]["reason"]["text"] == "no time"


def test_a_measurement_moved_to_another_sample_leaves_the_first(bench):
    orders = bench.orders(2)
    receipts = [bench.adapter().submit(order) for order in orders]
    name = bench.report(orders[0].order_id, LabAnswer("Tg", "371.2", "K"))
    before = bench.adapter().poll(None, orders)
    assert [b.snapshot_of for b in before.batches if b.results] == [(orders[0].order_id,)]
    other = {"_type": "sample", "object_id": int(receipts[1].external_id)}
    bench.write(name, sample=other)
    after = bench.adapter().poll(before.cursor, orders)
    told = {b.snapshot_of[0]: [r.result_id for r in b.results] for b in after.batches}
    assert told == {orders[0].order_id: [], orders[1].order_id: [f"sampledb:{name}"]}


def test_a_sample_keeps_the_numbers_of_the_candidate(bench):
    (order,) = bench.orders(1)
    held = bench.read(bench.adapter().submit(order).external_id)["data"]
    assert (held["temperature"]["magnitude"], held["temperature"]["units"]) == (80.0, "degC")
    assert held["status"]["text"] == "requested"
    assert held["external_id"]["text"] == order.order_id


def test_a_unit_of_another_dimension_is_refused_by_sampledb_itself(bench):
    options = bench.options()
    bath = {"bath": {"field": "temperature", "unit": "g"}}
    options["sample"] = {**options["sample"], "columns": bath}
    with pytest.raises(AdapterError, match="dimensionality"):
        bench.build(options).submit(bench.orders(1)[0])


def test_what_others_do_in_the_same_sampledb_moves_no_cursor(bench, tmp_path, sampledb):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    cursor = bench.adapter().poll(None, [order]).cursor
    stranger = SampleDBBench(tmp_path, sampledb)
    for theirs in stranger.orders(2):
        stranger.place_by_hand(theirs)
    stranger.close()
    poll = bench.adapter().poll(cursor, [order])
    assert (poll.batches, poll.cursor) == ((), cursor)
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K"))
    assert bench.adapter().poll(cursor, [order]).batches


def test_a_hidden_sample_is_told_once_and_read_again_when_it_is_back(bench):
    (order,) = bench.orders(1)
    number = bench.adapter().submit(order).external_id
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K"))
    before = bench.adapter().poll(None, [order])
    bench.delete(order.order_id)
    hidden = bench.adapter().poll(before.cursor, [order])
    ((told,),) = [batch.results for batch in hidden.batches]
    assert (told.outcome, hidden.batches[0].snapshot_of) == (Outcome.NEEDS_FOLLOW_UP, ())
    assert bench.adapter().poll(hidden.cursor, [order]).batches == ()
    bench.show(number)
    back = bench.adapter().poll(hidden.cursor, [order])
    assert [b.results for b in back.batches] == [b.results for b in before.batches]
    assert bench.adapter().poll(back.cursor, [order]).batches == ()
