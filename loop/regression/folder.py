"""A model as a folder: arrays as safetensors, everything else as JSON; never a pickle.

What is read is believed only as far as the checksums of the card go.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from loop.core.candidate import CandidatePool
from loop.core.canonical import canonical_json, digest
from loop.core.dataset import TrainingData
from loop.core.pool_file import load_pool
from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.errors import ConfigError, ModelError, NotFoundError, SynthloopError
from loop.regression.card import ModelCard, card_of
from loop.regression.card_page import page, text
from loop.regression.describing import Basis
from loop.regression.hidden import Findings
from loop.regression.measured import Measured
from loop.regression.model import RegressionModel

CARD: Final = "card.json"
_SURROGATE: Final = "surrogate.safetensors"
_FEATURES: Final = "features.safetensors"
_TRAINING: Final = "training.json"
_AGAIN: Final = "fit the model again, or take a whole copy of its folder"


def refuse_folder(folder: Path) -> None:
    """Return if a model can be written there: nothing is there yet, or another model.

    Raises:
        ConfigError: something else is there, or there is no folder above it.
    """
    if not folder.parent.is_dir():
        raise ConfigError(f"--out is {folder}; there is no folder {folder.parent}")
    if folder.exists() and not (folder / CARD).is_file():
        raise ConfigError(
            f"--out is {folder}, which exists and is no model", hint="name a new folder"
        )


def write_model(model: RegressionModel, folder: Path) -> ModelCard:
    """Write a model, whole or not at all, in place of one of that name; return its card.

    Raises:
        ConfigError: the folder cannot be used.
    """
    refuse_folder(folder)
    files = {
        _SURROGATE: model.content,
        _FEATURES: _features(model.features),
        _TRAINING: _training(model).encode(),
    }
    card = card_of(model, files)
    files |= {
        CARD: (card.model_dump_json(indent=1) + "\n").encode(),
        "card.md": text(card).encode(),
        "card.html": page(card).encode(),
    }
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
        if folder.exists():
            shutil.rmtree(folder)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return card


def read_model(folder: Path) -> tuple[RegressionModel, ModelCard]:
    """Return the model of a folder, with its card.

    Raises:
        NotFoundError: there is no model.
        ModelError: it is damaged or was altered.
    """
    if not (folder / CARD).is_file():
        raise NotFoundError(
            f"{folder} is no model: it has no {CARD}", hint="synthloop fit makes one"
        )
    card = _card(folder)
    files = {name: _content(folder, name, expected) for name, expected in card.files.items()}
    if set(files) != {_SURROGATE, _FEATURES, _TRAINING}:
        raise ModelError(f"{folder}: its card lists {', '.join(files) or 'no files'}", hint=_AGAIN)
    try:
        found, notices = _measured(files[_TRAINING], card)
        features = _matrix(files[_FEATURES], card, notices)
    except (SafetensorError, SynthloopError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{folder} cannot be read: {error}", hint=_AGAIN) from error
    model = RegressionModel(
        request=card.request,
        measured=found,
        features=features,
        basis=Basis(card.featurizer_digest, card.sources_digest),
        content=files[_SURROGATE],
        report=card.report,
        calibration=card.calibration,
        findings=Findings((), (), card.seen),
    )
    return model, card


def _card(folder: Path) -> ModelCard:
    try:
        card = ModelCard.model_validate_json((folder / CARD).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(step) for step in first["loc"]) or "the whole"
        raise ModelError(
            f"{folder / CARD} is no card of a model: {at}: {first['msg']}", hint=_AGAIN
        ) from error
    if card.digest != card.content_digest():
        raise ModelError(f"{folder / CARD} was altered after the fit", hint=_AGAIN)
    return card


def _content(folder: Path, name: str, expected: str) -> bytes:
    place = folder / name
    if place.parent != folder:
        raise ModelError(f"{folder / CARD} names {name!r}, which is not in the folder", hint=_AGAIN)
    try:
        content = place.read_bytes()
    except OSError as cause:
        raise ModelError(f"{place} cannot be read: {cause.strerror}", hint=_AGAIN) from cause
    if digest(content) != expected:
        raise ModelError(
            f"{place} is damaged or was altered: its SHA-256 is {digest(content)[:12]}…, the card "
            f"says {expected[:12]}…",
            hint=_AGAIN,
        )
    return content


def _features(matrix: FeatureMatrix) -> bytes:
    named = [{"name": b.name, "kind": b.kind, "columns": list(b.columns)} for b in matrix.blocks]
    arrays = {f"block{i}": np.ascontiguousarray(b.values) for i, b in enumerate(matrix.blocks)}
    told = {"synthloop": canonical_json({"blocks": named})}
    return bytes(save_arrays(arrays, told))


def _matrix(content: bytes, card: ModelCard, notices: tuple[str, ...]) -> FeatureMatrix:
    size = int.from_bytes(content[:8], "little")
    told = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["synthloop"])
    arrays = load_arrays(content)
    blocks = tuple(
        FeatureBlock(b["name"], b["kind"], tuple(b["columns"]), arrays[f"block{i}"])
        for i, b in enumerate(told["blocks"])
    )
    return FeatureMatrix(blocks, card.features_digest, notices=notices)


def _training(model: RegressionModel) -> str:
    found = model.measured
    noise = found.data.noise_variance
    return canonical_json(
        {
            "pool": found.pool.dump().decode(),
            "keys": found.keys,
            "y": found.data.y.tolist(),
            "noise": None if noise is None else noise.tolist(),
            "replicates": found.data.replicates.tolist(),
            "notices": model.features.notices,
        }
    )


def _measured(content: bytes, card: ModelCard) -> tuple[Measured, tuple[str, ...]]:
    told: dict[str, Any] = json.loads(content)
    pool: CandidatePool = load_pool(told["pool"].encode())
    noise = None if told["noise"] is None else np.array(told["noise"], dtype=np.float64)
    data = TrainingData(
        pool.ids,
        np.array(told["y"], dtype=np.float64),
        noise,
        np.array(told["replicates"], dtype=np.int64),
        0,
    )
    found = Measured(pool, tuple(told["keys"]), data, card.skipped, card.n_rows)
    return found, tuple(told["notices"])
