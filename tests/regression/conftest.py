"""A workspace whose library is one small model, quick to train anew."""

import csv
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors

from loop.core.candidate import Material
from loop.core.ports import Table
from loop.regression.describing import Workshop
from loop.regression.request import FitRequest, surrogate_of
from loop.settings import Settings
from loop.source_wiring.commands import SourceShelf
from loop.sources.recipe import SourceRecipe

HEADS = ("C", "O", "N", "OC(C)=O", "C#N", "c1ccccc1", "C(C)=O", "F", "Cl", "OC", "N(C)C", "C(N)=O")
STRUCTURES = tuple("C" * length + head for length, head in product(range(2, 12), HEADS))


def molecule(smiles: str):
    return Chem.MolFromSmiles(smiles)


def mass(smiles: str) -> float:
    return Descriptors.MolWt(molecule(smiles))


def bulk(smiles: str) -> float:
    """A property of no source: smooth in the structure, with a nonlinear part."""
    mol = molecule(smiles)
    return 0.02 * Crippen.MolMR(mol) + np.sin(Crippen.MolLogP(mol)) + 3.0


def write(path: Path, head, rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def add_source(settings: Settings, folder: Path, name: str, value, unit: str, rows=STRUCTURES):
    file = write(
        folder / f"{name}.csv", ("smiles", "y"), [(s, repr(float(value(s)))) for s in rows]
    )
    recipe = SourceRecipe(name=name, data=str(file), column="y", unit=unit, material="molecule")
    return SourceShelf(settings).add(file, recipe)


def request_of(transfer: str = "auto", **more) -> FitRequest:
    options = {"material": Material.MOLECULE, "target": "bulk", "unit": "dimensionless"}
    return FitRequest(**options | {"surrogate": surrogate_of(transfer)} | more)


def table_of(structures, values, structure="smiles", target="bulk", source="t.csv") -> Table:
    return Table(source, {structure: list(structures), target: list(values)}, 2)


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> Settings:
    """Its only model for molecules: one of that name stands before the one that ships."""
    home = tmp_path_factory.mktemp("workspace")
    settings = Settings(workspace=home)
    add_source(settings, home, "molecules", mass, "g/mol")
    return settings


@pytest.fixture(scope="session")
def workshop(settings) -> Workshop:
    return Workshop(settings)


@pytest.fixture(scope="session")
def training() -> Table:
    chosen = STRUCTURES[::5]
    return table_of(chosen, [bulk(s) for s in chosen])


@pytest.fixture(scope="session")
def model(training, workshop):
    from loop.regression.measured import measured
    from loop.regression.model import fit_model

    request = request_of()
    return fit_model(request, measured(training, request), workshop)
