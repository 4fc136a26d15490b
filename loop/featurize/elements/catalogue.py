"""Which properties of the elements go into the table, from which source, in which unit.

`group` is 3 for all f elements, `oxidation_min` and `oxidation_max` are the ends of the list of
common oxidation states (0 where none is listed: He, Ne, Ar, Rn). The estimated bcc and fcc
lattice constants that Magpie lists are left out: they are functions of `dft_volume`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Package = Literal["mendeleev", "pymatgen-core", "matminer"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Property:
    """One column of the table before its gaps are filled.

    Attributes:
        name: Of the column.
        unit: As pint reads it.
        package: The distribution that brings the values.
        attribute: Where in it.
        scale: "log" where the values span orders of magnitude; gaps are then filled on the
            logarithm.
        last: Atomic number of the last element whose entry is a value; what the source lists
            beyond it is a copy of another element's.
    """

    name: str
    unit: str
    package: Package
    attribute: str
    scale: Scale = "linear"
    last: int = 118


def _mendeleev(name: str, unit: str, attribute: str = "", scale: Scale = "linear") -> Property:
    return Property(name, unit, "mendeleev", attribute or name, scale)


def _pymatgen(name: str, unit: str, attribute: str, scale: Scale = "linear") -> Property:
    return Property(name, unit, "pymatgen-core", attribute, scale)


def _magpie(
    name: str, unit: str, attribute: str, scale: Scale = "linear", last: int = 118
) -> Property:
    return Property(name, unit, "matminer", attribute, scale, last)


PLACE: Final = (
    _mendeleev("atomic_number", "dimensionless"),
    _mendeleev("period", "dimensionless"),
    _mendeleev("group", "dimensionless", "group_id"),
    _mendeleev("mendeleev_number", "dimensionless"),
    _mendeleev("pettifor_number", "dimensionless"),
    _mendeleev("glawe_number", "dimensionless"),
    _mendeleev("atomic_weight", "Da"),
)
SIZE: Final = (
    _mendeleev("atomic_radius", "pm"),
    _mendeleev("atomic_radius_rahm", "pm"),
    _mendeleev("covalent_radius_cordero", "pm"),
    _mendeleev("covalent_radius_pyykko", "pm"),
    _mendeleev("covalent_radius_pyykko_double", "pm"),
    _mendeleev("covalent_radius_pyykko_triple", "pm"),
    _mendeleev("metallic_radius_c12", "pm"),
    _magpie("miracle_radius", "pm", "MiracleRadius"),
    _mendeleev("vdw_radius", "pm"),
    _mendeleev("vdw_radius_alvarez", "pm"),
    _mendeleev("vdw_radius_batsanov", "pm"),
    _mendeleev("vdw_radius_mm3", "pm"),
    _mendeleev("vdw_radius_uff", "pm"),
)
ELECTRONS: Final = (
    _mendeleev("en_pauling", "dimensionless"),
    _mendeleev("en_allen", "eV"),
    _mendeleev("en_ghosh", "1/pm"),
    _mendeleev("en_gunnarsson_lundqvist", "eV"),
    _mendeleev("en_robles_bartolotti", "eV"),
    _mendeleev("en_miedema", "V"),
    # mendeleev lists extrapolations that no anion has (-19.7 eV for He); here the noble gases and
    # the closed shells are at the recommended small negative values.
    _pymatgen("electron_affinity", "eV", "Electron affinity"),
    _pymatgen("ionization_energy_1", "eV", "Ionization energies[0]"),
    _pymatgen("ionization_energy_2", "eV", "Ionization energies[1]"),
    _pymatgen("ionization_energy_3", "eV", "Ionization energies[2]"),
    _mendeleev("dipole_polarizability", "bohr^3", scale="log"),
    _mendeleev("c6_gould_bucko", "hartree*bohr^6", "c6_gb", "log"),
    _pymatgen("oxidation_min", "dimensionless", "min(Common oxidation states)"),
    _pymatgen("oxidation_max", "dimensionless", "max(Common oxidation states)"),
)
VALENCE: Final = tuple(
    _magpie(f"{shell}{'_' if shell else ''}{name}", "dimensionless", f"N{shell}{attribute}")
    for name, attribute in (("valence", "Valence"), ("unfilled", "Unfilled"))
    for shell in ("s", "p", "d", "f", "")
)
BULK: Final = (
    _pymatgen("melting_point", "K", "Melting point"),
    _pymatgen("boiling_point", "K", "Boiling point"),
    _mendeleev("density", "g/cm^3", scale="log"),
    _pymatgen("molar_volume", "cm^3/mol", "Molar volume"),
    _magpie("icsd_volume", "angstrom^3", "ICSDVolume", last=96),
    _mendeleev("specific_heat", "J/g/K", "specific_heat_capacity", "log"),
    _mendeleev("molar_heat_capacity", "J/mol/K"),
    _magpie("fusion_heat", "kJ/mol", "HeatFusion", "log"),
    _magpie("vaporization_heat", "kJ/mol", "HeatVaporization"),
    _mendeleev("formation_heat_of_atom", "kJ/mol", "heat_of_formation"),
    _pymatgen("thermal_conductivity", "W/m/K", "Thermal conductivity", "log"),
    _pymatgen("electrical_resistivity", "ohm*m", "Electrical resistivity", "log"),
    _pymatgen("thermal_expansion", "1/K", "Coefficient of linear thermal expansion", "log"),
    _pymatgen("bulk_modulus", "GPa", "Bulk modulus", "log"),
    _pymatgen("shear_modulus", "GPa", "Rigidity modulus", "log"),
    _pymatgen("youngs_modulus", "GPa", "Youngs modulus", "log"),
    _pymatgen("sound_velocity", "m/s", "Velocity of sound", "log"),
    _mendeleev("lattice_constant", "angstrom"),
    _mendeleev("miedema_electron_density", "dimensionless"),
)
# Ground states of the elements computed for OQMD, as Magpie lists them.
COMPUTED: Final = (
    _magpie("dft_energy", "eV", "GSenergy_pa", last=94),
    _magpie("dft_volume", "angstrom^3", "GSvolume_pa", last=94),
    _magpie("dft_band_gap", "eV", "GSbandgap", last=94),
    _magpie("dft_magnetic_moment", "bohr_magneton", "GSmagmom", last=94),
)
# Herfindahl-Hirschman indices of production and reserves.
SUPPLY: Final = (
    _magpie("hhi_production", "dimensionless", "HHIp"),
    _magpie("hhi_reserves", "dimensionless", "HHIr"),
)
CANDIDATES: Final = (*PLACE, *SIZE, *ELECTRONS, *VALENCE, *BULK, *COMPUTED, *SUPPLY)
