"""How to make what a worksheet asks for, as the planner of the campaign said it."""

from collections.abc import Iterator, Sequence
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from loop.core.generated_pool import plan_of
from loop.core.order import WorkOrder
from loop.core.planned_route import standing

PLANNED: Final = ("route_found", "in_stock", "route", "starting_materials")
_STEPS: Final = ("position", "candidate", "step", "reaction", "material", "where from", "gives")
_WIDTHS: Final = (9, 36, 6, 36, 40, 16, 44)


def planned_cells(order: WorkOrder) -> list[str]:
    """Return the cells under `PLANNED` for an order; all empty if no planner was asked."""
    plan = plan_of(order.candidate.fields)
    if plan is None:
        return [""] * len(PLANNED)
    said = ["yes" if known else "no" for known in (plan.found, plan.in_stock)]
    return [*said, plan.words, plan.materials]


def add_route_sheet(book: Workbook, orders: Sequence[WorkOrder]) -> None:
    """Add the steps of all routes to a workbook, one row per material; nothing without routes."""
    rows = [row for order in orders for row in _steps(order)]
    if not rows:
        return
    sheet = book.create_sheet("routes")
    sheet.append(_STEPS)
    for row in rows:
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                # A SMILES that begins with "=" is a text, not a formula.
                cell.data_type = "s"
    for number, width in enumerate(_WIDTHS, start=1):
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _steps(order: WorkOrder) -> Iterator[tuple[str | int, ...]]:
    plan = plan_of(order.candidate.fields)
    if plan is None or plan.route is None:
        return
    label = order.candidate.label
    for number, step in enumerate(plan.route.steps, start=1):
        for reactant in step.reactants:
            where = standing(plan.route, reactant)
            yield order.position, label, number, step.reaction, reactant, where, step.product
