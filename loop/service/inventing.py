"""The step from measurements to new candidates, which join the pool before a model is fitted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from loop.core import events as e
from loop.core.appended_rows import appended
from loop.core.candidate import CandidatePool
from loop.core.canonical import digest
from loop.core.dataset import TrainingData, training_data
from loop.core.definition import GeneratedSpace
from loop.core.example_file import load_examples
from loop.core.generated_pool import GENERATOR, LOG_WEIGHT, extended, judged, log_weights
from loop.core.identity import stage_seed
from loop.core.invention_ports import Foreseen, InventionRequest, Wish
from loop.core.ports import FeatureMatrix, Progress, Surrogate
from loop.core.state import CampaignState
from loop.service.archive import Archive
from loop.service.fitting import least_results
from loop.service.folds import some_of


def extend_pool(
    archive: Archive,
    state: CampaignState,
    space: GeneratedSpace,
    round_number: int,
    progress: Progress,
) -> e.PoolExtended:
    """Return the event of a pool with new candidates.

    What is measured teaches a surrogate over the pool so far, and a search looks where it says
    the target lies; without enough results whatever the generator makes of its examples will do.

    Raises:
        ModelError: the generator cannot be taught, the surrogate not fitted, or nothing passes
            the constraints.
    """
    seed = stage_seed(state.definition.seed, round_number, "generate")
    data = training_data(state)
    progress("fitting the model that the search asks", 0.0)
    scout = scout_of(archive, state, data, round_number, progress)
    stock = archive.artifacts.get(state.stock_digest) if state.stock_digest else None
    pool = archive.pool(state)
    inventor = archive.stages.inventor
    if LOG_WEIGHT not in pool.fields:
        pool = judged(pool, inventor.judge(pool.structures, space, stock, progress))
    search = digest(f"{state.slug}:{round_number}:{state.pool_digest}:{data.digest()}:{seed}")
    checkpoint = archive.stages.cache_folder / "searches" / f"{search[:32]}.safetensors"
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    invention = inventor.invent(
        InventionRequest(
            space=space,
            examples=_examples(archive, state),
            listed=_listed(pool),
            pool=pool.structures,
            weights=log_weights(pool),
            stock=stock,
            wish=None if scout is None else scout.wish(),
            seed=seed,
            checkpoint=checkpoint,
        ),
        progress,
    )
    grown = extended(pool, invention, space.generator.kind, state.slug)
    body = e.PoolExtended(
        round_number=round_number,
        pool_digest=archive.artifacts.put(grown.dump()),
        n_candidates=len(grown),
        n_new=len(invention.structures),
        generator=space.generator.kind,
        model_artifact=None if scout is None else archive.artifacts.put(scout.content),
        data_digest=data.digest(),
        seed=seed,
        n_tried=invention.n_tried,
        n_distinct=invention.n_distinct,
        failures=dict(sorted(invention.failures.items())),
        stopped=invention.stopped,
        warnings=invention.warnings,
    )
    checkpoint.unlink(missing_ok=True)
    return body


def with_extension(state: CampaignState, body: e.PoolExtended) -> CampaignState:
    """Return the state as it will be after the event, which is written with the fit's own."""
    return replace(state, pool_digest=body.pool_digest, n_candidates=body.n_candidates)


def _listed(pool: CandidatePool) -> tuple[str, ...]:
    makers = pool.fields[GENERATOR]
    return tuple(s for s, maker in zip(pool.structures, makers, strict=True) if maker is None)


def _examples(archive: Archive, state: CampaignState) -> tuple[str, ...]:
    if not state.examples_digest:
        return ()
    return load_examples(archive.artifacts.get(state.examples_digest))


class Scout:
    """A surrogate over the pool so far that foresees structures outside of it.

    Rows of such structures stand after the pool's own and bear on no scale, so that what is
    foreseen of one does not depend on which others are asked about.
    """

    def __init__(
        self,
        archive: Archive,
        state: CampaignState,
        surrogate: Surrogate,
        features: FeatureMatrix,
        content: bytes,
        data: TrainingData,
    ) -> None:
        self.content = content
        self._archive, self._state, self._data = archive, state, data
        self._surrogate, self._features = surrogate, features
        self._rows = {s: i for i, s in enumerate(archive.pool(state).structures)}

    def wish(self) -> Wish:
        """Return what the campaign wants, as this model foresees it."""
        definition, y = self._state.definition, self._data.y
        best = float(y[int(np.argmax(definition.objective.signed(y)))])
        spread = float(np.std(y))
        return Wish(
            objective=definition.objective,
            foresee=self.foresee,
            best=best,
            noise=definition.target.noise_at(best) or 0.0,
            spread=spread if spread > 0 else 1.0,
        )

    def foresee(self, structures: Sequence[str]) -> Foreseen:
        """Return predictions of structures, those of the pool among them."""
        old = len(self._features)
        new = [s for s in dict.fromkeys(structures) if s not in self._rows]
        features = self._features
        if new:
            features = appended(features, self._archive.described(self._state, self._pool(new)))
        place = self._rows | {s: old + i for i, s in enumerate(new)}
        rows = np.array([place[s] for s in structures], dtype=np.intp)
        usable = features.usable()[rows]
        mean, sd = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        if usable.any():
            fitted = self._surrogate.load(self.content, features)
            mean[usable], sd[usable] = fitted.posterior(rows[usable])
        failures = {i: features.failures[int(rows[i])] for i in np.flatnonzero(~usable).tolist()}
        return Foreseen(mean, sd, failures)

    def _pool(self, structures: list[str]) -> CandidatePool:
        ids = tuple(str(i) for i in range(len(structures)))
        pool = self._archive.pool(self._state)
        # Blocks of named columns find them empty.
        fields = {name: (None,) * len(ids) for name in pool.fields}
        return CandidatePool(pool.material, ids, tuple(structures), ids, fields)


def scout_of(
    archive: Archive,
    state: CampaignState,
    data: TrainingData,
    round_number: int,
    progress: Progress,
) -> Scout | None:
    """Return a model of what is measured, or None where too little is.

    Raises:
        ModelError: it cannot be fitted, or the source library is damaged.
    """
    surrogate = archive.surrogate(state)
    if len(data) < least_results(state, surrogate):
        return None
    features = archive.features(state, progress)
    rows = archive.rows(state, data.candidate_ids)
    usable = features.usable()[rows]
    data, rows = some_of(data, usable), rows[usable]
    seed = stage_seed(state.definition.seed, round_number, "scout")
    fitted = surrogate.fit(features, rows, data, seed)
    return Scout(archive, state, surrogate, features, fitted.dump(), data)
