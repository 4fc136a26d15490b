"""Inverse design from one fitted model, without a campaign."""

from pathlib import Path

import numpy as np

from loop.core.canonical import Json, canonical_json, digest
from loop.core.generated_space import GeneratedSpace
from loop.core.invention_ports import InventionRequest, Wish
from loop.core.ports import Progress, silent
from loop.design.design_task import DesignTask
from loop.design.designed import Designed, candidates_of
from loop.design.inventor import CampaignInventor
from loop.design.oracle import Oracle
from loop.regression.describing import Workshop
from loop.regression.model import RegressionModel
from loop.service.plugins import PluginLookup


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
    oracle = Oracle(model, workshop)
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
    candidates = candidates_of(model, oracle, task, invention, best, noise)
    checkpoint.unlink(missing_ok=True)
    return Designed(candidates, best, invention)


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
