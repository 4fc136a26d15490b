"""Crystals to graphs, as plain arrays for crystal networks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pymatgen.core.structure import Structure

from loop.featurize.crystals import formula_of, nearest_first

_ELEMENTS: Final = 118
# Equal distances come out of the search in any order; ties go by site and cell then.
_SAME: Final = 5


@dataclass(frozen=True)
class CrystalGraphs:
    """Graphs of a batch of crystals, their atoms one after another.

    Attributes:
        atomic_numbers: Of every atom, shape `(atoms,)`, intp.
        owners: Row of the crystal that an atom belongs to, same shape, ascending.
        neighbours: Nearest atoms of every atom, nearest first, as places in these arrays,
            shape `(atoms, m)`, intp.
        images: Cell in which the neighbour lies, in cell vectors, shape `(atoms, m, 3)`, intp.
        distances: To it, in angstrom, shape `(atoms, m)`, float32.
        edges: Distances on Gaussians, shape `(atoms, m, k)`, float32.
        failures: Row to reason, for crystals without a graph; they own no atoms.
    """

    atomic_numbers: NDArray[np.intp]
    owners: NDArray[np.intp]
    neighbours: NDArray[np.intp]
    images: NDArray[np.intp]
    distances: NDArray[np.float32]
    edges: NDArray[np.float32]
    failures: Mapping[int, str] = field(default_factory=dict)

    def element_one_hot(self) -> NDArray[np.float32]:
        """Return 1 in the column of each atom's element, shape `(atoms, 118)`, hydrogen first."""
        found = np.zeros((len(self.atomic_numbers), _ELEMENTS), dtype=np.float32)
        found[np.arange(len(found)), self.atomic_numbers - 1] = 1.0
        return found


def gaussian_edges(
    distances: NDArray[Any], cutoff: float = 8.0, step: float = 0.2
) -> NDArray[np.float32]:
    """Return exp(-((d - c) / step)^2) for the centres c = 0, step, ..., cutoff, in angstrom.

    Returns:
        Shape `(*distances.shape, k)`; k is 41 by default. All are about 0 beyond the cutoff.

    Source:
        Xie & Grossman, Phys. Rev. Lett. 120, 145301 (2018), supplement.
    """
    centers = np.linspace(0.0, cutoff, round(cutoff / step) + 1)
    return np.exp(-(((distances[..., None] - centers) / step) ** 2)).astype(np.float32)


def crystal_graphs(
    structures: Sequence[Structure],
    neighbours: int = 12,
    cutoff: float = 8.0,
    step: float = 0.2,
) -> CrystalGraphs:
    """Return the graphs of a batch of crystals.

    An atom and its own periodic image may be neighbours, and a pair of atoms may be neighbours
    several times, in different cells. Every atom has exactly `neighbours` edges; where fewer lie
    within the cutoff, farther ones are taken, whose Gaussians are all about 0.

    Args:
        structures: pymatgen structures, one element per site.
        neighbours: m, how many edges start at an atom.
        cutoff: Centre of the last Gaussian, in angstrom.
        step: Width of the Gaussians and distance of their centres, in angstrom.

    Source:
        Xie & Grossman, Phys. Rev. Lett. 120, 145301 (2018), doi:10.1103/PhysRevLett.120.145301.
    """
    graphs: list[tuple[NDArray[Any], ...]] = []
    failures: dict[int, str] = {}
    first = 0
    for row, structure in enumerate(structures):
        try:
            others, images, distances = _nearest(structure, neighbours, cutoff)
        except ValueError as error:
            failures[row] = f"{formula_of(structure)}: {error}"
            continue
        numbers = np.array([site.specie.Z for site in structure], dtype=np.intp)
        owners = np.full(len(structure), row, dtype=np.intp)
        graphs.append((numbers, owners, others + first, images, distances))
        first += len(structure)
    if not graphs:
        none = np.zeros(0, dtype=np.intp)
        shaped = np.zeros((0, neighbours), dtype=np.intp)
        graphs = [(none, none, shaped, np.zeros((0, neighbours, 3), np.intp), shaped.astype(float))]
    numbers, owners, others, images, distances = (
        np.concatenate([graph[i] for graph in graphs]) for i in range(5)
    )
    edges = gaussian_edges(distances, cutoff, step)
    return CrystalGraphs(
        numbers, owners, others, images, distances.astype(np.float32), edges, failures
    )


def _nearest(
    structure: Structure, m: int, cutoff: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    n = len(structure)

    def enough(centers: NDArray[Any], distances: NDArray[Any]) -> bool:
        return bool(len(distances)) and int(np.bincount(centers, minlength=n).min()) >= m

    centers, others, images, distances = nearest_first(structure, cutoff, enough)
    keys = (*images.T, others, np.round(distances, _SAME), centers)
    order = np.lexsort(keys)
    starts = np.searchsorted(centers[order], np.arange(n))
    kept = order[starts[:, None] + np.arange(m)]
    return (
        others[kept].astype(np.intp),
        images[kept].astype(np.intp),
        distances[kept],
    )
