"""Worksheets for people: what to make, with empty cells for what was measured."""

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from lims_adapters.transport.crystal_file import shown_structure
from lims_adapters.worksheet.route_sheet import PLANNED, add_route_sheet, planned_cells
from loop.core.generated_pool import plan_of
from loop.core.order import WorkOrder
from loop.core.result import Outcome

SHEET = "results"
STATUS_WORDS = tuple(o.value for o in Outcome if o is not Outcome.WITHDRAWN)
RECIPE = "recipe: "
Cell = str | int | float
FIXED = ("order_id", "candidate", "structure", "replicate")
CLOSING = ("status", "note", "operator", "measured_at")


def columns(orders: Sequence[WorkOrder]) -> list[str]:
    """Return the header: what to make, how, one column per property, what is told beside.

    The settings of a recipe are named so that none of them can be read back as a result.

    How stands there only where a planner was asked about one of the candidates.
    """
    requests = {r.property: r.unit for order in orders for r in order.requests}
    results = [f"{name} [{unit}]" for name, unit in requests.items()]
    recipe = [f"{RECIPE}{name}" for name in recipe_names(orders)]
    return [*FIXED, *recipe, *_planned(orders), *results, *CLOSING]


def recipe_names(orders: Sequence[WorkOrder]) -> list[str]:
    """Return which settings say what to make where candidates are recipes, not structures."""
    return sorted({name for order in orders for name in order.candidate.recipe})


def _planned(orders: Sequence[WorkOrder]) -> tuple[str, ...]:
    asked = any(plan_of(order.candidate.fields) is not None for order in orders)
    return PLANNED if asked else ()


def rows(orders: Sequence[WorkOrder]) -> list[list[Cell]]:
    """Return one row per order and replicate, results empty."""
    width, planned = len(columns(orders)), bool(_planned(orders))
    recipe = recipe_names(orders)
    found: list[list[Cell]] = []
    for order in orders:
        for replicate in range(1, max(r.replicates for r in order.requests) + 1):
            row: list[Cell] = [
                order.order_id,
                order.candidate.label,
                shown_structure(order.candidate),
                replicate,
                *(order.candidate.recipe.get(name, "") for name in recipe),
                *(planned_cells(order) if planned else ()),
            ]
            found.append(row + [""] * (width - len(row)))
    return found


def as_csv(orders: Sequence[WorkOrder]) -> bytes:
    """Return the worksheet as CSV, with the mark by which spreadsheets know UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns(orders))
    writer.writerows([[escaped(cell) for cell in row] for row in rows(orders)])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def escaped(cell: Cell) -> Cell:
    """Keep a text from being run as a formula; `parse` takes the apostrophe off again."""
    if isinstance(cell, str) and cell[:1] in {"=", "+", "-", "@", "'"}:
        return "'" + cell
    return cell


def as_xlsx(orders: Sequence[WorkOrder]) -> bytes:
    """Return the worksheet as XLSX, ready to print and to fill in."""
    book = Workbook()
    sheet = book.create_sheet(SHEET, 0)
    book.remove(book[book.sheetnames[1]])
    header = columns(orders)
    sheet.append(header)
    for row in rows(orders):
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            if isinstance(cell.value, str):
                # A label that begins with "=" is a text, not a formula.
                cell.data_type = "s"
    shade = PatternFill("solid", fgColor="FFF4CC")
    for number, name in enumerate(header, start=1):
        top = sheet.cell(1, number)
        top.font = Font(bold=True)
        top.alignment = Alignment(wrap_text=True)
        wide = name in {"order_id", "structure", "route", "starting_materials"}
        sheet.column_dimensions[get_column_letter(number)].width = 28 if wide else 18
        for line in range(2, sheet.max_row + 1):
            if name in PLANNED:
                sheet.cell(line, number).alignment = Alignment(wrap_text=True, vertical="top")
            elif name not in FIXED and not name.startswith(RECIPE):
                sheet.cell(line, number).fill = shade
    choice = DataValidation("list", formula1='"' + ",".join(STATUS_WORDS) + '"', allow_blank=True)
    letter = get_column_letter(header.index("status") + 1)
    choice.add(f"{letter}2:{letter}{max(sheet.max_row, 2)}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = "B2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    add_route_sheet(book, orders)
    help_sheet = book.create_sheet("how to")
    for advice in (
        "Fill in the yellow cells and save the file into the folder 'results'.",
        "A row without result and status is left open; it can be filled in later.",
        "Another unit: write it behind the number, for example 150 mW/m/K.",
        "A limit: < 0.1 or > 900. A spread: 0.151 ± 0.002.",
        "A failure: choose it under status and say why under note.",
    ):
        help_sheet.append([advice])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
