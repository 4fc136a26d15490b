"""A bell was rung: ask the lab what is new, soon and once."""

import logging
import threading
from types import TracebackType
from typing import Self

from loop.errors import SynthloopError
from loop.service.worker import Worker

_LOG = logging.getLogger("synthloop.push")


class Waker:
    """Polls campaigns in a thread of its own; bells that ring meanwhile count as one.

    A campaign that another worker holds is left to that one, which polls by itself.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._waiting: dict[str, None] = {}
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._serve, name="waker", daemon=True)

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finish the poll that runs, and end."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def ring(self, slug: str) -> None:
        """Let a campaign be polled."""
        with self._changed:
            self._waiting[slug] = None
            self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                slug = next(iter(self._waiting))
                del self._waiting[slug]
            self._look(slug)

    def _look(self, slug: str) -> None:
        try:
            outcome = self._worker.look(slug)
        except SynthloopError as error:
            _LOG.warning("woken for %s: %s", slug, error.message)
        else:
            _LOG.info("woken for %s: %s", slug, outcome.text)
