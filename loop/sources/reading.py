"""Models and cards out of files, which are believed only as far as they agree with each other."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from loop.errors import ModelError
from loop.sources.body import Body, Tensors
from loop.sources.boosting import Boosting
from loop.sources.card import ModelCard, content_digest
from loop.sources.declared_inputs import DeclaredInputs
from loop.sources.ensemble import Ensemble
from loop.sources.inputs import Inputs
from loop.sources.kernel_mean import KernelMean
from loop.sources.learners import BoostedTrees, Given, KernelModel, Shotgun
from loop.sources.model import METADATA, SourceModel, content_sha
from loop.sources.own_model import OwnModel


def read_card(text: str, place: str) -> ModelCard:
    """Return a card.

    Args:
        text: Of the JSON file.
        place: Where it is, for messages.

    Raises:
        ModelError: it is no card, or contradicts itself.
    """
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(step) for step in first["loc"]) or "card"
        raise ModelError(
            f"{place} is no usable card of a source model: {at}: {first['msg']}",
            hint="import or build the model again",
        ) from error


def read_model(text: str, weights: bytes, place: str) -> SourceModel:
    """Return the model of a card and its weights.

    Args:
        text: Of the card.
        weights: Content of the other file.
        place: Where they are, for messages.

    Raises:
        ModelError: the card is none, the weights are not those of the card, or the card was
            altered since.
    """
    card = read_card(text, place)
    again = "import or build the model again"
    found = content_sha(weights)
    if found != card.weights:
        raise ModelError(
            f"{place}: the weights are damaged or belong to another card: their SHA-256 is "
            f"{found[:12]}…, the card says {card.weights[:12]}…",
            hint=again,
        )
    try:
        size = int.from_bytes(weights[:8], "little")
        bound = json.loads(weights[8 : 8 + size])["__metadata__"][METADATA]
        tensors = load_tensors(weights)
        model = _assembled(card, tensors)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{place}: the weights cannot be read: {error}", hint=again) from error
    if bound != content_digest(json.loads(text)):
        raise ModelError(f"{place}: the card was altered after the training", hint=again)
    return model


def _assembled(card: ModelCard, tensors: Mapping[str, NDArray[Any]]) -> SourceModel:
    own = isinstance(card.recipe.learner, Given)
    inputs = DeclaredInputs.of(tensors) if own else Inputs.of(tensors)
    hashes = tensors["structures.hashes"]
    seen = np.unpackbits(tensors["structures.seen"], axis=1, count=len(hashes)).astype(np.bool_)
    if seen.shape != (len(card.sources), len(hashes)) or (hashes[1:] <= hashes[:-1]).any():
        raise ValueError("the structures of the training are no sorted list")
    return SourceModel(card, inputs, _body(card, inputs, tensors), hashes, seen)


def _body(card: ModelCard, inputs: Inputs | DeclaredInputs, tensors: Tensors) -> Body:
    """Return what answers; files are imported, so everything is held against the card."""
    recipe = card.recipe
    match recipe.learner:
        case None:
            same = (recipe.architecture,) * recipe.architecture.members
            return Ensemble.of(tensors, same, (inputs.width, inputs.reals, len(card.sources)))
        case Shotgun() as population:
            return Ensemble.of(tensors, population.designs, (inputs.width, inputs.reals, 1))
        case BoostedTrees():
            return Boosting.of(tensors, inputs.width)
        case KernelModel():
            return KernelMean.of(tensors, inputs.width)
        case Given() as given:
            centre, scale = card.sources[0].centre, card.sources[0].scale
            return OwnModel.of(tensors, given, inputs.width, (centre, scale))
