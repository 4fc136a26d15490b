"""How often one sender may knock."""

import threading
from collections.abc import Callable


class Pace:
    """A bucket of tokens that fills evenly.

    Args:
        per_minute: Tokens a minute, and most that wait in the bucket.
        now: A clock that never goes back, in seconds.
    """

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._rate = per_minute / 60.0
        self._most = float(per_minute)
        self._now = now
        self._tokens, self._seen = self._most, now()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a token; return 0, or the seconds until there is one."""
        with self._lock:
            now = self._now()
            self._tokens = min(self._most, self._tokens + (now - self._seen) * self._rate)
            self._seen = now
            if self._tokens >= 1.0:
                self._tokens -= 1.0
                return 0.0
            return (1.0 - self._tokens) / self._rate
