"""Fingerprints of RDKit's generators: how often, or whether, each folded environment occurs.

Counts of a ring of repeat units are per unit. A ring of units is symmetric under a shift by one
unit, so each environment that does not reach around it occurs a whole number of times per unit.

Measured on 3,000 drug-like molecules (ECFP6, 2048, one core): one call per molecule with numpy
output 15,300 counts/s and 18,600 bits/s, against 14,500 and 20,500 for batched calls that have to
be converted; so the plain call is kept.
"""

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from rdkit.Chem import rdFingerprintGenerator

from loop.featurize.molecule_block import MoleculeConfig, RowwiseBlock

_MOST: Final = 255
_SIZE: Final = 2048


class FingerprintConfig(MoleculeConfig):
    """Options of a folded fingerprint.

    Attributes:
        size: Columns that the environments are folded to.
        values: "counts", clipped at 255, or "bits".
    """

    size: Annotated[int, Field(ge=16, le=65_536)] = _SIZE
    values: Literal["counts", "bits"] = "counts"


class MorganConfig(FingerprintConfig):
    """Options of Morgan fingerprints.

    Attributes:
        radius: Bonds around the centre; 2 is called ECFP4, 3 ECFP6.
        features: Pharmacophoric roles in place of elements: FCFP.
        chirality: Tell stereoisomers apart. Rings of repeat units carry no stereo.
    """

    radius: Annotated[int, Field(ge=0, le=10)] = 2
    features: bool = False
    chirality: bool = False


class PathConfig(FingerprintConfig):
    """Options of RDKit's path fingerprint.

    Attributes:
        longest: Most bonds of a path or branched subgraph.
        branched: Take branched subgraphs as well.
    """

    longest: Annotated[int, Field(ge=1, le=9)] = 7
    branched: bool = True


class AtomPairConfig(FingerprintConfig):
    """Options of atom pairs.

    Attributes:
        longest: Most bonds between the two atoms. The rings that stand for polymers have 12 atoms
            of the main chain or more; beyond half of that a distance is one around the ring.
        chirality: Tell stereoisomers apart.
    """

    longest: Annotated[int, Field(ge=1, le=100)] = 30
    chirality: bool = False


class TorsionConfig(FingerprintConfig):
    """Options of topological torsions.

    Attributes:
        chirality: Tell stereoisomers apart.
    """

    chirality: bool = False


@lru_cache(maxsize=64)
def _generator(make: Callable[[Any], Any], config: BaseModel) -> Any:
    return make(config)


class GeneratorFingerprint(RowwiseBlock):
    """A fingerprint that an RDKit generator makes. A subclass gives generator and name."""

    kind = "counts"
    short: ClassVar[str]

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.name = " ".join([self.title(), config.values, *self.variant()])
        self.columns = tuple(f"{self.name} {bit}" for bit in range(config.size))

    def title(self) -> str:
        """Return the customary name of the fingerprint."""
        return self.short

    def variant(self) -> list[str]:
        """Return words for the options that differ from the defaults."""
        words = []
        if self.config.size != _SIZE:
            words.append(str(self.config.size))
        if getattr(self.config, "chirality", False):
            words.append("chiral")
        if self.config.add_hs:
            words.append("with H")
        return words

    @staticmethod
    @abstractmethod
    def generator(config: Any) -> Any:
        """Return RDKit's generator for the options."""

    def row(self, molecule: Any, copies: int) -> NDArray[Any]:
        """Return folded counts per repeat unit, or bits, shape `(size,)`, uint8."""
        generator = _generator(type(self).generator, self.config)
        if self.config.values == "bits":
            bits: NDArray[np.uint8] = generator.GetFingerprintAsNumPy(molecule)
            return bits
        counts = generator.GetCountFingerprintAsNumPy(molecule)
        if copies > 1:
            counts = counts // copies
        clipped: NDArray[np.uint8] = np.minimum(counts, _MOST).astype(np.uint8)
        return clipped


class Morgan(GeneratorFingerprint):
    """Circular environments: ECFP, or FCFP (Rogers & Hahn, J. Chem. Inf. Model. 50 (2010) 742)."""

    Config: ClassVar[type[BaseModel]] = MorganConfig

    def title(self) -> str:
        """Return ECFP or FCFP with the diameter."""
        return f"{'FCFP' if self.config.features else 'ECFP'}{2 * self.config.radius}"

    @staticmethod
    def generator(config: MorganConfig) -> Any:
        """Return RDKit's Morgan generator."""
        invariants = (
            rdFingerprintGenerator.GetMorganFeatureAtomInvGen() if config.features else None
        )
        return rdFingerprintGenerator.GetMorganGenerator(
            radius=config.radius,
            fpSize=config.size,
            includeChirality=config.chirality,
            atomInvariantsGenerator=invariants,
        )


class RDKitPath(GeneratorFingerprint):
    """Subgraphs of bonds, two bits each, after the Daylight fingerprint."""

    Config: ClassVar[type[BaseModel]] = PathConfig
    short: ClassVar[str] = "RDKit path"

    def variant(self) -> list[str]:
        """Return words for the options that differ from the defaults."""
        words = [] if self.config.branched else ["unbranched"]
        if self.config.longest != PathConfig.model_fields["longest"].default:
            words.append(f"to {self.config.longest} bonds")
        return [*words, *super().variant()]

    @staticmethod
    def generator(config: PathConfig) -> Any:
        """Return RDKit's path generator."""
        return rdFingerprintGenerator.GetRDKitFPGenerator(
            maxPath=config.longest, fpSize=config.size, branchedPaths=config.branched
        )


class AtomPair(GeneratorFingerprint):
    """Pairs of atoms with their distance (Carhart, J. Chem. Inf. Comput. Sci. 25 (1985) 64)."""

    Config: ClassVar[type[BaseModel]] = AtomPairConfig
    short: ClassVar[str] = "atom pair"

    def variant(self) -> list[str]:
        """Return words for the options that differ from the defaults."""
        default = AtomPairConfig.model_fields["longest"].default
        reach = [] if self.config.longest == default else [f"to {self.config.longest} bonds"]
        return [*reach, *super().variant()]

    @staticmethod
    def generator(config: AtomPairConfig) -> Any:
        """Return RDKit's atom-pair generator; bits of counts are thresholds, RDKit's default."""
        return rdFingerprintGenerator.GetAtomPairGenerator(
            maxDistance=config.longest, fpSize=config.size, includeChirality=config.chirality
        )


class TopologicalTorsion(GeneratorFingerprint):
    """Paths of four atoms (Nilakantan, J. Chem. Inf. Comput. Sci. 27 (1987) 82)."""

    Config: ClassVar[type[BaseModel]] = TorsionConfig
    short: ClassVar[str] = "topological torsion"

    @staticmethod
    def generator(config: TorsionConfig) -> Any:
        """Return RDKit's torsion generator; bits of counts are thresholds, RDKit's default."""
        return rdFingerprintGenerator.GetTopologicalTorsionGenerator(
            fpSize=config.size, includeChirality=config.chirality
        )
