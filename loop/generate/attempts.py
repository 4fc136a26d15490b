"""One step of a search: attempts, scored, and made anew where the constraints forbid them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from loop.core.generation_ports import Offspring, TaughtGenerator
from loop.generate.archive import Archive
from loop.generate.tempering import Places

FORBIDDEN: Final = "forbidden by the constraints"


@dataclass(frozen=True)
class Attempts:
    """What one step's attempts came to.

    Attributes:
        parents: Archive row of the parent of each that is allowed, `(k,)`, intp.
        children: Archive row of each that is allowed, `(k,)`, intp.
        tried: Attempts.
        retries: How often attempts were begun anew, by the generator or because the constraints
            forbade what it had made.
        failures: Reason to number of attempts that came to nothing.
        warnings: Of the generator.
    """

    parents: Places
    children: Places
    tried: int
    retries: int
    failures: Mapping[str, int]
    warnings: tuple[str, ...]


def attempt(
    generator: TaughtGenerator,
    archive: Archive,
    parents: Places,
    size: int,
    step: int,
    renewals: int,
    rng: np.random.Generator,
) -> Attempts:
    """Make `size` attempts and keep in the archive what the constraints allow.

    A hard filter would else take its share of the attempts out of the search: what it forbids is
    made anew from the same parents, as a generator itself begins anew what does not hold.

    Args:
        generator: Makes the structures.
        archive: Scores and keeps them.
        parents: Archive rows; the i-th attempt departs from row `i % len(parents)`.
        size: Attempts.
        step: Number of the step that these belong to.
        renewals: How often a forbidden attempt is made anew at most.
        rng: Source of all randomness; one number is drawn per round of attempts.
    """
    kept_parents, children = [], []
    failures: Counter[str] = Counter()
    warnings: list[str] = []
    tried = retries = 0
    for renewal in range(renewals + 1):
        names = [archive.content.structures[i] for i in parents]
        made = generator.propose(names, size, int(rng.integers(2**31)))
        heads = _heads(made, parents)
        rows = archive.add(made.structures, heads, step, made.notes)
        kept_parents.append(heads[rows >= 0])
        children.append(rows[rows >= 0])
        failures.update(made.failures)
        warnings += made.warnings
        tried += 0 if renewal else made.tried
        retries += made.retries + (made.tried if renewal else 0)
        parents = heads[rows < 0]
        size = len(parents)
        if not size:
            break
    failures[FORBIDDEN] += size
    return Attempts(
        np.concatenate(kept_parents),
        np.concatenate(children),
        tried,
        retries,
        failures,
        tuple(warnings),
    )


def _heads(made: Offspring, parents: Places) -> Places:
    """Return the archive row of each offspring's parent.

    One made from nothing competes with the parent whose turn it was.
    """
    turn = np.arange(len(made.structures)) % len(parents)
    return parents[np.where(made.parents >= 0, made.parents, turn)]
