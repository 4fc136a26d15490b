"""Inverse design from one fitted model, without a campaign."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import CandidatePool
from loop.core.canonical import Json, canonical_json, digest
from loop.core.generated_space import ExampleList, GeneratedSpace, MakeabilityRules
from loop.core.generation_ports import Vector
from loop.core.invention_ports import Foreseen, Invention, InventionRequest, Wish
from loop.core.objective import Maximize, Objective
from loop.core.planned_route import route_words
from loop.core.plugin_choice import PluginChoice
from loop.core.ports import Progress, silent
from loop.core.space import ForbiddenPattern
from loop.design.exploring import STRINGS
from loop.design.inventor import CampaignInventor
from loop.design.seeds import Seeds
from loop.errors import ConfigError
from loop.generate.kinship import Fingerprints
from loop.generate.wants import wanted
from loop.regression.describing import Workshop
from loop.regression.foreseen import Predictions
from loop.regression.model import RegressionModel
from loop.service.plugins import PluginLookup
from loop.service.space_file import GENERATORS

_TRAINING: Final = "the model's training"


@dataclass(frozen=True)
class DesignTask:
    """What is asked.

    Attributes:
        objective: What is wanted of the model's property, in its unit.
        generator: Makes the candidates.
        proposals: Most attempts.
        keep: Most candidates in the answer.
        particles: Size of the population that searches.
        seeds: Structures to learn and depart from beside those of the model; None for none.
        makeability: Whether it counts that a candidate can be made.
        stock: What can be bought, as `CampaignInventor.read_stock` returned it.
        forbid: SMARTS that no candidate may have.
        seed: Source of all randomness.
    """

    objective: Objective
    generator: PluginChoice
    proposals: int = 2000
    keep: int = 100
    particles: int = 100
    seeds: Seeds | None = None
    makeability: MakeabilityRules | None = None
    stock: bytes | None = None
    forbid: tuple[str, ...] = ()
    seed: int = 0

    def space(self, model: RegressionModel) -> GeneratedSpace:
        """Return the task as a campaign would say it.

        Raises:
            ConfigError: the generator makes another material.
        """
        material = model.request.material
        cls, config = PluginLookup().configure(GENERATORS, self.generator)
        materials = cls(config).materials
        if material.value not in materials:
            raise ConfigError(
                f"generator {self.generator.kind!r} makes {', '.join(sorted(materials))}; "
                f"the model is one of {material.value}"
            )
        seeds = self.seeds
        return GeneratedSpace(
            kind="pool+generated",
            material=material,
            file=_TRAINING,
            examples=None if seeds is None else ExampleList(file="seeds", material=seeds.material),
            generator=self.generator,
            proposals=self.proposals,
            keep=self.keep,
            particles=self.particles,
            makeability=self.makeability,
            forbid=tuple(ForbiddenPattern(smarts=s, reason="not wanted") for s in self.forbid),
        )


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


def design(
    model: RegressionModel,
    workshop: Workshop,
    task: DesignTask,
    folder: Path,
    progress: Progress = silent,
) -> Designed:
    """Search for structures that hit the target by a model.

    Args:
        model: Foresees the property.
        workshop: Describes structures as at the fit.
        task: What is asked.
        folder: For the checkpoint of a search that is interrupted; the same call goes on from it.
        progress: Told how far it is.

    Raises:
        ConfigError: the generator makes another material.
        ModelError: it cannot learn from the examples, nothing passes the constraints, or the
            model cannot be used here.
    """
    space = task.space(model)
    known = model.measured.pool.structures
    oracle = _Oracle(model, workshop)
    y = model.measured.data.y
    best = float(y[int(np.argmax(task.objective.signed(y)))])
    noise = oracle.noise()
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / f"{_mark(model, task, space)}.safetensors"
    request = InventionRequest(
        space=space,
        examples=task.seeds.structures if task.seeds else (),
        listed=known,
        pool=known,
        weights=np.zeros(len(known)),
        stock=task.stock,
        wish=Wish(task.objective, oracle.foresee, best, noise, float(np.std(y)) or 1.0),
        seed=task.seed,
        checkpoint=checkpoint,
    )
    invention = CampaignInventor(PluginLookup()).invent(request, progress)
    candidates = _candidates(model, oracle, task, invention, best, noise)
    checkpoint.unlink(missing_ok=True)
    return Designed(candidates, best, invention)


class _Oracle:
    """The model, asked about structures alone."""

    def __init__(self, model: RegressionModel, workshop: Workshop) -> None:
        self._model, self._workshop = model, workshop

    def predict(self, structures: Sequence[str]) -> Predictions:
        ids = tuple(str(i) for i in range(len(structures)))
        pool = CandidatePool(self._model.request.material, ids, tuple(structures), ids)
        return self._model.predict(pool, self._workshop)

    def foresee(self, structures: Sequence[str]) -> Foreseen:
        told = self.predict(structures)
        return Foreseen(told.mean, told.sd_model, told.failures)

    def noise(self) -> float:
        """Return the sd of one measurement: the model's own, equal for all structures."""
        told = self.predict(self._model.measured.pool.structures[:1])
        return float(np.sqrt(max(told.sd[0] ** 2 - told.sd_model[0] ** 2, 0.0)))


def _mark(model: RegressionModel, task: DesignTask, space: GeneratedSpace) -> str:
    told: Json = [
        digest(model.content),
        task.objective.model_dump(mode="json"),
        # A search that is asked for more proposals goes on from what it has.
        space.model_dump(mode="json", exclude={"proposals", "keep"}),
        list(task.seeds.structures) if task.seeds else [],
        digest(task.stock or b""),
        task.seed,
    ]
    return digest(canonical_json(told))[:32]


def _candidates(
    model: RegressionModel,
    oracle: _Oracle,
    task: DesignTask,
    invention: Invention,
    best: float,
    noise: float,
) -> tuple[DesignedCandidate, ...]:
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
