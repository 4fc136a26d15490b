"""Whether borrowing helps: surrogates with sources against `gp`, on targets no source has seen.

    python -m tests.benchmarks.transfer [--seeds 6] [--cache FOLDER]

Protocol of `transfer_targets.py`: a network is trained on the properties of the installed packages
and, where their files are given, of public polymer and inorganic tables. No structure of any target
is in it, and no property that is a target or the same as one. RMSE is in units of the pool's sd;
ratios are to `gp` on the same split, geometric mean over seeds, then over tasks, with the standard
error over tasks. Every task is printed, those that lose too.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import CandidatePool, Material
from loop.core.dataset import TrainingData
from loop.core.definition import PluginChoice, PoolSpace
from loop.core.ports import FeatureMatrix, Rows, Surrogate
from loop.core.source_ports import FEATURES, PREDICTIONS
from loop.errors import DataError, NotFoundError
from loop.featurize.block import NoOptions
from loop.featurize.presets import CompositionDescriptors, MoleculeDescriptors, PolymerDescriptors
from loop.service.plugins import PluginLookup
from loop.source_wiring.describing import BlockDescriber
from loop.source_wiring.recipes import shared_model
from loop.source_wiring.tables import SourceTables
from loop.sources.model import SourceModel
from loop.sources.recipe import SourceRecipe
from loop.sources.rows import Structure, Withheld
from loop.sources.supply import source_blocks
from loop.sources.training import train
from tests.benchmarks.transfer_targets import (
    INORGANIC_TARGETS,
    ORGANIC_TARGETS,
    Target,
    Task,
    splits,
)

SHARED = Path(__file__).parents[3] / "shared" / "data"
SIZES = (5, 10, 20, 50)
SURROGATES = ("transfer-gp", "affine-transfer", "frozen-features", "random-forest")
SHUFFLED = "transfer-gp, sources shuffled"
PRESETS = {
    Material.MOLECULE: MoleculeDescriptors,
    Material.POLYMER: PolymerDescriptors,
    Material.COMPOSITION: CompositionDescriptors,
}
TABLES = {
    Material.MOLECULE: ("polymetrix-tg", "neurips-open-polymer-2025", "radonpy-pi1070"),
    Material.COMPOSITION: ("matbench-mp-e-form", "matbench-log-kvrh", "mp-elastic"),
}
FEWEST_ROWS = 200
Z90 = 1.6448536269514722
Scores = dict[tuple[str, int], list[tuple[float, float]]]


@dataclass(frozen=True)
class Loaded:
    """A target with its rows described."""

    target: Target
    task: Task
    features: FeatureMatrix


def loaded_tasks(targets: Sequence[Target], cache: Path) -> list[tuple[Target, Task]]:
    """Return the targets whose tables are here; say which are not."""
    found = []
    for target in targets:
        try:
            found.append((target, target.load(cache, SHARED if SHARED.is_dir() else None)))
        except (NotFoundError, DataError) as error:
            print(f"{target.name}: left out, {error.message}")
    return found


def library(
    material: Material, tasks: Sequence[tuple[Target, Task]], read: SourceTables, cache: Path
) -> SourceModel:
    """Return a network that has seen no structure and no property of the targets."""
    here = []
    for name in TABLES[material]:
        try:
            shared_model(material, (name,), read, lambda phrase, share: None)
            here.append(name)
        except NotFoundError as error:
            print(f"sources of {name}: left out, {error.message}")
    recipe = shared_model(material, here, read, lambda phrase, share: None)
    same = {pair for target, _ in tasks for pair in (*target.same_property, own(target))}
    structures = frozenset((target.material, key) for target, task in tasks for key in task.keys)
    names = {s.name for s in recipe.sources if (s.data, s.column) in same}
    names |= {s.name for s in recipe.sources if _left(s, read, structures) < FEWEST_ROWS}
    withheld = Withheld(frozenset(names), structures)
    model = train(recipe, read, BlockDescriber(cache / "features"), withheld)
    print(
        f"{len(model.card.sources)} sources without the targets' structures; withheld: "
        f"{', '.join(sorted(withheld.sources))}"
    )
    return model


def _left(recipe: SourceRecipe, read: SourceTables, structures: frozenset[Structure]) -> int:
    rows = read(recipe, lambda phrase, share: None)
    given = np.isfinite(recipe.scaled(rows.values))
    return sum(
        ok and key is not None and (recipe.material, key) not in structures
        for key, ok in zip(rows.keys, given, strict=True)
    )


def own(target: Target) -> tuple[str, str]:
    """Return where a target's own values stand."""
    return target.table, target.column


def described(target: Target, task: Task, model: SourceModel, cache: Path) -> Loaded:
    """Return a task with descriptors and source blocks; rows that fail are left out."""
    numbers = tuple(str(i) for i in range(len(task.structures)))
    pool = CandidatePool(target.material, numbers, task.structures, numbers)
    space = PoolSpace.model_construct(material=target.material)
    preset = PRESETS[target.material](NoOptions())
    matrix = preset.featurize(pool, space, cache=cache / "features")
    describer = BlockDescriber(cache / "features")
    own_inputs = describer.describe(target.material, task.structures, model.card.recipe.blocks)
    blocks = source_blocks([model], target.material, [own_inputs])
    failed = {**own_inputs.failures, **matrix.failures}
    features = replace(
        matrix, blocks=(*matrix.blocks, *blocks), failures=failed, digest=f"{target.name}"
    )
    return Loaded(target, task, features)


def of_pool(features: FeatureMatrix, rows: Rows, shuffle: int | None = None) -> FeatureMatrix:
    """Return the features of some rows; with `shuffle`, source blocks of other rows."""
    other = rows if shuffle is None else np.random.default_rng(shuffle).permutation(rows)
    blocks = tuple(
        replace(
            block,
            values=np.ascontiguousarray(
                block.values[other if block.kind in {PREDICTIONS, FEATURES} else rows]
            ),
        )
        for block in features.blocks
    )
    return FeatureMatrix(blocks, f"{features.digest} {rows[0]} {shuffle}")


def made(name: str) -> Surrogate:
    """Return a surrogate by name, with its default options."""
    cls, config = PluginLookup().configure("synthloop.surrogates", PluginChoice(kind=name))
    surrogate: Surrogate = cls(config)
    return surrogate


def score(
    name: str, features: FeatureMatrix, y: NDArray[np.float64], n: int, test: Rows, seed: int
) -> tuple[float, float]:
    """Return RMSE and 90 % coverage of the test rows, trained on the first `n` rows."""
    data = TrainingData(
        tuple(f"c{i:04d}" for i in range(n)), y[:n], None, np.ones(n, dtype=np.int64), 1
    )
    rows = np.arange(n, dtype=np.intp)
    fitted = made(name).fit(features, rows, data, seed)
    posterior = fitted.botorch_model().posterior(
        fitted.inputs(test).unsqueeze(1), observation_noise=True
    )
    mean = posterior.mean.squeeze().numpy()
    sd = posterior.variance.squeeze().sqrt().numpy()
    error = y[test] - mean
    return float(np.sqrt(np.mean(error**2))), float(np.mean(np.abs(error) <= Z90 * sd))


def runs(loaded: Loaded, seed: int) -> Iterator[tuple[str, int, float, float]]:
    """Yield surrogate, n, RMSE and coverage of one split."""
    usable = np.flatnonzero(loaded.features.usable())
    training, test = splits(len(usable), seed, SIZES)
    if not training:
        return
    largest = training[max(training)]
    rows = usable[np.concatenate([largest, test])]
    y = loaded.task.values[rows]
    y = (y - y.mean()) / y.std()
    at = np.arange(len(largest), len(rows), dtype=np.intp)
    real, noise = of_pool(loaded.features, rows), of_pool(loaded.features, rows, shuffle=seed)
    for n in training:
        for name in ("gp", *SURROGATES):
            yield name, n, *score(name, real, y, n, at, seed)
        yield SHUFFLED, n, *score("transfer-gp", noise, y, n, at, seed)


def domain(title: str, targets: Sequence[Target], material: Material, given: object) -> None:
    """Print the tables of one domain."""
    cache: Path = given.cache
    print(f"\n## {title}\n")
    tasks = loaded_tasks(targets, cache)
    read = SourceTables(cache)
    model = library(material, tasks, read, cache)
    ratios: dict[tuple[str, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    covered: dict[tuple[str, int], list[float]] = defaultdict(list)
    for target, task in tasks:
        loaded = described(target, task, model, cache)
        for seed in range(given.seeds):
            base: dict[int, float] = {}
            for name, n, rmse, coverage in runs(loaded, seed):
                base.setdefault(n, rmse)
                covered[name, n].append(coverage)
                ratios[name, n][target.name].append(rmse / base[n])
        line = ", ".join(
            f"n={n} {np.exp(np.mean(np.log(found[target.name]))):.2f}"
            for n in SIZES
            if (found := ratios["transfer-gp", n]) and target.name in found
        )
        print(f"{target.name}: transfer-gp / gp {line}", flush=True)
    print()
    for name in ("gp", *SURROGATES, SHUFFLED):
        print(f"{name}: {', '.join(_cell(ratios[name, n], covered[name, n], n) for n in SIZES)}")


def _cell(ratios: dict[str, list[float]], covered: list[float], n: int) -> str:
    logs = np.array([np.mean(np.log(found)) for found in ratios.values()])
    error = np.exp(logs.mean()) * logs.std(ddof=1) / np.sqrt(len(logs))
    return (
        f"n={n} ratio {np.exp(logs.mean()):.3f} ± {error:.3f} "
        f"(worst {np.exp(logs.max()):.2f}) coverage {np.mean(covered):.2f}"
    )


def main() -> None:
    """Print both domains."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--cache", type=Path, default=Path(".bench-transfer"))
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    if SHARED.is_dir():
        os.environ.setdefault("SYNTHLOOP_PUBLIC_TABLES", str(SHARED))
    domain("Molecules and polymers", ORGANIC_TARGETS, Material.MOLECULE, given)
    domain("Inorganic compositions", INORGANIC_TARGETS, Material.COMPOSITION, given)


if __name__ == "__main__":
    main()
