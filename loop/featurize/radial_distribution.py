"""Crystals to radial distribution functions."""

import math
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pymatgen.core.structure import Structure

from loop.featurize.block import BlockValues, Reads
from loop.featurize.crystals import describe_each
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1
# Distances are often round numbers and would lie on the edge of two shells.
_EDGE: Final = 1e-5
_FINE: Final = 20


class RadialDistributionConfig(BaseModel):
    """Options of the radial distribution function.

    Attributes:
        cutoff: Largest distance, in angstrom.
        width: Width of a shell, in angstrom.
        smearing: Standard deviation of the Gaussian that replaces each distance, in angstrom; 0
            counts distances as they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    cutoff: Annotated[float, Field(gt=0, le=40)] = 20.0
    width: Annotated[float, Field(gt=0, le=40)] = 0.1
    smearing: Annotated[float, Field(ge=0, le=2)] = 0.0

    @model_validator(mode="after")
    def _whole_shells(self) -> Self:
        shells = self.cutoff / self.width
        if shells < 0.5 or abs(shells - round(shells)) > 1e-6:
            raise ValueError("cutoff must be a whole number of shells of the given width")
        return self


class RadialDistribution:
    """How much denser than on average a crystal is at each distance from an atom.

    Neighbours of every site in spherical shells, divided by the shell's volume, the number
    density and the number of sites, so that the function tends to 1 and does not depend on the
    cell chosen.

    Source:
        The definition of XenonPy and matminer (there per cell, here per site).
    """

    Config: ClassVar[type[BaseModel]] = RadialDistributionConfig
    reads: ClassVar[Reads] = "crystal"
    kind = "reals"

    def __init__(self, config: RadialDistributionConfig) -> None:
        self.config = config
        self.name = "radial distribution"
        if config.smearing:
            self.name += f", smeared {config.smearing:g} angstrom"
        shells = round(config.cutoff / config.width)
        self._edges = np.linspace(0.0, config.cutoff, shells + 1)
        self.columns = tuple(
            f"g {low:.6g}-{high:.6g} angstrom [1]"
            for low, high in zip(self._edges[:-1], self._edges[1:], strict=True)
        )
        self._volumes = 4 / 3 * math.pi * np.diff(self._edges**3)
        self._reach = config.cutoff + 4 * config.smearing
        self._spreading = self._spread_matrix() if config.smearing else np.empty((0, shells))

    def digest(self) -> str:
        """Return a digest of name, code version, pymatgen version and settings."""
        libraries = {"pymatgen": version("pymatgen")}
        return version_digest("radial-distribution", _VERSION, libraries, self.config.model_dump())

    def describe(self, items: Sequence[Structure]) -> BlockValues:
        """Describe a batch of structures; float32."""
        return describe_each(items, len(self.columns), self._one)

    def _one(self, structure: Structure) -> NDArray[np.float64]:
        distances = structure.get_neighbor_list(self._reach)[3]
        if not len(self._spreading):
            counts = np.histogram(distances + _EDGE, bins=self._edges)[0].astype(float)
        else:
            counts = self._on_fine_grid(distances) @ self._spreading
        density = len(structure) / structure.volume
        found: NDArray[np.float64] = counts / (self._volumes * density * len(structure))
        return found

    def _on_fine_grid(self, distances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many distances fall on each fine point; one between two is shared out."""
        places = distances / (self.config.width / _FINE)
        below = places.astype(np.intp)
        above = places - below
        points = len(self._spreading)
        return np.asarray(
            np.bincount(below, 1 - above, points) + np.bincount(below + 1, above, points),
            dtype=np.float64,
        )

    def _spread_matrix(self) -> NDArray[np.float64]:
        """Return the share of a Gaussian in each shell, by its centre on a fine grid."""
        from scipy.special import erf

        fine = self.config.width / _FINE
        centers = np.arange(math.ceil(self._reach / fine) + 2)[:, None] * fine
        below = erf((self._edges - centers) / (self.config.smearing * math.sqrt(2))) / 2
        return np.diff(below, axis=1)
