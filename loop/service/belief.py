"""What the campaign's own model says of every candidate, from all that is measured."""

import math

import numpy as np

from loop.core.dataset import training_data
from loop.core.identity import stage_seed
from loop.core.state import CampaignState
from loop.errors import ModelError
from loop.service.archive import Archive
from loop.service.fitting import least_results
from loop.service.folds import some_of


def believed_values(archive: Archive, state: CampaignState) -> tuple[dict[str, float], int]:
    """Return candidate id to predicted value, in the property's unit, and the number of results.

    Raises:
        ModelError: there are too few results, or no model could be fitted.
    """
    data, surrogate, pool = training_data(state), archive.surrogate(state), archive.pool(state)
    wanted = least_results(state, surrogate)
    if len(data) < wanted:
        raise ModelError(
            f"{len(data)} results of campaign {state.slug!r} are too few for a model of the pool",
            hint=f"at least {wanted} are needed",
        )
    features = archive.features(state)
    rows = archive.rows(state, data.candidate_ids)
    usable = features.usable()[rows]
    if not usable.all():
        data, rows = some_of(data, usable), rows[usable]
    fitted = surrogate.fit(features, rows, data, stage_seed(state.definition.seed, 0, "belief"))
    described = np.flatnonzero(features.usable())
    values = np.full(len(pool), math.fsum(data.y) / len(data))
    values[described] = fitted.posterior(described)[0]
    return dict(zip(pool.ids, values.tolist(), strict=True)), len(data)
