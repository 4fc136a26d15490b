"""Crystals to orbital field matrices."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure

from loop.featurize.block import BlockValues, NoOptions, Reads
from loop.featurize.crystals import describe_each
from loop.featurize.version_digest import version_digest
from loop.featurize.voronoi import voronoi_faces

_VERSION: Final = 1
_CAPACITY: Final = {"s": 2, "p": 6, "d": 10, "f": 14}
ORBITALS: Final = tuple(f"{s}{n}" for s, most in _CAPACITY.items() for n in range(1, most + 1))
_NOBLE: Final = ("Rn", "Xe", "Kr", "Ar", "Ne", "He")


@cache
def valence_vector(symbol: str) -> NDArray[np.float64]:
    """Return 1 for every occupied valence subshell, by its number of electrons, shape `(32,)`.

    Valence is all that the next lighter noble gas does not have; cobalt has s2 and d7.

    Raises:
        ValueError: the electron configuration of this element is not known.
    """
    element = Element(symbol)
    try:
        shells = element.full_electronic_structure
    except (KeyError, ValueError) as cause:
        raise ValueError(f"the electron configuration of {symbol} is not known") from cause
    core: set[tuple[int, str]] = set()
    for noble in _NOBLE:
        if Element(noble).Z < element.Z:
            core = {(n, kind) for n, kind, _ in Element(noble).full_electronic_structure}
            break
    vector = np.zeros(len(ORBITALS))
    for n, kind, electrons in shells:
        if (n, kind) not in core:
            vector[ORBITALS.index(f"{kind}{electrons}")] = 1.0
    return vector


class OrbitalFieldMatrix:
    """Which valence shells meet which, weighted by the face they share and by closeness.

    For a site p with Voronoi neighbours k, the outer product of the valence vectors of p and k
    is weighted by (solid angle of k) / (largest solid angle of p) / (distance p-k) and summed
    over k; the block is the mean over all sites.

    Source:
        Pham et al., Sci. Technol. Adv. Mater. 18, 756 (2017), eqs. 3-6.
    """

    Config: ClassVar[type[BaseModel]] = NoOptions
    reads: ClassVar[Reads] = "crystal"
    kind = "reals"
    name = "orbital field matrix"
    columns = tuple(f"orbital field {p}-{k} [1/angstrom]" for p in ORBITALS for k in ORBITALS)

    def __init__(self, config: NoOptions) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version and library versions."""
        libraries = {"pymatgen": version("pymatgen"), "scipy": version("scipy")}
        return version_digest("orbital-field-matrix", _VERSION, libraries, self.config.model_dump())

    def describe(self, items: Sequence[Structure]) -> BlockValues:
        """Describe a batch of structures; float32."""
        return describe_each(items, len(self.columns), _mean_matrix)


def _mean_matrix(structure: Structure) -> NDArray[Any]:
    vectors = np.array([valence_vector(site.specie.symbol) for site in structure])
    faces = voronoi_faces(structure)
    largest = np.zeros(len(structure))
    np.maximum.at(largest, faces.centers, faces.angles)
    weights = faces.angles / largest[faces.centers] / faces.distances
    found: NDArray[Any] = (
        vectors[faces.centers].T @ (weights[:, None] * vectors[faces.neighbours])
    ) / len(structure)
    return found.ravel()
