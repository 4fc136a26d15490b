"""Stoichiometry, valence shells and ionic character of a composition.

With atomic fractions w_i, Pauling electronegativities x_i and numbers v of valence electrons:

- norms: (sum w^p)^(1/p) for p = 2, 3, 5, 7, 10, and the number of elements for p = 0;
- shares: sum(w v_s) / sum(w v), and so for the p, d and f shells; they sum to one;
- ionic character of a pair: 1 - exp(-(x_i - x_j)^2 / 4) (Pauling); its maximum over the pairs, and
  its mean sum_ij(w_i w_j I_ij).

Source: Ward et al., npj Comput. Mater. 2, 16028 (2016), "stoichiometric", "valence orbital
occupation" and "ionic compound" attributes.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from loop.featurize.block import Amounts, BlockValues, Reads
from loop.featurize.composition_batch import CompositionBatch, batch_of
from loop.featurize.element_choice import chosen
from loop.featurize.elements.table import element_table
from loop.featurize.version_digest import version_digest

Reals = NDArray[np.float64]

_VERSION: Final = 1
_POWERS: Final = (2, 3, 5, 7, 10)
_SHELLS: Final = ("s", "p", "d", "f")


class ValenceConfig(BaseModel):
    """No settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ElementValence:
    """Twelve numbers: norms of the fractions, shares of the valence shells, ionic character."""

    Config: ClassVar[type[BaseModel]] = ValenceConfig
    reads: ClassVar[Reads] = "composition"
    kind = "reals"
    name = "valence"
    columns = (
        "number of elements",
        *(f"fraction {p}-norm" for p in _POWERS),
        *(f"share of {shell} valence electrons" for shell in _SHELLS),
        "max ionic character",
        "mean ionic character",
    )

    def __init__(self, config: ValenceConfig) -> None:
        self.config = config
        self._shells = chosen(tuple(f"{shell}_valence" for shell in _SHELLS))[1]
        self._electronegativity = chosen(("en_pauling",))[1][:, 0]

    def digest(self) -> str:
        """Return a digest of code version and element table."""
        libraries = {"elements": element_table().digest}
        return version_digest("valence", _VERSION, libraries, {})

    def describe(self, items: Sequence[Amounts]) -> BlockValues:
        """Return the numbers, float32, shape `(n, 12)`; an element beyond Lr fails its row."""
        batch = batch_of(items)
        if not len(batch.rows):
            return BlockValues(
                np.zeros((len(items), len(self.columns)), np.float32), batch.failures
            )
        parts = (_norms(batch), self._shares(batch), self._ionic(batch))
        return BlockValues(batch.spread(np.concatenate(parts, axis=1)), batch.failures)

    def _shares(self, batch: CompositionBatch) -> Reals:
        electrons = batch.sums(batch.fractions, self._shells)
        return np.asarray(electrons / electrons.sum(axis=1, keepdims=True))

    def _ionic(self, batch: CompositionBatch) -> Reals:
        x = self._electronegativity
        pairs = 1.0 - np.exp(-0.25 * (x[:, None] - x) ** 2)
        weights = batch.sums(batch.fractions, np.eye(len(x)))
        mean = ((weights @ pairs) * weights).sum(axis=1)
        present = x[batch.elements]
        # The character grows with the difference, so the extreme elements make the strongest pair.
        widest = np.maximum.reduceat(present, batch.starts) - np.minimum.reduceat(
            present, batch.starts
        )
        return np.column_stack([1.0 - np.exp(-0.25 * widest**2), mean])


def _norms(batch: CompositionBatch) -> Reals:
    norms = [np.add.reduceat(batch.fractions**p, batch.starts) ** (1.0 / p) for p in _POWERS]
    return np.column_stack([batch.sizes, *norms])
