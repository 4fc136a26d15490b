"""How far probabilities of classes can be trusted, and what they were used for."""

from typing import Self

from pydantic import model_validator

from loop.core.base import Frozen


class CalibrationBin(Frozen):
    """Predicted against observed frequency.

    Attributes:
        predicted: Mean probability given to a class.
        observed: Share of those labels that are of that class.
        n: Pairs of a label and a class behind both.
    """

    predicted: float
    observed: float
    n: int


class ClassifierReport(Frozen):
    """Scores of probabilities by models that did not see the label, beside those of base rates.

    Attributes:
        classifier: Its kind.
        counts: Labels by class, length K.
        n_checked: Labels that the scores rest on.
        folds: Parts that the labels were split into; each was foreseen from the others, with
            everything fitted anew.
        log_score: Mean log probability of the true class, in nats per label; larger is better.
        base_log_score: The same for always giving the share of each class among the others.
        gain_error: Standard error of the difference of both, over the labels.
        brier: Mean squared error summed over classes, in [0, 2]; smaller is better.
        base_brier: The same for the shares.
        calibration: Over all classes, by predicted probability, in ascending order.
        calibration_error: Mean distance of predicted and observed frequency, weighted by n.
        weights: Part of the model to its weight, averaged over the classes.
        warnings: What a person should know; empty is good.
    """

    classifier: str
    counts: tuple[int, ...]
    n_checked: int
    folds: int
    log_score: float
    base_log_score: float
    gain_error: float
    brier: float
    base_brier: float
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    weights: dict[str, float]
    warnings: tuple[str, ...]

    @property
    def better_than_base(self) -> bool:
        """Whether labels are foreseen better than by the shares of the classes.

        By more than one standard error: of models that know nothing half would be better by luck.
        """
        return self.log_score - self.base_log_score > self.gain_error


class FeasibilityReport(Frozen):
    """What is known of which candidates can be made, at the time of a proposal.

    Attributes:
        used: The choice was weighed by the chance that a candidate can be made.
        n_failed: Candidates that could not be made.
        n_made: Candidates that were made.
        artifact: Digest of the stored model; empty if none could be fitted.
        quality: Its scores; None if none could be fitted.
        verdict: All this in one sentence.
    """

    used: bool
    n_failed: int
    n_made: int
    artifact: str = ""
    quality: ClassifierReport | None = None
    verdict: str

    @model_validator(mode="after")
    def _used_needs_a_model(self) -> Self:
        if self.used and (self.quality is None or not self.artifact):
            raise ValueError("a choice cannot be weighed by a model that was not fitted")
        return self
