"""Scores of predictions on validation rows."""

from typing import Final

import numpy as np
from scipy.stats import rankdata

from loop.sources.card import Scores
from loop.sources.recipe import SourceRecipe, Values

_FEWEST: Final = 10


def scores(recipe: SourceRecipe, observed: Values, predicted: Values) -> Scores:
    """Return the scores of predictions, both shape `(n,)` on the scale of learning."""
    n = len(observed)
    if n == 0:
        return Scores(n=0, r2=None, rmse=None, spearman=None)
    apart = recipe.unscaled(predicted) - recipe.unscaled(observed)
    rmse = float(np.sqrt(np.mean(apart**2)))
    spread = float(np.mean((observed - observed.mean()) ** 2))
    if n < _FEWEST or spread == 0 or np.ptp(predicted) == 0:
        return Scores(n=n, r2=None, rmse=rmse, spearman=None)
    ranks = np.corrcoef(rankdata(observed), rankdata(predicted))[0, 1]
    r2 = 1.0 - float(np.mean((predicted - observed) ** 2)) / spread
    return Scores(n=n, r2=r2, rmse=rmse, spearman=float(ranks))
