"""The step from measurements to a fitted surrogate."""

import math

from loop.core import events as e
from loop.core.dataset import training_data
from loop.core.identity import stage_seed
from loop.core.ports import Progress, Surrogate
from loop.core.state import CampaignState
from loop.errors import ModelError
from loop.service.archive import Archive
from loop.service.folds import judge_by_folds, some_of
from loop.service.transfer_guard import over_rounds


def fit_model(
    archive: Archive, state: CampaignState, round_number: int, progress: Progress
) -> e.EventBody:
    """Return the event of a fitted model, or of the initial design.

    Raises:
        ModelError: it cannot be fitted, or the source library is damaged.
    """
    data = training_data(state)
    surrogate = archive.surrogate(state)
    wanted = least_results(state, surrogate)
    if len(data) < wanted:
        return e.ModelSkipped(
            round_number=round_number,
            reason=f"{len(data)} results; a model needs {wanted}: initial design",
        )
    features = archive.features(state, progress)
    rows = archive.rows(state, data.candidate_ids)
    usable = features.usable()[rows]
    if not usable.all():
        data, rows = some_of(data, usable), rows[usable]
    progress("fitting the surrogate", 0.0)
    seed = stage_seed(state.definition.seed, round_number, "fit")
    fitted = surrogate.fit(features, rows, data, seed)
    folds, unjudged = None, []
    try:
        folds = judge_by_folds(surrogate, features, rows, data, seed, progress)
    except ModelError as error:
        unjudged.append(f"the model could not be judged by refits: {error.message}")
    report = fitted.report.model_copy(
        update={
            "warnings": (*fitted.report.warnings, *features.notices, *unjudged),
            "notes": (*features.notes, *fitted.report.notes),
            "k_fold": folds,
        }
    )
    return e.ModelFitted(
        round_number=round_number,
        artifact=archive.artifacts.put(fitted.dump()),
        features_digest=features.digest,
        data_version=data.version,
        data_digest=data.digest(),
        seed=seed,
        report=over_rounds(state, round_number, report),
    )


def least_results(state: CampaignState, surrogate: Surrogate) -> int:
    """Return how many results a campaign wants before it fits a model."""
    return max(surrogate.minimum, math.ceil(state.definition.initial.size / 2))
