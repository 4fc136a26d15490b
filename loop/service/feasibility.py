"""What failed orders teach about which candidates can be made."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.classification import ClassifierReport, FeasibilityReport
from loop.core.definition import PluginChoice
from loop.core.feasibility import MADE, FeasibilityLabels, feasibility_labels
from loop.core.identity import stage_seed
from loop.core.ports import FeatureMatrix, Progress, Rows
from loop.core.state import CampaignState
from loop.errors import ModelError
from loop.service.archive import Archive

GROUP = "synthloop.classifiers"
OFF = "off"


@dataclass(frozen=True)
class Feasibility:
    """What a choice is told about which candidates can be made.

    Attributes:
        report: For the ledger; None where there is too little to learn from.
        chance: Probability that each row of the pool can be made, shape `(pool,)`, 1 for rows
            that are not available; None where the choice is not weighed by it.
        weight: How much it counts.
    """

    report: FeasibilityReport | None = None
    chance: NDArray[np.float64] | None = None
    weight: float = 1.0

    @property
    def log_feasible(self) -> NDArray[np.float64] | None:
        """What is added to the logarithm of a gain, shape `(pool,)`; None: nothing."""
        return None if self.chance is None else self.weight * np.log(self.chance)

    def of(self, row: int) -> float | None:
        """Return the probability that a row can be made, if the choice was weighed by it."""
        return None if self.chance is None else float(self.chance[row])

    @property
    def notices(self) -> tuple[str, ...]:
        """What people must know about it."""
        return () if self.report is None else (self.report.verdict,)


def judge_feasibility(
    archive: Archive,
    state: CampaignState,
    round_number: int,
    features: FeatureMatrix,
    available: Rows,
    progress: Progress,
) -> Feasibility:
    """Return what the orders so far say of the available rows.

    Nothing is said where the campaign wants nothing, or where fewer candidates failed or were
    made than it asks for. A model that foresees failures no better than their share is kept for
    the record and not used, nor is one that cannot be fitted; the verdict says so.
    """
    wanted = state.definition.feasibility
    if wanted.kind == OFF:
        return Feasibility()
    labels = feasibility_labels(state, measurement_failures=wanted.measurement_failures)
    rows = archive.rows(state, labels.candidate_ids)
    described = features.usable()[rows]
    ids = tuple(c for c, known in zip(labels.candidate_ids, described, strict=True) if known)
    labels, rows = FeasibilityLabels(ids, labels.labels[described]), rows[described]
    if labels.n_failed < wanted.least_failures or labels.n_made < wanted.least_made:
        return Feasibility()
    progress("learning from failed orders", 0.0)
    cls, config = archive.stages.plugins.configure(
        GROUP, PluginChoice(kind=wanted.kind, **wanted.options)
    )
    seed = stage_seed(state.definition.seed, round_number, "feasibility")
    counted = {"n_failed": labels.n_failed, "n_made": labels.n_made}
    try:
        fitted = cls(config).fit(features, rows, labels.labels, seed)
    except ModelError as error:
        told = f"what failed does not bear on the choice: no model of it could be fitted ({error})"
        return Feasibility(FeasibilityReport(used=False, verdict=told, **counted))
    quality: ClassifierReport = fitted.report
    report = FeasibilityReport(
        used=quality.better_than_base,
        artifact=archive.artifacts.put(fitted.dump()),
        quality=quality,
        verdict=verdict(labels, quality),
        **counted,
    )
    if not report.used:
        return Feasibility(report)
    chance = np.ones(len(features))
    chance[available] = fitted.probabilities(available)[:, MADE]
    return Feasibility(report, chance, wanted.weight)


def verdict(labels: FeasibilityLabels, quality: ClassifierReport) -> str:
    """Return in one sentence whether the model is used, and why."""
    told = (
        f"from {labels.n_failed} failed and {labels.n_made} made candidates, log score "
        f"{quality.log_score:.2f} per left-out candidate against {quality.base_log_score:.2f} ± "
        f"{quality.gain_error:.2f} for the share of failures alone"
    )
    if quality.better_than_base:
        return f"the choice is weighed by the chance that a candidate can be made ({told})"
    return f"what failed does not bear on the choice: it cannot be foreseen ({told})"
