"""What inverse design asks of its parts: makers of candidates, judges and planners of routes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from loop.core.ports import Progress, silent

Vector = NDArray[np.float64]

LogScore = Callable[[Sequence[str]], Vector]
"""Structures to log weights, shape `(n,)`: a log-likelihood, a log prior or a sum of such.

Minus infinity forbids a structure; NaN is not allowed.
"""


@dataclass(frozen=True)
class Offspring:
    """What one call to a generator made.

    Attributes:
        structures: Valid and in canonical form, none equal to its parent; repeats are possible.
        parents: Index of the parent that each was made from, -1 for none, shape `(n,)`, intp.
        tried: How many were attempted, those that failed included.
        failures: Reason to number of attempts that came to nothing.
        log_prior: Log probability under the generator where it knows it, else None, `(n,)`.
        notes: Where the structures come from when that can be said in words (monomers of a
            polymer, substituted elements), one per structure; empty if there is nothing to say.
        retries: How often attempts were begun anew inside the generator before one held or was
            given up; they are no part of `tried`.
        warnings: What the owner of the search should know, in words that are the same whenever the
            reason is: a search repeats each once.
    """

    structures: tuple[str, ...]
    parents: NDArray[np.intp]
    tried: int
    failures: Mapping[str, int] = field(default_factory=dict)
    log_prior: Vector | None = None
    notes: tuple[str, ...] = ()
    retries: int = 0
    warnings: tuple[str, ...] = ()


class TaughtGenerator(Protocol):
    """A generator that knows its examples. Same arguments, same offspring."""

    def propose(self, parents: Sequence[str], size: int, seed: int) -> Offspring:
        """Attempt `size` new structures.

        Args:
            parents: Structures to depart from; the i-th attempt uses parent `i % len(parents)`.
                A generator that needs none accepts an empty sequence.
            size: Number of attempts; fewer structures come back, since attempts can fail.
            seed: Source of all randomness.
        """


@runtime_checkable
class LanguageModel(Protocol):
    """A taught generator that knows how plausible a structure is in itself."""

    def log_prior(self, structures: Sequence[str]) -> Vector:
        """Return log probabilities, shape `(n,)`; minus infinity for what is none of its class."""


class Generator(Protocol):
    """Makes new candidates of one class of material. Built as `Cls(config)`.

    A class whose `teach` returns a `LanguageModel` says so by `language_model = True`, so that a
    campaign that asks for its prior is known to be possible before it opens.
    """

    Config: ClassVar[type[BaseModel]]
    materials: ClassVar[frozenset[str]]

    def teach(self, structures: Sequence[str], progress: Progress = silent) -> TaughtGenerator:
        """Learn from examples: the pool of the campaign, or a list of the lab.

        Raises:
            ModelError: nothing can be learned from them; the message says why.
        """


@dataclass(frozen=True)
class RouteStep:
    """One reaction, from reactants to a product.

    Attributes:
        reaction: Name of the reaction, for chemists.
        reactants: SMILES, sorted.
        product: SMILES, or a repeat unit with two `*`.
        score: How far the step can be relied on, in (0, 1].
    """

    reaction: str
    reactants: tuple[str, ...]
    product: str
    score: float = 1.0


@dataclass(frozen=True)
class Route:
    """A way to make a candidate.

    Attributes:
        target: The structure that is wanted.
        steps: In the order of the laboratory, the target's own last; empty if it is in stock.
        starting_materials: SMILES of what must be bought, sorted.
        missing: Those of them that the stock does not hold.
        log_probability: Of the route under its planner, for ranking; at most 0.
    """

    target: str
    steps: tuple[RouteStep, ...]
    starting_materials: tuple[str, ...]
    missing: tuple[str, ...]
    log_probability: float

    @property
    def in_stock(self) -> bool:
        """Whether everything that must be bought is in stock."""
        return not self.missing


class Stock(Protocol):
    """What can be bought or stands on the shelf."""

    def holds(self, smiles: Sequence[str]) -> NDArray[np.bool_]:
        """Return which of these canonical SMILES are in stock, shape `(n,)`."""

    def digest(self) -> str:
        """Return a digest of the whole stock."""


class RoutePlanner(Protocol):
    """Finds ways to make a candidate. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]
    materials: ClassVar[frozenset[str]]

    def routes(self, structure: str, stock: Stock, limit: int = 10) -> tuple[Route, ...]:
        """Return distinct routes, the best first: in stock before others, then by probability.

        Raises:
            DataError: the structure cannot be read.
        """


@dataclass(frozen=True)
class Assessment:
    """How likely candidates can be made.

    Attributes:
        score: In [0, 1], 1 is easy; shape `(n,)`.
        reasons: In words, one per candidate.
    """

    score: Vector
    reasons: tuple[str, ...]


@runtime_checkable
class Makeability(Protocol):
    """Judges candidates without planning a route. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]
    materials: ClassVar[frozenset[str]]

    def assess(self, structures: Sequence[str]) -> Assessment:
        """Return a score per structure; a structure that cannot be read scores 0 and says so."""
