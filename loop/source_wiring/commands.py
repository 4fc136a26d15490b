"""What the command line does with the library of pretrained models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loop.core.candidate import Material
from loop.core.ports import Progress, silent
from loop.datasets.structure_keys import structure_key
from loop.errors import ConfigError, DataError, ModelError
from loop.settings import Settings
from loop.source_wiring.describing import BlockDescriber
from loop.source_wiring.recipes import shared_model, single_models
from loop.source_wiring.tables import Refused, SourceTables, column_of, file_digest
from loop.sources.card import ModelCard
from loop.sources.leak import Leak, leaks
from loop.sources.library import SourceLibrary
from loop.sources.presets import model_recipe
from loop.sources.recipe import SourceRecipe
from loop.sources.supply import LibrarySources
from loop.sources.training import train
from loop.space.pool import PoolFiles

_BUILT: Final = (Material.MOLECULE, Material.COMPOSITION)


@dataclass(frozen=True)
class Checked:
    """Verdict on one model.

    Attributes:
        model: Its name.
        problem: What is wrong with it; empty if nothing is.
    """

    model: str
    problem: str


class SourceShelf:
    """The library of a workspace, with everything needed to fill it."""

    def __init__(self, settings: Settings) -> None:
        cache = settings.state_folder / "cache"
        self.library = SourceLibrary(settings.state_folder / "sources")
        self.read = SourceTables(cache)
        self.describer = BlockDescriber(cache / "features")
        self._anew = cache / "sources"

    def sources(self) -> LibrarySources:
        """Return the library as campaigns see it."""
        return LibrarySources(self.library, self.describer, self.read, self._anew)

    def build(
        self,
        materials: Sequence[Material],
        tables: Sequence[str] = (),
        out: Path | None = None,
        *,
        single: bool = False,
        progress: Progress = silent,
    ) -> Iterator[ModelCard]:
        """Train the models of the installed packages' tables; yield their cards as they come.

        Args:
            materials: Molecule, composition, or both.
            tables: Names of public tables that come with them.
            out: Folder of the library; that of the workspace when absent.
            single: Also train a network of its own for each source with 1,000 rows.
            progress: Told how far it is.

        Raises:
            ConfigError: no model is built for a material.
            MissingExtraError: the packages with the tables are not installed.
            NotFoundError: a public table is unknown, or its file is not here.
        """
        library = self.library if out is None else SourceLibrary(out, below=())
        for material in materials:
            if material not in _BUILT:
                raise ConfigError(
                    f"no source model is built for {material.value}; "
                    f"expected {', '.join(m.value for m in _BUILT)}"
                )
        for material in materials:
            shared = shared_model(material, tables, self.read, progress)
            own = single_models(shared, self.read, progress) if single else []
            for recipe in (shared, *own):
                model = train(recipe, self.read, self.describer, progress=progress)
                library.add(model)
                yield model.card

    def add(
        self, file: Path, recipe: SourceRecipe, progress: Progress = silent
    ) -> tuple[ModelCard, list[Refused]]:
        """Train a model of one column of a table; return its card and the rows not taken.

        Args:
            file: CSV or parquet.
            recipe: Of the source; where the data are is filled in here.
            progress: Told how far it is.

        Raises:
            DataError: the table cannot be read or lacks a column, a value is no number, or there
                are fewer than 50 usable rows.
            ConfigError: the material has no descriptors here.
        """
        if not file.is_file():
            raise DataError(f"there is no file {file}")
        path = file.resolve()
        whole = recipe.model_copy(update={"data": str(path), "file_digest": file_digest(path)})
        refused = self.read.refused(whole, progress)
        model = train(
            model_recipe(whole.name, (whole,)), self.read, self.describer, progress=progress
        )
        self.library.add(model)
        return model.card, refused

    def check(self) -> list[Checked]:
        """Return for every model whether it is whole and reads this installation's features."""
        return [Checked(name, self._problem(name)) for name in self.library.names()]

    def _problem(self, name: str) -> str:
        try:
            self.library.get(name).require(self.describer)
        except (ModelError, ConfigError) as error:
            return error.message
        return ""

    def leaks(self, file: Path, structure: str, material: Material) -> list[Leak]:
        """Return which structures of a table the models have seen.

        Raises:
            DataError: the table cannot be read or lacks the column.
        """
        cells = column_of(PoolFiles().read(file), structure)
        keys = [structure_key(material, "" if cell is None else str(cell)) for cell in cells]
        return leaks(self.library, material, [key for key in keys if key is not None])
