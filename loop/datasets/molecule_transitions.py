"""Records of phase changes and critical points of molecules."""

from typing import Final

from loop.datasets import correlations as law
from loop.datasets.origins import (
    ARTICLE,
    HANDBOOK,
    OPEN,
    YAWS,
    compiled,
    crc_organic,
    fitted,
    measured,
    reference_equation,
    webbook,
    wikidata,
)
from loop.datasets.property_record import Origin, PropertyRecord
from loop.datasets.table_readers import column, fit, saturated_fit

_CRITICAL: Final = "Critical Properties/"
_GHAZERATI: Final = "Phase Change/Ghazerati Appendix "
_CRC_VAPORIZATION: Final = "Phase Change/CRC Handbook Heat of Vaporization.tsv"


def _critical(value: str, *also: Origin) -> tuple[Origin, ...]:
    return (
        measured(
            "IUPAC critical properties",
            ARTICLE,
            column(f"{_CRITICAL}IUPACOrganicCriticalProps.tsv", value),
        ),
        webbook(value),
        reference_equation(value),
        *also,
        compiled(
            "PSRK appendix", ARTICLE, column(f"{_CRITICAL}Appendix to PSRK Revision 4.tsv", value)
        ),
        compiled("DIPPR", ARTICLE, column(f"{_CRITICAL}DIPPRPinaMartines.tsv", value)),
        compiled("Yaws", HANDBOOK, column(YAWS, value)),
    )


def _crc_critical(value: str, scale: float) -> Origin:
    table = f"{_CRITICAL}CRCCriticalOrganics.tsv"
    return measured("CRC Handbook, critical constants", HANDBOOK, column(table, value, scale))


TRANSITIONS: Final = (
    PropertyRecord(
        "melting_point_k", "K", "identity", 20.0, 900.0, "melting point at 1 atm",
        (
            measured(
                "Open Notebook melting points",
                OPEN,
                column("Phase Change/OpenNotebook Melting Points.tsv", "Tm"),
            ),
            crc_organic("Tm"),
            webbook("Tm"),
            wikidata("Tm"),
        ),
    ),
    PropertyRecord(
        "boiling_point_k", "K", "identity", 80.0, 1000.0, "boiling point at 1 atm",
        (
            crc_organic("Tb"),
            measured("CRC Handbook, vaporization", HANDBOOK, column(_CRC_VAPORIZATION, "Tb")),
            webbook("Tb"),
            wikidata("Tb"),
            reference_equation("Tb"),
            compiled("Yaws", HANDBOOK, column("Phase Change/Yaws Boiling Points.tsv", "Tb")),
        ),
    ),
    PropertyRecord(
        "critical_temperature_k", "K", "identity", 130.0, 1300.0, "critical temperature",
        _critical("Tc", _crc_critical("Tc", 1.0)),
    ),
    PropertyRecord(
        "critical_pressure_pa", "Pa", "log10", 2e5, 1.5e7, "critical pressure",
        _critical("Pc", _crc_critical("Pc", 1.0)),
    ),
    PropertyRecord(
        "critical_volume_m3_mol", "m**3/mol", "log10", 6e-5, 3e-3, "critical molar volume",
        _critical("Vc", _crc_critical("Vc", 1.0)),
    ),
    PropertyRecord(
        "acentric_factor", "dimensionless", "identity", -0.1, 2.0,
        "acentric factor, from vapour pressure and critical point",
        (
            reference_equation("omega"),
            compiled(
                "Passut and Danner", ARTICLE, column(f"{_CRITICAL}PassutDanner1973.tsv", "omega")
            ),
            compiled(
                "PSRK appendix",
                ARTICLE,
                column(f"{_CRITICAL}Appendix to PSRK Revision 4.tsv", "omega"),
            ),
            compiled("Yaws", HANDBOOK, column(YAWS, "omega")),
        ),
    ),
    PropertyRecord(
        "enthalpy_of_vaporization_298k_j_mol", "J/mol", "identity", 5e3, 2.5e5,
        "enthalpy of vaporization at 298.15 K",
        (
            measured(
                "Ghazerati, vaporization",
                ARTICLE,
                column(f"{_GHAZERATI}Vaporization Enthalpy.tsv", "Hvap298"),
            ),
            measured("CRC Handbook, vaporization", HANDBOOK, column(_CRC_VAPORIZATION, "Hvap298")),
            webbook("Hvap"),
            fitted(
                "Perry's table 2-150",
                HANDBOOK,
                fit(
                    "Phase Change/Table 2-150 Heats of Vaporization of Inorganic and Organic "
                    "Liquids.tsv",
                    law.perry_vaporization,
                ),
            ),
            fitted(
                "VDI Heat Atlas",
                HANDBOOK,
                saturated_fit("Phase Change/VDI PPDS Enthalpies of vaporization.tsv", law.ppds_12),
            ),
        ),
    ),
    PropertyRecord(
        "enthalpy_of_sublimation_j_mol", "J/mol", "identity", 2e4, 4e5, "enthalpy of sublimation",
        (
            measured(
                "Ghazerati, sublimation",
                ARTICLE,
                column(f"{_GHAZERATI}Sublimation Enthalpy.tsv", "Hsub"),
            ),
            webbook("Hsub"),
        ),
    ),
    PropertyRecord(
        "enthalpy_of_fusion_j_mol", "J/mol", "log10", 200.0, 2e5,
        "enthalpy of fusion at the melting point",
        (
            measured(
                "CRC Handbook, fusion",
                HANDBOOK,
                column("Phase Change/CRC Handbook Heat of Fusion.tsv", "Hfus"),
            ),
            webbook("Hfus"),
            wikidata("Hfus"),
        ),
    ),
    PropertyRecord(
        "vapour_pressure_298k_pa", "Pa", "log10", 1e-8, 7e6,
        "vapour pressure of the liquid at 298.15 K",
        (
            fitted(
                "Landolt-Boernstein, Antoine",
                HANDBOOK,
                fit("Vapor Pressure/Landolt_antoine_V20.tsv", law.antoine),
            ),
        ),
    ),
)  # fmt: skip
