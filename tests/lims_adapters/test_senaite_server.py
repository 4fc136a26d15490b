"""The contract of lab adapters, held by SENAITE as it is released."""

from pathlib import Path

import pytest

from loop.core.result import Outcome
from loop.errors import AdapterError
from loop.testing.lab_bench import LabAnswer
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.senaite_real_bench import RealSenaiteBench, RealVerifiedBench
from tests.lims_servers.senaite_server import SenaiteServer
from tests.lims_servers.server import Access, LabServers

pytestmark = pytest.mark.lims
TG = LabAnswer("Tg", "371.2", "K")
TG2 = LabAnswer("Tg", "372.0", "K", replicate=2)
DENSITY = LabAnswer("density", "1.19", "g/cm**3")


@pytest.fixture(scope="session")
def senaite(lab_servers: LabServers) -> Access:
    """Access to a SENAITE."""
    return lab_servers.started(SenaiteServer(lab_servers.home))


class TestContract(LimsAdapterContract):
    bench_class = RealSenaiteBench

    @pytest.fixture(autouse=True)
    def _on_a_fresh_lab(self, tmp_path: Path, senaite: Access):
        self.bench = RealSenaiteBench(tmp_path, senaite)
        yield
        self.bench.close()

    @pytest.mark.skip(reason="its API attaches no file to an analysis; people use its pages")
    def test_files_come_with_their_result(self) -> None: ...

    @pytest.mark.skip(reason="its API names no analyst of an analysis; people use its worksheets")
    def test_who_and_when_come_along_or_stay_empty(self) -> None: ...


@pytest.fixture
def bench(tmp_path: Path, senaite: Access):
    """A campaign of its own, in which submitted results count."""
    made = RealSenaiteBench(tmp_path, senaite)
    yield made
    made.close()


@pytest.fixture
def strict(tmp_path: Path, senaite: Access):
    """A campaign of its own, in which verified results count."""
    made = RealVerifiedBench(tmp_path, senaite)
    yield made
    made.close()


def only(bench, order, cursor=None):
    (batch,) = bench.adapter().poll(cursor, [order]).batches
    return batch


def test_a_submitted_result_waits_for_its_verification(strict):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    name = strict.report(order.order_id, TG)
    poll = strict.adapter().poll(None, [order])
    assert poll.batches == ()
    strict.verify(name)
    (result,) = only(strict, order, poll.cursor).results
    assert (result.value, result.unit) == (371.2, "K")


def test_a_retest_takes_the_place_of_the_result_that_it_repeats(strict):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    name = strict.report(order.order_id, TG)
    strict.people.move(strict.uid(name), "retest", "verified")
    again = strict.uid(name)
    assert strict.adapter().poll(None, [order]).batches == ()
    strict.people.enter_in(again, LabAnswer("Tg", "381.0", "K"))
    strict.people.move(again, "verify", "verified")
    (result,) = only(strict, order).results
    assert result.value == 381.0


def test_a_rejected_analysis_takes_its_value_along(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    name = bench.report(order.order_id, TG)
    before = bench.adapter().poll(None, [order])
    bench.people.move(bench.uid(name), "reject", "rejected")
    assert only(bench, order, before.cursor).results == ()


def test_a_sample_goes_its_whole_way(strict):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    for answer in (TG, TG2, DENSITY):
        strict.verify(strict.report(order.order_id, answer))
    poll = strict.adapter().poll(None, [order])
    (verified,) = poll.batches
    assert sorted(r.value for r in verified.results if r.value) == [1.19, 371.2, 372.0]
    (first,) = strict.people.samples(order.order_id)
    strict.people.move(first["uid"], "publish", "published")
    (published,) = strict.adapter().poll(poll.cursor, [order]).batches
    values = {r.result_id: r.value for r in published.results if r.value}
    assert values == {r.result_id: r.value for r in verified.results if r.value}
    strict.people.move(first["uid"], "invalidate", "invalid")
    # SENAITE makes the sample that takes its place by itself; nothing of it is verified yet.
    (_, second) = strict.people.samples(order.order_id)
    assert only(strict, order, poll.cursor).results == ()
    assert second["id"].endswith("-R01")
    (held,) = [r for r in strict.adapter().inventory([order]) if r.order_id == order.order_id]
    assert held.duplicates == ()


@pytest.mark.parametrize("state", ["cancelled", "published"])
def test_a_remark_on_a_sample_that_takes_none_is_no_matter_of_rights(strict, state):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    if state == "cancelled":
        assert strict.adapter().cancel(order, "no monomer")
    else:
        for answer in (TG, TG2, DENSITY):
            strict.verify(strict.report(order.order_id, answer))
        (sample,) = strict.people.samples(order.order_id)
        strict.people.move(sample["uid"], "publish", "published")
        assert strict.adapter().cancel(order, "too late") is False
    with pytest.raises(AdapterError, match="Remarks"):
        strict.adapter().annotate(order, "too late")


def test_a_refused_cancellation_writes_nothing(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.report(order.order_id, TG)
    before = bench.annotation(order.order_id)
    assert bench.adapter().cancel(order, "too late") is False
    assert bench.annotation(order.order_id) == before


def test_our_words_are_not_written_twice_whatever_senaite_makes_of_them(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    for _ in range(2):
        bench.adapter().annotate(order, "predicted < 400 K & stiff,\n‘fünf’ <b>")
    (sample,) = bench.people.samples(order.order_id)
    remarks = bench.people.record(sample["uid"])["Remarks"]
    assert [remark["user_id"] for remark in remarks] == ["synthloop", "synthloop"]
    assert "predicted &lt; 400 K &amp; stiff,<br>‘fünf’ &lt;b&gt;" in remarks[0]["content"]


def test_a_service_without_manual_detection_limits_loses_the_sign(bench):
    options = bench.options()
    options["results"]["Tg"] = {"field": "TgDMA", "unit": "K"}
    (order,) = bench.orders(1)
    bench.build(options).submit(order)
    (sample,) = bench.people.samples(order.order_id)
    bench.people.receive(order.order_id)
    bench.people.enter(sample, "TgDMA", LabAnswer("Tg", "<100", "degC"))
    (analysis,) = [
        a for a in bench.people.analyses(sample["uid"]) if a["getKeyword"] == "TgDMA"
    ]  # fmt: skip
    # This is SENAITE's own doing: nothing that it holds tells of the sign.
    assert bench.people.record(analysis["uid"])["Result"] == "100"


def test_a_service_for_texts_is_complained_of(bench):
    options = bench.options()
    options["results"]["density"] = {"field": "Colour"}
    places = [problem.place for problem in bench.build(options).check()]
    assert "lims.results.density.field" in places


def test_a_powerless_account_is_a_problem(bench, senaite, tmp_path):
    place = tmp_path / "visitor"
    place.touch(mode=0o600)
    place.write_text(senaite.facts["visitor"])
    options = {**bench.options(), "user": "visitor", "secret": {"file": str(place)}}
    problems = bench.build(options).check()
    assert "lims.user" in [problem.place for problem in problems]


def test_a_rejected_sample_says_its_reason(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.people.receive(order.order_id)
    bench.end(order.order_id, Outcome.FAILED_SYNTHESIS, "gelled in the flask")
    (result,) = only(bench, order).results
    assert result.outcome is Outcome.FAILED_SYNTHESIS
    assert "gelled in the flask" in result.note
