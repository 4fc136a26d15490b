"""Fingerprints outside RDKit's generators: MACCS keys, pattern, layered and SECFP bits."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, field_validator
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import rdMHFPFingerprint

from loop.featurize.block import BlockValues, ChemicalUnit
from loop.featurize.maccs_keys import maccs_keys
from loop.featurize.molecule_block import MoleculeBlock, MoleculeConfig, RowwiseBlock

_SIZE: Final = 2048
_KEYS: Final = 166
# SECFP does not use them, but the encoder wants them: RDKit's own defaults.
_PERMUTATIONS: Final = 2048
_SEED: Final = 42


class SizedConfig(MoleculeConfig):
    """Options of a folded bit fingerprint.

    Attributes:
        size: Columns that the features are folded to.
    """

    size: Annotated[int, Field(ge=16, le=65_536)] = _SIZE


class LayeredConfig(SizedConfig):
    """Options of the layered fingerprint.

    Attributes:
        longest: Most bonds of a subgraph.
    """

    longest: Annotated[int, Field(ge=1, le=9)] = 7

    @field_validator("add_hs")
    @classmethod
    def _without_hydrogens(cls, add_hs: bool) -> bool:  # noqa: FBT001
        if add_hs:
            raise ValueError("RDKit's layered fingerprint passes over hydrogens; leave it out")
        return add_hs


class SecfpConfig(SizedConfig):
    """Options of SECFP.

    Attributes:
        radius: Bonds around the centre; 3 is called SECFP6.
        rings: Take the rings as features too.
    """

    radius: Annotated[int, Field(ge=1, le=10)] = 3
    rings: bool = True


class BitFingerprint(RowwiseBlock):
    """A fingerprint that RDKit gives as a bit vector. A subclass gives vector and title."""

    kind = "counts"

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        size = getattr(config, "size", _SIZE)
        words = [self.title()]
        if size != _SIZE:
            words.append(str(size))
        if config.add_hs:
            words.append("with H")
        self.name = " ".join(words)
        self.columns = tuple(f"{self.name} {bit}" for bit in range(size))

    @abstractmethod
    def title(self) -> str:
        """Return the name, with the options that set this variant apart."""

    @abstractmethod
    def vector(self, molecule: Any) -> Any:
        """Return RDKit's bit vector."""

    def row(self, molecule: Any, copies: int) -> NDArray[Any]:
        """Return the bits of one molecule, uint8; a bit is not divided by repeat units."""
        del copies
        bits = np.empty(0, dtype=np.uint8)
        DataStructs.ConvertToNumpyArray(self.vector(molecule), bits)
        return bits


class Maccs(MoleculeBlock):
    """The 166 public MACCS keys (Durant, J. Chem. Inf. Comput. Sci. 42 (2002) 1273).

    RDKit's unused bit 0 is left out, so that column k is key k.
    """

    kind = "counts"

    def __init__(self, config: MoleculeConfig) -> None:
        super().__init__(config)
        self.name = "MACCS with H" if config.add_hs else "MACCS"
        self.columns = tuple(f"{self.name} {key}" for key in range(1, _KEYS + 1))

    def describe(self, items: Sequence[ChemicalUnit]) -> BlockValues:
        """Describe `ChemicalUnit`s: keys 1 to 166, uint8."""
        with rdBase.BlockLogs():
            keys = maccs_keys([self._prepared(unit) for unit in items])
        return BlockValues(np.ascontiguousarray(keys[:, 1:]))


class Pattern(BitFingerprint):
    """RDKit's fingerprint of generic substructure patterns, made for substructure screens."""

    Config: ClassVar[type[BaseModel]] = SizedConfig

    def title(self) -> str:
        """Return pattern."""
        return "pattern"

    def vector(self, molecule: Any) -> Any:
        """Return RDKit's pattern fingerprint."""
        return Chem.PatternFingerprint(molecule, fpSize=self.config.size)


class Layered(BitFingerprint):
    """RDKit's layered fingerprint: subgraphs hashed at several levels of detail."""

    Config: ClassVar[type[BaseModel]] = LayeredConfig

    def title(self) -> str:
        """Return layered, with the reach if it is not the default."""
        default = LayeredConfig.model_fields["longest"].default
        longest = self.config.longest
        return "layered" if longest == default else f"layered to {longest} bonds"

    def vector(self, molecule: Any) -> Any:
        """Return RDKit's layered fingerprint."""
        return Chem.LayeredFingerprint(
            molecule, fpSize=self.config.size, maxPath=self.config.longest
        )


@lru_cache(maxsize=1)
def _encoder() -> Any:
    return rdMHFPFingerprint.MHFPEncoder(_PERMUTATIONS, _SEED)


class Secfp(BitFingerprint):
    """SMILES of circular environments, folded: SECFP (Probst & Reymond, J. Cheminf. 10 (2018) 66).

    The unfolded MHFP is left out: its numbers are hash values, neither counts nor amounts, which
    no kernel here can compare. Bits can depend on the spelling of the SMILES (10 of 300 drug-like
    molecules): RDKit writes environments out from one Kekule structure.
    """

    Config: ClassVar[type[BaseModel]] = SecfpConfig

    def title(self) -> str:
        """Return SECFP with the diameter."""
        rings = "" if self.config.rings else " without rings"
        return f"SECFP{2 * self.config.radius}{rings}"

    def vector(self, molecule: Any) -> Any:
        """Return RDKit's SECFP bits."""
        # The Kekule structure follows the order of atoms, and the bits follow it: as written, 40 of
        # 300 molecules change with their spelling; in canonical order, 10.
        ranks = Chem.CanonicalRankAtoms(molecule)
        ordered = Chem.RenumberAtoms(molecule, np.argsort(ranks).tolist())
        # All options are given: RDKit's defaults change with the number of arguments.
        return _encoder().EncodeSECFPMol(
            ordered,
            radius=self.config.radius,
            rings=self.config.rings,
            isomeric=False,
            kekulize=True,
            min_radius=1,
            length=self.config.size,
        )
