"""A campaign that can be killed at any point and started again in the same folder."""

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lims_adapters.simulated.adapter import SimulatedLab
from loop.core.state import CampaignStatus
from loop.ledger.store import SqlLedger
from loop.service.ask import Ask
from loop.service.door import Door
from loop.settings import Settings
from loop.wiring import build

SLUG = "small"


class Killed(BaseException):
    """Stands for kill -9: nothing in the program may catch it."""


class Reaper:
    """Kills the program the first time it passes a point with a new name."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.armed = True

    def __call__(self, point: str) -> None:
        if self.armed and point not in self.passed:
            self.passed.add(point)
            raise Killed(point)


@contextlib.contextmanager
def deadly(reaper: Reaper) -> Iterator[None]:
    """Put kill points around every append, inside every transaction and around the lab."""
    with pytest.MonkeyPatch.context() as patch:

        def around(owner: type, name: str, label: Callable[..., str]) -> None:
            real = getattr(owner, name)

            def wrapped(self, *args, **kwargs):
                point = f"{name}:{label(*args, **kwargs)}"
                reaper(f"before {point}")
                answer = real(self, *args, **kwargs)
                reaper(f"after {point}")
                return answer

            patch.setattr(owner, name, wrapped)

        around(
            SqlLedger,
            "append",
            lambda campaign, version, command, actor, bodies: f"{version}:{bodies[0].kind}",
        )
        around(SimulatedLab, "find", lambda order_id: order_id)
        around(SimulatedLab, "submit", lambda order: order.order_id)
        around(SimulatedLab, "poll", lambda cursor, orders: f"{cursor}:{len(orders)}")
        around(SimulatedLab, "settle", lambda batch, problems: batch.token)
        count = {"n": 0}

        def in_transaction(conn, cursor, statement, parameters, context, executemany):
            verb = statement.split(None, 1)[0].upper()
            if verb in {"INSERT", "DELETE", "UPDATE"} and "lease" not in statement.lower():
                count["n"] += 1
                table = statement.split("(")[0][:60]
                try:
                    reaper(f"inside {table} {count['n'] % 7}")
                except Killed:
                    # The system does this for a process that is really dead.
                    cursor.close()
                    conn.connection.dbapi_connection.rollback()
                    raise

        sa.event.listen(sa.Engine, "after_cursor_execute", in_transaction)
        try:
            yield
        finally:
            sa.event.remove(sa.Engine, "after_cursor_execute", in_transaction)


def open_door(settings: Settings, campaign: Path) -> Door:
    """Return a fresh program on the workspace, with the campaign open."""
    door = build(settings)
    door.service.open(campaign, Ask.by("ada"))
    return door


def run_to_the_end(settings: Settings, campaign: Path, reaper: Reaper | None = None) -> int:
    """Run until the campaign is closed and nothing is outstanding; return the number of deaths."""
    deaths = 0
    for _ in range(2_000):
        died = False
        try:
            with deadly(reaper) if reaper else contextlib.nullcontext():
                door = open_door(settings, campaign)
                try:
                    door.worker.run(SLUG)
                finally:
                    door.close()
        except Killed:
            died = True
        # The dead program's cursors linger in reference cycles and would keep its lock; the system
        # takes them from a process that is really dead.
        gc.collect()
        if died:
            deaths += 1
            continue
        door = build(settings)
        try:
            state = door.queries.view(SLUG)
            if state.summary.status == CampaignStatus.CLOSED and not state.summary.waiting_for:
                return deaths
        finally:
            door.close()
    raise AssertionError("the campaign did not come to its end")


def facts(settings: Settings) -> list[dict]:
    """Return what the ledger says, without the clock."""
    door = build(settings)
    try:
        return [event.body.model_dump(mode="json") for event in door.queries.events(SLUG)]
    finally:
        door.close()


def samples(settings: Settings) -> dict[str, int]:
    """Return how many samples the lab made per order."""
    door = build(settings)
    try:
        archive = door.service._archive
        state = archive.state(SLUG)
        lab = archive.lab(state)
        assert isinstance(lab, SimulatedLab)
        return {order_id: lab.samples(order_id) for order_id in state.orders}
    finally:
        door.close()
