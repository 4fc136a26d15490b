"""The contract of lab adapters, held by openBIS as its own client speaks with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from loop.errors import AdapterError, LabAccessError, RetryableAdapterError
from loop.testing.lab_reader import LabReader
from loop.testing.lims_cases import density, tg
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.openbis_bench import MEASUREMENT, SAMPLE, TOKEN, OpenBisBench


class TestContract(LimsAdapterContract):
    bench_class = OpenBisBench


@pytest.fixture
def bench(tmp_path: Path):
    made = OpenBisBench(tmp_path)
    yield made
    made.close()


def _placed(bench: OpenBisBench, n: int = 1):
    orders = bench.orders(n)[:n]
    for order in orders:
        bench.adapter().submit(order)
    return orders


def _read(bench: OpenBisBench, orders, **changes):
    """Return a reader that has read all there is."""
    reader = LabReader(lambda: bench.build(**changes), orders)
    reader.read()
    return reader


def test_a_project_that_is_hidden_from_us_is_never_an_empty_lab(bench):
    (order,) = _placed(bench)
    bench.report(order.order_id, tg())
    bench.lab.hidden = True
    with pytest.raises(LabAccessError, match="/FILMS/LOOP"):
        bench.adapter().find(order.order_id)
    with pytest.raises(LabAccessError):
        bench.adapter().poll(None, [order])
    with pytest.raises(LabAccessError):
        list(bench.adapter().inventory([order]))
    assert any("/FILMS/LOOP" in problem.value for problem in bench.adapter().check())


def test_a_code_in_the_trash_is_said_to_be_there(bench):
    (order,) = _placed(bench)
    bench.delete(order.order_id)
    with pytest.raises(AdapterError, match="already exists") as refused:
        bench.adapter().submit(order)
    assert "trash" in refused.value.hint
    assert TOKEN not in str(refused.value)
    assert not isinstance(refused.value, RetryableAdapterError)


def test_numbers_of_newer_servers_are_read_as_well(bench):
    bench.lab.typed_numbers = True
    (order,) = _placed(bench)
    bench.report(order.order_id, density())
    reader = _read(bench, [order])
    (result,) = reader.measured.values()
    assert (result.value, result.raw, result.replicate) == (1.19, "1.19", 1)


def test_an_object_that_is_written_as_a_number_is_read(bench):
    orders = _placed(bench, 3)
    for order in orders:
        bench.report(order.order_id, tg())
        bench.report(order.order_id, tg("372.4", replicate=2))
    reader = _read(bench, orders)
    # The double writes the second type and the second person as their numbers, as openBIS does.
    assert {r.operator for r in reader.measured.values()} == {"Marie Curie"}
    assert len(reader.measured) == 6


def test_children_of_other_types_are_no_results(bench):
    (order,) = _placed(bench)
    result = bench.report(order.order_id, tg())
    bench.lab.samples[result]["type"] = "POLYMER_FILM"
    assert _read(bench, [order]).measured == {}


def test_who_and_when_are_read_in_the_format_of_openbis(bench):
    (order,) = _placed(bench)
    when = datetime(2026, 3, 31, 12, 5, tzinfo=UTC)
    bench.report(order.order_id, tg(operator="Lise Meitner", measured_at=when))
    (result,) = _read(bench, [order]).measured.values()
    assert (result.operator, result.measured_at) == ("Lise Meitner", when)


def test_a_time_without_zone_is_shown_to_a_person(bench):
    (order,) = _placed(bench)
    result = bench.report(order.order_id, tg())
    bench.lab.samples[result]["properties"]["MEASURED_AT"] = "2026-03-31 12:05"
    reader = _read(bench, [order])
    assert reader.measured == {}
    assert {p.value for p in reader.problems} == {"2026-03-31 12:05"}


def test_what_is_written_are_the_candidate_and_what_to_measure(bench):
    (order,) = _placed(bench)
    held = bench.read(order.order_id)
    assert held["code"] == order.order_id.upper()
    assert held["properties"] == {
        "NAME": order.candidate.label, "REPEAT_UNIT": order.candidate.structure,
        "STATUS": "REQUESTED", "TO_MEASURE": "Tg in K, 2 x; density in g/cm**3, 1 x",
        "BATH_TEMPERATURE": "300.0",
    }  # fmt: skip


def test_what_people_wrote_beside_our_words_stays(bench):
    (order,) = _placed(bench)
    (sample,) = bench.lab.samples.values()
    sample["properties"]["SYNTHLOOP"] = "ask Otto"
    bench.adapter().annotate(order, "predicted 362 K")
    assert bench.annotation(order.order_id) == "ask Otto\n\n[synthloop] predicted 362 K"


@pytest.mark.parametrize(
    ("changes", "place", "near"),
    [
        ({"sample": {**SAMPLE, "type": "POLYMER_FLIM"}}, "sample.type", "POLYMER_FILM"),
        ({"sample": {**SAMPLE, "project": "LOPO"}}, "sample.project", "/FILMS/LOOP"),
        ({"sample": {**SAMPLE, "columns": {"truth": "bath_temp"}}}, "columns", "BATH_TEMPERATURE"),
        ({"measurement": {**MEASUREMENT, "type": "MEASURMENT"}}, "measurement.type", "MEASUREMENT"),
        ({"measurement": {**MEASUREMENT, "replicate": "REPAET"}}, "replicate", "REPEAT"),
        ({"results": {"Tg": {"field": "TGG"}}}, "results.Tg.field", "TG"),
        ({"results": {"density": {"field": "DENSITY"}}}, "results.Tg", "property"),
    ],
)
def test_check_names_what_is_wrong_and_what_was_meant(bench, changes, place, near):
    problems = bench.build(**changes).check()
    assert [p for p in problems if place in p.place and near in p.expected], problems


def test_a_refused_order_says_why_in_the_words_of_openbis(bench):
    sample = {**SAMPLE, "columns": {"truth": "NO_SUCH"}}
    with pytest.raises(AdapterError, match="'NO_SUCH' does not exist"):
        bench.build(sample=sample).submit(bench.orders(1)[0])


def test_an_inventory_of_which_a_part_is_missing_is_refused(bench):
    (order,) = _placed(bench)
    whole = bench.lab.searchSamples
    bench.lab.searchSamples = lambda c, o: {**whole(c, o), "totalCount": 7}
    with pytest.raises(RetryableAdapterError, match="1 of 7"):
        list(bench.adapter().inventory([order]))


def test_a_sample_that_comes_under_another_name_is_not_ours(bench):
    first, second = _placed(bench, 2)
    whole = bench.lab.getSamples

    def swapped(ids, options):
        other = second.order_id.upper()
        return whole([{**i, "identifier": f"/FILMS/LOOP/{other}"} for i in ids], options)

    bench.lab.getSamples = swapped
    assert bench.adapter().find(first.order_id) is None
    assert bench.adapter().find(second.order_id) is not None
