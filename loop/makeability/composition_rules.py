"""How likely a composition can be made, by rules that every inorganic chemist applies first.

The score is a product of three factors in [0, 1]:

- charges: 1 if one oxidation state per element balances them with anions more electronegative
  than cations, `mixed_valence` (and no second factor) if that takes atoms of one element in
  different states, or else a state with less than 1 % of its element's reports,
  `reversed_order` if it takes a cation more electronegative than an anion, 0 if nothing does;
- commonness: geometric mean over the elements of the share of its state among the element's
  reports, relative to its commonest state;
- size: 1 up to `free_elements` elements, times `per_element` for every further one.

Elements alone have no charges to balance and score 1. Nor have alloys of metals, and nothing else
here tells whether the metals mix: `alloy` stands for the first two factors, half by default. No
rule knows of stability against decomposition
or of a synthesis: a high score says that nothing speaks against it, not that it was made.

Source of the first: Davies et al., Chem 1, 617 (2016); see `loop.core.charge_balance`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from loop.core.charge_balance import is_alloy, is_balanced, is_neutral, likely_states
from loop.core.formula import UnknownElementError, read_formula, whole_amounts
from loop.core.generation_ports import Assessment
from loop.core.oxidation_states import MIXED_VALENCE, element_ions, ion_name

_RARE = 0.1
_UNUSUAL = 0.01


class CompositionRulesConfig(BaseModel):
    """Factors of the score, see the module."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    mixed_valence: float = Field(0.7, ge=0, le=1)
    reversed_order: float = Field(0.2, ge=0, le=1)
    alloy: float = Field(0.5, ge=0, le=1)
    free_elements: int = Field(4, ge=1)
    per_element: float = Field(0.8, ge=0, le=1)


class CompositionRules:
    """Judge of compositions."""

    Config: ClassVar[type[BaseModel]] = CompositionRulesConfig
    materials: ClassVar[frozenset[str]] = frozenset({"composition"})

    def __init__(self, config: CompositionRulesConfig) -> None:
        self.config = config

    def assess(self, structures: Sequence[str]) -> Assessment:
        """Return a score in [0, 1] and a reason per formula, see the module."""
        judged = [self._judge(formula) for formula in structures]
        return Assessment(
            np.array([score for score, _ in judged], dtype=np.float64),
            tuple(reason for _, reason in judged),
        )

    def _judge(self, formula: str) -> tuple[float, str]:
        try:
            amounts = whole_amounts(read_formula(formula))
        except UnknownElementError as error:
            return 0.0, f"nothing is known of {', '.join(error.symbols)}"
        except ValueError:
            return 0.0, "cannot be read as a chemical formula"
        unknown = [s for s in amounts if s not in element_ions()]
        if unknown:
            return 0.0, f"nothing is known of {', '.join(unknown)}"
        score, reason = self._charges(amounts)
        further = max(0, len(amounts) - self.config.free_elements)
        if further:
            score *= self.config.per_element**further
            reason = f"{reason}; {len(amounts)} elements"
        return score, reason

    def _charges(self, amounts: Mapping[str, int]) -> tuple[float, str]:
        if len(amounts) == 1:
            return 1.0, "an element"
        if is_alloy(amounts):
            return self.config.alloy, "metals only: charge rules do not apply"
        states = likely_states(amounts)
        single = (0.0, "") if states is None else _commonness(states)
        mixed = [s for s in amounts if s in MIXED_VALENCE]
        # Two common states of one element beat one rare state of another, as in YBa2Cu3O7.
        if (
            single[0] < self.config.mixed_valence
            and is_balanced(
                amounts, mixed_valence=True, least_share=0.0 if states is None else _UNUSUAL
            )
            and not is_balanced(amounts, least_share=_UNUSUAL)
        ):
            return self.config.mixed_valence, (
                f"charges balance with mixed valence of {' or '.join(mixed)}"
            )
        if states is not None:
            return single
        if is_neutral(amounts):
            return (
                self.config.reversed_order,
                "charges balance only with a cation more electronegative than an anion",
            )
        return 0.0, "no known oxidation states balance the charges"


def _commonness(states: Mapping[str, int]) -> tuple[float, str]:
    ions = element_ions()
    shares = {symbol: ions[symbol].share(state) for symbol, state in states.items()}
    logs = [math.log(share / max(ions[symbol].shares)) for symbol, share in shares.items()]
    written = " ".join(ion_name(symbol, state) for symbol, state in states.items())
    rare = [
        f"{ion_name(symbol, states[symbol])} ({share:.2g} of reports)"
        for symbol, share in shares.items()
        if share < _RARE
    ]
    said = f", with rare {', '.join(rare)}" if rare else ""
    return math.exp(math.fsum(logs) / len(logs)), f"charges balance as {written}{said}"
