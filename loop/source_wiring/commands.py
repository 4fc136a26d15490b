"""What the command line does with the library of pretrained models."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loop.core.candidate import Material
from loop.core.ports import Progress, silent
from loop.datasets.structure_keys import structure_key
from loop.errors import ConfigError, DataError, MissingExtraError, ModelError
from loop.settings import Settings
from loop.source_wiring.building import Wanted, build_models, finished
from loop.source_wiring.campaign_source import MeasuredCampaign, campaign_recipe
from loop.source_wiring.describing import BlockDescriber
from loop.source_wiring.own import own_model
from loop.source_wiring.tables import Refused, SourceTables, column_of, file_digest
from loop.sources.card import ModelCard
from loop.sources.leak import Leak, leaks
from loop.sources.library import SourceLibrary
from loop.sources.presets import learner_of, model_recipe
from loop.sources.recipe import SourceRecipe
from loop.sources.supply import UNFINISHED, LibrarySources
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
        self._tables = settings.state_folder / "source-tables"

    def sources(self) -> LibrarySources:
        """Return the library as campaigns see it."""
        return LibrarySources(self.library, self.describer, self.read, self._anew, structure_key)

    def build(
        self, wanted: Wanted, out: Path | None = None, progress: Progress = silent
    ) -> Iterator[ModelCard]:
        """Train the models of the installed packages' tables; yield their cards as they come.

        A model that is on the shelf already, made from equal recipe, data and libraries, is not
        trained again; of one whose training was interrupted the finished networks are kept.

        Args:
            wanted: Which.
            out: Folder of the library; that of the workspace when absent.
            progress: Told how far it is.

        Raises:
            ConfigError: no model is built for a material, or a kind is unknown.
            MissingExtraError: the packages with the tables are not installed.
            NotFoundError: a public table is unknown, or its file is not here.
        """
        library = self.library if out is None else SourceLibrary(out, below=())
        for material in wanted.materials:
            if material not in _BUILT:
                raise ConfigError(
                    f"no source model is built for {material.value}; "
                    f"expected {', '.join(m.value for m in _BUILT)}"
                )
        for kind in wanted.kinds:
            # An unknown one is said at once, and not after the tables were read.
            learner_of(kind, Material.MOLECULE)
        for recipe, told in build_models(wanted, self.read, progress):
            there = finished(library, recipe, self.read, self.describer)
            if there is None:
                model = train(
                    recipe,
                    self.read,
                    self.describer,
                    progress=told,
                    bench=self._anew / UNFINISHED,
                )
                library.add(model)
                there = model.card
            yield there

    def add(
        self, file: Path, recipe: SourceRecipe, kind: str = "single", progress: Progress = silent
    ) -> tuple[ModelCard, list[Refused]]:
        """Train a model of one column of a table; return its card and the rows not taken.

        Args:
            file: CSV or parquet.
            recipe: Of the source; where the data are is filled in here.
            kind: Of the model.
            progress: Told how far it is.

        Raises:
            DataError: the table cannot be read or lacks a column, a value is no number, or there
                are fewer usable rows than the kind needs.
            ConfigError: the material has no descriptors here, or the kind is unknown.
        """
        if not file.is_file():
            raise DataError(f"there is no file {file}")
        path = file.resolve()
        whole = recipe.model_copy(update={"data": str(path), "file_digest": file_digest(path)})
        if kind == "trunk":
            raise ConfigError("--kind is 'trunk', which several sources share; expected 'single'")
        learner = learner_of(kind, whole.material)
        small = kind in {"gp", "ridge"}
        described = model_recipe(whole.name, (whole,), learner=learner).model_copy(
            update={"validation_share": 0.0 if small else 0.1}
        )
        refused = self.read.refused(whole, progress)
        model = train(
            described,
            self.read,
            self.describer,
            progress=progress,
            bench=self._anew / UNFINISHED,
        )
        self.library.add(model)
        return model.card, refused

    def add_own(self, file: Path, card: Path) -> ModelCard:
        """Take a user's own model with the card they wrote for it; return the source's card.

        Raises:
            ConfigError: the card cannot be used, or the file is of a kind that is refused.
            DataError: a table that the card names cannot be used.
            ModelError: the model cannot be loaded, or reads or gives other shapes than declared.
            MissingExtraError: ONNX Runtime is not installed.
        """
        model = own_model(file, card, self.read, self.describer)
        self.library.add(model)
        return model.card

    def add_campaign(
        self, measured: MeasuredCampaign, kind: str = "gp", progress: Progress = silent
    ) -> tuple[ModelCard, list[Refused]]:
        """Train a model of what a campaign measured; return its card and the rows not taken.

        Raises:
            DataError: too few candidates are measured.
            ConfigError: its material has no descriptors here, or the kind is unknown.
        """
        file, recipe = campaign_recipe(measured, self._tables)
        return self.add(file, recipe, kind, progress)

    def check(self) -> list[Checked]:
        """Return for every model whether it is whole and reads this installation's features."""
        return [Checked(name, self._problem(name)) for name in self.library.names()]

    def _problem(self, name: str) -> str:
        try:
            self.library.get(name).require(self.describer)
        except (ModelError, ConfigError, MissingExtraError) as error:
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
