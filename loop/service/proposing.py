"""The step from a model, or from none, to a proposed batch."""

import numpy as np
from numpy.typing import NDArray

from loop.core import events as e
from loop.core.candidate import CandidatePool
from loop.core.dataset import limited_values, pending, training_data, untouchable
from loop.core.definition import CampaignDefinition, PluginChoice
from loop.core.generated_pool import log_weights, told_of
from loop.core.identity import order_id, stage_seed
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.ports import Acquisition, Choice, ChoiceRequest, FeatureMatrix, Progress, Rows
from loop.core.proposal import Origin, ProposalItem
from loop.core.state import CampaignState, RoundRecord
from loop.service.archive import Archive
from loop.service.extrapolation import Standing, extrapolation_notices, standings
from loop.service.feasibility import Feasibility, judge_feasibility
from loop.service.reasons import design_reason, made_in, model_reason


def propose_batch(
    archive: Archive, state: CampaignState, record: RoundRecord, progress: Progress
) -> list[e.EventBody]:
    """Return the event of a proposal, or of the end of a campaign that has no candidate left."""
    features = archive.features(state, progress)
    available = _available(archive, state, features)
    left = state.definition.budget.experiments - state.n_experiments
    if len(available) == 0 or left <= 0:
        reason = "no candidate of the pool is left to propose" + made_in(record)
        return [
            e.RoundAbandoned(round_number=record.number, reason=reason),
            e.CampaignClosed(reason=reason),
        ]
    seed = stage_seed(state.definition.seed, record.number, "propose")
    wanted = _wanted(state, record, left)
    feasibility = Feasibility()
    progress("choosing the batch", 0.0)
    if record.model_artifact is None:
        items, chosen_by = _by_design(archive, state, features, available, wanted, seed)
    else:
        feasibility = judge_feasibility(
            archive, state, record.number, features, available, progress
        )
        items, chosen_by = _by_model(
            archive, state, record, features, available, feasibility, wanted, seed
        )
    return [
        e.BatchProposed(
            round_number=record.number,
            seed=seed,
            chosen_by=chosen_by,
            n_considered=len(available),
            n_unusable=len(features.failures),
            items=tuple(items),
            notices=(
                *_notices(state, record, features),
                *_short(record, len(items), wanted, len(available)),
                *feasibility.notices,
                *extrapolation_notices(items),
            ),
            feasibility=feasibility.report,
        )
    ]


def _available(archive: Archive, state: CampaignState, features: FeatureMatrix) -> Rows:
    mask = features.usable().copy()
    pool = archive.pool(state)
    taken = untouchable(state) | set(pending(state))
    mask[[pool.row(c) for c in taken if c in pool]] = False
    mask &= np.isfinite(log_weights(pool))
    return np.flatnonzero(mask)


def _notices(state: CampaignState, record: RoundRecord, features: FeatureMatrix) -> list[str]:
    notices = list(record.extension.warnings) if record.extension else []
    if features.failures:
        notices.append(
            f"{len(features.failures)} candidates cannot be described and are never proposed"
        )
    limited = limited_values(state)
    if limited:
        notices.append(f"{limited} results are limits (< or >); the model does not see them")
    if state.lab_trouble:
        notices.append(f"the lab's system does not answer: {state.lab_trouble}")
    return notices


def _short(record: RoundRecord, size: int, wanted: int, available: int) -> list[str]:
    """Say why a batch holds fewer candidates than are asked for."""
    if size >= wanted:
        return []
    why = "no other is left to propose"
    if size < available:
        why = "the acquisition chose no more"
    return [f"the batch holds {size} of the {wanted} candidates asked for: {why}{made_in(record)}"]


def _wanted(state: CampaignState, record: RoundRecord, left: int) -> int:
    if record.model_artifact is not None:
        return min(state.definition.batch.size, left)
    known = len(training_data(state)) + len(pending(state))
    return min(left, max(1, state.definition.initial.size - known))


def _by_design(
    archive: Archive,
    state: CampaignState,
    features: FeatureMatrix,
    available: Rows,
    size: int,
    seed: int,
) -> tuple[list[ProposalItem], str]:
    data = training_data(state)
    waiting = pending(state)
    kind = state.definition.initial.kind
    design = archive.stages.plugins.load("synthloop.designs", kind)()
    taken = archive.rows(state, tuple(sorted({*data.candidate_ids, *waiting})))
    pool = archive.pool(state)
    choices = design.choose(features, available, taken, size, seed)
    items = [
        ProposalItem(
            candidate=pool.candidate(choice.row),
            position=position,
            origin=Origin.INITIAL,
            score=choice.score,
            reason=design_reason(kind, len(data)),
            **_history(pool, choice.row),
        )
        for position, choice in enumerate(choices, start=1)
    ]
    return items, f"initial design {kind!r}"


def _by_model(
    archive: Archive,
    state: CampaignState,
    record: RoundRecord,
    features: FeatureMatrix,
    available: Rows,
    feasibility: Feasibility,
    size: int,
    seed: int,
) -> tuple[list[ProposalItem], str]:
    definition = state.definition
    data = training_data(state)
    content = archive.artifacts.get(record.model_artifact or "")
    fitted = archive.surrogate(state).load(content, features)
    acquisition = _acquisition(archive, definition.acquisition)
    observed = archive.rows(state, data.candidate_ids)
    choices = acquisition.choose(
        ChoiceRequest(
            surrogate=fitted,
            features=features,
            available=available,
            observed=observed,
            y=data.y,
            pending=archive.rows(state, pending(state)),
            objective=definition.objective,
            size=size,
            seed=seed,
            log_feasible=_log_chance(archive.pool(state), feasibility),
        )
    )
    best = None
    if len(data):
        best = float(data.y[int(np.argmax(definition.objective.signed(data.y)))])
    items = [
        _item(
            archive,
            state,
            features,
            observed,
            choice,
            position,
            best,
            standing,
            feasibility.of(choice.row),
        )
        for position, (choice, standing) in enumerate(
            zip(choices, standings(fitted, choices, data.y), strict=True), start=1
        )
    ]
    return items, f"{definition.acquisition.kind} on {definition.surrogate.kind}"


def _log_chance(pool: CandidatePool, feasibility: Feasibility) -> NDArray[np.float64] | None:
    """Return what weighs the gain of each row; None where nothing does."""
    makeability = log_weights(pool)
    # Forbidden rows are not available; a finite number keeps the arithmetic of the others clean.
    makeability[~np.isfinite(makeability)] = 0.0
    if not makeability.any():
        return feasibility.log_feasible
    learned = feasibility.log_feasible
    return makeability if learned is None else makeability + learned


def _acquisition(archive: Archive, choice: PluginChoice) -> Acquisition:
    cls, config = archive.stages.plugins.configure("synthloop.acquisitions", choice)
    acquisition: Acquisition = cls(config)
    return acquisition


def _item(
    archive: Archive,
    state: CampaignState,
    features: FeatureMatrix,
    observed: Rows,
    choice: Choice,
    position: int,
    best: float | None,
    standing: Standing,
    chance_to_make: float | None,
) -> ProposalItem:
    pool = archive.pool(state)
    neighbour, similarity = archive.stages.nearest(features, choice.row, observed)
    return ProposalItem(
        candidate=pool.candidate(choice.row),
        position=position,
        origin=Origin.MODEL,
        mean=choice.mean,
        sd=choice.sd,
        score=choice.score,
        chance_to_improve=None if standing.outside else choice.chance_to_improve,
        explore_share=choice.explore_share,
        nearest=pool.labels[neighbour],
        nearest_similarity=similarity,
        distance=standing.distance,
        leverage=standing.leverage,
        outside=standing.outside,
        chance_to_make=chance_to_make,
        reason=model_reason(choice, state.definition, best, standing.beyond, chance_to_make),
        **_history(pool, choice.row),
    )


def _history(pool: CandidatePool, row: int) -> dict[str, str]:
    """Return the fields of an item that say where its candidate comes from and how it is made."""
    made_from, route = told_of(pool, row)
    return {"made_from": made_from, "route": route}


def person_item(
    archive: Archive, state: CampaignState, row: int, position: int, reason: str
) -> ProposalItem:
    """Return the item of a candidate that a person adds.

    It carries no prediction: commands come from the faces, and only the worker asks a model.
    """
    pool = archive.pool(state)
    return ProposalItem(
        candidate=pool.candidate(row),
        position=position,
        origin=Origin.PERSON,
        reason=f"added by a person: {reason}",
        **_history(pool, row),
    )


def measurement_requests(definition: CampaignDefinition) -> tuple[MeasurementRequest, ...]:
    """Return what every order of a campaign asks to be measured."""
    return tuple(
        MeasurementRequest(
            property=name,
            unit=spec.unit,
            replicates=spec.replicates,
            plausible=spec.plausible,
        )
        for name, spec in definition.properties.items()
    )


def work_orders(state: CampaignState, record: RoundRecord) -> tuple[WorkOrder, ...]:
    """Return the orders of a batch: every item that nobody rejected."""
    requests = measurement_requests(state.definition)
    items = [i for key, i in record.items.items() if key not in record.rejected]
    return tuple(
        WorkOrder(
            order_id=order_id(state.slug, record.number, item.candidate.candidate_id),
            campaign=state.slug,
            round_number=record.number,
            position=position,
            candidate=item.candidate,
            requests=requests,
            note=item.story,
        )
        for position, item in enumerate(items, start=1)
    )
