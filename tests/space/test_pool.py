"""Tables become pools; what cannot is refused with row, column, value and expectation."""

import gzip

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.core.candidate import Material
from loop.core.definition import ForbiddenPattern, PoolSpace
from loop.core.pool_file import load_pool
from loop.core.ports import Table
from loop.errors import ConfigError, DataError, LedgerError, NotFoundError
from loop.space.pool import PoolFiles

MOLECULES = {"material": "molecule", "file": "pool.csv"}
POLYMERS = {"material": "polymer", "file": "pool.csv"}
FORMULAS = {"material": "composition", "file": "pool.csv", "structure": "formula"}
RECIPES = {"material": "columns", "file": "pool.csv", "features": ("t", "x")}


def build(tmp_path, content, space, name="pool.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    files = PoolFiles()
    return files.build(files.read(path), PoolSpace.model_validate(space), "s")


BROKEN = [
    ("", MOLECULES, "rows", "0", "a header and at least one row"),
    ("smiles\n", MOLECULES, "rows", "0", "a header and at least one row"),
    ("smiles\nCCO\nC1CC\n", MOLECULES, "row 3, column smiles", "C1CC", "a SMILES that RDKit reads"),
    ("smiles\nCCO\nC(C)(C)(C)(C)C\n", MOLECULES, "row 3, column smiles", "C(C)", "a SMILES"),
    ("smiles,name\n,water\nO,w\n", MOLECULES, "row 2, column smiles", "''", "a SMILES"),
    ("smiles\nCCO\nOCC\n", MOLECULES, "row 3, column smiles", "OCC", "not in row 2 already"),
    ("smile\nCCO\n", MOLECULES, "space.structure", "smiles", "('smile'?)"),
    ("smiles\nCCO\n", MOLECULES | {"label": "nam"}, "space.label", "nam", "a column of"),
    ("smiles,smiles\nCCO,C\n", MOLECULES, "row 1", "smiles", "unique"),
    ("smiles,\nCCO,C\n", MOLECULES, "row 1", "an empty name", "unique"),
    ("smiles,name\nCCO\n", MOLECULES, "row 2", "1 cells", "2, as in row 1"),
    ("smiles\nCCO,ethanol\n", MOLECULES, "row 2", "2 cells", "1, as in row 1"),
    ('smiles\n"CCO\n', MOLECULES, "file", "unexpected end", "a CSV table"),
    (b"smiles\n\xff\xfeCCO\n", MOLECULES, "byte 7", "xff", "UTF-8"),
    (b"smiles\nCC\x00O\n", MOLECULES, "file", "binary data", "a text file"),
    ("id,smiles\na b,CCO\n", MOLECULES | {"id": "id"}, "row 2, column id", "a b", "a unique id"),
    ("id,smiles\na,CCO\na,CO\n", MOLECULES | {"id": "id"}, "row 3, column id", "'a'", "a unique id"),
    ("smiles\n*CC\n", POLYMERS, "row 2, column smiles", "*CC", "exactly two *"),
    ("smiles\n*CC*C*\n", POLYMERS, "row 2, column smiles", "*CC*C*", "exactly two *"),
    ("smiles\n*CC.CC*\n", POLYMERS, "row 2, column smiles", "*CC.CC*", "in one piece"),
    ("smiles\n*C(=O)O*.[Na+]\n", POLYMERS, "row 2, column smiles", "[Na+]", "leave salts"),
    ("smiles\nCCO\n", POLYMERS, "row 2, column smiles", "CCO", "exactly two *"),
    ("smiles\n*CCO*\n*OCC*\n", POLYMERS, "row 3, column smiles", "*OCC*", "not in row 2"),
    ("formula\nBi2Te3\nXx2O3\n", FORMULAS, "row 3, column formula", "Xx2O3", "a chemical formula"),
    ("formula\nFe2O3\nFe4O6\n", FORMULAS, "row 3, column formula", "Fe4O6", "not in row 2"),
    ("formula\nFeO3\nFe0.5O1.5\n", FORMULAS, "row 3, column formula", "Fe0.5O1.5", "not in row 2"),
    ("formula\nBi2Te3\nBi0.4 Te0.6\n", FORMULAS, "row 3", "Bi0.4 Te0.6", "not in row 2"),
    ("formula\n12\n", FORMULAS, "row 2, column formula", "12", "a chemical formula"),
    ("t,x\n1,2\n1,hot\n", RECIPES, "row 3, column x", "hot", "a number"),
    ("t,x\n1,2\n3,\n", RECIPES, "row 3, column x", "''", "a number"),
    ("t,x\n1,2\n1,2\n", RECIPES, "row 3", "row 3", "not in row 2"),
    ("t,y\n1,2\n", RECIPES, "space.features[1]", "x", "a column of"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "space", "place", "value", "expected"), BROKEN)
def test_a_broken_pool_is_refused_in_words(tmp_path, content, space, place, value, expected):
    with pytest.raises(DataError) as caught:
        build(tmp_path, content, space)
    lines = [str(p) for p in caught.value.problems]
    assert any(place in x and value in x and expected in x for x in lines), lines
    assert all("pool.csv" in line for line in lines)


def test_files_that_are_no_tables(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no parquet")
    (tmp_path / "x.csv.gz").write_bytes(b"\x1f\x8b no gzip")
    for name, word in (
        ("nothing.csv", "a CSV or parquet file"),
        (".", "a folder"),
        ("x.parquet", "a parquet file"),
        ("x.csv.gz", "a readable file"),
    ):
        with pytest.raises(DataError, match=word):
            PoolFiles().read(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "encode"),
    [
        ("pool.csv", lambda text: text.encode()),
        ("pool.csv", lambda text: text.encode("utf-8-sig")),
        ("pool.csv", lambda text: text.encode("utf-16")),
        ("pool.tsv", lambda text: text.replace(",", "\t").encode()),
        ("pool.csv", lambda text: text.replace(",", ";").replace("\n", "\r\n").encode()),
        ("pool.csv.gz", lambda text: gzip.compress(text.encode())),
    ],
)
def test_every_kind_of_text_table_is_read_alike(tmp_path, name, encode):
    text = "name,smiles,price\nethanol,CCO,1.5\nmethanol,CO,\n"
    pool = build(tmp_path, encode(text), MOLECULES | {"label": "name"}, name).pool
    assert pool.labels == ("ethanol", "methanol")
    assert pool.structures == ("CCO", "CO")
    assert pool.fields == {"price": (1.5, None)}
    assert pool.ids == ("c0001", "c0002")


def test_parquet_is_read_and_the_row_of_a_bad_cell_is_named(tmp_path):
    path = tmp_path / "pool.parquet"
    frame = pd.DataFrame({"smiles": ["CCO", "C1"], "n": [1, 2], "flag": [True, False]})
    frame.to_parquet(path)
    table = PoolFiles().read(path)
    assert table.columns["n"] == [1.0, 2.0]
    assert table.columns["flag"] == ["True", "False"]
    with pytest.raises(DataError, match="row 2, column smiles"):
        PoolFiles().build(table, PoolSpace.model_validate(MOLECULES), "s")


def test_rows_left_out_on_purpose_are_accounted_for(tmp_path):
    space = MOLECULES | {
        "on_invalid": "skip",
        "on_duplicate": "merge",
        "forbid": [ForbiddenPattern(smarts="[CX2H1]#[NX1H0]", reason="lethal gas")],
    }
    text = "smiles\nCCO\nOCC\nC#N\nnonsense\nCO\n"
    made = build(tmp_path, text, space)
    assert made.pool.structures == ("CCO", "CO")
    assert [(row, reason) for row, _, reason in made.excluded] == [
        (3, "duplicate"),
        (4, "forbidden: lethal gas"),
        (5, "unusable: a SMILES that RDKit reads"),
    ]
    with pytest.raises(DataError, match="4 rows were excluded"):
        build(tmp_path, "smiles\nC#N\nx\ny\nz\n", space)
    with pytest.raises(ConfigError, match=r"space.forbid\[0\].smarts"):
        build(tmp_path, text, MOLECULES | {"forbid": [{"smarts": "[[", "reason": "typo"}]})


def test_sodium_nitride_is_not_a_missing_value(tmp_path):
    assert build(tmp_path, "formula\nNaN\nNa3N\n", FORMULAS).pool.structures == ("NaN", "Na3N")


def test_many_bad_rows_are_counted_and_some_are_shown(tmp_path):
    text = "smiles\n" + "\n".join(f"C{i}(" for i in range(1, 71))
    with pytest.raises(DataError, match="70 bad rows; 20 more are not shown") as caught:
        build(tmp_path, text, MOLECULES)
    assert len(caught.value.problems) == 50


def test_a_stored_pool_comes_back_and_an_unknown_candidate_is_named(tmp_path):
    pool = build(tmp_path, "smiles,mp\nCCO,159\nCO,\n", MOLECULES).pool
    again = load_pool(pool.dump())
    assert again == pool
    assert again.digest == pool.digest
    assert "c0002" in again
    with pytest.raises(NotFoundError, match="'c9' is not in the pool of 2"):
        again.row("c9")
    with pytest.raises(LedgerError, match="unknown format"):
        load_pool(b'{"format": "synthloop/pool/99"}')


@given(st.lists(st.integers(1, 400), min_size=1, max_size=30, unique=True), st.randoms())
def test_the_order_of_rows_changes_neither_structures_nor_fields(numbers, random):
    files, space = PoolFiles(), PoolSpace.model_validate(MOLECULES)
    shuffled = list(numbers)
    random.shuffle(shuffled)

    def pool_of(sizes):
        columns = {"smiles": ["C" * n for n in sizes], "n": [float(n) for n in sizes]}
        return files.build(Table("t", columns), space, "s").pool

    first, second = pool_of(numbers), pool_of(shuffled)
    assert first.material is Material.MOLECULE
    assert sorted(zip(first.structures, first.fields["n"], strict=True)) == sorted(
        zip(second.structures, second.fields["n"], strict=True)
    )
