"""Real tables cut small, and models trained on them once."""

from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors

from loop.core.candidate import Material
from loop.core.ports import silent
from loop.datasets.structure_keys import molecule_key
from loop.source_wiring.describing import BlockDescriber
from loop.sources.learners import Architecture
from loop.sources.presets import model_recipe
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import SourceRows
from loop.sources.training import train
from tests.cli.in_process import command

SMALL = Architecture(hidden=(48, 16), epochs=30, batch=64)
_HEADS = ("", "O", "N", "Cl", "F", "C#N", "C(=O)O", "OC", "C=O", "S")
_CORES = ("c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCOC1", "c1ccsc1")


def molecules() -> list[str]:
    """Alkyl chains of 1 to 9 carbons between a ring and a head group, and open chains."""
    found = [f"{head}{'C' * n}{core}" for head in _HEADS for core in _CORES for n in range(1, 10)]
    found += [f"{head}{'C' * n}" for head in _HEADS for n in range(3, 12)]
    keys = [molecule_key(smiles) for smiles in found]
    return sorted({key for key in keys if key is not None})


def of(values: dict[str, float]) -> SourceRows:
    """Rows of values by SMILES."""
    keys = list(values)
    return SourceRows(keys, keys, np.array(list(values.values())))


@pytest.fixture(scope="session")
def tables() -> dict[str, SourceRows]:
    """Exact properties: molar mass, Crippen's logP, and a vapour pressure that falls with both."""
    mols = {smiles: Chem.MolFromSmiles(smiles) for smiles in molecules()}
    mass = {s: Descriptors.MolWt(m) for s, m in mols.items()}
    log_p = {s: Crippen.MolLogP(m) for s, m in list(mols.items())[::2]}
    pressure = {s: 10.0 ** (6 - 0.02 * mass[s] - 0.1 * log_p[s]) for s in log_p}
    return {"mass": of(mass), "log_p": of(log_p), "pressure": of(pressure)}


def source(name: str, unit: str = "dimensionless", **more) -> SourceRecipe:
    return SourceRecipe(
        name=name, data=name, column=name, unit=unit, material=Material.MOLECULE, **more
    )


@pytest.fixture(scope="session")
def recipe():
    sources = (
        source("mass", "g/mol"),
        source("log_p"),
        source("pressure", "Pa", transform="log10"),
    )
    return model_recipe("small", sources, SMALL)


@pytest.fixture(scope="session")
def read(tables):
    def rows(recipe, progress=silent):
        del progress
        return tables[recipe.name]

    return rows


@pytest.fixture(scope="session")
def describer(tmp_path_factory) -> BlockDescriber:
    return BlockDescriber(tmp_path_factory.mktemp("features"), workers=1)


@pytest.fixture(scope="session")
def model(recipe, read, describer):
    return train(recipe, read, describer)


@pytest.fixture
def library(tmp_path: Path, model):
    from loop.sources.library import SourceLibrary

    shelf = SourceLibrary(tmp_path / "shelf", below=())
    shelf.add(model)
    return shelf


@pytest.fixture
def describe(describer, recipe):
    def described(structures, material=Material.MOLECULE):
        return describer.describe(material, structures, recipe.blocks)

    return described


@pytest.fixture
def synthloop(monkeypatch, capsys, tmp_path):
    return command(monkeypatch, capsys, tmp_path, "sources")
