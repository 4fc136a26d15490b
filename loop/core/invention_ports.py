"""What a campaign asks of whoever makes new candidates for it: the search, its target, its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from loop.core.generated_space import GeneratedSpace
from loop.core.generation_ports import Route
from loop.core.objective import Objective
from loop.core.ports import Progress, silent

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Foreseen:
    """What a model foresees of structures.

    Attributes:
        mean: In the property's unit, shape `(n,)`; NaN where `failures` says why.
        sd: Without measurement noise, same unit, positive, shape `(n,)`; NaN likewise.
        failures: Row to reason, for structures that cannot be described.
    """

    mean: Vector
    sd: Vector
    failures: Mapping[int, str] = field(default_factory=dict)


Foresee = Callable[[Sequence[str]], Foreseen]


@dataclass(frozen=True)
class Wish:
    """What is wanted, and by which model it is foreseen.

    Attributes:
        objective: What is wanted of the property.
        foresee: The model.
        best: Best value so far, to be beaten; None where nothing is measured.
        noise: Sd of one measurement, in the property's unit.
        spread: Sd of the values so far: the yardstick of a slope; positive.
    """

    objective: Objective
    foresee: Foresee
    best: float | None
    noise: float
    spread: float


@dataclass(frozen=True)
class InventionRequest:
    """One call for new candidates.

    Attributes:
        space: What the campaign says of them.
        examples: Structures that teach the generator beside the pool and are no candidates.
        listed: Structures of the pool's own list; they teach too, and are parents.
        pool: Structures of the pool so far, row by row; parents, and not new any more.
        weights: What is added to the logarithm of the gain of each of them, shape `(len(pool),)`.
        stock: What can be bought, as `Inventor.read_stock` returned it; None without a stock.
        wish: What is wanted; None while there is no model: then anything new will do.
        seed: Source of all randomness.
        checkpoint: File that a search which was interrupted goes on from.
    """

    space: GeneratedSpace
    examples: tuple[str, ...]
    listed: tuple[str, ...]
    pool: tuple[str, ...]
    weights: Vector
    stock: bytes | None
    wish: Wish | None
    seed: int
    checkpoint: Path | None = None


@dataclass(frozen=True)
class Judgement:
    """Whether candidates can be made; each of shape or length n.

    Attributes:
        log_weight: Added to the logarithm of a candidate's gain; minus infinity forbids it.
        routes: The best route; None where none was found.
        in_stock: Whether everything for that route is in stock; None where nobody was asked.
    """

    log_weight: Vector
    routes: tuple[Route | None, ...]
    in_stock: tuple[bool | None, ...]


@dataclass(frozen=True)
class Invention:
    """New candidates, the best first.

    Attributes:
        structures: Distinct among themselves and from the pool, in canonical form.
        keys: The text that all spellings of each share.
        made_from: Where each comes from, in words.
        judgement: Whether they can be made.
        n_tried: Attempts in all.
        n_distinct: Distinct structures among them that the constraints allow.
        failures: Reason to number of attempts that came to nothing.
        stopped: Why the search ended.
        warnings: What people should know.
    """

    structures: tuple[str, ...]
    keys: tuple[str, ...]
    made_from: tuple[str, ...]
    judgement: Judgement
    n_tried: int
    n_distinct: int
    failures: Mapping[str, int]
    stopped: str
    warnings: tuple[str, ...] = ()


class Inventor(Protocol):
    """Makes candidates for campaigns, by the generators and planners that are installed."""

    def invent(self, request: InventionRequest, progress: Progress = silent) -> Invention:
        """Return new candidates; equal requests give equal ones.

        Raises:
            ModelError: the generator cannot learn from the examples, or nothing passes the
                constraints.
        """

    def judge(
        self,
        structures: Sequence[str],
        space: GeneratedSpace,
        stock: bytes | None,
        progress: Progress = silent,
    ) -> Judgement:
        """Say of candidates that nobody made by a generator whether they can be made."""

    def try_examples(self, space: GeneratedSpace, examples: Sequence[str]) -> None:
        """Return if the generator of a space can learn from structures.

        Long lists are not tried, which would take minutes: what is wrong with them is said in the
        first round.

        Raises:
            DataError: it cannot, with one problem per structure that is at fault.
        """

    def read_stock(self, path: Path) -> bytes:
        """Return the stock of a lab's file, in the form that is kept.

        Raises:
            DataError: entries cannot be read, or there are none.
            NotFoundError: there is no such file.
        """
