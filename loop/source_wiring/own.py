"""A user's own model file and card to a source."""

from pathlib import Path
from typing import Final

from loop.core.ports import silent
from loop.core.source_ports import Describer
from loop.errors import ConfigError, DataError
from loop.source_wiring.tables import SourceTables, file_digest
from loop.sources.adoption import Adopted, adopt
from loop.sources.declaration import Declaration, DeclaredTable, read_declaration
from loop.sources.model import SourceModel
from loop.sources.presets import model_recipe
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import TrainingRows, training_rows

_ONNX: Final = ".onnx"
_WEIGHTS: Final = ".safetensors"
_CODE: Final = frozenset({".pt", ".pth", ".pt2", ".ts", ".pkl", ".pickle", ".joblib", ".ckpt"})
_LARGEST: Final = 128 * 2**20


def own_model(file: Path, card: Path, read: SourceTables, describer: Describer) -> SourceModel:
    """Return a user's own model as a source.

    Raises:
        ConfigError: the card cannot be used, or the file is of a kind that is refused.
        DataError: a table that the card names cannot be used.
        ModelError: the model cannot be loaded, or reads or gives other shapes than declared.
        MissingExtraError: ONNX Runtime is not installed.
    """
    declared = read_declaration(card)
    content = _content(file)
    trained = _table(declared, declared.trained_on, card, read)
    held = _table(declared, declared.held_out, card, read)
    source = trained[0] if trained else declared.source(file.name, "", declared.property, "")
    found = Adopted(
        content=content,
        onnx=file.suffix == _ONNX,
        source=source,
        rows=trained[1] if trained else None,
        held=held[1] if held else None,
    )
    return adopt(declared, found, describer)


def _content(file: Path) -> bytes:
    if file.suffix in _CODE:
        raise ConfigError(
            f"{file} is not read: loading a {file.suffix} file can run code that it carries",
            hint="export the module with torch.onnx.export, or keep its weights with "
            "safetensors.torch.save_file and name its layers in the card",
        )
    if file.suffix not in {_ONNX, _WEIGHTS}:
        raise ConfigError(f"{file} is no model; expected a file ending in {_ONNX} or {_WEIGHTS}")
    if not file.is_file():
        raise DataError(f"there is no file {file}")
    if file.stat().st_size > _LARGEST:
        raise ConfigError(
            f"{file} has {file.stat().st_size >> 20} MB; expected at most {_LARGEST >> 20} MB"
        )
    return file.read_bytes()


def _table(
    declared: Declaration, table: DeclaredTable | None, card: Path, read: SourceTables
) -> tuple[SourceRecipe, TrainingRows] | None:
    if table is None:
        return None
    path = (card.parent / table.file).resolve()
    if not path.is_file():
        raise DataError(f"there is no file {path}, which {card} names")
    source = declared.source(str(path), file_digest(path), table.target, table.structure)
    # Rows are only read here, so that a single one will do.
    recipe = model_recipe(declared.name, (source,), blocks=declared.blocks)
    return source, training_rows(recipe, read, progress=silent, fewest=1)
