"""What the MADSci adapter writes and reads, without a server."""

import pytest

from lims_adapters.madsci.adapter import MadsciLab
from lims_adapters.madsci.config import MadsciConfig
from lims_adapters.madsci.names import sample_id, ulid
from lims_adapters.madsci.parse import ExperimentReader, substance
from lims_adapters.transport.fingerprints import Fingerprints
from lims_adapters.transport.reading import Translator
from loop.core.lab_ports import LabContext
from loop.core.result import Outcome
from loop.errors import AdapterError
from tests.lims_adapters.lab_orders import definition, orders, pool

OPTIONS = {
    "url": "http://127.0.0.1:1", "data_url": "http://127.0.0.1:2",
    "experiment_url": "http://127.0.0.1:3",
    "results": {"Tg": {"field": "tg", "unit": "K"}, "density": {"field": "density"}},
}  # fmt: skip
CONFIG = MadsciConfig.model_validate(OPTIONS)
ORDER = orders(1, "films")[0]
EXPERIMENT = {"_id": "E", "status": "in_progress"}


def point(name, value, label="tg", stamp="1"):
    return {
        "_id": name, "label": label, "data_type": "json", "value": value, "data_timestamp": stamp,
        "ownership_info": {"experiment_id": "E"},
    }  # fmt: skip


def read(*points, status="in_progress"):
    reader = ExperimentReader(CONFIG, Translator("MADSci", CONFIG.results, "point"))
    return reader.read(ORDER, {**EXPERIMENT, "status": status}, points)


def test_our_ids_are_ulids_and_the_same_for_ever():
    # Samples at labs carry it: another value would order everything anew.
    assert sample_id("films-r01-0123456789") == "0016FSWJT8SBJ514VYKWP31JPH"
    assert sample_id("a") != sample_id("b")
    for name in (sample_id("a"), ulid("x", "y")):
        assert len(name) == 26 and set(name) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        assert name[0] == "0"


def test_a_bare_number_takes_its_unit_from_the_mapping():
    (result,) = read(point("A", 371.25)).results
    assert (result.value, result.unit, result.result_id) == (371.25, "K", "madsci:A")


def test_a_correction_keeps_the_id_of_the_first_datapoint():
    told = read(
        point("A", {"value": 371.2, "unit": "K"}),
        point("B", {"value": 365.9, "unit": "K", "supersedes": "A"}, stamp="2"),
        point("C", {"value": 366.1, "unit": "K", "supersedes": "B"}, stamp="3"),
    )
    assert [(r.result_id, r.value) for r in told.results] == [("madsci:A", 366.1)]


def test_a_clock_that_went_back_does_not_undo_a_correction():
    told = read(
        point("A", 371, stamp="2"), point("B", {"value": 366, "supersedes": "A"}, stamp="1")
    )
    assert [(r.result_id, r.value) for r in told.results] == [("madsci:A", 366.0)]


def test_a_withdrawal_takes_one_value_and_leaves_the_other():
    told = read(
        point("A", 371),
        point("B", 372),
        point("C", {"supersedes": "A", "withdrawn": True}, stamp="2"),
    )
    assert [r.result_id for r in told.results] == ["madsci:B"]


def test_datapoints_are_repeats_in_the_order_in_which_they_came():
    told = read(point("B", 372, stamp="2"), point("A", 371, stamp="1"))
    assert [(r.result_id, r.replicate) for r in told.results] == [("madsci:A", 1), ("madsci:B", 2)]


@pytest.mark.parametrize(
    ("value", "label", "shown"),
    [
        ({"value": 1.19}, "density", "1.19"),
        ("n.d.", "tg", "n.d."),
        (True, "tg", "true"),
        ({"value": 371, "unit": "MPa"}, "tg", "MPa"),
        ({"value": 371, "supersedes": "Z"}, "tg", "Z"),
        ({"value": 371, "files": ["F"]}, "tg", "F"),
    ],
)
def test_what_cannot_be_understood_names_the_datapoint(value, label, shown):
    told = read(point("A", value, label))
    assert told.results == ()
    assert any("datapoint A" in p.place and shown in p.value for p in told.problems)


def test_an_experiment_that_failed_after_all_values_came_is_for_a_person():
    values = [
        point("A", 371),
        point("B", 372),
        point("D", {"value": 1.19, "unit": "g/cm**3"}, "density"),
    ]
    told = read(*values, status="failed")
    assert [r.outcome for r in told.results[:3]] == [Outcome.MEASURED] * 3
    assert told.results[3].outcome is Outcome.NEEDS_FOLLOW_UP


def test_a_document_of_ours_is_no_news():
    values = [point("A", 371)]
    ours = {"_id": "F", "label": "report.pdf", "data_type": "file"}
    assert substance(EXPERIMENT, values, CONFIG) == substance(EXPERIMENT, [*values, ours], CONFIG)


def test_managers_that_anybody_reaches_are_named_by_the_check():
    options = {**OPTIONS, "url": "https://resources.example.org"}
    config = MadsciConfig.model_validate({**options, "timeout_seconds": 0.2})
    context = LabContext("films", definition({"kind": "madsci"}, "films", "density"), None, pool(0))
    open_places = [p.place for p in MadsciLab(config, context)._unguarded()]
    assert open_places == ["lims.url"]


def test_a_cursor_of_another_system_is_refused():
    with pytest.raises(AdapterError, match="cursor"):
        Fingerprints.read('{"newest": 4}')


def test_a_cursor_remembers_what_was_read():
    seen = Fingerprints().advanced({"films-r01-a": "0011"})
    again = Fingerprints.read(seen.text())
    assert again.of("films-r01-a") == "0011" and again.of("films-r01-b") == ""
    assert Fingerprints().text() is None
