"""MACCS keys of rings: any closed path of the given length, not those of a smallest set only."""

from typing import Final

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from loop.featurize.maccs_atoms import Atoms, Bits
from loop.featurize.molecule_graphs import AROMATIC, Bools, Ints, MoleculeGraphs

# Atoms in the ring to (key of such a ring, key of one with an atom other than carbon).
_KEYS: Final = {3: (22, 16), 4: (11, 8), 5: (96, 83), 6: (163, 98), 7: (19, None)}
_LARGE: Final = (8, 14)


def set_rings(bits: Bits, atoms: Atoms) -> Bools:
    """Set the keys of rings, and return the molecules where key 101 or 125 stays undecided."""
    graphs = atoms.graphs
    for ring in _small_rings(graphs):
        plain, hetero = _KEYS[len(ring)]
        bits.set_atoms(plain, ring[0])
        if hetero:
            bits.set_atoms(hetero, ring[0][atoms["Q"][ring].any(axis=0)])
        if len(ring) == 6:
            distinct = np.unique(np.sort(ring, axis=0), axis=1)
            bits.values[:, 145] = bits.per_molecule(distinct[0]) > 1
    size = np.bincount(graphs.ring)
    first = np.cumsum(size) - size
    owner = graphs.molecule[graphs.ring_atom[first]]
    aromatic = np.bincount(graphs.ring, graphs.order[graphs.ring_bond] == AROMATIC) == size
    bits.values[:, 125] = np.bincount(owner[aromatic], minlength=bits.n) > 1
    bits.values[:, 166] = _fragments(graphs) > 1
    # A triple bond in an aromatic ring is aromatic for key 125, by its order it is not.
    aryne = graphs.in_ring & atoms.bonds("aromatic", "#", "aromatic")
    return _set_large(bits, graphs, size, owner) | (bits.per_molecule(aryne, bonds=True) > 0)


def _small_rings(graphs: MoleculeGraphs) -> list[Ints]:
    """Return the closed paths of 3 to 7 atoms, shape `(atoms, paths)`, lowest atom first."""
    bonds = np.flatnonzero(graphs.in_ring)
    source, target = graphs.source[bonds], graphs.target[bonds]
    degree = np.bincount(source, minlength=len(graphs.molecule))
    begin = np.cumsum(degree) - degree
    path = np.stack([source, target])[:, source < target]
    rings = []
    for atoms in range(3, max(_KEYS) + 2):
        count = degree[path[-1]]
        row = np.repeat(np.arange(path.shape[1]), count)
        skipped = np.cumsum(count) - count - begin[path[-1]]
        new = target[np.arange(len(row)) - skipped[row]]
        if atoms > 3:
            rings.append(path[:, row[new == path[0][row]]])
        kept = new > path[0][row]
        row, new = row[kept], new[kept]
        fresh = (path[1:, row] != new).all(axis=0)
        path = np.concatenate([path[:, row[fresh]], new[fresh][None]])
    return rings


def _fragments(graphs: MoleculeGraphs) -> Ints:
    size = len(graphs.molecule)
    bonds = coo_matrix((graphs.order, (graphs.source, graphs.target)), shape=(size, size))
    count, label = connected_components(bonds, directed=False)
    owner = np.empty(count, dtype=np.intp)
    owner[label] = graphs.molecule
    return np.bincount(owner, minlength=graphs.n)


def _set_large(bits: Bits, graphs: MoleculeGraphs, size: Ints, owner: Ints) -> Bools:
    """Set key 101, a ring of 8 to 14 atoms.

    Two rings that share one stretch of bonds make a third ring around both. Only where rings
    share bonds and neither kind has the size do larger combinations remain.
    """
    least, most = _LARGE
    bits.values[owner[(size >= least) & (size <= most)], 101] = 1
    # Rings that share the bond, whichever way they pass it.
    low = np.minimum(graphs.ring_bond, graphs.bond(
        graphs.target[graphs.ring_bond], graphs.source[graphs.ring_bond]
    ))  # fmt: skip
    pairs, bonds = _shared(low, graphs.ring, len(size))
    joined, atoms = _shared(graphs.ring_atom, graphs.ring, len(size))
    common = atoms[np.searchsorted(joined, pairs)]
    one, other = pairs // max(len(size), 1), pairs % max(len(size), 1)
    around = size[one] + size[other] - 2 * bonds
    fits = (common == bonds + 1) & (around >= least) & (around <= most)
    bits.values[owner[one[fits]], 101] = 1
    fused = np.bincount(owner[one], minlength=bits.n) > 0
    undecided: Bools = fused & (bits.values[:, 101] == 0)
    return undecided


def _shared(parts: Ints, rings: Ints, count: int) -> tuple[Ints, Ints]:
    """Return pairs of rings with a common part, as one number, and how many parts are common."""
    order = np.lexsort((rings, parts))
    parts, rings = parts[order], rings[order]
    found = []
    for step in range(1, len(parts)):
        same = parts[step:] == parts[:-step]
        if not same.any():
            break
        found.append((rings[:-step] * count + rings[step:])[same])
    return np.unique(np.concatenate([*found, np.empty(0, dtype=np.intp)]), return_counts=True)
