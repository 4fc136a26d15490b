"""The search: proposals by a generator, scores by a surrogate, particles by a policy.

Every step draws its randomness from the seed and the number of the step alone, so that a search
which was stopped and goes on from its checkpoint makes the stream that it would have made.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from loop.core.canonical import digest
from loop.core.generation_ports import TaughtGenerator
from loop.core.ports import Progress, silent
from loop.errors import DataError
from loop.generate.archive import Archive, Target, Visited
from loop.generate.attempts import Attempts, attempt
from loop.generate.checkpoint import load, save
from loop.generate.kinship import Kinship
from loop.generate.population import Elitist, Policy, Population, TemperedSampling
from loop.generate.search_state import ENDINGS, SearchConfig, Standing
from loop.generate.tempering import distinct

_LOG_HALF: Final = float(np.log(0.5))
_LEADING: Final = 200
_MOST_LOST: Final = 5.0
"""Seconds of work after which a checkpoint is due: an interrupted search loses no more."""


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes:
        visited: Everything visited, with scores, lineage and posterior weights.
        population: The particles at the end.
        standing: Steps, attempts, failures.
        stopped: Why it ended, in words.
        warnings: What its owner should know about the target, in words.
    """

    visited: Visited
    population: Population
    standing: Standing
    stopped: str
    warnings: tuple[str, ...] = ()

    @property
    def particles(self) -> tuple[str, ...]:
        """Return the structures of the population."""
        return tuple(self.visited.structures[i] for i in self.population.rows)


class Search:
    """A search for structures that hit a target.

    Args:
        generator: Makes the moves; a mixture of generators is one too.
        target: What is wanted.
        config: Settings.
        seed: Source of all randomness.
        kinship: How alike two structures are; with it the elitist policy keeps them apart.
    """

    def __init__(
        self,
        generator: TaughtGenerator,
        target: Target,
        config: SearchConfig,
        seed: int,
        kinship: Kinship | None = None,
    ) -> None:
        self.generator = generator
        self.target = target
        self.config = config
        self.seed = seed
        self._policy: Policy = (
            TemperedSampling(
                config.size, config.batch, config.keep, config.draw_below, config.tiring
            )
            if config.policy == "smc"
            else Elitist(
                config.size,
                config.batch,
                kinship,
                config.similar_cost,
                config.similar_above,
                config.flatness,
                config.tiring,
            )
        )

    def run(
        self,
        initial: Sequence[str],
        progress: Progress = silent,
        checkpoint: Path | None = None,
    ) -> SearchResult:
        """Search from initial structures, or from the checkpoint if the file is there.

        Args:
            initial: Valid and canonical structures to depart from.
            progress: Told how far it is, with the time that is left.
            checkpoint: File to write from time to time and at the end, and to go on from.

        Raises:
            DataError: no initial structure passes the constraints; the checkpoint is damaged.
            ConfigError: the checkpoint is of a search with other settings, seed or surrogate.
            ModelError: a score is not a number.
        """
        mark = self._mark(initial)
        if checkpoint is not None and checkpoint.exists():
            archive, population, standing = load(checkpoint, mark, self.target)
        else:
            archive, population, standing = self._start(initial)
        saved = standing
        began = time.monotonic() - standing.seconds
        while not (stopped := self._ending(standing)):
            population, standing = self._step(archive, population, standing)
            standing = replace(standing, seconds=time.monotonic() - began)
            progress(*self._report(archive.content, standing))
            if checkpoint is not None and self._due(standing, saved):
                save(checkpoint, mark, archive, population, standing)
                saved = standing
        if checkpoint is not None:
            save(checkpoint, mark, archive, population, standing)
        return SearchResult(
            archive.content,
            self._thinned(population),
            standing,
            stopped,
            tuple(self._warnings(archive.content)),
        )

    def _due(self, standing: Standing, saved: Standing) -> bool:
        steps, seconds = standing.step - saved.step, standing.seconds - saved.seconds
        return steps >= self.config.checkpoint_steps or seconds >= _MOST_LOST

    def _start(self, initial: Sequence[str]) -> tuple[Archive, Population, Standing]:
        if not initial:
            raise DataError("no structure to start from", hint="give at least one")
        archive = Archive(self.target)
        rows = archive.add(initial, np.full(len(initial), -1, dtype=np.intp), 0)
        rows = np.unique(rows[rows >= 0])
        if not len(rows):
            raise DataError(
                f"none of the {len(initial)} initial structures passes the constraints, "
                f"{initial[0]!r} for one",
                hint="loosen the constraints, or start from structures that meet them",
            )
        if isinstance(self._policy, Elitist):
            rows = self._policy.chosen(archive.content)
        standing = Standing(_peak(archive.content, self.config.size))
        return archive, Population(rows, np.zeros(len(rows))), standing

    def _step(
        self, archive: Archive, now: Population, standing: Standing
    ) -> tuple[Population, Standing]:
        rng = np.random.default_rng([self.seed, standing.step])
        now, parents = self._policy.breeders(now, archive.content, rng)
        size = min(self.config.batch, self.config.proposals - standing.tried)
        made = attempt(
            self.generator, archive, parents, size, standing.step + 1, self.config.renewals, rng
        )
        now = self._policy.absorb(now, made.parents, made.children, archive.content)
        return now, self._counted(archive.content, standing, made)

    def _counted(self, seen: Visited, before: Standing, made: Attempts) -> Standing:
        failures = Counter(before.failures) + Counter(dict(made.failures))
        peak = _peak(seen, self.config.size)
        gained = (peak[0], peak[1] - self.config.gain) > before.peak
        return replace(
            before,
            peak=peak if gained else before.peak,
            step=before.step + 1,
            tried=before.tried + made.tried,
            retries=before.retries + made.retries,
            stalled=0 if gained else before.stalled + 1,
            failures={reason: n for reason, n in sorted(failures.items()) if n},
            warnings=tuple(dict.fromkeys((*before.warnings, *made.warnings))),
        )

    def _ending(self, standing: Standing) -> str:
        if standing.tried >= self.config.proposals:
            return f"all {self.config.proposals:,} proposals made"
        if standing.stalled >= self.config.patience:
            return f"no gain over {standing.stalled} steps"
        if self.config.seconds is not None and standing.seconds >= self.config.seconds:
            return f"{self.config.seconds:g} s used"
        return ""

    def _report(self, seen: Visited, standing: Standing) -> tuple[str, float]:
        share = min(standing.tried / self.config.proposals, 1.0)
        left = standing.seconds * (1.0 - share) / max(share, 1e-9)
        phrase = (
            f"{standing.tried:,} of {self.config.proposals:,} proposals, {len(seen):,} distinct, "
            f"mean log-likelihood of the best {standing.peak[0]} {standing.peak[1]:.3g}, "
            f"about {left:.0f} s left"
        )
        return phrase, share

    def _thinned(self, population: Population) -> Population:
        if len(population.rows) <= self.config.size:
            return population
        rng = np.random.default_rng([self.seed, self.config.size, 1])
        places, weights = distinct(population.log_weights, self.config.size, rng)
        return Population(population.rows[places], weights, population.beta)

    def _warnings(self, seen: Visited) -> list[str]:
        leading = np.argsort(-seen.log_likelihood, kind="stable")[:_LEADING]
        structures = [seen.structures[i] for i in leading]
        chance = (self.target.log_chance or self.target.likelihood)(structures)
        if (chance > _LOG_HALF).any():
            return []
        nearest = np.argsort(-chance, kind="stable")[:3]
        named = [structures[i] for i in nearest]
        said = self.target.describe(named) if self.target.describe else [""] * len(named)
        lines = [
            f"{s} (log P {chance[i]:.3g}{', ' * bool(words)}{words})"
            for s, i, words in zip(named, nearest, said, strict=True)
        ]
        text = (
            f"none of {len(seen):,} visited structures is likely to reach "
            f"{self.target.in_words}; nearest: {'; '.join(lines)}"
        )
        if self.target.reach:
            text += f"; within reach of those visited: {self.target.reach(seen.structures)}"
        return [text]

    def _mark(self, initial: Sequence[str]) -> dict[str, object]:
        """Return what decides the stream, to tell a checkpoint of another search."""
        settings = self.config.model_dump(exclude=set(ENDINGS))
        return {"settings": settings, "seed": self.seed, "initial": digest("\n".join(initial))}


def _peak(seen: Visited, size: int) -> tuple[int, float]:
    best = seen.reward[seen.best(size)]
    return len(best), float(best.mean())
