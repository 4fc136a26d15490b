"""A pool that grows: generated candidates join it, what was there keeps its row and id."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import CandidatePool, FieldValue
from loop.core.identity import content_id
from loop.core.invention_ports import Invention, Judgement
from loop.core.planned_route import Plan, dump_route, load_route, route_words

GENERATOR: Final = "generator"
MADE_FROM: Final = "made_from"
ROUTE: Final = "route"
IN_STOCK: Final = "route_in_stock"
ROUTE_PLAN: Final = "route_plan"
LOG_WEIGHT: Final = "log_makeability"
OWN_FIELDS: Final = (GENERATOR, MADE_FROM, ROUTE, IN_STOCK, ROUTE_PLAN, LOG_WEIGHT)
_SAID: Final[dict[bool | None, FieldValue]] = {None: None, True: "yes", False: "no"}
_FORBIDDEN: Final = "forbidden"


def candidate_id(slug: str, key: str) -> str:
    """Return the id of a generated candidate, made from campaign and canonical structure."""
    return "g" + content_id(slug, key, "candidate").replace("-", "")[:12]


def judged(pool: CandidatePool, judgement: Judgement) -> CandidatePool:
    """Return a pool of listed candidates with the columns that generated ones have."""
    none: tuple[FieldValue, ...] = (None,) * len(pool)
    own = {GENERATOR: none, MADE_FROM: none, **_columns(judgement)}
    return CandidatePool(
        pool.material, pool.ids, pool.structures, pool.labels, {**pool.fields, **own}
    )


def extended(pool: CandidatePool, invention: Invention, generator: str, slug: str) -> CandidatePool:
    """Return the pool with new candidates after its own; `pool` has the columns of `judged`.

    Other columns are empty for new candidates, who are named by their structures.
    """
    size = len(invention.structures)
    own: dict[str, tuple[FieldValue, ...]] = {
        GENERATOR: (generator,) * size,
        MADE_FROM: invention.made_from,
        **_columns(invention.judgement),
    }
    nothing: tuple[FieldValue, ...] = (None,) * size
    return CandidatePool(
        material=pool.material,
        ids=pool.ids + tuple(candidate_id(slug, key) for key in invention.keys),
        structures=pool.structures + invention.structures,
        labels=pool.labels + invention.structures,
        fields={
            name: tuple(column) + own.get(name, nothing) for name, column in pool.fields.items()
        },
    )


def log_weights(pool: CandidatePool) -> NDArray[np.float64]:
    """Return what is added to the logarithm of each candidate's gain, shape `(n,)`.

    Minus infinity forbids a candidate; a pool that nobody judged has zeros.
    """
    column = pool.fields.get(LOG_WEIGHT, ())
    if not column:
        return np.zeros(len(pool))
    return np.array([-np.inf if v == _FORBIDDEN else float(v or 0.0) for v in column])


def told_of(pool: CandidatePool, row: int) -> tuple[str, str]:
    """Return in words where a candidate comes from, and how it can be made; either may be empty."""

    def text(name: str) -> str:
        column: Sequence[FieldValue] = pool.fields.get(name, ())
        return str(column[row] or "") if column else ""

    made = f"{text(GENERATOR)}: {text(MADE_FROM)}" if text(GENERATOR) else ""
    return made, text(ROUTE)


def plan_of(fields: Mapping[str, FieldValue]) -> Plan | None:
    """Return what a planner said of a candidate, from its other columns; None if none was asked."""
    known = fields.get(IN_STOCK)
    if known is None:
        return None
    words, kept = fields.get(ROUTE), fields.get(ROUTE_PLAN)
    return Plan(
        found=bool(words),
        in_stock=known == _SAID[True],
        route=load_route(str(kept)) if kept else None,
        words=str(words or ""),
    )


def _columns(judgement: Judgement) -> dict[str, tuple[FieldValue, ...]]:
    return {
        ROUTE: tuple(None if r is None else route_words(r) for r in judgement.routes),
        IN_STOCK: tuple(_SAID[known] for known in judgement.in_stock),
        ROUTE_PLAN: tuple(None if r is None else dump_route(r) for r in judgement.routes),
        # Canonical JSON has no infinity.
        LOG_WEIGHT: tuple(
            _FORBIDDEN if w == -np.inf else float(w) for w in judgement.log_weight.tolist()
        ),
    }
