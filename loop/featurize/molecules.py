"""Molecules to Morgan counts and a fixed list of RDKit descriptors."""

from collections.abc import Callable
from typing import ClassVar, Final

import numpy as np
import rdkit
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent

_CHUNK: Final = 256
_CODE: Final = "1"

# The list is ours and fixed: RDKit's own list grows with its releases, and a model's width must
# not.
DESCRIPTORS: Final[dict[str, Callable[[Chem.Mol], float]]] = {
    "log molecular weight": lambda m: float(np.log(max(rdMolDescriptors.CalcExactMolWt(m), 1.0))),
    "heavy atoms": rdMolDescriptors.CalcNumHeavyAtoms,
    "heteroatoms": rdMolDescriptors.CalcNumHeteroatoms,
    "rotatable bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "aromatic rings": rdMolDescriptors.CalcNumAromaticRings,
    "aliphatic rings": rdMolDescriptors.CalcNumAliphaticRings,
    "hydrogen-bond donors": rdMolDescriptors.CalcNumHBD,
    "hydrogen-bond acceptors": rdMolDescriptors.CalcNumHBA,
    "polar surface area": rdMolDescriptors.CalcTPSA,
    "Labute surface area": rdMolDescriptors.CalcLabuteASA,
    "fraction of sp3 carbon": rdMolDescriptors.CalcFractionCSP3,
    "Crippen logP": lambda m: rdMolDescriptors.CalcCrippenDescriptors(m)[0],
    "Crippen refractivity": lambda m: rdMolDescriptors.CalcCrippenDescriptors(m)[1],
    "chi0v": rdMolDescriptors.CalcChi0v,
    "chi1v": rdMolDescriptors.CalcChi1v,
    "chi2v": rdMolDescriptors.CalcChi2v,
    "kappa1": rdMolDescriptors.CalcKappa1,
    "kappa2": rdMolDescriptors.CalcKappa2,
    "kappa3": rdMolDescriptors.CalcKappa3,
    "Hall-Kier alpha": rdMolDescriptors.CalcHallKierAlpha,
    "OH and NH": lambda m: float(
        sum(a.GetTotalNumHs() for a in m.GetAtoms() if a.GetAtomicNum() in {7, 8})
    ),
    "oxygen share": lambda m: _share(m, 8),
    "nitrogen share": lambda m: _share(m, 7),
    "fluorine share": lambda m: _share(m, 9),
    "chlorine share": lambda m: _share(m, 17),
    "bromine share": lambda m: _share(m, 35),
    "sulfur share": lambda m: _share(m, 16),
    "silicon share": lambda m: _share(m, 14),
    "hydrogens per heavy atom": lambda m: (
        sum(a.GetTotalNumHs() for a in m.GetAtoms()) / max(m.GetNumHeavyAtoms(), 1)
    ),
}


def _share(mol: Chem.Mol, atomic_number: int) -> float:
    count = sum(a.GetAtomicNum() == atomic_number for a in mol.GetAtoms())
    return count / max(mol.GetNumHeavyAtoms(), 1)


class MorganConfig(BaseModel):
    """Options of the Morgan featurizers.

    Attributes:
        radius: Bonds around each atom.
        size: Width of the folded counts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    radius: int = Field(default=2, ge=0, le=6)
    size: int = Field(default=1024, ge=64, le=16384)


def describe(
    molecules: list[Chem.Mol | str], config: MorganConfig, progress: Progress
) -> tuple[NDArray[np.uint8], NDArray[np.float32], dict[int, str]]:
    """Return Morgan counts, descriptors and the failures of molecules.

    Args:
        molecules: RDKit molecules; a text stands for a failure and says why.
        config: Radius and width.
        progress: Told after each chunk.

    Returns:
        Counts `(n, size)`, clipped at 255; descriptors `(n, 30)`; row to reason.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=config.radius, fpSize=config.size)
    counts = np.zeros((len(molecules), config.size), dtype=np.uint8)
    reals = np.zeros((len(molecules), len(DESCRIPTORS)), dtype=np.float32)
    failures: dict[int, str] = {}
    for row, mol in enumerate(molecules):
        if row % _CHUNK == 0:
            progress("describing candidates", row / len(molecules))
        if isinstance(mol, str):
            failures[row] = mol
            continue
        values = np.array([function(mol) for function in DESCRIPTORS.values()], dtype=np.float32)
        if not np.isfinite(values).all():
            bad = [n for n, v in zip(DESCRIPTORS, values, strict=True) if not np.isfinite(v)]
            failures[row] = f"descriptors without a value: {', '.join(bad)}"
            continue
        reals[row] = values
        counts[row] = np.minimum(generator.GetCountFingerprintAsNumPy(mol), 255)
    progress("describing candidates", 1.0)
    return counts, reals, failures


def _read(smiles: str) -> Chem.Mol | None:
    mol: Chem.Mol | None = Chem.MolFromSmiles(smiles)
    return mol


class MorganDescriptors:
    """Morgan counts (ECFP-like) with 30 descriptors.

    Source: Rogers & Hahn, J. Chem. Inf. Model. 50, 742 (2010), doi:10.1021/ci100050t.
    """

    Config: ClassVar[type[MorganConfig]] = MorganConfig
    materials: ClassVar[frozenset[str]] = frozenset({"molecule"})

    def __init__(self, config: MorganConfig) -> None:
        self._config = config

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the pool."""
        content = f"morgan-descriptors {_CODE} {rdkit.__version__} {list(DESCRIPTORS)}"
        return digest(content + self._config.model_dump_json())

    def featurize(
        self, pool: CandidatePool, space: PoolSpace, progress: Progress = silent
    ) -> FeatureMatrix:
        """Describe every candidate of the pool; a bad SMILES becomes a failure of its row."""
        del space
        with rdBase.BlockLogs():
            molecules = [
                f"RDKit cannot read {smiles!r}" if (mol := _read(smiles)) is None else mol
                for smiles in pool.structures
            ]
        counts, reals, failures = describe(molecules, self._config, progress)
        return matrix(self.digest() + pool.digest, self._config, counts, reals, failures)


def matrix(
    key: str,
    config: MorganConfig,
    counts: NDArray[np.uint8],
    reals: NDArray[np.float32],
    failures: dict[int, str],
) -> FeatureMatrix:
    """Return counts and descriptors as a feature matrix."""
    return FeatureMatrix(
        blocks=(
            FeatureBlock(
                "Morgan counts", "counts", tuple(f"morgan {i}" for i in range(config.size)), counts
            ),
            FeatureBlock("RDKit descriptors", "reals", tuple(DESCRIPTORS), reals),
        ),
        digest=digest(key),
        failures=failures,
    )
