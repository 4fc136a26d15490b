"""The line to the lab: broken at every call, the secret out of date, everything kept quiet."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from loop.core.order import WorkOrder
from loop.errors import LabAccessError, RetryableAdapterError
from loop.testing.fault_proxy import LOSING, Fault, Plan, by_chance, flawless
from loop.testing.lab_reader import patiently
from loop.testing.lims_calls import CALLS, LabCall
from loop.testing.lims_cases import BenchCases, needs, tg

_MOST_REQUESTS = 40


def _on_request(numbers: Callable[[int], bool], fault: Fault, start: int) -> Plan:
    """Return a plan that breaks those requests, counted from `start`."""

    def plan(number: int, method: str, path: str) -> Fault:
        del method, path
        return fault if numbers(number - start) else Fault.NONE

    return plan


class LineCases(BenchCases):
    """What keeps a bad line from doubling an order, or passing for an empty lab."""

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Play every call that this lab has."""
        if "call" in metafunc.fixturenames:
            impossible = set(self.bench_class.impossible)
            calls = [call for call in CALLS if not call.needs & impossible]
            metafunc.parametrize("call", calls, ids=lambda call: call.name)

    def _prepared(self, call: LabCall) -> tuple[WorkOrder, ...]:
        if call.places:
            return tuple(self.bench.orders(2)[:2])
        orders = tuple(self.place(2))
        if self.can("report") and call.name != "cancel":
            self.bench.report(orders[0].order_id, tg())
        return orders

    def _broken(self, call: LabCall, orders: tuple[WorkOrder, ...], plan: Plan) -> int:
        """Make the call over a broken line; return how many requests it took."""
        proxy, adapter = self.bench.proxy, self.adapter()
        before = len(proxy.exchanges)
        proxy.plan = plan
        try:
            answer = call.make(adapter, orders)
        except LabAccessError as error:
            raise AssertionError("a broken line is no refused secret") from error
        except RetryableAdapterError:
            pass
        else:
            right = call.holds(answer, self.bench, orders[0])
            told = call.name == "check" and bool(answer)
            assert right or told, f"a broken line gave a wrong answer: {answer!r}"
        finally:
            proxy.plan = flawless
        return len(proxy.exchanges) - before

    def _heals(self, call: LabCall, orders: tuple[WorkOrder, ...]) -> None:
        answer = call.make(self.adapter(), orders)
        assert call.holds(answer, self.bench, orders[0]), answer
        assert call.once(self.bench, orders[0])

    @needs("proxy")
    @pytest.mark.parametrize("fault", LOSING, ids=lambda fault: fault.name.lower())
    def test_one_broken_request_is_survived(self, call: LabCall, fault: Fault) -> None:
        """The first request breaks: the right answer or "ask again", and then it is there once."""
        orders = self._prepared(call)
        start = len(self.bench.proxy.exchanges)
        self._broken(call, orders, _on_request(lambda n: n == 0, fault, start))
        self._heals(call, orders)

    @needs("proxy")
    @pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.GARBAGE], ids=["lost", "garbage"])
    def test_a_request_may_break_anywhere_in_a_call(self, call: LabCall, fault: Fault) -> None:
        """The same for each further request of the call, one after the other."""
        orders = self._prepared(call)
        for position in range(1, _MOST_REQUESTS):
            start = len(self.bench.proxy.exchanges)
            plan = _on_request(lambda n, at=position: n == at, fault, start)  # type: ignore[misc]
            if self._broken(call, orders, plan) <= position:
                break
        self._heals(call, orders)

    @needs("proxy")
    @pytest.mark.parametrize(
        "fault", [Fault.UNAVAILABLE, Fault.REFUSED, Fault.GARBAGE], ids=lambda f: f.name.lower()
    )
    def test_a_dead_line_is_never_an_answer(self, call: LabCall, fault: Fault) -> None:
        """Nothing comes through: no "there is no order", no "there are no results"."""
        orders = self._prepared(call)
        start = len(self.bench.proxy.exchanges)
        self.bench.proxy.plan = _on_request(lambda n: n >= 0, fault, start)
        adapter = self.adapter_or_error()
        if adapter is not None:
            try:
                answer = call.make(adapter, orders)
            except LabAccessError as error:
                raise AssertionError("a dead line is no refused secret") from error
            except RetryableAdapterError:
                answer = None
            else:
                assert call.name == "check", f"{call.name} answered over a dead line: {answer!r}"
                assert answer, "check must say that the lab does not answer"
        self.bench.proxy.plan = flawless
        self._heals(call, orders)

    def adapter_or_error(self) -> Any:
        """Return the adapter, or None if it already asks the lab while it is built."""
        try:
            return self.adapter()
        except RetryableAdapterError:
            return None

    @needs("proxy")
    def test_a_lost_reply_to_a_submission_makes_no_second_order(self) -> None:
        """The lab did it each time, and we are told nothing, three times over."""
        order = self.bench.orders(1)[0]

        def plan(number: int, method: str, path: str) -> Fault:
            del number, path
            return Fault.NONE if method == "GET" else Fault.LOST_REPLY

        self.bench.proxy.plan = plan
        for _ in range(3):
            adapter = self.adapter_or_error()
            if adapter is None:
                continue
            try:
                adapter.find(order.order_id) or adapter.submit(order)
            except RetryableAdapterError:
                continue
        self.bench.proxy.plan = flawless
        receipt = patiently(lambda: self.adapter().find(order.order_id))
        receipt = receipt or self.adapter().submit(order)
        assert receipt.order_id == order.order_id
        assert self.bench.samples(order.order_id) == 1

    @needs("proxy", "report")
    @pytest.mark.parametrize("seed", [1, 2])
    def test_a_campaign_gets_through_a_bad_line(self, seed: int) -> None:
        """Every fourth request breaks: each order once, each result once."""
        # Stalled replies cost a time-out each, and are played at every call above.
        faults = tuple(f for f in LOSING if f is not Fault.STALLED)
        self.bench.proxy.plan = by_chance(0.25, seed, faults)
        orders = self.bench.orders(3)[:3]
        for order in orders:
            patiently(lambda o=order: _place_anew(self, o))  # type: ignore[misc]
        for order in orders:
            self.report_all(order)
        reader = self.reader(orders)
        reader.read()
        self.bench.proxy.plan = flawless
        assert [self.bench.samples(order.order_id) for order in orders] == [1, 1, 1]
        assert len(reader.measured) == 9
        assert reader.read() == []

    @needs("adapter_with_expired_token")
    def test_an_expired_token_is_never_an_empty_lab(self, call: LabCall) -> None:
        """`LabAccessError` at every call: no "no order", no "no results", no repetition."""
        orders = self._prepared(call)
        try:
            answer = call.make(self.bench.adapter_with_expired_token(), orders)
        except LabAccessError as error:
            self._is_quiet(str(error), error.hint)
        else:
            assert call.name == "check", f"{call.name} answered the unauthorised: {answer!r}"
            assert answer
            self._is_quiet(*(str(problem) for problem in answer))
        self._heals(call, orders)

    @needs("adapter_with_expired_token")
    def test_secrets_stay_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        """Not in logs at the finest level, not in a repr, not in an error and its causes."""
        assert self.bench.secrets, "tell the suite the bench's `secrets`, to look for them"
        caplog.set_level(logging.DEBUG)
        order = self.bench.orders(1)[0]
        told: list[str] = []
        plans: list[Plan] = [flawless]
        if self.can("proxy"):
            plans += [_on_request(lambda n: n >= 0, f, 0) for f in (Fault.GARBAGE, Fault.REFUSED)]
        for plan in plans:
            if self.can("proxy"):
                self.bench.proxy.plan = plan
            for build in (self.bench.adapter, self.bench.adapter_with_expired_token):
                try:
                    adapter = build()
                    told += [repr(adapter), repr(vars(adapter)), *map(str, adapter.check())]
                    adapter.find(order.order_id)
                except RetryableAdapterError as error:
                    told += _chain(error)
        self._is_quiet(*told, caplog.text)

    def _is_quiet(self, *texts: str) -> None:
        for secret in self.bench.secrets:
            assert not any(secret in text for text in texts), "a secret was told"


def _place_anew(case: LineCases, order: WorkOrder) -> object:
    adapter = case.adapter()
    return adapter.find(order.order_id) or adapter.submit(order)


def _chain(error: BaseException | None) -> list[str]:
    told = []
    while error is not None:
        told += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return told
