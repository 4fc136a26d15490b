"""Labels for vials as PDF: a QR code of the order id, and what people read."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loop.core.order import WorkOrder
from loop.errors import ConfigError, MissingExtraError

if TYPE_CHECKING:
    from fpdf import FPDF


@dataclass(frozen=True)
class LabelStock:
    """A sheet or roll of labels; all lengths in mm.

    Attributes:
        page: Width and height.
        across: Labels beside each other.
        down: Labels below each other.
        size: Width and height of one label.
        start: Left and top edge of the first label.
        step: From one label to the next, to the right and down.
    """

    page: tuple[float, float]
    across: int
    down: int
    size: tuple[float, float]
    start: tuple[float, float]
    step: tuple[float, float]


_A4: Final = (210.0, 297.0)
_LETTER: Final = (215.9, 279.4)
STOCKS: Final = {
    # As Avery L7160, L7651 and 5160 are cut.
    "a4-3x7": LabelStock(_A4, 3, 7, (63.5, 38.1), (7.25, 15.15), (66.0, 38.1)),
    "a4-5x13": LabelStock(_A4, 5, 13, (38.1, 21.2), (4.75, 10.7), (40.6, 21.2)),
    "letter-3x10": LabelStock(_LETTER, 3, 10, (66.7, 25.4), (4.8, 12.7), (69.85, 25.4)),
    "roll-50x25": LabelStock((50.0, 25.0), 1, 1, (50.0, 25.0), (0.0, 0.0), (50.0, 25.0)),
}
"""Label stock by name."""

_MARGIN: Final = 2.0
_POINT: Final = 25.4 / 72


def labels_pdf(orders: Sequence[WorkOrder], stock: str, *, copies: int = 1, skip: int = 0) -> bytes:
    """Return a PDF with a label per order.

    Args:
        orders: In the order of the labels.
        stock: A name of `STOCKS`.
        copies: Labels per order, side by side.
        skip: Labels of the first sheet that are gone.

    Raises:
        ConfigError: no stock of that name.
        MissingExtraError: the extra `labels` is not installed.
    """
    cut = STOCKS.get(stock)
    if cut is None:
        near = difflib.get_close_matches(stock, STOCKS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(STOCKS)}"
        raise ConfigError(f"there is no label stock {stock!r}", hint=hint)
    pdf = _document(cut)
    places = cut.across * cut.down
    wanted = [order for order in orders for _ in range(copies)]
    for number, order in enumerate(wanted, start=skip % places):
        if number % places == 0 or number == skip % places:
            pdf.add_page()
        row, column = divmod(number % places, cut.across)
        x, y = cut.start[0] + column * cut.step[0], cut.start[1] + row * cut.step[1]
        _label(pdf, cut, x, y, order)
    return bytes(pdf.output())


def _document(cut: LabelStock) -> "FPDF":
    try:
        from fpdf import FPDF
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "labels need the packages fpdf2 and segno", hint="pip install 'synthloop[labels]'"
        ) from error
    pdf = FPDF(unit="mm", format=cut.page)
    pdf.set_auto_page_break(auto=False)
    pdf.set_margin(0)
    pdf.c_margin = 0
    # The fonts of PDF itself know western letters only; samples have Greek ones too.
    pdf.add_font("sans", "", _font("DejaVuSans.ttf"))
    pdf.add_font("sans", "B", _font("DejaVuSans-Bold.ttf"))
    return pdf


def _font(name: str) -> Path:
    """Return a font that matplotlib carries, which pymatgen brings."""
    from matplotlib import get_data_path

    return Path(get_data_path()) / "fonts" / "ttf" / name


def _label(pdf: "FPDF", cut: LabelStock, x: float, y: float, order: WorkOrder) -> None:
    side = min(cut.size[1], cut.size[0] / 2) - 2 * _MARGIN
    _qr(pdf, order.order_id, x + _MARGIN, y + _MARGIN, side)
    left = x + side + 2 * _MARGIN
    width = cut.size[0] - side - 3 * _MARGIN
    asked = ", ".join(f"{r.property} [{r.unit}]" for r in order.requests)
    place = f"round {order.round_number}, no. {order.position}"
    head, small = (9.0, 6.5) if cut.size[1] > 25 else (7.0, 5.0)
    lines = (
        ("B", head, order.candidate.label), ("", small, order.order_id), ("", small, place),
        ("", small, asked),
    )  # fmt: skip
    below = y + _MARGIN
    for style, size, text in lines:
        height = size * _POINT * 1.35
        if below + height > y + cut.size[1]:
            break
        pdf.set_xy(left, below)
        pdf.set_font("sans", style, size)
        # Ids differ at their end.
        keep_end = text == order.order_id
        pdf.cell(width, height, _fitting(pdf, text, width, (style, size), keep_end=keep_end))
        below += height


def _fitting(
    pdf: "FPDF", text: str, width: float, font: tuple[str, float], *, keep_end: bool
) -> str:
    """Return a text set smaller, down to 4 points, and then cut, until it fits."""
    style, size = font
    plain = " ".join(text.split())
    while pdf.get_string_width(plain) > width and size > 4:
        size -= 0.5
        pdf.set_font("sans", style, size)
    if pdf.get_string_width(plain) <= width:
        return plain
    while plain and pdf.get_string_width(f"{plain}…") > width:
        plain = plain[1:] if keep_end else plain[:-1]
    return f"…{plain}" if keep_end else f"{plain}…"


def _qr(pdf: "FPDF", text: str, x: float, y: float, side: float) -> None:
    """Draw a QR code (ISO/IEC 18004, error correction M) with its quiet zone."""
    try:
        import segno
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "labels need the package segno", hint="pip install 'synthloop[labels]'"
        ) from error
    rows = [bytes(row) for row in segno.make_qr(text, error="m").matrix_iter(border=4)]
    dot = side / len(rows)
    pdf.set_fill_color(0)
    for line, cells in enumerate(rows):
        start = 0
        while start < len(cells):
            end = start
            while end < len(cells) and cells[end]:
                end += 1
            if end > start:
                # One bar a run, so that no printer shows gaps between dots.
                pdf.rect(x + start * dot, y + line * dot, (end - start) * dot, dot, style="F")
            start = end + 1
