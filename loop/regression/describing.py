"""Structures to features: the featurizer of their material, and what the source library says."""

from dataclasses import dataclass, replace

import numpy as np

from loop.core.candidate import CandidatePool, Material
from loop.core.canonical import canonical_json, digest
from loop.core.definition import PluginChoice, PoolSpace
from loop.core.ports import FeatureMatrix, Featurizer, Progress, Surrogate, silent
from loop.core.source_ports import SourceRequest
from loop.datasets.structure_keys import structure_key
from loop.regression.request import FitRequest
from loop.service.archive import AUTO_FEATURIZERS
from loop.service.plugins import PluginLookup
from loop.settings import Settings
from loop.source_wiring.commands import SourceShelf


@dataclass(frozen=True)
class Basis:
    """What a model's features come from; equal for equal numbers.

    Attributes:
        featurizer: Digest of the featurizer, with the releases of the libraries it rests on.
        sources: Digest of the source models and of what is withheld from them; empty for a
            surrogate that uses none.
    """

    featurizer: str
    sources: str


class Workshop:
    """Builds the stages of a request, with the source library and the caches of a workspace."""

    def __init__(self, settings: Settings) -> None:
        self._plugins = PluginLookup()
        self._cache = settings.state_folder / "cache" / "features"
        self.shelf = SourceShelf(settings)
        self._sources = self.shelf.sources()

    def surrogate(self, request: FitRequest) -> Surrogate:
        """Return the unfitted surrogate of a request.

        Raises:
            ConfigError: there is none of this name, or it refuses its options.
        """
        cls, config = self._plugins.configure("synthloop.surrogates", request.surrogate)
        surrogate: Surrogate = cls(config)
        return surrogate

    def borrows(self, request: FitRequest) -> bool:
        """Tell whether the surrogate of a request uses sources."""
        return bool(getattr(self.surrogate(request), "uses_sources", False))

    def basis(self, request: FitRequest, trained: CandidatePool) -> Basis:
        """Return where the features of a request come from, here and now.

        Args:
            request: The request.
            trained: The structures that the model learns from.
        """
        sources = ""
        if self.borrows(request):
            sources = self._sources.digest(_asked(request, trained, trained))
        return Basis(self._featurizer(request).digest(), sources)

    def features(
        self,
        request: FitRequest,
        pool: CandidatePool,
        trained: CandidatePool,
        progress: Progress = silent,
    ) -> FeatureMatrix:
        """Return the features of structures; a row that cannot be described is a failure of it.

        Args:
            request: The request.
            pool: What is described.
            trained: The structures that the model learns from, which may be withheld.
            progress: Told how far it is.

        Raises:
            ModelError: a model of the source library is damaged.
        """
        space = PoolSpace.model_construct(
            material=request.material, structure=request.structure, features=request.features
        )
        matrix = self._featurizer(request).featurize(pool, space, progress, self._cache)
        if not self.borrows(request):
            return matrix
        supply = self._sources.supply(_asked(request, pool, trained), progress)
        return replace(
            matrix,
            blocks=(*matrix.blocks, *supply.blocks),
            failures=dict(sorted({**supply.failures, **matrix.failures}.items())),
            notices=(*matrix.notices, *supply.notices),
            notes=(*matrix.notes, *supply.notes),
        )

    def _featurizer(self, request: FitRequest) -> Featurizer:
        choice = PluginChoice(kind=AUTO_FEATURIZERS[request.material.value])
        cls, config = self._plugins.configure("synthloop.featurizers", choice)
        featurizer: Featurizer = cls(config)
        return featurizer


def bound(features: FeatureMatrix, request: FitRequest, pool: CandidatePool, basis: Basis) -> str:
    """Return the digest that binds a surrogate to the features of its training rows."""
    values = [
        digest(np.ascontiguousarray(b.values, dtype=np.float64).tobytes()) for b in features.blocks
    ]
    return digest(
        canonical_json(
            [pool.digest, list(request.features), basis.featurizer, basis.sources, values]
        )
    )


def leak_keys(pool: CandidatePool) -> tuple[str, ...]:
    """Return the keys by which the tables of sources know structures, where they have one."""
    if pool.material in {Material.COLUMNS, Material.CRYSTAL}:
        return ()
    keys = (structure_key(pool.material, text) for text in pool.structures)
    return tuple(sorted({key for key in keys if key is not None}))


def _asked(request: FitRequest, pool: CandidatePool, trained: CandidatePool) -> SourceRequest:
    return SourceRequest(
        pool=pool,
        target=request.property_name,
        unit=request.unit,
        exclude=request.exclude,
        withhold=leak_keys(trained) if request.withhold else (),
    )
