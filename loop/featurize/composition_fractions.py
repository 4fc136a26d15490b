"""How much of each element a composition holds."""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from loop.featurize.block import Amounts, BlockValues, Reads
from loop.featurize.composition_batch import batch_of
from loop.featurize.elements.table import ROWS
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1
_IDENTITY: Final = np.eye(len(ROWS))


class ElementFractionsConfig(BaseModel):
    """What the numbers mean.

    Attributes:
        amounts: "fractions" of atoms, which sum to one, or "as-written": the amounts of the
            formula.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    amounts: Literal["fractions", "as-written"] = "fractions"


class ElementFractions:
    """One column per element, H to Lr; fractional amounts stay fractional."""

    Config: ClassVar[type[BaseModel]] = ElementFractionsConfig
    reads: ClassVar[Reads] = "composition"
    kind = "reals"

    def __init__(self, config: ElementFractionsConfig) -> None:
        self.config = config
        what = "fraction" if config.amounts == "fractions" else "amount"
        self.name = f"element {what}s"
        self.columns = tuple(f"{what} {symbol}" for symbol in ROWS)

    def digest(self) -> str:
        """Return a digest of code version and settings."""
        return version_digest("element-fractions", _VERSION, {}, self.config.model_dump())

    def describe(self, items: Sequence[Amounts]) -> BlockValues:
        """Return the amounts, float32, shape `(n, 103)`; an element beyond Lr fails its row."""
        batch = batch_of(items)
        weights = batch.fractions if self.config.amounts == "fractions" else batch.amounts
        return BlockValues(batch.spread(batch.sums(weights, _IDENTITY)), batch.failures)
