"""From the datapoints of an experiment to the results of an order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lims_adapters.madsci.config import MadsciConfig
from lims_adapters.transport.ending import ending, explained
from lims_adapters.transport.reading import Reading, Translator
from loop.core.canonical import canonical_json
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultAttachment
from loop.errors import Problem

NAMESPACE: Final = "madsci:"
SYSTEM: Final = "MADSci"
Thing = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What an experiment says.

    Attributes:
        results: All valid answers.
        problems: Why they cannot be used, if so.
    """

    results: tuple[LabResult, ...] = ()
    problems: tuple[Problem, ...] = ()


def substance(experiment: Thing, points: Sequence[Thing], config: MadsciConfig) -> str:
    """Return what decides on the results of an experiment, as text to be compared.

    Files count where a value names them: a document of ours is no news from the laboratory.
    """
    values = _values(points, config)
    named = {name for point in values for name in _listed(_parts(point), "files")}
    return canonical_json(
        {
            "status": str(experiment.get("status")),
            "values": sorted(canonical_json(_as_said(point)) for point in values),
            "files": sorted(str(p["_id"]) for p in points if str(p["_id"]) in named),
        }
    )


def _as_said(point: Thing) -> list[str]:
    stamp = str(point.get("data_timestamp"))
    return [str(point["_id"]), str(point["label"]), stamp, repr(point.get("value"))]


def _values(points: Sequence[Thing], config: MadsciConfig) -> list[Thing]:
    wanted = {*(field.field for field in config.results.values()), config.failure}
    return [p for p in points if p.get("data_type") == "json" and p.get("label") in wanted]


class ExperimentReader:
    """Reads the results of one order after another."""

    def __init__(self, config: MadsciConfig, translator: Translator) -> None:
        self._config, self._translator = config, translator

    def read(self, order: WorkOrder, experiment: Thing, points: Sequence[Thing]) -> Told:
        """Return what an experiment and its datapoints say of an order."""
        source = f"{SYSTEM}, experiment {experiment['_id']}"
        files = {str(p["_id"]): p for p in points if p.get("data_type") != "json"}
        values = _values(points, self._config)
        problems = _dangling(values, source)
        readings: list[Reading] = []
        stage = reason = ""
        for root, point in _current(values):
            told = _parts(point)
            if point["label"] == self._config.failure:
                stage, reason = _word(told, "value"), _word(told, "note")
                continue
            missing = [name for name in _listed(told, "files") if name not in files]
            if missing:
                place = f"datapoint {point['_id']}, files"
                expected = "ids of file datapoints of this experiment"
                problems.append(Problem(source, place, missing[0], expected))
            readings.append(_reading(root, point, told, files))
        results, unread = self._translator.all(order, _numbered(readings))
        problems += [Problem(source, p.place, p.value, p.expected) for p in unread]
        if problems:
            return Told(problems=tuple(problems))
        word = str(experiment.get("status") or "")
        result_id = f"{NAMESPACE}{experiment['_id']}/status"
        said = explained(
            ending(order, word, self._config.status, results, result_id), stage, reason
        )
        return Told((*results, *(() if said is None else (said,))))


def _dangling(values: Sequence[Thing], source: str) -> list[Problem]:
    known = {str(point["_id"]) for point in values}
    return [
        Problem(
            source, f"datapoint {point['_id']}, supersedes", _word(_parts(point), "supersedes"),
            "the id of a datapoint of this experiment",
        )
        for point in values
        if _word(_parts(point), "supersedes") not in {"", *known}
    ]  # fmt: skip


def _current(values: Sequence[Thing]) -> list[tuple[str, Thing]]:
    """Return the last word on each value that stands, with the id of the first.

    The first datapoint names the value for ever; those that supersede it only change it.
    """
    by_id = {str(point["_id"]): point for point in values}
    last: dict[str, Thing] = {}
    replaced = {_word(_parts(point), "supersedes") for point in values}
    # Named by a later one, a datapoint is out, whatever a wrong clock stamped on either.
    for point in sorted(values, key=_order_of_time):
        if point["_id"] not in replaced:
            last[_root(point, by_id)] = point
    standing = [(root, point) for root, point in last.items() if not _parts(point).get("withdrawn")]
    return sorted(standing, key=lambda pair: _order_of_time(by_id[pair[0]]))


def _root(point: Thing, by_id: Mapping[str, Thing]) -> str:
    seen: set[str] = set()
    name = str(point["_id"])
    while name not in seen:
        seen.add(name)
        earlier = _word(_parts(by_id[name]), "supersedes")
        if earlier not in by_id:
            return name
        name = earlier
    return min(seen)


def _order_of_time(point: Thing) -> tuple[str, str]:
    # MADSci's ids begin with their time; its stamps have no zone but are all of one clock.
    return str(point.get("data_timestamp") or ""), str(point["_id"])


def _parts(point: Thing) -> Thing:
    value = point.get("value")
    return value if isinstance(value, dict) else {"value": value}


def _word(told: Thing, key: str) -> str:
    value = told.get(key)
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _listed(told: Thing, key: str) -> list[str]:
    value = told.get(key) or []
    return [str(name) for name in (value if isinstance(value, list) else [value])]


def _reading(root: str, point: Thing, told: Thing, files: Mapping[str, Thing]) -> Reading:
    return Reading(
        result_id=f"{NAMESPACE}{root}",
        place=f"datapoint {point['_id']}",
        label=str(point["label"]),
        value=_word(told, "value"),
        unit=_word(told, "unit"),
        sd=_word(told, "sd") or _word(told, "uncertainty"),
        replicate=_word(told, "replicate"),
        method=_word(told, "method"),
        operator=_word(told, "operator"),
        instrument=_word(told, "instrument"),
        measured_at=_word(told, "measured_at"),
        note=_word(told, "note"),
        attachments=tuple(
            ResultAttachment(name=str(files[f].get("label") or f), reference=f)
            for f in _listed(told, "files")
            if f in files
        ),
    )


def _numbered(readings: Sequence[Reading]) -> list[Reading]:
    """Number the repeats that carry no number, in the order in which they came.

    Each datapoint is a measurement of its own there, so that a number is no more than a name.
    """
    used: dict[str, set[str]] = {}
    for reading in readings:
        used.setdefault(reading.label, set()).add(reading.replicate)
    numbered: list[Reading] = []
    for reading in readings:
        number = reading.replicate
        if not number:
            taken = used[reading.label]
            number = next(str(n) for n in range(1, len(readings) + 2) if str(n) not in taken)
            taken.add(number)
        numbered.append(replace(reading, replicate=number))
    return numbered
