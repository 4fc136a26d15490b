"""Queries: the campaign as people see it. Nothing here changes anything."""

import threading

import numpy as np
from numpy.typing import NDArray

from loop.core.dataset import training_data
from loop.core.events import Event
from loop.core.generated_pool import plan_of
from loop.core.objective import Vector
from loop.core.proposal import ProposalItem
from loop.core.rehearsal_ports import LabAccount, Rehearses
from loop.core.state import (
    CampaignState,
    CampaignStatus,
    MeasurementRecord,
    OrderRecord,
    OrderStatus,
    RoundRecord,
    RoundState,
)
from loop.service.archive import Archive
from loop.service.belief import believed_values
from loop.service.history import history_lines
from loop.service.surprises import surprises
from loop.service.views import (
    BestPoint,
    CampaignSummary,
    CampaignView,
    DescribedPool,
    HistoryLine,
    ItemView,
    MeasurementView,
    OrderView,
    RankedCandidate,
    RoundView,
)


class CampaignQueries:
    """Read-only views. Keyed by version, so a cached view is never stale."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._views: dict[str, CampaignView] = {}
        self._lock = threading.Lock()

    def campaigns(self) -> list[CampaignSummary]:
        """Return one line per campaign, the most recently changed first."""
        summaries = [
            campaign_summary(self._archive.state(slug)) for slug in self._archive.ledger.campaigns()
        ]
        return sorted(
            summaries, key=lambda s: s.updated_at.timestamp() if s.updated_at else 0.0, reverse=True
        )

    def version(self, slug: str) -> int:
        """Return the campaign's version; 0 if there is none."""
        return self._archive.ledger.version(slug)

    def view(self, slug: str) -> CampaignView:
        """Return everything about a campaign.

        Raises:
            NotFoundError: there is no such campaign.
        """
        state = self._archive.state(slug)
        with self._lock:
            cached = self._views.get(slug)
            if cached is None or cached.summary.version != state.version:
                cached = campaign_view(state)
                self._views[slug] = cached
            return cached

    def history(self, slug: str) -> list[HistoryLine]:
        """Return the events in words, oldest first."""
        return history_lines(self._archive.events(slug))

    def events(self, slug: str) -> list[Event]:
        """Return the events as they are stored."""
        return self._archive.events(slug)

    def truth(self, slug: str) -> tuple[Vector, NDArray[np.intp]] | None:
        """Return the true value of every candidate and the measured rows, where a lab is simulated.

        Returns:
            Values `(n,)` in the property's unit and pool rows `(k,)`; None without an oracle or
            without a result.
        """
        state = self._archive.state(slug)
        definition, pool = state.definition, self._archive.pool(state)
        columns = definition.lims.options.get("columns", {})
        column = columns.get(definition.objective.property)
        data = training_data(state)
        if definition.lims.kind != "simulated" or column not in pool.fields or not len(data):
            return None
        truth = np.array([float(v or 0.0) for v in pool.fields[column]], dtype=np.float64)
        return truth, self._archive.rows(state, data.candidate_ids)

    def rehearsed(self, slug: str) -> tuple[LabAccount, Vector] | None:
        """Return what a simulated lab did, and the truth of the pool, shape `(n,)`.

        The values are in the unit of the objective's property; None where the lab is real.

        Raises:
            NotFoundError: there is no such campaign.
        """
        state = self._archive.state(slug)
        lab = self._archive.lab(state)
        if not isinstance(lab, Rehearses):
            return None
        pool = self._archive.pool(state)
        candidates = map(pool.candidate, range(len(pool)))
        truth = lab.true_values(state.definition.objective.property, candidates)
        return lab.account(), np.array(truth, dtype=np.float64)

    def row(self, slug: str, candidate_id: str) -> int:
        """Return the pool row of a candidate.

        Raises:
            NotFoundError: there is no such campaign or candidate.
        """
        return self._archive.pool(self._archive.state(slug)).row(candidate_id)

    def measured_rows(self, slug: str) -> NDArray[np.intp]:
        """Return the pool rows that have a result, shape `(k,)`.

        Raises:
            NotFoundError: there is no such campaign.
        """
        state = self._archive.state(slug)
        return self._archive.rows(state, training_data(state).candidate_ids)

    def believed(self, slug: str) -> tuple[dict[str, float], int]:
        """Return what a model of all results says of every candidate of the pool.

        Returns:
            Candidate id to value, in the unit of the objective's property, and the number of
            results. A candidate that cannot be described has the mean of the results.

        Raises:
            NotFoundError: there is no such campaign.
            ModelError: there are too few results, or no model could be fitted.
        """
        return believed_values(self._archive, self._archive.state(slug))

    def ordered_rows(self, slug: str) -> NDArray[np.intp]:
        """Return the pool row of every order, in the order they were placed, shape `(k,)`.

        Raises:
            NotFoundError: there is no such campaign.
        """
        placed = tuple(order.candidate_id for order in self.view(slug).orders)
        return self._archive.rows(self._archive.state(slug), placed)

    def described_pool(self, slug: str) -> DescribedPool:
        """Return the featurized pool with the values so far.

        The first call describes every candidate, which may take long: not for a page.

        Raises:
            NotFoundError: there is no such campaign.
        """
        state = self._archive.state(slug)
        pool, data = self._archive.pool(state), training_data(state)
        measured = self._archive.rows(state, data.candidate_ids)
        values = np.full(len(pool), np.nan)
        values[measured] = data.y
        return DescribedPool(
            features=self._archive.features(state),
            labels=pool.labels,
            values=values,
            measured=measured,
            proposed=self._archive.rows(state, _asked_for(state)),
        )

    def drawing(self, slug: str, candidate_id: str) -> str:
        """Return the structure of a candidate as SVG, or an empty text."""
        pool = self._archive.pool(self._archive.state(slug))
        return self._archive.stages.draw(pool.material, pool.structures[pool.row(candidate_id)])

    def route_drawing(self, slug: str, candidate_id: str) -> str:
        """Return the route that was found when a candidate was judged as SVG, or an empty text.

        Raises:
            NotFoundError: there is no such campaign or candidate.
        """
        pool = self._archive.pool(self._archive.state(slug))
        plan = plan_of(pool.candidate(pool.row(candidate_id)).fields)
        if plan is None or plan.route is None:
            return ""
        return self._archive.stages.draw_route(plan.route)


def _asked_for(state: CampaignState) -> tuple[str, ...]:
    """Return the candidates that the current batch proposes or the lab is at work on."""
    current = state.current_round
    waiting = {o.order.candidate.candidate_id for o in state.outstanding()}
    if current is not None and current.state is RoundState.PROPOSED:
        waiting |= current.items.keys() - current.rejected.keys()
    return tuple(sorted(waiting))


def campaign_summary(state: CampaignState) -> CampaignSummary:
    """Return the line of a campaign in the list."""
    current = state.current_round
    ranking = ranked_candidates(state)
    return CampaignSummary(
        slug=state.slug,
        title=state.definition.title,
        status=state.status.value,
        objective=state.definition.objective.in_words(),
        unit=state.definition.target.unit,
        version=state.version,
        round_number=current.number if current else 0,
        round_state=current.state.value if current else "none",
        best_value=ranking[0].value if ranking else None,
        best_label=ranking[0].label if ranking else "",
        n_experiments=state.n_experiments,
        budget=state.definition.budget.experiments,
        updated_at=state.updated_at,
        waiting_for=waiting_for(state),
    )


def waiting_for(state: CampaignState) -> str:
    """Return what the campaign waits for, in one phrase."""
    if state.status is CampaignStatus.PAUSED:
        return f"somebody to resume it ({state.status_reason})"
    if state.lab_locked:
        return "somebody to mend the access to the lab's system"
    outstanding = len(state.outstanding())
    if outstanding:
        return f"{outstanding} results from the lab"
    if state.status is CampaignStatus.CLOSED:
        return ""
    current = state.current_round
    if current is not None and current.state is RoundState.PROPOSED:
        return f"approval of round {current.number}"
    return "the worker"


def ranked_candidates(state: CampaignState) -> tuple[RankedCandidate, ...]:
    """Return the measured candidates, best first; ties in the order of their ids."""
    data = training_data(state)
    orders = {o.order.candidate.candidate_id: o.order for o in state.orders.values()}
    utility = state.definition.objective.signed(data.y)
    by_utility = np.argsort(-utility, kind="stable")
    return tuple(
        RankedCandidate(
            rank=rank,
            candidate_id=data.candidate_ids[i],
            label=orders[data.candidate_ids[i]].candidate.label,
            structure=orders[data.candidate_ids[i]].candidate.structure,
            value=float(data.y[i]),
            n_measurements=int(data.replicates[i]),
            round_number=orders[data.candidate_ids[i]].round_number,
        )
        for rank, i in enumerate(by_utility.tolist(), start=1)
    )


def best_so_far(state: CampaignState) -> tuple[BestPoint, ...]:
    """Return the best value after each measured candidate, in the order of recording."""
    objective = state.definition.objective
    points: list[BestPoint] = []
    best: float | None = None
    seen: set[str] = set()
    for record in state.measurements.values():
        m = record.current
        if record.withdrawn or m.property != objective.property or m.qualifier != "=":
            continue
        seen.add(m.candidate_id)
        pair = np.array([m.value if best is None else best, m.value])
        best = float(pair[int(np.argmax(objective.signed(pair)))])
        points.append(BestPoint(record.round_number, len(seen), best))
    return tuple(points)


def campaign_view(state: CampaignState) -> CampaignView:
    """Return everything about a campaign."""
    orders = {key: _order_view(record) for key, record in state.orders.items()}
    statuses = [o.status for o in state.orders.values()]
    price = state.definition.budget.cost_per_experiment
    return CampaignView(
        summary=campaign_summary(state),
        definition=state.definition,
        opened_at=state.opened_at,
        n_candidates=state.n_candidates,
        n_excluded=state.n_excluded,
        exclusions=state.exclusions,
        rounds=tuple(_round_view(state, r, orders) for r in state.rounds.values()),
        orders=tuple(orders.values()),
        measurements=tuple(
            _measurement_view(state, key, r) for key, r in state.measurements.items()
        ),
        best_so_far=best_so_far(state),
        ranking=ranked_candidates(state),
        refusals=tuple(state.refusals),
        comments=tuple(state.comments),
        warnings=_warnings(state),
        lab_trouble=state.lab_trouble,
        n_measured=statuses.count(OrderStatus.MEASURED),
        n_failed=statuses.count(OrderStatus.FAILED),
        cost=None if price is None else price * state.n_experiments,
        surprises=surprises(state),
    )


def _warnings(state: CampaignState) -> tuple[str, ...]:
    current = state.current_round
    found: list[str] = []
    if state.status is CampaignStatus.PAUSED:
        found.append(f"paused: {state.status_reason}")
    left = state.definition.budget.experiments - state.n_experiments
    if state.status is CampaignStatus.CLOSED and left > 0 and not state.outstanding():
        found.append(f"closed with {left} experiments left: {state.status_reason}")
    if state.lab_trouble:
        how = "does not let us in" if state.lab_locked else "does not answer"
        found.append(f"the lab's system {how} ({state.lab_trouble})")
    if current is not None:
        found.extend(current.report.warnings if current.report else ())
        found.extend(current.notices)
    flagged = [o for o in state.orders.values() if o.flag and not o.status.finished]
    found.extend(f"{o.order.order_id} needs follow-up: {o.flag}" for o in flagged)
    found.extend(
        f"look at {s.label} ({s.order_id}): {s.text}; correct it, withdraw it, or comment on the "
        "order that it is right"
        for s in surprises(state)
    )
    found.extend(
        f"{o.order.order_id}: not everything could be filed at the lab: {o.filing_problem}"
        for o in state.orders.values()
        if o.filing_problem
    )
    # A refused worksheet lies in the lab's own folder with the reasons beside it, and comes again
    # as another file; what a server said waits for nobody but us.
    refused = [r for r in state.open_refusals() if r.orders]
    if refused:
        found.append(
            f"refused and not recorded yet: {', '.join(r.source for r in refused[-5:])}; see "
            f"synthloop lims rejected {state.slug}"
        )
    return tuple(dict.fromkeys(found))


def _order_view(record: OrderRecord) -> OrderView:
    order = record.order
    return OrderView(
        order_id=order.order_id,
        round_number=order.round_number,
        position=order.position,
        candidate_id=order.candidate.candidate_id,
        label=order.candidate.label,
        structure=order.candidate.structure,
        status=record.status,
        external_id=record.receipt.external_id if record.receipt else "",
        url=record.receipt.url if record.receipt else "",
        reason=record.reason,
        flag=record.flag,
        requested=tuple(r.property for r in order.requests),
        filed=record.filed,
        filing_problem=record.filing_problem,
    )


def _round_view(
    state: CampaignState, record: RoundRecord, orders: dict[str, OrderView]
) -> RoundView:
    by_candidate = {orders[o].candidate_id: orders[o] for o in record.order_ids}
    return RoundView(
        number=record.number,
        state=record.state,
        opened_at=record.opened_at,
        ended_at=record.ended_at,
        end_reason=record.end_reason,
        approved_by=record.approved_by,
        approved_at=record.approved_at,
        chosen_by=record.chosen_by,
        n_considered=record.n_considered,
        n_unusable=record.n_unusable,
        notices=record.notices,
        skipped_reason=record.skipped_reason,
        model_artifact=record.model_artifact,
        report=record.report,
        items=tuple(
            ItemView(
                item=item,
                rejected=record.rejected.get(key, ""),
                order=by_candidate.get(key),
                measured=_measured_value(state, by_candidate.get(key)),
            )
            for key, item in record.items.items()
        ),
    )


def _measured_value(state: CampaignState, order: OrderView | None) -> float | None:
    if order is None:
        return None
    values = [
        m.value
        for m in state.valid_measurements(order.order_id, state.definition.objective.property)
        if m.qualifier == "="
    ]
    return float(np.mean(values)) if values else None


def _predicted(state: CampaignState, order_id: str) -> ProposalItem | None:
    order = state.orders[order_id].order
    record = state.rounds[order.round_number]
    return record.items.get(order.candidate.candidate_id)


def _measurement_view(state: CampaignState, key: str, record: MeasurementRecord) -> MeasurementView:
    m = record.current
    item = _predicted(state, m.order_id)
    on_target = m.property == state.definition.objective.property
    return MeasurementView(
        measurement_id=key,
        order_id=m.order_id,
        candidate_id=m.candidate_id,
        label=state.orders[m.order_id].order.candidate.label,
        property=m.property,
        value=m.value,
        qualifier=m.qualifier,
        unit=state.definition.properties[m.property].unit,
        sd=m.sd,
        replicate=m.replicate,
        received=m.raw or f"{m.received_value:g} {m.received_unit}",
        method=m.method,
        operator=m.operator,
        measured_at=m.measured_at,
        recorded_at=record.recorded_at,
        recorded_by=record.actor,
        source=m.source,
        withdrawn=record.withdrawn,
        corrections=tuple(record.corrections),
        predicted_mean=item.mean if item and on_target else None,
        predicted_sd=item.sd if item and on_target else None,
    )
