"""How far a Gaussian process can be trusted: leave-one-out, in closed form."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loop.core.dataset import TrainingData
from loop.core.proposal import ModelReport, ParityPoint

_Z90 = 1.6448536269514722


def leave_one_out(
    covariance: NDArray[np.float64], residual: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return leave-one-out residuals and variances at fixed hyperparameters.

    Args:
        covariance: Covariance of the observations, noise included, `(n, n)`.
        residual: Observations minus prior mean, `(n,)`.

    Returns:
        Observed minus predicted, and predictive variance, each `(n,)`.

    Source: Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), eq. 5.12.
    """
    inverse = np.linalg.inv(covariance)
    diagonal = np.diag(inverse)
    return inverse @ residual / diagonal, 1.0 / diagonal


def model_report(model: Any, data: TrainingData) -> ModelReport:
    """Return the checks of a fitted single-task process, in the property's unit."""
    model.eval()
    with torch.no_grad():
        x = model.train_inputs[0]
        noise = model.likelihood.noise.detach()
        kernel = model.covar_module(x).to_dense() + noise * torch.eye(len(x), dtype=torch.float64)
        mean = model.mean_module(x).detach().numpy()
        scaled = model.train_targets.numpy()
        scale = float(model.outcome_transform.stdvs.squeeze())
    errors, variances = leave_one_out(kernel.numpy(), scaled - mean)
    errors, sds = errors * scale, np.sqrt(variances) * scale
    n = len(data)
    rmse = float(np.sqrt(np.mean(errors**2)))
    of_mean = float(np.std(data.y) * n / (n - 1))
    coverage = float(np.mean(np.abs(errors) <= _Z90 * sds))
    r2 = float(1 - np.sum(errors**2) / (n * of_mean**2)) if of_mean > 0 else None
    return ModelReport(
        surrogate="gp",
        n_observations=n,
        r2=r2,
        rmse=rmse,
        rmse_of_mean=of_mean,
        coverage90=coverage,
        parity=tuple(
            ParityPoint(
                candidate_id=identity,
                observed=float(y),
                predicted=float(y - error),
                sd=float(sd),
            )
            for identity, y, error, sd in zip(data.candidate_ids, data.y, errors, sds, strict=True)
        ),
        hyperparameters=_in_words(model, float(noise) ** 0.5 * scale, scale),
        warnings=tuple(verdicts(n, r2, coverage)),
    )


def _in_words(model: Any, noise_sd: float, scale: float) -> dict[str, float]:
    words = {"noise sd": noise_sd}
    names = {
        "log_lengthscale": ("length scale of descriptors", 1.0, 1.0),
        "log_variance_reals": ("sd explained by descriptors", 0.5, scale),
        "log_variance_counts": ("sd explained by fragments", 0.5, scale),
    }
    for name, parameter in model.covar_module.named_parameters():
        if name in names:
            label, power, factor = names[name]
            words[label] = float(np.exp(power * float(parameter.detach())) * factor)
    return words


def verdicts(n: int, r2: float | None, coverage: float) -> list[str]:
    """Return what a person should know before trusting the model; empty is good."""
    found = []
    if n < 5:
        found.append(f"the model rests on {n} observations: too few to judge it")
    elif r2 is None:
        found.append("all observations are equal: the model has nothing to learn from")
    elif r2 <= 0:
        found.append(
            "the model predicts no better than the mean of the observations "
            f"(leave-one-out R² {r2:.2f}): take its proposals as exploration"
        )
    if n >= 10 and coverage < 0.75:
        found.append(
            f"only {100 * coverage:.0f} % of the observations lie in their 90 % interval: "
            "the model is over-confident"
        )
    return found
