"""A surrogate of a third party that asks for the blocks of the source library."""

from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from loop.core.ports import FeatureBlock
from loop.core.source_ports import PREDICTIONS
from loop.errors import ModelError
from loop.surrogate.gp import GaussianProcess


class BorrowingConfig(BaseModel):
    """Names of sources that must not be used."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    exclude_sources: tuple[str, ...] = ()
    robust: bool = False


class Borrowing(GaussianProcess):
    """A Gaussian process on the predictions of the sources alone."""

    Config: ClassVar[type[BaseModel]] = BorrowingConfig
    uses_sources: ClassVar[bool] = True

    def fit(self, features, rows, data, seed):
        """Fit on the predictions; without any, on what there is."""
        return super().fit(_predictions(features), rows, data, seed)

    def load(self, content, features):
        """Load what was fitted on the predictions."""
        return super().load(content, _predictions(features))


def _predictions(features):
    found = [b for b in features.blocks if b.kind == PREDICTIONS]
    if not found:
        return features
    if len(found) > 1:
        raise ModelError("two blocks of predictions")
    return replace(
        features,
        blocks=(FeatureBlock("predictions", "reals", found[0].columns, found[0].values),),
    )
