"""Blocks of a third party, installed as its wheel would be: found by their entry points."""

import os
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from loop.core.canonical import digest
from loop.featurize.block import BlockValues


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Configured:
    def __init__(self, config):
        self.config = config

    def digest(self):
        return digest(f"{type(self).__name__} {self.config.model_dump_json()}")


class SmallMorgan(_Configured):
    """Morgan counts."""

    class Config(_Frozen):
        radius: int = 2
        size: int = 256

    reads = "molecule"
    kind = "counts"

    def __init__(self, config):
        super().__init__(config)
        self.name = f"Morgan {config.radius}"
        self.columns = tuple(f"bit {i}" for i in range(config.size))

    def describe(self, items):
        generator = rdFingerprintGenerator.GetMorganGenerator(
            radius=self.config.radius, fpSize=self.config.size
        )
        values = np.zeros((len(items), self.config.size), dtype=np.uint8)
        for row, item in enumerate(items):
            values[row] = generator.GetCountFingerprintAsNumPy(item.molecule)
        return BlockValues(values)


class SmallWeights(_Configured):
    """Mass and logP; has no parameters for boron."""

    class Config(_Frozen):
        pass

    reads = "molecule"
    kind = "reals"
    name = "weights"
    columns = ("mass [g/mol]", "logP")

    def describe(self, items):
        values = np.zeros((len(items), 2))
        failures = {}
        for row, item in enumerate(items):
            if item.molecule.HasSubstructMatch(Chem.MolFromSmarts("[#5]")):
                failures[row] = "no parameters for boron"
            else:
                values[row] = Descriptors.MolWt(item.molecule), Descriptors.MolLogP(item.molecule)
        return BlockValues(values, failures)


class SmallFields(_Configured):
    """Numeric columns as they are."""

    class Config(_Frozen):
        columns: tuple[str, ...]

    reads = "fields"
    kind = "reals"
    name = "fields"

    def __init__(self, config):
        super().__init__(config)
        self.columns = config.columns

    def describe(self, items):
        return BlockValues(
            np.array([[float(row[c]) for c in self.columns] for row in items], dtype=np.float32)
        )


class Blended(_Configured):
    """Atoms as counts; means, so reals, for a batch with a mixture."""

    class Config(_Frozen):
        pass

    reads = "molecule"
    kind = "counts"
    name = "blended"
    columns = ("carbon", "oxygen")

    def describe(self, items):
        parts = [Chem.GetMolFrags(item.molecule, asMols=True) for item in items]
        atoms = [[[a.GetAtomicNum() for a in m.GetAtoms()] for m in ms] for ms in parts]
        means = np.array([[np.mean([m.count(z) for m in ms]) for z in (6, 8)] for ms in atoms])
        mixed = any(len(ms) > 1 for ms in parts)
        return BlockValues(means.astype(np.float32 if mixed else np.uint8))


class Fragile(_Configured):
    """Breaks its contract at one molecule."""

    class Config(_Frozen):
        at: str
        how: Literal["raise", "die", "nan"]

    reads = "molecule"
    kind = "reals"
    name = "fragile"
    columns = ("atoms",)

    def describe(self, items):
        values = np.array([[i.molecule.GetNumAtoms()] for i in items], dtype=np.float64)
        for row, item in enumerate(items):
            if Chem.MolToSmiles(item.molecule) == self.config.at:
                if self.config.how == "die":
                    os._exit(9)
                if self.config.how == "raise":
                    raise RuntimeError("a defect of this block")
                values[row] = np.nan
        return BlockValues(values)
