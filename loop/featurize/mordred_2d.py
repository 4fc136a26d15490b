"""Mordred's 2D descriptors (Moriwaki et al., J. Cheminf. 10 (2018) 4), by a fixed list of names."""

import math
from functools import lru_cache
from importlib.metadata import version
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, field_validator

from loop.errors import MissingExtraError
from loop.featurize.molecule_block import MoleculeConfig, RowwiseBlock
from loop.featurize.mordred_2d_names import INTENSIVE, MORDRED_2D
from loop.featurize.rdkit_2d import check_names, check_once

try:
    from mordred import Calculator, descriptors
except ModuleNotFoundError as cause:
    raise MissingExtraError(
        f"block 'mordred' needs the package {cause.name!r}", hint="pip install 'synthloop[mordred]'"
    ) from cause


class Mordred2DConfig(MoleculeConfig):
    """Options of the Mordred descriptors.

    Attributes:
        descriptors: Mordred's names, in the order of the columns.
    """

    descriptors: Annotated[tuple[str, ...], Field(min_length=1)] = MORDRED_2D

    _once = field_validator("descriptors")(check_once)


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    everything = Calculator(descriptors, ignore_3D=True).descriptors
    return {str(descriptor): descriptor for descriptor in everything}


@lru_cache(maxsize=8)
def _calculator(names: tuple[str, ...]) -> Any:
    known = _known()
    return Calculator([known[name] for name in names])


class Mordred2D(RowwiseBlock):
    """Mordred descriptors by name. For polymers extensive ones are per repeat unit.

    Raises:
        ConfigError: the installed Mordred lacks a descriptor of the list.
    """

    Config: ClassVar[type[BaseModel]] = Mordred2DConfig
    dtype: ClassVar[type[np.generic]] = np.float32
    kind = "reals"

    def __init__(self, config: Mordred2DConfig) -> None:
        super().__init__(config)
        check_names(config.descriptors, tuple(_known()), "Mordred")
        own = "" if config.descriptors == MORDRED_2D else f" ({len(config.descriptors)} chosen)"
        hydrogens = " with H" if config.add_hs else ""
        self.name = f"Mordred 2D{own}{hydrogens}"
        self.columns = tuple(f"mordred {name}{hydrogens}" for name in config.descriptors)

    def libraries(self) -> dict[str, str]:
        """Return the versions of RDKit and Mordred."""
        return {**super().libraries(), "mordredcommunity": version("mordredcommunity")}

    def row(self, molecule: Any, copies: int) -> NDArray[Any]:
        """Return the descriptors of one molecule, shape `(d,)`, float32.

        Raises:
            ValueError: a descriptor is undefined or not finite; it is named.
        """
        found = _calculator(self.config.descriptors)(molecule)
        values = np.zeros(len(self.columns), dtype=np.float32)
        for place, (name, value) in enumerate(zip(self.config.descriptors, found, strict=True)):
            try:
                number = float(value)
            except (TypeError, ValueError) as cause:
                raise ValueError(f"descriptor {name} is undefined: {value}") from cause
            if not math.isfinite(number):
                raise ValueError(f"descriptor {name} is not finite")
            values[place] = number if name in INTENSIVE else number / copies
        return values
