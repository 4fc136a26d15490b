"""A small fitting problem that can be handed to another process."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix, Rows


@dataclass(frozen=True)
class Problem:
    """A featurized pool with some observations.

    Attributes:
        features: At least 40 rows, all described.
        rows: Observed rows, at least 12.
        data: Their values.
    """

    features: FeatureMatrix
    rows: Rows
    data: TrainingData


def write_problem(problem: Problem, folder: Path) -> None:
    """Write a problem for another process."""
    arrays = {f"block{i}": b.values for i, b in enumerate(problem.features.blocks)}
    arrays |= {"rows": problem.rows, "y": problem.data.y, "replicates": problem.data.replicates}
    if problem.data.noise_variance is not None:
        arrays["noise"] = problem.data.noise_variance
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    told = {
        "digest": problem.features.digest,
        "blocks": [[b.name, b.kind, list(b.columns)] for b in problem.features.blocks],
        "ids": list(problem.data.candidate_ids),
    }
    (folder / "problem.json").write_text(json.dumps(told))


def read_problem(folder: Path) -> Problem:
    """Return what `write_problem` wrote."""
    told = json.loads((folder / "problem.json").read_text())
    blocks = tuple(
        FeatureBlock(name, kind, tuple(columns), np.load(folder / f"block{i}.npy"))
        for i, (name, kind, columns) in enumerate(told["blocks"])
    )
    stated = folder / "noise.npy"
    noise = np.load(stated) if stated.exists() else None
    y, replicates = np.load(folder / "y.npy"), np.load(folder / "replicates.npy")
    data = TrainingData(tuple(told["ids"]), y, noise, replicates, 1)
    return Problem(FeatureMatrix(blocks, told["digest"]), np.load(folder / "rows.npy"), data)
