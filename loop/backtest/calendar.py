"""When a rehearsed campaign would keep the lab busy, round by round."""

from collections.abc import Sequence
from dataclasses import dataclass

from loop.core.rehearsal_ports import LabAccount
from loop.service.views import CampaignView

_HOURS = 24


@dataclass(frozen=True)
class RoundDays:
    """One round in the lab's calendar.

    Attributes:
        number: Of the round.
        first_day: On which its first order came, from 1.
        last_day: On which its last answer was there.
        orders: How many.
        measured: How many gave a result.
        failed: How many did not.
    """

    number: int
    first_day: int
    last_day: int
    orders: int
    measured: int
    failed: int


def calendar(account: LabAccount, view: CampaignView) -> tuple[RoundDays, ...]:
    """Return the days of every round that had orders; a day has 24 hours.

    Args:
        account: The lab's.
        view: The campaign in the end.
    """
    times = {t.order_id: t for t in account.times}

    def day(tick: int) -> int:
        return tick * account.hours_per_tick // _HOURS + 1

    rows: list[RoundDays] = []
    for round_ in view.rounds:
        orders = [o for o in view.orders if o.round_number == round_.number]
        placed = [times[o.order_id] for o in orders if o.order_id in times]
        if placed:
            statuses = [o.status.value for o in orders]
            rows.append(
                RoundDays(
                    number=round_.number,
                    first_day=day(min(t.arrived for t in placed)),
                    last_day=day(max(t.due for t in placed)),
                    orders=len(orders),
                    measured=statuses.count("measured"),
                    failed=statuses.count("failed"),
                )
            )
    return tuple(rows)


def days(rounds: Sequence[RoundDays]) -> int:
    """Return on which day the last answer was there; 0 without one."""
    return max((r.last_day for r in rounds), default=0)
