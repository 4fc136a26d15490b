"""MACCS keys that ask for two kinds of atoms some bonds apart.

The SMARTS ask for different atoms, which is where rings make counting hard. Where a path has one
free atom at each end, there are two different ones if both ends have a candidate and the
candidates are not one and the same atom.
"""

from typing import Final

import numpy as np

from loop.featurize.maccs_atoms import Atoms, Bits
from loop.featurize.molecule_graphs import Bools, Ints, MoleculeGraphs

# Key: class at either end of a path of three bonds, and class of the third atom.
_THREE: Final = {
    54: ("QH", "*", "QH"),
    72: ("O", "*", "O"),
    79: ("N", "*", "N"),
    95: ("N", "*", "O"),
    104: ("QH", "CH2", "*"),
    111: ("N", "CH2", "*"),
    115: ("CH3", "CH2", "*"),
    132: ("O", "CH2", "*"),
    # RDKit's pattern lets the atom after CH2 be one of the path again, if a single bond closes
    # the ring; CH2 with two neighbours has no other bonds. Key 91 likewise.
    90: ("QH", "*", "-CH2-"),
}
# Key: class at either end of a path of four bonds.
_FOUR: Final = {
    53: ("QH", "QH"),
    80: ("N", "N"),
    89: ("O", "O"),
    97: ("N", "O"),
    91: ("QH", "-CH2-"),
}


def set_paths(bits: Bits, atoms: Atoms) -> None:
    """Set the keys of paths."""
    graphs = atoms.graphs
    atoms.add("-CH2-", atoms["CH2"] & (graphs.degree > 1))
    _set_three(bits, atoms)
    _set_four(bits, atoms)
    _set_methyl(bits, atoms)
    _set_methylene(bits, atoms)
    _set_count(bits, atoms)


def _set_three(bits: Bits, atoms: Atoms) -> None:
    graphs = atoms.graphs
    left, right = graphs.source, graphs.target
    for key, (first, third, last) in _THREE.items():
        bonds = atoms.towards("~", third)
        begin = atoms.count("~", first)[left] - atoms[first][right]
        end = atoms.count("~", last)[right] - atoms[last][left]
        rows = np.flatnonzero(bonds & (begin > 0) & (end > 0))
        bits.set_bonds(key, rows[_differ(atoms, (first, last), (left[rows], right[rows]), ())])
    # The bond in the middle is aromatic or in a ring, those at the ends are not.
    for key, bond, middle in ((144, "!:", ":"), (150, "!@", "@")):
        count, total = atoms.count(bond, "*"), atoms.sum(bond, "*")
        found = atoms.towards(middle, "*") & (count[left] > 0) & (count[right] > 0)
        same = (count[left] == 1) & (count[right] == 1) & (total[left] == total[right])
        bits.set_bonds(key, found & ~same)


def _differ(
    atoms: Atoms, kinds: tuple[str, str], ends: tuple[Ints, Ints], between: tuple[Ints, ...]
) -> Bools:
    """Return which paths go on to two different atoms.

    Args:
        atoms: Classes of atoms.
        kinds: Classes of the atoms before and after the path.
        ends: First and last atom of each path.
        between: The atoms between them.
    """
    counts, totals = [], []
    for kind, at, other in zip(kinds, ends, reversed(ends), strict=True):
        count, total = atoms.count("~", kind)[at], atoms.sum("~", kind)[at]
        # Ends of a path of one bond are neighbours; of a longer one only in a triangle.
        near = atoms.graphs.bonded(at, other) if between else np.ones(len(at), dtype=bool)
        taken = [(atoms[kind][other] & near, other)]
        taken += [(atoms[kind][atom], atom) for atom in between]
        for is_taken, atom in taken:
            count = count - is_taken
            total = total - np.where(is_taken, atom, 0)
        counts.append(count)
        totals.append(total)
    same = (counts[0] == 1) & (counts[1] == 1) & (totals[0] == totals[1])
    found: Bools = (counts[0] > 0) & (counts[1] > 0) & ~same
    return found


def _set_four(bits: Bits, atoms: Atoms) -> None:
    graphs = atoms.graphs
    row, onward = graphs.neighbours(graphs.target)
    left, middle, right = graphs.source[row], graphs.target[row], graphs.target[onward]
    for key, (first, last) in _FOUR.items():
        before, after = atoms.count("~", first), atoms.count("~", last)
        rows = np.flatnonzero((left != right) & (before[left] > 0) & (after[right] > 0))
        path = (left[rows], middle[rows], right[rows])
        found = _differ(atoms, (first, last), (path[0], path[2]), (path[1],))
        bits.set_atoms(key, path[0][found])


def _walks(graphs: MoleculeGraphs, atoms: Ints, bonds: int) -> list[tuple[Ints, ...]]:
    """Return the paths of 0, 1, ... bonds from some atoms, as one array per step."""
    paths: list[tuple[Ints, ...]] = [(atoms,)]
    for _ in range(bonds):
        last = paths[-1]
        row, bond = graphs.neighbours(last[-1])
        new = graphs.target[bond]
        steps = [step[row] for step in last]
        fresh = np.ones(len(new), dtype=bool)
        for step in steps[:-1]:
            fresh &= step != new
        paths.append((*(step[fresh] for step in steps), new[fresh]))
    return paths


def _set_methyl(bits: Bits, atoms: Atoms) -> None:
    graphs = atoms.graphs
    paths = _walks(graphs, np.flatnonzero(atoms["CH3"]), 4)
    for key, bonds, closing in ((116, 3, 1), (108, 4, 0)):
        kept = atoms["-CH2-"][paths[bonds][-1]]
        path = [step[kept] for step in paths[bonds]]
        row, bond = graphs.neighbours(path[-1])
        new = graphs.target[bond]
        allowed = new != path[-2][row]
        # The second atom of key 116 may be met again: RDKit's pattern has that ring as well.
        for step in (path[0], *path[1 + closing : -2]):
            allowed &= new != step[row]
        bits.set_atoms(key, new[allowed])


def _set_methylene(bits: Bits, atoms: Atoms) -> None:
    """Keys of two CH2, each with one more neighbour; rings may close as RDKit's patterns do.

    Those let either outer atom, but not both, be an atom between the two CH2, or both be the same
    atom; never may one be the other CH2.
    """
    graphs = atoms.graphs
    paths = _walks(graphs, np.flatnonzero(atoms["-CH2-"]), 4)
    for key, bonds in ((129, 3), (128, 4)):
        first, last = paths[bonds][0], paths[bonds][-1]
        kept = atoms["-CH2-"][last] & (first < last)
        first, *_, last = path = [step[kept] for step in paths[bonds]]
        closed = graphs.bonded(first, last)
        total, inner = [], []
        for end, others in ((first, path[2:-1]), (last, path[1:-2])):
            total.append(graphs.degree[end] - 1 - closed)
            inner.append(sum(graphs.bonded(end, atom) for atom in others))
        outer = (total[0] > inner[0]) | (total[1] > inner[1])
        bits.set_atoms(key, first[(total[0] > 0) & (total[1] > 0) & outer])
    bits.set_bonds(147, atoms.bonds("-CH2-", "~", "-CH2-"))


def _set_count(bits: Bits, atoms: Atoms) -> None:
    """Keys that count matches: RDKit takes those with the same atoms for one."""
    graphs = atoms.graphs
    size = len(graphs.molecule)
    pairs = np.flatnonzero(atoms.bonds("-CH2-", "~", "-CH2-"))
    row, bond = graphs.neighbours(graphs.source[pairs])
    outer = graphs.target[bond][graphs.target[bond] != graphs.target[pairs][row]]
    bits.values[:, 118] = bits.per_molecule(np.unique(outer)) > 1

    hetero = np.flatnonzero(atoms.bonds("Q", "~", "CH2"))
    row, bond = graphs.neighbours(graphs.target[hetero])
    three = np.sort(
        [graphs.source[hetero][row], graphs.target[hetero][row], graphs.target[bond]], axis=0
    )
    three = three[:, (three[0] != three[1]) & (three[1] != three[2])]
    distinct = np.unique((three[0] * size + three[1]) * size + three[2])
    bits.values[:, 138] = bits.per_molecule(distinct // (size * size)) > 1
