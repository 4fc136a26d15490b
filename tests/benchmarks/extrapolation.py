"""Whether a model ranks what lies beyond all it has seen.

    python -m tests.benchmarks.extrapolation [--seeds 6]

Training rows are drawn from the lower half of a task, test rows (at most 300) are those above the
median. Printed: lift, the share of the model's highest tenth of the test rows that is in the true
highest tenth, over the tenth that chance gives; rank correlation within the test rows; and the
90 % coverage, which shows that no model's intervals hold there. Sources were trained without any
structure or property of the targets.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from loop.core.candidate import Material
from loop.core.dataset import TrainingData
from loop.core.definition import PluginChoice
from loop.service.plugins import PluginLookup
from tests.benchmarks.kept_library import CACHE, DOMAINS, loaded_targets, made_ready
from tests.benchmarks.transfer import Z90, Loaded, of_pool

# Tasks of the study that set the mark (its other tables are not here); all others are printed too.
STUDIED = (
    "permittivity",
    "surface tension",
    "viscosity",
    "heat of fusion",
    "hydration free energy",
    "liquid thermal conductivity",
    "polymer thermal conductivity",
    "polymer bulk modulus",
    "polymer static dielectric",
    "lattice thermal conductivity",
    "last phonon peak",
    "measured gap",
    "refractive index",
)
SIZES = (20, 50)
LARGEST_TEST = 300
MODELS = {
    "gp": {"kind": "gp"},
    "transfer-gp": {"kind": "transfer-gp"},
    "transfer-gp, linear_variance 1.5": {"kind": "transfer-gp", "linear_variance": 1.5},
    "linear-transfer": {"kind": "linear-transfer"},
    "frozen-ridge": {"kind": "frozen-ridge"},
    "affine-transfer": {"kind": "affine-transfer"},
    "frozen-features": {"kind": "frozen-features"},
}
Vector = NDArray[np.float64]
Figures = tuple[float, float, float]


def halves(values: Vector, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows up to the median, and at most 300 above it, both in drawn order."""
    order = np.random.RandomState(1000 + seed).permutation(len(values))
    low = values[order] <= np.median(values)
    return order[low], order[~low][:LARGEST_TEST]


def lift(truth: Vector, mean: Vector) -> float:
    """Return how much richer in the true highest tenth the model's highest tenth is."""
    size = max(1, len(truth) // 10)
    best = set(np.argsort(-truth, kind="stable")[:size].tolist())
    chosen = set(np.argsort(-mean, kind="stable")[:size].tolist())
    return len(best & chosen) / size / (size / len(truth))


def figures(loaded: Loaded, options: dict[str, object], seed: int, n: int) -> Figures:
    """Return lift, rank correlation and 90 % coverage above the median."""
    usable = np.flatnonzero(loaded.features.usable())
    values = loaded.task.values[usable]
    low, high = halves(values, seed)
    at = np.concatenate([low[:n], high])
    features = of_pool(loaded.features, usable[at])
    y = values[at] / values.std()
    choice = PluginChoice.model_validate(options)
    cls, config = PluginLookup().configure("synthloop.surrogates", choice)
    ids = tuple(f"c{i:04d}" for i in range(n))
    data = TrainingData(ids, y[:n], None, np.ones(n, dtype=np.int64), 1)
    fitted = cls(config).fit(features, np.arange(n, dtype=np.intp), data, seed)
    test = np.arange(n, len(at), dtype=np.intp)
    posterior = fitted.botorch_model().posterior(
        fitted.inputs(test).unsqueeze(1), observation_noise=True
    )
    mean = posterior.mean.squeeze().numpy()
    sd = posterior.variance.squeeze().sqrt().numpy()
    covered = float(np.mean(np.abs(y[n:] - mean) <= Z90 * sd))
    return lift(y[n:], mean), float(spearmanr(y[n:], mean).statistic), covered


def domain(
    title: str, loaded: Sequence[Loaded], models: dict[str, dict[str, object]], seeds: int
) -> Iterator[str]:
    """Yield the lines of one domain: every task, then the means with their errors over tasks."""
    yield f"\n## {title}: lift of the highest tenth, n = {' / '.join(map(str, SIZES))}\n"
    found: dict[tuple[str, int], list[Vector]] = defaultdict(list)
    studied = np.array([one.target.name in STUDIED for one in loaded])
    for one in loaded:
        for name, options in models.items():
            for n in SIZES:
                runs = np.array([figures(one, options, seed, n) for seed in range(seeds)])
                found[name, n].append(runs.mean(axis=0))
        cells = (
            f"{name} {' / '.join(f'{found[name, n][-1][0]:.2f}' for n in SIZES)}" for name in models
        )
        yield f"{one.target.name}: {'; '.join(cells)}"
    yield ""
    for chosen, which in ((studied, "the study's tasks"), (np.ones_like(studied), "all tasks")):
        for name in models:
            cells = (_summary(np.array(found[name, n])[chosen], n) for n in SIZES)
            yield f"{int(chosen.sum())}, {which}: {name}: {'; '.join(cells)}"
        yield ""


def _summary(means: Vector, n: int) -> str:
    error = means[:, 0].std(ddof=1) / np.sqrt(len(means))
    return (
        f"n={n} lift {means[:, 0].mean():.2f} ± {error:.2f}, rank correlation "
        f"{means[:, 1].mean():.2f}, 90 % coverage {means[:, 2].mean():.2f}"
    )


def main() -> None:
    """Print both domains."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--cache", type=Path, default=CACHE)
    given = parser.parse_args()
    made_ready(given.cache)
    titles = {Material.MOLECULE: "Molecules and polymers", Material.COMPOSITION: "Inorganic"}
    for material, targets in DOMAINS.items():
        loaded = loaded_targets(material, [target.name for target in targets], given.cache)
        for line in domain(titles[material], loaded, MODELS, given.seeds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
