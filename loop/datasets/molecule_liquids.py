"""Records of organic liquids near room temperature."""

from typing import Final

import pandas as pd

from loop.datasets import correlations as law
from loop.datasets.origins import (
    ARTICLE,
    CRC_ORGANIC,
    FITS,
    HANDBOOK,
    fitted,
    measured,
)
from loop.datasets.property_record import PropertyRecord
from loop.datasets.table_readers import (
    TEMPERATURE,
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
)  # fmt: skip
