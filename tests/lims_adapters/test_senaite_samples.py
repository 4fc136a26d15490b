"""What is SENAITE's own: retests, invalid samples, partitions, rejections, ignored filters."""

from datetime import datetime, timedelta

import pytest

from loop.core.result import Outcome
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError
from loop.testing.fault_proxy import Fault
from loop.testing.lab_bench import LabAnswer
from tests.lims_adapters.senaite_bench import SenaiteBench, VerifiedBench
from tests.lims_doubles import senaite

TG, TG2 = LabAnswer("Tg", "371.2", "K"), LabAnswer("Tg", "372.4", "K", replicate=2)
DENSITY = LabAnswer("density", "1.19", "g/cm**3")


@pytest.fixture
def bench(tmp_path):
    made = SenaiteBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def strict(tmp_path):
    made = VerifiedBench(tmp_path)
    yield made
    made.close()


def values(poll):
    return [(r.property, r.value) for batch in poll.batches for r in batch.results]


def test_a_result_that_is_only_submitted_does_not_count_where_verified_ones_do(strict):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    SenaiteBench.report(strict, order.order_id, TG)
    assert strict.adapter().poll(None, [order]).batches == ()


def test_a_retested_analysis_stays_verified_and_no_longer_counts(strict):
    (order,) = strict.orders(1)
    strict.adapter().submit(order)
    strict.report(order.order_id, DENSITY)
    name = SenaiteBench.report(strict, order.order_id, TG)
    old = strict.analysis(*name.split("/"))
    strict.site.move(old, "retest")
    assert old["review_state"] == "verified"
    first = strict.adapter().poll(None, [order])
    assert values(first) == [("density", 1.19)]
    strict.report(order.order_id, LabAnswer("Tg", "369.5", "K"))
    assert strict.analysis(*name.split("/"))["id"] == "TgDSC-1"
    second = strict.adapter().poll(first.cursor, [order])
    assert values(second) == [("Tg", 369.5), ("density", 1.19)]


def test_a_retest_is_the_same_result_corrected(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    name = bench.report(order.order_id, TG)
    first = bench.adapter().poll(None, [order])
    bench.edit(name, LabAnswer("Tg", "365.9", "K"))
    second = bench.adapter().poll(first.cursor, [order])
    (before,), (after,) = first.batches[0].results, second.batches[0].results
    assert (before.result_id, before.value) == (after.result_id, 371.2)
    assert after.value == 365.9


def test_the_sample_that_repeats_an_invalid_one_takes_its_place(strict):
    (order,) = strict.orders(1)
    receipt = strict.adapter().submit(order)
    for answer in (TG, TG2, DENSITY):
        strict.report(order.order_id, answer)
    first = strict.adapter().poll(None, [order])
    assert len(values(first)) == 3
    strict.site.move(strict.sample(order.order_id), "invalidate")
    second = strict.adapter().poll(first.cursor, [order])
    assert [(b.results, b.snapshot_of) for b in second.batches] == [((), (order.order_id,))]
    repeat = strict.site.samples(order.order_id)[1]
    assert repeat["id"].endswith("-R01")
    strict.site.write(strict.analysis(repeat["uid"], "Density"), {"Result": "1.21"}, "analyst")
    for transition in ("submit", "verify"):
        strict.site.move(strict.analysis(repeat["uid"], "Density"), transition)
    assert values(strict.adapter().poll(second.cursor, [order])) == [("density", 1.21)]
    (held,) = strict.adapter().inventory([order])
    assert (held.external_id, held.duplicates) == (receipt.external_id, ())
    assert strict.adapter().find(order.order_id) == receipt


def test_analyses_in_a_partition_are_the_order_s_and_the_partition_is_no_copy(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.report(order.order_id, TG)
    bench.report(order.order_id, DENSITY)
    bench.site.split(bench.sample(order.order_id), {"Density"})
    assert values(bench.adapter().poll(None, [order])) == [("Tg", 371.2), ("density", 1.19)]
    (held,) = bench.adapter().inventory([order])
    assert (held.duplicates, len(held.results)) == ((), 2)


def test_a_filter_that_the_catalog_ignores_finds_nobody_else_s_sample(bench, monkeypatch):
    for catalog in list(senaite.INDEXES):
        monkeypatch.setitem(senaite.INDEXES, catalog, senaite.BASE_INDEXES)
    first, second, third = bench.orders(3)
    for order in (first, second):
        bench.adapter().submit(order)
    bench.report(first.order_id, TG)
    bench.report(second.order_id, LabAnswer("Tg", "300", "K"))
    assert bench.adapter().find(third.order_id) is None
    assert bench.adapter().find(second.order_id).order_id == second.order_id
    poll = bench.adapter().poll(None, [first, second])
    assert [r.value for batch in poll.batches for r in batch.results] == [371.2, 300.0]


def test_a_refused_transition_is_an_answer_and_changes_nothing(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.report(order.order_id, TG)
    remarks = list(bench.sample(order.order_id)["Remarks"])
    assert bench.adapter().cancel(order, "too late") is False
    assert bench.sample(order.order_id)["Remarks"] == remarks
    assert bench.sample(order.order_id)["review_state"] == "sample_received"


def test_a_transition_that_is_refused_with_success_is_no_success(bench):
    bench.site.refuses_silently = True
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.report(order.order_id, TG)
    assert bench.adapter().cancel(order, "too late") is False


def test_a_cancelled_order_says_why_at_the_lab(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    assert bench.adapter().cancel(order, "no monomer") is True
    assert "no monomer" in bench.sample(order.order_id)["Remarks"][0]["content"]


def test_the_reasons_of_a_rejection_tell_what_failed(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.end(order.order_id, Outcome.FAILED_MEASUREMENT, "pan leaked")
    (batch,) = bench.adapter().poll(None, [order]).batches
    (result,) = batch.results
    assert result.outcome is Outcome.FAILED_MEASUREMENT
    assert "pan leaked" in result.note


def test_a_state_of_an_analysis_that_senaite_does_not_have_is_for_a_person(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    name = bench.report(order.order_id, TG)
    bench.analysis(*name.split("/"))["review_state"] = "panic"
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [(r.outcome, r.value) for r in batch.results] == [(Outcome.NEEDS_FOLLOW_UP, None)]
    assert "panic" in batch.results[0].note


def test_the_number_of_a_choice_is_no_value(bench):
    (order,) = bench.orders(1)
    service = bench.site.named("AnalysisService", "Keyword", "TgDSC")
    service["ResultOptions"] = [{"ResultValue": "1", "ResultText": "glassy"}]
    bench.adapter().submit(order)
    bench.report(order.order_id, LabAnswer("Tg", "1", "K"))
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert batch.results == ()
    assert "choose from a list" in batch.problems[0].expected


def test_repeats_are_ordered_as_services_of_their_own(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    analyses = bench.site.analyses(bench.sample(order.order_id)["uid"])
    assert [a["Keyword"] for a in analyses] == ["TgDSC", "TgDSC2", "Density"]
    assert "TgDSC, TgDSC2, Density" in bench.adapter().preview(order)


def test_a_sample_is_dated_by_the_lab_s_clock(bench):
    bench.skew_clock(-3600)
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    sampled = datetime.fromisoformat(bench.sample(order.order_id)["DateSampled"])
    assert sampled <= datetime.fromisoformat(bench.site.now()) + timedelta(seconds=2)


def test_remarks_of_people_stay_and_ours_is_not_written_twice(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.site.write(bench.sample(order.order_id), {"Remarks": "looks cloudy"}, "rita")
    for _ in range(2):
        bench.adapter().annotate(order, "predicted < 400 K & stiff")
    written = [remark["content"] for remark in bench.sample(order.order_id)["Remarks"]]
    assert written[:2] == [
        "<p>[synthloop] predicted &lt; 400 K &amp; stiff</p>",
        "<p>looks cloudy</p>",
    ]
    assert len(written) == 3


def test_a_document_of_the_same_name_gets_the_new_content(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    for content in (b"first", b"second"):
        bench.adapter().attach(order, "report.txt", "text/plain", content)
    assert bench.documents(order.order_id) == {"report.txt": b"second"}


def test_check_names_every_part_of_the_mapping_that_does_not_fit(bench):
    wrong = {
        **bench.options(), "contact": "Rita Mohala",
        "results": {"density": {"field": "TgDMA", "repeats": ["Densty"]}},
    }  # fmt: skip
    found = {problem.place: str(problem) for problem in bench.build(wrong).check()}
    assert "'Rita Mohale'" in found["lims.contact"]
    assert "'degC'" in found["lims.results.density.field"]
    assert "'Density'" in found["lims.results.density.repeats[0]"]
    bench.site.users["synthloop"][1][:] = ["Member", "Authenticated"]
    (rights,) = bench.adapter().check()
    assert (rights.place, "LabClerk" in rights.expected) == ("lims.user", True)


def test_an_order_with_a_wrong_mapping_is_refused_with_the_near_name(bench):
    (order,) = bench.orders(1)
    with pytest.raises(AdapterError, match="Polymer"):
        bench.adapter_with_wrong_mapping().submit(order)
    assert bench.samples(order.order_id) == 0


def test_an_empty_list_is_only_believed_of_a_lab_that_knows_us(bench):
    (order,) = bench.orders(1)
    assert bench.adapter().find(order.order_id) is None
    with pytest.raises(LabAccessError, match="does not know user"):
        bench.adapter_with_expired_token().find(order.order_id)


@pytest.mark.parametrize("state", ["cancelled", "published"])
def test_a_remark_on_a_sample_that_takes_none_is_no_matter_of_rights(bench, state):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.set_status(order.order_id, state)
    with pytest.raises(AdapterError, match="Remarks") as refused:
        bench.adapter().annotate(order, "too late")
    assert not isinstance(refused.value, LabAccessError)


def test_a_reply_that_is_lost_with_a_cancellation_is_no_refused_secret(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    lost = []

    def lose_the_first(number, method, path):
        if "/update/" in path and not lost:
            lost.append(number)
            return Fault.LOST_REPLY
        return Fault.NONE

    bench.proxy.plan = lose_the_first
    assert bench.adapter().cancel(order, "no monomer") is True


def test_a_service_without_manual_detection_limits_loses_the_sign(bench):
    options = bench.options()
    options["results"]["Tg"] = {"field": "TgDMA"}
    (order,) = bench.orders(1)
    bench.build(options).submit(order)
    sample = bench.receive(order.order_id)
    bench.site.write(bench.analysis(sample["uid"], "TgDMA"), {"Result": "<100"}, "rita")
    assert bench.analysis(sample["uid"], "TgDMA")["Result"] == "100"
    assert bench.analysis(sample["uid"], "TgDMA")["DetectionLimitOperand"] == ""


def test_an_answer_that_names_no_sample_is_no_receipt(bench):
    """Seen at a real server where two samples were made at the same moment."""
    (order,) = bench.orders(1)
    bench.site.unnamed = 1
    with pytest.raises(RetryableAdapterError, match="does not name what was made"):
        bench.adapter().submit(order)
    assert bench.adapter().find(order.order_id) is not None
    assert bench.samples(order.order_id) == 1
