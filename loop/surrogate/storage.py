"""Stored models: tensors as safetensors, everything else as JSON beside them; never a pickle."""

import json
from typing import Any, TypeVar

from pydantic import BaseModel
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from loop.core.ports import FeatureMatrix
from loop.core.proposal import ModelReport
from loop.errors import ModelError

Report = TypeVar("Report", bound=BaseModel)


def pack(kind: str, digest: str, arrays: dict[str, Any], report: BaseModel) -> bytes:
    """Return a model's arrays with its kind, the digest of its features and its report."""
    metadata = {"format": _format(kind), "features": digest, "report": report.model_dump_json()}
    # One key: safetensors writes several in a random order, and equal models must have equal
    # bytes.
    return bytes(save_arrays(arrays, {"synthloop": json.dumps(metadata, sort_keys=True)}))


def unpack(
    kind: str, content: bytes, features: FeatureMatrix, names: frozenset[str]
) -> tuple[dict[str, Any], ModelReport]:
    """Return the arrays and the report of a stored surrogate; see `unpack_as`.

    Raises:
        ModelError: the bytes are no such model, are damaged, or belong to other features.
    """
    return unpack_as(ModelReport, kind, content, features, names)


def unpack_as(
    report_class: type[Report],
    kind: str,
    content: bytes,
    features: FeatureMatrix,
    names: frozenset[str],
) -> tuple[dict[str, Any], Report]:
    """Return the arrays and the report of a stored model.

    Args:
        report_class: What its report is read as.
        kind: The plug-in that must have written it.
        content: What `pack` returned.
        features: The features it is to be used with.
        names: Arrays that must be there.

    Raises:
        ModelError: the bytes are no such model, are damaged, or belong to other features.
    """
    metadata = _metadata(content)
    if metadata.get("format") != _format(kind):
        raise ModelError(f"model format {metadata.get('format')!r}; expected {_format(kind)!r}")
    if metadata.get("features") != features.digest:
        raise ModelError(
            f"the stored model belongs to other features ({str(metadata.get('features'))[:12]}, "
            f"these are {features.digest[:12]})",
            hint="fit the model again",
        )
    try:
        arrays = load_arrays(content)
        report = report_class.model_validate_json(metadata["report"])
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError("the stored model is damaged", hint="fit the model again") from error
    if missing := names - arrays.keys():
        raise ModelError(
            f"the stored model lacks {', '.join(sorted(missing))}", hint="fit the model again"
        )
    return arrays, report


def _format(kind: str) -> str:
    return f"synthloop/{kind}/1" if kind != "gp" else "synthloop/gp/2"


def _metadata(content: bytes) -> dict[str, Any]:
    try:
        size = int.from_bytes(content[:8], "little")
        found = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["synthloop"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("the bytes are no stored model", hint="fit the model again") from error
    if not isinstance(found, dict):
        raise ModelError("the bytes are no stored model", hint="fit the model again")
    return found
