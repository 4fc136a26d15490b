"""Sources out of installed packages, public tables and files."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from loop.core.candidate import Material
from loop.core.ports import silent
from loop.datasets.public_table import FOLDER_VARIABLE
from loop.datasets.public_tables import public_table
from loop.datasets.structure_keys import molecule_key, polymer_key
from loop.errors import DataError, NotFoundError
from loop.source_wiring.recipes import own_models, shared_model, table_recipes
from loop.source_wiring.tables import SourceTables, file_digest
from loop.sources.leak import leaks
from loop.sources.learners import SINGLE
from loop.sources.library import SourceLibrary
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import training_rows

SHIPPED = SourceLibrary(Path("/nowhere"))


@pytest.mark.slow
@pytest.mark.parametrize("material", [Material.MOLECULE, Material.COMPOSITION])
def test_what_ships_is_what_the_installed_tables_give(tmp_path, material):
    """A release of the tables or a changed recipe without a new build would be a silent lie."""
    name = {"molecule": "molecules", "composition": "compositions"}[material.value]
    read, card = SourceTables(tmp_path), SHIPPED.card(name)
    recipe = shared_model(material, (), read, silent)
    assert recipe == card.recipe
    rows = training_rows(recipe, read)
    assert rows.digests == tuple(source.values_digest for source in card.sources)
    model = SHIPPED.get(name)
    assert np.array_equal(model.hashes, rows.hashes)
    assert [source.n for source in card.sources] == model.seen.sum(axis=1).tolist()
    assert all(300 <= source.n <= 4000 for source in card.sources)
    assert all(recipe.licence and recipe.origin for recipe in recipe.sources)
    single = own_models(recipe, "single", read, silent)
    assert all(one.architecture == SINGLE for one in single)
    assert len(single) == {"molecules": 20, "compositions": 3}[name]


def test_what_ships_knows_which_molecules_it_has_seen():
    toluene, new = molecule_key("Cc1ccccc1"), "OCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC1CC1"
    found = leaks(SHIPPED, Material.MOLECULE, [toluene, new])
    assert {leak.keys for leak in found} == {(toluene,)}
    assert "surface_tension_298k_mn_m" in {leak.source for leak in found}
    salt = leaks(SHIPPED, Material.COMPOSITION, ["NaCl"])
    assert "density_kg_m3" in {leak.source for leak in salt}


def test_what_ships_predicts_well_what_it_has_not_seen():
    r2 = {
        source.name: source.validation.r2
        for name in ("molecules", "compositions")
        for source in SHIPPED.card(name).sources
    }
    assert min(r2.values()) > 0.5
    assert np.median(list(r2.values())) > 0.85


def own(path: Path) -> SourceRecipe:
    return SourceRecipe(
        name="own", data=str(path), column="y", unit="K", material=Material.MOLECULE,
        file_digest=file_digest(path),
    )  # fmt: skip


def test_a_file_that_was_changed_or_is_gone_is_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("smiles,y\nOCC,1\nC1CC,2\nCO,\n", encoding="utf-8")
    recipe = own(path)
    rows = SourceTables(tmp_path)(recipe, silent)
    assert rows.keys == ["CCO", None, "CO"]
    assert rows.values[:2].tolist() == [1.0, 2.0]
    assert np.isnan(rows.values[2])
    refused = SourceTables(tmp_path).refused(recipe, silent)
    assert [(row.row, row.text) for row in refused] == [(3, "C1CC")]
    path.write_text("smiles,y\nOCC,7\n", encoding="utf-8")
    with pytest.raises(DataError, match="was changed since source 'own' was added"):
        SourceTables(tmp_path)(recipe, silent)
    path.unlink()
    with pytest.raises(NotFoundError, match=r"own\.csv of source 'own' is not here"):
        SourceTables(tmp_path)(recipe, silent)


def test_a_table_that_nobody_knows(tmp_path):
    recipe = SourceRecipe(
        name="x", data="no-such-table", column="y", unit="K", material=Material.MOLECULE
    )
    with pytest.raises(NotFoundError, match="no data set or public table 'no-such-table'"):
        SourceTables(tmp_path)(recipe, silent)
    with pytest.raises(NotFoundError, match="no public table"):
        table_recipes("no-such-table")


@pytest.mark.shared_data
def test_a_public_table_gives_its_polymers(tmp_path, monkeypatch):
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public tables are not here: ../shared/data")
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    record = public_table("polyverse-electron-affinity")
    recipes = table_recipes(record.name)
    assert [r.name for r in recipes] == [f"{record.name}.electron_affinity_ev"]
    rows = SourceTables(tmp_path)(recipes[0], silent)
    path = next(p for p in folder.glob(f"*/{record.file}"))
    with gzip.open(path, "rt", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert rows.values.tolist() == [float(row["electron_affinity_ev"]) for row in table]
    assert rows.keys[:20] == [polymer_key(row[record.structure]) for row in table[:20]]
