"""Main chain and side chains of a polymer, per smallest repeat unit and per mass.

The main chain is every heavy atom on a path from one end to the other: the shortest path, and the
ring systems it runs through. All other heavy atoms are side chains, a carbonyl oxygen too.
Rotatable bonds as in RDKit's strict definition: single, in no ring, no amide or thioamide C-N, and
not next to a triple bond.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Final

import numpy as np
import rdkit
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.featurize.block import BlockValues, Reads, RepeatUnit
from loop.featurize.polymer_ring import ends_of, main_chain
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1
_MASS: Final = 100.0
_MOL_WT: Final = dict(Descriptors.descList)["MolWt"]
COLUMNS: Final = (
    "unit mass [g/mol]",
    "main-chain length [atoms]",
    "main-chain atoms",
    "side-chain atoms",
    "side-chain share of atoms",
    "side chains",
    "side chains per main-chain length",
    "longest side chain [atoms]",
    "side-chain branch points",
    "rotatable main-chain bonds",
    "rotatable bonds per main-chain length",
    "aromatic share of main chain",
    "ring share of main chain",
    "heteroatom share of main chain",
    "heteroatom share of side chains",
    "mass per main-chain length [g/mol]",
    "side chains per 100 g/mol",
    "side-chain atoms per 100 g/mol",
    "rotatable main-chain bonds per 100 g/mol",
)


class PolymerChainConfig(BaseModel):
    """No settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Chain:
    """A repeat unit taken apart.

    Attributes:
        path: Atoms of the shortest path between the ends, left to right.
        main: Atoms of the main chain.
        rings: Those of them in rings that the path runs through.
        sides: Atoms of each side chain.
    """

    path: tuple[int, ...]
    main: frozenset[int]
    rings: frozenset[int]
    sides: tuple[frozenset[int], ...]


def take_apart(unit: Any) -> Chain:
    """Return main chain and side chains of a repeat unit with two `*`.

    Raises:
        ValueError: it is no repeat unit.
    """
    ends = ends_of(unit)
    path = main_chain(unit, ends)
    cyclic: set[int] = set()
    bonds = {unit.GetBondBetweenAtoms(a, b).GetIdx() for a, b in pairwise(path)}
    info = unit.GetRingInfo()
    rings = list(zip(info.AtomRings(), info.BondRings(), strict=True))
    while shared := [ring for ring in rings if bonds.intersection(ring[1])]:
        for ring in shared:
            cyclic.update(ring[0])
            bonds.update(ring[1])
            rings.remove(ring)
    main = cyclic.union(path)
    loose = {atom.GetIdx() for atom in unit.GetAtoms()} - main - set(ends.stars)
    return Chain(path, frozenset(main), frozenset(cyclic), tuple(_connected(unit, loose)))


def _connected(unit: Any, loose: set[int]) -> list[frozenset[int]]:
    groups = []
    left = set(loose)
    while left:
        group: set[int] = set()
        ahead = {min(left)}
        while ahead:
            group |= ahead
            ahead = {
                near.GetIdx()
                for atom in ahead
                for near in unit.GetAtomWithIdx(atom).GetNeighbors()
                if near.GetIdx() in left and near.GetIdx() not in group
            }
        groups.append(frozenset(group))
        left -= group
    return groups


def rotatable_bonds(unit: Any, path: tuple[int, ...]) -> int:
    """Return the rotatable bonds along the main chain, that to the next unit included."""
    star = next(a for a in unit.GetAtomWithIdx(path[0]).GetNeighbors() if not a.GetAtomicNum())
    links = [(unit.GetBondBetweenAtoms(a, b), a, b) for a, b in pairwise(path)]
    links.append((star.GetBonds()[0], path[-1], path[0]))
    return sum(
        bond.GetBondType() == Chem.BondType.SINGLE
        and not bond.IsInRing()
        and not _hindered(unit.GetAtomWithIdx(a), unit.GetAtomWithIdx(b))
        for bond, a, b in links
    )


def _hindered(a: Any, b: Any) -> bool:
    if any(bond.GetBondType() == Chem.BondType.TRIPLE for x in (a, b) for bond in x.GetBonds()):
        return True
    return any(
        nitrogen.GetAtomicNum() == 7 and _is_carbonyl(carbon)
        for nitrogen, carbon in ((a, b), (b, a))
    )


def _is_carbonyl(atom: Any) -> bool:
    return atom.GetAtomicNum() == 6 and any(
        bond.GetBondType() == Chem.BondType.DOUBLE
        and bond.GetOtherAtom(atom).GetAtomicNum() in {8, 16}
        for bond in atom.GetBonds()
    )


def _share(atoms: Sequence[Any], holds: NDArray[np.bool_]) -> float:
    return float(holds[list(atoms)].mean()) if atoms else 0.0


def chain_numbers(repeat: RepeatUnit) -> tuple[float, ...]:
    """Return the values of `COLUMNS` for one repeat unit.

    Raises:
        ValueError: it is no repeat unit.
    """
    unit = repeat.molecule
    chain = take_apart(unit)
    main, side = sorted(chain.main), sorted(frozenset().union(*chain.sides))
    atoms = list(unit.GetAtoms())
    hetero = np.array([atom.GetAtomicNum() not in {1, 6} for atom in atoms])
    aromatic = np.array([atom.GetIsAromatic() for atom in atoms])
    cyclic = np.array([atom.IsInRing() for atom in atoms])
    depth = Chem.GetDistanceMatrix(unit)[np.ix_(side, main)].min(axis=1) if side else np.zeros(1)
    forks = sum(atoms[i].GetDegree() > 2 and not cyclic[i] for i in side)
    mass = _MOL_WT(repeat.ring.molecule) / repeat.ring.copies
    length, rotatable, sides = len(chain.path), rotatable_bonds(unit, chain.path), len(chain.sides)
    return (
        mass,
        length,
        len(main),
        len(side),
        len(side) / (len(main) + len(side)),
        sides,
        sides / length,
        float(depth.max()),
        forks,
        rotatable,
        rotatable / length,
        _share(main, aromatic),
        len(chain.rings) / len(main),
        _share(main, hetero),
        _share(side, hetero),
        mass / length,
        _MASS * sides / mass,
        _MASS * len(side) / mass,
        _MASS * rotatable / mass,
    )


class PolymerChain:
    """Lengths, branching, rigidity and make-up of main chain and side chains."""

    Config: ClassVar[type[BaseModel]] = PolymerChainConfig
    reads: ClassVar[Reads] = "polymer"

    def __init__(self, config: PolymerChainConfig) -> None:
        self.config = config
        self.name = "polymer chain"
        self.kind = "reals"
        self.columns = COLUMNS

    def digest(self) -> str:
        """Return a digest of name, code version and RDKit version."""
        libraries = {"rdkit": rdkit.__version__}
        return version_digest("polymer-chain", _VERSION, libraries, self.config.model_dump())

    def describe(self, items: Sequence[Any]) -> BlockValues:
        """Describe `RepeatUnit`s, one row each, float32."""
        values = np.zeros((len(items), len(COLUMNS)), dtype=np.float32)
        failures: dict[int, str] = {}
        for row, repeat in enumerate(items):
            try:
                values[row] = chain_numbers(repeat)
            except ValueError as error:
                failures[row] = f"{error} ({Chem.MolToSmiles(repeat.molecule)})"
        return BlockValues(values, failures)
