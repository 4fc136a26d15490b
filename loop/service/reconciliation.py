"""Ours against theirs, both directions: what the ledger and the lab's system disagree about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from loop.core.lab_ports import KeepsInventory, RemoteOrder
from loop.core.result import LabResult, Measurement, Outcome
from loop.core.state import CampaignState, MeasurementRecord, OrderRecord, OrderStatus
from loop.errors import Problem, StateError
from loop.service.acceptance import accept, same_word
from loop.service.archive import Archive
from loop.service.reasons import number


class Disagreement(StrEnum):
    """Kinds of difference."""

    MISSING_THERE = "order missing at the lab"
    UNKNOWN_HERE = "order unknown here"
    DUPLICATE = "further samples of one order"
    STATE = "states differ"
    VALUE = "values differ"
    VALUE_ONLY_THERE = "value only at the lab"
    VALUE_ONLY_HERE = "value only here"
    WITHDRAWN_HERE = "withdrawn here, valid at the lab"
    NOT_ACCEPTABLE = "value at the lab that cannot be accepted"


@dataclass(frozen=True)
class Difference:
    """One thing that ledger and lab disagree about.

    Attributes:
        kind: What.
        order_id: Ours; empty if the lab's sample carries none.
        external_id: The lab's name.
        about: Property and the lab's id of the value; empty for whole orders.
        ours: As it stands here.
        theirs: As it stands there.
        note: Why, where the ledger knows.
    """

    kind: Disagreement
    order_id: str
    external_id: str = ""
    about: str = ""
    ours: str = ""
    theirs: str = ""
    note: str = ""


@dataclass(frozen=True)
class Reconciliation:
    """What a comparison came to.

    Attributes:
        n_ours: Orders here that the lab was asked for.
        n_theirs: Samples that the lab holds for this campaign.
        n_values: Values that both hold alike.
        differences: Everything else.
    """

    n_ours: int
    n_theirs: int
    n_values: int
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.differences


class Reconciler:
    """Compares; changes nothing, neither here nor there."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def reconcile(self, slug: str) -> Reconciliation:
        """Return what the ledger and the lab disagree about.

        Raises:
            NotFoundError: there is no such campaign.
            StateError: this kind of lab system cannot list what it holds.
            RetryableAdapterError: it does not answer now; nothing may be concluded.
        """
        state = self._archive.state(slug)
        lab = self._archive.lab(state)
        if not isinstance(lab, KeepsInventory):
            kind = state.definition.lims.kind
            raise StateError(f"campaign {slug!r}: lims {kind!r} cannot list what it holds")
        asked = [o for o in state.orders.values() if o.status is not OrderStatus.QUEUED]
        # All of it before anything is compared: a list that breaks off is no list.
        theirs = list(lab.inventory([o.order for o in asked]))
        return compare(state, asked, theirs)


def compare(
    state: CampaignState, asked: Sequence[OrderRecord], theirs: Sequence[RemoteOrder]
) -> Reconciliation:
    """Return the comparison of what is recorded with what a lab listed."""
    held = {r.order_id: r for r in theirs if r.order_id}
    found: list[Difference] = []
    n_values = 0
    for remote in theirs:
        order = state.orders.get(remote.order_id)
        if order is None:
            found.append(
                Difference(
                    Disagreement.UNKNOWN_HERE, remote.order_id, remote.external_id,
                    theirs=remote.state,
                )
            )  # fmt: skip
            continue
        found.extend(_samples(order, remote))
        differing, alike = _values(state, order, remote)
        found.extend(differing)
        n_values += alike
    gone = [o for o in asked if o.order.order_id not in held and _should_be_there(o)]
    found.extend(
        Difference(
            Disagreement.MISSING_THERE,
            o.order.order_id,
            o.receipt.external_id if o.receipt else "",
            ours=o.status.value,
        )
        for o in gone
    )
    return Reconciliation(len(asked), len(theirs), n_values, tuple(found))


def _should_be_there(order: OrderRecord) -> bool:
    return order.receipt is not None and order.status is not OrderStatus.CANCELLED


def _samples(order: OrderRecord, remote: RemoteOrder) -> Iterator[Difference]:
    order_id = order.order.order_id
    if remote.duplicates:
        yield Difference(
            Disagreement.DUPLICATE, order_id, remote.external_id,
            theirs=", ".join(remote.duplicates),
        )  # fmt: skip
    ends = [r for r in remote.results if r.outcome not in {Outcome.MEASURED, Outcome.WITHDRAWN}]
    theirs = ends[0].outcome.value if ends else "not ended"
    if not _agree(order, ends):
        yield Difference(
            Disagreement.STATE, order_id, remote.external_id, ours=order.status.value,
            theirs=f"{theirs} ({remote.state})" if remote.state else theirs,
            note=order.reason or order.flag or (ends[0].note if ends else ""),
        )  # fmt: skip


def _agree(order: OrderRecord, ends: Sequence[LabResult]) -> bool:
    outcomes = {r.outcome for r in ends}
    if Outcome.CANCELLED in outcomes:
        return order.status is OrderStatus.CANCELLED
    if outcomes & {Outcome.FAILED_SYNTHESIS, Outcome.FAILED_MEASUREMENT}:
        return order.status is OrderStatus.FAILED
    if Outcome.NEEDS_FOLLOW_UP in outcomes:
        return bool(order.flag)
    return order.status not in {OrderStatus.FAILED, OrderStatus.CANCELLED, OrderStatus.QUEUED}


def _values(
    state: CampaignState, order: OrderRecord, remote: RemoteOrder
) -> tuple[list[Difference], int]:
    order_id, name = order.order.order_id, remote.external_id
    found: list[Difference] = []
    alike = 0
    seen: set[str] = set()
    for result in remote.results:
        if result.outcome is not Outcome.MEASURED:
            continue
        said = accept(state.definition, order, result, name)
        about = f"{result.property} {result.result_id}".strip()
        if isinstance(said, Problem):
            found.append(
                Difference(
                    Disagreement.NOT_ACCEPTABLE, order_id, name, about, theirs=said.value,
                    note=f"expected {said.expected}",
                )
            )  # fmt: skip
            continue
        seen.add(said.measurement_id)
        difference = _against(state.measurements.get(said.measurement_id), said, name, about)
        if difference is None:
            alike += 1
        else:
            found.append(difference)
    for identity, record in state.measurements.items():
        m = record.current
        if m.order_id == order_id and identity not in seen and not record.withdrawn:
            found.append(
                Difference(
                    Disagreement.VALUE_ONLY_HERE, order_id, name,
                    f"{m.property} {m.result_id}".strip(), ours=_shown(m),
                    note=f"recorded by {record.actor} from {m.source}",
                )
            )  # fmt: skip
    return found, alike


def _against(
    known: MeasurementRecord | None, said: Measurement, name: str, about: str
) -> Difference | None:
    if known is None:
        kind, ours, note = Disagreement.VALUE_ONLY_THERE, "", ""
    elif known.withdrawn:
        kind, ours, note = Disagreement.WITHDRAWN_HERE, "withdrawn", _last_reason(known)
    elif not same_word(known.current, said):
        kind, ours, note = Disagreement.VALUE, _shown(known.current), _last_reason(known)
    else:
        return None
    return Difference(kind, said.order_id, name, about, ours, _shown(said), note)


def _last_reason(known: MeasurementRecord) -> str:
    if not known.corrections:
        return ""
    last = known.corrections[-1]
    return f"changed here by {last.actor}: {last.reason}"


def _shown(m: Measurement) -> str:
    sign = "" if m.qualifier == "=" else f"{m.qualifier} "
    spread = "" if m.sd is None else f" ± {m.sd:.2g}"
    return f"{sign}{number(m.value)}{spread}"
