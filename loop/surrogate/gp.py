"""An exact Gaussian process over the rows of a featurized pool."""

import json
import math
import warnings
from typing import Any, ClassVar, Final

import numpy as np
import torch
from botorch import settings
from botorch.exceptions.errors import ModelFittingError
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize
from gpytorch.constraints import GreaterThan
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.means import ZeroMean
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import NormalPrior
from linear_operator.utils.errors import NanError, NotPSDError
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.core.proposal import ModelReport
from loop.errors import ModelError
from loop.surrogate.kernels import FeatureStore, StoreKernel
from loop.surrogate.report import leave_one_out, model_report

_FORMAT: Final = "synthloop/gp/1"
_CHUNK: Final = 2048
_NOISE: Final = 0.05
_LEAST_NOISE: Final = 1e-5


class GaussianProcessConfig(BaseModel):
    """No settings so far."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _build(store: FeatureStore, rows: Any, y: Any, floor: float) -> Any:
    likelihood = GaussianLikelihood(noise_constraint=GreaterThan(floor))
    likelihood.noise_covar.register_prior(
        "log_noise_prior",
        NormalPrior(math.log(max(_NOISE, floor)), 1.2),
        lambda module: module.noise.log(),
        lambda module, value: module._set_noise(value.exp()),  # noqa: SLF001 - gpytorch has no public setter
    )
    with settings.validate_input_scaling(False):
        model = SingleTaskGP(
            rows,
            y,
            likelihood=likelihood,
            covar_module=StoreKernel(store),
            mean_module=ZeroMean(),
            outcome_transform=Standardize(m=1),
            input_transform=None,
        )
    model = model.double()
    likelihood.noise = max(_NOISE, 1.1 * floor)
    return model


def _check(features: FeatureMatrix, rows: Rows, data: TrainingData, minimum: int) -> None:
    if len(data) < minimum:
        raise ModelError(
            f"{len(data)} observations; a Gaussian process needs at least {minimum}",
            hint="measure more of the initial design",
        )
    if len(rows) != len(data):
        raise ModelError(f"{len(rows)} rows for {len(data)} observations")
    if not np.isfinite(data.y).all():
        bad = data.candidate_ids[int(np.flatnonzero(~np.isfinite(data.y))[0])]
        raise ModelError(
            f"the observation of {bad} is not a finite number", hint="withdraw or correct it"
        )
    undescribed = [int(r) for r in rows if int(r) in features.failures]
    if undescribed:
        raise ModelError(
            f"pool row {undescribed[0]} was measured but has no features: "
            f"{features.failures[undescribed[0]]}"
        )


def _floor(data: TrainingData) -> float:
    variance = float(np.var(data.y, ddof=1))
    if data.noise_variance is None or variance <= 0:
        return _LEAST_NOISE
    return float(np.clip(np.mean(data.noise_variance) / variance, _LEAST_NOISE, 1.0))


class FittedGaussianProcess:
    """A Gaussian process with its data; see `FittedSurrogate`."""

    def __init__(self, model: Any, features_digest: str, floor: float) -> None:
        self._model = model.eval()
        self._digest = features_digest
        self._floor = floor
        self._rows = model.train_inputs[0][:, 0].long()
        self._offset = float(model.outcome_transform.means)
        self._scale = float(model.outcome_transform.stdvs)
        self._z = model.train_targets.detach()
        with torch.no_grad():
            kernel = model.covar_module.between(self._rows, self._rows)
            noise = model.likelihood.noise.detach()
            self._covariance = kernel + noise * torch.eye(len(kernel), dtype=torch.float64)
            self._root = torch.linalg.cholesky(self._covariance)
            self._weights = torch.cholesky_solve(self._z[:, None], self._root)[:, 0]
        self.report: ModelReport

    def summarise(self, data: TrainingData) -> None:
        """Make the report from the data it was fitted on."""
        mean, sd = leave_one_out(self._covariance.numpy(), self._z.numpy())
        predicted = (self._offset + self._scale * mean, self._scale * sd)
        self.report = model_report(data.candidate_ids, data.y, predicted, self._in_words())

    def _in_words(self) -> dict[str, float]:
        kernel = self._model.covar_module
        noise = float(self._model.likelihood.noise.detach())
        words = {"noise sd (property's unit)": self._scale * math.sqrt(noise)}
        names = {
            "log_reals_scale": "variance from descriptors (standardised)",
            "log_lengthscale": "length scale of descriptors (standardised)",
            "log_counts_scale": "variance from structure counts (standardised)",
        }
        for name, value in kernel.named_parameters():
            words[names[name]] = math.exp(float(value.detach()))
        return words

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and sd (without noise), each `(len(rows),)`, in the property's unit."""
        kernel = self._model.covar_module
        means, sds = [np.empty(0)], [np.empty(0)]
        with torch.no_grad():
            prior = kernel.variance()
            for start in range(0, len(rows), _CHUNK):
                chunk = torch.from_numpy(np.asarray(rows[start : start + _CHUNK], dtype=np.int64))
                cross = kernel.between(self._rows, chunk)
                half = torch.linalg.solve_triangular(self._root, cross, upper=False)
                variance = (prior - (half**2).sum(0)).clamp_min(1e-12)
                means.append((cross.T @ self._weights).numpy())
                sds.append(variance.sqrt().numpy())
        return self._offset + self._scale * np.concatenate(means), self._scale * np.concatenate(sds)

    def botorch_model(self) -> Any:
        """Return the `SingleTaskGP` over row numbers, in the property's unit."""
        return self._model

    def inputs(self, rows: Rows) -> Any:
        """Return row numbers as a float64 tensor `(len(rows), 1)`."""
        return torch.from_numpy(np.asarray(rows, dtype=np.float64))[:, None]

    def dump(self) -> bytes:
        """Return the model as safetensors with JSON metadata."""
        kernel = self._model.covar_module
        y = self._offset + self._scale * self._z
        tensors = {f"kernel.{k}": v.detach().reshape(1) for k, v in kernel.named_parameters()}
        raw_noise = self._model.likelihood.noise_covar.raw_noise
        tensors |= {"raw_noise": raw_noise.detach().reshape(-1), "rows": self._rows, "y": y}
        tensors["z"] = self._z.clone()
        tensors["scaling"] = torch.tensor(
            [self._offset, self._scale, self._floor], dtype=torch.float64
        )
        metadata = {
            "format": _FORMAT,
            "features": self._digest,
            "report": self.report.model_dump_json(),
        }
        # One key: safetensors writes several in a random order, and equal models must have equal
        # bytes.
        return bytes(save_tensors(tensors, {"synthloop": json.dumps(metadata, sort_keys=True)}))


def _metadata(content: bytes) -> dict[str, str]:
    try:
        size = int.from_bytes(content[:8], "little")
        found = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["synthloop"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("the bytes are no stored model", hint="fit the model again") from error
    if found.get("format") != _FORMAT:
        raise ModelError(f"model format {found.get('format')!r}; expected {_FORMAT!r}")
    return dict(found)


class GaussianProcess:
    """Matern-5/2 on descriptors plus Tanimoto on counts, fitted by maximum a posteriori.

    Noise is one learned variance for all observations, with a log-normal prior. Where the lab
    states its noise, the mean stated variance is the least that is learned.
    """

    Config: ClassVar[type[BaseModel]] = GaussianProcessConfig
    minimum: ClassVar[int] = 2

    def __init__(self, config: GaussianProcessConfig) -> None:
        self.config = config

    def fit(
        self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int
    ) -> FittedGaussianProcess:
        """Return the fitted model; `rows[i]` is the pool row of `data.y[i]`.

        Raises:
            ModelError: too few, non-finite or undescribed observations, or no fit was found.
        """
        _check(features, rows, data, self.minimum)
        x = torch.from_numpy(np.asarray(rows, dtype=np.float64))[:, None]
        floor = _floor(data)
        model = _build(FeatureStore(features), x, torch.from_numpy(data.y.copy())[:, None], floor)
        if np.ptp(data.y) > 0:
            _maximise(model, seed)
        fitted = FittedGaussianProcess(model, features.digest, floor)
        fitted.summarise(data)
        return fitted

    def load(self, content: bytes, features: FeatureMatrix) -> FittedGaussianProcess:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        metadata = _metadata(content)
        if metadata["features"] != features.digest:
            raise ModelError(
                "the stored model belongs to other features "
                f"({metadata['features'][:12]}, these are {features.digest[:12]})",
                hint="fit the model again",
            )
        try:
            tensors = load_tensors(content)
        except SafetensorError as error:
            raise ModelError("the stored model is damaged", hint="fit the model again") from error
        offset, scale, floor = (float(v) for v in tensors["scaling"])
        x = tensors["rows"].double()[:, None]
        model = _build(FeatureStore(features), x, tensors["y"][:, None], floor)
        with torch.no_grad():
            for name, parameter in model.covar_module.named_parameters():
                parameter.copy_(tensors[f"kernel.{name}"][0])
            model.likelihood.noise_covar.raw_noise.copy_(tensors["raw_noise"])
            # Exactly as stored: recomputing them from y costs the last bit.
            model.outcome_transform.means.fill_(offset)
            model.outcome_transform.stdvs.fill_(scale)
            model.outcome_transform._stdvs_sq.fill_(scale**2)  # noqa: SLF001 - botorch has no public setter
        model.set_train_data(targets=tensors["z"], strict=False)
        fitted = FittedGaussianProcess(model, features.digest, floor)
        fitted.report = ModelReport.model_validate_json(metadata["report"])
        return fitted


def _maximise(model: Any, seed: int) -> None:
    likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        try:
            fit_gpytorch_mll(likelihood)
        except (ModelFittingError, NotPSDError, NanError) as error:
            raise ModelError(
                f"no hyperparameters could be fitted: {error}",
                hint="look for contradicting or extreme observations",
            ) from error
