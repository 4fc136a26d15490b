"""The contract of lab adapters, held by Benchling as its API file describes it."""

import base64
import logging
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from lims_adapters.benchling.config import BenchlingConfig
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError
from loop.testing.fault_proxy import Fault, flawless
from loop.testing.lab_bench import LabAnswer
from loop.testing.lab_reader import LabReader
from loop.testing.lims_cases import density, tg
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.benchling_bench import EXPIRED, MEASUREMENT, SAMPLE, STATUS, BenchlingBench
from tests.lims_doubles.benchling import APP, REGISTRY


class TestContract(LimsAdapterContract):
    bench_class = BenchlingBench


@pytest.fixture
def bench(tmp_path: Path):
    made = BenchlingBench(tmp_path)
    yield made
    made.close()


def _placed(bench: BenchlingBench, n: int = 1):
    orders = bench.orders(n)[:n]
    for order in orders:
        bench.adapter().submit(order)
    return orders


def _read(bench: BenchlingBench, orders, **changes):
    """Return a reader that has read all there is."""
    reader = LabReader(lambda: bench.build(**changes), orders)
    reader.read()
    return reader


def test_an_edit_at_benchling_withdraws_the_old_value_and_brings_the_new_one(bench):
    (order,) = _placed(bench)
    first = bench.report(order.order_id, tg())
    reader = _read(bench, [order])
    bench.withdraw(first)
    second = bench.report(order.order_id, tg("365.9"))
    (batch,) = reader.read()
    assert batch.snapshot_of == (order.order_id,)
    assert set(reader.measured) == {f"benchling:{second}/tg"}
    assert reader.values(order.order_id, "Tg") == [365.9]


@pytest.mark.parametrize("field", ["tg", "whole"])
def test_a_value_that_a_reviewer_struck_out_does_not_count(bench, field):
    (order,) = _placed(bench)
    bad = bench.report(order.order_id, tg("99"))
    bench.report(order.order_id, tg("372.4", replicate=2))
    reader = _read(bench, [order])
    assert reader.values(order.order_id, "Tg") == [99.0, 372.4]
    if field == "tg":
        verdict = {"tg": {"validationStatus": "INVALID", "validationComment": "wrong pan"}}
        bench.tenant.results[bad]["fieldValidation"] = verdict
    else:
        bench.tenant.results[bad]["validationStatus"] = "INVALID"
    reader.read()
    assert reader.values(order.order_id, "Tg") == [372.4]


def test_only_reviewed_results_where_the_campaign_wants_that(bench):
    (order,) = _placed(bench)
    result = bench.report(order.order_id, tg())
    measurement = {**MEASUREMENT, "reviewed_only": True}
    reader = _read(bench, [order], measurement=measurement)
    assert reader.values(order.order_id, "Tg") == []
    bench.tenant.results[result]["isReviewed"] = True
    reader.read()
    assert reader.values(order.order_id, "Tg") == [371.2]


def test_a_result_about_two_samples_is_shown_to_a_person(bench):
    orders = _placed(bench, 2)
    fields = bench.fields(orders[0].order_id, tg())
    both = [bench.entities(order.order_id)[0]["id"] for order in orders]
    bench.enter([{**fields, "sample": {"value": both}}], "Tg")
    reader = _read(bench, orders)
    assert reader.measured == {}
    assert {p.value for p in reader.problems} == {", ".join(both)}


def test_the_unit_that_the_schema_gives_a_field_comes_with_its_values(bench):
    (order,) = _placed(bench)
    bench.report(order.order_id, density("1190", ""))
    result = next(iter(bench.tenant.results.values()))
    symbol = {"id": "unit_1", "name": "kilogram per cubic metre", "symbol": "kg/m**3"}
    result["fields"]["rho"]["unit"] = symbol
    reader = _read(bench, [order])
    assert reader.values(order.order_id, "density") == [1.19]


def test_lists_are_read_to_their_end(bench):
    bench.tenant.page = 2
    orders = _placed(bench, 5)
    for row, order in enumerate(orders):
        bench.report(order.order_id, tg(str(300 + row)))
    reader = _read(bench, orders)
    assert [reader.values(o.order_id, "Tg") for o in orders] == [[300.0 + r] for r in range(5)]
    assert len(list(bench.adapter().inventory(orders))) == 5


def test_a_spent_window_of_requests_is_waited_for(bench):
    (order,) = _placed(bench)
    bench.report(order.order_id, tg())
    bench.tenant.limit, bench.tenant.window_seconds = 3, 0.5
    began = time.monotonic()
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [result.value for result in batch.results] == [371.2]
    # Six requests; the window is of three, and its rest is told in whole seconds.
    assert time.monotonic() - began > 0.5


def test_the_pace_keeps_within_what_all_keys_of_a_tenant_share():
    assert BenchlingConfig.model_fields["requests_per_second"].default * 30 < 60


def test_a_registry_that_has_the_name_gives_the_order_that_is_there(bench):
    sample = {**SAMPLE, "registry": "Films", "naming": "IDS_FROM_NAMES"}
    order = bench.orders(1)[0]
    receipts = {bench.build(sample=sample).submit(order) for _ in range(2)}
    assert len(receipts) == 1
    (entity,) = bench.entities(order.order_id)
    assert (entity["registryId"], entity["entityRegistryId"]) == (REGISTRY, order.order_id)


def test_an_entity_that_was_renamed_is_found_by_its_alias(bench):
    (order,) = _placed(bench)
    (entity,) = bench.tenant.entities.values()
    entity["aliases"], entity["_names"], entity["name"] = [order.order_id], ["PF1"], "PF1"
    bench.tenant.entities[entity["id"]] = entity
    assert bench.adapter().find(order.order_id).external_id == entity["id"]


def test_what_is_written_are_the_candidate_and_what_to_measure(bench):
    (order,) = _placed(bench)
    fields = bench.entities(order.order_id)[0]["fields"]
    assert fields["Candidate"]["value"] == order.candidate.label
    assert fields["Repeat unit"]["value"] == order.candidate.structure
    assert fields["Status"]["displayValue"] == "Requested"
    assert fields["Bath temperature"]["value"] == order.candidate.fields["truth"]
    assert fields["To measure"]["value"] == "Tg in K, 2 x; density in g/cm**3, 1 x"


def test_what_people_wrote_beside_our_words_stays(bench):
    (order,) = _placed(bench)
    entity = bench.entities(order.order_id)[0]["id"]
    path = f"custom-entities/{entity}"
    bench.ask("PATCH", path, json={"fields": {"synthloop": {"value": "ask Otto"}}})
    bench.adapter().annotate(order, "predicted 362 K")
    assert bench.annotation(order.order_id) == "ask Otto\n\n[synthloop] predicted 362 K"


@pytest.mark.parametrize(
    ("changes", "place", "near"),
    [
        ({"sample": {**SAMPLE, "entity_schema": "Polymer flim"}}, "entity_schema", "Polymer film"),
        ({"sample": {**SAMPLE, "cancelled": "Canceled"}}, "sample.cancelled", "Cancelled"),
        ({"sample": {**SAMPLE, "folder": "lib_wrong"}}, "sample.folder", "lib_R8KcsjhW"),
        ({"status": {**STATUS, "Dnoe": "measured"}}, "status.Dnoe", "Done"),
        ({"measurement": {**MEASUREMENT, "replicate": "repaet"}}, "replicate", "repeat"),
        ({"measurement": {**MEASUREMENT, "sample": "unit"}}, "sample", "links to an entity"),
        (
            {"sample": {**SAMPLE, "registry": "Flims", "naming": "NEW_IDS"}},
            "sample.registry",
            "Films",
        ),
        (
            {"results": {"Tg": {"result_schema": "Glas transition", "field": "tg"}}},
            "result_schema",
            "Glass transition",
        ),
        (
            {"results": {"Tg": {"result_schema": "Glass transition", "field": "tgg"}}},
            "results.Tg.field",
            "'tg'",
        ),
    ],
)
def test_check_names_what_is_wrong_and_what_was_meant(bench, changes, place, near):
    problems = bench.build(**changes).check()
    assert [p for p in problems if place in p.place and near in p.expected], problems


def test_two_schemas_of_one_name_are_told_apart_by_their_id(bench):
    other = {**bench.tenant.entity_schemas[0], "id": "ts_film0002"}
    bench.tenant.entity_schemas.append(other)
    (problem,) = bench.adapter().check()
    assert "ts_film0001, ts_film0002" in problem.expected
    assert bench.build(sample={**SAMPLE, "entity_schema": "ts_film0001"}).check() == []


def test_a_file_at_a_host_that_is_not_named_is_not_fetched(bench):
    (order,) = _placed(bench)
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K", files={"curve.csv": b"1;2"}))
    reader = _read(bench, [order])
    (attachment,) = next(iter(reader.measured.values())).attachments
    elsewhere = bench.build(files_url="https://files.example.org")
    with pytest.raises(AdapterError, match="files_url") as refused:
        elsewhere.open_attachment(attachment)
    assert bench.options()["files_url"] in refused.value.hint
    assert "Signature" not in f"{refused.value} {refused.value.hint}"
    assert bench.adapter().open_attachment(attachment) == b"1;2"


def test_a_file_too_large_for_one_request_is_refused_before_it_goes_out(bench):
    (order,) = _placed(bench)
    with pytest.raises(AdapterError, match="10000001 bytes"):
        bench.adapter().attach(order, "big.bin", "application/octet-stream", b"0" * 10_000_001)
    assert bench.documents(order.order_id) == {}


def test_a_refused_order_says_why_in_the_words_of_benchling(bench):
    sample = {**SAMPLE, "columns": {"truth": "Documents"}}
    with pytest.raises(AdapterError, match="Invalid id 300"):
        bench.build(sample=sample).submit(bench.orders(1)[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"folder": ""},
        {"registry": "Films"},
        {"status": "", "requested": "", "cancelled": "Cancelled"},
    ],
)
def test_a_mapping_that_cannot_work_is_refused_before_anything_is_asked(bench, wrong):
    with pytest.raises(ValidationError):
        bench.build(sample={**SAMPLE, **wrong})


def test_a_file_that_is_gone_takes_neither_its_result_nor_other_files_along(bench):
    (order,) = _placed(bench)
    files = {"curve.csv": b"1;2", "photo.png": b"\x89PNG"}
    bench.report(order.order_id, LabAnswer("Tg", "371.2", "K", files=files))
    gone = next(
        api_id for api_id, blob in bench.tenant.blobs.items() if blob["name"] == "photo.png"
    )
    del bench.tenant.blobs[gone]
    (result,) = _read(bench, [order]).measured.values()
    assert [file.name for file in result.attachments] == ["curve.csv", gone]


def test_an_app_signs_in_and_again_when_its_token_has_run_out(bench):
    order = bench.orders(1)[0]
    adapter = bench.build(client_id=APP)
    assert adapter.check() == []
    receipt = adapter.submit(order)
    assert bench.tenant.tokens == 1
    bench.tenant.token = "another"
    assert adapter.find(order.order_id) == receipt
    assert bench.tenant.tokens == 2
    assert bench.samples(order.order_id) == 1


def test_an_app_with_a_wrong_secret_is_not_let_in(bench, caplog):
    caplog.set_level(logging.DEBUG)
    adapter = bench.build(client_id=APP, secret={"file": str(bench.folder / "expired")})
    with pytest.raises(LabAccessError) as refused:
        adapter.find("contract-r01-0000000000")
    (problem,) = adapter.check()
    assert problem.place == "lims.secret"
    basic = base64.b64encode(f"{APP}:{EXPIRED}".encode()).decode()
    for secret in (EXPIRED, basic):
        assert secret not in f"{refused.value} {refused.value.hint} {problem} {caplog.text}"


def test_a_token_that_the_server_says_back_is_not_repeated(bench):
    adapter = bench.build(client_id=APP)
    adapter.check()
    bench.tenant.key, bench.tenant.token, old = "changed", "changed", bench.tenant.token
    with pytest.raises(LabAccessError, match="Invalid credentials") as refused:
        adapter.find("contract-r01-0000000000")
    assert old not in str(refused.value)


def test_a_sign_in_that_breaks_is_no_refused_secret(bench):
    bench.proxy.plan = lambda number, method, path: Fault.GARBAGE
    with pytest.raises(RetryableAdapterError) as broken:
        bench.build(client_id=APP).find("contract-r01-0000000000")
    bench.proxy.plan = flawless
    assert not isinstance(broken.value, LabAccessError)


def test_a_filter_that_is_ignored_gives_nobody_the_values_of_another(bench):
    orders = _placed(bench, 3)
    for row, order in enumerate(orders):
        bench.report(order.order_id, tg(str(300 + row)))
    bench.tenant.ignores_filters = True
    reader = _read(bench, orders[1:2])
    assert {r.order_id: r.value for r in reader.measured.values()} == {orders[1].order_id: 301.0}
    assert bench.adapter().find("contract-r01-nobody") is None
    assert bench.adapter().find(orders[2].order_id) != bench.adapter().find(orders[0].order_id)
