"""From a recipe to a model."""

import platform
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.core.source_ports import Describer
from loop.errors import DataError
from loop.sources.card import ModelCard, Scores, SourceCard
from loop.sources.fitting import fit_network
from loop.sources.inputs import Inputs
from loop.sources.model import SourceModel
from loop.sources.recipe import ModelRecipe, Values
from loop.sources.rows import (
    FEWEST,
    NOTHING,
    SourceReader,
    TrainingRows,
    Withheld,
    training_rows,
)
from loop.sources.scores import scores

_LIBRARIES: Final = ("numpy", "rdkit", "torch", "synthloop")


def train(
    recipe: ModelRecipe,
    read: SourceReader,
    describer: Describer,
    withheld: Withheld = NOTHING,
    progress: Progress = silent,
) -> SourceModel:
    """Return the model of a recipe; equal recipes, data and libraries give equal bytes.

    Args:
        recipe: What to learn, and how.
        read: Gives the rows of a source.
        describer: Gives descriptors.
        withheld: Sources and structures that must not be learned.
        progress: Told how far it is; training itself is "training …".

    Raises:
        DataError: a source has fewer than 50 usable rows, or all sources are withheld.
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
    x = inputs.apply(matrix, at)
    count = kept.architecture.members
    members = tuple(
        fit_network(
            x,
            goals[at],
            trained[at],
            kept.architecture,
            kept.seed + i,
            _advancing(progress, kept.name, i, count),
        )
        for i in range(count)
    )
    card = ModelCard(
        recipe=kept,
        sources=_cards(kept, rows, known, trained, (centre, scale)),
        featurizer_digest=describer.digest(kept.blocks),
        withheld_digest="" if withheld == NOTHING else withheld.digest(),
        versions=_versions(),
    )
    model = SourceModel(card, inputs, members, rows.hashes, (known.T & usable[None]))
    return _scored(model, matrix, rows.values, known & validation[:, None]).sealed()


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
        if count < FEWEST // 2:
            raise DataError(
                f"source {source.name!r} has {count} structures that can be described; "
                f"a source needs {FEWEST}",
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
            validation=Scores(n=0, r2=None, rmse=None, spearman=None),
        )
        for i, source in enumerate(recipe.sources)
    )


def _scored(
    model: SourceModel, matrix: FeatureMatrix, values: Values, held: NDArray[np.bool_]
) -> SourceModel:
    predictions, _ = model.outputs(matrix)
    cards = []
    for i, (recipe, card) in enumerate(model.card.pairs()):
        rows = np.flatnonzero(held[:, i])
        predicted = predictions[rows, i].astype(np.float64) * card.scale + card.centre
        found = scores(recipe, values[rows, i], predicted)
        cards.append(card.model_copy(update={"validation": found}))
    scored = model.card.model_copy(update={"sources": tuple(cards)})
    return SourceModel(scored, model.inputs, model.members, model.hashes, model.seen)


def _advancing(progress: Progress, name: str, member: int, members: int) -> Callable[[float], None]:
    return lambda share: progress(f"training {name}", (member + share) / members)


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}
