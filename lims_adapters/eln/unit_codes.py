"""Units that notebooks give by code: UN/CEFACT Recommendation 20 (revision 17), common ones."""

from typing import Final

COMMON_CODES: Final = {
    "CEL": "degC", "KEL": "K", "FAH": "degF",
    "GRM": "g", "KGM": "kg", "MGM": "mg",
    "MTR": "m", "CMT": "cm", "MMT": "mm", "4H": "um", "C45": "nm", "A11": "angstrom",
    "SEC": "s", "MIN": "min", "HUR": "h", "DAY": "day",
    "PAL": "Pa", "KPA": "kPa", "MPA": "MPa", "A89": "GPa", "BAR": "bar",
    "LTR": "L", "MLT": "mL", "MMQ": "mm**3", "CMQ": "cm**3",
    "23": "g/cm**3", "KMQ": "kg/m**3",
    "JOU": "J", "KJO": "kJ", "WTT": "W", "VLT": "V", "AMP": "A", "OHM": "ohm", "HTZ": "Hz",
    "C34": "mol", "C18": "mmol", "C36": "mol/m**3", "D53": "W/(m*K)", "P1": "percent", "C62": "1",
}  # fmt: skip
"""Code to the unit in our spelling. A code beyond these is refused by name, never guessed."""
