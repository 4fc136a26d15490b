"""What all blocks that describe molecules share: explicit hydrogens, rows, names, digest."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import rdkit
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rdkit import Chem, rdBase

from loop.featurize.block import BlockValues, ChemicalUnit, Reads
from loop.featurize.version_digest import version_digest


class MoleculeConfig(BaseModel):
    """Options of every block that describes molecules.

    Attributes:
        add_hs: Describe the molecule with its hydrogens as atoms.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    add_hs: bool = False


class MoleculeBlock(ABC):
    """Rows of molecules. A subclass gives its names and describes a batch.

    A block holds plain data only, so that it can travel to another process.
    """

    Config: ClassVar[type[BaseModel]] = MoleculeConfig
    reads: ClassVar[Reads] = "molecule"
    version: ClassVar[int] = 1
    dtype: ClassVar[type[np.generic]] = np.uint8

    kind: str
    name: str
    columns: tuple[str, ...]

    def __init__(self, config: Any) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of class, code version, columns, RDKit version and settings."""
        settings = {"columns": self.columns, "config": self.config.model_dump(mode="json")}
        return version_digest(type(self).__name__, self.version, self.libraries(), settings)

    def libraries(self) -> dict[str, str]:
        """Return the versions of the libraries that decide the numbers."""
        return {"rdkit": rdkit.__version__}

    @abstractmethod
    def describe(self, items: Sequence[Any]) -> BlockValues:
        """Describe `ChemicalUnit`s, one row each."""

    def _prepared(self, unit: ChemicalUnit) -> Any:
        return Chem.AddHs(unit.molecule) if self.config.add_hs else unit.molecule


class RowwiseBlock(MoleculeBlock):
    """Describes one molecule after the other."""

    def describe(self, items: Sequence[Any]) -> BlockValues:
        """Describe `ChemicalUnit`s, one row each; a `ValueError` of a row is its failure."""
        values = np.zeros((len(items), len(self.columns)), dtype=self.dtype)
        failures: dict[int, str] = {}
        with rdBase.BlockLogs():
            for row, unit in enumerate(items):
                try:
                    values[row] = self.row(self._prepared(unit), unit.copies)
                except ValueError as error:
                    values[row] = 0
                    failures[row] = f"{error} ({Chem.MolToSmiles(unit.molecule)})"
        return BlockValues(values, failures)

    @abstractmethod
    def row(self, molecule: Any, copies: int) -> NDArray[Any]:
        """Return the numbers of one molecule, shape `(d,)`.

        Raises:
            ValueError: it cannot be described; the message says what is wrong with it.
        """
