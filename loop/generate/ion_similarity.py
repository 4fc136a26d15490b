"""Which ions replace each other in known compounds, as log weights.

The table holds weights between 230 ions that were fitted to the substitutions seen between
structure types of the ICSD; pairs never seen have -5. Ions outside the table, and elements of
compositions without charges, are treated by their element: the mean over its states, by their
share of reports.

Source: Hautier, Fischer, Ehrlacher, Jain & Ceder, "Data mined ionic substitutions for the
discovery of new compounds", Inorg. Chem. 50, 656 (2011), eq. 4-6, as shipped with pymatgen.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.oxidation_states import element_ions

Ion = tuple[str, int]
_NEVER_SEEN: Final = -5.0
_NO_ION: Final = "D1+"
NEUTRAL: Final = 0
"""The state of an element whose charge is not known."""


@dataclass(frozen=True)
class IonSimilarity:
    """Log weights between ions.

    Attributes:
        ions: Symbol and state, sorted.
        weights: Symmetric, shape `(i, i)`, dimensionless; larger is likelier to replace.
    """

    ions: tuple[Ion, ...]
    weights: NDArray[np.float64]

    def of(self, symbol: str, state: int, others: Sequence[Ion]) -> NDArray[np.float64]:
        """Return the log weights with which `others` replace one ion, shape `(o,)`."""
        mean = np.exp(self.weights).T @ self._shares(symbol, state)
        row = {ion: float(np.log(w)) for ion, w in zip(self.ions, mean, strict=True)}
        return np.array([row.get(ion, _NEVER_SEEN) for ion in others])

    def _shares(self, symbol: str, state: int) -> NDArray[np.float64]:
        ions = element_ions()[symbol]
        if (symbol, state) in self.ions:
            return np.array([float(ion == (symbol, state)) for ion in self.ions])
        shares = np.array([ions.share(q) if s == symbol else 0.0 for s, q in self.ions])
        total = shares.sum()
        # An element that the table lacks is like no other more than the next.
        return np.full(len(shares), 1 / len(shares)) if total == 0 else shares / total


@lru_cache(maxsize=1)
def ion_similarity() -> IonSimilarity:
    """Return the table of pymatgen as a matrix."""
    from pymatgen.analysis.structure_prediction.substitution_probability import (
        SubstitutionProbability,
    )
    from pymatgen.core.periodic_table import Species

    # Pymatgen's own reader takes seconds: it sums over all pairs of ions, as objects.
    package = SubstitutionProbability.__module__.rpartition(".")[0]
    rows = json.loads((files(package) / "data" / "lambda.json").read_bytes())
    pairs = [row for row in rows if _NO_ION not in row]
    species = {text: Species.from_str(text) for row in pairs for text in row[:2]}
    ion = {text: (str(one.symbol), int(one.oxi_state or 0)) for text, one in species.items()}
    ions = tuple(sorted(set(ion.values())))
    place = {one: i for i, one in enumerate(ions)}
    weights = np.full((len(ions), len(ions)), _NEVER_SEEN)
    for first, second, weight in pairs:
        i, j = place[ion[first]], place[ion[second]]
        weights[i, j] = weights[j, i] = float(weight)
    return IonSimilarity(ions, weights)
