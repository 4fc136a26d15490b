"""A fitted model of one table: fit, calibration, predictions."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from loop.core.appended_rows import appended
from loop.core.candidate import CandidatePool
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.core.proposal import ModelReport
from loop.errors import DataError, ModelError, Problem
from loop.regression.calibration import Calibration, reliability
from loop.regression.describing import Basis, Workshop, bound
from loop.regression.foreseen import Predictions, foreseen
from loop.regression.hidden import Findings, look_for_target
from loop.regression.left_out import FOLDS, left_out_folds
from loop.regression.measured import SHOWN, Measured
from loop.regression.request import FitRequest

_WITNESSES: Final = 4
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True)
class RegressionModel:
    """A surrogate, bound to the features of the structures it was fitted on.

    Attributes:
        request: What was asked.
        measured: What it has learned from.
        features: Of those structures.
        basis: Where these came from.
        content: The fitted surrogate, as it is stored.
        report: What the surrogate says of itself.
        calibration: Whether its intervals hold.
        findings: Of the leak check.
    """

    request: FitRequest
    measured: Measured
    features: FeatureMatrix
    basis: Basis
    content: bytes
    report: ModelReport
    calibration: Calibration
    findings: Findings

    def predict(
        self, pool: CandidatePool, workshop: Workshop, progress: Progress = silent
    ) -> Predictions:
        """Return predictions of structures, which do not depend on each other.

        Raises:
            ModelError: the featurizer or the source library is another one than at the fit.
        """
        self._same_basis(workshop)
        pool_of_all = _with_witnesses(self.measured.pool, pool)
        described = workshop.features(self.request, pool_of_all, self.measured.pool, progress)
        k = len(pool_of_all) - len(pool)
        self._same_numbers(described, k)
        matrix = appended(self.features, _tail(described, k))
        progress("predicting", 0.0)
        fitted = workshop.surrogate(self.request).load(self.content, matrix)
        return foreseen(fitted, matrix, len(self.features))

    def _same_basis(self, workshop: Workshop) -> None:
        here = workshop.basis(self.request, self.measured.pool)
        if here.featurizer != self.basis.featurizer:
            raise ModelError(
                f"the model was fitted on descriptors {self.basis.featurizer[:12]}, these are "
                f"{here.featurizer[:12]}: another release of the descriptors or of RDKit, pymatgen",
                hint="install the versions that its card names, or fit it again",
            )
        if here.sources != self.basis.sources:
            raise ModelError(
                f"the model borrows from the source models {self.basis.sources[:12]}, those here "
                f"are {here.sources[:12]}: they were trained again, removed or added since",
                hint="bring them with synthloop sources import, or fit the model again",
            )

    def _same_numbers(self, described: FeatureMatrix, k: int) -> None:
        """Refuse silent changes: a source trained anew elsewhere may have learned otherwise."""
        for block, ours in zip(described.blocks, self.features.blocks, strict=False):
            if block.columns == ours.columns and not np.allclose(
                block.values[:k].astype(np.float64),
                ours.values[:k].astype(np.float64),
                rtol=_TOLERANCE,
                atol=_TOLERANCE,
            ):
                raise ModelError(
                    f"{block.name} of {self.measured.pool.labels[0]!r} and others are not what "
                    "they were at the fit",
                    hint="fit the model again in this workspace",
                )


def fit_model(
    request: FitRequest,
    found: Measured,
    workshop: Workshop,
    *,
    skip: bool = False,
    progress: Progress = silent,
) -> RegressionModel:
    """Return the model of a table's measured structures, with its calibration.

    Args:
        request: What is asked.
        found: The values.
        workshop: Builds the stages.
        skip: Leave out structures that cannot be described instead of refusing them.
        progress: Told how far it is.

    Raises:
        DataError: structures cannot be described; all are named.
        ModelError: too few values, or no fit was found.
        ConfigError: the surrogate is unknown or refuses its options.
    """
    findings = look_for_target(workshop, request, found, progress)
    request = request.model_copy(update={"exclude": (*request.exclude, *findings.targets)})
    features = workshop.features(request, found.pool, found.pool, progress)
    if features.failures:
        if not skip:
            raise _undescribed(request, found, features)
        found = found.without(features.failures, dict(features.failures))
        features = workshop.features(request, found.pool, found.pool, progress)
    basis = workshop.basis(request, found.pool)
    features = replace(features, digest=bound(features, request, found.pool, basis))
    progress("fitting the surrogate", 0.0)
    surrogate = workshop.surrogate(request)
    rows = np.arange(len(found.keys), dtype=np.intp)
    fitted = surrogate.fit(features, rows, found.data, request.seed)
    points = left_out_folds(workshop, request, features, found.data, progress)
    calibration = Calibration(
        leave_one_out=reliability(fitted.report.parity),
        k_fold=reliability(points) if points else None,
        folds=FOLDS if points else 0,
        points=points,
    )
    notes = (*features.notes, *fitted.report.notes)
    report = fitted.report.model_copy(update={"notes": notes})
    return RegressionModel(
        request, found, features, basis, fitted.dump(), report, calibration, findings
    )


def _undescribed(request: FitRequest, found: Measured, features: FeatureMatrix) -> DataError:
    column = request.structure or ", ".join(request.features)
    problems = [
        Problem(
            "the table",
            f"row {found.pool.ids[i]}, column {column}",
            found.pool.structures[i],
            f"a structure that can be described: {reason}",
        )
        for i, reason in features.failures.items()
    ]
    return DataError(
        f"{len(problems)} structures cannot be described",
        problems=problems[:SHOWN],
        hint="mend the rows, or leave them out with --skip-bad-rows",
    )


def _with_witnesses(trained: CandidatePool, pool: CandidatePool) -> CandidatePool:
    """Return a few training rows, by which a changed library shows, and the rows asked for."""
    k = min(_WITNESSES, len(trained))
    ids = tuple(str(i) for i in range(k + len(pool)))
    fields = {name: trained.fields[name][:k] + pool.fields[name] for name in trained.fields}
    return CandidatePool(pool.material, ids, trained.structures[:k] + pool.structures, ids, fields)


def _tail(matrix: FeatureMatrix, start: int) -> FeatureMatrix:
    blocks = tuple(replace(b, values=b.values[start:]) for b in matrix.blocks)
    failures = {r - start: why for r, why in matrix.failures.items() if r >= start}
    return FeatureMatrix(blocks, matrix.digest, failures, matrix.notices)
