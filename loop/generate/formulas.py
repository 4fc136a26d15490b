"""Formulas to whole amounts of elements and back, in the form that pools keep."""

import warnings
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from pymatgen.core.composition import Composition

from loop.core.formula import reduced
from loop.core.oxidation_states import element_ions
from loop.errors import DataError

_EXPECTED = "a chemical formula such as Bi2Te3 or Bi0.4Te0.6"


@lru_cache(maxsize=4096)
def read_formula(formula: str) -> Mapping[str, int]:
    """Return the smallest whole amounts of a formula: Bi0.4Te0.6 is two Bi and three Te.

    Raises:
        DataError: it is no formula, or of elements beyond Lr; the message says which.
    """
    try:
        with warnings.catch_warnings():
            # pymatgen sorts by electronegativity, and says that noble gases have none.
            warnings.simplefilter("ignore", UserWarning)
            whole, _ = Composition(formula).get_integer_formula_and_factor()
            found = Composition(whole).get_el_amt_dict()
    except (ValueError, KeyError, TypeError, IndexError) as cause:
        raise DataError(f"not read by pymatgen; expected {_EXPECTED}") from cause
    unknown = sorted(set(found) - element_ions().keys())
    if unknown or not found:
        what = f"unknown element {', '.join(unknown)}" if unknown else "no element"
        raise DataError(f"{what}; expected {_EXPECTED}")
    return MappingProxyType(reduced({symbol: round(amount) for symbol, amount in found.items()}))


def write_formula(amounts: Mapping[str, int]) -> str:
    """Return the canonical formula: pymatgen's smallest whole one, by electronegativity."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return str(Composition(dict(amounts)).get_integer_formula_and_factor()[0])
