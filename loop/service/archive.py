"""What is remembered of a campaign: its state, its pool, its features, its model."""

import json
import threading
from dataclasses import dataclass, field, replace

import numpy as np

from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.definition import CampaignDefinition
from loop.core.events import Event
from loop.core.lab_ports import HoldsConnections, LabContext, LimsAdapter
from loop.core.machine import fold
from loop.core.pool_file import load_pool
from loop.core.ports import (
    ArtifactStore,
    FeatureMatrix,
    Featurizer,
    Ledger,
    Progress,
    Surrogate,
    silent,
)
from loop.core.source_ports import SourceRequest, SourceSupply
from loop.core.state import CampaignState
from loop.errors import ConfigError, NotFoundError
from loop.service.stages import Stages

AUTO_FEATURIZERS = {
    "molecule": "morgan-descriptors",
    "polymer": "polymer-descriptors",
    "composition": "composition-statistics",
    "crystal": "crystal-descriptors",
    "columns": "columns",
}


@dataclass
class _Known:
    events: list[Event] = field(default_factory=list)
    state: CampaignState | None = None


@dataclass(frozen=True)
class _HeldLab:
    definition: CampaignDefinition
    pool: str
    adapter: LimsAdapter


class Archive:
    """Reads campaigns; nothing here changes one.

    States are folded anew when the version moved, so a state that was handed out never changes.
    """

    def __init__(self, ledger: Ledger, artifacts: ArtifactStore, stages: Stages) -> None:
        self.ledger = ledger
        self.artifacts = artifacts
        self.stages = stages
        self._known: dict[str, _Known] = {}
        self._pools: dict[str, CandidatePool] = {}
        self._features: dict[str, FeatureMatrix] = {}
        self._lock = threading.Lock()
        self._labs: dict[str, _HeldLab] = {}
        self._retired: dict[str, HoldsConnections] = {}
        self._lab_lock = threading.RLock()

    def state(self, slug: str) -> CampaignState:
        """Return the campaign as it is now.

        Raises:
            NotFoundError: there is no such campaign.
        """
        with self._lock:
            known = self._known.setdefault(slug, _Known())
            fresh = self.ledger.events(slug, after=len(known.events))
            if fresh:
                known.events.extend(fresh)
                known.state = fold(known.events)
            if known.state is None:
                del self._known[slug]
                raise self._no_such(slug)
            return known.state

    def _no_such(self, slug: str) -> NotFoundError:
        known = ", ".join(self.ledger.campaigns()) or "none yet"
        return NotFoundError(
            f"there is no open campaign {slug!r}; known: {known}",
            hint=f"open it with: synthloop open campaigns/{slug}/campaign.toml",
        )

    def events(self, slug: str) -> list[Event]:
        """Return all events of a campaign.

        Raises:
            NotFoundError: there is no such campaign.
        """
        self.state(slug)
        return list(self._known[slug].events)

    def pool(self, state: CampaignState) -> CandidatePool:
        """Return the campaign's candidates: those of its opening, then those that joined."""
        if state.pool_digest not in self._pools:
            self._pools[state.pool_digest] = load_pool(self.artifacts.get(state.pool_digest))
        return self._pools[state.pool_digest]

    def featurizer(self, state: CampaignState) -> Featurizer:
        """Return the featurizer of a campaign."""
        return self.featurizer_of(state.definition)

    def featurizer_of(self, definition: CampaignDefinition) -> Featurizer:
        """Return the featurizer that a definition names.

        Raises:
            ConfigError: it does not describe this material.
        """
        choice = definition.featurizer
        material = definition.space.material
        if choice.kind == "auto":
            choice = choice.model_copy(update={"kind": AUTO_FEATURIZERS[material.value]})
        cls, config = self.stages.plugins.configure("synthloop.featurizers", choice)
        if material.value not in cls.materials:
            raise ConfigError(
                f"featurizer {choice.kind!r} describes {', '.join(sorted(cls.materials))}; "
                f"this campaign's material is {material.value}",
                hint='leave it out or write kind = "auto" under [featurizer]',
            )
        featurizer: Featurizer = cls(config)
        return featurizer

    def features(self, state: CampaignState, progress: Progress = silent) -> FeatureMatrix:
        """Return the featurized pool; it is computed once per pool, featurizer and library.

        A surrogate whose class says `uses_sources` also gets the blocks of the source library.

        Raises:
            ModelError: a model of the library is damaged.
        """
        featurizer = self.featurizer(state)
        columns = json.dumps(state.definition.space.features)
        request = self._source_request(state, self.pool(state))
        told = "" if request is None else f":{self.stages.sources.digest(request)}"
        key = digest(f"{state.pool_digest}:{featurizer.digest()}:{columns}{told}")
        if key not in self._features:
            matrix = self.described(state, self.pool(state), progress)
            self._features = {key: replace(matrix, digest=key)}
        return self._features[key]

    def described(
        self, state: CampaignState, pool: CandidatePool, progress: Progress = silent
    ) -> FeatureMatrix:
        """Return the features of any candidates of the campaign's material.

        Raises:
            ModelError: a model of the library is damaged.
        """
        kept = self.stages.cache_folder / "features"
        space = state.definition.space.described
        matrix = self.featurizer(state).featurize(pool, space, progress, kept)
        request = self._source_request(state, pool)
        if request is None:
            return matrix
        return _joined(matrix, self.stages.sources.supply(request, progress))

    def _source_request(self, state: CampaignState, pool: CandidatePool) -> SourceRequest | None:
        cls, config = self.stages.plugins.configure(
            "synthloop.surrogates", state.definition.surrogate
        )
        if not getattr(cls, "uses_sources", False):
            return None
        target = state.definition.objective.property
        return SourceRequest(
            pool=pool,
            target=target,
            unit=state.definition.properties[target].unit,
            exclude=tuple(getattr(config, "exclude_sources", ())),
            campaign=state.slug,
        )

    def surrogate(self, state: CampaignState) -> Surrogate:
        """Return the unfitted surrogate that the definition names."""
        cls, config = self.stages.plugins.configure(
            "synthloop.surrogates", state.definition.surrogate
        )
        surrogate: Surrogate = cls(config)
        return surrogate

    def context(self, state: CampaignState) -> LabContext:
        """Return what an adapter is given."""
        return self.context_for(state.slug, state, self.pool(state))

    def context_for(self, slug: str, state: CampaignState, pool: CandidatePool) -> LabContext:
        """Return an adapter's context; its folder is made."""
        folder = self.stages.exchange_folder / slug
        folder.mkdir(parents=True, exist_ok=True)
        return LabContext(slug=slug, definition=state.definition, folder=folder, pool=pool)

    def lab(self, state: CampaignState) -> LimsAdapter:
        """Return the adapter to the campaign's lab.

        It is the same one as long as definition and pool are the same, so that its pace and its
        memory of failures outlive a step.

        Raises:
            ConfigError: the definition does not describe such an adapter.
            LabAccessError: its secret is not there.
        """
        with self._lab_lock:
            held = self._labs.get(state.slug)
            if held is not None and (held.definition, held.pool) == (
                state.definition, state.pool_digest,
            ):  # fmt: skip
                return held.adapter
            cls, config = self.stages.plugins.configure("synthloop.lims", state.definition.lims)
            adapter: LimsAdapter = cls(config, self.context(state))
            self._retire(state.slug)
            self._labs[state.slug] = _HeldLab(state.definition, state.pool_digest, adapter)
            return adapter

    def forget_lab(self, slug: str) -> None:
        """Build the adapter anew next time: it may have read a secret that is changed since."""
        with self._lab_lock:
            self._retire(slug)

    def _retire(self, slug: str) -> None:
        held = self._labs.pop(slug, None)
        if held is None or not isinstance(held.adapter, HoldsConnections):
            return
        # Another thread may be in the middle of an exchange with this one, not with the last.
        before = self._retired.pop(slug, None)
        if before is not None:
            before.close()
        self._retired[slug] = held.adapter

    def close(self) -> None:
        """Give back the connections to labs and ledger."""
        with self._lab_lock:
            for slug in list(self._labs):
                self._retire(slug)
            for adapter in self._retired.values():
                adapter.close()
            self._retired.clear()
        self.ledger.close()

    def rows(self, state: CampaignState, candidate_ids: tuple[str, ...]) -> np.ndarray:
        """Return the pool rows of candidates, shape `(n,)`, intp."""
        pool = self.pool(state)
        return np.array([pool.row(c) for c in candidate_ids], dtype=np.intp)


def _joined(matrix: FeatureMatrix, supply: SourceSupply) -> FeatureMatrix:
    return replace(
        matrix,
        blocks=(*matrix.blocks, *supply.blocks),
        failures=dict(sorted({**supply.failures, **matrix.failures}.items())),
        notices=(*matrix.notices, *supply.notices),
        notes=(*matrix.notes, *supply.notes),
    )
