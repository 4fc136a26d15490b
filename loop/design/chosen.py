"""The best distinct new candidates of everything that a search visited."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from loop.core.invention_ports import Invention, InventionRequest
from loop.design.exploring import STRINGS, Explored, origin_of
from loop.design.keys import key_of
from loop.design.makeable import MakeabilityCourt
from loop.generate.kinship import Fingerprints, spread_out

_AHEAD: Final = 4
_TWIN_COST: Final = 2.0
_TWIN: Final = 0.7


def chosen(request: InventionRequest, found: Explored, court: MakeabilityCourt) -> Invention:
    """Return at most `keep` candidates by their reward, those like a better one set back."""
    visited, space = found.result.visited, request.space
    known = _known_keys(request)
    rows: list[int] = []
    keys: list[str] = []
    for row in np.argsort(-visited.reward, kind="stable").tolist():
        if len(rows) == _AHEAD * space.keep:
            break
        key = key_of(space.material, visited.structures[row])
        if key is not None and key not in known:
            known.add(key)
            rows.append(row)
            keys.append(key)
    places: Sequence[int] = range(min(space.keep, len(rows)))
    if space.material in STRINGS and len(rows) > space.keep and request.wish is not None:
        names = [visited.structures[row] for row in rows]
        reward = visited.reward[rows]
        places = spread_out(names, reward, space.keep, Fingerprints(), _TWIN_COST, _TWIN)
    structures = tuple(visited.structures[rows[i]] for i in places)
    return Invention(
        structures=structures,
        keys=tuple(keys[i] for i in places),
        made_from=tuple(_origin(found, rows[i]) for i in places),
        judgement=court.judge(structures),
        n_tried=found.n_tried,
        n_distinct=int(visited.made.sum()) + len(found.first),
        failures=found.failures,
        stopped=found.stopped,
        warnings=found.warnings,
    )


def _known_keys(request: InventionRequest) -> set[str]:
    listed = request.space.examples
    examples = request.examples
    if listed is not None and listed.material not in {None, request.space.material}:
        examples = ()
    keys = (key_of(request.space.material, s) for s in (*request.pool, *examples))
    return {key for key in keys if key is not None}


def _origin(found: Explored, row: int) -> str:
    visited = found.result.visited
    structure = visited.structures[row]
    if structure in found.first:
        return found.first[structure]
    if visited.notes[row]:
        return visited.notes[row]
    parent = int(visited.parents[row])
    return origin_of(visited.structures[parent] if parent >= 0 else "")
