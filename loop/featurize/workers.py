"""Texts described chunk by chunk, in this process or in a pool of processes.

What travels are texts and specifications of blocks, and arrays back: never molecules. The chunks
are the same either way, so that the numbers are, to the last bit.
"""

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Final

from loop.core.candidate import Material
from loop.errors import DataError
from loop.featurize.block import Block, BlockValues
from loop.featurize.catalogue import BlockSpec, build_block
from loop.featurize.describe import describe_texts

_ROWS: Final = 512
_PROBE: Final = 64
# A chunk of long texts (crystal files) takes long: it has fewer rows.
_CHARACTERS: Final = 65_536
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_AHEAD: Final = 3

Chunks = Generator[tuple[tuple[int, int], list[BlockValues]]]
"""First row, row after the last, and the values of every block."""


@dataclass(frozen=True)
class Labour:
    """Who describes.

    Attributes:
        processes: At most so many.
        patience: Seconds that one process may be busy before others are started, which takes
            each of them about two seconds of its own.
    """

    processes: int = 1
    patience: float = 15.0


@dataclass(frozen=True)
class Job:
    """Blocks that describe texts of one material.

    Attributes:
        blocks: As built in this process.
        specs: The same blocks as JSON, for other processes; empty if they cannot be built there.
        material: What the texts are.
    """

    blocks: tuple[Block, ...]
    specs: tuple[str, ...]
    material: Material


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spans(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Return the rows of each chunk: two small ones to see how long it takes, then larger ones."""
    mean = sum(map(len, texts)) / max(len(texts), 1)
    rows = max(8, min(_ROWS, int(_CHARACTERS / max(mean, 1.0))))
    first = min(_PROBE, rows)
    edges = [0, first, *range(2 * first, len(texts), rows)]
    edges = [edge for edge in edges if edge < len(texts)] + [len(texts)]
    return list(pairwise(edges))


def in_chunks(job: Job, texts: Sequence[str], labour: Labour) -> Chunks:
    """Yield the rows and the values of every chunk, in order.

    Other processes are started when the first chunks show that one would need longer than
    `labour.patience`. They end with this iterator, however it ends, and with this process.

    Raises:
        DataError: a process ended suddenly; the message names the rows it was at.
    """
    chunks = spans(texts)
    for i, (start, stop) in enumerate(chunks):
        began = time.perf_counter()
        with _rows_named(start, stop):
            values = describe_texts(job.blocks, job.material, texts[start:stop])
        per_row = (time.perf_counter() - began) / (stop - start)
        yield (start, stop), values
        # The first chunk also loads libraries and tables: it says little.
        left = per_row * (len(texts) - stop)
        shared = job.specs and labour.processes > 1 and 0 < i < len(chunks) - 1
        if shared and left > labour.patience:
            yield from _in_processes(job, texts, chunks[i + 1 :], labour.processes)
            return


def _in_processes(
    job: Job, texts: Sequence[str], chunks: Sequence[tuple[int, int]], processes: int
) -> Chunks:
    waiting: deque[tuple[tuple[int, int], Future[list[BlockValues]]]] = deque()
    rest = iter(chunks)
    with _pool(min(processes, len(chunks))) as submit:

        def refill() -> None:
            while len(waiting) <= _AHEAD * processes:
                span = next(rest, None)
                if span is None:
                    return
                part = tuple(texts[span[0] : span[1]])
                waiting.append((span, submit(_describe, job.specs, job.material.value, part)))

        try:
            refill()
            while waiting:
                span, future = waiting[0]
                with _rows_named(*span):
                    values = future.result()
                refill()
                waiting.popleft()
                yield span, values
        except BrokenProcessPool as cause:
            raise _sudden_end(texts, waiting[0][0][0], waiting[-1][0][1]) from cause


def _sudden_end(texts: Sequence[str], start: int, stop: int) -> DataError:
    return DataError(
        f"a process ended suddenly while rows {start} to {stop - 1} were described "
        f"({texts[start][:80]!r} to {texts[stop - 1][:80]!r})",
        hint="there was too little memory, or a library crashed on one of these rows: describe "
        "them alone with workers = 1",
    )


@contextmanager
def _rows_named(start: int, stop: int) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"while rows {start} to {stop - 1} were described")
        raise


@contextmanager
def _pool(processes: int) -> Iterator[Callable[..., "Future[list[BlockValues]]"]]:
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(processes, context, _begin, (theirs,))

    def submit(*call: Any) -> "Future[list[BlockValues]]":
        with _main_module_aside():
            return executor.submit(*call)

    try:
        with _one_thread_each():
            yield submit
    finally:
        # Closing our end makes every process leave, in the middle of a chunk if need be; so does
        # our death, which closes it too.
        ours.close()
        executor.shutdown(wait=True, cancel_futures=True)
        theirs.close()


@contextmanager
def _main_module_aside() -> Iterator[None]:
    """Keep processes that are started meanwhile from running the caller's script once more.

    What travels is found by import; a script without a guard, a notebook or a page of a dashboard
    must not run again in every process.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that are started meanwhile compute with one thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin(lifeline: Connection) -> None:
    # Ctrl-C reaches all processes of a terminal; the one that was asked tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(lifeline,), daemon=True).start()


def _leave_with(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    except EOFError:
        os._exit(1)


@lru_cache(maxsize=8)
def _built(specs: tuple[str, ...]) -> tuple[Block, ...]:
    return tuple(build_block(BlockSpec.model_validate_json(spec)) for spec in specs)


def _describe(specs: tuple[str, ...], material: str, texts: tuple[str, ...]) -> list[BlockValues]:
    return describe_texts(_built(specs), Material(material), texts)
