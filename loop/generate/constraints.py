"""Constraints and bonuses as log-probabilities: each is a `LogScore`, and their sum is one.

A hard constraint is minus infinity; a soft one costs, and a bonus pays, a number of log units:
log 10 is worth a tenfold probability.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from loop.core.generation_ports import LogScore, Vector
from loop.errors import ConfigError
from loop.generate.molecules import query_of, stretches_of, units_of


def together(*scores: LogScore) -> LogScore:
    """Return the sum of scores; one that forbids is not followed by those after it."""

    def total(structures: Sequence[str]) -> Vector:
        result = np.zeros(len(structures))
        for score in scores:
            left = np.flatnonzero(np.isfinite(result))
            if len(left):
                result[left] += score([structures[int(i)] for i in left])
        return result

    return total


def required(smarts: Sequence[str], cost: float = math.inf) -> LogScore:
    """Return a score that asks for substructures.

    Args:
        smarts: Patterns that must all be present, each anywhere in the chain of a polymer.
        cost: Log units for each that is absent; infinite forbids.
    """
    queries = [query_of(s, "required substructure") for s in smarts]
    return _per_stretch(lambda parts: _fine(_count(parts, queries, present=False), cost))


def forbidden(smarts: Sequence[str], cost: float = math.inf) -> LogScore:
    """Return a score against substructures.

    Args:
        smarts: Patterns of which none may be present, the links between units included.
        cost: Log units for each that is present; infinite forbids.
    """
    queries = [query_of(s, "forbidden substructure") for s in smarts]
    return _per_stretch(lambda parts: _fine(_count(parts, queries, present=True), cost))


def bonus(fragments: Mapping[str, float], most: float = math.inf) -> LogScore:
    """Return a score that pays for fragments, such as mesogenic ones (Wu et al. 2019).

    Args:
        fragments: SMARTS (a SMILES with `[*]` for open ends serves) to log units when present;
            negative ones cost.
        most: Largest sum that is paid.
    """
    for smarts, weight in fragments.items():
        if not math.isfinite(weight):
            raise ConfigError(f"bonus of {smarts!r}: {weight}; expected a finite number")
    queries = [(query_of(s, "fragment with a bonus"), w) for s, w in fragments.items()]

    def paid(parts: Sequence[Any]) -> float:
        return min(most, math.fsum(w for q, w in queries if _within(parts, q)))

    return _per_stretch(paid)


def limits(
    *,
    heavy_atoms: tuple[int, int] = (1, 1000),
    elements: Sequence[str] | None = None,
    charge: int | None = 0,
    rings: tuple[int, int] = (0, 1000),
    radicals: bool = False,
) -> LogScore:
    """Return a filter by size and kind; for copolymers every unit must pass.

    Args:
        heavy_atoms: Fewest and most atoms without hydrogens and `*`.
        elements: Symbols that may occur, hydrogen apart; None allows all.
        charge: Net charge to have, None for any.
        rings: Fewest and most rings.
        radicals: Whether unpaired electrons are allowed.

    Raises:
        ConfigError: a range is not ordered.
    """
    for name, (low, high) in {"heavy_atoms": heavy_atoms, "rings": rings}.items():
        if not 0 <= low <= high:
            raise ConfigError(f"{name} {low} to {high}; expected 0 <= lowest <= highest")
    allowed = None if elements is None else frozenset(elements) | {"*", "H"}

    def passes(unit: Any) -> bool:
        atoms = list(unit.GetAtoms())
        return (
            heavy_atoms[0] <= sum(atom.GetAtomicNum() > 1 for atom in atoms) <= heavy_atoms[1]
            and (allowed is None or all(atom.GetSymbol() in allowed for atom in atoms))
            and (charge is None or sum(atom.GetFormalCharge() for atom in atoms) == charge)
            and rings[0] <= unit.GetRingInfo().NumRings() <= rings[1]
            and (radicals or not any(atom.GetNumRadicalElectrons() for atom in atoms))
        )

    return _per_unit(lambda units: 0.0 if all(passes(u) for u in units) else -math.inf)


def _per_unit(score: Callable[[Sequence[Any]], float]) -> LogScore:
    return lambda structures: np.array([score(units_of(s)) for s in structures], np.float64)


def _per_stretch(score: Callable[[Sequence[Any]], float]) -> LogScore:
    return lambda structures: np.array([score(stretches_of(s)) for s in structures], np.float64)


def _within(parts: Sequence[Any], query: Any) -> bool:
    return any(part.HasSubstructMatch(query) for part in parts)


def _count(parts: Sequence[Any], queries: Sequence[Any], *, present: bool) -> int:
    return sum(_within(parts, query) is present for query in queries)


def _fine(faults: int, cost: float) -> float:
    # Infinity times no fault would be NaN.
    return -cost * faults if faults else 0.0
