"""A search on disk: arrays as safetensors, the rest as JSON in their header; never a pickle."""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_arrays

from loop.errors import ConfigError, DataError
from loop.generate.archive import Archive, Target, Visited
from loop.generate.population import Population
from loop.generate.search_state import Standing

_FORMAT: Final = "synthloop search 1"
_PROBED: Final = 8


def save(
    path: Path,
    mark: Mapping[str, object],
    archive: Archive,
    population: Population,
    standing: Standing,
) -> None:
    """Write a search; the file has all of it or, after a crash, what it had before.

    Args:
        path: File, made or replaced.
        mark: What decides the stream: settings, seed, initial structures.
        archive: What was visited.
        population: The particles.
        standing: Where it stands.
    """
    seen = archive.content
    arrays = {
        "log_likelihood": seen.log_likelihood,
        "log_constraint": seen.log_constraint,
        "log_prior": seen.log_prior,
        "parents": seen.parents.astype(np.int64),
        "steps": seen.steps.astype(np.int64),
        "offspring": seen.offspring.astype(np.int64),
        "rows": population.rows.astype(np.int64),
        "log_weights": population.log_weights,
        "structures": _bytes(seen.structures),
        "notes": _bytes(seen.notes),
        "banned": _bytes(archive.banned),
    }
    words = {"mark": mark, "standing": asdict(standing), "beta": population.beta}
    header = {"format": _FORMAT, "search": json.dumps(words)}
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    with draft.open("wb") as file:
        file.write(save_arrays({k: np.ascontiguousarray(v) for k, v in arrays.items()}, header))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load(
    path: Path, mark: Mapping[str, object], target: Target
) -> tuple[Archive, Population, Standing]:
    """Read a search back.

    Args:
        path: File that `save` wrote.
        mark: Of the search that is to go on.
        target: Its target, by which some of the stored structures are scored anew.

    Raises:
        DataError: it is no checkpoint, or damaged.
        ConfigError: it is of another search, or the surrogate is another one now.
    """
    try:
        with safe_open(str(path), framework="numpy") as file:
            header = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as cause:
        raise DataError(f"{path}: {cause}; expected the checkpoint of a search") from cause
    if header.get("format") != _FORMAT:
        raise DataError(f"{path}: format {header.get('format')!r}; expected {_FORMAT!r}")
    words = json.loads(header["search"])
    for name, value in mark.items():
        if words["mark"][name] != value:
            raise ConfigError(
                f"{path}: it is the checkpoint of a search with {name} {words['mark'][name]}, "
                f"not {value}",
                hint="go on with the same, or name another file",
            )
    seen = _visited(arrays)
    _same_scores(path, seen, target)
    told = words["standing"]
    tuples = {"peak": tuple(told["peak"]), "warnings": tuple(told.get("warnings", ()))}
    standing = Standing(**(told | tuples))
    population = Population(
        arrays["rows"].astype(np.intp), arrays["log_weights"], float(words["beta"])
    )
    return Archive(target, seen, _texts(arrays["banned"])), population, standing


def _visited(arrays: Mapping[str, NDArray[Any]]) -> Visited:
    return Visited(
        _texts(arrays["structures"]),
        arrays["log_likelihood"],
        arrays["log_constraint"],
        arrays["log_prior"],
        arrays["parents"].astype(np.intp),
        arrays["steps"].astype(np.intp),
        arrays["offspring"].astype(np.intp),
        _texts(arrays["notes"]),
    )


def _same_scores(path: Path, seen: Visited, target: Target) -> None:
    some = list(seen.structures[:_PROBED])
    now = target.likelihood(some) + target.constraint(some)
    stored = seen.reward[:_PROBED]
    wrong = ~np.isclose(now, stored, rtol=1e-6, atol=1e-6)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ConfigError(
            f"{path}: {some[i]} scored {stored[i]:.6g} when it was written and {now[i]:.6g} now; "
            "the surrogate or the target has changed",
            hint="start anew under another name, or restore the surrogate it was begun with",
        )


def _bytes(texts: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8)


def _texts(content: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(json.loads(content.tobytes()))
