"""A column of texts through the blocks that describe it: looked up, or described and kept."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loop.featurize.block import Block, BlockValues
from loop.featurize.cache import FeatureCache, Shelf
from loop.featurize.found import Found, gather
from loop.featurize.rows import RowSink, copy_rows, sink, take
from loop.featurize.segment import Draft
from loop.featurize.workers import Job, Labour, in_chunks

Advance = Callable[[float], None]
"""Called with the share done, in [0, 1]."""


@dataclass(frozen=True)
class Means:
    """How a column is described; nothing here changes a number.

    Attributes:
        cache: Where values are kept, if anywhere.
        labour: Who describes.
    """

    cache: FeatureCache | None = None
    labour: Labour = field(default_factory=Labour)


def describe_column(
    job: Job, texts: Sequence[str], means: Means, advance: Advance
) -> list[BlockValues]:
    """Return the values of every block for every text; equal texts are described once.

    Raises:
        ConfigError: a block cannot read this material.
        DataError: a process of the pool ended suddenly.
    """
    if not texts:
        return [_nothing(block) for block in job.blocks]
    distinct = list(dict.fromkeys(texts))
    described = _distinct(job, distinct, means, advance)
    if len(distinct) == len(texts):
        return described
    place = {text: row for row, text in enumerate(distinct)}
    rows = np.fromiter((place[text] for text in texts), dtype=np.intp, count=len(texts))
    return [_repeated(values, rows) for values in described]


def _nothing(block: Block) -> BlockValues:
    dtype = np.uint8 if block.kind == "counts" else np.float32
    return BlockValues(np.zeros((0, len(block.columns)), dtype=dtype))


def _repeated(values: BlockValues, rows: NDArray[np.intp]) -> BlockValues:
    failures = {}
    if values.failures:
        failures = {
            row: values.failures[at]
            for row, at in enumerate(rows.tolist())
            if at in values.failures
        }
    return BlockValues(take(values.values, rows), failures)


def _distinct(job: Job, texts: list[str], means: Means, advance: Advance) -> list[BlockValues]:
    n = len(texts)
    everything = Found((), np.arange(n, dtype=np.intp))
    shelves = [
        means.cache.shelf(block, job.material) if means.cache else None for block in job.blocks
    ]
    found = [everything if shelf is None else shelf.find(texts) for shelf in shelves]
    fresh: dict[int, BlockValues] = {}
    for together in _alike(found):
        missing = found[together[0]].missing
        wanted = texts if len(missing) == n else [texts[row] for row in missing.tolist()]
        part = Job(
            tuple(job.blocks[i] for i in together),
            tuple(job.specs[i] for i in together) if job.specs else (),
            job.material,
        )
        values = _described(part, wanted, [shelves[i] for i in together], means.labour, advance)
        fresh.update(zip(together, values, strict=True))
    if fresh and means.cache is not None:
        means.cache.trim()
    return [gather(found[i], fresh.get(i), n) for i in range(len(found))]


def _alike(found: Sequence[Found]) -> list[list[int]]:
    """Return the blocks that lack the same rows, so that each text is parsed once for them."""
    groups: dict[bytes, list[int]] = {}
    for i, one in enumerate(found):
        if len(one.missing):
            groups.setdefault(one.missing.tobytes(), []).append(i)
    return list(groups.values())


def _described(
    job: Job, texts: list[str], shelves: Sequence[Shelf | None], labour: Labour, advance: Advance
) -> list[BlockValues]:
    takers = [_Taker(block, texts, shelf) for block, shelf in zip(job.blocks, shelves, strict=True)]
    with _abandoned_on_error(takers), closing(in_chunks(job, texts, labour)) as chunks:
        for (start, stop), described in chunks:
            for taker, values in zip(takers, described, strict=True):
                taker.take(start, stop, values)
            advance(stop / len(texts))
        return [taker.finish() for taker in takers]


@contextmanager
def _abandoned_on_error(takers: Sequence["_Taker"]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for taker in takers:
            taker.abandon()
        raise


class _Taker:
    """Takes the chunks of one block."""

    def __init__(self, block: Block, texts: Sequence[str], shelf: Shelf | None) -> None:
        self._block, self._texts, self._shelf = block, texts, shelf
        self._into: RowSink | Draft | None = None
        self._dtype: np.dtype[Any] | None = None
        self._failures: dict[int, str] = {}

    def take(self, start: int, stop: int, values: BlockValues) -> None:
        """Add the values of rows `start` to `stop - 1`.

        Raises:
            ValueError: the block breaks its contract.
        """
        self._check(start, stop, values.values)
        into = self._open(values.values.dtype)
        into.append(values.values)
        self._failures |= {start + row: reason for row, reason in values.failures.items()}

    def _open(self, dtype: np.dtype[Any]) -> "RowSink | Draft":
        """Return where rows go; counts become reals with the first chunk that needs it."""
        before = self._into
        dtype = dtype if self._dtype is None else np.promote_types(self._dtype, dtype)
        if before is not None and dtype == self._dtype:
            return before
        n, d = len(self._texts), len(self._block.columns)
        draft = self._shelf.draft(n, d, dtype) if self._shelf else None
        self._into, self._dtype = draft or sink(n, d, dtype), dtype
        if before is not None:
            copy_rows(before.written(), self._into)
            before.abandon()
        return self._into

    def _check(self, start: int, stop: int, values: NDArray[Any]) -> None:
        expected = (stop - start, len(self._block.columns))
        if values.shape != expected:
            raise ValueError(
                f"block {self._block.name!r} returned an array of shape {values.shape} for rows "
                f"{start} to {stop - 1}; expected {expected}"
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            row, column = np.argwhere(~np.isfinite(values))[0]
            raise ValueError(
                f"block {self._block.name!r} returned {values[row, column]} for "
                f"{self._block.columns[column]!r} of {self._texts[start + row]!r}; a value that "
                "is not finite must be a failure of its row"
            )

    def finish(self) -> BlockValues:
        """Return all values."""
        match self._into:
            case None:
                raise ValueError("there are no rows to describe")
            case Draft() as draft:
                values = draft.publish(self._texts, self._failures)
            case rows:
                values = rows.finish()
        return BlockValues(values, self._failures)

    def abandon(self) -> None:
        """Remove what is half-written."""
        if self._into is not None:
            self._into.abandon()
