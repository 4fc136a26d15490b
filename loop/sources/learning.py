"""Training rows to the trained part of a model, whatever its kind."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import Progress
from loop.errors import DataError
from loop.sources.bench import Bench
from loop.sources.body import Body
from loop.sources.boosting import fit_boosting
from loop.sources.ensemble import Ensemble, shown
from loop.sources.fitting import fit_network
from loop.sources.inputs import Floats
from loop.sources.kernel_fitting import fit_kernel
from loop.sources.learners import Architecture, BoostedTrees, Given, KernelModel, Shotgun
from loop.sources.network import Network
from loop.sources.recipe import ModelRecipe


@dataclass(frozen=True)
class Lesson:
    """What is learned.

    Attributes:
        x: Inputs, shape `(n, d)`.
        goals: Standardised values, shape `(n, s)`; whatever where unknown.
        known: Which goals are known, shape `(n, s)`.
        reals: How many of the inputs, the first ones, are reals; the others are counts.
    """

    x: Floats
    goals: Floats
    known: NDArray[np.bool_]
    reals: int


@dataclass(frozen=True)
class Learned:
    """What came of it.

    Attributes:
        body: The trained part.
        left_out: Predictions of each training row by a model without it, shape `(n,)`; None
            where that has no closed form.
    """

    body: Body
    left_out: NDArray[np.float64] | None = None


def learn(recipe: ModelRecipe, lesson: Lesson, bench: Bench, progress: Progress) -> Learned:
    """Return the trained part of a model; equal recipes and rows give equal bits.

    Args:
        recipe: Says what learns.
        lesson: Rows in the order of the structures' hashes.
        bench: Keeps the finished networks of an interrupted training.
        progress: Told "training …".

    Raises:
        DataError: the model is a user's own, which cannot be trained here.
        ModelError: trees are read wrongly from this scikit-learn.
    """
    y = lesson.goals[:, 0]
    match recipe.learner:
        case None:
            same = (recipe.architecture,) * recipe.architecture.members
            return Learned(_ensemble(recipe, same, lesson, bench, progress))
        case Shotgun() as population:
            return Learned(_ensemble(recipe, population.designs, lesson, bench, progress))
        case BoostedTrees() as trees:
            progress(f"training {recipe.name}", 0.0)
            return Learned(fit_boosting(lesson.x, y, trees, recipe.seed))
        case KernelModel() as kernel:
            progress(f"training {recipe.name}", 0.0)
            fitted = fit_kernel(lesson.x, y, kernel)
            return Learned(fitted.mean, fitted.left_out)
        case Given():
            raise DataError(
                f"model {recipe.name!r} came as a file and cannot be trained here",
                hint="train it where it was made, and add it again",
            )


def _ensemble(
    recipe: ModelRecipe,
    architectures: tuple[Architecture, ...],
    lesson: Lesson,
    bench: Bench,
    progress: Progress,
) -> Ensemble:
    count = len(architectures)

    def trained(place: int) -> Network:
        architecture = architectures[place]
        columns = shown(architecture, lesson.reals)
        return fit_network(
            np.ascontiguousarray(lesson.x[:, columns]),
            lesson.goals,
            lesson.known,
            architecture,
            recipe.seed + place,
            _advancing(progress, recipe.name, place, count),
        )

    members = tuple(
        bench.member(i, len(architecture.hidden) + 1, lambda i=i: trained(i))  # type: ignore[misc]
        for i, architecture in enumerate(architectures)
    )
    return Ensemble(members, architectures, lesson.reals)


def _advancing(progress: Progress, name: str, member: int, members: int) -> Callable[[float], None]:
    return lambda share: progress(f"training {name}", (member + share) / members)
