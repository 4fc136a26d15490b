"""The search for new candidates: from the pool and the examples, by a taught generator."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np

from loop.core.candidate import Material
from loop.core.generation_ports import LanguageModel, LogScore, Offspring, TaughtGenerator
from loop.core.invention_ports import InventionRequest, Vector, Wish
from loop.core.objective import TargetRange
from loop.core.ports import Progress, silent
from loop.design.keys import key_of
from loop.design.makeable import MakeabilityCourt
from loop.errors import ConfigError, ModelError
from loop.generate.archive import Target, flat
from loop.generate.constraints import forbidden, together
from loop.generate.kinship import Fingerprints, novelty
from loop.generate.region import Region
from loop.generate.search import Search, SearchResult
from loop.generate.search_state import SearchConfig
from loop.generate.wants import wanted

STRINGS: Final = frozenset({Material.MOLECULE, Material.POLYMER})
"""Materials whose structures are SMILES."""

_MOST_EXAMPLES: Final = 200
_TWIN: Final = 0.7
_TRIES_WITHOUT_MODEL: Final = 5
_PARTS: Final = 1000
_EVEN: Final = 1e6
_BATCH: Final = 25


@dataclass
class Foretold:
    """Predictions of structures, each made once."""

    wish: Wish
    _known: dict[str, tuple[float, float]] = field(default_factory=dict)

    def predict(self, structures: Sequence[str]) -> tuple[Vector, Vector]:
        """Return mean and sd, each `(n, 1)`; NaN for what cannot be described."""
        new = [s for s in dict.fromkeys(structures) if s not in self._known]
        if new:
            told = self.wish.foresee(new)
            self._known |= dict(
                zip(new, zip(told.mean.tolist(), told.sd.tolist(), strict=True), strict=True)
            )
        both = np.array([self._known[s] for s in structures], dtype=np.float64).reshape(-1, 2)
        return both[:, :1], both[:, 1:]

    def describable(self, structures: Sequence[str]) -> Vector:
        """Return 0 for what the model can foresee, minus infinity for the rest."""
        mean, sd = self.predict(structures)
        return np.where(np.isfinite(mean[:, 0]) & (sd[:, 0] > 0), 0.0, -np.inf)


@dataclass(frozen=True)
class Explored:
    """What a search came to.

    Attributes:
        result: Of the search.
        first: Structures that the generator made before it began, with where they come from.
        n_tried: Attempts in all.
        stopped: Why it ended.
        failures: Reason to number of attempts that came to nothing.
        warnings: What people should know.
    """

    result: SearchResult
    first: dict[str, str]
    n_tried: int
    stopped: str
    failures: dict[str, int]
    warnings: tuple[str, ...]


def explore(
    request: InventionRequest,
    taught: TaughtGenerator,
    court: MakeabilityCourt,
    progress: Progress = silent,
) -> Explored:
    """Run the search of a request.

    Raises:
        ConfigError: a language model is to be the prior, and the generator is none.
        ModelError: nothing that is there or that the generator makes passes the constraints.
    """
    space = request.space
    target = _target(request, taught, court)
    progress("judging what is known", 0.0)
    parents, first, made = _beginning(request, taught, target, court)
    proposals = space.proposals
    if request.wish is None:
        proposals = min(proposals, _TRIES_WITHOUT_MODEL * space.keep)
    left = max(proposals - made.tried, 1)
    batch = min(_BATCH, space.particles)
    config = SearchConfig(size=space.particles, batch=batch, proposals=left)
    if request.wish is None:
        # No parent is better than another yet.
        config = config.model_copy(update={"flatness": _EVEN})
    search = Search(
        taught,
        target,
        config,
        request.seed,
        Fingerprints() if space.material in STRINGS and request.wish is not None else None,
    )
    result = search.run(parents, progress, request.checkpoint)
    standing = result.standing
    done = standing.tried >= left
    return Explored(
        result=result,
        first=first,
        n_tried=made.tried + standing.tried,
        stopped="all proposals made" if done else result.stopped,
        failures=_sum(made.failures, standing.failures),
        warnings=(
            *dict.fromkeys((*made.warnings, *standing.warnings)),
            *(result.warnings if _has_range(request.wish) else ()),
        ),
    )


def _has_range(wish: Wish | None) -> bool:
    # That a record is unlikely to be beaten is no news; that a range cannot be reached is.
    return wish is not None and isinstance(wish.objective, TargetRange)


def _target(request: InventionRequest, taught: TaughtGenerator, court: MakeabilityCourt) -> Target:
    space, wish = request.space, request.wish
    scores: list[LogScore] = []
    if space.forbid:
        scores.append(forbidden([rule.smarts for rule in space.forbid]))
    foretold = None if wish is None else Foretold(wish)
    if foretold is not None:
        scores.append(foretold.describable)
        scores += _prior(request, taught)
    scores.append(court.log_weight)
    if space.novelty_cost:
        scores.append(novelty(request.pool, space.novelty_cost, _TWIN))
    key = partial(key_of, space.material)
    if wish is None or foretold is None:
        return Target(likelihood=flat, constraint=together(*scores), key=key)
    goal = wanted(wish.objective, wish.best, 1.0 / wish.spread, wish.noise)
    region = Region(foretold.predict, [goal])
    return Target(
        likelihood=region,
        constraint=together(*scores),
        log_chance=region.log_chance,
        describe=region.describe,
        in_words=region.in_words(),
        key=key,
        reach=region.reach,
    )


def _prior(request: InventionRequest, taught: TaughtGenerator) -> list[LogScore]:
    """Return what the search adds for plausibility, at most one score."""
    if request.space.prior == "none":
        return []
    if isinstance(taught, LanguageModel):
        return [taught.log_prior]
    raise ConfigError(
        f'prior "language-model" asks the generator {request.space.generator.kind!r}, which has '
        "no language model",
        hint='take generator = { kind = "ngram" }, or prior = "none"',
    )


def _beginning(
    request: InventionRequest, taught: TaughtGenerator, target: Target, court: MakeabilityCourt
) -> tuple[list[str], dict[str, str], Offspring]:
    """Return structures to depart from, those made for it with their origin, and the account.

    Where too little that is known passes the constraints, the generator makes the rest.
    """
    size = request.space.particles
    known = list(dict.fromkeys((*request.pool, *_own_examples(request))))
    parents = _passing(known, target)
    if len(parents) >= size:
        return parents, {}, Offspring((), np.zeros(0, np.intp), 0)
    rng = np.random.default_rng([request.seed, len(known)])
    tried, failures, warnings = 0, Counter[str](), dict[str, None]()
    origin: dict[str, str] = {}
    new: list[str] = []
    # Where few pass, a first handful may hold none of them.
    while not tried or (not parents and not new and tried < request.space.proposals):
        made = taught.propose(known, size, int(rng.integers(2**31)))
        fresh = {s: words for s, words in _origins(made, known).items() if s not in origin}
        new += _passing(list(fresh), target)
        origin |= fresh
        tried += made.tried
        failures.update(made.failures)
        warnings |= dict.fromkeys(made.warnings)
    if not parents and not new:
        lost = ", ".join(f"{n} {why}" for why, n in failures.most_common())
        raise ModelError(
            f"none of {len(known)} known and {len(origin)} new structures passes the constraints, "
            f"after {tried} attempts"
            + (f" ({lost})" if lost else "")
            + _barred(request, [*known, *origin], court),
            hint="[space.makeability] and the generator can be amended; examples, forbid and the "
            "stock are those of the opening: for others open a new campaign",
        )
    account = Offspring(
        (), np.zeros(0, np.intp), tried, dict(sorted(failures.items())), warnings=tuple(warnings)
    )
    return parents + new, {s: origin[s] for s in new}, account


def _origins(made: Offspring, known: Sequence[str]) -> dict[str, str]:
    """Return what is new with the words of where it comes from."""
    old, found = set(known), dict[str, str]()
    notes = made.notes or ("",) * len(made.structures)
    for structure, parent, note in zip(made.structures, made.parents, notes, strict=True):
        if structure not in old:
            found.setdefault(structure, note or origin_of(known[parent] if parent >= 0 else ""))
    return found


def _barred(request: InventionRequest, structures: Sequence[str], court: MakeabilityCourt) -> str:
    """Say how many structures each of the constraints forbids."""
    told = ""
    if request.space.forbid:
        rules = forbidden([rule.smarts for rule in request.space.forbid])
        told += f"; {int((rules(structures) == -np.inf).sum())} hold a forbidden substructure"
    unmade = int((court.log_weight(structures) == -np.inf).sum())
    if unmade:
        told += f"; of {unmade} no {court.wanted} is known, which is asked for"
    return told


def origin_of(parent: str) -> str:
    """Return in words from what a structure was made."""
    return f"from {parent}" if parent else "from nothing but what the examples taught"


def _own_examples(request: InventionRequest) -> tuple[str, ...]:
    """Return some examples that could be parents: monomers of polymers cannot."""
    listed = request.space.examples
    if listed is not None and listed.material not in {None, request.space.material}:
        return ()
    if len(request.examples) <= _MOST_EXAMPLES:
        return request.examples
    rng = np.random.default_rng([request.seed, _MOST_EXAMPLES])
    places = np.sort(rng.choice(len(request.examples), _MOST_EXAMPLES, replace=False))
    return tuple(request.examples[i] for i in places)


def _passing(structures: list[str], target: Target) -> list[str]:
    passing: list[str] = []
    for start in range(0, len(structures), _PARTS):
        part = structures[start : start + _PARTS]
        passing += [s for s, w in zip(part, target.constraint(part), strict=True) if w > -np.inf]
    return passing


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {why: one.get(why, 0) + other.get(why, 0) for why in sorted({*one, *other})}
