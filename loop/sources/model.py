"""A trained model: what answers, what it reads, the structures it has seen, and its card."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save as save_tensors

from loop.core.candidate import Material
from loop.core.ports import FeatureMatrix
from loop.core.source_ports import Describer
from loop.core.units import convert
from loop.errors import ModelError, NotFoundError
from loop.sources.body import Body
from loop.sources.card import ModelCard, content_digest
from loop.sources.declared_inputs import DeclaredInputs
from loop.sources.inputs import Floats, Inputs
from loop.sources.recipe import Values
from loop.sources.rows import structure_hash

METADATA: Final = "synthloop"
"""Key in the metadata of the weights, which holds the digest of the card."""


@dataclass(frozen=True)
class SourceModel:
    """A model of the library.

    Attributes:
        card: What is known about it.
        inputs: How it reads descriptors.
        body: What answers.
        hashes: Of the structures it has seen, shape `(n,)`, sorted.
        seen: Source by structure, shape `(s, n)`: which source has which structure, validation
            rows included.
    """

    card: ModelCard
    inputs: Inputs | DeclaredInputs
    body: Body
    hashes: NDArray[np.uint64]
    seen: NDArray[np.bool_]

    def outputs(self, matrix: FeatureMatrix) -> tuple[Floats, Floats]:
        """Return predictions `(n, s)` and features `(n, h)` of described rows, float32.

        Predictions are in standard deviations of each source's training values, from their mean.
        Kinds without hidden layers have no features: h is 0.

        Raises:
            ModelError: the matrix has other columns than that of the training, or a user's own
                model gives no finite number.
            MissingExtraError: a library that the model needs is not installed.
        """
        answer = self.body.ready()
        predictions = np.empty((len(matrix), len(self.card.sources)), dtype=np.float32)
        features = np.empty((len(matrix), self.body.width), dtype=np.float32)
        for rows, x in self.inputs.chunks(matrix):
            predictions[rows], features[rows] = answer(x)
        return predictions, features

    def predict(self, source: str, matrix: FeatureMatrix, unit: str) -> Values:
        """Return the predictions of one source, shape `(n,)`, in `unit`; NaN for failed rows.

        Raises:
            NotFoundError: the model has no such source.
            UnitError: the unit is unknown, or measures something else than the source.
            ModelError: the matrix has other columns than that of the training.
        """
        try:
            place = self.card.place(source)
        except KeyError:
            known = ", ".join(s.name for s in self.card.sources)
            raise NotFoundError(
                f"model {self.card.name!r} has no source {source!r}; it has {known}"
            ) from None
        recipe, card = self.card.pairs()[place]
        convert(0.0, card.unit, unit)
        predictions, _ = self.outputs(matrix)
        scaled = predictions[:, place].astype(np.float64) * card.scale + card.centre
        values = recipe.unscaled(scaled)
        if unit != card.unit:
            values = np.array([convert(float(v), card.unit, unit) for v in values])
        return np.where(matrix.usable(), values, np.nan)

    def known(self, material: Material, keys: Iterable[str]) -> dict[str, list[str]]:
        """Return the keys that occur among the structures of each source, by source."""
        asked = list(dict.fromkeys(keys))
        hashes = np.array([structure_hash((material, k)) for k in asked], dtype=np.uint64)
        if not len(hashes) or not len(self.hashes):
            return {}
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        there = self.hashes[at] == hashes
        found = {}
        for source, seen in zip(self.card.sources, self.seen, strict=True):
            keys_seen = [asked[i] for i in np.flatnonzero(there & seen[at])]
            if keys_seen:
                found[source.name] = keys_seen
        return found

    def require(self, describer: Describer) -> None:
        """Return if the model can be asked here: a describer gives what it was trained on.

        Raises:
            ModelError: it gives other descriptors; the message says what changed, if it can.
            MissingExtraError: a library that the model needs is not installed.
        """
        self.body.ready()
        found = describer.digest(self.card.recipe.blocks)
        if found != self.card.featurizer_digest:
            made = ", ".join(f"{k} {v}" for k, v in sorted(self.card.versions.items()))
            raise ModelError(
                f"source model {self.card.name!r} reads the descriptors of featurizer "
                f"{self.card.featurizer_digest[:12]}; this installation gives {found[:12]}. "
                f"It was made with {made}",
                hint="make it again: synthloop sources build (or add)",
            )

    def sealed(self) -> Self:
        """Return the model with the digest of its weights on the card."""
        return replace(
            self, card=self.card.model_copy(update={"weights": content_sha(self.weights())})
        )

    def weights(self) -> bytes:
        """Return everything but the card as safetensors; equal models give equal bytes."""
        tensors: dict[str, NDArray[Any]] = dict(self.inputs.tensors())
        tensors |= self.body.tensors()
        tensors["structures.hashes"] = self.hashes
        tensors["structures.seen"] = np.packbits(self.seen, axis=1)
        card = self.card.model_dump(mode="json")
        whole = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
        return bytes(save_tensors(whole, {METADATA: content_digest(card)}))

    def card_text(self) -> str:
        """Return the card as JSON for people and programs."""
        content = self.card.model_dump(mode="json")
        return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def content_sha(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()
