"""The shelf: a folder of models, and below it the one that ships with the package."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from loop.core.candidate import Material
from loop.core.canonical import digest
from loop.errors import DataError, ModelError, NotFoundError
from loop.sources.card import ModelCard
from loop.sources.model import SourceModel
from loop.sources.reading import read_card, read_model
from loop.sources.recipe import NAME
from loop.sources.safe_folder import (
    aside,
    asides,
    leftovers,
    remove_folder,
    replace_folder,
)

CARD: Final = "card.json"
WEIGHTS: Final = "model.safetensors"
SHIPPED: Final = Path(__file__).parent / "shipped"


class SourceLibrary:
    """Models by name. One in the own folder stands before one of the same name below it."""

    def __init__(self, folder: Path, below: Sequence[Path] = (SHIPPED,)) -> None:
        """Open a library; nothing is read yet.

        Args:
            folder: Where models are added; it need not exist.
            below: Further folders, only read.
        """
        self.folder = folder
        self._below = tuple(below)
        self._loaded: dict[tuple[str, str], SourceModel] = {}

    def names(self) -> list[str]:
        """Return the names of all models, sorted."""
        found = {
            path.parent.name
            for folder in (self.folder, *self._below)
            for path in folder.glob(f"*/{CARD}")
            if re.fullmatch(NAME, path.parent.name)
        }
        return sorted(found | set(asides(self.folder)))

    def card(self, name: str) -> ModelCard:
        """Return the card of a model, unchecked against its weights.

        Raises:
            NotFoundError: there is no such model.
            ModelError: the card cannot be used.
        """
        place = self._place(name) / CARD
        return read_card(place.read_text(encoding="utf-8"), str(place))

    def get(self, name: str) -> SourceModel:
        """Return a model.

        Raises:
            NotFoundError: there is no such model.
            ModelError: it is damaged, or its card was altered.
        """
        place = self._place(name)
        text = (place / CARD).read_text(encoding="utf-8")
        if (name, text) not in self._loaded:
            self._loaded[name, text] = read_model(text, self._weights(place), str(place))
        return self._loaded[name, text]

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files of a model as they are stored, by file name.

        Raises:
            NotFoundError: there is no such model.
            ModelError: it is damaged, or its card was altered.
        """
        place = self._place(name)
        card, weights = (place / CARD).read_bytes(), self._weights(place)
        read_model(card.decode(), weights, str(place))
        return {CARD: card, WEIGHTS: weights}

    @staticmethod
    def _weights(place: Path) -> bytes:
        try:
            return (place / WEIGHTS).read_bytes()
        except OSError as cause:
            raise ModelError(f"{place / WEIGHTS} cannot be read: {cause.strerror}") from cause

    def serving(self, material: Material) -> list[str]:
        """Return the names of the models that can describe candidates of a material, sorted."""
        return [name for name in self.names() if material in self.card(name).recipe.serves]

    def add(self, model: SourceModel) -> Path:
        """Keep a model under its name, in place of one of the same name; return its folder."""
        return self.keep_as(model.card.name, model)

    def keep_as(self, name: str, model: SourceModel) -> Path:
        """Keep a model under another name; return its folder.

        Raises:
            DataError: the name cannot be one.
        """
        return self.put(name, {CARD: model.card_text().encode(), WEIGHTS: model.weights()})

    def put(self, name: str, files: Mapping[str, bytes]) -> Path:
        """Keep the files of a model, which must have been read before; return its folder.

        Raises:
            DataError: the name cannot be one.
        """
        if not re.fullmatch(NAME, name):
            raise DataError(f"{name!r} cannot be the name of a source model; expected {NAME}")
        return replace_folder(self.folder, name, {file: files[file] for file in (WEIGHTS, CARD)})

    def leftovers(self) -> list[Path]:
        """Return what interrupted writes left behind and nothing needs, sorted."""
        return leftovers(self.folder)

    def remove(self, name: str) -> None:
        """Take a model from the own folder.

        Raises:
            NotFoundError: there is no such model, or it ships with the package.
        """
        place = self._place(name)
        if place.parent != self.folder:
            raise NotFoundError(
                f"source model {name!r} ships with the package and cannot be removed",
                hint="a campaign leaves sources out with exclude_sources under [surrogate]",
            )
        remove_folder(self.folder, name)

    def digest(self, names: Sequence[str]) -> str:
        """Return a digest of some models, from their cards."""
        return digest("\n".join(self.card(name).weights for name in names))

    def _place(self, name: str) -> Path:
        if re.fullmatch(NAME, name):
            for folder in (self.folder, *self._below):
                if (folder / name / CARD).is_file():
                    return folder / name
                if name in asides(folder):
                    return aside(folder, name)
        known = ", ".join(self.names()) or "none"
        raise NotFoundError(
            f"the library has no source model {name!r}; it has {known}",
            hint="synthloop sources build makes those of the installed tables",
        )
