"""From a recipe to a model."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.canonical import Json
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.core.source_ports import Describer
from loop.errors import DataError
from loop.sources.bench import Bench
from loop.sources.card import ModelCard, Scores, SourceCard
from loop.sources.inputs import Inputs
from loop.sources.learning import Learned, Lesson, learn
from loop.sources.model import SourceModel
from loop.sources.recipe import ModelRecipe, Values
from loop.sources.rows import (
    NOTHING,
    SourceReader,
    TrainingRows,
    Withheld,
    training_rows,
)
from loop.sources.scores import scores

_LIBRARIES: Final = {
    "trunk": ("torch",),
    "single": ("torch",),
    "shotgun": ("torch",),
    "trees": ("scikit-learn",),
    "gp": ("scipy",),
    "ridge": ("scipy",),
}
_NO_SCORE: Final = Scores(n=0, r2=None, rmse=None, spearman=None)


def train(
    recipe: ModelRecipe,
    read: SourceReader,
    describer: Describer,
    withheld: Withheld = NOTHING,
    progress: Progress = silent,
    bench: Path | None = None,
) -> SourceModel:
    """Return the model of a recipe; equal recipes, data and libraries give equal bytes.

    Args:
        recipe: What to learn, and how.
        read: Gives the rows of a source.
        describer: Gives descriptors.
        withheld: Sources and structures that must not be learned.
        progress: Told how far it is; training itself is "training …".
        bench: Folder where finished networks of an interrupted training are kept, if anywhere.

    Raises:
        DataError: a source has too few usable rows, all sources are withheld, or the model is a
            user's own.
    """
    kept = recipe.without(withheld.sources)
    if kept is None:
        raise DataError(f"all sources of the model {recipe.name!r} are withheld")
    rows = training_rows(kept, read, withheld, progress)
    matrix = _described(kept, rows, describer, progress)
    usable = matrix.usable()
    validation = rows.validation(kept.validation_share, kept.seed) & usable
    known = np.isfinite(rows.values) & usable[:, None]
    trained = known & ~validation[:, None]
    centre, scale = _standard(kept, rows.values, trained)
    at = np.flatnonzero(trained.any(axis=1))
    inputs = Inputs.fit(matrix, at)
    goals = ((rows.values - centre) / scale).astype(np.float32)
    lesson = Lesson(inputs.apply(matrix, at), goals[at], trained[at], inputs.reals)
    versions = libraries_of(kept)
    reads = describer.digest(kept.blocks)
    parts = Bench(bench).of(_training(kept, rows, reads, withheld, versions))
    learned = learn(kept, lesson, parts, progress)
    card = ModelCard(
        recipe=kept,
        sources=_cards(kept, rows, known, trained, (centre, scale)),
        featurizer_digest=reads,
        withheld_digest="" if withheld == NOTHING else withheld.digest(),
        versions=versions,
    )
    model = SourceModel(card, inputs, learned.body, rows.hashes, (known.T & usable[None]))
    if learned.left_out is not None and kept.validation_share == 0:
        scored = _left_one_out(model, rows.values[at, 0], learned)
    else:
        scored = scored_on(model, matrix, rows.values, known & validation[:, None])
    parts.clear()
    return scored.sealed()


def _training(
    recipe: ModelRecipe,
    rows: TrainingRows,
    reads: str,
    withheld: Withheld,
    versions: dict[str, str],
) -> Json:
    """Return everything that decides the bits of a training."""
    return [
        recipe.model_dump(mode="json"), list(rows.digests), reads, withheld.digest(), versions,
    ]  # fmt: skip


def _described(
    recipe: ModelRecipe, rows: TrainingRows, describer: Describer, progress: Progress
) -> FeatureMatrix:
    """Return one matrix over structures of several materials."""
    materials = sorted({material for material, _ in rows.structures})
    parts: list[tuple[NDArray[np.intp], FeatureMatrix]] = []
    for material in materials:
        at = np.array([i for i, (m, _) in enumerate(rows.structures) if m is material], np.intp)
        texts = [rows.texts[i] for i in at]
        parts.append((at, describer.describe(material, texts, recipe.blocks, progress)))
    failures = {int(at[row]): why for at, part in parts for row, why in part.failures.items()}
    blocks = []
    for b, block in enumerate(parts[0][1].blocks):
        dtype = np.result_type(*(part.blocks[b].values for _, part in parts))
        values = np.zeros((len(rows.structures), len(block.columns)), dtype=dtype)
        for at, part in parts:
            values[at] = part.blocks[b].values
        blocks.append(FeatureBlock(block.name, block.kind, block.columns, values))
    return FeatureMatrix(tuple(blocks), "", failures)


def _standard(
    recipe: ModelRecipe, values: Values, trained: NDArray[np.bool_]
) -> tuple[Values, Values]:
    counts = trained.sum(axis=0)
    for source, count in zip(recipe.sources, counts, strict=True):
        if count < recipe.fewest // 2:
            raise DataError(
                f"source {source.name!r} has {count} structures that can be described; "
                f"a source of kind {recipe.kind} needs {recipe.fewest}",
                hint="look at its structures and at its material",
            )
    shown = np.where(trained, values, 0.0)
    centre = shown.sum(axis=0) / counts
    scale = np.sqrt((np.where(trained, values - centre, 0.0) ** 2).sum(axis=0) / counts)
    for source, spread in zip(recipe.sources, scale, strict=True):
        if spread == 0:
            raise DataError(f"all values of source {source.name!r} are equal: nothing to learn")
    return centre, scale


def _cards(
    recipe: ModelRecipe,
    rows: TrainingRows,
    known: NDArray[np.bool_],
    trained: NDArray[np.bool_],
    standard: tuple[Values, Values],
) -> tuple[SourceCard, ...]:
    given = np.isfinite(rows.values)
    return tuple(
        SourceCard(
            name=source.name,
            unit=source.unit,
            material=source.material,
            n=int(known[:, i].sum()),
            n_training=int(trained[:, i].sum()),
            n_undescribed=int((given[:, i] & ~known[:, i]).sum()),
            centre=float(standard[0][i]),
            scale=float(standard[1][i]),
            values_digest=rows.digests[i],
            validation=_NO_SCORE,
        )
        for i, source in enumerate(recipe.sources)
    )


def scored_on(
    model: SourceModel, matrix: FeatureMatrix, values: Values, held: NDArray[np.bool_]
) -> SourceModel:
    """Return a model with its scores on the card.

    Args:
        model: A model.
        matrix: Described rows.
        values: Of each source, on the scale of learning, shape `(n, s)`.
        held: Which of them were not trained on, shape `(n, s)`.
    """
    predictions, _ = model.outputs(matrix)
    cards = []
    for i, (recipe, card) in enumerate(model.card.pairs()):
        rows = np.flatnonzero(held[:, i])
        predicted = predictions[rows, i].astype(np.float64) * card.scale + card.centre
        found = scores(recipe, values[rows, i], predicted)
        cards.append(card.model_copy(update={"validation": found}))
    return _with_cards(model, cards)


def _left_one_out(model: SourceModel, values: Values, learned: Learned) -> SourceModel:
    """Return the model of one source, scored by the predictions of each row by the others."""
    recipe, card = model.card.pairs()[0]
    left_out = np.asarray(learned.left_out) * card.scale + card.centre
    found = scores(recipe, values, left_out).model_copy(update={"how": "leave-one-out"})
    return _with_cards(model, [card.model_copy(update={"validation": found})])


def _with_cards(model: SourceModel, cards: list[SourceCard]) -> SourceModel:
    whole = model.card.model_copy(update={"sources": tuple(cards)})
    return SourceModel(whole, model.inputs, model.body, model.hashes, model.seen)


def libraries_of(recipe: ModelRecipe) -> dict[str, str]:
    """Return the versions of all libraries that decide the bits of a training."""
    return made_with(_LIBRARIES.get(recipe.kind, ()))


def made_with(libraries: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of Python, of what every model depends on, and of some libraries."""
    always = ("numpy", "rdkit", "synthloop")
    return {"python": platform.python_version()} | {
        name: version(name) for name in sorted({*always, *libraries})
    }
