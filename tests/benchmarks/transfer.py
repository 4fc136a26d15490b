"""Whether borrowing helps: surrogates with sources against `gp`, on targets no source has seen.

    python -m tests.benchmarks.transfer [--seeds 6] [--cache FOLDER] [--domain organic|inorganic]
                                        [--targets NAME ...] [--block study|further]

Protocol of `transfer_targets.py`. The targets of the design study, whose figures are the goal, and
further ones are two blocks. Each has a network of its own, trained on all properties of the
installed packages and, where their files are given, of public tables; no structure of any target
of the block is in it, and no property that is a target of the block or the same as one. RMSE is in
units of the pool's sd; ratios are to `gp` on the same split, geometric mean over seeds, then over
tasks, with the standard error over tasks. Every task is printed, those that lose too.
"""

import argparse
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.core.candidate import CandidatePool, Material
from loop.core.canonical import canonical_json, digest
from loop.core.dataset import TrainingData
from loop.core.definition import PluginChoice, PoolSpace
from loop.core.ports import FeatureMatrix, Rows, Surrogate
from loop.core.source_ports import FEATURES, PREDICTIONS
from loop.datasets.public_tables import PUBLIC_TABLES
from loop.errors import DataError, NotFoundError
from loop.featurize.block import NoOptions
from loop.featurize.presets import CompositionDescriptors, MoleculeDescriptors, PolymerDescriptors
from loop.service.plugins import PluginLookup
from loop.source_wiring.describing import BlockDescriber
from loop.source_wiring.recipes import shared_model
from loop.source_wiring.tables import SourceTables
from loop.sources.library import SourceLibrary
from loop.sources.model import SourceModel
from loop.sources.recipe import ModelRecipe, SourceRecipe
from loop.sources.rows import Structure, Withheld
from loop.sources.supply import source_blocks
from loop.sources.training import train
from tests.benchmarks.transfer_targets import (
    INORGANIC_TARGETS,
    ORGANIC_TARGETS,
    TARGETS,
    Target,
    Task,
    splits,
)

SHARED = Path(__file__).parents[3] / "shared" / "data"
SIZES = (5, 10, 20, 50)
BASE, TRANSFER, FROZEN = "gp", "transfer-gp", "frozen-features"
SURROGATES = (TRANSFER, "affine-transfer", FROZEN, "random-forest")
NAMED = (BASE, *SURROGATES)
SHUFFLED = "transfer-gp, sources shuffled"
DOMAINS = {
    "organic": (ORGANIC_TARGETS, Material.MOLECULE),
    "inorganic": (INORGANIC_TARGETS, Material.COMPOSITION),
}
LEFT_OUT = (
    "left out: photoswitch wavelength, polymer DFT dielectric constant and steel yield strength, "
    "targets of the design study that no installed package and no known public table carries"
)
PRESETS = {
    Material.MOLECULE: MoleculeDescriptors,
    Material.POLYMER: PolymerDescriptors,
    Material.COMPOSITION: CompositionDescriptors,
}
FEWEST_ROWS = 200
Z90 = 1.6448536269514722


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
    """Return a network that has seen no structure and no property of the targets.

    All tables serve: what is withheld is a target, the same property under another name, and
    what has too few rows left. It is kept under `cache`.
    """
    here = []
    for name in tables(material):
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
    model = _kept(recipe, withheld, read, cache)
    print(
        f"{len(model.card.sources)} sources without the targets' structures; withheld: "
        f"{', '.join(sorted(withheld.sources))}"
    )
    return model


def tables(material: Material) -> list[str]:
    """Return the names of the public tables that may serve a material, polymers with molecules."""
    inorganic = material is Material.COMPOSITION
    return [t.name for t in PUBLIC_TABLES if (t.material is Material.COMPOSITION) == inorganic]


def _kept(recipe: ModelRecipe, withheld: Withheld, read: SourceTables, cache: Path) -> SourceModel:
    describer = BlockDescriber(cache / "features")
    read_by = describer.digest(recipe.blocks)
    name = digest(canonical_json([recipe.model_dump(mode="json"), withheld.digest(), read_by]))[:32]
    shelf = SourceLibrary(cache / "models", below=())
    try:
        return shelf.get(name)
    except NotFoundError:
        model = train(recipe, read, describer, withheld)
        shelf.keep_as(name, model)
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


@dataclass(frozen=True)
class Scores:
    """Of one surrogate on the test rows of one split.

    Attributes:
        rmse: In sd of the pool.
        covered: Share of the rows inside the 90 % interval.
        nlpd: Mean negative log predictive density, in nats.
    """

    rmse: float
    covered: float
    nlpd: float


def score(
    name: str, features: FeatureMatrix, y: NDArray[np.float64], n: int, test: Rows, seed: int
) -> Scores:
    """Return the scores on the test rows, trained on the first `n` rows."""
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
    density = 0.5 * (error / sd) ** 2 + np.log(sd * np.sqrt(2 * np.pi))
    return Scores(
        float(np.sqrt(np.mean(error**2))),
        float(np.mean(np.abs(error) <= Z90 * sd)),
        float(np.mean(density)),
    )


Found = dict[tuple[str, int], Scores]
"""Scores of one split by surrogate and n."""


def split_scores(loaded: Loaded, seed: int) -> Found:
    """Return the scores of every surrogate at every size of one split."""
    usable = np.flatnonzero(loaded.features.usable())
    training, test = splits(len(usable), seed, SIZES)
    if not training:
        return {}
    largest = training[max(training)]
    rows = usable[np.concatenate([largest, test])]
    y = loaded.task.values[rows]
    y = (y - y.mean()) / y.std()
    at = np.arange(len(largest), len(rows), dtype=np.intp)
    real, noise = of_pool(loaded.features, rows), of_pool(loaded.features, rows, shuffle=seed)
    found = {(name, n): score(name, real, y, n, at, seed) for n in training for name in NAMED}
    return found | {(SHUFFLED, n): score(TRANSFER, noise, y, n, at, seed) for n in training}


class Block:
    """Scores of all splits of some targets."""

    def __init__(self) -> None:
        """Start without any."""
        self.tasks: dict[str, list[Found]] = {}

    def add(self, task: str, found: Found) -> None:
        """Take the scores of one split."""
        if found:
            self.tasks.setdefault(task, []).append(found)

    def joined(self, other: "Block") -> "Block":
        """Return the splits of both."""
        whole = Block()
        whole.tasks = self.tasks | other.tasks
        return whole

    def ratios(self, name: str, n: int, base: str = BASE) -> dict[str, float]:
        """Return the geometric mean over splits of the RMSE ratio to `base`, by task."""
        found = {}
        for task, splits_ in self.tasks.items():
            logs = [np.log(s[name, n].rmse / s[base, n].rmse) for s in splits_ if (name, n) in s]
            if logs:
                found[task] = float(np.exp(np.mean(logs)))
        return found

    def line(self, name: str, base: str = BASE) -> str:
        """Return ratios to `base`, coverage and NLPD less that of `base`, for every n."""
        return "; ".join(self._cell(name, base, n) for n in SIZES if self.ratios(name, n, base))

    def _cell(self, name: str, base: str, n: int) -> str:
        ratios = self.ratios(name, n, base)
        logs = np.log(list(ratios.values()))
        mean = np.exp(logs.mean())
        error = mean * logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else np.nan
        worst = max(ratios, key=lambda task: ratios[task])
        pairs = [
            (s[name, n], s[base, n])
            for found in self.tasks.values()
            for s in found
            if (name, n) in s
        ]
        covered = np.mean([one.covered for one, _ in pairs])
        nlpd = np.median([one.nlpd - other.nlpd for one, other in pairs])
        return (
            f"n={n} {mean:.3f} ± {error:.3f} (worst {ratios[worst]:.2f} {worst}) "
            f"coverage {covered:.2f} NLPD {nlpd:+.2f}"
        )

    def show(self, title: str) -> None:
        """Print all lines."""
        print(
            f"\n{title}, {len(self.tasks)} tasks: RMSE ratio to {BASE}, mean ± se over tasks; "
            f"coverage of 90 % intervals; median NLPD less that of {BASE}"
        )
        for name in (BASE, *SURROGATES, SHUFFLED):
            print(f"  {name}: {self.line(name)}")
        print(f"  {TRANSFER} / {FROZEN}: {self.line(TRANSFER, FROZEN)}", flush=True)


def block(
    title: str, targets: Sequence[Target], material: Material, given: argparse.Namespace
) -> Block:
    """Return the scores of a block; print each task as it is done."""
    cache: Path = given.cache
    print(f"\n## {title}\n")
    done = Block()
    every = loaded_tasks(targets, cache)
    if not every:
        return done
    model = library(material, every, SourceTables(cache), cache)
    for target, task in every:
        if given.targets and target.name not in given.targets:
            continue
        loaded = described(target, task, model, cache)
        for seed in range(given.seeds):
            done.add(target.name, split_scores(loaded, seed))
        line = ", ".join(
            f"n={n} {found[target.name]:.2f}"
            for n in SIZES
            if target.name in (found := done.ratios(TRANSFER, n))
        )
        print(f"{target.name}: {TRANSFER} / {BASE} {line}", flush=True)
    if done.tasks:
        done.show(title)
    return done


def domain(name: str, given: argparse.Namespace) -> None:
    """Print the tables of one domain: its two blocks, and both together."""
    targets, material = DOMAINS[name]
    blocks = []
    for title, study in (("targets of the design study", True), ("further targets", False)):
        if given.block in (None, "study" if study else "further"):
            chosen = [t for t in targets if t.study == study]
            blocks.append(block(f"{name}: {title}", chosen, material, given))
    if len(blocks) == 2 and all(b.tasks for b in blocks):
        blocks[0].joined(blocks[1]).show(f"{name}: all targets")


def main() -> None:
    """Print the domains."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--cache", type=Path, default=Path(".bench-transfer"))
    parser.add_argument("--domain", choices=sorted(DOMAINS))
    parser.add_argument("--block", choices=("study", "further"))
    parser.add_argument("--targets", nargs="*", default=(), metavar="NAME")
    given = parser.parse_args()
    unknown = sorted(set(given.targets) - {t.name for t in TARGETS})
    if unknown:
        known = ", ".join(t.name for t in TARGETS)
        parser.error(f"no such targets: {', '.join(unknown)}; known are {known}")
    given.cache.mkdir(parents=True, exist_ok=True)
    if SHARED.is_dir():
        os.environ.setdefault("SYNTHLOOP_PUBLIC_TABLES", str(SHARED))
    print(LEFT_OUT)
    for name in (given.domain,) if given.domain else DOMAINS:
        domain(name, given)
    print(
        f"\n{time.process_time() / 60:.1f} CPU minutes, without those of the workers that describe"
    )


if __name__ == "__main__":
    main()
