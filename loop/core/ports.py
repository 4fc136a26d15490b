"""What the loop asks of everything that can be swapped: Protocols and the values they pass.

An implementation satisfies a Protocol; it inherits nothing. Third parties test theirs with the
suites in `loop.testing`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from loop.core.candidate import CandidatePool, FieldValue
from loop.core.dataset import TrainingData
from loop.core.definition import PoolSpace
from loop.core.events import Actor, Event, EventBody
from loop.core.objective import Objective
from loop.core.proposal import ModelReport
from loop.core.space import ForbiddenPattern
from loop.errors import Problem

Rows = NDArray[np.intp]
Progress = Callable[[str, float], None]
"""Called with a phrase and the share done, in [0, 1]."""


def silent(phrase: str, share: float) -> None:
    """Report progress to nobody."""
    del phrase, share


# --- ledger -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Appended:
    """Outcome of an append.

    Attributes:
        version: Version of the campaign after it.
        events: What was written, now or by the same command before.
        repeated: The command was known; nothing was written.
    """

    version: int
    events: tuple[Event, ...]
    repeated: bool = False


class Lease(Protocol):
    """The right of one worker to act for one campaign."""

    campaign: str
    owner: str

    def check(self) -> None:
        """Return if the lease still holds.

        Raises:
            LeaseHeldError: it ran out and another worker has it.
        """


class Ledger(Protocol):
    """All facts of all campaigns. Thread-safe; every method is one transaction."""

    def append(
        self,
        campaign: str,
        expected_version: int,
        command_id: str,
        actor: Actor,
        bodies: Sequence[EventBody],
    ) -> Appended:
        """Write events after `expected_version`, all or none.

        A `command_id` that is known returns what it wrote then, whatever the version.

        Raises:
            ConflictError: the campaign is at another version; the message says what came between.
        """

    def events(self, campaign: str, after: int = 0) -> list[Event]:
        """Return the events with `seq > after`, in order; empty if there is no such campaign."""

    def version(self, campaign: str) -> int:
        """Return the campaign's version; 0 if there is no such campaign."""

    def campaigns(self) -> list[str]:
        """Return the slugs of all campaigns, sorted."""

    def find_command(self, command_id: str) -> int | None:
        """Return the version a command led to, or None if it is not known."""

    def close(self) -> None:
        """Give the connections back."""

    def lease(self, campaign: str) -> AbstractContextManager[Lease]:
        """Hold the campaign for this worker while the context lasts.

        A worker that was killed loses its lease at once on the same machine, else after its
        time is up.

        Raises:
            LeaseHeldError: another worker holds it; the message says who and since when.
        """


class ArtifactStore(Protocol):
    """Large results, named by the digest of their content. Never half-written."""

    def put(self, content: bytes) -> str:
        """Store `content`, return its digest."""

    def get(self, digest: str) -> bytes:
        """Return what was stored.

        Raises:
            NotFoundError: nothing has this digest.
            LedgerError: the stored bytes no longer match it.
        """

    def has(self, digest: str) -> bool:
        """Whether something has this digest."""


# --- candidates -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Columns of equal length, as read from a file or a data set.

    Attributes:
        source: File or data set, for messages.
        columns: Values by column name; missing cells are None.
        first_row: Number of the first data row in the source, for messages (2 in a CSV).
    """

    source: str
    columns: Mapping[str, Sequence[FieldValue]]
    first_row: int = 1

    def __len__(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values()), ()))


@dataclass(frozen=True)
class PoolBuild:
    """A pool with an account of what did not get in.

    Attributes:
        pool: The candidates.
        excluded: Row number, label and reason of every row left out on purpose.
    """

    pool: CandidatePool
    excluded: tuple[tuple[int, str, str], ...] = ()


class PoolBuilder(Protocol):
    """Turns tables into pools."""

    def read(self, path: Path, section: str = "space") -> Table:
        """Return the table of a CSV or parquet file.

        Args:
            path: The file.
            section: Of the campaign file, which says what the table lists: "space" or
                "space.examples".

        Raises:
            DataError: it cannot be read; the message names file and place.
        """

    def build(self, table: Table, space: PoolSpace, slug: str, section: str = "space") -> PoolBuild:
        """Return the pool of a table.

        Args:
            table: The table.
            space: How it is read.
            slug: The campaign.
            section: See `read`.

        Raises:
            ConfigError: a forbidden substructure cannot be read.
            DataError: with one problem per bad row (missing column, unreadable structure,
                duplicate), unless `space` says to skip or merge.
        """

    def check_patterns(self, forbid: Sequence[ForbiddenPattern]) -> None:
        """Return if every forbidden substructure can be read.

        Raises:
            ConfigError: with one problem per pattern that cannot.
        """


class Dataset(Protocol):
    """A public table that comes with installed packages."""

    name: ClassVar[str]
    summary: ClassVar[str]
    licence: ClassVar[str]

    def load(self, cache: Path, progress: Progress = silent) -> Table:
        """Return the table; slow look-ups are kept under `cache`.

        Raises:
            MissingExtraError: the packages that carry it are not installed.
        """


# --- features ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class FeatureBlock:
    """Columns of one kind.

    Attributes:
        name: For people, for example "Morgan counts".
        kind: "counts" (small non-negative integers, for Tanimoto kernels), "reals",
            "source-predictions" (of each source task for each candidate, standardised; columns
            are named after the sources), "source-features" (penultimate layer of the sources'
            shared trunk) or "assay" (a cheap measurement with gaps: its value, 0 in a gap, and
            1 where it was made, else 0; d = 2).
        columns: Names, length d.
        values: Shape `(n, d)`; uint8 for counts, float32 for all others; finite.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    values: NDArray[Any]


@dataclass(frozen=True)
class FeatureMatrix:
    """A featurized pool, row by row.

    Attributes:
        blocks: Blocks of equal length n = size of the pool.
        digest: Digest of pool and featurizer.
        failures: Row to reason, for candidates that could not be described; their rows are 0.
        notices: What a person should know about them, for the report of every model of them.
        notes: How they came about, where nothing is amiss; for the same report.
        reference: Which rows decide centres and scales, shape `(n,)`; all when absent. Those that
            were there at the fit, where rows are appended to be predicted: what is said of one
            row must not depend on which others are asked about.
    """

    blocks: tuple[FeatureBlock, ...]
    digest: str
    failures: Mapping[int, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reference: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.blocks[0].values)

    def usable(self) -> NDArray[np.bool_]:
        """Return which rows could be described, shape `(n,)`."""
        mask = np.ones(len(self), dtype=np.bool_)
        mask[list(self.failures)] = False
        return mask


class Featurizer(Protocol):
    """Candidates to numbers. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]
    materials: ClassVar[frozenset[str]]

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the pool."""

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate of the pool.

        Args:
            pool: The candidates.
            space: What the campaign says of them.
            progress: Told how far it is.
            cache: Folder for values that would take long to compute again, shared with other
                processes. It changes no number, and may be ignored. Values may then be a
                read-only map of a file.
        """


@runtime_checkable
class ChecksPool(Protocol):
    """A featurizer that says before a campaign opens what it would miss in the pool."""

    def check(self, pool: CandidatePool, space: PoolSpace) -> list[Problem]:
        """Return misspelt columns, cells that cannot be described and the like; quick."""


# --- model and choice -------------------------------------------------------------------------


class FittedSurrogate(Protocol):
    """A fitted model over a featurized pool."""

    report: ModelReport

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and sd (without measurement noise), each `(len(rows),)`, in the
        property's unit.
        """  # noqa: D205

    def botorch_model(self) -> Any:
        """Return the `botorch.models.model.Model` behind it, in the property's unit."""

    def inputs(self, rows: Rows) -> Any:
        """Return the rows as the model's input, a float64 torch tensor `(len(rows), d)`."""

    def dump(self) -> bytes:
        """Return the model in a plain format (never a pickle)."""


@dataclass(frozen=True)
class Trust:
    """How far rows lie from what was observed.

    Attributes:
        distance: To the nearest observed row, about 1 for two unrelated rows, shape `(r,)`.
        leverage: Share of the prior variance of a fixed smooth function that the observed rows
            leave open, in [0, 1], shape `(r,)`; near 1 is unlike everything observed.
        outside: The mean leaves the observed range, or the distance exceeds what is usual among
            the observed rows; intervals are no calibrated probabilities there. Shape `(r,)`.
    """

    distance: NDArray[np.float64]
    leverage: NDArray[np.float64]
    outside: NDArray[np.bool_]


@runtime_checkable
class ApplicabilityDomain(Protocol):
    """What a fitted surrogate may offer beside its posterior."""

    def trust(self, rows: Rows) -> Trust:
        """Say how far pool rows lie from what was observed."""


class Surrogate(Protocol):
    """Data to posterior. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]
    minimum: ClassVar[int]
    """Fewest observations it can be fitted on."""
    uses_sources: ClassVar[bool]
    """Whether it wants blocks of the source library beside the descriptors."""

    def fit(self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int) -> Any:
        """Return the `FittedSurrogate` of the data; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: it cannot be fitted; the message says why and what to do.
        """

    def load(self, content: bytes, features: FeatureMatrix) -> Any:
        """Return what `FittedSurrogate.dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """


@dataclass(frozen=True)
class ChoiceRequest:
    """What an acquisition chooses from.

    Attributes:
        surrogate: The fitted model.
        features: The featurized pool.
        available: Rows that may be chosen, sorted.
        observed: Rows measured so far.
        y: Their values, in the property's unit.
        pending: Rows the lab is at work on.
        objective: What is wanted.
        size: How many to choose.
        seed: Source of all randomness.
        log_feasible: Log probability that each row of the pool can be made, shape `(pool,)`,
            times the weight that the campaign gives it; None: all can.
    """

    surrogate: FittedSurrogate
    features: FeatureMatrix
    available: Rows
    observed: Rows
    y: NDArray[np.float64]
    pending: Rows
    objective: Objective
    size: int
    seed: int
    log_feasible: NDArray[np.float64] | None = None

    def log_chance(self, rows: Rows) -> NDArray[np.float64]:
        """Return what is added to the logarithm of a gain for the risk of a failed order, `(r,)`.

        The product of expected improvement and probability of feasibility: Schonlau, Welch,
        Jones, IMS Lecture Notes 34 (1998) 11; Gardner et al., ICML 2014.
        """
        return np.zeros(len(rows)) if self.log_feasible is None else self.log_feasible[rows]


@dataclass(frozen=True)
class Choice:
    """One chosen row.

    Attributes:
        row: Pool row.
        score: Acquisition value (initial design: distance to the nearest chosen or taken one).
        mean: Posterior mean in the property's unit, if there is a model.
        sd: Posterior sd, same unit.
        chance_to_improve: P(better than the best observation so far).
        explore_share: Share of the expected gain owed to uncertainty.
    """

    row: int
    score: float
    mean: float | None = None
    sd: float | None = None
    chance_to_improve: float | None = None
    explore_share: float | None = None


class Acquisition(Protocol):
    """Posterior to batch. Built as `Cls(config)`."""

    Config: ClassVar[type[BaseModel]]

    def choose(self, request: ChoiceRequest) -> list[Choice]:
        """Return at most `request.size` distinct available rows, best first."""


class Design(Protocol):
    """Pool to first batch. Built as `Cls()`."""

    def choose(
        self, features: FeatureMatrix, available: Rows, taken: Rows, size: int, seed: int
    ) -> list[Choice]:
        """Return at most `size` distinct available rows, away from `taken`."""


# --- time ------------------------------------------------------------------------------------


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present time, UTC, with zone."""
