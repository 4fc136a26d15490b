"""The rehearsed lab: its queue, its plates, its drift and its mistakes."""

import hashlib

import numpy as np
import pytest
from pydantic import ValidationError

from lims_adapters.simulated.adapter import SimulatedLab
from lims_adapters.simulated.config import SimulatedLabConfig
from lims_adapters.simulated.luck import Luck
from lims_adapters.simulated.mistakes import entered
from lims_adapters.simulated.plates import Plate, PlatesConfig, plates
from lims_adapters.simulated.queue import Bench, QueueConfig
from lims_adapters.simulated.schedule import Arrival, schedule
from loop.core.lab_ports import LabContext
from loop.core.rehearsal_ports import MistakeKind
from loop.core.result import Outcome
from loop.errors import Problem
from loop.testing.lab_reader import LabReader
from tests.lims_adapters import lab_orders

COLUMNS = {"Tg": "truth", "density": "rho"}


def lab(folder, **options):
    options = {"columns": COLUMNS, **options}
    definition = lab_orders.definition({"kind": "simulated", **options})
    context = LabContext(lab_orders.SLUG, definition, folder, lab_orders.pool(40))
    return SimulatedLab(SimulatedLab.Config.model_validate(options), context)


def read(folder, n, **options):
    """Return a reader that has read everything about n orders, and the lab."""
    made, orders = lab(folder, **options), lab_orders.orders(n)
    for order in orders:
        made.submit(order)
    reader = LabReader(lambda: made, orders)
    reader.read()
    return reader, made


def test_a_lab_without_the_new_options_answers_as_before(tmp_path):
    """Byte by byte as before there were any: figures of shipped campaigns rest on it."""
    made = lab(
        tmp_path, noise_sd=0.1, delay=[1, 4], synthesis_failure_rate=0.2,
        measurement_failure_rate=0.1, duplicate_result_rate=0.3, seed=3,
    )  # fmt: skip
    orders, cursor, stream = lab_orders.orders(6), None, hashlib.sha256()
    for order in orders[:3]:
        made.submit(order)
    for turn in range(20):
        poll = made.poll(cursor, orders)
        stream.update(poll.model_dump_json().encode())
        cursor = poll.cursor
        if turn == 1:
            for order in orders[3:]:
                made.submit(order)
    assert stream.hexdigest() == "52200780bc48911417a4a8c8458a49f1cbcdd082f07bd64c72c3c4b7ca11e86e"


def test_one_place_works_on_one_sample_after_the_other():
    bench = Bench(1, None)
    assert [bench.work(0, 5), bench.work(0, 5), bench.work(20, 5)] == [5, 10, 25]
    unlimited = Bench(None, None)
    assert [unlimited.work(0, 5), unlimited.work(0, 5)] == [5, 5]


def test_work_begins_in_working_hours_only():
    queue = QueueConfig(working_hours=(8, 17), working_days=5)
    friday = 4 * 24
    assert queue.opens(3) == 8
    assert queue.opens(10) == 10
    assert queue.opens(17) == 24 + 8
    assert queue.opens(friday + 18) == 7 * 24 + 8


def test_a_plate_closes_when_it_is_full_or_has_waited_long_enough():
    made = plates([(1, "a"), (2, "b"), (4, "c"), (30, "d")], PlatesConfig(size=2, longest_wait=5))
    assert made == [Plate(1, ("a", "b"), 2), Plate(2, ("c",), 9), Plate(3, ("d",), 35)]


@pytest.mark.parametrize("seed", range(8))
def test_what_comes_later_never_moves_what_has_happened(seed):
    rng = np.random.default_rng(seed)
    config = SimulatedLabConfig.model_validate(
        {
            "columns": COLUMNS,
            "queue": {"synthesis_places": 2, "measurement_places": 2, "working_hours": [8, 17]},
            "plates": {"size": int(rng.integers(1, 5)), "longest_wait": 20},
        }
    )
    ticks = np.sort(rng.integers(0, 300, 30))
    arrivals = [Arrival(f"o{i}", int(t), bool(rng.random() < 0.8)) for i, t in enumerate(ticks)]
    whole, happened = schedule(arrivals, config, Luck(seed)), 0
    for n in range(1, 30):
        known = schedule(arrivals[:n], config, Luck(seed))
        for order_id, visit in known.items():
            if visit.due <= arrivals[n].tick:
                assert whole[order_id] == visit
                happened += 1
    assert happened > 30


def test_waiting_for_a_plate_and_for_hands_takes_time(tmp_path):
    queue = {"synthesis_hours": [10, 10], "measurement_hours": [2, 2]}
    _, busy = read(tmp_path, 6, queue=queue, plates={"size": 3, "longest_wait": 100})
    times = busy.account().times
    assert [t.plate for t in times] == [1, 1, 1, 2, 2, 2]
    # Ten hours for each synthesis; a plate of three is measured two hours each.
    assert [t.due for t in times] == [32, 34, 36, 62, 64, 66]
    assert busy.account().hours_per_tick == 1


def test_a_contaminated_plate_fails_as_a_whole(tmp_path):
    reader, made = read(
        tmp_path, 12, plates={"size": 3, "longest_wait": 9, "contaminated_rate": 0.5}
    )
    failed = {r.order_id for r in reader.ended.values()}
    plate_of = {t.order_id: t.plate for t in made.account().times}
    spoilt = {plate_of[order_id] for order_id in failed}
    assert 0 < len(spoilt) < 4
    assert failed == {order_id for order_id, plate in plate_of.items() if plate in spoilt}


def test_drift_is_shared_by_a_plate(tmp_path):
    reader, made = read(tmp_path, 6, plates={"size": 3, "longest_wait": 9}, drift={"sd": 5.0})
    plate_of = {t.order_id: t.plate for t in made.account().times}
    off: dict[int, set[float]] = {}
    for order in reader.orders:
        truth = float(str(order.candidate.fields["truth"]))
        (value, again) = reader.values(order.order_id, "Tg")
        assert value == again
        off.setdefault(plate_of[order.order_id], set()).add(round(value - truth, 6))
    assert [len(offsets) for offsets in off.values()] == [1, 1]
    assert off[1] != off[2]


@pytest.mark.parametrize(
    ("kind", "value", "unit", "number", "written"),
    [
        (MistakeKind.UNIT_SLIP, 358.15, "K", 85.0, "K"),
        (MistakeKind.UNIT_SLIP, 85.0, "degC", 358.15, "degC"),
        (MistakeKind.WRONG_UNIT, 0.15, "W/m/K", 0.15, "g"),
        (MistakeKind.WRONG_UNIT, 2.0, "mg", 2.0, "s"),
        (MistakeKind.COMMA_SLIP, 0.1512, "W/m/K", 1512.0, "W/m/K"),
        (MistakeKind.COMMA_SLIP, 371.2, "K", 3712.0, "K"),
    ],
)
def test_what_a_slip_does_to_a_number(kind, value, unit, number, written):
    assert entered(kind, value, unit, Luck(0), "x") == (pytest.approx(number), written)


def test_a_factor_of_a_thousand_goes_either_way():
    numbers = {entered(MistakeKind.UNIT_SLIP, 2.0, "MPa", Luck(0), str(i))[0] for i in range(20)}
    assert numbers == {2000.0, 0.002}


def test_swapped_samples_exchange_their_values_for_good(tmp_path):
    plate = {"size": 4, "longest_wait": 9}
    reader, made = read(tmp_path, 4, plates=plate, mistakes={"swapped_samples": 0.99})
    truth = {o.order_id: float(str(o.candidate.fields["truth"])) for o in reader.orders}
    shown = {order_id: reader.values(order_id, "Tg")[0] for order_id in truth}
    wrong = [order_id for order_id in truth if shown[order_id] != round(truth[order_id], 9)]
    assert len(wrong) == 2
    assert shown[wrong[0]] == pytest.approx(truth[wrong[1]])
    assert shown[wrong[1]] == pytest.approx(truth[wrong[0]])
    assert {m.order_id for m in made.account().mistakes} == set(wrong)


def test_late_corrections_and_withdrawals_come_as_news_of_the_lab(tmp_path):
    reader, made = read(
        tmp_path, 12, mistakes={"late_corrections": 0.5, "withdrawals": 0.3, "miscalibration": 0.1}
    )
    kinds = {m.kind for m in made.account().mistakes}
    assert kinds == {MistakeKind.MISCALIBRATED, MistakeKind.WITHDRAWN}
    gone = {m.order_id for m in made.account().mistakes if m.kind is MistakeKind.WITHDRAWN}
    for order in reader.orders:
        truth = float(str(order.candidate.fields["truth"]))
        held = reader.values(order.order_id, "Tg")
        assert held == ([] if order.order_id in gone else pytest.approx([truth, truth]))
    assert {r.outcome for r in reader.ended.values()} == {Outcome.FAILED_MEASUREMENT}


def test_a_unit_of_another_kind_is_mended_when_it_was_refused(tmp_path):
    reader, made = read(tmp_path, 8, mistakes={"wrong_units": 0.3, "noticed_after": 2})
    mistaken = {m.order_id for m in made.account().mistakes}
    assert 0 < len(mistaken) < 8
    assert {p.source.rpartition(" ")[2] for p in reader.problems} == mistaken
    for order in reader.orders:
        truth = float(str(order.candidate.fields["truth"]))
        assert reader.values(order.order_id, "Tg") == pytest.approx([truth, truth])


def test_a_value_that_stands_and_is_refused_ends_the_order(tmp_path):
    """The loop refuses what is true: the lab says so once and gives up, and nobody waits."""
    made, order = lab(tmp_path, mistakes={}), lab_orders.orders(1)[0]
    made.submit(order)
    first = made.poll(None, [order])
    made.settle(first.batches[0], [Problem("lab", "Tg", "400 K", "a value below 300 K")])
    second = made.poll(first.cursor, [order])
    assert [r.outcome for r in second.batches[0].results] == [Outcome.FAILED_MEASUREMENT]
    made.settle(second.batches[0], [])
    assert made.poll(second.cursor, [order]).batches == ()


@pytest.mark.parametrize(
    "options",
    [
        {"queue": {"working_hours": [17, 8]}},
        {"queue": {"synthesis_hours": [5, 2]}},
        {"plates": {}},
        {"mistakes": {"unit_slips": 1.0}},
        {"mistakes": {"unit_slip": 0.1}},
        {"drift": {"per": "week"}},
    ],
)
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValidationError):
        SimulatedLabConfig.model_validate({"columns": COLUMNS, **options})


def test_values_come_from_a_list(tmp_path):
    pool = lab_orders.pool(40)
    (tmp_path / "truth.csv").write_text(
        "candidate_id,value\n" + "".join(f"{key},{i}.5\n" for i, key in enumerate(pool.ids))
    )
    values = {"tg": "truth.csv", "Tg": "truth.csv"}
    reader, made = read(tmp_path, 2, columns={"density": "rho"}, values=values)
    assert made.check() == []
    for order in reader.orders:
        row = pool.row(order.candidate.candidate_id)
        assert reader.values(order.order_id, "Tg") == [row + 0.5] * 2
    (tmp_path / "truth.csv").write_text(f"candidate_id,value\n{pool.ids[0]},n.d.\n")
    assert any("n.d." in str(problem) for problem in made.check())
    (tmp_path / "truth.csv").unlink()
    assert any("existing CSV" in str(problem) for problem in made.check())
