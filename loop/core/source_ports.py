"""How the library of pretrained models meets the other stages: descriptions in, blocks out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from loop.core.candidate import CandidatePool, Material
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent

BlockOptions = Mapping[str, JsonValue]
"""One block of descriptors: its `kind` and, beside it, its options."""

PREDICTIONS = "source-predictions"
"""Kind of the block with one column per source: its prediction in standard deviations of it."""
FEATURES = "source-features"
"""Kind of the block with the last hidden layers of the shared networks."""


class Describer(Protocol):
    """Structures to descriptors, by the names of blocks."""

    def digest(self, blocks: Sequence[BlockOptions]) -> str:
        """Return a digest of everything that decides the numbers but the structures."""

    def describe(
        self,
        material: Material,
        structures: Sequence[str],
        blocks: Sequence[BlockOptions],
        progress: Progress = silent,
    ) -> FeatureMatrix:
        """Return the descriptors of structures, one row each; a bad one is a failure of its row.

        Raises:
            ConfigError: a block is unknown or cannot read this material.
        """


@dataclass(frozen=True)
class SourceRequest:
    """What a campaign asks of the library.

    Attributes:
        pool: The candidates.
        target: Name of the property that is sought.
        unit: Its unit.
        exclude: Names of sources that must not be used.
        campaign: Slug of the campaign; its own measurements are no source for it.
        withhold: Structures that no source may have learned from, as the keys by which the tables
            of sources know them.
    """

    pool: CandidatePool
    target: str
    unit: str
    exclude: tuple[str, ...] = ()
    campaign: str = ""
    withhold: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceSupply:
    """What the library knows about a pool.

    Attributes:
        blocks: Predictions and features, float32; none if no source serves the material.
        failures: Row to reason, for candidates that the sources' descriptors cannot describe.
        notices: What was left out and why, for people.
        notes: What is as it should be and yet worth a word, such as a material that no source is
            about.
    """

    blocks: tuple[FeatureBlock, ...]
    failures: Mapping[int, str]
    notices: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Sources(Protocol):
    """The library, as a campaign sees it."""

    def digest(self, request: SourceRequest) -> str:
        """Return a digest of everything that decides the blocks but the pool; quick."""

    def supply(self, request: SourceRequest, progress: Progress = silent) -> SourceSupply:
        """Return the blocks of a pool.

        Raises:
            ModelError: a model of the library is damaged.
        """
