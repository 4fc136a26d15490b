"""Exact Gaussian processes over the rows of a featurized pool, fitted by maximum a posteriori."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.errors import ModelError
from loop.surrogate.assay import attach_assays, with_useful_assays
from loop.surrogate.fitted import FittedMixture
from loop.surrogate.inference import Fit, Posterior
from loop.surrogate.kernels import KernelSum
from loop.surrogate.mixture import GaussianMixture, Members
from loop.surrogate.observed import Observed, observe
from loop.surrogate.outliers import TOLD_FROM, with_outliers
from loop.surrogate.parts import source_parts, target_parts
from loop.surrogate.storage import unpack
from loop.surrogate.store import ASSAY, FeatureStore

NO_SOURCE: Final = "no source to learn from: the model rests on the measurements alone, as gp does"
_ARRAYS = frozenset({"thetas", "weights", "rows", "y", "scaling"})


class StoreKeeper:
    """Keeps the prepared features of the last pool, so that refits do not prepare them again."""

    def __init__(self) -> None:
        self._features: FeatureMatrix | None = None
        self._store: FeatureStore | None = None

    def of(self, features: FeatureMatrix) -> FeatureStore:
        """Return the store of a pool."""
        if self._store is None or self._features is not features:
            store = FeatureStore(features)
            found = [(b.name, b.values.astype(float)) for b in features.blocks if b.kind == ASSAY]
            attach_assays(store, found)
            self._features, self._store = features, store
        return self._store


class MixtureSurrogate(ABC):
    """What all surrogates that are mixtures of Gaussian processes share.

    Noise is one learned variance for all observations, with a log-normal prior. Where the noise
    of the observations is known, the least of it is the least that is learned, and what a single
    observation has above that is added to it (Goldberg, Williams, Bishop, NeurIPS 1997, with the
    noise of each input given instead of modelled).
    """

    kind: ClassVar[str]
    minimum: ClassVar[int] = 2
    uses_sources: ClassVar[bool] = False

    def __init__(self, *, robust: bool = False) -> None:
        self._stores = StoreKeeper()
        self._robust = robust

    @abstractmethod
    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the kernel sum that holds the parts of all members."""

    @abstractmethod
    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the fitted model with its report; the observations are not all equal."""

    def least_scale(self, n: int) -> float:
        """Return the least scale of n observations, in the property's unit; 0 sets no limit."""
        del n
        return 0.0

    def fit(
        self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int
    ) -> FittedMixture:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations, or no fit was found.
        """
        store, least = self._stores.of(features), self.least_scale(len(data))
        observed = observe(features, store, rows, data, self.minimum, least)
        if not observed.constant:
            observed, notes = with_useful_assays(observed)
            if self._robust:
                observed = with_outliers(observed, self._judge(observed.store))
            model = self.fitted(observed, seed)
            model.note(*notes)
            if self._robust and len(data) < TOLD_FROM:
                model.note(f"fewer than {TOLD_FROM} observations: no outlier can be told")
            return model
        # Nothing can be learned from equal values: the prior stands.
        kernel = self.kernel(observed.store)
        prior = Posterior(kernel, {}, observed.z, observed.noise_floor)
        model = self.mixed(observed, Members(prior.middle[None], np.ones(1)))
        model.summarise()
        return model

    def _judge(self, store: FeatureStore) -> KernelSum:
        """Return the kernel that outliers are judged by."""
        sources = source_parts(store) if self.uses_sources else ()
        return KernelSum(target_parts(store) + sources)

    def mixed(self, observed: Observed, members: Members) -> FittedMixture:
        """Return the mixture of members laid out like `kernel`, still without a report."""
        kernel = self.kernel(observed.store)
        o = observed
        mixture = GaussianMixture(o.store, kernel, members, o.rows, o.z, o.added)
        return FittedMixture(self.kind, observed, mixture)

    def load(self, content: bytes, features: FeatureMatrix) -> FittedMixture:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        arrays, report = unpack(self.kind, content, features, _ARRAYS)
        store = self._stores.of(features)
        if "assays" in arrays:
            store = store.with_assays([int(i) for i in arrays["assays"]])
        if arrays["thetas"].shape != (len(arrays["weights"]), self.kernel(store).size + 1):
            raise ModelError(
                "the stored model has other kernel parts than its settings say",
                hint="load it with the settings it was fitted with, or fit it again",
            )
        observed = restored(arrays, store, features.digest, report)
        model = self.mixed(observed, Members(arrays["thetas"], arrays["weights"]))
        model.adopt(report)
        return model


def restored(arrays: dict[str, Any], store: FeatureStore, digest: str, report: Any) -> Observed:
    """Return the observations that a stored model was fitted on.

    Raises:
        ModelError: the arrays do not fit together.
    """
    n = len(report.parity)
    if any(arrays[name].shape != (n,) for name in ("rows", "y")) or arrays["scaling"].shape != (3,):
        raise ModelError("the stored model is damaged", hint="fit the model again")
    offset, scale, floor = (float(v) for v in arrays["scaling"])
    ids = tuple(p.candidate_id for p in report.parity)
    rows = arrays["rows"].astype(np.intp)
    noise = [arrays.get(name) for name in ("extra", "slack")]
    if any(v is not None and v.shape != (n,) for v in noise):
        raise ModelError("the stored model is damaged", hint="fit the model again")
    return Observed(store, digest, rows, ids, arrays["y"], offset, scale, floor, *noise)


def most_probable(kernel: KernelSum, observed: Observed) -> tuple[Fit, Posterior]:
    """Return the most probable hyperparameters of a kernel, and what they maximise.

    Raises:
        ModelError: no fit was found.
    """
    tables = observed.store.tables(kernel.keys, observed.rows, observed.rows)
    posterior = Posterior(kernel, tables, observed.z, observed.noise_floor, observed.added)
    return posterior.maximum(), posterior


class GaussianProcessConfig(BaseModel):
    """Settings.

    Attributes:
        robust: Whether observations that all the others contradict are looked for, given a noise
            of their own and named in the warnings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    robust: bool = False


class GaussianProcess(MixtureSurrogate):
    """Matern-5/2 on descriptors plus Tanimoto on counts, fitted by maximum a posteriori."""

    Config: ClassVar[type[BaseModel]] = GaussianProcessConfig
    kind: ClassVar[str] = "gp"

    def __init__(self, config: GaussianProcessConfig) -> None:
        super().__init__(robust=config.robust)
        self.config = config

    def kernel(self, store: FeatureStore) -> KernelSum:
        """Return the kernel without sources."""
        return KernelSum(target_parts(store))

    def fitted(self, observed: Observed, seed: int) -> FittedMixture:
        """Return the fitted model with its report."""
        del seed
        fit, _ = most_probable(self.kernel(observed.store), observed)
        model = self.mixed(observed, Members(fit.theta[None], np.ones(1)))
        model.summarise()
        return model


def without_sources(kind: str, observed: Observed, seed: int) -> FittedMixture:
    """Return what `gp` returns, under another name, with a word about the missing sources."""
    model = GaussianProcess(GaussianProcessConfig()).fitted(observed, seed)
    model.kind = kind
    noted = (*model.report.notes, NO_SOURCE)
    model.adopt(model.report.model_copy(update={"surrogate": kind, "notes": noted}))
    return model
