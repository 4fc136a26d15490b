"""Kernel mean descriptor of a composition.

A mean tells little about a mixture: NaCl and Si have the same mean atomic number. The kernel mean
embeds the whole distribution of an element property over the atoms: with atomic fractions w_i,
values f_i and centres g_1 ... g_m, evenly spaced over the values of all elements,

    z_k = sum_i w_i exp(-(f_i - g_k)^2 / (2 s^2)),   s = width * (g_2 - g_1)

for each property. Source: Kusaba, Hayashi, Liu, Wakiuchi, Yoshida, Phys. Rev. B 108, 134107
(2023), "Representation of materials by kernel mean embedding" (the one-dimensional form).
Properties that span orders of magnitude are embedded on their logarithm.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from loop.featurize.block import Amounts, BlockValues, Reads
from loop.featurize.composition_batch import batch_of
from loop.featurize.element_choice import Properties, chosen
from loop.featurize.elements.table import ElementProperty, element_table
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


class KernelMeanConfig(BaseModel):
    """How finely the properties are resolved.

    Attributes:
        centres: Grid points per property.
        width: Standard deviation of the kernel, in spacings of the grid.
        properties: Columns of the element table; all when absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    centres: Annotated[int, Field(ge=2, le=100)] = 10
    width: Annotated[float, Field(gt=0.0, le=10.0)] = 1.0
    properties: Properties = None


class ElementKernelMean:
    """Fraction-weighted mean of Gaussian kernels on grids of element properties."""

    Config: ClassVar[type[BaseModel]] = KernelMeanConfig
    reads: ClassVar[Reads] = "composition"
    kind = "reals"

    def __init__(self, config: KernelMeanConfig) -> None:
        self.config = config
        self.name = f"kernel mean ({config.centres} centres, width {config.width:g})"
        properties, values = chosen(config.properties)
        features: list[NDArray[np.float64]] = []
        columns: list[str] = []
        for element, column in zip(properties, values.T, strict=True):
            kernels, centres = _embed(element, column, config)
            features.append(kernels)
            columns.extend(
                f"kernel mean {element.name} at {centre:.4g}{element.bracketed_unit}"
                for centre in centres
            )
        self._features = np.concatenate(features, axis=1)
        self.columns = tuple(columns)

    def digest(self) -> str:
        """Return a digest of code version, element table and settings."""
        libraries = {"elements": element_table().digest}
        return version_digest(
            "element-kernel-mean", _VERSION, libraries, self.config.model_dump(mode="json")
        )

    def describe(self, items: Sequence[Amounts]) -> BlockValues:
        """Return the kernel means, float32, between 0 and 1, shape `(n, properties * centres)`."""
        batch = batch_of(items)
        return BlockValues(
            batch.spread(batch.sums(batch.fractions, self._features)), batch.failures
        )


def _embed(
    element: ElementProperty, column: NDArray[np.float64], config: KernelMeanConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the kernels of all elements, shape `(103, centres)`, and the centres."""
    values = np.log(column) if element.logarithmic else column
    grid = np.linspace(values.min(), values.max(), config.centres)
    width = config.width * (grid[1] - grid[0])
    kernels = np.exp(-0.5 * ((values[:, None] - grid) / width) ** 2)
    return kernels, np.exp(grid) if element.logarithmic else grid
