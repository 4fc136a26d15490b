"""Crystals to numbers of cell and symmetry."""

import math
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any, ClassVar, Final

import numpy as np
import spglib
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pymatgen.core.lattice import Lattice
from pymatgen.core.structure import Structure

from loop.featurize.block import BlockValues, Reads
from loop.featurize.crystals import covalent_radii, describe_each
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1
# First space-group number of each system; International Tables A.
_SYSTEMS: Final = (
    (1, "triclinic"), (3, "monoclinic"), (16, "orthorhombic"), (75, "tetragonal"),
    (143, "trigonal"), (168, "hexagonal"), (195, "cubic"),
)  # fmt: skip


class LatticeConfig(BaseModel):
    """Options of the lattice block.

    Attributes:
        tolerance: Distance up to which sites count as symmetry-equivalent, in angstrom.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    tolerance: Annotated[float, Field(gt=0, le=0.5)] = 0.01


class LatticeDescriptors:
    """Standard cell, packing and symmetry of a crystal.

    Lengths and angles are those of the conventional standard cell, each sorted ascending: the
    same for every cell in which a crystal is written. The packing fraction counts covalent
    spheres; overlapping ones count twice, so that it can exceed 1.

    Source:
        Symmetry: spglib (Togo, Shinohara & Tanaka, STAM Methods 4, 2384822 (2024)). Radii:
        Cordero et al., Dalton Trans. 2832 (2008).
    """

    Config: ClassVar[type[BaseModel]] = LatticeConfig
    reads: ClassVar[Reads] = "crystal"
    kind = "reals"
    name = "lattice"
    columns = (
        *(f"cell length {n} [angstrom]" for n in ("shortest", "middle", "longest")),
        *(f"cell angle {n} [degree]" for n in ("smallest", "middle", "largest")),
        "volume per atom [angstrom3]",
        "density [g/cm3]",
        "packing fraction [1]",
        "atoms in primitive cell [1]",
        "distinct sites [1]",
        *(f"{name} [0/1]" for _, name in _SYSTEMS),
        "centrosymmetric [0/1]",
        "only proper rotations [0/1]",
        "point-group order [1]",
    )

    def __init__(self, config: LatticeConfig) -> None:
        self.config = config

    def digest(self) -> str:
        """Return a digest of name, code version, library versions and settings."""
        libraries = {"pymatgen": version("pymatgen"), "spglib": spglib.__version__}
        return version_digest("lattice", _VERSION, libraries, self.config.model_dump())

    def describe(self, items: Sequence[Structure]) -> BlockValues:
        """Describe a batch of structures; float32."""
        return describe_each(items, len(self.columns), self._one)

    def _one(self, structure: Structure) -> NDArray[np.float64]:
        found = self._symmetry(structure)
        cell = Lattice(found.std_lattice)
        spheres = float((4 / 3 * math.pi * covalent_radii(structure) ** 3).sum())
        rotations = _point_group(found.hall_number)
        primitive = len(set(found.mapping_to_primitive.tolist()))
        values = [
            *sorted(cell.abc),
            *sorted(cell.angles),
            structure.volume / len(structure),
            float(structure.density),
            spheres / structure.volume,
            primitive,
            len(set(found.crystallographic_orbits.tolist())),
            *(name == _system(found.number) for _, name in _SYSTEMS),
            (rotations == -np.eye(3, dtype=int)).all(axis=(1, 2)).any(),
            bool((np.linalg.det(rotations) > 0).all()),
            len(rotations),
        ]
        return np.array(values, dtype=np.float64)

    def _symmetry(self, structure: Structure) -> Any:
        symbols = sorted({site.specie.symbol for site in structure})
        kinds = [symbols.index(site.specie.symbol) for site in structure]
        cell: Any = (structure.lattice.matrix, structure.frac_coords, kinds)
        with warnings.catch_warnings():
            # spglib announces that it will raise where it returns None; both are met here.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                found = spglib.get_symmetry_dataset(cell, symprec=self.config.tolerance)
            except spglib.error.SpglibError as cause:
                raise ValueError(f"spglib finds no symmetry: {cause}") from cause
        if found is None:
            raise ValueError(
                f"spglib finds no symmetry within {self.config.tolerance:g} angstrom; "
                "do atoms touch?"
            )
        return found


@cache
def _point_group(hall_number: int) -> NDArray[np.int_]:
    # From the table: a supercell's own list lacks the rotations that its shape does not have.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        table: Any = spglib.get_symmetry_from_database(hall_number)
    distinct: NDArray[np.int_] = np.unique(table["rotations"], axis=0)
    return distinct


def _system(number: int) -> str:
    return [name for first, name in _SYSTEMS if first <= number][-1]
