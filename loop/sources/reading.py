"""Models and cards out of files, which are believed only as far as they agree with each other."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from loop.errors import ModelError
from loop.sources.card import ModelCard, content_digest
from loop.sources.inputs import Inputs
from loop.sources.model import METADATA, SourceModel, content_sha
from loop.sources.network import Network


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
    architecture = card.recipe.architecture
    layers = len(architecture.hidden) + 1
    hashes = tensors["structures.hashes"]
    packed = tensors["structures.seen"]
    model = SourceModel(
        card=card,
        inputs=Inputs.of(tensors),
        members=tuple(Network.of(tensors, i, layers) for i in range(architecture.members)),
        hashes=hashes,
        seen=np.unpackbits(packed, axis=1, count=len(hashes)).astype(np.bool_),
    )
    _check_shapes(model)
    return model


def _check_shapes(model: SourceModel) -> None:
    """Refuse weights that are whole but not those of the card's network: files are imported."""
    sources = len(model.card.sources)
    widths = [model.inputs.width, *model.card.recipe.architecture.hidden, sources]
    expected = [*pairwise(widths)]
    for member in model.members:
        found = [weight.shape for weight in member.weights]
        biases = [len(bias) for bias in member.biases]
        if found != expected or biases != widths[1:]:
            raise ValueError(f"layers of shapes {found}; the card says {expected}")
    if (
        model.seen.shape != (sources, len(model.hashes))
        or (model.hashes[1:] <= model.hashes[:-1]).any()
    ):
        raise ValueError("the structures of the training are no sorted list")
