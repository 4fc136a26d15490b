"""XenonPy's own setting: thermal conductivity of polymers from 28 rows of RadonPy's PI1070.

    python -m tests.benchmarks.xenonpy_setting [--splits 20]

28 training rows, the rest of the targets' half of the table (up to 300) for testing, 20 random
splits; mean absolute error. The direct forest reads ECFP6 and MACCS keys, as XenonPy's does.
XenonPy's recipe is a forest on frozen hidden features of pretrained networks. The sources are
trained on other properties of other polymers and molecules: no polymer of the target's half, no
thermal conductivity and no diffusivity of anything. A ratio above 1 is negative transfer.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from loop.backtest.search_record import outcomes
from loop.core.candidate import Material
from loop.core.dataset import TrainingData
from loop.source_wiring.describing import BlockDescriber
from tests.benchmarks.kept_library import CACHE, loaded_targets, made_ready
from tests.benchmarks.transfer import Loaded, made, of_pool

TARGET = "polymer thermal conductivity"
TRAINED_ON, TESTED_ON = 28, 300
DIRECT = "direct random forest (ECFP6 + MACCS)"
MODELS = {
    "transfer-gp": "transfer-gp",
    "gp": "gp",
    "linear-transfer": "linear-transfer",
    "frozen-features (XenonPy's recipe)": "frozen-features",
    "random-forest (our descriptors)": "random-forest",
}
FINGERPRINTS = ({"kind": "morgan", "radius": 3, "size": 2048, "values": "bits"}, {"kind": "maccs"})
Vector = NDArray[np.float64]


def split(n_rows: int, number: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return training and test rows of one split."""
    order = np.random.RandomState(2000 + number).permutation(n_rows)
    return order[:TRAINED_ON], order[TRAINED_ON : TRAINED_ON + TESTED_ON]


def errors(loaded: Loaded, prints: NDArray[np.float64], number: int) -> dict[str, float]:
    """Return the mean absolute error of every model on one split."""
    usable = np.flatnonzero(loaded.features.usable())
    train, test = (usable[rows] for rows in split(len(usable), number))
    rows, y = np.concatenate([train, test]), loaded.task.values
    features = of_pool(loaded.features, rows)
    ids = tuple(f"c{i:04d}" for i in range(len(train)))
    data = TrainingData(ids, y[train], None, np.ones(len(train), dtype=np.int64), 1)
    seen, asked = np.arange(len(train)), np.arange(len(train), len(rows))
    forest = RandomForestRegressor(random_state=number).fit(prints[train], y[train])
    found = {DIRECT: float(np.abs(forest.predict(prints[test]) - y[test]).mean())}
    for name, kind in MODELS.items():
        mean, _ = made(kind).fit(features, seen, data, number).posterior(asked)
        found[name] = float(np.abs(mean - y[test]).mean())
    return found


def main() -> None:
    """Print the errors, and their ratios to the direct forest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--cache", type=Path, default=CACHE)
    given = parser.parse_args()
    made_ready(given.cache)
    (loaded,) = loaded_targets(Material.MOLECULE, [TARGET], given.cache)
    describer = BlockDescriber(given.cache / "features")
    described = describer.describe(Material.POLYMER, loaded.task.structures, FINGERPRINTS)
    prints = np.concatenate([b.values.astype(np.float64) for b in described.blocks], axis=1)
    runs = [errors(loaded, prints, number) for number in range(given.splits)]
    direct = np.array([run[DIRECT] for run in runs])
    print(f"{TARGET}: {TRAINED_ON} rows, {given.splits} splits, MAE in W/m/K")
    for name in (DIRECT, *MODELS):
        mae = np.array([run[name] for run in runs])
        won, _, lost = outcomes(mae.tolist(), direct.tolist())
        print(
            f"{name}: {mae.mean():.4f} ± {mae.std(ddof=1) / np.sqrt(len(mae)):.4f} "
            f"({mae.min():.4f}-{mae.max():.4f}), ratio to the direct forest "
            f"{mae.mean() / direct.mean():.3f}, better in {won}, worse in {lost} splits"
        )


if __name__ == "__main__":
    main()
