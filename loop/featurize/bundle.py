"""A featurizer put together from blocks: any number, several of one kind, on any column."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from loop.core.candidate import CandidatePool, Material
from loop.core.canonical import canonical_json, digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.errors import ConfigError, Problem
from loop.featurize.block import Block, BlockValues, Settles
from loop.featurize.cache import LIMIT, FeatureCache
from loop.featurize.catalogue import GROUP, BlockSpec, build_block
from loop.featurize.column import Means, describe_column
from loop.featurize.describe import describe_fields
from loop.featurize.pool_check import pool_problems
from loop.featurize.workers import Job, Labour, available_cores

__all__ = ["BlockFeaturizer", "BlockSpec", "BundleConfig", "build_block"]

_MOST: Final = 8


class BundleConfig(BaseModel):
    """The blocks, in the order of their columns, and how they are computed.

    Attributes:
        blocks: What is described.
        workers: Processes for pools that would keep one busy for long; as many as there are
            cores, at most 8, when absent.
        cache_bytes: What the cache of descriptors may hold before the segments that were not
            used for longest are removed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    parts: ClassVar[Mapping[str, str]] = {"blocks": GROUP}

    blocks: Annotated[tuple[BlockSpec, ...], Field(min_length=1)]
    workers: Annotated[int, Field(ge=1, le=256)] | None = None
    cache_bytes: Annotated[int, Field(ge=0)] = LIMIT


@dataclass(frozen=True)
class _Source:
    """Blocks that describe the same texts."""

    of: str | None
    material: Material
    places: tuple[int, ...]


class BlockFeaturizer:
    """Candidates to the blocks of a bundle."""

    Config: ClassVar[type[BaseModel]] = BundleConfig
    materials: ClassVar[frozenset[str]] = frozenset(m.value for m in Material)

    def __init__(self, config: BundleConfig, given: Sequence[Block] = ()) -> None:
        self.config = config
        self.blocks = tuple(given) or tuple(build_block(spec) for spec in config.blocks)
        self._given = bool(given)

    @classmethod
    def of(cls, *blocks: Block) -> Self:
        """Return a featurizer of blocks that are built already, on the pool's own structures.

        Other processes cannot build them from a name, so it works in this process alone.
        """
        specs = tuple(BlockSpec(kind=type(block).__name__) for block in blocks)
        return cls(BundleConfig(blocks=specs), blocks)

    def digest(self) -> str:
        """Return a digest of all blocks and of the columns they describe."""
        parts = [
            {"block": block.digest(), "of": spec.of, "material": spec.material}
            for block, spec in zip(self.blocks, self.config.blocks, strict=True)
        ]
        return digest(canonical_json({"bundle": parts}))

    def settled(self, pool: CandidatePool) -> Self:
        """Return the featurizer with the columns that follow from recipes fixed by this pool."""
        found = describe_fields(
            [block for block in self.blocks if isinstance(block, Settles)], pool.fields, len(pool)
        )
        blocks = iter(block for block, _ in found)
        other = copy(self)
        other.blocks = tuple(next(blocks) if isinstance(b, Settles) else b for b in self.blocks)
        return other

    def columns(self, settled: Sequence[Block] = ()) -> list[tuple[str, tuple[str, ...]]]:
        """Return name and column names of every block, as in the matrix.

        Args:
            settled: The blocks with their columns fixed by a pool, where these follow from one.
        """
        named = []
        for block, spec in zip(settled or self.blocks, self.config.blocks, strict=True):
            of = f" of {spec.of}" if spec.of else ""
            named.append((f"{block.name}{of}", tuple(f"{c}{of}" for c in block.columns)))
        return named

    def featurize(
        self,
        pool: CandidatePool,
        space: PoolSpace,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> FeatureMatrix:
        """Describe every candidate; a row that fails in one block is a failure, its row 0.

        With a cache the values may be a read-only map of a file in it.

        Raises:
            ConfigError: a block cannot read this material.
            DataError: a process of the pool ended suddenly; the message names the rows.
        """
        del space
        found: list[BlockValues | None] = [None] * len(self.blocks)
        by_field = [i for i, b in enumerate(self.blocks) if b.reads == "fields"]
        blocks = list(self.blocks)
        described = describe_fields([blocks[i] for i in by_field], pool.fields, len(pool))
        for i, (settled, values) in zip(by_field, described, strict=True):
            blocks[i], found[i] = settled, values
        for source in self._sources(pool):
            texts = self._described(source, pool, progress, cache)
            for i, values in zip(source.places, texts, strict=True):
                found[i] = values
        return self._matrix(pool, blocks, [values for values in found if values is not None])

    def check(self, pool: CandidatePool, space: PoolSpace) -> list[Problem]:
        """Return what the blocks would miss in a pool, without describing its structures."""
        return pool_problems(self.blocks, self.config.blocks, pool, space)

    def _sources(self, pool: CandidatePool) -> list[_Source]:
        places: dict[tuple[str | None, Material], list[int]] = {}
        for i, (block, spec) in enumerate(zip(self.blocks, self.config.blocks, strict=True)):
            if block.reads != "fields":
                material = spec.material if spec.of and spec.material else pool.material
                places.setdefault((spec.of, material), []).append(i)
        return [_Source(of, material, tuple(at)) for (of, material), at in places.items()]

    def _texts(self, source: _Source, pool: CandidatePool) -> Sequence[str]:
        if source.of is None:
            return pool.structures
        if source.of not in pool.fields:
            raise ConfigError(
                f"featurizer: blocks describe column {source.of!r}; the pool has "
                f"{', '.join(sorted(pool.fields)) or 'no other columns'}"
            )
        return ["" if value is None else str(value) for value in pool.fields[source.of]]

    def _described(
        self, source: _Source, pool: CandidatePool, progress: Progress, cache: Path | None
    ) -> list[BlockValues]:
        specs = () if self._given else tuple(
            self.config.blocks[i].model_dump_json() for i in source.places
        )  # fmt: skip
        job = Job(tuple(self.blocks[i] for i in source.places), specs, source.material)
        kept = FeatureCache(cache, self.config.cache_bytes) if cache else None
        means = Means(kept, Labour(self.config.workers or min(available_cores(), _MOST)))
        phrase = f"describing {source.of}" if source.of else "describing candidates"
        return describe_column(
            job, self._texts(source, pool), means, lambda share: progress(phrase, share)
        )

    def _matrix(
        self, pool: CandidatePool, settled: Sequence[Block], found: Sequence[BlockValues]
    ) -> FeatureMatrix:
        failures: dict[int, str] = {}
        blocks = []
        named = self.columns(settled)
        for block, (name, columns), values in zip(settled, named, found, strict=True):
            for row, reason in values.failures.items():
                failures.setdefault(row, f"{name}: {reason}")
            blocks.append(FeatureBlock(name, block.kind, columns, values.values))
        return FeatureMatrix(
            tuple(blocks), digest(f"{pool.digest}\n{self.digest()}"), dict(sorted(failures.items()))
        )
