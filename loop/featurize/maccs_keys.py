"""The MACCS keys of many molecules at once, equal to RDKit's bit for bit.

RDKit matches some 140 SMARTS against every molecule. Nearly all of these ask for an atom, a bond,
an atom with certain neighbours, a short path or a small ring, which counts of neighbours over the
atoms of all molecules decide together. The few molecules that the counts do not decide are left
to RDKit.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import numpy as np
import rdkit
from numpy.typing import NDArray
from rdkit import Chem, DataStructs
from rdkit.Chem import rdMolDescriptors

from loop.featurize.maccs_atoms import KEYS, Atoms, Bits
from loop.featurize.maccs_paths import set_paths
from loop.featurize.maccs_rings import set_rings
from loop.featurize.maccs_table import BONDS, COUNTS, ELEMENTS, PROBES, STARS
from loop.featurize.molecule_graphs import Bools, MoleculeGraphs, graphs_of

_LOG = logging.getLogger(__name__)
# Dative bonds look like single ones by their order and others have none; rings pass over them.
_UNUSUAL: Final = Chem.MolFromSmarts("*!-;!=;!#;!:*")
# The bonds of larger molecules come as matrices that would fill the memory.
_MOST_ATOMS: Final = 200
# All but these elements set key 44.
_COMMON: Final = frozenset({1, 6, 7, 8, 9, 14, 15, 16, 17, 35, 53})


def maccs_keys(molecules: Sequence[Any]) -> NDArray[np.uint8]:
    """Return the bits of RDKit's MACCS fingerprint, shape `(n, 167)`.

    Args:
        molecules: Sanitised RDKit molecules. A ring that their ring information leaves out must
            have more than seven atoms.
    """
    values = np.zeros((len(molecules), KEYS), dtype=np.uint8)
    left = np.ones(len(molecules), dtype=bool)
    usual = [
        row
        for row, molecule in enumerate(molecules)
        if molecule.GetNumAtoms() <= _MOST_ATOMS and not molecule.HasSubstructMatch(_UNUSUAL)
    ]
    if usual and counts_agree():
        values[usual], left[usual] = counted_keys([molecules[row] for row in usual])
    for row in np.flatnonzero(left).tolist():
        values[row] = rdkit_keys(molecules[row])
    return values


def rdkit_keys(molecule: Any) -> NDArray[np.uint8]:
    """Return the MACCS fingerprint as RDKit makes it, shape `(167,)`."""
    values = np.empty(0, dtype=np.uint8)
    DataStructs.ConvertToNumpyArray(rdMolDescriptors.GetMACCSKeysFingerprint(molecule), values)
    return values


@lru_cache(maxsize=1)
def counts_agree() -> bool:
    """Return whether counting gives what the installed RDKit gives; if not, it is logged."""
    probes = [Chem.MolFromSmiles(smiles) for smiles in PROBES]
    values, undecided = counted_keys(probes)
    expected = np.array([rdkit_keys(probe) for probe in probes])
    differ = np.flatnonzero((values != expected)[~undecided].any(axis=0))
    if len(differ):
        _LOG.warning(
            "RDKit %s defines MACCS keys %s otherwise than this version of the block counts "
            "them: RDKit matches every molecule itself, which is about five times slower",
            rdkit.__version__,
            ", ".join(map(str, differ)),
        )
    return not len(differ)


def counted_keys(molecules: Sequence[Any]) -> tuple[NDArray[np.uint8], Bools]:
    """Return the keys by counting, shape `(n, 167)`, and the molecules that it leaves undecided.

    Args:
        molecules: As for `maccs_keys`, at least one; all bonds single, double, triple or aromatic.
    """
    graphs = graphs_of(molecules)
    bits, atoms = Bits(graphs), Atoms(graphs)
    _set_elements(bits, graphs)
    for kind, keys in COUNTS.items():
        count = bits.per_molecule(atoms[kind])
        for key, most in keys:
            bits.values[:, key] = count > most
    for key, (first, bond, second) in BONDS.items():
        bits.set_bonds(key, atoms.bonds(first, bond, second))
    for key, (centre, neighbours) in STARS.items():
        found = atoms[centre]
        for bond, atom, least in neighbours:
            found = found & (atoms.count(bond, atom) >= least)
        bits.set_atoms(key, found)
    _set_bonds(bits, atoms)
    set_paths(bits, atoms)
    return bits.values, set_rings(bits, atoms)


def _set_elements(bits: Bits, graphs: MoleculeGraphs) -> None:
    for number in np.unique(graphs.element).tolist():
        rows = graphs.molecule[graphs.element == number]
        for key, elements in ELEMENTS.items():
            if number in elements:
                bits.values[rows, key] = 1
        if number not in _COMMON:
            bits.values[rows, 44] = 1


def _set_bonds(bits: Bits, atoms: Atoms) -> None:
    """Set the keys of bonds that are counted, or whose ends have a bond of some kind."""
    graphs = atoms.graphs
    once = graphs.source < graphs.target
    hetero = atoms.bonds("Q", "~", "Q") & once
    bits.values[:, 130] = bits.per_molecule(hetero, bonds=True) > 1
    oxo = atoms.bonds("O", "=", "*") & (once | ~atoms["O"][graphs.target])
    bits.values[:, 136] = bits.per_molecule(oxo, bonds=True) > 1
    ring, aromatic = atoms.count("@", "*"), atoms.count(":", "*")
    for key, atom in ((64, "S"), (87, "X"), (133, "N"), (143, "O"), (62, "@")):
        bits.set_bonds(key, atoms.bonds(atom, "!@", "*") & (ring[graphs.target] > 0))
    for key, atom in ((59, "S"), (113, "O"), (135, "N")):
        bits.set_bonds(key, atoms.bonds(atom, "!:", "*") & (aromatic[graphs.target] > 0))
    oxygen = np.flatnonzero(atoms.bonds("O", "!@", "*"))
    owner, ways = graphs.molecule[graphs.source[oxygen]], ring[graphs.target[oxygen]]
    bits.values[:, 127] = np.bincount(owner, weights=ways, minlength=bits.n) > 1
