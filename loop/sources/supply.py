"""What a library knows about a pool: one prediction per source, and shared features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from loop.core.candidate import CandidatePool, Material
from loop.core.canonical import canonical_json, digest
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.core.source_ports import (
    FEATURES,
    PREDICTIONS,
    Describer,
    SourceRequest,
    SourceSupply,
)
from loop.errors import MissingExtraError, ModelError, NotFoundError
from loop.sources.inputs import Floats
from loop.sources.leak import cleared, same_campaigns, same_property
from loop.sources.library import SourceLibrary
from loop.sources.model import SourceModel
from loop.sources.presets import serves
from loop.sources.recipe import ModelRecipe
from loop.sources.rows import SourceReader, Withheld
from loop.sources.training import train

UNFINISHED: Final = "unfinished"
"""Folder of the finished networks of an interrupted training."""
_VERSION = 1
EMPTY = (
    "the source library is empty, not even the shipped models are there: the surrogate learns "
    "without transfer (reinstall the package, or: synthloop sources build)"
)


def source_blocks(
    models: Sequence[SourceModel], material: Material, matrices: Sequence[FeatureMatrix]
) -> list[FeatureBlock]:
    """Return the blocks of kind "source-predictions" and "source-features".

    A source that several models have learned is predicted by their mean. Features are those of
    the models that several sources share, and of populations that were built to give them;
    without such a model there is no block of them.

    Args:
        models: Of the library.
        material: Of the candidates; sources that do not serve it are left out.
        matrices: The candidates as each model reads them, same length as `models`.

    Returns:
        Both float32; predictions in standard deviations of each source's training values.

    Raises:
        ModelError: a matrix has other columns than that of the training.
    """
    predicted: dict[str, list[Floats]] = {}
    columns: list[str] = []
    features: list[Floats] = []
    for model, matrix in zip(models, matrices, strict=True):
        outputs, hidden = model.outputs(matrix)
        for i, source in enumerate(model.card.sources):
            if serves(source.material, material):
                predicted.setdefault(source.name, []).append(outputs[:, i])
        if model.card.recipe.gives_features:
            columns += [f"{model.card.name} {i}" for i in range(hidden.shape[1])]
            features.append(hidden)
    blocks = []
    if predicted:
        means = [np.mean(found, axis=0, dtype=np.float32) for found in predicted.values()]
        values = np.stack(means, axis=1)
        blocks.append(FeatureBlock("source predictions", PREDICTIONS, tuple(predicted), values))
    if features:
        joined = np.concatenate(features, axis=1)
        blocks.append(FeatureBlock("source features", FEATURES, tuple(columns), joined))
    return blocks


def _as_it_is(material: Material, structure: str) -> str:
    del material
    return structure


@dataclass(frozen=True)
class LibrarySources:
    """The library as campaigns see it: the port `loop.core.source_ports.Sources`.

    Attributes:
        library: The models.
        describer: Gives descriptors.
        read: Gives the rows of a source, to train a model anew.
        cache: Folder for the models that were trained anew, and for their finished parts.
        key: Structure to what leak checks compare; the structure itself if not given.
    """

    library: SourceLibrary
    describer: Describer
    read: SourceReader
    cache: Path
    key: Callable[[Material, str], str | None] = _as_it_is

    def digest(self, request: SourceRequest) -> str:
        """Return a digest of the models and of what is withheld from them."""
        names = self.library.serving(request.pool.material)
        withheld, _ = self._withheld(names, request)
        readers = [self.describer.digest(self.library.card(name).recipe.blocks) for name in names]
        return digest(
            canonical_json([_VERSION, self.library.digest(names), withheld.digest(), readers])
        )

    def supply(self, request: SourceRequest, progress: Progress = silent) -> SourceSupply:
        """Return the blocks of a pool, with a notice for everything that was left out.

        Raises:
            ModelError: a model of the library is damaged.
        """
        material = request.pool.material
        names = self.library.serving(material)
        withheld, notices = self._withheld(names, request)
        if not self.library.names():
            return SourceSupply((), {}, (*notices, EMPTY))
        if not names:
            about = f"the source library holds nothing for the material {material.value}"
            return SourceSupply((), {}, tuple(notices), (about,))
        models = []
        for name in names:
            model, notice = self._usable(self.library.get(name), withheld, progress)
            notices += [notice] if notice else []
            models += [model] if model is not None else []
        notices += self._measured_before(models, request)
        if not models:
            notices.append(
                f"no source model is left for the material {material.value}: the surrogate learns "
                "without transfer (synthloop sources list)"
            )
            return SourceSupply((), {}, tuple(notices))
        matrices = self._described(models, request.pool, progress)
        failures = {row: f"sources: {why}" for m in matrices for row, why in m.failures.items()}
        blocks = source_blocks(models, material, matrices)
        return SourceSupply(tuple(blocks), dict(sorted(failures.items())), tuple(notices))

    def _withheld(self, names: Sequence[str], request: SourceRequest) -> tuple[Withheld, list[str]]:
        cards = [self.library.card(name) for name in names]
        known = {source.name for card in cards for source in card.sources}
        notices = [
            f"exclude_sources names {name!r}, which is no source for this material"
            for name in request.exclude
            if name not in known
        ]
        same = {n for card in cards for n in same_property(card, request.target, request.unit)}
        own = {
            recipe.name
            for card in cards
            for recipe in card.recipe.sources
            if request.campaign and recipe.campaign == request.campaign
        }
        for names_, why in (
            (same, "is taken for the target itself and is not used"),
            (own, "holds this campaign's own measurements and is not used"),
        ):
            notices += [f"source {name!r} {why}" for name in sorted(names_ - set(request.exclude))]
        kept_back = frozenset((request.pool.material, key) for key in request.withhold)
        left_out = frozenset(same | own | (known & set(request.exclude)))
        return Withheld(left_out, kept_back), notices

    def _measured_before(self, models: Sequence[SourceModel], request: SourceRequest) -> list[str]:
        """Return a notice for each earlier campaign of this property: its values are known."""
        found = [
            (model, recipe)
            for model in models
            for recipe in same_campaigns(model.card, request.target, request.unit)
        ]
        if not found:
            return []
        material, texts = request.pool.material, request.pool.structures
        keys = {self.key(material, text) for text in texts}
        usable = [key for key in keys if key is not None]
        notices = []
        for model, recipe in found:
            n = model.card.sources[model.card.place(recipe.name)].n
            seen = len(model.known(material, usable).get(recipe.name, ()))
            notices.append(
                f"source {recipe.name!r} is the same property, measured on {n} candidates by the "
                f"campaign {recipe.campaign!r}; {seen} of them are candidates here, and the model "
                f"knows their values (exclude_sources leaves it out)"
            )
        return notices

    def _usable(
        self, model: SourceModel, withheld: Withheld, progress: Progress
    ) -> tuple[SourceModel | None, str]:
        try:
            model.require(self.describer)
        except (ModelError, MissingExtraError) as error:
            name = model.card.name
            said = error.message if name in error.message else f"{name!r}: {error.message}"
            return None, f"{said}; it is left out ({error.hint})"

        def retrain(recipe: ModelRecipe, without: Withheld) -> SourceModel:
            return self._trained_anew(model, recipe, without, progress)

        return cleared(model, withheld, retrain)

    def _trained_anew(
        self, model: SourceModel, recipe: ModelRecipe, withheld: Withheld, progress: Progress
    ) -> SourceModel:
        told = digest(f"{model.card.weights}\n{withheld.digest()}")
        name = f"{recipe.name[:60]}-{told[:16]}"
        kept = SourceLibrary(self.cache, below=())
        try:
            return kept.get(name)
        except NotFoundError:
            anew = train(
                recipe, self.read, self.describer, withheld, progress, self.cache / UNFINISHED
            )
            kept.keep_as(name, anew)
            return anew

    def _described(
        self, models: Sequence[SourceModel], pool: CandidatePool, progress: Progress
    ) -> list[FeatureMatrix]:
        found: dict[str, FeatureMatrix] = {}
        wanted: list[str] = []
        for model in models:
            told = self.describer.digest(model.card.recipe.blocks)
            wanted.append(told)
            if told not in found:
                found[told] = self.describer.describe(
                    pool.material, pool.structures, model.card.recipe.blocks, progress
                )
        return [found[told] for told in wanted]
