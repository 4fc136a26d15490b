"""A campaign through the one door: batch, results, corrections, and what is refused."""

import io
import os

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from loop.core import machine as m
from loop.errors import (
    ConfigError,
    ConflictError,
    DataError,
    LeaseHeldError,
    NotFoundError,
    StateError,
)
from loop.service.ask import Ask
from loop.service.entry import result_of
from loop.service.export import measurement_rows
from loop.service.worker import proposed
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign

ADA = Ask.by("ada")


def ada(version=None):
    return Ask.by("ada", version)


@pytest.fixture
def batch(door, tmp_path):
    """A worksheet campaign whose first batch waits for approval."""
    door.service.open(write_small_campaign(tmp_path, lims=WORKSHEET, approval="person"), ada())
    door.worker.run("small")
    return door


@pytest.fixture
def ordered(batch):
    """The same with its orders at the lab."""
    batch.service.approve("small", 1, ada())
    batch.worker.run("small")
    return batch


def view(door):
    return door.queries.view("small")


def test_a_batch_waits_for_a_person_and_says_why_each_was_chosen(batch):
    seen = view(batch)
    assert seen.summary.waiting_for == "approval of round 1"
    assert len(seen.current_round.items) == 4
    assert all(i.item.reason for i in seen.current_round.items)
    assert batch.worker.run("small").waiting


def test_opening_again_is_harmless_and_another_definition_is_refused(batch, tmp_path):
    path = write_small_campaign(tmp_path, lims=WORKSHEET, approval="person")
    version = batch.queries.version("small")
    assert batch.service.open(path, ada()) == "small"
    assert batch.queries.version("small") == version
    path = write_small_campaign(tmp_path, lims=WORKSHEET, approval="auto")
    with pytest.raises(StateError, match="another definition"):
        batch.service.open(path, ada())


def test_a_rejected_candidate_is_never_proposed_again(batch):
    first = view(batch).current_round.items[0].item.candidate.candidate_id
    batch.service.reject_item("small", first, "no precursor", ada())
    batch.service.abandon_round("small", "again", ada())
    batch.worker.run("small")
    names = [i.item.candidate.candidate_id for i in view(batch).current_round.items]
    assert view(batch).current_round.number == 2
    assert first not in names


def test_a_person_adds_a_candidate_by_name(batch):
    names = {i.item.candidate.candidate_id for i in view(batch).current_round.items}
    other = next(f"R{n:03d}" for n in range(1, 25) if f"R{n:03d}" not in names)
    batch.service.add_item("small", other, "a hunch", ada())
    added = view(batch).current_round.items[-1].item
    assert (added.candidate.label, added.origin.value) == (other, "person")
    with pytest.raises(StateError, match="in the batch already"):
        batch.service.add_item("small", other, "twice", ada())
    with pytest.raises(NotFoundError, match="none in the pool"):
        batch.service.add_item("small", "R999", "typo", ada())
    batch.service.approve("small", 1, ada())
    assert len(view(batch).orders) == 5


def test_a_double_click_is_harmless_and_a_stale_page_is_told(batch):
    version = batch.queries.version("small")
    click = Ask.by("ada", version)
    after = batch.service.approve("small", 1, click)
    assert batch.service.approve("small", 1, click) == after
    assert len(view(batch).orders) == 4
    with pytest.raises((StateError, ConflictError)):
        batch.service.approve("small", 1, Ask.by("bo", version))
    with pytest.raises(ConflictError, match="batch.approved by ada"):
        batch.service.comment("small", "hello", "", Ask.by("bo", version))


def test_an_empty_or_too_dear_batch_is_not_released(batch):
    for i in view(batch).current_round.items:
        batch.service.reject_item("small", i.item.candidate.candidate_id, "no", ada())
    with pytest.raises(StateError, match="no candidate left"):
        batch.service.approve("small", 1, ada())
    for n in range(1, 25):
        try:
            batch.service.add_item("small", f"R{n:03d}", "more", ada())
        except StateError as error:
            assert "the budget leaves 8" in str(error)
            break
    else:
        raise AssertionError("the budget was not looked at")


def fill(door, values, *, name="filled.xlsx", status=None):
    book = load_workbook(io.BytesIO(door.service.worksheet("small")))
    sheet = book["results"]
    header = [c.value for c in sheet[1]]
    column = header.index("strength [MPa]") + 1
    for row, value in enumerate(values, start=2):
        sheet.cell(row, column).value = value
        if status and value is None:
            sheet.cell(row, header.index("status") + 1).value = status[0]
            sheet.cell(row, header.index("note") + 1).value = status[1]
    buffer = io.BytesIO()
    book.save(buffer)
    return name, buffer.getvalue()


def test_a_worksheet_goes_out_is_filled_in_and_closes_the_round(ordered, tmp_path):
    folder = tmp_path / "exchange" / "small"
    assert (folder / "orders" / "round-01.xlsx").exists()
    name, content = fill(
        ordered, [50.0, "51.5", "0.052 GPa", None], status=("failed in synthesis", "tar")
    )
    target = folder / "results" / name
    target.write_bytes(content)
    os.utime(target, (1, 1))
    outcome = ordered.worker.run("small")
    seen = view(ordered)
    assert [round(x.value, 6) for x in seen.measurements] == [50.0, 51.5, 52.0]
    assert (seen.n_measured, seen.n_failed) == (3, 1)
    assert seen.current_round.number == 2
    assert seen.current_round.report.n_observations == 3
    assert isinstance(outcome.step, m.Wait)
    assert not target.exists()
    assert len(list((folder / "recorded").iterdir())) == 1


def test_a_bad_worksheet_is_refused_whole_with_the_reason_beside_it(ordered, tmp_path):
    folder = tmp_path / "exchange" / "small"
    name, content = fill(ordered, [50.0, "1,5", 5000.0, "50 kg"])
    target = folder / "results" / name
    target.write_bytes(content)
    os.utime(target, (1, 1))
    ordered.worker.run("small")
    seen = view(ordered)
    assert seen.measurements == ()
    reason = (folder / "rejected" / f"{name}.reason.txt").read_text(encoding="utf-8")
    header = [c.value for c in load_workbook(io.BytesIO(content))["results"][1]]
    column = get_column_letter(header.index("strength [MPa]") + 1)
    for text in (
        f"cell {column}3: got '1,5'; expected a number",
        f"cell {column}4: got '5000 MPa'; expected a value between -50 and 200 MPa",
        f"cell {column}5: got '50 kg'; expected a unit that converts to MPa",
    ):
        assert text in reason
    assert len(seen.refusals[0].problems) == 3
    with pytest.raises(DataError, match="nothing of it was recorded"):
        ordered.service.record_file("small", name, content, ada())


def test_the_same_sheet_twice_counts_once_and_a_changed_one_corrects(ordered):
    first = ordered.service.record_file("small", *fill(ordered, [50.0, None]), ada())
    assert (first.n_recorded, first.n_known) == (1, 0)
    order = view(ordered).measurements[0].order_id
    csv = f"order_id,property,value,unit\n{order},strength,50,MPa\n".encode()
    again = ordered.service.record_file("small", "a.csv", csv, ada())
    assert (again.n_recorded, again.n_known) == (0, 1)
    changed = csv.replace(b"50,", b"48,")
    assert ordered.service.record_file("small", "b.csv", changed, ada()).n_corrected == 1
    assert ordered.service.record_file("small", "a.csv", csv, ada()).n_known == 1
    seen = view(ordered).measurements[0]
    assert (seen.value, [c.previous_value for c in seen.corrections]) == (48.0, [50.0])


def test_a_person_corrects_and_withdraws_and_history_keeps_all(ordered):
    ordered.service.record_file("small", *fill(ordered, [50.0]), ada())
    identity = view(ordered).measurements[0].measurement_id
    ordered.service.correct_measurement("small", identity, 0.049, "GPa", "typo", ada())
    assert round(view(ordered).measurements[0].value, 9) == 49.0
    with pytest.raises(DataError, match="plausible"):
        ordered.service.correct_measurement("small", identity, 1e6, "MPa", "typo", ada())
    with pytest.raises(DataError, match="reason"):
        ordered.service.correct_measurement("small", identity, 1.0, "MPa", " ", ada())
    ordered.service.withdraw_measurement("small", identity, "wrong vial", ada())
    with pytest.raises(StateError, match="already"):
        ordered.service.withdraw_measurement("small", identity, "wrong vial", ada())
    assert view(ordered).ranking == ()
    text = "\n".join(line.text for line in ordered.queries.history("small"))
    assert "typo" in text
    assert "wrong vial" in text
    rows = measurement_rows(view(ordered))
    assert "typo" in rows[1][-1]
    with pytest.raises(NotFoundError):
        ordered.service.correct_measurement("small", "x", 1.0, "MPa", "r", ada())
    with pytest.raises(NotFoundError):
        ordered.service.withdraw_measurement("small", "x", "r", ada())


def test_results_typed_into_a_form(ordered):
    orders = [o.order_id for o in view(ordered).orders]
    number = ordered.service.parse_value("small", "51 ± 0.5")
    good = result_of(orders[0], "strength", "measured", number, "MPa", 1, "51 ± 0.5", "")
    limit = result_of(
        orders[1],
        "strength",
        "measured",
        ordered.service.parse_value("small", "< 3"),
        "MPa",
        1,
        "< 3",
        "",
    )
    bad = result_of(orders[2], "strength", "failed in measurement", None, "", 1, "", "cracked")
    look = result_of(orders[3], "strength", "needs follow-up", None, "", 1, "", "cloudy")
    outcome = ordered.service.record_results("small", [good, limit, bad, look], "form", ada())
    assert (outcome.n_recorded, outcome.n_ended) == (2, 1)
    seen = view(ordered)
    assert seen.measurements[0].sd == 0.5
    assert any("cloudy" in w for w in seen.warnings)
    assert len(seen.ranking) == 1
    for refused, why in (
        (good.model_copy(update={"order_id": "nobody"}), "id of an order"),
        (good.model_copy(update={"property": "colour"}), "asked for"),
        (good.model_copy(update={"unit": ""}), "with its unit"),
        (good.model_copy(update={"unit": "kg"}), "converts to MPa"),
        (good.model_copy(update={"value": 1e9}), "between -50 and 200"),
        (bad.model_copy(update={"order_id": orders[0]}), "withdraw the measurement first"),
    ):
        with pytest.raises(DataError, match=why):
            ordered.service.record_results("small", [refused], "form", ada())
    with pytest.raises(DataError, match="needs a value"):
        result_of(orders[0], "strength", "measured", None, "MPa", 1, "", "")
    with pytest.raises(DataError, match="says why"):
        result_of(orders[0], "strength", "failed in synthesis", None, "MPa", 1, "", "")


def test_pause_resume_close_comment_cancel(ordered):
    service = ordered.service
    service.pause("small", "holiday", ada())
    with pytest.raises(StateError, match="paused already"):
        service.pause("small", "holiday", ada())
    assert view(ordered).warnings[0] == "paused: holiday"
    assert ordered.worker.run("small").text == "paused: holiday"
    service.resume("small", "", ada())
    with pytest.raises(StateError, match="not paused"):
        service.resume("small", "", ada())
    service.comment("small", "looks good", "", ada())
    assert view(ordered).comments[0].text == "looks good"
    with pytest.raises(DataError):
        service.comment("small", " ", "", ada())
    order = view(ordered).orders[0].order_id
    service.cancel_order("small", order, "no time", ada())
    with pytest.raises(StateError, match="cancelled already"):
        service.cancel_order("small", order, "no time", ada())
    with pytest.raises(NotFoundError):
        service.cancel_order("small", "nobody", "no time", ada())
    assert view(ordered).summary.n_experiments == 3
    with pytest.raises(StateError, match="cannot|can be abandoned|at the lab"):
        service.abandon_round("small", "no", ada())
    service.close("small", "enough", ada())
    with pytest.raises(StateError, match="closed"):
        service.close("small", "enough", ada())
    assert "results from the lab" in view(ordered).summary.waiting_for


def test_amending_keeps_pool_and_units(ordered, tmp_path):
    path = tmp_path / "campaigns" / "small" / "campaign.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("experiments = 8", "experiments = 12"), encoding="utf-8")
    ordered.service.amend("small", path, "more money", ada())
    assert view(ordered).summary.budget == 12
    with pytest.raises(StateError, match="in force already"):
        ordered.service.amend("small", path, "again", ada())
    path.write_text(text.replace('unit = "MPa"', 'unit = "GPa"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="units"):
        ordered.service.amend("small", path, "other unit", ada())
    path.write_text(text.replace('id = "recipe"\n', ""), encoding="utf-8")
    with pytest.raises(ConfigError, match="space"):
        ordered.service.amend("small", path, "other pool", ada())


def test_only_one_worker_serves_a_campaign(batch, again):
    with batch.service._archive.ledger.lease("small"), pytest.raises(LeaseHeldError):
        again().worker.step("small")


def test_the_same_seed_gives_the_same_campaign_and_it_is_explained(tmp_path, door, again):
    door.service.open(write_small_campaign(tmp_path, lims=simulated_lab(lost=0.2)), ada())
    door.worker.run("small", until=proposed)
    door.worker.run("small")
    seen = view(door)
    assert seen.summary.status == "closed"
    assert seen.summary.n_experiments == 8
    modelled = [r for r in seen.rounds if r.report]
    assert modelled
    assert all(i.item.mean is not None and i.item.nearest for r in modelled for i in r.items)
    truth, measured = door.queries.truth("small")
    assert len(truth) == 24
    assert len(measured) == len(seen.ranking)
    assert [s.slug for s in door.queries.campaigns()] == ["small"]
    assert seen.cost == 2000.0
    assert door.queries.drawing("small", "R001") == ""


def test_a_campaign_that_is_not_there(door):
    for call in (
        lambda: door.queries.view("nothing"),
        lambda: door.worker.run("nothing"),
        lambda: door.service.pause("nothing", "r", ada()),
    ):
        with pytest.raises(NotFoundError, match="synthloop open"):
            call()
    assert door.queries.version("nothing") == 0
