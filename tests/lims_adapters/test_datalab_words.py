"""What the datalab adapter writes and reads, without a server."""

import re

import pytest

from lims_adapters.datalab.config import DatalabConfig
from lims_adapters.datalab.names import is_order, item_id, marked
from lims_adapters.datalab.parse import SampleReader
from lims_adapters.datalab.tables import from_file, from_html
from lims_adapters.transport.reading import Translator
from loop.core.canonical import digest
from loop.core.result import Outcome
from loop.errors import DataError, RetryableAdapterError
from tests.lims_adapters.lab_orders import orders

LEGAL = re.compile(r"^(?:[a-zA-Z0-9]+|[a-zA-Z0-9][a-zA-Z0-9._-]+[a-zA-Z0-9])$")
CONFIG = DatalabConfig.model_validate(
    {
        "url": "http://127.0.0.1:1", "secret": {"env": "NOBODY"}, "ignore": ["yield"],
        "results": {"Tg": {"field": "glass transition", "unit": "K"}, "density": {"field": "density"}},
    }
)  # fmt: skip
ORDER = orders(1, "films")[0]


def read(content: bytes, name: str = "results.csv", sha256: str = "", **item):
    file = {
        "immutable_id": "f1",
        "name": name,
        "original_name": name,
        "checksums": {"sha256": sha256 or digest(content)},
    }
    whole = {
        "item_id": ORDER.order_id, "refcode": "lab:ABC", "status": "active", "files": [file],
        "blocks_obj": {}, **item,
    }  # fmt: skip
    reader = SampleReader(
        CONFIG, Translator("datalab", CONFIG.results, "point"), lambda *_: content
    )
    return reader.read(ORDER, whole)


@pytest.mark.parametrize(
    "order_id", ["films-r01-0123456789", "a" * 48 + "-r01-0123456789", "x_", "größe-r01", "%", "-"]
)
def test_every_order_id_becomes_a_legal_item_id(order_id):
    name = item_id(order_id)
    assert LEGAL.match(name) and len(name) <= 40
    assert item_id(order_id) == name
    assert is_order({"item_id": name, "name": marked("PS", order_id)}, order_id)


def test_a_legal_order_id_stays_as_it_is():
    assert item_id(ORDER.order_id) == ORDER.order_id


def test_ids_that_are_cut_alike_stay_apart_and_are_not_taken_for_each_other():
    first, second = (f"{'a' * 45}-r0{n}-0123456789" for n in (1, 2))
    assert item_id(first) != item_id(second)
    assert not is_order({"item_id": item_id(first), "name": marked("PS", second)}, first)
    assert not is_order({"item_id": item_id(first), "name": "renamed", "description": ""}, first)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_is_read_whatever_parts_its_cells(mark):
    lines = [["Property", " VALUE ", "unit"], ["glass transition", "371.2", "K"]]
    content = "\n".join(mark.join(line) for line in lines).encode("utf-8-sig")
    told = read(content)
    assert [(r.property, r.value, r.unit) for r in told.results] == [("Tg", 371.2, "K")]
    assert told.results[0].result_id == "datalab:lab:ABC/glass transition/1"
    assert told.results[0].place == "results.csv, row 2"


def test_json_and_a_table_in_a_comment_say_the_same():
    told = read(
        b'[{"property": "density", "value": 1.19, "unit": "g/cm**3", "sd": null}]', "results.json"
    )
    table = "<table><tr><th>property</th><th>value</th><th>unit</th></tr><tr><td><p>density</p></td><td>1.19</td><td>g/cm**3</td></tr></table>"
    block = {
        "blocktype": "comment",
        "title": "Results",
        "freeform_comment": f"<p>as typed</p>{table}",
    }
    typed = read(b"", files=[], blocks_obj={"b": block})
    assert [r.value for r in told.results] == [r.value for r in typed.results] == [1.19]
    assert typed.results[0].place == "block 'Results', row 2"


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("glass transision,371.2,K", "glass transision"),
        ("density,1.19,", "1.19"),
        ("density,1.19,MPa", "MPa"),
        ("density,n.d.,g/cm**3", "n.d."),
    ],
)
def test_what_cannot_be_understood_names_row_and_value(row, shown):
    told = read(f"property,value,unit\n{row}\n".encode())
    assert told.results == ()
    (problem,) = told.problems
    assert "results.csv, row 2" in problem.place and shown in problem.value
    assert ORDER.order_id in problem.source


def test_repeats_without_numbers_are_not_guessed():
    told = read(b"property,value,unit\nglass transition,371,K\nglass transition,372,K\n")
    assert "number the repeats" in told.problems[0].expected


def test_a_table_of_another_order_is_refused():
    told = read(b"order_id,property,value,unit\nfilms-r01-other,density,1.19,g/cm**3\n")
    assert told.problems[0].value == "films-r01-other"


def test_what_the_mapping_leaves_out_on_purpose_is_passed():
    told = read(b"property,value,unit\nyield,81,percent\ndensity,1.19,g/cm**3\n")
    assert [r.property for r in told.results] == ["density"]


def test_a_failure_says_where_and_why():
    told = read(b"property,value,note\nfailure,measurement,film cracked\n", status="failed")
    (end,) = told.results
    assert end.outcome is Outcome.FAILED_MEASUREMENT and "film cracked" in end.note


def test_a_word_outside_the_mapping_is_shown_to_a_person():
    (end,) = read(b"", files=[], status="archived").results
    assert end.outcome is Outcome.NEEDS_FOLLOW_UP and "archived" in end.note


def test_a_completed_sample_without_its_values_is_shown_to_a_person():
    (end,) = read(b"", files=[], status="completed").results
    assert end.outcome is Outcome.NEEDS_FOLLOW_UP and "Tg (0 of 2), density" in end.note


def test_a_sample_thrown_away_after_it_was_measured_has_not_failed():
    rows = "glass transition,371,K,1\nglass transition,372,K,2\ndensity,1.19,g/cm**3,1\n"
    told = read(f"property,value,unit,replicate\n{rows}".encode(), status="disposed")
    assert [r.outcome for r in told.results] == [Outcome.MEASURED] * 3


@pytest.mark.parametrize(
    ("name", "content"),
    [("r.csv", b"\xff\xfe"), ("r.json", b"{"), ("r.json", b'{"a": 1}'), ("r.csv", b"a,b\n1,2,3\n")],
)
def test_a_file_that_is_no_table_is_refused(name, content):
    with pytest.raises(DataError, match=r"r\.(csv|json)"):
        from_file(name, content)


def test_markup_that_never_ends_is_no_trouble():
    assert from_html("Results", "<table><tr><td>a<table><tr><td>b</table>") == []


def test_a_file_that_was_spoiled_on_the_way_is_asked_for_again():
    with pytest.raises(RetryableAdapterError, match=r"results\.csv did not arrive"):
        read(b"\x00<html>{]", sha256="0" * 64)
