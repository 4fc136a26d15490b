"""Records of energies, entropies and heat capacities of molecules at 298.15 K.

Left out: Yaws' enthalpies and entropies of formation, which `chemicals` documents as mostly
estimated, and TRC's enthalpies of formation, which hold at 0 K (benzene 100.4 kJ/mol, where 298 K
gives 82.9).
"""

from typing import Final

from loop.datasets import correlations as law
from loop.datasets.origins import (
    ARTICLE,
    GOVERNMENT,
    HANDBOOK,
    crc_thermo,
    fitted,
    measured,
    webbook,
)
from loop.datasets.property_record import PropertyRecord
from loop.datasets.table_readers import column, fit

_JANAF: Final = "Reactions/JANAF_1998.tsv"
_TRC: Final = "Heat Capacity/TRC Thermodynamics of Organic Compounds in the Gas State.tsv"
_POLING: Final = "Heat Capacity/PolingDatabank.tsv"

ENERGIES: Final = (
    PropertyRecord(
        "enthalpy_of_formation_gas_j_mol", "J/mol", "identity", -6e6, 3e6,
        "enthalpy of formation of the ideal gas",
        (
            measured(
                "Active Thermochemical Tables",
                GOVERNMENT,
                column("Reactions/ATcT 1.112 (g).tsv", "Hfg"),
            ),
            crc_thermo("Hfg"),
            webbook("Hfg"),
            measured("JANAF", GOVERNMENT, column(_JANAF, "Hfg")),
            measured(
                "API Technical Data Book",
                ARTICLE,
                column("Reactions/API TDB Albahri Hf (g).tsv", "Hfg"),
            ),
        ),
    ),
    PropertyRecord(
        "enthalpy_of_formation_liquid_j_mol", "J/mol", "identity", -7.6e6, 1.5e6,
        "enthalpy of formation of the liquid",
        (
            measured(
                "Active Thermochemical Tables",
                GOVERNMENT,
                column("Reactions/ATcT 1.112 (l).tsv", "Hfl"),
            ),
            crc_thermo("Hfl"),
            webbook("Hfl"),
        ),
    ),
    PropertyRecord(
        "enthalpy_of_formation_solid_j_mol", "J/mol", "identity", -7.6e6, 2.4e6,
        "enthalpy of formation of the crystal",
        (crc_thermo("Hfs"), webbook("Hfs")),
    ),
    PropertyRecord(
        "entropy_gas_j_mol_k", "J/mol/K", "identity", 150.0, 1200.0,
        "absolute entropy of the ideal gas at 1 bar",
        (crc_thermo("S0g"), webbook("S0g"), measured("JANAF", GOVERNMENT, column(_JANAF, "S0g"))),
    ),
    PropertyRecord(
        "heat_capacity_gas_298k_j_mol_k", "J/mol/K", "log10", 25.0, 1200.0,
        "isobaric heat capacity of the ideal gas",
        (
            crc_thermo("Cpg"),
            measured("Poling et al.", HANDBOOK, column(_POLING, "Cpg")),
            fitted("TRC", HANDBOOK, fit(_TRC, law.trc_heat_capacity)),
        ),
    ),
    PropertyRecord(
        "heat_capacity_liquid_298k_j_mol_k", "J/mol/K", "log10", 50.0, 1500.0,
        "isobaric heat capacity of the liquid",
        (
            crc_thermo("Cpl"),
            measured("Poling et al.", HANDBOOK, column(_POLING, "Cpl")),
            fitted(
                "Perry's table 2-153",
                HANDBOOK,
                fit(
                    "Heat Capacity/Perry_Table_2-153_DIPPR_100.tsv",
                    lambda rows: law.dippr_100(rows) / 1e3,
                ),
            ),
        ),
    ),
)  # fmt: skip
