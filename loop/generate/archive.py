"""Everything a search has visited, each structure once, with the parts of its score."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loop.core.generation_ports import LogScore, Vector
from loop.errors import ModelError
from loop.generate.tempering import Places, normalised


def flat(structures: Sequence[str]) -> Vector:
    """Return zeros, shape `(n,)`: no preference."""
    return np.zeros(len(structures))


@dataclass(frozen=True)
class Target:
    """What a search is after; three log weights that play different parts.

    Attributes:
        likelihood: Of the wanted region under the surrogate; finite. It alone is tempered.
        constraint: Filters, penalties and bonuses, added at full weight from the start.
        prior: How plausible a structure is in itself (a language model, makeability). It steers
            no move, since moves come from generators that sample from it, and enters the
            posterior weights over the archive.
        log_chance: Probability of hitting, where the likelihood is more than that (a slope).
        describe: Says what is predicted of structures, for warnings.
        in_words: What is wanted.
        key: The text that all spellings of one candidate share, so that another cut of the same
            chain is no new polymer; None for what is no candidate. Without it the structures
            themselves are compared.
        reach: Says between which values the predictions of structures lie, for warnings.
    """

    likelihood: LogScore
    constraint: LogScore = flat
    prior: LogScore = flat
    log_chance: LogScore | None = None
    describe: Callable[[Sequence[str]], Sequence[str]] | None = None
    in_words: str = "the target"
    key: Callable[[str], str | None] | None = None
    reach: Callable[[Sequence[str]], str] | None = None


@dataclass(frozen=True)
class Visited:
    """The archive's columns, in the order of the first visit; row 0 first.

    Attributes:
        structures: Distinct, in canonical form.
        log_likelihood: `(n,)`.
        log_constraint: `(n,)`, finite: what is forbidden is not kept.
        log_prior: `(n,)`.
        parents: Row of the structure it was made from, -1 for none, `(n,)`, intp.
        steps: Step of the search that made it, 0 for the initial ones, `(n,)`, intp.
        offspring: How many structures were made from it, repeats included, `(n,)`, intp.
        notes: Where it comes from, in the generator's words.
    """

    structures: tuple[str, ...]
    log_likelihood: Vector
    log_constraint: Vector
    log_prior: Vector
    parents: Places
    steps: Places
    offspring: Places
    notes: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many structures were visited."""
        return len(self.structures)

    @property
    def reward(self) -> Vector:
        """Return log-likelihood plus constraint, what a search climbs, shape `(n,)`."""
        return self.log_likelihood + self.log_constraint

    @cached_property
    def posterior(self) -> Vector:
        """Return the posterior probabilities over this finite set, summing to 1, shape `(n,)`.

        Prior times constraint times likelihood, normalised over the distinct structures: exact
        for the question which of those visited, whatever moves found them.
        """
        return normalised(self.log_prior + self.log_constraint + self.log_likelihood)

    def best(self, size: int) -> Places:
        """Return the rows of the largest reward, best first, ties by first visit."""
        return np.argsort(-self.reward, kind="stable")[:size]

    @property
    def made(self) -> NDArray[np.bool_]:
        """Return which rows the search made, the initial ones apart, shape `(n,)`."""
        return self.steps > 0


class Archive:
    """The growing archive: merges duplicates, scores each structure once."""

    def __init__(
        self, target: Target, content: Visited | None = None, banned: Sequence[str] = ()
    ) -> None:
        self.target = target
        empty, none = np.zeros(0), np.zeros(0, dtype=np.intp)
        self._content = content or Visited((), empty, empty, empty, none, none, none, ())
        self._keys: dict[str, str | None] = {}
        self._row = {self._key(s): i for i, s in enumerate(self._content.structures)}
        # What is no candidate is forbidden like what the constraints forbid.
        self._banned: set[str | None] = {None, *banned}

    def _key(self, structure: str) -> str | None:
        if self.target.key is None:
            return structure
        if structure not in self._keys:
            self._keys[structure] = self.target.key(structure)
        return self._keys[structure]

    @property
    def content(self) -> Visited:
        """Return what was visited so far."""
        return self._content

    @property
    def banned(self) -> tuple[str, ...]:
        """Return the keys of what the constraints forbid, sorted."""
        return tuple(sorted(key for key in self._banned if key is not None))

    def add(
        self, structures: Sequence[str], parents: Places, step: int, notes: Sequence[str] = ()
    ) -> Places:
        """Score what is new and keep it.

        Args:
            structures: In canonical form; those of one key are merged into the first.
            parents: Rows they were made from, -1 for none, shape `(n,)`.
            step: Step of the search.
            notes: One per structure, or none at all.

        Returns:
            Row of each structure, -1 where the constraints forbid it, shape `(n,)`.

        Raises:
            ModelError: a score is not a number, or a likelihood not finite.
        """
        keys = [self._key(structure) for structure in structures]
        first: dict[str | None, int] = {}
        for i, key in enumerate(keys):
            if key not in self._row and key not in self._banned:
                first.setdefault(key, i)
        at = list(first.values())
        self._keep([structures[i] for i in at], at, parents, step, notes)
        made = np.bincount(parents[parents >= 0], minlength=len(self._content))
        self._content = replace(self._content, offspring=self._content.offspring + made)
        return np.array([self._row.get(key, -1) for key in keys], dtype=np.intp)

    def _keep(
        self, new: list[str], at: list[int], parents: Places, step: int, notes: Sequence[str]
    ) -> None:
        if not new:
            return
        constraint = _checked(self.target.constraint(new), new, "constraint")
        allowed = np.flatnonzero(constraint > -np.inf)
        self._banned.update(self._key(new[i]) for i in np.flatnonzero(constraint == -np.inf))
        kept, places = [new[i] for i in allowed], [at[i] for i in allowed]
        if not kept:
            return
        likelihood = _checked(self.target.likelihood(kept), kept, "likelihood")
        if not np.isfinite(likelihood).all():
            worst = kept[int(np.argmin(np.isfinite(likelihood)))]
            raise ModelError(
                f"log-likelihood of {worst} is infinite; expected a finite number",
                hint="forbid structures by a constraint, not by the likelihood",
            )
        old = self._content
        self._row |= {self._key(s): len(old) + i for i, s in enumerate(kept)}
        self._content = Visited(
            old.structures + tuple(kept),
            np.concatenate([old.log_likelihood, likelihood]),
            np.concatenate([old.log_constraint, constraint[allowed]]),
            np.concatenate([old.log_prior, _checked(self.target.prior(kept), kept, "prior")]),
            np.concatenate([old.parents, parents[places]]),
            np.concatenate([old.steps, np.full(len(kept), step, dtype=np.intp)]),
            np.concatenate([old.offspring, np.zeros(len(kept), dtype=np.intp)]),
            old.notes + tuple(notes[i] if notes else "" for i in places),
        )


def _checked(scores: Vector, structures: Sequence[str], name: str) -> Vector:
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (len(structures),):
        raise ModelError(
            f"log {name} of shape {values.shape} for {len(structures)} structures; "
            f"expected ({len(structures)},)"
        )
    bad = np.isnan(values) | (values == np.inf)
    if bad.any():
        i = int(np.argmax(bad))
        raise ModelError(f"log {name} of {structures[i]} is {values[i]}; expected a number")
    return values
