"""An `.eln` archive to results. All problems are found; with one, nothing is accepted."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lims_adapters.eln.archive import Archive, Node, open_archive, path_of
from lims_adapters.eln.config import ElnConfig
from lims_adapters.eln.entry import Entry, Field, author, entries, mentioned
from lims_adapters.eln.unit_codes import COMMON_CODES
from lims_adapters.transport.mapping import ended
from loop.core.canonical import digest
from loop.core.number import Decimal, ParsedNumber, parse_number
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultAttachment
from loop.core.units import same_dimension
from loop.errors import DataError, Problem, UnitError

NAMESPACE = "eln:"
_SIGNED = "the archive is signed; the signature was not verified"


@dataclass
class _Reading:
    source: str
    content_digest: str
    config: ElnConfig
    decimal: Decimal
    archive: Archive
    results: list[LabResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def refuse(self, place: str, value: object, expected: str) -> None:
        self.problems.append(Problem(self.source, place, str(value), expected))


def parse(
    name: str, content: bytes, orders: Sequence[WorkOrder], config: ElnConfig, decimal: Decimal
) -> tuple[tuple[LabResult, ...], tuple[Problem, ...]]:
    """Return the results of an archive, or its problems; never both.

    Args:
        name: File name, for messages.
        content: The archive.
        orders: Of the campaign; entries of others are left alone.
        config: The mapping.
        decimal: Mark before the fraction in values written as text.
    """
    opened = open_archive(name, content, int(config.largest_mb * 1_000_000))
    if isinstance(opened, Problem):
        return (), (opened,)
    reading = _Reading(name, digest(content), config, decimal, opened)
    found = list(entries(opened))
    for entry, order in _matched(found, orders, config):
        _read_entry(reading, entry, order)
    if not reading.results and not reading.problems:
        expected = (
            f"an entry with the id of an order in its field {config.order_id!r}, and a result"
        )
        reading.refuse("entries", f"{len(found)} entries, no result", expected)
    if reading.problems:
        return (), tuple(reading.problems)
    return tuple(reading.results), ()


def _matched(
    found: Sequence[Entry], orders: Sequence[WorkOrder], config: ElnConfig
) -> list[tuple[Entry, WorkOrder]]:
    """Return the entries that carry an order's id, or refer to exactly one entry that does."""
    by_id = {order.order_id: order for order in orders}
    direct: dict[str, WorkOrder] = {}
    matched: list[tuple[Entry, WorkOrder]] = []
    former: set[str] = set()
    for entry in found:
        identity = str(entry.node["@id"])
        order = _named(entry, by_id, config.order_id)
        if order is None or any(identity.startswith(f"{above}/") for above in former):
            # What lies below an entry with the same id are its former versions.
            continue
        direct[path_of(identity)] = order
        former.add(identity.rstrip("/"))
        matched.append((entry, order))
    for entry in found:
        below = any(str(entry.node["@id"]).startswith(f"{above}/") for above in former)
        if below or path_of(str(entry.node["@id"])) in direct:
            continue
        referred = {
            path_of(i): direct[path_of(i)] for i in mentioned(entry.node) if path_of(i) in direct
        }
        if len({o.order_id for o in referred.values()}) == 1:
            matched.append((entry, next(iter(referred.values()))))
    return matched


def _named(entry: Entry, by_id: Mapping[str, WorkOrder], order_field: str) -> WorkOrder | None:
    identifier = entry.node.get("identifier")
    for name in (entry.text(order_field), identifier, entry.node.get("name")):
        if isinstance(name, str) and name.strip() in by_id:
            return by_id[name.strip()]
    return None


def _read_entry(reading: _Reading, entry: Entry, order: WorkOrder) -> None:
    config = reading.config
    name = entry.stable_name
    asked = {r.property for r in order.requests}
    for prop, mapped in config.properties.items():
        found = [f for f in entry.fields if prop in asked and _is_field(f, mapped.field)]
        for one in found:
            _read_value(reading, entry, order, prop, one)
    word = entry.text(config.status_field)
    if config.status_field == "creativeWorkStatus":
        word = str(entry.node.get("creativeWorkStatus") or "").strip()
    outcome, note = ended(word, config.status) if word else (None, "")
    key = f"{NAMESPACE}{order.order_id}/outcome"
    if outcome is not None and key not in reading.seen:
        reading.seen.add(key)
        reason = entry.text(config.note_field)
        reading.results.append(
            LabResult(
                order_id=order.order_id, result_id=key, outcome=outcome,
                note=f"{note}: {reason}" if reason else note, place=f"entry {name}",
            )
        )  # fmt: skip


def _is_field(found: Field, wanted: str) -> bool:
    return wanted in {found.identity, found.name} or _index(found, wanted) is not None


def _index(found: Field, wanted: str) -> int | None:
    """Return the number of the last item in a list that `*` stands for, or None."""
    if "*" not in wanted:
        return None
    pattern = r"(\d{1,6})".join(re.escape(part) for part in wanted.split("*"))
    match = re.fullmatch(pattern, found.identity)
    return int(match.groups()[-1]) if match else None


def _replicate(reading: _Reading, order: WorkOrder, prop: str, found: Field) -> int:
    """Return the number of the repeat: that of the list, else counted as they come."""
    index = _index(found, reading.config.properties[prop].field)
    if index is not None and index >= reading.config.lists_count_from:
        return index - reading.config.lists_count_from + 1
    before = [r for r in reading.results if r.order_id == order.order_id and r.property == prop]
    return len(before) + 1


def _read_value(reading: _Reading, entry: Entry, order: WorkOrder, prop: str, found: Field) -> None:
    config, written = reading.config, found.node.get("value")
    place = f"entry {entry.stable_name}, field {found.identity}"
    if written is None or written == "":
        return
    number = _number(written, reading.decimal)
    if isinstance(number, str):
        reading.refuse(place, written, number)
        return
    unit = _unit(reading, place, found.node) or config.properties[prop].unit
    wanted = next(r.unit for r in order.requests if r.property == prop)
    if not _fits(unit, wanted):
        reading.refuse(place, f"{written} {unit}".strip(), f"a unit that converts to {wanted}")
        return
    when = _time(entry.text(config.measured_at_field))
    if isinstance(when, str):
        reading.refuse(f"{place}, field {config.measured_at_field}", when, "a time in ISO 8601")
        return
    key = f"{NAMESPACE}{entry.stable_name}/{found.identity}"
    while key in reading.seen:
        key = f"{key}+"
    reading.seen.add(key)
    remarks = (entry.text(config.note_field), _SIGNED if reading.archive.is_signed else "")
    reading.results.append(
        LabResult(
            order_id=order.order_id,
            result_id=key,
            property=prop,
            value=number.value,
            qualifier=number.qualifier,
            unit=unit,
            sd=number.sd,
            replicate=_replicate(reading, order, prop, found),
            raw=f"{written} [{unit}]",
            method=config.properties[prop].method,
            operator=entry.text(config.operator_field) or author(reading.archive, entry.node),
            instrument=entry.text(config.instrument_field),
            measured_at=when,
            note="; ".join(r for r in remarks if r),
            place=place,
            attachments=tuple(_attachment(reading, node) for node in entry.files),
        )
    )


def _number(written: object, decimal: Decimal) -> ParsedNumber | str:
    """Return the number, or what was expected in its place."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        return "a number"
    if isinstance(written, int | float):
        # JSON may write numbers that no machine holds.
        if not abs(written) <= sys.float_info.max:
            return "a finite number"
        return ParsedNumber(float(written))
    try:
        return parse_number(written, decimal)
    except DataError as error:
        return f"a number. {error.hint}"


def _unit(reading: _Reading, place: str, node: Node) -> str:
    text = node.get("unitText")
    if isinstance(text, str) and text.strip():
        return text.strip()
    code = node.get("unitCode")
    if not isinstance(code, str) or not code.strip():
        return ""
    known = COMMON_CODES.get(code.strip())
    if known is None:
        reading.refuse(f"{place}, unitCode", code, "unitText beside it, or a common UN/CEFACT code")
        return ""
    return known


def _fits(unit: str, wanted: str) -> bool:
    try:
        return same_dimension(unit, wanted) if unit else not wanted.strip()
    except UnitError:
        return False


def _time(text: str) -> datetime | str | None:
    """Return a time with zone; one without is UTC, as the notebooks' exports are; else the text."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _attachment(reading: _Reading, node: Node) -> ResultAttachment:
    path = path_of(str(node["@id"]))
    told = node.get("sha256")
    return ResultAttachment(
        name=str(node.get("name") or path.rsplit("/", 1)[-1]),
        reference=f"{reading.content_digest}/{reading.archive.root}/{path}",
        media_type=str(node.get("encodingFormat") or ""),
        digest=str(told).lower() if told else "",
    )
