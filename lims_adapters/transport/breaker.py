"""Stops asking a system that has failed many times in a row, and tries it again later."""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from loop.errors import RetryableAdapterError

_FAILURES = 8
_REST_SECONDS = 30.0


class CircuitBreaker:
    """Opens after a run of failures; after a rest one request may try (Nygard, Release It!)."""

    def __init__(
        self,
        failures: int = _FAILURES,
        rest_seconds: float = _REST_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._limit, self._rest, self._clock = failures, rest_seconds, clock
        self._lock, self._run, self._opened = Lock(), 0, 0.0
        self._last = ""

    def before(self, system: str) -> None:
        """Return if a request may go out.

        Raises:
            RetryableAdapterError: the system rests.
        """
        with self._lock:
            if self._run < self._limit:
                return
            left = self._opened + self._rest - self._clock()
            if left > 0:
                raise RetryableAdapterError(
                    f"{system} failed {self._run} times in a row and is asked again in "
                    f"{left:.0f} s; the last time: {self._last}"
                )
            self._opened = self._clock()

    def answered(self) -> None:
        """Take note of an answer."""
        with self._lock:
            self._run = 0

    def failed(self, why: str = "for a reason unknown") -> None:
        """Take note of a failure."""
        with self._lock:
            self._run += 1
            self._last = why
            self._opened = self._clock()
