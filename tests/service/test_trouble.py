"""What goes wrong around a campaign, and what the people concerned are told."""

from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest

from lims_adapters.simulated.adapter import SimulatedLab
from lims_adapters.worksheet.adapter import WorksheetFolder
from loop.core import machine as m
from loop.core.definition import PluginChoice
from loop.core.ports import Choice
from loop.core.result import LabResult, Outcome
from loop.core.state import OrderStatus
from loop.errors import (
    AdapterError,
    ConfigError,
    DataError,
    MissingExtraError,
    ModelError,
    NotFoundError,
    StateError,
)
from loop.service.ask import Ask
from loop.service.plugins import PluginLookup
from loop.service.reasons import design_reason, model_reason
from loop.service.worker import Worker
from loop.surrogate.transfer import TransferGaussianProcess
from loop.testing.small_campaign import WORKSHEET, simulated_lab, write_small_campaign


def ada(version=None):
    return Ask.by("ada", version)


def view(door):
    return door.queries.view("small")


@pytest.fixture
def batch(door, tmp_path):
    """A worksheet campaign whose first batch waits for approval."""
    door.service.open(write_small_campaign(tmp_path, lims=WORKSHEET, approval="person"), ada())
    door.worker.run("small")
    return door


@pytest.fixture
def ordered(batch):
    batch.service.approve("small", 1, ada())
    batch.worker.run("small")
    return batch


def amended(door, tmp_path, **changes):
    path = tmp_path / "campaigns" / "small" / "campaign.toml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    door.service.amend("small", path, "the lab moved", ada())


def test_a_lab_that_does_not_answer_is_said_once_and_again_when_it_does(door, tmp_path):
    silent = simulated_lab().replace("lost_request_rate = 0.0", "lost_request_rate = 0.999")
    door.service.open(write_small_campaign(tmp_path, lims=silent), ada())
    outcome = door.worker.run("small")
    assert outcome.waiting
    assert isinstance(outcome.step, m.SubmitOrder)
    assert "request got lost" in view(door).lab_trouble
    assert any("does not answer" in w for w in view(door).warnings)
    version = door.queries.version("small")
    door.worker.run("small")
    assert door.queries.version("small") == version
    amended(door, tmp_path, a=("lost_request_rate = 0.999", "lost_request_rate = 0.0"))
    door.worker.run("small")
    kinds = [line.kind for line in door.queries.history("small")]
    assert kinds.count("lab.unreachable") == kinds.count("lab.reachable") == 1
    assert view(door).lab_trouble == ""
    assert view(door).summary.status == "closed"


def test_a_lab_that_does_not_answer_the_question_for_results(door, tmp_path):
    deaf = simulated_lab().replace("lost_poll_rate = 0.0", "lost_poll_rate = 0.999")
    door.service.open(write_small_campaign(tmp_path, lims=deaf), ada())
    assert door.worker.run("small").waiting
    assert view(door).lab_trouble.startswith("asking for results")


def test_an_order_the_lab_refuses_has_failed_and_the_others_go_on(batch, tmp_path):
    batch.service.approve("small", 1, ada())
    first = view(batch).orders[0].order_id
    # A folder in the place of the order's file: the adapter cannot write it, for good.
    blocked = tmp_path / "exchange" / "small" / "orders" / "round-01" / f"{first}.json"
    blocked.mkdir(parents=True)
    batch.worker.run("small", max_steps=1)
    order = view(batch).orders[0]
    assert (order.status, "cannot be written" in order.reason) == (OrderStatus.FAILED, True)
    blocked.rmdir()
    batch.worker.run("small")
    assert [o.status.value for o in view(batch).orders[1:]] == ["accepted"] * 3


def test_an_order_taken_back_on_its_way_is_taken_back_at_the_lab_too(batch, tmp_path):
    batch.service.approve("small", 1, ada())
    first = view(batch).orders[0].order_id
    real = WorksheetFolder.submit

    def slow(self, order):
        receipt = real(self, order)
        if order.order_id == first:
            batch.service.cancel_order("small", first, "no precursor", ada())
        return receipt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorksheetFolder, "submit", slow)
        batch.worker.run("small")
    orders = tmp_path / "exchange" / "small" / "orders"
    assert view(batch).orders[0].status is OrderStatus.CANCELLED
    assert not (orders / f"{first}.csv").exists()
    assert "no precursor" in (orders / "cancelled" / f"{first}.reason.txt").read_text()
    assert view(batch).summary.waiting_for == "3 results from the lab"


def test_a_simulated_lab_with_nothing_left_to_deliver_is_no_endless_loop(door, tmp_path):
    door.service.open(write_small_campaign(tmp_path, lims=simulated_lab(failure=0.0)), ada())
    real = SimulatedLab._batch

    def empty(self, report):
        return real(self, report).model_copy(update={"results": ()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimulatedLab, "_batch", empty)
        with pytest.raises(AdapterError, match="4 orders wait for results"):
            door.worker.run("small")


def test_a_surrogate_that_cannot_be_fitted_pauses_the_campaign(door, tmp_path):
    """Nothing is proposed from a broken model."""
    path = write_small_campaign(tmp_path, lims=simulated_lab(failure=0.0))
    door.service.open(path, ada())
    with pytest.MonkeyPatch.context() as patch:

        def broken(self, features, rows, data, seed):
            raise ModelError("the covariance is singular")

        patch.setattr(TransferGaussianProcess, "fit", broken)
        outcome = door.worker.run("small")
    assert outcome.waiting
    assert view(door).summary.status == "paused"
    assert "covariance is singular" in view(door).warnings[0]
    door.service.resume("small", "mended", ada())
    door.worker.run("small")
    assert view(door).summary.status == "closed"


def test_abandoning_is_refused_when_nothing_can_be_abandoned(ordered):
    with pytest.raises(StateError, match="no round that can be abandoned"):
        ordered.service.abandon_round("small", "why not", ada())
    with pytest.raises(StateError, match="round 1 is running"):
        ordered.service.approve("small", 1, ada())


def test_a_round_whose_first_order_is_placed_is_not_abandoned(batch):
    batch.service.approve("small", 1, ada())
    batch.worker.run("small", max_steps=1)
    with pytest.raises(StateError, match="1 orders at the lab already"):
        batch.service.abandon_round("small", "why not", ada())


def test_batch_commands_name_what_is_not_there(batch):
    with pytest.raises(NotFoundError, match="'R999' is not in the batch of round 1"):
        batch.service.reject_item("small", "R999", "typo", ada())


def test_a_candidate_that_was_ordered_is_not_added_again(batch):
    taken = view(batch).current_round.items[0].item.candidate.candidate_id
    batch.service.approve("small", 1, ada())
    batch.worker.run("small")
    for order in view(batch).orders[1:]:
        batch.service.cancel_order("small", order.order_id, "no time", ada())
    result = LabResult(
        order_id=view(batch).orders[0].order_id, result_id="1", property="strength", value=50.0,
        unit="MPa",
    )  # fmt: skip
    batch.service.record_results("small", [result], "form", ada())
    batch.worker.run("small")
    assert view(batch).current_round.number == 2
    with pytest.raises(StateError, match="was ordered in round 1 already"):
        batch.service.add_item("small", taken, "again", ada())


def test_a_campaign_without_a_round_has_nothing_to_approve(door, tmp_path):
    door.service.open(write_small_campaign(tmp_path, lims=WORKSHEET), ada())
    with pytest.raises(StateError, match="has no round yet"):
        door.service.approve("small", 1, ada())
    with pytest.raises(StateError, match="no round that can be abandoned"):
        door.service.abandon_round("small", "why not", ada())


def test_a_closed_campaign_takes_no_commands_but_late_results(ordered):
    ordered.service.close("small", "enough", ada())
    with pytest.raises(StateError, match="is closed: enough"):
        ordered.service.pause("small", "holiday", ada())
    order = view(ordered).orders[0].order_id
    late = LabResult(order_id=order, result_id="1", property="strength", value=51.0, unit="MPa")
    assert ordered.service.record_results("small", [late], "form", ada()).n_recorded == 1
    assert view(ordered).ranking[0].value == 51.0


def test_what_the_lab_withdraws_no_longer_counts(ordered):
    order = view(ordered).orders[0].order_id
    first = LabResult(order_id=order, result_id="1", property="strength", value=51.0, unit="MPa")
    gone = first.model_copy(update={"outcome": Outcome.WITHDRAWN, "note": "wrong vial"})
    ordered.service.record_results("small", [first], "lab", ada())
    assert ordered.service.record_results("small", [gone], "lab", ada()).n_corrected == 1
    assert view(ordered).ranking == ()
    assert ordered.service.record_results("small", [gone], "lab", ada()).n_known == 1


def test_two_values_for_one_replicate_are_refused_and_the_same_twice_is_one(ordered):
    order = view(ordered).orders[0].order_id
    one = LabResult(order_id=order, result_id="1", property="strength", value=51.0, unit="MPa")
    assert ordered.service.record_results("small", [one, one], "lab", ada()).n_known == 1
    other = one.model_copy(update={"result_id": "2", "value": 40.0})
    again = other.model_copy(update={"value": 41.0})
    with pytest.raises(DataError, match="one value per order and replicate"):
        ordered.service.record_results("small", [other, again], "lab", ada())
    infinite = one.model_copy(update={"result_id": "3", "value": float("inf")})
    with pytest.raises(DataError, match="a finite number"):
        ordered.service.record_results("small", [infinite], "lab", ada())


def test_an_order_cancelled_at_the_lab_gives_its_money_back(ordered):
    order = view(ordered).orders[0].order_id
    end = LabResult(order_id=order, result_id="1", outcome=Outcome.CANCELLED)
    assert ordered.service.record_results("small", [end], "lab", ada()).n_ended == 1
    assert ordered.service.record_results("small", [end], "lab", ada()).n_known == 1
    assert view(ordered).summary.n_experiments == 3
    assert view(ordered).orders[0].reason == "cancelled at the lab"
    lost = end.model_copy(
        update={"outcome": Outcome.FAILED_SYNTHESIS, "order_id": view(ordered).orders[1].order_id}
    )
    ordered.service.record_results("small", [lost], "lab", ada())
    assert view(ordered).orders[1].status is OrderStatus.FAILED
    lines = [line.text for line in ordered.queries.history("small")]
    assert any("failed in synthesis" in text for text in lines)


def test_a_pool_that_is_used_up_closes_the_campaign(door, tmp_path):
    path = write_small_campaign(
        tmp_path, lims=simulated_lab(failure=0.0), n_candidates=6, experiments=8
    )
    door.service.open(path, ada())
    door.worker.run("small")
    seen = view(door)
    assert seen.summary.status == "closed"
    assert len(seen.ranking) == 6
    assert any("no candidate of the pool is left" in x.text for x in door.queries.history("small"))


def test_limits_are_kept_and_the_model_does_not_see_them(ordered):
    orders = [o.order_id for o in view(ordered).orders]
    results = [
        LabResult(order_id=o, result_id="1", property="strength", value=50.0 + i, unit="MPa",
                  qualifier="<" if i == 3 else "=")
        for i, o in enumerate(orders)
    ]  # fmt: skip
    ordered.service.record_results("small", results, "lab", ada())
    ordered.worker.run("small")
    seen = view(ordered)
    assert seen.current_round.report.n_observations == 3
    assert any("1 results are limits" in w for w in seen.warnings)


def test_a_campaign_file_that_names_the_wrong_featurizer_or_lab(door, tmp_path):
    path = write_small_campaign(tmp_path, lims=WORKSHEET)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + '\n[featurizer]\nkind = "morgan-descriptors"\n', encoding="utf-8")
    with pytest.raises(
        ConfigError, match="describes molecule; this campaign's material is columns"
    ):
        door.service.open(path, ada())
    lab = simulated_lab().replace("true_strength", "true_strenth")
    other = write_small_campaign(tmp_path, slug="other", lims=lab)
    with pytest.raises(ConfigError, match="true_strenth"):
        door.service.open(other, ada())
    assert door.queries.campaigns() == []


def test_checking_says_what_opening_would(door, tmp_path):
    definition, build = door.service.check(write_small_campaign(tmp_path, lims=WORKSHEET))
    assert (definition.slug, len(build.pool)) == ("small", 24)
    assert door.queries.campaigns() == []


def test_a_plugin_that_lacks_a_package_says_which(monkeypatch):
    point = EntryPoint(name="x", value="no_such_package:Lab", group="synthloop.lims")
    monkeypatch.setattr("loop.service.plugins.installed", lambda _: EntryPoints([point]))
    with pytest.raises(MissingExtraError, match="needs the package 'no_such_package'"):
        PluginLookup().load("synthloop.lims", "x")


def test_options_that_a_plugin_refuses_are_listed():
    choice = PluginChoice.model_validate({"kind": "simulated", "noise_relative": -1, "sed": 1})
    with pytest.raises(ConfigError) as caught:
        PluginLookup().configure("synthloop.lims", choice)
    assert {p.place for p in caught.value.problems} == {"noise_relative", "sed"}


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.9, "mostly to explore"), (0.1, "mostly for its prediction"), (0.5, "and to explore")],
)
def test_the_reason_says_what_the_choice_leans_on(batch, share, words):
    definition = view(batch).definition
    choice = Choice(
        row=0, score=1.0, mean=50.0, sd=2.0, chance_to_improve=0.25, explore_share=share
    )
    text = model_reason(choice, definition, 48.0)
    for part in ("50 ± 2 MPa", "best so far 48", "25 % chance", words):
        assert part in text
    bare = model_reason(Choice(row=0, score=1.0, mean=50.0, sd=2.0), definition, None)
    assert bare == "predicted 50 ± 2 MPa"
    assert "drawn by the random design" in design_reason("random", 1)


def test_a_worker_that_finds_the_campaign_changed_looks_again(batch):
    """A person's word between the computing and the writing makes the computed stale."""
    batch.service.approve("small", 1, ada())
    real = Worker._append

    def interrupted(self, state, what, bodies, *rest):
        if not view(batch).comments:
            batch.service.comment("small", "wait a moment", "", ada())
        return real(self, state, what, bodies, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "_append", interrupted)
        outcome = batch.worker.step("small")
    assert "changed meanwhile" in outcome.text
    batch.worker.run("small")
    assert len(view(batch).orders) == 4
    assert view(batch).summary.waiting_for == "4 results from the lab"


def test_rows_of_candidates_come_in_the_order_asked(batch):
    archive = batch.service._archive
    state = archive.state("small")
    np.testing.assert_array_equal(archive.rows(state, ("R003", "R001")), [2, 0])
