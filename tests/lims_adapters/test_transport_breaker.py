"""The breaker opens after a run of failures, lets one try after a rest, and closes on an answer."""

import pytest

from lims_adapters.transport.breaker import CircuitBreaker
from loop.errors import RetryableAdapterError


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker(failures=3, rest_seconds=30, clock=clock)


def is_open(breaker):
    try:
        breaker.before("Testlab")
    except RetryableAdapterError as error:
        assert "Testlab failed" in str(error)
        return True
    return False


def test_it_opens_after_a_run_of_failures(breaker):
    for _ in range(2):
        breaker.failed()
    assert not is_open(breaker)
    breaker.failed()
    assert is_open(breaker)


def test_an_answer_breaks_the_run(breaker):
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.answered()
    assert not is_open(breaker)


def test_after_a_rest_one_request_may_try(breaker, clock):
    for _ in range(3):
        breaker.failed()
    clock.now += 29.9
    assert is_open(breaker)
    clock.now += 0.2
    assert not is_open(breaker)
    assert is_open(breaker), "the second one waits for what the first one meets"


def test_a_failed_trial_starts_the_rest_anew(breaker, clock):
    for _ in range(3):
        breaker.failed()
    clock.now += 31
    breaker.before("Testlab")
    breaker.failed()
    clock.now += 29
    assert is_open(breaker)
    clock.now += 2
    assert not is_open(breaker)
    breaker.answered()
    assert not is_open(breaker)
