"""Whether borrowing finds the best sooner: closed loops over pools of known values.

    python -m tests.benchmarks.transfer_loop [--seeds 6] [--surrogates gp,transfer-gp]

A pool of at most 500 candidates per task, 6 random starters, 10 rounds of 4 chosen by `log-ei`:
46 experiments, without noise; the log or the value is maximised as the task gives it. Sources were
trained without any structure or property of the targets. A search that never meets a member of
the best 1 % counts as 50 experiments, which flatters those that fail, random search most of all.
Results come in batches, so a hit counts from the end of its batch (6, 10, 14, ...). Random search
has the same starters; its figure per run is the mean over 20 continuations.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from loop.backtest.search_record import best_rows, first_hit, found_share, outcomes, ratio_interval
from loop.core.candidate import Material
from loop.core.dataset import TrainingData
from loop.core.definition import PluginChoice
from loop.core.objective import Maximize
from loop.core.ports import Acquisition, ChoiceRequest, FeatureMatrix
from loop.service.plugins import PluginLookup
from tests.benchmarks.kept_library import CACHE, loaded_targets, made_ready
from tests.benchmarks.transfer import Loaded, made, of_pool

# Two tasks of the protocol have no table here. In their place stand the nearest: for the DFT
# dielectric constant of polymers that of molecular dynamics, for the excitation energy of
# photoswitches the band gap of polymer chains.
TASKS = {
    Material.MOLECULE: (
        "polymer thermal conductivity",
        "polymer bulk modulus",
        "polymer static dielectric",
        "viscosity",
        "permittivity",
        "bandgap chain",
    ),
    Material.COMPOSITION: ("lattice thermal conductivity", "last phonon peak"),
}
POOL, STARTERS, BATCH, ROUNDS = 500, 6, 4, 10
CENSORED = STARTERS + BATCH * (ROUNDS + 1)
CONTINUATIONS = 20
GOAL = Maximize(property="target")
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """One search: experiments to the best 1 %, censored; whether met; share of the best 5 %."""

    hit: float
    met: float
    recall: float


def pool(loaded: Loaded) -> tuple[FeatureMatrix, Vector]:
    """Return the pool of a task, drawn once for all seeds, and its values."""
    usable = np.flatnonzero(loaded.features.usable())
    rows = np.random.RandomState(1000).permutation(usable)[:POOL]
    return of_pool(loaded.features, rows), loaded.task.values[rows]


def judged(order: Sequence[int], values: Vector) -> Outcome:
    """Return what a search came to, counted in whole batches."""
    first = first_hit(order, best_rows(values, 0.01))
    batches = 0 if first is None else max(0, -(-(first - STARTERS) // BATCH))
    hit = CENSORED if first is None else STARTERS + BATCH * batches
    return Outcome(hit, float(first is not None), found_share(order, best_rows(values, 0.05)))


def starters(values: Vector, seed: int) -> list[int]:
    """Return the first rows, the same for every way to go on."""
    return list(map(int, np.random.RandomState(seed).permutation(len(values))[:STARTERS]))


def searched(name: str, features: FeatureMatrix, values: Vector, seed: int) -> list[int]:
    """Return the rows of one search in the order of its experiments."""
    surrogate, order = made(name), starters(values, seed)
    cls, config = PluginLookup().configure("synthloop.acquisitions", PluginChoice(kind="log-ei"))
    acquisition: Acquisition = cls(config)
    every, none = np.arange(len(values), dtype=np.intp), np.array([], dtype=np.intp)
    for number in range(ROUNDS):
        rows = np.sort(np.array(order, dtype=np.intp))
        names = tuple(f"c{row:04d}" for row in rows)
        ones = np.ones(len(rows), dtype=np.int64)
        data = TrainingData(names, values[rows], None, ones, number)
        fitted = surrogate.fit(features, rows, data, 1000 * seed + number)
        request = ChoiceRequest(
            fitted, features, every, rows, values[rows], none, GOAL, BATCH, 1000 * seed + number
        )
        order += [choice.row for choice in acquisition.choose(request)]
    return order


def guessed(values: Vector, seed: int) -> Outcome:
    """Return the mean outcome of random continuations from the same starters."""
    order = starters(values, seed)
    rest = np.setdiff1d(np.arange(len(values)), order)
    rng = np.random.default_rng(seed)
    found = [
        judged([*order, *map(int, rng.permutation(rest)[: BATCH * ROUNDS])], values)
        for _ in range(CONTINUATIONS)
    ]
    figures = np.array([(o.hit, o.met, o.recall) for o in found]).mean(axis=0)
    return Outcome(*map(float, figures))


def _cell(found: Sequence[Outcome]) -> str:
    hit, met, recall = np.array([(o.hit, o.met, o.recall) for o in found]).mean(axis=0)
    return f"{hit:.1f} / {met:.2f} / {recall:.2f}"


def _compared(ours: str, theirs: str, runs: dict[str, list[Outcome]]) -> None:
    a, b = runs[ours], runs[theirs]
    hits_a, hits_b = [o.hit for o in a], [o.hit for o in b]
    # Means over random continuations are not whole batches: half a batch is no difference.
    won, tied, lost = outcomes(hits_a, hits_b, tie=0.0 if theirs != "random" else BATCH / 2)
    fewer, low, high = ratio_interval(hits_b, hits_a)
    recall, least, most = ratio_interval([o.recall for o in a], [o.recall for o in b])
    print(
        f"{ours} against {theirs}: {fewer:.2f} x fewer experiments [{low:.2f}, {high:.2f}], "
        f"recall x {recall:.2f} [{least:.2f}, {most:.2f}], "
        f"wins/ties/losses {won}/{tied}/{lost}"
    )


def main() -> None:
    """Print every task, then all of them together."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--surrogates", default="gp,transfer-gp")
    parser.add_argument("--cache", type=Path, default=CACHE)
    given = parser.parse_args()
    made_ready(given.cache)
    names = ["gp", *(n for n in given.surrogates.split(",") if n != "gp")]
    runs: dict[str, list[Outcome]] = {name: [] for name in ("random", *names)}
    print(
        f"experiments to the first of the best 1 % ({CENSORED} if never) / share of runs that "
        f"met one / share of the best 5 % among {STARTERS + BATCH * ROUNDS}"
    )
    for material, wanted in TASKS.items():
        for loaded in loaded_targets(material, wanted, given.cache):
            features, values = pool(loaded)
            here = {"random": [guessed(values, seed) for seed in range(given.seeds)]}
            for name in names:
                here[name] = [
                    judged(searched(name, features, values, seed), values)
                    for seed in range(given.seeds)
                ]
            cells = "; ".join(f"{name} {_cell(found)}" for name, found in here.items())
            print(f"{loaded.target.name} ({len(values)}): {cells}", flush=True)
            for name, found in here.items():
                runs[name] += found
    print(f"all {len(runs['gp'])} runs: " + "; ".join(f"{k} {_cell(v)}" for k, v in runs.items()))
    for name in names[1:]:
        _compared(name, "gp", runs)
    for name in names:
        _compared(name, "random", runs)


if __name__ == "__main__":
    main()
