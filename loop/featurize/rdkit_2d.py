"""RDKit's 2D descriptors, by a fixed list of names that a model keeps."""

import difflib
import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, field_validator
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.errors import ConfigError
from loop.featurize.molecule_block import MoleculeConfig, RowwiseBlock
from loop.featurize.rdkit_2d_names import DENSITIES, HEAVY_TAILED, INTENSIVE, RDKIT_2D, UNITS


def check_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that are all different.

    Raises:
        ValueError: some are listed twice.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"listed twice: {', '.join(twice)}")
    return names


class RDKit2DConfig(MoleculeConfig):
    """Options of the RDKit descriptors.

    Attributes:
        descriptors: RDKit's names, in the order of the columns.
    """

    descriptors: Annotated[tuple[str, ...], Field(min_length=1)] = RDKIT_2D

    _once = field_validator("descriptors")(check_once)


@lru_cache(maxsize=1)
def _functions() -> dict[str, Callable[..., float]]:
    functions: dict[str, Callable[..., float]] = dict(Descriptors.descList)
    # Each of the four would compute the indices anew; a molecule keeps them once they are known.
    for name in ("MaxEStateIndex", "MinEStateIndex", "MaxAbsEStateIndex", "MinAbsEStateIndex"):
        functions[name] = partial(functions[name], force=False)
    return functions


def check_names(names: Sequence[str], known: Sequence[str], library: str) -> None:
    """Refuse names that a library does not have.

    Raises:
        ConfigError: with the first unknown name and the nearest known one.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ConfigError(
                f"descriptor {name!r} is unknown to the installed {library}",
                hint=f"did you mean {near[0]!r}?" if near else f"list descriptors of {library}",
            )


def column(name: str) -> str:
    """Return the column of a descriptor: its name, log form and unit."""
    unit = "angstrom2" if "VSA" in name and not name.startswith("VSA_") else UNITS.get(name, "")
    shown = f"log1p {name}" if name in HEAVY_TAILED else name
    return f"{shown} [{unit}]" if unit else shown


class RDKit2D(RowwiseBlock):
    """RDKit descriptors by name. For polymers extensive ones are per repeat unit.

    Raises:
        ConfigError: the installed RDKit lacks a descriptor of the list.
    """

    Config: ClassVar[type[BaseModel]] = RDKit2DConfig
    dtype: ClassVar[type[np.generic]] = np.float32
    kind = "reals"

    def __init__(self, config: RDKit2DConfig) -> None:
        super().__init__(config)
        check_names(config.descriptors, tuple(_functions()), "RDKit")
        own = "" if config.descriptors == RDKIT_2D else f" ({len(config.descriptors)} chosen)"
        hydrogens = " with H" if config.add_hs else ""
        self.name = f"RDKit 2D{own}{hydrogens}"
        self.columns = tuple(f"{column(name)}{hydrogens}" for name in config.descriptors)

    def row(self, molecule: Any, copies: int) -> NDArray[Any]:
        """Return the descriptors of one molecule, shape `(d,)`, float32.

        Raises:
            ValueError: a descriptor is undefined, not finite or beyond float32; it is named.
        """
        functions = _functions()
        values = np.empty(len(self.columns), dtype=np.float64)
        with np.errstate(all="ignore"):
            for place, name in enumerate(self.config.descriptors):
                try:
                    value = functions[name](molecule)
                except (ValueError, ArithmeticError, RuntimeError, Chem.MolSanitizeException) as e:
                    raise ValueError(f"descriptor {name} is undefined: {e}") from e
                values[place] = per_unit(name, value, copies)
            narrow = values.astype(np.float32)
        if not np.isfinite(narrow).all():
            name = self.config.descriptors[int(np.argmin(np.isfinite(narrow)))]
            raise ValueError(f"descriptor {name} is not finite")
        return narrow


def per_unit(name: str, value: float, copies: int) -> float:
    """Return a descriptor of a ring of `copies` units for one unit; log form first."""
    if name in HEAVY_TAILED:
        value = math.copysign(math.log1p(abs(value)), value)
    if copies == 1 or name in INTENSIVE:
        return value
    return value * copies if name in DENSITIES else value / copies
