"""What Kadi4Mat's records say, as far as no server is needed to know it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from lims_adapters.kadi.client import Record, keys_of
from lims_adapters.kadi.compare import Told
from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.layout import layout_problems
from lims_adapters.kadi.order_form import order_body, preview, put, with_our_words
from lims_adapters.kadi.parse import RecordReader
from loop.core.candidate import Candidate, Material
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.result import Outcome
from loop.errors import AdapterError, Problem
from tests.lims_adapters.kadi_bench import MEASUREMENT, definition, sample_mapping


def config(**changes):
    options = {
        "url": "http://127.0.0.1:1",
        "secret": {"env": "X"},
        "sample": sample_mapping({"chemist_id": 2}),
        "measurement": {**MEASUREMENT, "sd": "sd"},
        "status": {"requested": "open", "failed": "failed in synthesis"},
        "results": {"Tg": {"field": "glass transition"}, "density": {"field": "density"}},
        **changes,
    }
    return KadiConfig.model_validate(options)


def extra(key, value, unit=None):
    kinds = {str: "str", float: "float", int: "int", list: "list", type(None): "float"}
    return {"key": key, "type": kinds[type(value)], "value": value, "unit": unit}


def record(*extras):
    return Record(12, "films-r01-x", "measurement", "", extras, "2026-01-01T00:00:00+00:00")


def measured(*extras, decimal="point"):
    about = [extra("property", "Glass transition"), extra("outcome", "valid")]
    given = {e["key"] for e in extras}
    held = record(*extras, *(e for e in about if e["key"] not in given))
    return list(RecordReader(config(), decimal).of_measurement(held, "films-r01-x"))


def test_a_linked_record_gives_its_value_with_unit_spread_and_time():
    (found,) = measured(
        extra("value", 98.05, "degC"), extra("sd", 500.0, "mK"), extra("replicate", 2),
        extra("measured by", "Łukasz"), extra("measured at", "2026-03-31T12:05:00+00:00"),
    )  # fmt: skip
    assert (found.value, found.unit, found.replicate, found.operator) == (
        98.05,
        "degC",
        2,
        "Łukasz",
    )
    assert found.sd == pytest.approx(0.5)
    assert found.measured_at == datetime(2026, 3, 31, 12, 5, tzinfo=UTC)
    assert found.result_id == "kadi:12"


@pytest.mark.parametrize(
    ("extras", "key", "expected"),
    [
        ([extra("value", 371.2)], "value", "a unit beside the value"),
        ([extra("value", "n.d.", "K")], "value", "a number"),
        ([extra("value", "1,234", "K")], "value", "a number"),
        ([extra("value", 371.2, "K"), extra("sd", 1.0, "m")], "sd", "standard deviation"),
        ([extra("value", 371.2, "K"), extra("replicate", 0)], "replicate", "the repeat"),
        ([extra("value", 371.2, "K"), extra("measured at", "May")], "measured at", "time zone"),
        ([extra("property", "")], "property", "the property that was measured"),
    ],
)
def test_what_cannot_be_read_names_record_key_and_expectation(extras, key, expected):
    (found,) = measured(*extras)
    assert isinstance(found, Problem)
    assert found.place == f"record films-r01-x (12), {key!r}"
    assert expected in found.expected


def test_no_value_yet_is_no_result():
    assert measured(extra("value", None, "K")) == []
    assert measured() == []


def test_an_invalid_record_is_no_result_and_an_unknown_word_is_for_a_person():
    assert measured(extra("value", 371.2, "K"), extra("outcome", "invalid")) == []
    (found,) = measured(extra("value", 371.2, "K"), extra("outcome", "dubious"))
    assert found.outcome is Outcome.NEEDS_FOLLOW_UP
    assert "'dubious'" in found.note


def test_another_property_is_left_alone_and_a_slip_of_the_pen_is_not():
    assert measured(extra("value", 371.2, "K"), extra("property", "melting point")) == []
    (found,) = measured(extra("value", 371.2, "K"), extra("property", "glas transition"))
    assert found.outcome is Outcome.NEEDS_FOLLOW_UP


def test_metadata_of_the_sample_hold_values_and_lists_of_repeats():
    results = {"Tg": {"field": "dsc.Tg"}, "density": {"field": "density", "unit": "g/cm**3"}}
    reader = RecordReader(config(measurement=None, results=results), "comma")
    repeats = [extra("", 371.2, "K"), extra("", None, "K"), extra("", 372.4, "K")]
    inside = {"key": "dsc", "type": "dict", "value": [extra("Tg", repeats)]}
    found = list(reader.of_sample(record(inside, extra("density", "1,19")), "films-r01-x"))
    assert [(r.property, r.value, r.unit, r.replicate) for r in found] == [
        ("Tg", 371.2, "K", 1), ("Tg", 372.4, "K", 3), ("density", 1.19, "g/cm**3", 1),
    ]  # fmt: skip
    assert [r.result_id for r in found] == [
        "kadi:12/dsc.Tg.1",
        "kadi:12/dsc.Tg.3",
        "kadi:12/density",
    ]


def test_the_status_ends_an_order_or_asks_for_a_person():
    reader = RecordReader(config(), "point")
    (ended,) = reader.ending(record(extra("status", "Failed"), extra("reason", "gelled")), "x")
    assert (ended.outcome, ended.note) == (
        Outcome.FAILED_SYNTHESIS, "status 'Failed' at the lab: gelled",
    )  # fmt: skip
    (odd,) = reader.ending(record(extra("status", "in quarantine")), "x")
    assert odd.outcome is Outcome.NEEDS_FOLLOW_UP
    assert list(reader.ending(record(extra("status", "requested")), "x")) == []


ORDER = WorkOrder(
    order_id="films-r01-x", campaign="films", round_number=1, position=1,
    candidate=Candidate(candidate_id="c", material=Material.POLYMER, structure="*CC(*)O",
                        label="P" * 200, fields={"bath": 80.0}),
    requests=(MeasurementRequest(property="Tg", unit="K"),),
)  # fmt: skip


def test_an_order_becomes_a_record_with_metadata_inside_others():
    body = order_body(ORDER, config().sample)
    assert (body["identifier"], body["tags"], len(body["title"])) == ("films-r01-x", ["films"], 150)
    assert list(keys_of(body["extras"])) == [
        "status", "repeat unit", "to measure", "conditions", "conditions.temperature",
    ]  # fmt: skip
    assert "conditions.temperature = 80.0 degC" in preview(ORDER, config().sample)


def test_setting_a_key_keeps_its_neighbours():
    extras = [{"key": "a", "type": "dict", "value": [{"key": "b", "type": "str", "value": "1"}]}]
    put(extras, "a.c", {"type": "str", "value": "2"})
    put(extras, "a.b", {"type": "str", "value": "3"})
    assert list(keys_of(extras)) == ["a", "a.b", "a.c"]
    assert extras[0]["value"][0]["value"] == "3"


def test_our_words_replace_ours_and_nothing_of_a_person():
    once = with_our_words("Dry it first.", "predicted 350 K")
    assert with_our_words(once, "362 K") == "Dry it first.\n\n[synthloop] 362 K"


def test_the_cursor_says_what_was_told():
    told = Told({"films-r01-x": "12ab", "films-r01-y": ""})
    assert Told.read(told.text()) == told
    assert Told.read(None).text() is None
    with pytest.raises(AdapterError, match="cursor"):
        Told.read('{"newest": 3, "kadi": 4}')


TEMPLATES = {
    "polymer-sample": [
        "repeat unit", "status", "reason", "to measure", "remark", "conditions.temperature",
    ]
}  # fmt: skip


def test_the_mapping_is_held_against_the_template():
    films = definition("films", {"kind": "kadi"})
    assert layout_problems(config(), films, TEMPLATES) == []
    wrong = config(sample={**sample_mapping({"chemist_id": 2}), "status": "stattus"})
    (found,) = layout_problems(wrong, films, TEMPLATES)
    assert (found.place, found.value) == ("lims.sample.status", "stattus")
    assert "did you mean 'status'" in found.expected
    (found,) = layout_problems(config(), films, {"polymer-samples": []})
    assert "did you mean 'polymer-samples'" in found.expected


def test_a_missing_property_and_a_name_too_long_for_an_identifier_are_told():
    long = definition("f" * 40, {"kind": "kadi"})
    found = layout_problems(config(results={"Tg": {"field": "x"}}), long, TEMPLATES)
    assert [p.place for p in found] == ["lims.results.density", "slug"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sample": {"cancelled": "cancelled"}},
        {"measurement": {"property": "property"}},
        {"measurement": {"validity": "outcome"}},
        {"status": {}},
    ],
)
def test_half_a_mapping_is_refused(changes):
    with pytest.raises(ValidationError):
        config(**changes)
