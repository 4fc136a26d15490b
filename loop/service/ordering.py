"""The step from an approved batch to orders that the lab has: find, else submit."""

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from loop.core import events as e
from loop.core.lab_ports import LimsAdapter
from loop.core.order import Receipt, WorkOrder
from loop.core.state import CampaignState
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError

ATTEMPTS = 5


def place_order(
    lab: LimsAdapter, order: WorkOrder, still_ours: Callable[[], None]
) -> e.OrderAccepted | e.OrderFailed:
    """Return what bringing one order to the lab came to.

    A lost reply leaves it open whether the lab has the order, so every attempt looks before it
    submits.

    Args:
        lab: The lab.
        order: What to place.
        still_ours: Raises when another worker has taken the campaign over.

    Raises:
        LeaseHeldError: from `still_ours`.
        RetryableAdapterError: nothing is known; the order stays queued.
    """

    def attempt() -> Receipt:
        known = lab.find(order.order_id)
        if known is not None:
            return known
        still_ours()
        return lab.submit(order)

    try:
        receipt = retrying()(attempt)
    except RetryableAdapterError:
        raise
    except AdapterError as error:
        return e.OrderFailed(order_id=order.order_id, stage="submission", reason=error.message)
    return e.OrderAccepted(receipt=receipt)


def retrying() -> Retrying:
    """Return the policy for one exchange with the lab: jittered, bounded, last error raised."""
    return Retrying(
        retry=retry_if_exception(_may_heal),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.05, max=5),
        reraise=True,
    )


def _may_heal(error: BaseException) -> bool:
    # A refused password stays refused, and many systems lock an account that keeps trying.
    return isinstance(error, RetryableAdapterError) and not isinstance(error, LabAccessError)


def unreachable(state: CampaignState, during: str, error: AdapterError) -> list[e.EventBody]:
    """Return the event that the lab does not answer, once per trouble.

    That it does not let us in is told even when it was silent before: a person must act.
    """
    locked = isinstance(error, LabAccessError)
    if state.lab_trouble and (state.lab_locked or not locked):
        return []
    reason = f"{error.message} ({error.hint})" if locked and error.hint else error.message
    return [e.LabUnreachable(during=during, reason=reason, needs_person=locked)]


def reachable(state: CampaignState) -> list[e.EventBody]:
    """Return the event that the lab answers again, if it did not."""
    return [e.LabReachable()] if state.lab_trouble else []
