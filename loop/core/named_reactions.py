"""All named reactions that routes and the enumeration of molecules use.

Written for this project from textbook chemistry (J. Clayden, N. Greeves, S. Warren, Organic
Chemistry, 2nd ed., 2012; L. Kuerti, B. Czako, Strategic Applications of Named Reactions, 2005); the
choice follows the robust reactions of M. Hartenfeller et al., J. Chem. Inf. Model. 2011, 51, 3093.
"""

from typing import Final

from loop.core.named_acylations import ACYLATIONS
from loop.core.named_carbonyls import CARBONYLS
from loop.core.named_conversions import CONVERSIONS
from loop.core.named_couplings import COUPLINGS
from loop.core.named_heterocycles import HETEROCYCLES
from loop.core.named_reaction import NamedReaction

NAMED_REACTIONS: Final[tuple[NamedReaction, ...]] = (
    *ACYLATIONS,
    *COUPLINGS,
    *CARBONYLS,
    *HETEROCYCLES,
    *CONVERSIONS,
)
"""The reactions, names unique."""
