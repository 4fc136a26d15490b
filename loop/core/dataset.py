"""Measurements so far, as arrays a surrogate can be fitted on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.canonical import canonical_json, digest
from loop.core.replicates import noise_of_means
from loop.core.state import CampaignState, OrderStatus


@dataclass(frozen=True)
class TrainingData:
    """One row per candidate that has at least one valid, unlimited measurement.

    Attributes:
        candidate_ids: Length n, sorted.
        y: Mean of the measurements, shape `(n,)`, float64, in the property's unit.
        noise_variance: Variance of that mean, shape `(n,)`, squared unit, from what the lab
            states and from the scatter of replicates; None when neither is known.
        replicates: Number of measurements behind each mean, shape `(n,)`.
        version: Ledger version that it was read at.
    """

    candidate_ids: tuple[str, ...]
    y: NDArray[np.float64]
    noise_variance: NDArray[np.float64] | None
    replicates: NDArray[np.int64]
    version: int

    def __len__(self) -> int:
        """How many candidates were measured."""
        return len(self.candidate_ids)

    def digest(self) -> str:
        """Return the digest of the rows; the version is not part of it."""
        return digest(
            canonical_json(
                {
                    "ids": self.candidate_ids,
                    "y": self.y.tolist(),
                    "noise": None if self.noise_variance is None else self.noise_variance.tolist(),
                    "n": self.replicates.tolist(),
                }
            )
        )


def training_data(state: CampaignState) -> TrainingData:
    """Return the data for the campaign's objective.

    Replicates are averaged. A value given as a limit ("< 5") is kept in the ledger and left out
    here: a Gaussian likelihood has no place for it.
    """
    spec = state.definition.target
    values: dict[str, list[float]] = {}
    spreads: dict[str, list[float | None]] = {}
    for record in state.measurements.values():
        m = record.current
        if record.withdrawn or m.property != state.definition.objective.property:
            continue
        if m.qualifier != "=":
            continue
        values.setdefault(m.candidate_id, []).append(m.value)
        spreads.setdefault(m.candidate_id, []).append(m.sd or spec.noise_at(m.value))
    ids = tuple(sorted(values))
    y = np.array([np.mean(values[i]) for i in ids], dtype=np.float64)
    known = all(s is not None for i in ids for s in spreads[i])
    stated = (
        np.array([np.mean([(s or 0.0) ** 2 for s in spreads[i]]) for i in ids])
        if known and ids
        else None
    )
    noise = noise_of_means([values[i] for i in ids], stated)
    counts = np.array([len(values[i]) for i in ids], dtype=np.int64)
    return TrainingData(ids, y, noise, counts, state.version)


def limited_values(state: CampaignState) -> int:
    """Return how many valid measurements are limits and so unseen by the model."""
    return sum(not r.withdrawn and r.current.qualifier != "=" for r in state.measurements.values())


def untouchable(state: CampaignState) -> set[str]:
    """Return the candidates that must not be proposed (again): made, asked for, failed, refused.

    A candidate whose measurement (not its synthesis) failed may be tried again.
    """
    taken = set(state.refused_candidates)
    for record in state.orders.values():
        retry = record.status in {OrderStatus.CANCELLED, OrderStatus.VOID} or (
            record.status is OrderStatus.FAILED and record.failure_stage != "synthesis"
        )
        if not retry:
            taken.add(record.order.candidate.candidate_id)
    return taken


def pending(state: CampaignState) -> tuple[str, ...]:
    """Return the candidates the lab is at work on, sorted."""
    return tuple(sorted({o.order.candidate.candidate_id for o in state.outstanding()}))
