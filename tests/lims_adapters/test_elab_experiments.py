"""What is eLabFTW's own: searches for a part, scopes, locks, deleted entries, metadata as text."""

import json

import pytest

from loop.core.result import Outcome
from loop.errors import AdapterError
from loop.testing.lab_bench import LabAnswer
from tests.lims_adapters.elab_bench import ElabBench
from tests.lims_doubles.elabftw import ARCHIVED, DELETED

TG = LabAnswer("Tg", "371.2", "K")


@pytest.fixture
def bench(tmp_path):
    made = ElabBench(tmp_path)
    yield made
    made.close()


def entry_of(bench, order):
    return bench.site.experiments[bench.numbers(order.order_id)[0]]


def values(poll):
    return [(r.property, r.value) for batch in poll.batches for r in batch.results]


def test_a_new_order_has_a_field_to_fill_in_for_every_measurement(bench):
    (order,) = bench.orders(1)
    receipt = bench.adapter().submit(order)
    fields = bench.site.fields(int(receipt.external_id))
    asked = {name: (f["type"], f.get("unit")) for name, f in fields.items()}
    assert asked == {
        "Order ID": ("text", None), "Tg": ("number", "K"), "Tg (2)": ("number", "K"),
        "Density": ("number", "g/cm**3"), "Reason": ("text", None), "Prediction": ("text", None),
    }  # fmt: skip
    entry = entry_of(bench, order)
    assert order.candidate.structure in entry["body"]
    assert (bench.site.categories[entry["category"]], entry["tags"]) == ("Polymer", "contract")
    assert bench.site.statuses[entry["status"]] == "To do"


def test_a_search_for_a_part_in_any_case_finds_nobody_else_s(bench):
    first, second = bench.orders(2)
    bench.adapter().submit(first)
    assert bench.adapter().find(first.order_id.upper()) is None
    assert bench.adapter().find(first.order_id.replace("-", "_")) is None
    assert bench.adapter().find(second.order_id) is None


def test_what_a_colleague_made_is_seen_whatever_the_scope_of_the_account(bench):
    (order,) = bench.orders(1)
    bench.place_by_hand(order)
    bench.report(order.order_id, TG)
    assert bench.adapter().find(order.order_id) is not None
    assert values(bench.adapter().poll(None, [order])) == [("Tg", 371.2)]


def test_a_deleted_experiment_is_told_and_one_in_the_archive_stays(bench):
    first, second = bench.orders(2)
    for order in (first, second):
        bench.adapter().submit(order)
        bench.report(order.order_id, TG)
    before = bench.adapter().poll(None, [first, second])
    entry_of(bench, second)["state"] = ARCHIVED
    entry_of(bench, first)["state"] = DELETED
    (batch,) = bench.adapter().poll(before.cursor, [first, second]).batches
    assert batch.token == first.order_id
    assert batch.snapshot_of == ()
    assert [r.outcome for r in batch.results] == [Outcome.NEEDS_FOLLOW_UP]


def test_values_count_when_the_entry_is_locked_where_that_is_asked_for(bench):
    (order,) = bench.orders(1)
    options = {**bench.options(), "accept": "locked"}
    bench.adapter().submit(order)
    bench.report(order.order_id, TG)
    first = bench.build(options).poll(None, [order])
    assert first.batches == ()
    entry_of(bench, order)["locked"] = 1
    assert values(bench.build(options).poll(first.cursor, [order])) == [("Tg", 371.2)]


def test_a_locked_entry_is_not_written_and_is_no_refused_key(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    entry_of(bench, order)["locked"] = 1
    assert bench.adapter().cancel(order, "no time") is False
    with pytest.raises(AdapterError, match="is locked") as refused:
        bench.adapter().annotate(order, "predicted 350 K")
    assert type(refused.value) is AdapterError


def test_our_words_leave_the_fields_of_people_alone(bench):
    (order,) = bench.orders(1)
    number = int(bench.adapter().submit(order).external_id)
    bench.site.set_field(number, "Solvent", type="select", value="THF", options=["THF", "DMF"])
    bench.adapter().annotate(order, "predicted 350 ± 12 K")
    fields = bench.site.fields(number)
    assert fields["Solvent"] == {"type": "select", "value": "THF", "options": ["THF", "DMF"]}
    assert fields["Prediction"]["value"] == "predicted 350 ± 12 K"


def test_a_field_that_somebody_removed_is_named(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    entry = entry_of(bench, order)
    metadata = json.loads(entry["metadata"])
    del metadata["extra_fields"]["Prediction"]
    entry["metadata"] = json.dumps(metadata)
    with pytest.raises(AdapterError, match="'Prediction'"):
        bench.adapter().annotate(order, "predicted 350 K")


def test_the_reason_of_a_failure_comes_along(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.end(order.order_id, Outcome.FAILED_SYNTHESIS, "gelled – schade")
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert "gelled – schade" in batch.results[0].note


def test_a_document_of_ours_is_replaced_and_one_of_people_is_not(bench):
    (order,) = bench.orders(1)
    number = int(bench.adapter().submit(order).external_id)
    bench.site.add_upload(number, "report.txt", None, b"theirs")
    for content in (b"first", b"second"):
        bench.adapter().attach(order, "report.txt", "text/plain", content)
    assert bench.documents(order.order_id) == {"report.txt": b"second"}
    held = [u["content"] for u in bench.site.uploads.values() if u["state"] == 1]
    assert sorted(held) == [b"second", b"theirs"]


def test_a_file_that_is_not_what_its_digest_says_is_refused(bench):
    (order,) = bench.orders(1)
    bench.adapter().submit(order)
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K", files={"a.csv": b"one"}))
    (batch,) = bench.adapter().poll(None, [order]).batches
    (attachment,) = batch.results[0].attachments
    assert bench.adapter().open_attachment(attachment) == b"one"
    next(iter(bench.site.uploads.values()))["content"] = b"two"
    with pytest.raises(AdapterError, match="SHA-256"):
        bench.adapter().open_attachment(attachment)


def test_a_key_that_may_only_read_is_a_problem(bench):
    bench.site.can_write = 0
    (problem,) = bench.adapter().check()
    assert (problem.place, "may only read" in problem.value) == ("lims.secret", True)


def test_check_names_the_near_titles(bench):
    wrong = {**bench.options(), "cancelled": "Canceled", "category": "Polymers"}
    wrong["status"] = {**wrong["status"], "Succes": "measured"}
    found = {problem.place: str(problem) for problem in bench.build(wrong).check()}
    assert "'Cancelled'" in found["lims.cancelled"]
    assert "'Polymer'" in found["lims.category"]
    assert "'Success'" in found["lims.status.Succes"]


def test_a_field_that_somebody_spoiled_holds_up_its_own_order_only(bench):
    first, second = bench.orders(2)
    for order in (first, second):
        bench.adapter().submit(order)
        bench.report(order.order_id, TG)
    entry_of(bench, first)["metadata"] = json.dumps(
        {"extra_fields": {"Order ID": {"value": first.order_id}, "Tg": "371.2"}}
    )
    spoiled, good = bench.adapter().poll(None, [first, second]).batches
    assert [(p.value, "a unit" in p.expected) for p in spoiled.problems] == [("371.2", True)]
    assert [r.value for r in good.results] == [371.2]
