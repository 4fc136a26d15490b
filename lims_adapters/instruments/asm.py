"""Documents of the Allotrope Simple Model (ASM) to values and curves.

The shape is that of the published schemas (adm/*/REC): an aggregate document holds documents, a
document holds measurement documents, and a quantity is {"value", "unit"}. The readers of vendors'
own files that the package `allotropy` brings write it. Identifiers of measurements are made anew
by each conversion there, so nothing is joined by them.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from lims_adapters.instruments.curve import Curve
from loop.errors import DataError

Node = dict[str, Any]

_UNITS: Final = {"(unitless)": "", "#": "", "%": "percent", "unitless": ""}
_SAMPLE: Final = ("sample identifier", "written name", "location identifier", "batch identifier")


@dataclass(frozen=True)
class AsmMeasurement:
    """One measurement document with what the documents around it tell.

    Attributes:
        place: Path in the document, for messages.
        node: The measurement document.
        sample_texts: What it says about the sample, by field.
        operator: The analyst, if told.
        instrument: Model and serial number of the device, if told.
        measured_at: When, if told with a time zone.
    """

    place: str
    node: Node
    sample_texts: tuple[tuple[str, str], ...]
    operator: str
    instrument: str
    measured_at: datetime | None


def measurements(content: bytes) -> list[AsmMeasurement]:
    """Return the measurement documents of a file, in their order.

    Raises:
        DataError: it is no JSON, or holds no measurement document.
    """
    try:
        root = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DataError(f"no JSON that can be read: {error}") from error
    found: list[AsmMeasurement] = []
    if isinstance(root, dict):
        device = _device(root)
        for path, document, around in _documents(root, "", []):
            found.append(_measurement(path, document, [*around, document], device))
    if not found:
        raise DataError("holds no `measurement document`; expected the Allotrope Simple Model")
    return found


def _documents(node: Any, path: str, around: list[Node]) -> Iterator[tuple[str, Node, list[Node]]]:
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{path}/{key}" if path else key
            if key == "measurement document":
                listed = value if isinstance(value, list) else [value]
                for number, document in enumerate(listed):
                    if isinstance(document, dict):
                        yield f"{here}[{number}]", document, [*around, node]
            else:
                yield from _documents(value, here, [*around, node])
    elif isinstance(node, list):
        for number, item in enumerate(node):
            yield from _documents(item, f"{path}[{number}]", around)


def _measurement(path: str, node: Node, around: list[Node], device: str) -> AsmMeasurement:
    sample = [n for level in around for n in (level.get("sample document"),) if isinstance(n, dict)]
    texts = [(key, str(one[key])) for key in _SAMPLE for one in reversed(sample) if key in one]
    return AsmMeasurement(
        place=path,
        node=node,
        sample_texts=tuple(texts),
        operator=_nearest(around, "analyst"),
        instrument=device,
        measured_at=_time(_nearest(around, "measurement time")),
    )


def _nearest(around: list[Node], key: str) -> str:
    return next((str(level[key]) for level in reversed(around) if level.get(key)), "")


def _device(root: Node) -> str:
    for _, value in _members(root, ""):
        if isinstance(value, dict) and "model number" in value:
            parts = (value.get("model number"), value.get("equipment serial number"))
            return " ".join(str(part) for part in parts if part)
    return ""


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Without its zone a time would be a guess; it is told in the file, which is kept.
    return found if found.tzinfo else None


def quantity(measurement: AsmMeasurement, field: str) -> tuple[float, str, str]:
    """Return number, unit and path of the one quantity called `field`.

    Raises:
        DataError: there is none or more than one, it is no number, or has no unit.
    """
    path, node = _only(measurement, field)
    if not isinstance(node, dict) or "value" not in node:
        raise DataError(f"{path}: got {node!r}; expected a value with its unit")
    value, unit = node["value"], node.get("unit")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"{path}: got {value!r}; expected a finite number")
    if not isinstance(unit, str):
        raise DataError(f"{path}: got the unit {unit!r}; expected a text")
    return float(value), _UNITS.get(unit, unit), path


def cube(measurement: AsmMeasurement, field: str) -> Curve:
    """Return the data cube called `field`, or the only one, as a curve.

    Raises:
        DataError: there is none or more than one, or it has another shape than one dimension
            and one measure.
    """
    path, node = _only(measurement, field or "data cube")
    if not isinstance(node, dict):
        raise DataError(f"{path}: got {node!r}; expected a data cube")
    structure, data = node.get("cube-structure"), node.get("data")
    if not isinstance(structure, dict) or not isinstance(data, dict):
        raise DataError(f"{path}: expected a data cube with cube-structure and data")
    x, x_unit = _axis(path, structure, data, "dimensions")
    y, y_unit = _axis(path, structure, data, "measures")
    return Curve(
        x=x,
        y=y,
        x_unit=x_unit,
        y_unit=y_unit,
        sample_texts=measurement.sample_texts,
        operator=measurement.operator,
        instrument=measurement.instrument,
        measured_at=measurement.measured_at,
        place=path,
    )


def _axis(path: str, structure: Node, data: Node, axis: str) -> tuple[np.ndarray, str | None]:
    told, columns = structure.get(axis), data.get(axis)
    if not (
        isinstance(told, list) and isinstance(columns, list) and len(told) == len(columns) == 1
    ):
        raise DataError(f"{path}: expected one of {axis}")
    try:
        values = np.array(columns[0], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {axis} hold something that is no number") from error
    unit = told[0].get("unit") if isinstance(told[0], dict) else None
    return values, _UNITS.get(unit, unit) if isinstance(unit, str) else None


def _only(measurement: AsmMeasurement, field: str) -> tuple[str, Any]:
    """Return the one member whose path ends like `field`; "data cube" stands for any cube."""
    wanted = field.split("/")
    found = [
        (path, value)
        for path, value in _members(measurement.node, measurement.place)
        if _ends(path, wanted, suffix=field == "data cube")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(path for path, _ in found)
        raise DataError(f"{measurement.place}: {len(found)} members are called {field!r}: {listed}")
    names = sorted({key for key, value in measurement.node.items() if isinstance(value, dict)})
    raise DataError(f"{measurement.place}: no member {field!r}; there are {', '.join(names)}")


def _ends(path: str, wanted: list[str], *, suffix: bool) -> bool:
    steps = [step.split("[", 1)[0] for step in path.split("/")]
    return steps[-1].endswith(" data cube") if suffix else steps[-len(wanted) :] == wanted


def _members(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            here = f"{path}/{key}" if path else key
            yield here, value
            yield from _members(value, here)
    elif isinstance(node, list):
        for number, item in enumerate(node):
            # Rows of numbers in data cubes hold no members, and there may be a million of them.
            if isinstance(item, dict | list):
                yield from _members(item, f"{path}[{number}]")
