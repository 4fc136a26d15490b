"""Worksheets in the forms that labs hand in: SD files, plates, a row of units, crystals."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from rdkit import Chem

from lims_adapters.transport.crystal_file import cif, shown_structure
from lims_adapters.worksheet.config import PlateConfig
from lims_adapters.worksheet.parse import parse
from lims_adapters.worksheet.plate import Plate, plate_maps
from lims_adapters.worksheet.sdf import as_sdf
from lims_adapters.worksheet.write import as_csv, as_xlsx
from loop.core.candidate import Candidate, Material
from loop.core.crystal_text import CrystalCell
from loop.errors import AdapterError
from tests.lims_adapters.film_orders import orders
from tests.lims_adapters.worksheet_bench import WorksheetBench

ORDERS = orders(14)
ID = ORDERS[0].order_id
PLATE = PlateConfig()
NAME = "round-01-plate-1.csv"


def read(content, name="a.csv", plate=None, decimal="point"):
    content = content if isinstance(content, bytes) else content.encode()
    return parse(name, content, ORDERS, decimal, plate)


def found(content, name="a.csv", **more):
    results, problems = read(content, name, **more)
    assert problems == ()
    return [(r.order_id, r.property, r.value, r.unit, r.replicate) for r in results]


def test_a_second_header_row_names_the_units():
    for text in (
        f"order_id,Tg,density\n,K,g/cm**3\n{ID},371,0.9\n",
        f"order_id;Tg;density\nunits;[K];(g/cm**3)\n{ID};371;0.9\n",
        f"order_id\tTg [K]\tdensity\n\t\tg/cm**3\n{ID}\t371\t0.9\n",
    ):
        for content in (text.encode(), text.encode("utf-16"), text.encode("utf-8-sig")):
            assert found(content) == [(ID, "Tg", 371, "K", 1), (ID, "density", 0.9, "g/cm**3", 1)]


def test_two_units_for_one_column_are_refused():
    (problem,) = read(f"order_id,Tg [K]\n,degC\n{ID},371\n")[1]
    assert "one unit; the header says 'K'" in str(problem)


def test_a_row_without_id_that_is_no_row_of_units_is_refused():
    assert read(f"order_id,Tg [K]\n,371\n{ID},371\n")[0] == ()


def test_molecules_go_out_as_an_sd_file_that_others_read():
    supplier = Chem.SDMolSupplier()
    supplier.SetData(as_sdf(ORDERS[:3]).decode())
    mols = list(supplier)
    assert [m.GetProp("order_id") for m in mols] == [o.order_id for o in ORDERS[:3]]
    assert [Chem.MolToSmiles(m) for m in mols] == [
        Chem.CanonSmiles(o.candidate.structure) for o in ORDERS[:3]
    ]
    assert mols[0].GetProp("wanted Tg") == "K x2"


def test_results_come_back_in_an_sd_file():
    written = as_sdf(ORDERS[:2]).decode().split("$$$$\n")
    filled = (
        f"{written[0]}>  <Tg [K]>  (1)\n371.2\n\n$$$$\n{written[1]}>  <Tg [K]>\n< 250\n\n$$$$\n"
    )
    for text in (filled, filled.replace("\n", "\r\n")):
        assert found(text, "a.sdf") == [
            (ID, "Tg", 371.2, "K", 1),
            (ORDERS[1].order_id, "Tg", 250, "K", 1),
        ]


SDF_BROKEN = [
    (">  <Tg [K]>\n1\n\n$$$$\n", "record 1", "Tg [K]", "order_id in every record"),
    (f">  <order_id>\n{ID}\n\n>  <order_id>\n{ID}\n\n$$$$\n", "record 1", "order_id", "each data item once"),
    (f">  <order_id>\n{ID}\n\n>  <Tg [K]>\nn.b.\n\n$$$$\n", "record 1, column Tg [K]", "n.b.", "a number"),
    (b"\xff\xff", "byte 0", "no text", "UTF-8"),
    (b"a\x00b", "file", "binary", "an SD file"),
    (b"", "record 1", "no data items", "order_id"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "place", "value", "expected"), SDF_BROKEN)
def test_a_broken_sd_file_is_refused_in_words(content, place, value, expected):
    results, problems = read(content, "a.sdf")
    assert results == ()
    for part in ("a.sdf", place, value, expected):
        assert part in str(problems[0])


@given(st.binary(max_size=300))
def test_no_sd_file_ever_raises(noise):
    whole = as_sdf(ORDERS[:1])
    for content in (noise, whole[: len(noise) * 3] + noise + whole[len(noise) * 3 :]):
        results, problems = read(content, "a.sdf")
        assert bool(results) != bool(problems)


@pytest.mark.parametrize("wells", [96, 384])
@pytest.mark.parametrize("fill", ["row", "column"])
def test_every_well_has_one_name_and_one_number(wells, fill):
    plate = Plate(PlateConfig(wells=wells, fill=fill))
    names = [plate.name(n) for n in range(1, wells + 1)]
    assert len(set(names)) == wells
    for number, name in enumerate(names, start=1):
        padded = f"{name[0]}{int(name[1:]):02d}"
        assert {plate.number(t) for t in (name, padded, name.lower(), str(number))} == {number}
    assert names[1] == ("A2" if fill == "row" else "B1")
    assert [plate.number(t) for t in ("A0", "A25", "Q1", str(wells + 1), "0", "")] == [None] * 6


@given(
    st.sampled_from([96, 384]), st.sampled_from(["row", "column"]), st.integers(1, 5), st.integers(1, 50),
    st.integers(1, 120),
)  # fmt: skip
def test_no_two_orders_share_a_well(wells, fill, replicates, first, n):
    config = PlateConfig(wells=wells, fill=fill, replicates=replicates, first=first)
    some = [ORDERS[0].model_copy(update={"position": p}) for p in range(1, n + 1)]
    seats = Plate(config).seats(some)
    assert len(seats) == n * replicates
    assert all(first <= well <= wells for _, well in seats)


def test_the_map_of_a_plate_says_which_order_is_in_which_well():
    grid = list(csv.reader(io.StringIO(plate_maps(Plate(PLATE), ORDERS)[1].decode("utf-8-sig"))))
    assert grid[0] == ["", *map(str, range(1, 13))]
    assert (grid[1][1], grid[2][1], grid[2][2], grid[2][3]) == (
        ID,
        *(o.order_id for o in ORDERS[12:]),
        "",
    )


def test_readings_are_read_by_well():
    for text in (
        "well,Tg [K]\nA1,371\nB02,372\n",
        "Well;Tg\n;K\n1;371\n14;372\n",
        "well,property,value,unit\nA01,Tg,371,K\nB2,Tg,372,K\n",
    ):
        assert found(text, NAME, plate=PLATE) == [
            (ID, "Tg", 371, "K", 1), (ORDERS[13].order_id, "Tg", 372, "K", 1)
        ]  # fmt: skip


def test_a_grid_is_read_with_the_property_in_its_corner():
    head = "Plate reader 3,,\n\n"
    text = f"{head}Tg [K],1,2,3\nA,371,,\nB,372,,\n\nmean,371.5,,\n"
    results = found(text, NAME, plate=PLATE)
    assert [(o, v) for o, _, v, _, _ in results] == [(ID, 371), (ORDERS[12].order_id, 372)]
    by_column = PLATE.model_copy(update={"fill": "column", "replicates": 2})
    results = found(text, NAME, plate=by_column)
    assert [(o, v, n) for o, _, v, _, n in results] == [(ID, 371, 1), (ID, 372, 2)]


def test_a_grid_in_a_workbook_is_read():
    book = Workbook()
    for row in (["Tg [K]", 1, 2], ["A", 371, 372.5], ["B", None, None]):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    results = found(buffer.getvalue(), "x-round-01-plate-1.xlsx", plate=PLATE)
    assert [(o, v) for o, _, v, _, _ in results] == [(ID, 371), (ORDERS[1].order_id, 372.5)]


PLATE_BROKEN = [
    ("well,Tg [K]\nA1,1\n", "plate.csv", "file name", "round-NN-plate-N"),
    ("well,Tg [K]\nZ1,300\n", NAME, "Z1", "A1, A01 or 1"),
    ("well,Tg [K]\nH12,300\n", NAME, "H12", "no order of round 1 is in this well"),
    ("well,Tg [K]\nA1,300\nA01,301\n", NAME, "replicate 1", "already"),
    (",1,2\nA,300,\n", NAME, "order_id", "a result column"),
]


@pytest.mark.parametrize(("content", "name", "value", "expected"), PLATE_BROKEN)
def test_a_broken_plate_is_refused_in_words(content, name, value, expected):
    results, problems = read(content, name, plate=PLATE)
    assert results == ()
    assert any(value in str(p) and expected in str(p) for p in problems), problems


def test_a_round_is_written_as_sheet_sd_file_and_plate(tmp_path):
    bench = WorksheetBench(tmp_path)
    adapter = bench.adapter(sdf=True, plate={"wells": 96})
    assert adapter.check() == []
    for order in ORDERS[:2]:
        adapter.submit(order)
    names = {p.name for p in (tmp_path / "orders").iterdir() if p.is_file()}
    assert {"round-01.xlsx", "round-01.sdf", "round-01-plate-1.csv", f"{ID}.csv"} <= names
    bench.hand_in("reader round-01-plate-1.csv", b"well,Tg [K]\nA2,371\n")
    (batch,) = adapter.poll(None, ORDERS).batches
    assert [(r.order_id, r.value) for r in batch.results] == [(ORDERS[1].order_id, 371)]
    assert "Polyäthylen β" in adapter.preview(ORDERS[0])
    adapter.attach(ORDERS[0], "report.pdf", "application/pdf", b"%PDF")
    adapter.annotate(ORDERS[0], "Tg 371 ± 8 K")
    assert bench.documents(ID) == {"report.pdf": b"%PDF"}
    assert bench.annotation(ID) == "Tg 371 ± 8 K"


def test_a_plate_without_room_is_told(tmp_path):
    adapter = WorksheetBench(tmp_path).adapter(plate={"first": 96, "replicates": 2})
    assert "room for 2 wells" in str(adapter.check()[0])


def crystal(structure):
    made = Candidate(
        candidate_id="mp-1", material=Material.CRYSTAL, structure=structure, label="salt", fields={}
    )
    return ORDERS[0].model_copy(update={"candidate": made})


def test_a_crystal_is_shown_by_its_formula_and_goes_out_as_a_cif(tmp_path):
    from pymatgen.core import Structure

    cell = CrystalCell(
        [(5.6, 0, 0), (0.3, 5.5, 0), (0, 0.2, 5.7)],
        ["Na", "Na", "Cl", "Cl", "O", "O", "O", "O"],
        [(0, 0, 0), (0.5, 0.5, 0), (0.5, 0, 0), (0, 0.5, 0), (0.1, 0.1, 0.5), (0.6, 0.6, 0.5),
         (0.6, 0.1, 0.5), (0.1, 0.6, 0.5)],
    )  # fmt: skip
    order = crystal(cell.dump())
    sheet = load_workbook(io.BytesIO(as_xlsx([order])))["results"]
    assert sheet.cell(2, 3).value == "NaClO2"
    WorksheetBench(tmp_path).adapter().submit(order)
    written = (tmp_path / "orders" / f"{ID}.cif").read_text()
    back = Structure.from_str(written, fmt="cif")
    there = Structure(cell.lattice, cell.elements, cell.positions)
    assert back.lattice.parameters == pytest.approx(there.lattice.parameters, abs=1e-6)
    assert [s.symbol for s in back.species] == [s.symbol for s in there.species]
    assert back.frac_coords == pytest.approx(there.frac_coords % 1)
    assert "{" not in (tmp_path / "orders" / f"{ID}.csv").read_text("utf-8-sig")


def test_what_is_no_crystal_has_no_cif_and_no_sd_file():
    assert cif(ORDERS[0].candidate) is None
    assert shown_structure(ORDERS[1].candidate) == ORDERS[1].candidate.structure
    with pytest.raises(AdapterError, match="sdf = false"):
        as_sdf([crystal("{}")])


def test_a_recipe_says_what_to_set_and_none_of_it_is_read_as_a_result():
    settings = {"temperature": 90.0, "solvent": "=THF", "Tg": 1.0, "ratio": None}
    recipe = Candidate(
        candidate_id="c1", material=Material.COLUMNS, structure="", label="c1", fields=settings
    )
    order = ORDERS[0].model_copy(update={"candidate": recipe})
    book = load_workbook(io.BytesIO(as_xlsx([order])))
    sheet = book["results"]
    header = [cell.value for cell in sheet[1]]
    told = {name: sheet.cell(2, i).value for i, name in enumerate(header, 1)}
    assert told["recipe: temperature"] == 90
    assert told["recipe: solvent"] == "=THF"
    assert "recipe: ratio" not in told
    assert recipe.recipe_words == "Tg 1, solvent =THF, temperature 90"
    assert (
        next(csv.DictReader(io.StringIO(as_csv([order]).decode("utf-8-sig"))))[
            "recipe: temperature"
        ]
        == "90.0"
    )
    sheet.cell(2, header.index("Tg [K]") + 1).value = 371.2
    filled = io.BytesIO()
    book.save(filled)
    results, problems = parse("a.xlsx", filled.getvalue(), [order], "point", None)
    assert problems == ()
    assert [(r.property, r.value) for r in results] == [("Tg", 371.2)]


def test_a_structure_needs_no_recipe_column():
    assert b"recipe: " not in as_csv(ORDERS[:1])
