"""Labels for vials: what the PDF draws is what a scanner reads."""

import re
import zlib

import pytest
import segno

from loop.core.candidate import Candidate, Material
from loop.core.order import MeasurementRequest, WorkOrder
from loop.errors import ConfigError
from loop.report.labels import STOCKS, labels_pdf


def order(number, order_id="film-r01-0123456789"):
    return WorkOrder(
        order_id=f"{order_id}{number}", campaign="film", round_number=1, position=number,
        candidate=Candidate(
            candidate_id="c", material=Material.MOLECULE, structure="CCO", label="Polyäthylen β",
            fields={},
        ),
        requests=(MeasurementRequest(property="tg", unit="K"),),
    )  # fmt: skip


def pages(pdf):
    """Return what is drawn on each page, as the commands of PDF."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            text = zlib.decompress(match[1])
        except zlib.error:
            continue
        if b" re f" in text:
            found.append(text.decode("latin-1"))
    return found


def bars(page):
    """Return the filled bars of a page: x, y from above, width, height in points."""
    number = r"(-?[\d.]+)"
    return [
        tuple(map(float, m)) for m in re.findall(rf"{number} {number} {number} {number} re f", page)
    ]


def test_the_code_on_the_label_is_the_order_id():
    (page,) = pages(labels_pdf([order(1)], "roll-50x25"))
    drawn = bars(page)
    matrix = [
        list(row) for row in segno.make_qr(order(1).order_id, error="m").matrix_iter(border=4)
    ]
    dot = min(w for _, _, w, _ in drawn)
    left, top = min(x for x, *_ in drawn), max(y for _, y, *_ in drawn)
    seen = [[0] * len(matrix) for _ in matrix]
    for x, y, width, _ in drawn:
        row, column = round((top - y) / dot) + 4, round((x - left) / dot) + 4
        for step in range(round(width / dot)):
            seen[row][column + step] = 1
    assert seen == matrix
    assert dot * 25.4 / 72 > 0.33, "a dot of a third of a millimetre is what scanners read"


@pytest.mark.parametrize("stock", STOCKS)
def test_every_label_lies_on_its_page(stock):
    cut = STOCKS[stock]
    places = cut.across * cut.down
    drawn = pages(labels_pdf([order(n) for n in range(places + 1)], stock))
    assert len(drawn) == 2
    width, height = (side * 72 / 25.4 for side in cut.page)
    for x, y, w, h in bars(drawn[0]):
        assert 0 <= x <= x + w <= width + 0.01
        assert -0.01 <= y - abs(h) <= y + abs(h) <= height + 0.01


def test_used_labels_are_skipped_and_copies_are_made():
    assert len(pages(labels_pdf([order(1)], "a4-3x7", copies=3, skip=19))) == 2
    assert len(pages(labels_pdf([order(1)], "a4-3x7", copies=2, skip=19))) == 1


def test_an_unknown_stock_is_told_with_the_near_one():
    with pytest.raises(ConfigError, match="a4-3x7"):
        labels_pdf([order(1)], "a4-3x8")
