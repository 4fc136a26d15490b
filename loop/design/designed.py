"""What a design came to: candidates with predictions, kin in the training, and routes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import Vector
from loop.core.invention_ports import Invention
from loop.core.objective import Maximize, Objective
from loop.core.planned_route import route_words
from loop.design.design_task import DesignTask
from loop.design.exploring import STRINGS
from loop.design.oracle import Oracle
from loop.generate.kinship import Fingerprints
from loop.generate.wants import wanted
from loop.regression.model import RegressionModel


@dataclass(frozen=True)
class DesignedCandidate:
    """One candidate; numbers in the model's unit.

    Attributes:
        structure: In canonical form.
        mean: Predicted.
        sd: Of one new measurement, noise included.
        sd_model: Without noise.
        p_target: Probability that a measurement hits the range, or beats the best known value.
        outside: Unlike the training: neither sd nor p_target is a calibrated probability.
        nearest: The most similar structure of the training; empty where none can be compared.
        similarity: To it, Tanimoto on Morgan bits, in [0, 1].
        made_from: Where it comes from.
        route_found: Whether a planner knows a way; None where nobody was asked.
        in_stock: Whether everything for it is in stock; None likewise.
        route: The way in words.
    """

    structure: str
    mean: float
    sd: float
    sd_model: float
    p_target: float
    outside: bool
    nearest: str
    similarity: float | None
    made_from: str
    route_found: bool | None
    in_stock: bool | None
    route: str


@dataclass(frozen=True)
class Designed:
    """What a design came to.

    Attributes:
        candidates: The likeliest to hit first.
        best: Best value of the training, which maximising and minimising must beat.
        invention: The search's account.
    """

    candidates: tuple[DesignedCandidate, ...]
    best: float
    invention: Invention


def candidates_of(
    model: RegressionModel,
    oracle: Oracle,
    task: DesignTask,
    invention: Invention,
    best: float,
    noise: float,
) -> tuple[DesignedCandidate, ...]:
    """Return what was invented with its predictions, the likeliest to hit first.

    Args:
        model: Whose training the candidates are compared with.
        oracle: The same model, asked.
        task: What was asked.
        invention: What the search found.
        best: Best value of the training, in the property's unit.
        noise: Sd of one measurement, same unit.
    """
    names, judgement = invention.structures, invention.judgement
    routes = judgement.routes
    if not names:
        return ()
    told = oracle.predict(names)
    goal = wanted(task.objective, best, 0.0, noise)
    chance = np.exp(goal.log_chance(told.mean, told.sd_model))
    alike = _nearest(model, names)
    asked = task.makeability is not None and task.makeability.planner is not None
    return tuple(
        DesignedCandidate(
            structure=names[i],
            mean=float(told.mean[i]),
            sd=float(told.sd[i]),
            sd_model=float(told.sd_model[i]),
            p_target=float(chance[i]),
            outside=bool(told.outside[i]),
            nearest=alike[i][0],
            similarity=alike[i][1],
            made_from=invention.made_from[i],
            route_found=routes[i] is not None if asked else None,
            in_stock=judgement.in_stock[i],
            route=route_words(route) if (route := routes[i]) is not None else "",
        )
        for i in _order(task.objective, chance, told.mean)
    )


def _order(objective: Objective, chance: Vector, mean: Vector) -> list[int]:
    sign = 1.0 if isinstance(objective, Maximize) else -1.0
    utility: NDArray[np.float64] = sign * mean
    found: list[int] = np.lexsort((-utility, -chance)).tolist()
    return found


def _nearest(model: RegressionModel, names: Sequence[str]) -> list[tuple[str, float | None]]:
    if model.request.material not in STRINGS:
        return [("", None)] * len(names)
    kin, known = Fingerprints(), model.measured.pool.structures
    found: list[tuple[str, float | None]] = []
    for name in names:
        likeness = kin(name, known)
        at = int(np.argmax(likeness))
        found.append((known[at], float(likeness[at])))
    return found
