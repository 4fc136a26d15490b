"""Finished members of a model whose training was interrupted."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from loop.core.canonical import Json, canonical_json, digest
from loop.errors import ModelError
from loop.sources.network import Network


@dataclass(frozen=True)
class Bench:
    """Where the members of one model wait for the others.

    Attributes:
        folder: Of this very training; None keeps nothing.
    """

    folder: Path | None = None

    def of(self, training: Json) -> "Bench":
        """Return the bench of one training.

        Args:
            training: Everything that decides the bits of its members.
        """
        if self.folder is None:
            return self
        return Bench(self.folder / digest(canonical_json(training))[:32])

    def member(self, place: int, layers: int, make: Callable[[], Network]) -> Network:
        """Return the member that was finished earlier, or make it and keep it.

        Args:
            place: Its number.
            layers: How many it has.
            make: Trains it.

        Raises:
            ModelError: what was kept cannot be read.
        """
        if self.folder is None:
            return make()
        path = self.folder / f"member{place}.safetensors"
        if path.exists():
            try:
                return Network.of(load_tensors(path.read_bytes()), 0, layers)
            except (SafetensorError, KeyError) as error:
                raise ModelError(
                    f"{path}, a member of an interrupted training, cannot be read: {error}",
                    hint=f"delete {self.folder} and build again",
                ) from error
        made = make()
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.part")
        with draft.open("wb") as file:
            file.write(save_tensors(made.tensors(0)))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return made

    def clear(self) -> None:
        """Forget the members: the model is on the shelf."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
