"""A user's own model and its declaration to a source like any other."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from loop.core.candidate import Material
from loop.core.ports import FeatureMatrix
from loop.core.source_ports import Describer
from loop.errors import ConfigError, DataError, ModelError
from loop.sources.body import Tensors
from loop.sources.card import ModelCard, Scores, SourceCard
from loop.sources.declaration import Declaration
from loop.sources.declared_inputs import DeclaredInputs
from loop.sources.learners import Given
from loop.sources.model import SourceModel
from loop.sources.own_model import OwnModel
from loop.sources.presets import model_recipe
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import TrainingRows
from loop.sources.training import made_with, scored_on

_PROBES: Final = {
    Material.MOLECULE: "CCO",
    Material.POLYMER: "*CCO*",
    Material.COMPOSITION: "NaCl",
}


@dataclass(frozen=True)
class Adopted:
    """What stands beside a declaration.

    Attributes:
        content: Of the model's file.
        onnx: Whether it is ONNX; else plain weights.
        source: The source, with its training table if there is one.
        rows: Of the training table.
        held: Rows that the model has not seen.
    """

    content: bytes
    onnx: bool
    source: SourceRecipe
    rows: TrainingRows | None
    held: TrainingRows | None


def adopt(declared: Declaration, found: Adopted, describer: Describer) -> SourceModel:
    """Return a user's own model as a source; it is asked once, so that what is wrong shows now.

    Raises:
        ConfigError: the declaration contradicts the blocks or itself.
        ModelError: the model reads or gives other shapes than declared.
        MissingExtraError: ONNX Runtime is not installed.
    """
    if found.onnx == bool(declared.layers):
        raise ConfigError(
            f"the card of {declared.name!r} names {len(declared.layers)} layers; "
            "expected them for a .safetensors file, and none for an .onnx file"
        )
    probe = _probe(declared, describer)
    given = Given(
        kind="onnx" if found.onnx else "layers",
        digest=hashlib.sha256(found.content).hexdigest(),
        output=declared.output,
        column=declared.column,
        layers=declared.layers,
    )
    recipe = model_recipe(
        declared.name, (found.source,), learner=given, blocks=declared.blocks
    ).model_copy(update={"validation_share": 0.0})
    inputs = _inputs(declared, sum(len(block.columns) for block in probe.blocks))
    standard = (declared.centre, declared.scale)
    try:
        body = OwnModel.of(_arrays(found), given, inputs.width, standard)
    except ValueError as error:
        raise ModelError(f"the weights of {declared.name!r} cannot be used: {error}") from error
    card = ModelCard(
        recipe=recipe,
        sources=(_card(declared, found.rows),),
        featurizer_digest=describer.digest(recipe.blocks),
        versions=made_with(("onnxruntime",) if found.onnx else ()),
    )
    hashes = np.zeros(0, dtype=np.uint64) if found.rows is None else found.rows.hashes
    model = SourceModel(card, inputs, body, hashes, np.ones((1, len(hashes)), dtype=np.bool_))
    model.outputs(probe)
    return _scored(model, found, describer).sealed()


def _scored(model: SourceModel, found: Adopted, describer: Describer) -> SourceModel:
    if found.held is None:
        return model
    seen = set(model.hashes.tolist())
    both = sum(h in seen for h in found.held.hashes.tolist())
    if both:
        raise DataError(
            f"{both} of the {len(found.held.hashes)} structures of held_out of "
            f"{model.card.name!r} are in trained_on too; expected none"
        )
    recipe = model.card.recipe
    matrix = describer.describe(recipe.sources[0].material, found.held.texts, recipe.blocks)
    held = np.isfinite(found.held.values) & matrix.usable()[:, None]
    return scored_on(model, matrix, found.held.values, held)


def _probe(declared: Declaration, describer: Describer) -> FeatureMatrix:
    """Return the descriptors of one simple structure."""
    structure = _PROBES.get(declared.material)
    if structure is None:
        known = ", ".join(material.value for material in _PROBES)
        raise ConfigError(f"material is {declared.material.value!r}; expected one of: {known}")
    return describer.describe(declared.material, [structure], declared.blocks)


def _inputs(declared: Declaration, width: int) -> DeclaredInputs:
    if declared.inputs == "inside":
        return DeclaredInputs(np.zeros(width), np.ones(width))
    centre, scale = np.array(declared.inputs.centre), np.array(declared.inputs.scale)
    if (len(centre), len(scale)) != (width, width):
        raise ConfigError(
            f"inputs of {declared.name!r} has {len(centre)} centres and {len(scale)} scales; "
            f"the declared blocks give {width} columns"
        )
    return DeclaredInputs(centre, scale)


def _arrays(found: Adopted) -> Tensors:
    if found.onnx:
        program: dict[str, NDArray[Any]] = {
            "own.program.onnx": np.frombuffer(found.content, dtype=np.uint8)
        }
        return program
    try:
        return {f"own.{name}": value for name, value in load_tensors(found.content).items()}
    except (SafetensorError, TypeError, KeyError) as error:
        raise ModelError(f"the weights are no safetensors: {error}") from error


def _card(declared: Declaration, rows: TrainingRows | None) -> SourceCard:
    n = 0 if rows is None else len(rows.hashes)
    return SourceCard(
        name=declared.name,
        unit=declared.unit,
        material=declared.material,
        n=n,
        n_training=n,
        n_undescribed=0,
        centre=declared.centre,
        scale=declared.scale,
        values_digest="" if rows is None else rows.digests[0],
        validation=Scores(n=0, r2=None, rmse=None, spearman=None),
    )
