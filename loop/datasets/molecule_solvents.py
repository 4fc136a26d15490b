"""Records of how molecules behave as solvents and solutes, and of single molecules."""

from typing import Final

from loop.datasets.origins import ARTICLE, GOVERNMENT, HANDBOOK, compiled, measured, wikidata
from loop.datasets.property_record import Origin, PropertyRecord
from loop.datasets.table_readers import column


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


SOLVENTS: Final = (
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
