"""The step from measurements to a fitted surrogate."""

import math

import numpy as np

from loop.core import events as e
from loop.core.dataset import TrainingData, training_data
from loop.core.identity import stage_seed
from loop.core.ports import Progress
from loop.core.state import CampaignState
from loop.service.archive import Archive
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
    wanted = max(surrogate.minimum, math.ceil(state.definition.initial.size / 2))
    if len(data) < wanted:
        return e.ModelSkipped(
            round_number=round_number,
            reason=f"{len(data)} results; a model needs {wanted}: initial design",
        )
    features = archive.features(state, progress)
    rows = archive.rows(state, data.candidate_ids)
    usable = features.usable()[rows]
    if not usable.all():
        data, rows = _only(data, usable), rows[usable]
    progress("fitting the surrogate", 0.0)
    seed = stage_seed(state.definition.seed, round_number, "fit")
    fitted = surrogate.fit(features, rows, data, seed)
    report = fitted.report.model_copy(
        update={
            "warnings": (*fitted.report.warnings, *features.notices),
            "notes": (*features.notes, *fitted.report.notes),
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


def _only(data: TrainingData, keep: np.ndarray) -> TrainingData:
    return TrainingData(
        candidate_ids=tuple(c for c, k in zip(data.candidate_ids, keep, strict=True) if k),
        y=data.y[keep],
        noise_variance=None if data.noise_variance is None else data.noise_variance[keep],
        replicates=data.replicates[keep],
        version=data.version,
    )
