"""Records of liquids near room temperature, of solvents and of single molecules."""

from typing import Final

import pandas as pd

from loop.datasets import correlations as law
from loop.datasets.origins import (
    ARTICLE,
    CRC_ORGANIC,
    FITS,
    GOVERNMENT,
    HANDBOOK,
    compiled,
    fitted,
    measured,
    wikidata,
)
from loop.datasets.property_record import Origin, PropertyRecord
from loop.datasets.table_readers import (
    TEMPERATURE,
    column,
    fit,
    json_fits,
    near_room_temperature,
    saturated_fit,
)
from loop.datasets.wheel_tables import WheelTables

_PERMITTIVITY: Final = "Electrolytes/Permittivity (Dielectric Constant) of Liquids.tsv"


def _crc_liquids(wheels: WheelTables) -> pd.Series:
    table = wheels.table(CRC_ORGANIC)
    # The column holds solids too; a compound counts as liquid when its boiling point is known
    # and no melting point speaks against it.
    liquid = (table["Tb"] > TEMPERATURE) & ~(table["Tm"] > TEMPERATURE)
    return pd.to_numeric(table["rho"], errors="coerce")[liquid].dropna()


def _hansen(part: str) -> tuple[Origin, ...]:
    names = ("ruben_manuel", "alshehri", "hspipy", "schrier")
    return tuple(
        compiled(
            f"Hansen parameters, {name.replace('_', ' and ')}",
            ARTICLE,
            # Tables are in Pa^0.5.
            column(f"Misc/{name}_hansen_solubility_parameters.tsv", f"HANSEN_DELTA_{part}", 1e-3),
        )
        for name in names
    )


LIQUIDS: Final = (
    PropertyRecord(
        "liquid_density_kg_m3", "kg/m**3", "identity", 500.0, 3500.0,
        "density of the liquid at 20 to 25 degrees Celsius",
        (
            measured("CRC Handbook, organic compounds", HANDBOOK, _crc_liquids),
            fitted(
                "VDI Heat Atlas",
                HANDBOOK,
                saturated_fit("Density/VDI PPDS Density of Saturated Liquids.tsv", law.vdi_density),
            ),
        ),
    ),
    PropertyRecord(
        "refractive_index", "dimensionless", "identity", 1.2, 2.0,
        "refractive index at the sodium D line, 288 to 308 K",
        (
            measured(
                "CRC Handbook, refractive index",
                HANDBOOK,
                near_room_temperature("Misc/CRC Handbook Organic RI.csv", "RI", "RIT"),
            ),
        ),
    ),
    PropertyRecord(
        "permittivity", "dimensionless", "log10", 1.4, 250.0,
        "static relative permittivity of the liquid, 288 to 308 K",
        (
            measured(
                "CRC Handbook, permittivity",
                HANDBOOK,
                near_room_temperature(_PERMITTIVITY, "Permittivity", "T"),
            ),
            fitted("CRC Handbook, fits", HANDBOOK, fit(_PERMITTIVITY, law.permittivity)),
        ),
    ),
    PropertyRecord(
        "surface_tension_298k_mn_m", "mN/m", "identity", 3.0, 90.0,
        "surface tension of the liquid at 298.15 K",
        (
            fitted("Jasper", HANDBOOK, fit("Interface/Jasper-Lange.tsv", law.jasper)),
            fitted(
                "Mulero et al.", ARTICLE, fit("Interface/MuleroCachadinaParameters.tsv", law.mulero)
            ),
            fitted(
                "Somayajulu",
                ARTICLE,
                fit("Interface/SomayajuluRevised.tsv", law.somayajulu, "Tt", "Tc"),
            ),
            fitted(
                "VDI Heat Atlas",
                HANDBOOK,
                fit(
                    "Interface/VDI PPDS surface tensions.tsv",
                    lambda rows: 1e3 * law.dippr_106(rows),
                    "Tm",
                    "Tc",
                ),
            ),
            fitted(
                "thermo, DIPPR 100 fits",
                FITS,
                json_fits(
                    "organic_correlations.json",
                    "SurfaceTension",
                    "DIPPR100_parameters",
                    lambda found: 1e3 * law.polynomial(found),
                ),
            ),
            fitted(
                "thermo, power-law fits",
                FITS,
                json_fits(
                    "organic_correlations.json",
                    "SurfaceTension",
                    "REFPROP_sigma_parameters",
                    lambda found: 1e3 * law.sigma_of(found),
                ),
            ),
        ),
    ),
    PropertyRecord(
        "liquid_viscosity_298k_pa_s", "Pa*s", "log10", 5e-5, 20.0,
        "dynamic viscosity of the liquid at 298.15 K",
        (
            fitted(
                "Perry's table 2-313",
                HANDBOOK,
                fit(
                    "Viscosity/Table 2-313 Viscosity of Inorganic and Organic Liquids.tsv",
                    law.dippr_101,
                ),
            ),
            fitted(
                "Viswanath and Natarajan",
                HANDBOOK,
                fit(
                    "Viscosity/Viswanath Natarajan Dynamic 3 term.tsv", law.viswanath_natarajan_3
                ),
            ),
            fitted(
                "Dutt and Prasad",
                HANDBOOK,
                fit("Viscosity/Dutt Prasad 3 term.tsv", law.viswanath_natarajan_3),
            ),
            fitted(
                "VDI Heat Atlas",
                HANDBOOK,
                saturated_fit(
                    "Viscosity/VDI PPDS Dynamic viscosity of saturated liquids polynomials.tsv",
                    law.ppds_9,
                ),
            ),
        ),
    ),
    PropertyRecord(
        "octanol_water_log_p", "dimensionless", "identity", -6.0, 13.0,
        "decadic logarithm of the octanol-water partition coefficient",
        (
            measured(
                "KOWWIN training data",
                GOVERNMENT,
                column("Environment/Syrres logP data.csv.gz", "logP"),
            ),
            measured(
                "CRC Handbook, logP", HANDBOOK, column("Environment/CRC logP table.tsv", "logP")
            ),
            wikidata("logP"),
        ),
    ),
    PropertyRecord(
        "flash_point_k", "K", "identity", 120.0, 650.0, "flash point",
        (
            measured(
                "IEC 60079-20-1", HANDBOOK, column("Safety/IS IEC 60079-20-1 2010.tsv", "T_flash")
            ),
            measured("NFPA 497", HANDBOOK, column("Safety/NFPA 497 2008.tsv", "T_flash")),
            wikidata("T_flash"),
            # Six in ten of its values have the digits of a calculation.
            compiled("DIPPR, Serat", ARTICLE, column("Safety/DIPPR T_flash Serat.csv", "T_flash")),
        ),
    ),
    PropertyRecord(
        "hansen_dispersion_mpa05", "MPa**0.5", "identity", 9.0, 30.0,
        "Hansen solubility parameter, dispersion", _hansen("D"),
    ),
    PropertyRecord(
        "hansen_polar_mpa05", "MPa**0.5", "identity", 0.0, 35.0,
        "Hansen solubility parameter, polar", _hansen("P"),
    ),
    PropertyRecord(
        "hansen_hydrogen_bonding_mpa05", "MPa**0.5", "identity", 0.0, 45.0,
        "Hansen solubility parameter, hydrogen bonding", _hansen("H"),
    ),
    PropertyRecord(
        "dipole_moment_debye", "debye", "identity", 0.0, 12.0, "dipole moment of the free molecule",
        (
            measured(
                "CCCBDB", GOVERNMENT, column("Misc/cccbdb.nist.gov Dipoles.csv", "dipole_moment")
            ),
            measured("Poling et al.", HANDBOOK, column("Misc/Poling Dipole.csv", "dipole_moment")),
            compiled(
                "Mueller et al.",
                ARTICLE,
                column("Misc/Muller Supporting Info Dipoles.csv", "dipole_moment"),
            ),
        ),
    ),
    PropertyRecord(
        "radius_of_gyration_angstrom", "angstrom", "identity", 0.5, 12.0,
        "radius of gyration of the free molecule, from its moments of inertia",
        (
            compiled(
                "ChemSep",
                "MIT (chemicals); ChemSep, Artistic License 2.0",
                column("Misc/chemsep_radius_of_gyrations.tsv", "RG", 1e10),
            ),
        ),
    ),
)  # fmt: skip
