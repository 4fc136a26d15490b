"""Voronoi neighbours of the sites of a crystal."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pymatgen.core.structure import Structure
from scipy.spatial import QhullError, Voronoi

from loop.featurize.crystals import nearest_first

_FIRST_RADIUS: Final = 5.0


@dataclass(frozen=True)
class VoronoiFaces:
    """The faces that the sites of one cell share with their neighbours.

    Attributes:
        centers: Site of each face, shape `(faces,)`.
        neighbours: Site on the other side (any of its images).
        distances: Between the two, in angstrom.
        angles: Solid angle of the face seen from its site, in steradian; those of one site
            sum to 4 pi.
    """

    centers: NDArray[np.intp]
    neighbours: NDArray[np.intp]
    distances: NDArray[np.float64]
    angles: NDArray[np.float64]


def voronoi_faces(structure: Structure) -> VoronoiFaces:
    """Return the Voronoi faces of all sites.

    The points around the cell are taken in until no point outside could cut a cell: twice the
    distance to a cell's farthest corner must lie within.

    Raises:
        ValueError: the cells do not close within 60 angstrom.
    """
    radius = _FIRST_RADIUS
    while True:
        points, sites = _surroundings(structure, radius)
        farthest = np.inf
        try:
            diagram = Voronoi(points)
        except QhullError:
            # Far-apart layers or chains: all points so far lie in one plane.
            diagram = None
        else:
            farthest = _farthest_corner(diagram, len(structure))
        if 2 * farthest < radius:
            return _faces(diagram, points, sites, len(structure))
        if radius > 60:
            raise ValueError("some site has no neighbours within 60 angstrom")
        radius = min(max(2 * farthest + 0.1, 1.2 * radius), 1.6 * radius)


def _surroundings(structure: Structure, radius: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the cell's sites, then all images within the radius of any of them."""
    _, others, images, _ = nearest_first(structure, radius, lambda _c, d: len(d) > 3)
    outside = images.any(axis=1)
    keys = np.unique(np.column_stack([others[outside], images[outside]]), axis=0).astype(int)
    here = np.arange(len(structure))
    shifts = keys[:, 1:] @ structure.lattice.matrix
    points = np.concatenate([structure.cart_coords, structure.cart_coords[keys[:, 0]] + shifts])
    return points, np.concatenate([here, keys[:, 0]])


def _farthest_corner(diagram: Any, n: int) -> float:
    farthest = 0.0
    for site in range(n):
        corners = diagram.regions[diagram.point_region[site]]
        if not corners or -1 in corners:
            return np.inf
        reach = np.linalg.norm(diagram.vertices[corners] - diagram.points[site], axis=1)
        farthest = max(farthest, float(reach.max()))
    return farthest


def _faces(diagram: Any, points: NDArray[Any], sites: NDArray[Any], n: int) -> VoronoiFaces:
    pairs = diagram.ridge_points
    # A face between two sites of the cell belongs to both.
    directed = np.concatenate([pairs, pairs[:, ::-1]])
    corners = [*diagram.ridge_vertices, *diagram.ridge_vertices]
    kept = np.flatnonzero(directed[:, 0] < n)
    centers, ends = directed[kept].T
    angles = _solid_angles(points[centers], [diagram.vertices[corners[k]] for k in kept])
    distances = np.linalg.norm(points[ends] - points[centers], axis=1)
    return VoronoiFaces(centers, sites[ends], distances, angles)


def _solid_angles(eyes: NDArray[Any], faces: list[NDArray[Any]]) -> NDArray[np.float64]:
    """Return the solid angles of convex faces, as sums over a fan of triangles.

    Source:
        Van Oosterom & Strackee, IEEE Trans. Biomed. Eng. 30, 125 (1983).
    """
    owner = np.repeat(np.arange(len(faces)), [len(face) - 2 for face in faces])
    a = np.concatenate([np.repeat(f[:1], len(f) - 2, axis=0) for f in faces]) - eyes[owner]
    b = np.concatenate([f[1:-1] for f in faces]) - eyes[owner]
    c = np.concatenate([f[2:] for f in faces]) - eyes[owner]
    la, lb, lc = (np.linalg.norm(x, axis=1) for x in (a, b, c))
    volume = np.abs(np.einsum("ij,ij->i", a, np.cross(b, c)))
    rest = la * lb * lc
    for (x, y), length in (((a, b), lc), ((a, c), lb), ((b, c), la)):
        rest = rest + np.einsum("ij,ij->i", x, y) * length
    found: Any = np.bincount(owner, weights=2 * np.arctan2(volume, rest), minlength=len(faces))
    return np.asarray(found, dtype=np.float64)
