"""The card of a fitted model: everything about it but its arrays."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import numpy as np

from loop.core.base import Frozen
from loop.core.canonical import canonical_json, digest
from loop.core.proposal import ModelReport
from loop.regression.calibration import Calibration
from loop.regression.measured import Skipped
from loop.regression.model import RegressionModel
from loop.regression.request import FitRequest

FORMAT: Final = "synthloop/regression-model/1"
_LIBRARIES: Final = ("synthloop", "numpy", "scipy", "rdkit", "pymatgen", "scikit-learn")


class ModelCard(Frozen):
    """What is known about a model.

    Attributes:
        format: Of the folder.
        request: What was asked, and with which options.
        n_rows: Rows that went in.
        n_structures: Different structures among them; rows of one are replicates.
        lowest: Lowest value learned from, in the unit of the model.
        highest: Highest value.
        noise_known: Whether the noise of the values was stated or seen in replicates.
        skipped: Rows that were left out.
        featurizer_digest: Of the descriptors.
        sources_digest: Of the source models; empty where none are used.
        features_digest: Of the features of the training rows.
        seen: Source to the number of the structures that it has learned from, of other
            properties.
        notices: What a person should know beside the warnings of the report.
        report: Of the surrogate, with parity and what other properties contributed.
        calibration: Whether the intervals hold.
        versions: Of the libraries.
        files: File of the folder to its SHA-256.
        digest: Of all of the above.
    """

    format: Literal["synthloop/regression-model/1"] = FORMAT
    request: FitRequest
    n_rows: int
    n_structures: int
    lowest: float
    highest: float
    noise_known: bool
    skipped: tuple[Skipped, ...]
    featurizer_digest: str
    sources_digest: str
    features_digest: str
    seen: dict[str, int]
    notices: tuple[str, ...]
    report: ModelReport
    calibration: Calibration
    versions: dict[str, str]
    files: dict[str, str]
    digest: str = ""

    def content_digest(self) -> str:
        """Return the digest of everything but the digest."""
        return digest(canonical_json(self.model_dump(mode="json", exclude={"digest"})))


def card_of(model: RegressionModel, files: Mapping[str, bytes]) -> ModelCard:
    """Return the card of a model.

    Args:
        model: The model.
        files: Contents of its files.
    """
    found = model.measured
    card = ModelCard(
        request=model.request,
        n_rows=found.rows,
        n_structures=len(found.keys),
        lowest=float(np.min(found.data.y)),
        highest=float(np.max(found.data.y)),
        noise_known=found.data.noise_variance is not None,
        skipped=found.skipped,
        featurizer_digest=model.basis.featurizer,
        sources_digest=model.basis.sources,
        features_digest=model.features.digest,
        seen=dict(sorted(model.findings.seen.items())),
        notices=(*model.findings.notices, *model.features.notices),
        report=model.report,
        calibration=model.calibration,
        versions=_versions(),
        files={name: digest(content) for name, content in sorted(files.items())},
    )
    return card.model_copy(update={"digest": card.content_digest()})


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
