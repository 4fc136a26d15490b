"""Statistics of element properties over a composition.

With amounts n_i as written, atomic fractions w_i = n_i / sum(n) and element values f_i:

- mean: sum(w f); variance: sum(w (f - mean)^2); max and min: over the elements present;
- sum: sum(n f), the only one that depends on how the formula is scaled;
- geometric: exp(sum(w ln(f + c))) - c; harmonic: 1 / sum(w / (f + c)) - c.

c is 0 for properties that are positive for every element, and these are then the textbook means.
A property with zeros or negative values (electron affinity, numbers of electrons, energies) has
neither: it is shifted by a constant of the table, c = sd - min, so that its lowest value becomes
one standard deviation. The result is still a mean: it lies between the smallest and the largest
value present, is that value for a pure element, and is in the unit of the property. A guard that
clips at a small positive number would instead let one element with a zero decide the result.

Statistics of element properties as descriptors: Ward et al., npj Comput. Mater. 2, 16028 (2016).
The table is that of `loop.featurize.elements`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict

from loop.featurize.block import Amounts, BlockValues, Reads
from loop.featurize.composition_batch import CompositionBatch, batch_of
from loop.featurize.element_choice import Properties, chosen
from loop.featurize.elements.table import ElementProperty, element_table
from loop.featurize.version_digest import version_digest

Statistic = Literal["mean", "sum", "variance", "max", "min", "geometric", "harmonic"]
Reals = NDArray[np.float64]

_VERSION: Final = 1
CLASSIC: Final[tuple[Statistic, ...]] = ("mean", "sum", "variance", "max", "min")


def _distinct(statistics: tuple[Statistic, ...]) -> tuple[Statistic, ...]:
    if not statistics or len(set(statistics)) < len(statistics):
        raise ValueError("name at least one statistic, each once")
    return statistics


class ElementStatisticsConfig(BaseModel):
    """Which statistics of which properties.

    Attributes:
        statistics: In the order of their columns.
        properties: Columns of the element table; all when absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    statistics: Annotated[tuple[Statistic, ...], AfterValidator(_distinct)] = CLASSIC
    properties: Properties = None


def positive_shifts(values: Reals) -> Reals:
    """Return the constant, shape `(p,)`, that makes each column positive; 0 where it is."""
    lowest = values.min(axis=0)
    shifts = np.where(lowest > 0.0, 0.0, values.std(axis=0) - lowest)
    return np.array([float(f"{shift:.3g}") for shift in shifts])


class ElementStatistics:
    """Statistics of element properties."""

    Config: ClassVar[type[BaseModel]] = ElementStatisticsConfig
    reads: ClassVar[Reads] = "composition"
    kind = "reals"
    name = "element statistics"

    def __init__(self, config: ElementStatisticsConfig) -> None:
        self.config = config
        self._properties, self._values = chosen(config.properties)
        self._shifts = positive_shifts(self._values)
        self.columns = tuple(
            _column(statistic, p, shift)
            for statistic in config.statistics
            for p, shift in zip(self._properties, self._shifts, strict=True)
        )

    def digest(self) -> str:
        """Return a digest of code version, element table and settings."""
        libraries = {"elements": element_table().digest}
        return version_digest(
            "element-statistics", _VERSION, libraries, self.config.model_dump(mode="json")
        )

    def describe(self, items: Sequence[Amounts]) -> BlockValues:
        """Return the statistics, float32, shape `(n, statistics * properties)`.

        An element without a row in the table fails the composition that holds it.
        """
        batch = batch_of(items)
        if not len(batch.rows):
            return BlockValues(
                np.zeros((len(items), len(self.columns)), np.float32), batch.failures
            )
        parts = _Parts(batch, self._values, self._shifts)
        found: list[Reals] = [getattr(parts, statistic) for statistic in self.config.statistics]
        return BlockValues(batch.spread(np.concatenate(found, axis=1)), batch.failures)


def _column(statistic: Statistic, element: ElementProperty, shift: float) -> str:
    unit = element.bracketed_unit
    if statistic == "variance":
        unit = f" [({element.unit})^2]" if unit else ""
    if statistic in {"geometric", "harmonic"}:
        shifted = f" (shift {shift:g})" if shift else ""
        return f"{statistic} mean {element.name}{shifted}{unit}"
    return f"{statistic} {element.name}{unit}"


class _Parts:
    """The statistics of one batch; what several of them need is computed once."""

    def __init__(self, batch: CompositionBatch, table: Reals, shifts: Reals) -> None:
        self.batch, self.table, self.shifts = batch, table, shifts

    @cached_property
    def gathered(self) -> Reals:
        """The values of every element of every composition, shape `(elements, p)`."""
        return self.table[self.batch.elements]

    @cached_property
    def mean(self) -> Reals:
        return self.batch.sums(self.batch.fractions, self.table)

    @property
    def sum(self) -> Reals:
        return self.batch.sums(self.batch.amounts, self.table)

    @property
    def variance(self) -> Reals:
        squares: Any = self.gathered - np.repeat(self.mean, self.batch.sizes, axis=0)
        squares *= squares
        squares *= self.batch.fractions[:, None]
        return np.asarray(np.add.reduceat(squares, self.batch.starts, axis=0))

    @property
    def max(self) -> Reals:
        return np.asarray(np.maximum.reduceat(self.gathered, self.batch.starts, axis=0))

    @property
    def min(self) -> Reals:
        return np.asarray(np.minimum.reduceat(self.gathered, self.batch.starts, axis=0))

    @property
    def geometric(self) -> Reals:
        logarithms = np.log(self.table + self.shifts)
        return np.exp(self.batch.sums(self.batch.fractions, logarithms)) - self.shifts

    @property
    def harmonic(self) -> Reals:
        inverses = 1.0 / (self.table + self.shifts)
        return 1.0 / self.batch.sums(self.batch.fractions, inverses) - self.shifts
