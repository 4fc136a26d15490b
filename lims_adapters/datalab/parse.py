"""From a sample of datalab to the results of an order."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from lims_adapters.datalab.config import DatalabConfig
from lims_adapters.datalab.tables import PlacedRow, from_file, from_html
from lims_adapters.transport.ending import ending, explained
from lims_adapters.transport.reading import Reading, Translator
from loop.core.canonical import canonical_json, digest
from loop.core.order import WorkOrder
from loop.core.result import LabResult, ResultAttachment
from loop.errors import DataError, Problem, RetryableAdapterError

NAMESPACE: Final = "datalab:"
SYSTEM: Final = "datalab"
Item = dict[str, Any]
Fetch = Callable[[str, str], bytes]
"""File id and name to content."""

_WORDS: Final = (
    "value", "unit", "sd", "method", "operator", "instrument", "measured_at", "note",
)  # fmt: skip
"""Columns that become a reading as they stand."""


@dataclass(frozen=True)
class Told:
    """What a sample says.

    Attributes:
        results: All valid answers.
        problems: Why they cannot be used, if so.
    """

    results: tuple[LabResult, ...] = ()
    problems: tuple[Problem, ...] = ()


def has_results(entry: Item, config: DatalabConfig) -> bool:
    """Whether a sample, as a list shows it, may hold a table of results."""
    return bool(entry.get("nfiles")) or has_block(entry, config)


def has_block(entry: Item, config: DatalabConfig) -> bool:
    """Whether a sample in a list has a comment with results; its edits do not show there."""
    return any(_is_table(block, config) for block in entry.get("blocks") or ())


def substance(item: Item, config: DatalabConfig) -> str:
    """Return what of a sample decides on its results, as text to be compared."""
    return canonical_json(
        {
            "status": str(item.get("status")),
            "files": sorted(
                [str(f.get("immutable_id")), _name(f), _sha256(f)]
                for f in _result_files(item, config)
            ),
            "blocks": [
                [str(b.get("title")), str(b.get("freeform_comment"))]
                for b in _result_blocks(item, config)
            ],
            "attached": sorted(_name(f) for f in item.get("files") or ()),
        }
    )


class SampleReader:
    """Reads the results of one order after another."""

    def __init__(self, config: DatalabConfig, translator: Translator, fetch: Fetch) -> None:
        self._config, self._translator, self._fetch = config, translator, fetch

    def read(self, order: WorkOrder, item: Item) -> Told:
        """Return what a sample says of an order."""
        source = f"{SYSTEM}, sample {item['item_id']}"
        readings: list[Reading] = []
        problems: list[Problem] = []
        stage = reason = ""
        try:
            for row in self._rows(item):
                wrong = self._foreign(order, row, source)
                if wrong is not None:
                    problems.append(wrong)
                elif self._cell(row, "property") == self._config.failure:
                    stage, reason = self._cell(row, "value"), self._cell(row, "note")
                elif self._cell(row, "property") not in self._config.ignore:
                    readings.append(self._reading(item, row))
        except DataError as error:
            expected = error.hint or "a table of results"
            return Told(problems=(Problem(source, "results", error.message, expected),))
        results, unread = self._translator.all(order, readings)
        problems += [Problem(source, p.place, p.value, p.expected) for p in unread]
        if problems:
            return Told(problems=tuple(problems))
        return Told((*results, *self._ending(order, item, results, stage, reason)))

    def _ending(
        self, order: WorkOrder, item: Item, results: tuple[LabResult, ...], stage: str, reason: str
    ) -> tuple[LabResult, ...]:
        result_id = f"{NAMESPACE}{item['refcode']}/status"
        word = str(item.get("status") or "")
        said = explained(
            ending(order, word, self._config.status, results, result_id), stage, reason
        )
        return () if said is None else (said,)

    def _rows(self, item: Item) -> Iterator[PlacedRow]:
        for block in _result_blocks(item, self._config):
            yield from from_html(str(block.get("title")), str(block.get("freeform_comment") or ""))
        for file in sorted(_result_files(item, self._config), key=_name):
            yield from from_file(_name(file), self._whole(item, file))

    def _whole(self, item: Item, file: Item) -> bytes:
        content = self._fetch(str(file["immutable_id"]), str(file["name"]))
        # A reply that was spoiled on the way reads as a table without a row.
        if _sha256(file) not in {"", digest(content)}:
            raise RetryableAdapterError(
                f"{SYSTEM}, sample {item['item_id']}: {_name(file)} did not arrive as it is there"
            )
        return content

    def _foreign(self, order: WorkOrder, row: PlacedRow, source: str) -> Problem | None:
        named = self._cell(row, "order")
        if named in {"", order.order_id}:
            return None
        return Problem(source, row.place, named, f"this sample's order, {order.order_id}")

    def _cell(self, row: PlacedRow, column: str) -> str:
        heading: str = getattr(self._config.columns, column)
        return row.cells.get(heading.casefold(), "").strip()

    def _reading(self, item: Item, row: PlacedRow) -> Reading:
        label, replicate = self._cell(row, "property"), self._cell(row, "replicate")
        # A row has no id of its own there; the sample, the property and the repeat are one.
        return Reading(
            result_id=f"{NAMESPACE}{item['refcode']}/{label}/{replicate or '1'}",
            place=row.place,
            label=label,
            attachments=self._attachments(item, self._cell(row, "file")),
            replicate=replicate,
            **{column: self._cell(row, column) for column in _WORDS},
        )

    def _attachments(self, item: Item, names: str) -> tuple[ResultAttachment, ...]:
        wanted = [name.strip() for name in names.split(";") if name.strip()]
        by_name: Mapping[str, Item] = {_name(file): file for file in item.get("files") or ()}
        missing = [name for name in wanted if name not in by_name]
        if missing:
            have = ", ".join(sorted(by_name)) or "none"
            raise DataError(
                f"the table names a file {missing[0]!r} that the sample does not have",
                hint=f"one of the attached files: {have}",
            )
        return tuple(
            ResultAttachment(
                name=name,
                reference=f"{by_name[name]['immutable_id']}/{by_name[name]['name']}",
                digest=_sha256(by_name[name]),
            )
            for name in wanted
        )


def is_results_file(name: str, config: DatalabConfig) -> bool:
    """Whether a file of this name is read as a table of results."""
    return any(fnmatchcase(name.casefold(), shape.casefold()) for shape in config.files)


def _result_files(item: Item, config: DatalabConfig) -> list[Item]:
    return [file for file in item.get("files") or () if is_results_file(_name(file), config)]


def _result_blocks(item: Item, config: DatalabConfig) -> list[Item]:
    blocks = item.get("blocks_obj") or {}
    return [blocks[name] for name in sorted(blocks) if _is_table(blocks[name], config)]


def _is_table(block: Item, config: DatalabConfig) -> bool:
    title = str(block.get("title") or "").strip().casefold()
    return bool(config.block) and block.get("blocktype") == "comment" and (
        title == config.block.strip().casefold()
    )  # fmt: skip


def _name(file: Item) -> str:
    # The server stores under a name without letters outside ASCII and keeps the lab's beside it.
    return str(file.get("original_name") or file.get("name"))


def _sha256(file: Item) -> str:
    return str((file.get("checksums") or {}).get("sha256", ""))
