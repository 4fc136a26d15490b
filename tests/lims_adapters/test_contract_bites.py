"""Every kind of mistake in an adapter is caught: the contract fails where it should."""

import json

import pytest

from loop.core.lab_ports import RemoteOrder
from loop.core.result import Outcome, Poll
from loop.errors import LabAccessError, RetryableAdapterError
from loop.testing.fault_proxy import Fault
from loop.testing.lims_calls import CALLS
from loop.testing.lims_contract import LimsAdapterContract
from tests.lims_adapters.fictional.bramble import Bramble
from tests.lims_adapters.fictional.bramble_bench import BrambleBench

CALL = {call.name: call for call in CALLS}


class TrustsTheFilter(Bramble):
    def _samples(self, order_id):
        return [s for group in self._by_order(client_ref=order_id).values() for s in group]


class TakesTheYoungest(Bramble):
    def _samples(self, order_id):
        return super()._samples(order_id)[::-1]


class RepeatsSubmissions(Bramble):
    def submit(self, order):
        reply = self._http.post("/api/samples", json=self._body(order), repeatable=True)
        return self._receipt(reply.json())


class SwallowsTrouble(Bramble):
    def poll(self, cursor, orders):
        try:
            return super().poll(cursor, orders)
        except RetryableAdapterError:
            return Poll(cursor=cursor)


class TakesStrangersForNobody(Bramble):
    def find(self, order_id):
        try:
            return super().find(order_id)
        except LabAccessError:
            return None


class NamesValuesByVersion(Bramble):
    def _results(self, sample, problems):
        for found in super()._results(sample, problems):
            yield found.model_copy(update={"result_id": f"bramble:{found.raw}/{found.replicate}"})


class ForgetsEarlyResults(Bramble):
    def poll(self, cursor, orders):
        poll = super().poll(cursor, orders)
        return poll.model_copy(
            update={"cursor": json.dumps(json.loads(poll.cursor) | {"early": []})}
        )


class KeepsWithdrawnValues(Bramble):
    def _results(self, sample, problems):
        shown = [entry | {"valid": True} for entry in sample["results"]]
        return super()._results(sample | {"results": shown}, problems)


class GuessesTheUnit(Bramble):
    def _results(self, sample, problems):
        for found in super()._results(sample, problems):
            yield found.model_copy(update={"unit": found.unit or "K"})


class ReadsCommasAsGroups(Bramble):
    def _results(self, sample, problems):
        plain = [e | {"value": e["value"].replace(",", "")} for e in sample["results"]]
        return super()._results(sample | {"results": plain}, problems)


class GuessesTheStatus(Bramble):
    def _results(self, sample, problems):
        found = super()._results(sample, problems)
        return (r for r in found if r.outcome is not Outcome.NEEDS_FOLLOW_UP)


class ReadsOnePage(Bramble):
    def _by_order(self, **params):
        query = {"project": self._context.slug, **params}
        page = self._http.get_json("/api/samples", query)
        groups = {}
        for sample in page["items"]:
            groups.setdefault(sample["client_ref"], []).append(sample)
        return groups


class StartsAnewEveryTime(Bramble):
    def poll(self, cursor, orders):
        return super().poll(None, orders)


class TellsItsToken(Bramble):
    def __init__(self, config, context):
        super().__init__(config, context)
        self._token = config.secret.read().get_secret_value()


class HidesDuplicates(Bramble):
    def inventory(self, orders):
        for remote in super().inventory(orders):
            yield RemoteOrder(**remote.model_dump() | {"duplicates": ()})


def suite(adapter_class, folder, many=150):
    class Bench(BrambleBench):
        pass

    Bench.adapter_class, Bench.many = adapter_class, many

    class Suite(LimsAdapterContract):
        bench_class = Bench

    played = Suite()
    played.bench = Bench(folder)
    return played


BITES = [
    (TrustsTheFilter, "test_an_id_is_searched_as_a_whole", {}),
    (TakesTheYoungest, "test_of_two_samples_of_one_order_the_oldest_is_the_order", {}),
    (RepeatsSubmissions, "test_a_lost_reply_to_a_submission_makes_no_second_order", {}),
    (RepeatsSubmissions, "test_a_request_may_break_anywhere_in_a_call", {"call": CALL["submit"], "fault": Fault.LOST_REPLY}),
    (SwallowsTrouble, "test_a_dead_line_is_never_an_answer", {"call": CALL["poll"], "fault": Fault.UNAVAILABLE}),
    (SwallowsTrouble, "test_an_expired_token_is_never_an_empty_lab", {"call": CALL["poll"]}),
    (TakesStrangersForNobody, "test_an_expired_token_is_never_an_empty_lab", {"call": CALL["find"]}),
    (NamesValuesByVersion, "test_a_late_edit_keeps_its_id_and_comes_once", {}),
    (ForgetsEarlyResults, "test_an_order_that_becomes_known_later_has_lost_nothing", {}),
    (KeepsWithdrawnValues, "test_a_withdrawn_value_is_gone_and_its_neighbours_are_not", {}),
    (GuessesTheUnit, "test_a_unit_that_cannot_be_right_is_shown_to_a_person", {"value": "371.2", "unit": ""}),
    (ReadsCommasAsGroups, "test_a_text_that_is_no_number_is_never_a_value", {"text": "371,2"}),
    (GuessesTheStatus, "test_an_unknown_status_word_is_shown_to_a_person", {}),
    (ReadsOnePage, "test_long_lists_are_read_to_their_end", {}),
    (StartsAnewEveryTime, "test_what_was_recorded_does_not_come_again", {}),
    (HidesDuplicates, "test_the_inventory_names_second_samples_of_an_order", {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mistake", "case", "arguments"), BITES, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_mistake_is_caught(mistake, case, arguments, tmp_path):
    played = suite(mistake, tmp_path)
    try:
        with pytest.raises(AssertionError):
            getattr(played, case)(**arguments)
    finally:
        played.bench.close()


@pytest.mark.parametrize(("case", "arguments"), [bite[1:] for bite in BITES])
def test_the_same_case_passes_without_the_mistake(case, arguments, tmp_path):
    played = suite(Bramble, tmp_path)
    try:
        getattr(played, case)(**arguments)
    finally:
        played.bench.close()


def test_a_token_in_a_repr_is_caught(tmp_path, caplog):
    played = suite(TellsItsToken, tmp_path)
    try:
        with pytest.raises(AssertionError, match="a secret was told"):
            played.test_secrets_stay_secret(caplog)
    finally:
        played.bench.close()


def test_what_is_possible_cannot_be_called_impossible(tmp_path):
    class Bench(BrambleBench):
        impossible = {"inventory": "too much work"}  # noqa: RUF012

    class Suite(LimsAdapterContract):
        bench_class = Bench

    played = Suite()
    assert played.test_the_inventory_shows_what_polls_show is None, "not collected"
    assert played.test_a_value_comes_in_the_words_of_the_lab is not None
    played.bench = Bench(tmp_path)
    try:
        with pytest.raises(AssertionError, match="inventory is possible after all"):
            played.test_what_is_called_impossible_is()
        with pytest.raises(pytest.skip.Exception, match=r"no inventory \(too much work\)"):
            played.test_what_was_not_tried()
    finally:
        played.bench.close()


def test_the_contract_has_at_least_forty_cases():
    assert sum(name.startswith("test_") for name in dir(LimsAdapterContract)) >= 40
