"""Who first published the numbers that the wheels of `chemicals` and `thermo` carry.

Both wheels are MIT-licensed as a whole. The licence named here is the one under which the
numbers were first published, for those who pass models or tables on.
"""

from typing import Final

from loop.datasets.property_record import Evidence, Origin
from loop.datasets.table_readers import Reader, column

HANDBOOK: Final = "MIT (chemicals); single values of a printed handbook"
ARTICLE: Final = "MIT (chemicals); supporting data of a journal article"
NIST: Final = "MIT (chemicals); NIST Standard Reference Data, public web pages"
GOVERNMENT: Final = "MIT (chemicals); work of a public body"
OPEN: Final = "MIT (chemicals); CC0 at the source"
FITS: Final = "MIT (thermo)"

CRC_ORGANIC: Final = "Misc/Physical Constants of Organic Compounds.csv"
CRC_THERMO: Final = "Heat Capacity/CRC Standard Thermodynamic Properties of Chemical Substances.tsv"
WEBBOOK: Final = "Misc/webbook_constants.tsv"
WIKIDATA: Final = "Misc/wikidata_properties.tsv"
HEOS: Final = "Misc/heos_constants.tsv"
YAWS: Final = "Critical Properties/Yaws Collection.tsv"


def measured(name: str, licence: str, read: Reader) -> Origin:
    """Return a table of critically compiled measurements."""
    return Origin(name, Evidence.MEASURED, licence, read)


def fitted(name: str, licence: str, read: Reader) -> Origin:
    """Return correlations fitted to measurements, used inside their own range."""
    return Origin(name, Evidence.FITTED, licence, read)


def compiled(name: str, licence: str, read: Reader) -> Origin:
    """Return a table that mixes measurements with estimates without marking them."""
    return Origin(name, Evidence.COMPILED, licence, read)


def crc_organic(value: str) -> Origin:
    """Return a column of the CRC Handbook's physical constants of organic compounds."""
    return measured("CRC Handbook, organic compounds", HANDBOOK, column(CRC_ORGANIC, value))


def crc_thermo(value: str) -> Origin:
    """Return a column of the CRC Handbook's standard thermodynamic properties."""
    return measured("CRC Handbook, thermodynamics", HANDBOOK, column(CRC_THERMO, value))


def webbook(value: str) -> Origin:
    """Return a column of the NIST Chemistry WebBook."""
    return measured("NIST WebBook", NIST, column(WEBBOOK, value))


def wikidata(value: str) -> Origin:
    """Return a column of Wikidata."""
    return measured("Wikidata", OPEN, column(WIKIDATA, value))


def reference_equation(value: str) -> Origin:
    """Return a column of the constants of multiparameter reference equations of state."""
    return measured("reference equations of state", ARTICLE, column(HEOS, value))
