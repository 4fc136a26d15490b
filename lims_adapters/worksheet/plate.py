"""Well plates: which order is in which well, and a plate's readings as rows of a worksheet."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from lims_adapters.worksheet.config import PlateConfig
from lims_adapters.worksheet.tables import Cell, Sheet, Values, find_table, table_under
from loop.core.order import WorkOrder
from loop.errors import Problem

_WELL = re.compile(r"^(?:(?P<row>[A-P])0?(?P<column>[1-9]|1\d|2[0-4])|(?P<number>[1-9]\d{0,2}))$")
_PLATE = re.compile(r"round-(?P<round>\d{2,})-plate-(?P<plate>\d+)")


@dataclass(frozen=True)
class Plate:
    """A plate's geometry and its counting.

    Attributes:
        config: As the campaign file says.
    """

    config: PlateConfig

    @property
    def rows(self) -> int:
        """Number of rows: A to H, or A to P."""
        return 8 if self.config.wells == 96 else 16

    @property
    def columns(self) -> int:
        """Number of columns: 12 or 24."""
        return self.config.wells // self.rows

    def name(self, number: int) -> str:
        """Return the name of the n-th well in the plate's direction, from 1: "A1"."""
        if self.config.fill == "row":
            row, column = divmod(number - 1, self.columns)
        else:
            column, row = divmod(number - 1, self.rows)
        return f"{chr(ord('A') + row)}{column + 1}"

    def number(self, written: str) -> int | None:
        """Return which well A1, A01 or a bare number is, or None."""
        match = _WELL.match(written.strip().upper())
        if match is None:
            return None
        if match["number"]:
            number = int(match["number"])
            return number if number <= self.config.wells else None
        row, column = ord(match["row"]) - ord("A"), int(match["column"]) - 1
        if row >= self.rows or column >= self.columns:
            return None
        by_row = self.config.fill == "row"
        return (row * self.columns + column if by_row else column * self.rows + row) + 1

    def seat(self, order: WorkOrder, replicate: int) -> tuple[int, int]:
        """Return plate and well number, both from 1, of one replicate of an order."""
        usable = (self.config.wells - self.config.first + 1) // self.config.replicates
        plate, place = divmod(order.position - 1, max(usable, 1))
        return plate + 1, self.config.first + place * self.config.replicates + replicate - 1

    def seats(self, orders: Sequence[WorkOrder]) -> dict[tuple[int, int], tuple[WorkOrder, int]]:
        """Return (plate, well) to (order, replicate) for the orders of one round."""
        return {
            self.seat(order, replicate): (order, replicate)
            for order in orders
            for replicate in range(1, self.config.replicates + 1)
        }


def plate_maps(plate: Plate, orders: Sequence[WorkOrder]) -> dict[int, bytes]:
    """Return the plates of one round as CSV grids of order ids, by plate number."""
    seats = plate.seats(orders)
    maps = {}
    for number in sorted({p for p, _ in seats}):
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(["", *range(1, plate.columns + 1)])
        for row in range(plate.rows):
            letter = chr(ord("A") + row)
            cells = [
                seats.get((number, plate.number(f"{letter}{c + 1}") or 0))
                for c in range(plate.columns)
            ]
            writer.writerow([letter, *(c[0].order_id if c else "" for c in cells)])
        maps[number] = b"\xef\xbb\xbf" + buffer.getvalue().encode()
    return maps


def find_plate(values: Values, *, addressed: bool) -> Sheet | None:
    """Return readings by well: a table with a column well, or a grid; else a worksheet."""
    return (
        find_table(values, addressed=addressed)
        or table_under(values, {"well"}, addressed=addressed)
        or _grid(values)
    )


def _grid(values: Values) -> Sheet | None:
    """Return a grid with 1, 2, 3 above and A, B, C beside it as a table of wells.

    The corner names what was read: `Tg [K]`.
    """
    corner = _corner(values)
    if corner is None:
        return None
    top, left = corner
    numbers = {
        index: text
        for index, cell in enumerate(values[top])
        if index > left and (text := _plain(cell))
    }
    rows: list[tuple[int, tuple[Cell, ...]]] = []
    for line, cells in enumerate(values[top + 1 :], start=top + 2):
        letter = _plain(cells[left]) if left < len(cells) else ""
        if not re.fullmatch("[A-Pa-p]", letter):
            break
        rows += [(line, (f"{letter}{n}", cells[i])) for i, n in numbers.items() if i < len(cells)]
    return Sheet(("well", _plain(values[top][left])), tuple(rows), addressed=False)


def _corner(values: Values) -> tuple[int, int] | None:
    for line, (cells, below) in enumerate(pairwise(values)):
        for index in range(min(len(cells) - 1, len(below))):
            if _plain(below[index]).upper() == "A" and _plain(cells[index + 1]).lstrip("0") == "1":
                return line, index
    return None


def _plain(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip().removesuffix(".0")


def as_sheet(
    name: str, sheet: Sheet, config: PlateConfig, orders: Sequence[WorkOrder]
) -> Sheet | Problem:
    """Return readings by well as a worksheet with order_id and replicate.

    Args:
        name: File name; it names the plate: `round-02-plate-1`.
        sheet: With a column well, and no column order_id.
        config: The layout.
        orders: Of the campaign.
    """
    found = _PLATE.search(name)
    if found is None:
        expected = "a name with round-NN-plate-N in it, as on the plate's map"
        return Problem(name, "file name", name, expected)
    plate = Plate(config)
    of_round = [o for o in orders if o.round_number == int(found["round"])]
    seats = plate.seats(of_round)
    column = [h.lower() for h in sheet.header].index("well")
    rows = []
    for row, cells in sheet.rows:
        written = _plain(cells[column])
        if not written:
            # A second header row names units only.
            rows.append((row, (*cells, None, None)))
            continue
        number = plate.number(written)
        if number is None:
            expected = f"a well of a plate with {config.wells}: A1, A01 or 1"
            return Problem(name, sheet.place(row, column), written, expected)
        seat = seats.get((int(found["plate"]), number))
        if seat is not None:
            rows.append((row, (*cells, seat[0].order_id, seat[1])))
        elif _has_reading(cells, column):
            expected = f"no reading: no order of round {int(found['round'])} is in this well"
            return Problem(name, sheet.place(row, column), written, expected)
    return replace(sheet, header=(*sheet.header, "order_id", "replicate"), rows=tuple(rows))


def _has_reading(cells: Sequence[Cell], well: int) -> bool:
    return any(c is not None and str(c).strip() for i, c in enumerate(cells) if i != well)
