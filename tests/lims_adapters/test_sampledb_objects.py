"""What SampleDB's objects say, as far as no server is needed to know it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from lims_adapters.sampledb.config import MeasurementMapping, SampleDBConfig
from lims_adapters.sampledb.feed import OVERLAP, FeedMark
from lims_adapters.sampledb.layout import find_layout
from lims_adapters.sampledb.layout_check import layout_problems
from lims_adapters.sampledb.order_form import text_entry, with_our_words
from lims_adapters.sampledb.parse import MeasurementReader, reference, text
from lims_adapters.sampledb.stored import LogEntry, StoredObject
from lims_adapters.transport.mapping import ResultField
from loop.core.result import LabResult, Outcome
from loop.errors import AdapterError, Problem
from tests.lims_adapters import lab_orders
from tests.lims_adapters.sampledb_bench import mapping

LONG = MeasurementMapping(
    action=2, sample="sample", property="property", value="value", unit="unit", sd="sd",
    replicate="replicate", operator="operator", measured_at="at", validity="outcome",
    words={"valid": "valid", "invalid": "invalid"},
)  # fmt: skip
RESULTS = {"Tg": ResultField(field="glass transition"), "wt": ResultField(field="load", unit="g")}


def words(value):
    return {"_type": "text", "text": value}


def quantity(magnitude, units):
    return {"_type": "quantity", "magnitude": magnitude, "units": units}


def read(mapping_=LONG, decimal="point", **fields):
    data = {"property": words("Glass transition"), "outcome": words("valid"), **fields}
    reader = MeasurementReader(mapping_, RESULTS, decimal, {7: "Ada"}.__getitem__)
    return reader.read(StoredObject(12, 0, 2, data), "films-r01-x")


def one(**fields):
    (found,) = read(**fields)
    return found


def test_a_quantity_comes_with_its_unit_spread_and_time():
    found = one(
        value=quantity(98.05, "degC"), sd=quantity(500.0, "mK"), replicate=quantity(2, "1"),
        operator={"_type": "user", "user_id": 7},
        at={"_type": "datetime", "utc_datetime": "2026-03-31 12:05:00"},
    )  # fmt: skip
    assert isinstance(found, LabResult)
    assert (found.value, found.unit, found.replicate, found.operator) == (98.05, "degC", 2, "Ada")
    assert found.sd == pytest.approx(0.5)
    assert found.measured_at == datetime(2026, 3, 31, 12, 5, tzinfo=UTC)
    assert found.result_id == "sampledb:12"


def test_a_limit_and_a_comma_are_read_as_the_campaign_writes_them():
    (found,) = read(decimal="comma", value=words("< 371,2"), unit=words("K"))
    assert (found.value, found.qualifier, found.unit) == (371.2, "<", "K")


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({}, "value", "a value"),
        ({"value": words("n.d."), "unit": words("K")}, "value", "a number"),
        ({"value": words("371.2")}, "value", "a unit beside the value"),
        ({"value": quantity(float("inf"), "K")}, "value", "finite"),
        ({"value": quantity(371, "K"), "sd": quantity(1, "m")}, "sd", "standard deviation"),
        ({"value": quantity(371, "K"), "replicate": quantity(1.5, "1")}, "replicate", "repeat"),
        ({"value": quantity(371, "K"), "at": words("May")}, "at", "a time like"),
        ({"property": words("")}, "property", "the property that was measured"),
    ],
)
def test_what_cannot_be_read_names_object_field_and_expectation(fields, field, expected):
    found = one(**fields)
    assert isinstance(found, Problem)
    assert found.place == f"object 12, field {field!r}"
    assert expected in found.expected


def test_an_invalid_measurement_is_no_result_and_an_unknown_word_is_for_a_person():
    assert read(value=quantity(371, "K"), outcome=words("invalid")) == []
    found = one(value=quantity(371, "K"), outcome=words("dubious"))
    assert found.outcome is Outcome.NEEDS_FOLLOW_UP
    assert "'dubious'" in found.note


def test_another_property_is_left_alone_and_a_slip_of_the_pen_is_not():
    assert read(property=words("melting point"), value=quantity(371, "K")) == []
    found = one(property=words("glas transition"), value=quantity(371, "K"))
    assert found.outcome is Outcome.NEEDS_FOLLOW_UP


def test_an_object_with_a_field_per_property_gives_a_result_per_field():
    wide = MeasurementMapping(action=3, sample="sample")
    fields = {"glass transition": quantity(371, "K"), "load": words("0.5")}
    found = read(mapping_=wide, **fields)
    assert [(r.property, r.value, r.unit) for r in found] == [("Tg", 371, "K"), ("wt", 0.5, "g")]
    assert [r.result_id for r in found] == ["sampledb:12/glass transition", "sampledb:12/load"]


def test_a_text_is_read_in_english_and_a_foreign_reference_is_none():
    assert text({"name": words({"de": "Folie", "en": "film"})}, "name") == "film"
    assert text({"name": words({"de": "Folie"})}, "name") == "Folie"
    assert reference({"sample": {"object_id": 5, "component_uuid": "elsewhere"}}, "sample") is None
    assert text_entry("film", {"languages": ["en"]}) == words({"en": "film"})


def test_our_words_replace_ours_and_nothing_of_a_person():
    once = with_our_words("Dry it first.", "predicted 350 K")
    assert with_our_words(once, "predicted 362 K") == "Dry it first.\n[synthloop] predicted 362 K"


def test_an_entry_whose_transaction_ended_late_is_news_all_the_same():
    mark = FeedMark().advanced([LogEntry(n, "EDIT_OBJECT", 1) for n in (1, 2, 4)], {}, ())
    again = FeedMark.read(mark.text())
    assert again == mark
    entries = [LogEntry(n, "EDIT_OBJECT", 1) for n in (1, 2, 3, 4)]
    assert [e.entry_id for e in again.news(entries)] == [3]
    assert again.since == 0
    far = mark.advanced([LogEntry(1000, "EDIT_OBJECT", 1)], {"a": "1"}, ["films-r01-z"])
    assert (far.since, far.seen, far.early) == (1000 - OVERLAP, {1000}, {"films-r01-z"})


def test_the_cursor_does_not_grow_without_bound():
    mark = FeedMark()
    for number in range(1, 3 * OVERLAP):
        mark = mark.advanced([LogEntry(number, "X", 1)], {f"films-r01-{number}": "d"}, ())
    assert len(mark.seen) == len(mark.told) == OVERLAP


def test_a_cursor_of_another_system_is_refused():
    with pytest.raises(AdapterError, match="cursor"):
        FeedMark.read('{"newest": "2026-01-01"}')


def schema(**types):
    return {"properties": {n: {"type": t, "title": n} for n, t in types.items()}, "required": []}


ABOUT = dict.fromkeys(("operator", "instrument", "remark", "outcome", "property"), "text")
ACTIONS = [
    {"action_id": 1, "name": "Polymer sample", "schema": schema(
        name="text", external_id="text", smiles="text", status="text", reason="text",
        to_measure="text", remark="text", prediction="text", temperature="quantity")},
    {"action_id": 2, "name": "DSC", "schema": schema(
        **ABOUT, sample="sample", replicate="quantity", measured_at="datetime", value="quantity",
        uncertainty="quantity")},
    {"action_id": 3, "name": "Pycnometry", "schema": schema(
        **ABOUT, sample="sample", replicate="quantity", measured_at="datetime",
        density="quantity")},
    {"action_id": 4, "name": "Notebook entry", "schema": schema(
        **ABOUT, sample="sample", replicate="quantity", measured_at="datetime", reading="text",
        unit="text")},
]  # fmt: skip
ACTIONS[2]["schema"]["properties"]["density"]["units"] = "g/cm**3"
ACTIONS[1]["schema"]["properties"]["outcome"]["choices"] = ["valid", "invalid"]


def config(**changes):
    options = {
        "url": "http://127.0.0.1:1",
        "secret": {"env": "X"},
        **mapping({"notebook_action": 4}),
    }
    for path, value in changes.items():
        where, _, key = path.partition("__")
        options[where] = {**options[where], key: value} if key else value
    return SampleDBConfig.model_validate(options)


def problems(actions=ACTIONS, **changes):
    return layout_problems(
        config(**changes), lab_orders.definition({"kind": "sampledb"}, "films", "density"), actions
    )


def test_a_mapping_that_fits_has_no_problems():
    assert problems() == []
    assert find_layout(config(), ACTIONS).sample.action_id == 1


@pytest.mark.parametrize(
    ("changes", "place", "expected"),
    [
        ({"sample__status": "stattus"}, "lims.sample.status", "did you mean 'status'"),
        ({"sample__action": "Polymer samples"}, "lims.sample.action", "'Polymer sample'"),
        ({"sample__structure": "temperature"}, "lims.sample.structure", "a field that is a text"),
        ({"results": {"Tg": {"field": "Tg"}}}, "lims.results.density", "word or field"),
    ],
)
def test_a_mapping_that_does_not_fit_is_named_with_what_was_meant(changes, place, expected):
    found = problems(**changes)
    assert any(p.place == place and expected in p.expected for p in found), found


def test_a_unit_a_choice_and_a_required_field_are_checked():
    actions = [dict(a, schema={**a["schema"]}) for a in ACTIONS]
    actions[0]["schema"] = {**ACTIONS[0]["schema"], "required": ["name", "batch"]}
    fields = {**ACTIONS[2]["schema"]["properties"], "density": {"type": "quantity", "units": "m"}}
    actions[2]["schema"] = {**ACTIONS[2]["schema"], "properties": fields}
    outcome = {"type": "text", "choices": ["valid", "invalide"]}
    fields = {**ACTIONS[1]["schema"]["properties"], "outcome": outcome}
    actions[1]["schema"] = {**ACTIONS[1]["schema"], "properties": fields}
    told = {(p.place, p.value) for p in problems(actions)}
    assert told == {
        ("lims.sample", "batch"),
        ("lims.results.density", "density in m"),
        ("lims.measurements[0].words.invalid", "invalid"),
    }


def test_two_actions_of_one_name_are_told_apart_by_number():
    found = problems([*ACTIONS, {**ACTIONS[0], "action_id": 9}])
    assert [p.place for p in found] == ["lims.sample.action"]
    assert "1, 9" in found[0].expected
    with pytest.raises(AdapterError, match="does not have the actions"):
        find_layout(config(), ACTIONS[1:])


@pytest.mark.parametrize(
    "changes",
    [
        {"sample": {"action": 1, "order_id": "id", "cancelled": "cancelled"}},
        {"measurements": [{"action": 2, "sample": "sample", "property": "property"}]},
        {"measurements": [{"action": 2, "sample": "sample", "validity": "outcome"}]},
        {"measurements": []},
        {"status": {}},
    ],
)
def test_half_a_mapping_is_refused(changes):
    with pytest.raises(ValidationError):
        config(**changes)
