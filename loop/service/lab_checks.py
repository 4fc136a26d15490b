"""Whether a lab can be used as described, and what would be written there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loop.core.candidate import CandidatePool
from loop.core.definition import CampaignDefinition
from loop.core.identity import order_id
from loop.core.lab_ports import (
    Capabilities,
    GivesAttachments,
    KeepsInventory,
    LimsAdapter,
    NamesAccount,
    PreviewsOrders,
    ResultFileReader,
    TakesAnnotations,
    TakesAttachments,
)
from loop.core.order import WorkOrder
from loop.core.state import CampaignState, OrderStatus, RoundState
from loop.errors import MissingExtraError, Problem
from loop.service.plugins import PluginLookup
from loop.service.proposing import measurement_requests, work_orders

GROUP: Final = "synthloop.lims"
_PORTS: Final = {
    "inventory": KeepsInventory,
    "preview": PreviewsOrders,
    "takes documents": TakesAttachments,
    "takes annotations": TakesAnnotations,
    "gives files": GivesAttachments,
    "names our account": NamesAccount,
    "reads result files": ResultFileReader,
}


@dataclass(frozen=True)
class LabReport:
    """What a look at the live system told.

    Attributes:
        kind: Name of the adapter.
        capabilities: What it says the system can do.
        offers: What it offers beside.
        account: Who we are there; empty where it does not say.
        problems: What would keep the loop from working.
        previewed: The order that is shown: a real one, or an example.
        preview: What would be written for it; empty where it does not say.
    """

    kind: str
    capabilities: Capabilities
    offers: tuple[str, ...]
    account: str
    problems: tuple[Problem, ...]
    previewed: str
    preview: str


@dataclass(frozen=True)
class InstalledAdapter:
    """An adapter that a campaign file can name.

    Attributes:
        name: Its `kind`.
        package: Distribution that brings it.
        summary: First line of its documentation.
        offers: What it offers beside the port that all have.
        required: Options without a default.
        problem: Why it cannot be loaded.
    """

    name: str
    package: str
    summary: str
    offers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    problem: str = ""


def offers(adapter: object) -> tuple[str, ...]:
    """Return what an adapter, or its class, offers beside the port that all have."""
    return tuple(words for words, port in _PORTS.items() if _has(adapter, port))


def _has(adapter: object, port: type) -> bool:
    names = [name for name in vars(port) if not name.startswith("_")]
    return all(callable(getattr(adapter, name, None)) for name in names)


def lab_problems(adapter: LimsAdapter, definition: CampaignDefinition) -> list[Problem]:
    """Return what keeps the loop from working with a lab as the campaign describes it."""
    problems = list(adapter.check())
    if definition.lab.annotate and not isinstance(adapter, TakesAnnotations | TakesAttachments):
        kind = definition.lims.kind
        expected = f"false: lims {kind!r} takes neither annotations nor documents"
        problems.append(Problem("[lab]", "lab.annotate", "true", expected))
    return problems


def look_at_lab(
    adapter: LimsAdapter, definition: CampaignDefinition, order: WorkOrder | None
) -> LabReport:
    """Return what the live system says of us; nothing is changed there.

    Args:
        adapter: The way to it.
        definition: The campaign.
        order: What to preview.

    Raises:
        RetryableAdapterError: it does not answer now.
    """
    problems = lab_problems(adapter, definition)
    known = isinstance(adapter, NamesAccount) and not problems
    return LabReport(
        kind=definition.lims.kind,
        capabilities=adapter.capabilities(),
        offers=offers(adapter),
        account=adapter.account() if known and isinstance(adapter, NamesAccount) else "",
        problems=tuple(problems),
        previewed=order.order_id if order else "",
        preview=adapter.preview(order) if isinstance(adapter, PreviewsOrders) and order else "",
    )


def shown_order(state: CampaignState, pool: CandidatePool) -> WorkOrder | None:
    """Return the order to preview: the first that waits for the lab, else any, else an example."""
    current = state.current_round
    if current is not None and current.state is RoundState.PROPOSED:
        batch = work_orders(state, current)
        if batch:
            return batch[0]
    orders = sorted(state.orders.values(), key=lambda o: o.status is not OrderStatus.QUEUED)
    return orders[0].order if orders else example_order(state.definition, pool)


def example_order(definition: CampaignDefinition, pool: CandidatePool) -> WorkOrder | None:
    """Return an order for the first candidate; None where the pool begins empty."""
    if not len(pool):
        return None
    candidate = pool.candidate(0)
    return WorkOrder(
        order_id=order_id(definition.slug, 1, candidate.candidate_id),
        campaign=definition.slug,
        round_number=1,
        position=1,
        candidate=candidate,
        requests=measurement_requests(definition),
        note="an example",
    )


def installed_adapters(plugins: PluginLookup) -> Sequence[InstalledAdapter]:
    """Return every adapter that a campaign file can name here."""
    return [_installed(plugins, name) for name in plugins.names(GROUP)]


def _installed(plugins: PluginLookup, name: str) -> InstalledAdapter:
    package = plugins.package(GROUP, name)
    try:
        cls = plugins.load(GROUP, name)
    except MissingExtraError as error:
        return InstalledAdapter(name, package, "", problem=error.message)
    fields = cls.Config.model_fields.items()
    return InstalledAdapter(
        name=name,
        package=package,
        summary=(cls.__doc__ or "").strip().splitlines()[0] if cls.__doc__ else "",
        offers=offers(cls),
        required=tuple(key for key, field in fields if field.is_required()),
    )
