"""What Kadi4Mat's records say, as far as no server is needed to know it."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from lims_adapters.kadi.config import KadiConfig
from lims_adapters.kadi.layout import layout_problems
from lims_adapters.kadi.order_form import order_body, preview, put, with_our_words
from lims_adapters.kadi.parse import RecordReader
from lims_adapters.kadi.record import Record, keys_of
from lims_adapters.transport.reading import Translator
from loop.core.candidate import Candidate, Material
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.result import Outcome
from loop.errors import Problem
from tests.lims_adapters import lab_orders
from tests.lims_adapters.kadi_bench import MEASUREMENT, sample_mapping

ORDER = WorkOrder(
    order_id="films-r01-x", campaign="films", round_number=1, position=1,
    candidate=Candidate(candidate_id="c", material=Material.POLYMER, structure="*CC(*)O",
                        label="P" * 200, fields={"bath": 80.0}),
    requests=(
        MeasurementRequest(property="Tg", unit="K", replicates=2),
        MeasurementRequest(property="density", unit="g/cm**3"),
    ),
)  # fmt: skip


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
    return list(reader(config(), decimal).of_measurement(held, ORDER))


def reader(options, decimal="point"):
    return RecordReader(options, Translator("Kadi4Mat", options.results, decimal))


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
    ("extras", "where", "expected"),
    [
        ([extra("value", 371.2)], "'value', unit", "a unit, for example K"),
        ([extra("value", 371.2, "furlong")], "'value', unit", "converts to K"),
        ([extra("value", "n.d.", "K")], "'value', value", "decimal point"),
        ([extra("value", "1,234", "K")], "'value', value", "decimal point"),
        ([extra("value", 371.2, "K"), extra("sd", 1.0, "m")], "'value', value", "such as K"),
        ([extra("value", 371.2, "K"), extra("replicate", 0)], "'value', replicate", "from 1"),
        ([extra("value", 371.2, "K"), extra("measured at", "May")], "'value', measured at", "zone"),
        ([extra("property", "")], "'property'", "the property that was measured"),
    ],
)
def test_what_cannot_be_read_names_record_key_and_expectation(extras, where, expected):
    (found,) = measured(*extras)
    assert isinstance(found, Problem)
    assert found.place == f"record films-r01-x (12), {where}"
    assert expected in found.expected


def test_a_number_in_kadi_has_a_point_whatever_people_type():
    (number,) = measured(extra("value", 371.2, "K"), decimal="comma")
    (typed,) = measured(extra("value", "371,2", "K"), decimal="comma")
    assert number.value == typed.value == 371.2


def test_a_record_that_says_yes_is_no_number():
    (found,) = measured({"key": "value", "type": "bool", "value": True, "unit": "K"})
    assert isinstance(found, Problem)


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
    sample = reader(config(measurement=None, results=results), "comma")
    repeats = [extra("", 371.2, "K"), extra("", None, "K"), extra("", 372.4, "K")]
    inside = {"key": "dsc", "type": "dict", "value": [extra("Tg", repeats)]}
    found = list(sample.of_sample(record(inside, extra("density", "1,19")), ORDER))
    assert [(r.property, r.value, r.unit, r.replicate) for r in found] == [
        ("Tg", 371.2, "K", 1), ("Tg", 372.4, "K", 3), ("density", 1.19, "g/cm**3", 1),
    ]  # fmt: skip
    assert [r.result_id for r in found] == [
        "kadi:12/dsc.Tg.1",
        "kadi:12/dsc.Tg.3",
        "kadi:12/density",
    ]


def test_the_status_ends_an_order_or_asks_for_a_person():
    failed = record(extra("status", "Failed"), extra("reason", "gelled"))
    ended = reader(config()).ending(failed, ORDER, [])
    assert (ended.outcome, ended.note) == (
        Outcome.FAILED_SYNTHESIS, "status 'Failed' at the lab: gelled",
    )  # fmt: skip
    odd = reader(config()).ending(record(extra("status", "in quarantine")), ORDER, [])
    assert odd.outcome is Outcome.NEEDS_FOLLOW_UP
    assert reader(config()).ending(record(extra("status", "requested")), ORDER, []) is None


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


TEMPLATES = {
    "polymer-sample": [
        "repeat unit", "status", "reason", "to measure", "remark", "conditions.temperature",
    ]
}  # fmt: skip


def test_the_mapping_is_held_against_the_template():
    films = lab_orders.definition({"kind": "kadi"}, "films", "density")
    assert layout_problems(config(), films, TEMPLATES) == []
    wrong = config(sample={**sample_mapping({"chemist_id": 2}), "status": "stattus"})
    (found,) = layout_problems(wrong, films, TEMPLATES)
    assert (found.place, found.value) == ("lims.sample.status", "stattus")
    assert "did you mean 'status'" in found.expected
    (found,) = layout_problems(config(), films, {"polymer-samples": []})
    assert "did you mean 'polymer-samples'" in found.expected


def test_a_missing_property_and_a_name_too_long_for_an_identifier_are_told():
    long = lab_orders.definition({"kind": "kadi"}, "f" * 40, "density")
    found = layout_problems(config(results={"Tg": {"field": "x"}}), long, TEMPLATES)
    assert [p.place for p in found] == ["lims.results", "slug"]
    assert found[0].value == "density"


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
