"""The target hidden in the source library: under another name, or structures it has seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import Material
from loop.core.ports import Progress, silent
from loop.core.units import convert, same_dimension
from loop.errors import DataError, MissingExtraError, NotFoundError
from loop.regression.describing import Workshop
from loop.regression.measured import Measured
from loop.regression.request import FitRequest
from loop.sources.leak import leaks
from loop.sources.recipe import SourceRecipe

_FEWEST = 5
_SAME = 0.05


@dataclass(frozen=True)
class Findings:
    """What the leak check found.

    Attributes:
        targets: Sources that hold the target under another name; they must be left out.
        notices: The same in words, and what could not be looked at.
        seen: Source to the number of the table's structures that it has learned from.
    """

    targets: tuple[str, ...]
    notices: tuple[str, ...]
    seen: dict[str, int]


def look_for_target(
    workshop: Workshop, request: FitRequest, found: Measured, progress: Progress = silent
) -> Findings:
    """Compare the values of a table with those of every source that shares structures with it.

    A source of the target's dimension that has at least five of its structures, and whose values
    there differ from the target's by a median of less than a twentieth of their standard
    deviation, holds the target, whatever it is called.

    Args:
        workshop: Has the library.
        request: What is learned.
        found: The values.
        progress: Told how far it is.

    Raises:
        ModelError: a model of the library is damaged.
    """
    material, library = request.material, workshop.shelf.library
    if material in {Material.COLUMNS, Material.CRYSTAL} or not workshop.borrows(request):
        return Findings((), (), {})
    from loop.datasets.structure_keys import structure_key

    pairs = zip(found.pool.structures, found.data.y, strict=True)
    known = {structure_key(material, text): float(y) for text, y in pairs}
    values = {key: y for key, y in known.items() if key is not None}
    seen: dict[str, int] = {}
    for leak in leaks(library, material, values):
        seen[leak.source] = max(seen.get(leak.source, 0), len(leak.keys))
    targets: dict[str, str] = {}
    notices: list[str] = []
    for name in library.serving(material):
        for recipe, card in library.card(name).pairs():
            shared = seen.get(card.name, 0)
            if shared < _FEWEST or card.name in targets:
                continue
            if recipe.material is not material or not same_dimension(recipe.unit, request.unit):
                continue
            try:
                told = _holds(workshop, recipe, request, values, progress)
            except (DataError, MissingExtraError, NotFoundError) as error:
                notices.append(
                    f"whether source {card.name!r} is the target under another name could not be "
                    f"looked at: {error.message}"
                )
                continue
            if told:
                targets[card.name] = told
    others = {name: count for name, count in seen.items() if name not in targets}
    return Findings(tuple(sorted(targets)), (*targets.values(), *notices), others)


def _holds(
    workshop: Workshop,
    recipe: SourceRecipe,
    request: FitRequest,
    values: dict[str, float],
    progress: Progress,
) -> str:
    """Return how a source shows itself to be the target; empty text if it does not."""
    rows = workshop.shelf.read(recipe, progress)
    theirs: dict[str, list[float]] = {}
    for key, value in zip(rows.keys, rows.values, strict=True):
        if key in values and np.isfinite(value):
            theirs.setdefault(key, []).append(float(value))
    if len(theirs) < _FEWEST:
        return ""
    ours = np.array([values[key] for key in theirs])
    medians = [float(np.median(group)) for group in theirs.values()]
    converted = np.array([convert(value, recipe.unit, request.unit) for value in medians])
    if not _agree(ours, converted):
        return ""
    return (
        f"source {recipe.name!r} holds the values of {request.target!r} for {len(ours)} structures "
        "of the table: it is taken for the target itself and is not used"
    )


def _agree(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> bool:
    spread = float(ours.std())
    return spread > 0 and float(np.median(np.abs(ours - theirs))) < _SAME * spread
