"""The surrogate `gp`: one exact Gaussian process over the pool, without transfer."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import botorch
import gpytorch
import numpy as np
import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.models import SingleTaskGP
from botorch.models.transforms.outcome import Standardize
from gpytorch.constraints import GreaterThan
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.priors import LogNormalPrior
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, Rows
from loop.core.proposal import ModelReport
from loop.errors import ModelError
from loop.surrogate.checks import model_report
from loop.surrogate.kernels import PoolKernel

_FORMAT: Final = "synthloop/gp/1"
_CHUNK: Final = 4096
_FEWEST_NOISE: Final = 1e-4


class GaussianProcessConfig(BaseModel):
    """No options yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@contextmanager
def _quiet_and_seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # What these say about conditioning is said by the checks of the report.
        warnings.simplefilter("ignore")
        torch.manual_seed(seed)
        yield


def _inputs(features: FeatureMatrix) -> tuple[torch.Tensor | None, torch.Tensor | None]:
    """Return standardised reals, float64, and counts, uint8, of the whole pool."""
    usable = features.usable()
    reals: list[NDArray[np.float64]] = []
    counts: list[NDArray[Any]] = []
    for block in features.blocks:
        if block.kind == "counts":
            counts.append(block.values)
            continue
        values = block.values.astype(np.float64)
        mean, sd = values[usable].mean(axis=0), values[usable].std(axis=0)
        varied = sd > 1e-9 * np.maximum(1.0, np.abs(mean))
        reals.append(np.clip((values[:, varied] - mean[varied]) / sd[varied], -5.0, 5.0))
    stacked = np.hstack(reals) if reals else np.empty((len(features), 0))
    return (
        torch.from_numpy(stacked) if stacked.shape[1] else None,
        torch.from_numpy(np.hstack(counts)) if counts else None,
    )


class FittedGaussianProcess:
    """A fitted process over a featurized pool."""

    def __init__(self, model: SingleTaskGP, report: ModelReport, header: dict[str, Any]) -> None:
        self._model = model
        self._header = header
        self.report = report

    def inputs(self, rows: Rows) -> torch.Tensor:
        """Return the rows as the model's input, `(n, 1)` float64: the row numbers."""
        return torch.from_numpy(np.asarray(rows, dtype=np.float64)).unsqueeze(-1)

    def botorch_model(self) -> SingleTaskGP:
        """Return the BoTorch model; its posterior is in the property's unit."""
        return self._model

    def posterior(self, rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and sd without measurement noise, each `(n,)`, in the property's unit."""
        means, sds = [np.empty(0)], [np.empty(0)]
        with torch.no_grad(), _quiet_and_seeded(0):
            for start in range(0, len(rows), _CHUNK):
                # One row per t-batch: the covariance between candidates is not needed here.
                chunk = self.inputs(rows[start : start + _CHUNK]).unsqueeze(-2)
                posterior = self._model.posterior(chunk)
                means.append(posterior.mean.squeeze(-1).squeeze(-1).numpy())
                sds.append(posterior.variance.squeeze(-1).squeeze(-1).sqrt().numpy())
        return np.concatenate(means), np.concatenate(sds)

    def dump(self) -> bytes:
        """Return parameters and training data as safetensors with a JSON header."""
        tensors = {
            name: value.detach().clone().contiguous()
            for name, value in self._model.state_dict().items()
        }
        header = self._header | {"report": self.report.model_dump(mode="json")}
        return save_tensors(tensors, {"synthloop": json.dumps(header, sort_keys=True)})


class GaussianProcess:
    """Exact GP: Matérn-5/2 on descriptors plus Tanimoto on counts, MAP hyperparameters.

    Values are standardised inside; the constant mean and the noise are learned. The noise is
    never below the variance that the lab states for its means, averaged over the data.
    """

    Config: ClassVar[type[GaussianProcessConfig]] = GaussianProcessConfig
    minimum: ClassVar[int] = 2

    def __init__(self, config: GaussianProcessConfig) -> None:
        del config

    def fit(
        self, features: FeatureMatrix, rows: Rows, data: TrainingData, seed: int
    ) -> FittedGaussianProcess:
        """Return the process fitted to the data.

        Raises:
            ModelError: fewer than two observations, values that are not finite, or an
                optimisation that did not converge.
        """
        if len(data) < self.minimum:
            raise ModelError(f"{len(data)} observations; a Gaussian process needs {self.minimum}")
        if not np.isfinite(data.y).all():
            raise ModelError("an observation is not a finite number")
        stated = 0.0 if data.noise_variance is None else float(data.noise_variance.mean())
        header = {
            "format": _FORMAT,
            "features": features.digest,
            "rows": [int(row) for row in rows],
            "y": data.y.tolist(),
            "stated_noise": stated,
        }
        with _quiet_and_seeded(seed):
            model = _build(features, header)
            likelihood = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
            try:
                botorch.fit.fit_gpytorch_mll(likelihood)
            except ModelFittingError as error:
                raise ModelError(
                    f"the hyperparameters could not be found: {error}",
                    hint="look for a result that is far off in `synthloop status`",
                ) from error
            report = model_report(model, data)
        return FittedGaussianProcess(model, report, header)

    def load(self, content: bytes, features: FeatureMatrix) -> FittedGaussianProcess:
        """Return what `dump` stored.

        Raises:
            ModelError: the bytes are no such model, or belong to other features.
        """
        header = _header(content)
        if header.get("format") != _FORMAT:
            raise ModelError(f"a stored model has the unknown format {header.get('format')!r}")
        if header["features"] != features.digest:
            raise ModelError(
                "a stored model was fitted on other descriptors than this pool has now",
                hint="the chemistry library changed; abandon the round, the next one fits anew",
            )
        with _quiet_and_seeded(0):
            model = _build(features, header)
            model.load_state_dict(load_tensors(content))
            model.eval()
        return FittedGaussianProcess(
            model,
            ModelReport.model_validate(header["report"]),
            {k: v for k, v in header.items() if k != "report"},
        )


def _header(content: bytes) -> dict[str, Any]:
    try:
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length])["__metadata__"]
        header: dict[str, Any] = json.loads(metadata["synthloop"])
    except (ValueError, KeyError) as error:
        raise ModelError("these bytes are no stored model") from error
    return header


def _build(features: FeatureMatrix, header: dict[str, Any]) -> SingleTaskGP:
    x = torch.tensor(header["rows"], dtype=torch.float64).unsqueeze(-1)
    y = torch.tensor(header["y"], dtype=torch.float64).unsqueeze(-1)
    spread = float(y.std()) if len(y) > 1 else 0.0
    stated = header["stated_noise"] / spread**2 if spread > 0 else 0.0
    floor = min(max(_FEWEST_NOISE, stated), 0.5)
    likelihood = GaussianLikelihood(
        noise_prior=LogNormalPrior(-3.0, 1.2), noise_constraint=GreaterThan(0.5 * floor)
    )
    likelihood.noise = max(0.05, floor)
    reals, counts = _inputs(features)
    model = SingleTaskGP(
        x,
        y,
        likelihood=likelihood,
        covar_module=PoolKernel(reals, counts),
        outcome_transform=Standardize(m=1),
    )
    return model.to(torch.float64)
