"""What a model is asked to learn from a table."""

import re
from typing import Final

from loop.core.base import Frozen
from loop.core.candidate import Material
from loop.core.definition import PluginChoice
from loop.core.units import check_unit

_TRANSFER: Final = {"auto": "transfer-gp", "off": "gp"}
_HEADER: Final = re.compile(r"^(?P<name>[^\[]+?)\s*(?:\[(?P<unit>.*)\])?\s*$")


class FitRequest(Frozen):
    """One property of one kind of material.

    Attributes:
        material: What a row is.
        structure: Column of the structures; unused for plain columns.
        features: For plain columns: the numeric columns that describe a row.
        target: Column of the property; also its name for the leak check.
        unit: Unit of the model and of its predictions.
        surrogate: The model of the property.
        seed: Source of all randomness.
        withhold: Sources are trained anew without the structures of the table.
        exclude: Sources that are not used.
    """

    material: Material
    structure: str = "smiles"
    features: tuple[str, ...] = ()
    target: str
    unit: str
    surrogate: PluginChoice
    seed: int = 0
    withhold: bool = False
    exclude: tuple[str, ...] = ()

    @property
    def property_name(self) -> str:
        """The target's name as sources are named: lower case, words joined by `_`."""
        name = _HEADER.match(self.target)
        plain = name["name"] if name else self.target
        return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def surrogate_of(transfer: str) -> PluginChoice:
    """Return the surrogate of `--transfer`: "auto", "off", or the name of one."""
    return PluginChoice(kind=_TRANSFER.get(transfer, transfer))


def split_header(written: str) -> tuple[str, str]:
    """Return name and unit of a column head such as "strength [MPa]"; the unit may be empty."""
    match = _HEADER.match(written)
    return (written, "") if match is None else (match["name"], (match["unit"] or "").strip())


def checked_unit(unit: str) -> str:
    """Return a unit.

    Raises:
        UnitError: it is none.
    """
    check_unit(unit)
    return unit
