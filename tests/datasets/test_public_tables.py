"""Public tables given by path: checksum, messages, missing cells."""

import dataclasses
import gzip
import hashlib
import json

import pytest

from loop.core.candidate import Material
from loop.core.units import check_unit
from loop.datasets.public_table import (
    FOLDER_VARIABLE,
    PublicTable,
    PublicTableLoader,
    TableProperty,
)
from loop.datasets.public_tables import PUBLIC_TABLES, public_table
from loop.errors import DataError, NotFoundError

TEXT = b"formula,gap_ev,note\nNaN,0.5,azide no\nFe2O3,,rust\nXq7,1.5,none such\n"
CONTENT = gzip.compress(TEXT, mtime=0)
SMALL = PublicTable(
    name="small",
    file="small.csv.gz",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    material=Material.COMPOSITION,
    structure="formula",
    conditions=(),
    licence="CC0",
    origin="somebody/somewhere",
    problems="made up",
    properties=(TableProperty("gap_ev", "eV", "identity", 0.0, 10.0),),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / SMALL.file).write_bytes(CONTENT)
    return tmp_path / "tables"


def test_sodium_nitride_is_a_compound_and_an_empty_cell_is_missing(folder, tmp_path):
    table = PublicTableLoader(SMALL, folder).load(tmp_path / "cache")
    assert table.columns["formula"] == ["NaN", "Fe2O3", "Xq7"]
    assert table.columns["key"] == ["NaN", "Fe2O3", None]
    assert table.columns["gap_ev"] == [0.5, None, 1.5]
    assert table.columns["note"] == ["azide no", "rust", "none such"]


def test_a_folder_above_and_the_environment_lead_there_too(folder, tmp_path, monkeypatch):
    direct = PublicTableLoader(SMALL, folder).load(tmp_path / "a")
    assert PublicTableLoader(SMALL, folder.parent).load(tmp_path / "b") == direct
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    assert PublicTableLoader(SMALL).load(tmp_path / "c") == direct


def test_another_file_is_refused_with_both_checksums(folder, tmp_path):
    changed = gzip.compress(TEXT.replace(b"0.5", b"0.6"), mtime=0)
    (folder / SMALL.file).write_bytes(changed)
    with pytest.raises(DataError) as caught:
        PublicTableLoader(SMALL, folder).load(tmp_path)
    message = str(caught.value)
    assert str(folder / SMALL.file) in message
    assert hashlib.sha256(changed).hexdigest() in message
    assert SMALL.sha256 in message


def test_a_changed_file_is_refused_even_when_the_right_one_is_cached(folder, tmp_path):
    PublicTableLoader(SMALL, folder).load(tmp_path)
    (folder / SMALL.file).write_bytes(b"else")
    with pytest.raises(DataError, match="is not the table small"):
        PublicTableLoader(SMALL, folder).load(tmp_path)


def test_a_missing_file_is_introduced(tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    for loader in (PublicTableLoader(SMALL), PublicTableLoader(SMALL, tmp_path)):
        with pytest.raises(NotFoundError) as caught:
            loader.load(tmp_path)
        message = str(caught.value)
        for part in ("small", "somebody/somewhere", "CC0", "small.csv.gz", FOLDER_VARIABLE):
            assert part in message


def test_progress_is_shown_once_and_then_the_cache_answers(folder, tmp_path):
    phrases: list[str] = []
    first = PublicTableLoader(SMALL, folder).load(tmp_path, lambda p, s: phrases.append(p))
    assert phrases
    seen = len(phrases)
    again = PublicTableLoader(SMALL, folder).load(tmp_path, lambda p, s: phrases.append(p))
    assert len(phrases) == seen
    assert again == first


def test_records_are_complete():
    names = [record.name for record in PUBLIC_TABLES]
    assert len(set(names)) == len(names) >= 25
    for record in PUBLIC_TABLES:
        assert len(record.sha256) == 64
        assert record.licence
        assert record.origin
        assert record.problems
        for found in record.properties:
            check_unit(found.unit)
            assert found.lowest < found.highest
            assert record.property_of(found.column) is found


def test_unknown_names_are_answered_with_the_known_ones():
    with pytest.raises(NotFoundError, match="radonpy-pi1070"):
        public_table("nope")
    with pytest.raises(NotFoundError, match="thermal_conductivity_w_mk"):
        public_table("radonpy-pi1070").property_of("nope")


@pytest.mark.shared_data
def test_checksums_and_columns_are_those_of_the_published_files(public_folder):
    manifest = json.loads((public_folder / "manifest.json").read_text(encoding="utf-8"))
    known = {entry["path"].split("/")[-1]: entry for entry in manifest}
    for record in PUBLIC_TABLES:
        entry = known[record.file]
        assert entry["sha256"] == record.sha256
        wanted = {record.structure, *record.conditions, *(p.column for p in record.properties)}
        assert wanted <= set(entry["columns"])


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "rows", "structure", "column", "value"),
    [
        # PI1070's first row, and polystyrene's and silica's entries of the files.
        ("radonpy-pi1070", 1077, "*CC*", "thermal_conductivity_w_mk", 0.45618496),
        ("matbench-phonons", 1171, "Ag2GeS3", "last_phonon_peak_cm1", 404.58575),
        ("freesolv", 642, "BrC(Br)Br", "hydration_free_energy_kcal_mol", -2.13),
    ],
)
def test_published_files_are_read(public_folder, tmp_path, name, rows, structure, column, value):
    record = public_table(name)
    table = PublicTableLoader(record, public_folder).load(tmp_path)
    assert len(table) == rows
    row = table.columns[record.structure].index(structure)
    assert table.columns[column][row] == pytest.approx(value)
    assert sum(key is None for key in table.columns["key"]) <= 0.01 * rows


@pytest.mark.shared_data
def test_most_values_of_the_published_files_are_plausible(public_folder, tmp_path):
    small = [r for r in PUBLIC_TABLES if r.name.startswith(("polyverse-e", "polyverse-i", "estm"))]
    for record in small:
        table = PublicTableLoader(record, public_folder).load(tmp_path)
        for found in record.properties:
            values = [v for v in table.columns[found.column] if v is not None]
            outside = [v for v in values if not found.lowest <= v <= found.highest]
            assert len(outside) <= 0.01 * len(values), (record.name, found.column)


def test_a_record_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SMALL.sha256 = "0" * 64
