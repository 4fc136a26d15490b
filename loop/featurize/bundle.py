"""A featurizer put together from blocks: any number, several of one kind, on any column."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Annotated, Any, ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from loop.core.candidate import CandidatePool, Material
from loop.core.canonical import canonical_json, digest
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureBlock, FeatureMatrix, Progress, silent
from loop.errors import ConfigError, MissingExtraError, Problem
from loop.featurize.block import Block, BlockValues
from loop.featurize.describe import describe_fields, describe_texts
from loop.featurize.pool_check import pool_problems

_CHUNK: Final = 512


class BlockSpec(BaseModel):
    """One block with its options beside it; the block's own `Config` checks them.

    Attributes:
        kind: Name in the entry-point group `synthloop.blocks`.
        of: Column with the structures to describe, such as a solvent's SMILES; the pool's own
            structure when absent.
        material: What that column holds; needed with `of`.
    """

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    kind: str
    of: str | None = None
    material: Material | None = None


class BundleConfig(BaseModel):
    """The blocks, in the order of their columns."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    parts: ClassVar[Mapping[str, str]] = {"blocks": "synthloop.blocks"}

    blocks: Annotated[tuple[BlockSpec, ...], Field(min_length=1)]


def build_block(spec: BlockSpec) -> Block:
    """Return the block that a specification names.

    Raises:
        ConfigError: the kind is unknown, or an option is refused.
        MissingExtraError: a package that it needs is not installed.
    """
    for point in entry_points(group="synthloop.blocks", name=spec.kind):
        try:
            cls = point.load()
        except ModuleNotFoundError as cause:
            raise MissingExtraError(
                f"block {spec.kind!r} needs the package {cause.name!r}",
                hint=f"pip install {cause.name}",
            ) from cause
        try:
            config = cls.Config.model_validate(dict(spec.model_extra or {}))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"block {spec.kind!r}: {place}: {first['msg']}") from error
        block: Block = cls(config)
        return block
    known = sorted(point.name for point in entry_points(group="synthloop.blocks"))
    near = difflib.get_close_matches(spec.kind, known, n=1)
    raise ConfigError(
        f"block {spec.kind!r} is none of: {', '.join(known)}",
        hint=f"did you mean {near[0]!r}?" if near else "install the plug-in that brings it",
    )


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

    def __init__(self, config: BundleConfig) -> None:
        self.config = config
        self.blocks = tuple(build_block(spec) for spec in config.blocks)

    def digest(self) -> str:
        """Return a digest of all blocks and of the columns they describe."""
        parts = [
            {"block": block.digest(), "of": spec.of, "material": spec.material}
            for block, spec in zip(self.blocks, self.config.blocks, strict=True)
        ]
        return digest(canonical_json({"bundle": parts}))

    def featurize(
        self, pool: CandidatePool, space: PoolSpace, progress: Progress = silent
    ) -> FeatureMatrix:
        """Describe every candidate; a row that fails in one block is a failure, its row 0.

        Raises:
            ConfigError: a block cannot read this material.
        """
        del space
        found: list[BlockValues | None] = [None] * len(self.blocks)
        by_field = [i for i, b in enumerate(self.blocks) if b.reads == "fields"]
        blocks = list(self.blocks)
        described = describe_fields([blocks[i] for i in by_field], pool.fields, len(pool))
        for i, (settled, values) in zip(by_field, described, strict=True):
            blocks[i], found[i] = settled, values
        for source in self._sources(pool):
            texts = self._described(source, pool, progress)
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
        self, source: _Source, pool: CandidatePool, progress: Progress
    ) -> list[BlockValues]:
        blocks = [self.blocks[i] for i in source.places]
        texts = self._texts(source, pool)
        chunks: list[list[BlockValues]] = []
        for start in range(0, len(texts), _CHUNK):
            chunks.append(describe_texts(blocks, source.material, texts[start : start + _CHUNK]))
            progress("describing candidates", min(1.0, (start + _CHUNK) / len(texts)))
        return [_joined([chunk[i] for chunk in chunks]) for i in range(len(blocks))]

    def _matrix(
        self, pool: CandidatePool, settled: Sequence[Block], found: Sequence[BlockValues]
    ) -> FeatureMatrix:
        failures: dict[int, str] = {}
        blocks = []
        for block, spec, values in zip(settled, self.config.blocks, found, strict=True):
            of = f" of {spec.of}" if spec.of else ""
            name = f"{block.name}{of}"
            for row, reason in values.failures.items():
                failures.setdefault(row, f"{name}: {reason}")
            columns = tuple(f"{column}{of}" for column in block.columns)
            blocks.append(FeatureBlock(name, block.kind, columns, values.values))
        return FeatureMatrix(
            tuple(blocks), digest(f"{pool.digest}\n{self.digest()}"), dict(sorted(failures.items()))
        )


def _joined(chunks: Sequence[BlockValues]) -> BlockValues:
    failures: dict[int, str] = {}
    start = 0
    for chunk in chunks:
        failures.update({start + row: reason for row, reason in chunk.failures.items()})
        start += len(chunk.values)
    values: Any = np.concatenate([chunk.values for chunk in chunks])
    return BlockValues(values, failures)
