"""Elements as ions: oxidation states with the number of their reports, electronegativity, metals.

The table holds what SMACT 4.0.2 uses by default: states other than zero with at least three
reports in the ICSD of 2024, Pauling electronegativities, and its list of metals.

Source: Davies et al., "SMACT: Semiconducting Materials by Analogy and Chemical Theory", J. Open
Source Softw. 4, 1361 (2019); the notice beside the table has the licence.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

_TABLE: Final = "oxidation_states.csv"

MIXED_VALENCE: Final = frozenset((
    "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Nb", "Mo", "Ru", "Pd", "Ag", "W", "Re", "Os",
    "Au", "Sn", "Sb", "Bi", "Ce", "Eu", "Yb", "U",
))  # fmt: skip
"""Elements whose atoms may differ in their state within one compound, by SMACT's list."""


@dataclass(frozen=True)
class ElementIons:
    """What is known of an element as an ion.

    Attributes:
        symbol: Of the element.
        electronegativity: Pauling's scale; None where it has none.
        metal: Counted among the metals.
        states: Oxidation states, ascending, never zero; empty if none is known.
        shares: Share of each state among the reports of the element; they sum to one.
    """

    symbol: str
    electronegativity: float | None
    metal: bool
    states: tuple[int, ...]
    shares: tuple[float, ...]

    def share(self, state: int) -> float:
        """Return the share of a state among the reports, 0 if it is not in the table."""
        return self.shares[self.states.index(state)] if state in self.states else 0.0


@lru_cache(maxsize=1)
def element_ions() -> Mapping[str, ElementIons]:
    """Return the elements H to Lr by symbol."""
    text = files("loop.core").joinpath(_TABLE).read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        pairs = [word.split(":") for word in row["states"].split()]
        reports = [int(count) for _, count in pairs]
        total = math.fsum(reports)
        found[row["symbol"]] = ElementIons(
            row["symbol"],
            float(row["electronegativity"]) if row["electronegativity"] else None,
            row["metal"] == "1",
            tuple(int(state) for state, _ in pairs),
            tuple(count / total for count in reports),
        )
    return found


def ion_name(symbol: str, state: int) -> str:
    """Return an ion as chemists write it: Ca2+, F-, Li+."""
    size = "" if abs(state) == 1 else str(abs(state))
    return f"{symbol}{size}{'+' if state > 0 else '-'}"
