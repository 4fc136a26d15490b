"""Formulas to what blocks read, and the featurizer that campaigns on compositions use."""

from pathlib import Path
from typing import ClassVar, Final

from pydantic import BaseModel, ConfigDict

from loop.core.candidate import CandidatePool
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.featurize.block import Reads
from loop.featurize.bundle import BlockFeaturizer, BlockSpec, BundleConfig
from loop.featurize.formula import read_formula
from loop.featurize.reading import Parsed

_STATISTICS: Final = ("mean", "variance", "max", "min")


def parse_composition(text: str, reads: frozenset[Reads]) -> Parsed:
    """Return the amounts of a formula, as written.

    Raises:
        ValueError: it cannot be read, or names an unknown element.
    """
    del reads
    return {"composition": read_formula(text)}


class CompositionConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CompositionStatistics:
    """Statistics of all element properties that do not depend on the size of the formula.

    The four were chosen by the errors that `tests/benchmarks/compositions.py` prints: on five
    tables lower than those of twelve pymatgen properties, with a forest and a Gaussian process.
    """

    Config: ClassVar[type[BaseModel]] = CompositionConfig
    materials: ClassVar[frozenset[str]] = frozenset({"composition"})

    def __init__(self, config: CompositionConfig) -> None:
        self.config = config
        spec = BlockSpec.model_validate({"kind": "element-statistics", "statistics": _STATISTICS})
        self._bundle = BlockFeaturizer(BundleConfig(blocks=(spec,)))

    def digest(self) -> str:
        """Return the digest of the bundle."""
        return self._bundle.digest()

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; an unreadable formula is a failure, its row 0."""
        return self._bundle.featurize(pool, space, progress, cache)
