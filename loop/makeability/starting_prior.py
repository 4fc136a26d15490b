"""What is believed of a route before its chemistry is looked at."""

import math
from typing import Final

from loop.makeability.reaction_templates import read

LOG_STEP: Final = math.log(0.6)
"""Log prior of one step more: of two routes that work alike, the shorter one is wanted."""

_CHANCE: Final = 0.9
_MIDDLE: Final = 10.0
_WIDTH: Final = 3.0


def log_prior(smiles: str) -> float:
    """Return the log probability that a molecule which the stock does not hold can be bought.

    A logistic curve of the number of heavy atoms: about 0.8 for 4, 0.45 for 10, 0.03 for 20. It
    is a judgement, not a fit: catalogues thin out with size, and no catalogue is complete.
    """
    n_heavy = read(smiles).GetNumHeavyAtoms()
    return math.log(_CHANCE) - math.log1p(math.exp((n_heavy - _MIDDLE) / _WIDTH))
