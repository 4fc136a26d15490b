"""Descriptors for the source library, from blocks by name."""

from collections.abc import Sequence
from pathlib import Path

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.core.ports import FeatureMatrix, Progress, silent
from loop.core.source_ports import BlockOptions
from loop.featurize.bundle import BlockFeaturizer, BundleConfig


class BlockDescriber:
    """The port `loop.core.source_ports.Describer`."""

    def __init__(self, cache: Path | None = None, workers: int | None = None) -> None:
        """Prepare.

        Args:
            cache: Folder where values are kept, if anywhere.
            workers: Processes for many structures; the cores if absent.
        """
        self._cache = cache
        self._workers = workers
        self._digests: dict[str, str] = {}

    def digest(self, blocks: Sequence[BlockOptions]) -> str:
        """Return a digest of the blocks, their versions and their libraries' versions.

        Raises:
            ConfigError: a block is unknown or refuses its options.
        """
        config = self._config(blocks)
        written = config.model_dump_json()
        if written not in self._digests:
            self._digests[written] = BlockFeaturizer(config).digest()
        return self._digests[written]

    def describe(
        self,
        material: Material,
        structures: Sequence[str],
        blocks: Sequence[BlockOptions],
        progress: Progress = silent,
    ) -> FeatureMatrix:
        """Return the descriptors of structures; a bad one is a failure of its row.

        Raises:
            ConfigError: a block is unknown or cannot read this material.
        """
        numbers = tuple(str(row) for row in range(len(structures)))
        pool = CandidatePool(material, numbers, tuple(structures), numbers)
        space = PoolSpace.model_construct(material=material)
        featurizer = BlockFeaturizer(self._config(blocks))
        return featurizer.featurize(pool, space, progress, self._cache)

    def _config(self, blocks: Sequence[BlockOptions]) -> BundleConfig:
        return BundleConfig.model_validate({"blocks": list(blocks), "workers": self._workers})
