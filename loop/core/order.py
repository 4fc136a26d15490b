"""What the lab is asked, and its word that it has it."""

from loop.core.base import Frozen
from loop.core.candidate import Candidate


class MeasurementRequest(Frozen):
    """One property to be measured on the material of one order.

    Attributes:
        property: Its name in the campaign.
        unit: The campaign's unit; results may come in any unit of the same dimension.
        replicates: How many measurements are wanted.
        plausible: Lowest and highest believable value, in `unit`.
    """

    property: str
    unit: str
    replicates: int = 1
    plausible: tuple[float, float] | None = None


class WorkOrder(Frozen):
    """Make this candidate and measure these properties.

    Attributes:
        order_id: Made from campaign, round and candidate; the key of every later exchange.
        campaign: Slug.
        round_number: Round that asks, from 1.
        position: Place in the batch, from 1.
        candidate: What to make.
        requests: What to measure.
        note: For the chemist.
    """

    order_id: str
    campaign: str
    round_number: int
    position: int
    candidate: Candidate
    requests: tuple[MeasurementRequest, ...]
    note: str = ""


class Receipt(Frozen):
    """The lab's word that it has an order.

    Attributes:
        order_id: Ours.
        external_id: The lab's name for it.
        url: Where a person finds it, if anywhere.
    """

    order_id: str
    external_id: str
    url: str = ""
