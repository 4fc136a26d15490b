"""Crystals to SOAP: overlaps of smoothed atomic surroundings."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, ClassVar, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure

from loop.errors import MissingExtraError
from loop.featurize.block import BlockValues, Reads
from loop.featurize.crystals import describe_each
from loop.featurize.version_digest import version_digest

_VERSION: Final = 1


class SoapConfig(BaseModel):
    """Options of the SOAP block.

    Attributes:
        elements: All that may occur; the number of columns grows with their square unless
            `compression` is "mu2".
        cutoff: Radius of a surrounding, in angstrom.
        radial: Radial basis functions.
        angular: Largest degree of the spherical harmonics.
        smearing: Standard deviation of the Gaussian on each atom, in angstrom.
        average: "outer" averages the power spectra of the sites, "inner" their coefficients.
        compression: "off" keeps elements apart; "mu2" sums over them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    elements: Annotated[tuple[str, ...], Field(min_length=1)]
    cutoff: Annotated[float, Field(gt=1, le=20)] = 6.0
    radial: Annotated[int, Field(ge=1, le=20)] = 6
    angular: Annotated[int, Field(ge=0, le=15)] = 4
    smearing: Annotated[float, Field(gt=0, le=3)] = 0.5
    average: Literal["outer", "inner"] = "outer"
    compression: Literal["off", "mu2"] = "off"

    @field_validator("elements")
    @classmethod
    def _known(cls, elements: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [e for e in elements if not Element.is_valid_symbol(e)]
        if unknown or len(set(elements)) < len(elements):
            raise ValueError(f"element symbols, each once; not {', '.join(unknown or elements)}")
        return tuple(sorted(elements, key=lambda e: int(Element(e).Z)))


class Soap:
    """Smooth overlap of atomic positions, averaged over the sites of a crystal.

    Source:
        Bartok, Kondor & Csanyi, Phys. Rev. B 87, 184115 (2013), as dscribe computes it: Himanen
        et al., Comput. Phys. Commun. 247, 106949 (2020).
    """

    Config: ClassVar[type[BaseModel]] = SoapConfig
    reads: ClassVar[Reads] = "crystal"
    kind = "reals"

    def __init__(self, config: SoapConfig) -> None:
        try:
            from dscribe.descriptors import SOAP
        except ModuleNotFoundError as cause:
            raise MissingExtraError(
                f"block 'soap' needs the package {cause.name!r}",
                hint="pip install 'synthloop[soap]'",
            ) from cause
        self.config = config
        self.name = f"SOAP {config.cutoff:g} angstrom"
        self._soap: Any = SOAP(
            species=list(config.elements),
            periodic=True,
            r_cut=config.cutoff,
            n_max=config.radial,
            l_max=config.angular,
            sigma=config.smearing,
            average=config.average,
            compression={"mode": config.compression, "species_weighting": None},
        )
        width = self._soap.get_number_of_features()
        self.columns = tuple(f"SOAP {i}" for i in range(width))

    def digest(self) -> str:
        """Return a digest of name, code version, dscribe version and settings."""
        libraries = {"dscribe": version("dscribe")}
        return version_digest("soap", _VERSION, libraries, self.config.model_dump(mode="json"))

    def describe(self, items: Sequence[Structure]) -> BlockValues:
        """Describe a batch of structures; float32."""
        return describe_each(items, len(self.columns), self._one)

    def _one(self, structure: Structure) -> NDArray[np.float64]:
        from ase import Atoms

        symbols = [site.specie.symbol for site in structure]
        lacking = sorted(set(symbols) - set(self.config.elements))
        if lacking:
            raise ValueError(
                f"{', '.join(lacking)} is none of the elements of this block: "
                f"{', '.join(self.config.elements)}"
            )
        atoms = Atoms(symbols, structure.cart_coords, cell=structure.lattice.matrix, pbc=True)
        found: NDArray[np.float64] = self._soap.create(atoms)
        return found
