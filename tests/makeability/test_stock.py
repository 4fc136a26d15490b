"""The lab's stock: what counts as held, and how bad lists are refused."""

import pytest

from loop.errors import DataError, NotFoundError
from loop.makeability.stock import StockList

ETHANOL_KEY = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"


def stock_of(tmp_path, text, name="stock.txt"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return StockList.read(path)


def test_an_empty_stock_holds_nothing():
    assert StockList().holds(["CCO", "C=C"]).tolist() == [False, False]
    assert StockList().holds([]).shape == (0,)
    assert len(StockList()) == 0


def test_entries_count_in_any_spelling(tmp_path):
    stock = stock_of(tmp_path, "OCC solvent, 2.5 L\n\n# shelf 2\nC1=CC=CC=C1C=C\n")
    assert stock.holds(["CCO", "C=Cc1ccccc1", "C=C"]).tolist() == [True, True, False]


def test_inchi_keys_stand_beside_smiles(tmp_path):
    stock = stock_of(tmp_path, f"InChIKey,name\n{ETHANOL_KEY},ethanol\nC=C,ethene\n", "stock.csv")
    assert stock.holds(["CCO", "C=C", "CO"]).tolist() == [True, True, False]


def test_a_salt_counts_for_its_organic_part(tmp_path):
    stock = stock_of(tmp_path, "Cl.Cl.NCCN\n")
    assert stock.holds(["NCCN", "Cl", "Cl.Cl.NCCN"]).tolist() == [True, False, True]


def test_stereoisomers_are_different_entries(tmp_path):
    stock = stock_of(tmp_path, "C[C@H](O)C(=O)O\n")
    assert stock.holds(["C[C@H](O)C(=O)O", "C[C@@H](O)C(=O)O"]).tolist() == [True, False]


def test_the_digest_knows_content_not_order(tmp_path):
    one = stock_of(tmp_path, "CCO\nC=C\n")
    same = stock_of(tmp_path, "C=C\nOCC\n")
    more = stock_of(tmp_path, "C=C\nOCC\nC\n")
    assert one.digest() == same.digest()
    assert len({one.digest(), more.digest(), StockList().digest()}) == 3
    # A key is not taken for a SMILES of the same text.
    assert StockList(["X"]).digest() != StockList((), ["X"]).digest()


def test_bad_entries_are_named_with_file_and_line(tmp_path):
    with pytest.raises(DataError, match="2 entries of the stock .*stock.csv") as error:
        stock_of(tmp_path, "smiles,name\nCCO,a\nC1CC,b\nsodium,c\n", "stock.csv")
    problems = error.value.problems
    assert [problem.place for problem in problems] == ["line 3", "line 4"]
    assert [problem.value for problem in problems] == ["C1CC", "sodium"]
    assert problems[0].expected == "a SMILES or an InChIKey"


def test_missing_and_foreign_files_are_refused(tmp_path):
    with pytest.raises(NotFoundError, match="nowhere.txt"):
        StockList.read(tmp_path / "nowhere.txt")
    path = tmp_path / "stock.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="no UTF-8 text"):
        StockList.read(path)
    with pytest.raises(DataError, match="no column of structures"):
        stock_of(tmp_path, "cas,name\n64-17-5,ethanol\n", "stock.csv")
