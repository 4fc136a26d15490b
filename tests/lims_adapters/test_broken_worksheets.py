"""Worksheets as they come: broken ones are refused in words, none ever raises."""

import io
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from lims_adapters.worksheet.parse import parse
from lims_adapters.worksheet.write import as_csv, as_xlsx
from loop.core.candidate import Candidate, Material
from loop.core.order import MeasurementRequest, WorkOrder
from loop.core.result import Outcome


def order(n: int, label: str = "ethanol") -> WorkOrder:
    return WorkOrder(
        order_id=f"film-r01-{n:04d}",
        campaign="film",
        round_number=1,
        position=n,
        candidate=Candidate(
            candidate_id=f"c{n}",
            material=Material.MOLECULE,
            structure="CCO",
            label=label,
            fields={},
        ),
        requests=(
            MeasurementRequest(property="k", unit="W/m/K", plausible=(0.01, 1.0), replicates=2),
            MeasurementRequest(property="tg", unit="K"),
        ),
    )


ORDERS = [order(1), order(2)]
ID = ORDERS[0].order_id
LONG = f"order_id,property,value,unit,replicate,status,note\n{ID},k,0.15,W/m/K,1,,\n"


def read(content, name="a.csv", decimal="point"):
    return parse(name, content if isinstance(content, bytes) else content.encode(), ORDERS, decimal)


def xlsx(rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


GOOD = [
    (LONG, 0.15, "W/m/K"),
    (LONG.replace(",", ";"), 0.15, "W/m/K"),
    (LONG.replace(",", "\t"), 0.15, "W/m/K"),
    (b"\xef\xbb\xbf" + LONG.encode(), 0.15, "W/m/K"),
    (LONG.encode("utf-16"), 0.15, "W/m/K"),
    (LONG.replace("0.15,W/m/K", "150,mW/m/K"), 150, "mW/m/K"),
    (LONG.replace("0.15,W/m/K", "150 mW/m/K,"), 150, "mW/m/K"),
    (f"Order ID,k [mW/m/K]\n{ID},150\n", 150, "mW/m/K"),
    (f"a title\n\nOrder,K (W/(m K))\n{ID},0.2\n", 0.2, "W/(m K)"),
    (LONG.replace("\n", "\r\n"), 0.15, "W/m/K"),
    (LONG.replace(ID, f"'{ID}"), 0.15, "W/m/K"),
    (xlsx([["order_id", "k [W/m/K]", "extra"], [ID, 0.15, "seen"]]), 0.15, "W/m/K"),
]


@pytest.mark.parametrize(("content", "value", "unit"), GOOD)
def test_what_chemists_hand_in_is_read(content, value, unit):
    name = "a.xlsx" if isinstance(content, bytes) and content[:2] == b"PK" else "a.csv"
    results, problems = read(content, name)
    assert problems == ()
    assert [(r.value, r.unit, r.property) for r in results] == [(value, unit, "k")]


def test_a_decimal_comma_is_read_where_the_campaign_writes_one():
    text = f"order_id;k [W/m/K]\n{ID};0,15\n"
    assert read(text, decimal="comma")[0][0].value == 0.15
    assert "decimal point" in str(read(text)[1][0])


BROKEN = [
    ("", "a.csv", "file", "nothing", "worksheet"),
    (b"\x00\x01\x02", "a.csv", "file", "binary", "worksheet"),
    (b"PK\x03\x04 half a zip", "a.xlsx", "file", "", "complete XLSX"),
    (as_xlsx(ORDERS)[:500], "a.xlsx", "file", "", "complete XLSX"),
    ("value,unit\n1,K\n", "a.csv", "row 1", "value, unit", "order_id"),
    (f"order_id,colour\n{ID},red\n", "a.csv", "header", "colour", "k [W/m/K]"),
    (LONG.replace(ID, "film-r01-0009"), "a.csv", "row 2", "film-r01-0009", "film-r01-000"),
    (LONG.replace(ID, "else-r01"), "a.csv", "row 2", "else-r01", "order of this campaign"),
    (LONG.replace("0.15", "1,5").replace(",k,1,5", ',k,"1,5"'), "a.csv", "row 2", "1,5", "number"),
    (LONG.replace("0.15", "much"), "a.csv", "row 2", "much", "a number"),
    (LONG.replace("0.15", "nan"), "a.csv", "row 2", "nan", "a number"),
    (LONG.replace("0.15", "1e999"), "a.csv", "row 2", "1e999", "a number"),
    (LONG.replace("0.15", "#N/A"), "a.csv", "row 2", "#N/A", "could not calculate"),
    (LONG.replace("0.15", "5"), "a.csv", "row 2", "5", "between 0.01 and 1"),
    (LONG.replace("W/m/K", "kg"), "a.csv", "row 2", "kg", "converts to W/m/K"),
    (LONG.replace("W/m/K", "blub"), "a.csv", "row 2", "blub", "converts to W/m/K"),
    (LONG.replace("W/m/K", ""), "a.csv", "row 2", "0.15", "a unit"),
    (LONG.replace(",k,", ",kk,"), "a.csv", "row 2", "kk", "'k'"),
    (LONG.replace("K,1,", "K,0,"), "a.csv", "row 2", "0", "whole number from 1"),
    (LONG.replace("K,1,", "K,one,"), "a.csv", "row 2", "one", "whole number from 1"),
    (LONG + LONG.splitlines()[1] + "\n", "a.csv", "row 3", "replicate 1", "in row 2 already"),
    (LONG.replace(",,\n", ",bad,\n"), "a.csv", "row 2", "bad", "needs follow-up"),
    (LONG.replace("0.15,W/m/K,1,,", ",,1,measured,"), "a.csv", "row 2", "measured", "a value"),
    (LONG.replace(",,\n", ",cancelled,x\n"), "a.csv", "row 2", "cancelled", "no value"),
    (LONG.replace("0.15,W/m/K,1,,", ",,1,failed in synthesis,"), "a.csv", "row 2", "failed", "note"),
    (LONG.splitlines()[0] + "\n", "a.csv", "rows", "no result", "at least one"),
    (f"order_id,k [kg]\n{ID},1\n", "a.csv", "row 1", "k [kg]", "converts"),
    (f"order_id,k [W/m/K],note,Comment\n{ID},1,a,b\n", "a.csv", "row 1", "Comment", "once only"),
    (f"order_id,k [W/m/K],measured_at\n{ID},0.1,soon\n", "a.csv", "row 2", "soon", "a date"),
    (xlsx([["order_id", "k [W/m/K]"], [ID, datetime(2026, 3, 1)]]), "a.xlsx", "cell B2", "2026", "spreadsheet"),
    (xlsx([["order_id", "k [W/m/K]"], [ID, True]]), "a.xlsx", "cell B2", "True", "number"),
    (xlsx([["order_id", "k [W/m/K]"], [ID, "=1/4"]]), "a.xlsx", "cell B2", "=1/4", "never calculated"),
    (xlsx([["something"], ["else"]]), "a.xlsx", "sheets", "Sheet", "order_id"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "name", "place", "value", "expected"), BROKEN)
def test_a_broken_worksheet_is_refused_in_words(content, name, place, value, expected):
    results, problems = read(content, name)
    assert results == ()
    lines = [str(p) for p in problems]
    assert any(x.startswith(name) and place in x and value in x and expected in x for x in lines), (
        lines
    )


def test_failures_and_withdrawals_are_results():
    text = (
        "order_id,k [W/m/K],status,note,replicate\n"
        f"{ORDERS[0].order_id},,failed in synthesis,tar,1\n"
        f"{ORDERS[1].order_id},,withdrawn,wrong vial,2\n"
    )
    results, problems = read(text)
    assert problems == ()
    assert [r.outcome for r in results] == [
        Outcome.FAILED_SYNTHESIS, Outcome.WITHDRAWN, Outcome.WITHDRAWN,
    ]  # fmt: skip


def test_our_own_empty_worksheet_holds_no_result_and_formulas_stay_text():
    evil = [order(1, "=cmd()"), order(2, "+1")]
    for name, content in (("a.csv", as_csv(evil)), ("a.xlsx", as_xlsx(evil))):
        results, problems = read(content, name)
        assert results == ()
        assert "at least one" in str(problems[0])
    assert b"'=cmd()" in as_csv(evil)


cells = st.one_of(
    st.text(max_size=12), st.sampled_from(["0.15", "1,5", ID, "measured", "=1+1", "<0.1", "k", ""])
)


@settings(max_examples=150)
@given(st.lists(st.lists(cells, min_size=1, max_size=6), max_size=6), st.sampled_from(",;\t"))
def test_no_table_ever_raises(rows, mark):
    header = mark.join(["order_id", "k [W/m/K]", "status", "note", "replicate", "measured_at"])
    text = "\n".join([header, *(mark.join(row) for row in rows)])
    results, problems = read(text.encode("utf-8", "surrogatepass"))
    assert bool(results) != bool(problems)


@settings(max_examples=150)
@given(st.binary(max_size=400), st.integers(0, 3000), st.sampled_from(["a.csv", "a.xlsx"]))
def test_no_bytes_ever_raise(noise, at, name):
    whole = as_xlsx(ORDERS) if name == "a.xlsx" else as_csv(ORDERS)
    at = at % len(whole)
    for content in (noise, whole[:at] + noise + whole[at + len(noise) :]):
        results, problems = read(content, name)
        assert bool(results) != bool(problems)
