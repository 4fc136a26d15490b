"""Crystals to numbers of bonds."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pymatgen.core.structure import Structure

from loop.featurize.block import BlockValues, Reads
from loop.featurize.crystals import covalent_radii, describe_each, nearest_first, spread
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1
_FIRST_RADIUS: Final = 4.5
# Beyond this multiple of the shortest distance a neighbour weighs less than 1e-4 in Hoppe's sum.
_FAR: Final = 1.6
_STATISTICS: Final = ("mean", "std", "min", "max")


class BondingConfig(BaseModel):
    """Options of the bonding block.

    Attributes:
        tolerance: A bond may be longer than the site's shortest by this share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.1


class BondingDescriptors:
    """Coordination numbers and bond lengths, over the sites and bonds of a crystal.

    A bond goes from a site to every atom not farther than (1 + tolerance) times its nearest:
    6 in NaCl, 8 in bcc, 12 in fcc and hcp, 4 in diamond. The effective coordination number
    weighs neighbours smoothly instead, so that it does not jump when a bond grows.

    Source:
        Effective coordination number: Hoppe, Z. Kristallogr. 150, 23 (1979). Radii: Cordero et
        al., Dalton Trans. 2832 (2008).
    """

    Config: ClassVar[type[BaseModel]] = BondingConfig
    reads: ClassVar[Reads] = "crystal"
    kind = "reals"
    name = "bonding"
    columns = (
        *(f"{s} coordination number [1]" for s in _STATISTICS),
        *(f"{s} effective coordination number [1]" for s in _STATISTICS),
        *(f"{s} bond length [angstrom]" for s in _STATISTICS),
        *(f"{s} bond length over covalent radii [1]" for s in _STATISTICS),
        "bonds between unlike atoms [share]",
    )

    def __init__(self, config: BondingConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version, pymatgen version and settings."""
        libraries = {"pymatgen": version("pymatgen")}
        return version_digest("bonding", _VERSION, libraries, self.config.model_dump())

    def describe(self, items: Sequence[Structure]) -> BlockValues:
        """Describe a batch of structures; float32."""
        return describe_each(items, len(self.columns), self._one)

    def _one(self, structure: Structure) -> NDArray[np.float64]:
        n = len(structure)

        def enough(centers: NDArray[np.intp], distances: NDArray[np.float64]) -> bool:
            # The list ends where its radius does; the farthest shell asked for lies within.
            return len(centers) > 0 and bool(
                (_FAR * _shortest(centers, distances, n)).max() <= distances.max()
            )

        centers, others, _, distances = nearest_first(structure, _FIRST_RADIUS, enough)
        shortest = _shortest(centers, distances, n)[centers]
        bonded = distances <= (1 + self.config.tolerance) * shortest + 1e-6
        numbers = np.bincount(centers[bonded], minlength=n)
        kinds = np.array([site.specie.Z for site in structure])
        radii = covalent_radii(structure)
        here, there = centers[bonded], others[bonded]
        lengths = distances[bonded]
        return np.array(
            [
                *spread(numbers),
                *spread(_effective(centers, distances, n)),
                *spread(lengths),
                *spread(lengths / (radii[here] + radii[there])),
                float((kinds[here] != kinds[there]).mean()),
            ]
        )


def _shortest(
    centers: NDArray[np.intp], distances: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Return the nearest distance of every site, infinite where there is none."""
    found = np.full(n, np.inf)
    np.minimum.at(found, centers, distances)
    return found


def _effective(
    centers: NDArray[np.intp], distances: NDArray[np.float64], n: int
) -> NDArray[np.float64]:
    """Return Hoppe's coordination number: exp(1 - (d/d0)^6), summed, with the mean bond d0.

    d0 weighs neighbours by the same exponential around the shortest distance.
    """
    ratio = distances / _shortest(centers, distances, n)[centers]
    weights = np.exp(1 - ratio**6)
    mean = np.bincount(centers, weights * distances, n) / np.bincount(centers, weights, n)
    nearness = np.exp(1 - (distances / mean[centers]) ** 6)
    return np.asarray(np.bincount(centers, nearness, n), dtype=np.float64)
