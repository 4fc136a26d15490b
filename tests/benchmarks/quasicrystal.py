"""Classify compositions with few members in two of three classes, as XenonPy's notebook does.

Run as `python tests/benchmarks/quasicrystal.py [DATA]`. The notebook's table (80 quasicrystals, 78
approximants, 10,000 other crystals) is not among the shared data, so a stand-in of the same shape
is drawn from measured band gaps: 80 wide-gap insulators (3 eV and more) and 78 narrow-gap
semiconductors (up to 1 eV) among all metals of `matbench_expt_gap`. Prints the recall of each class
over 10 random, stratified 80/20 splits of a random forest with balanced bootstraps.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split

from loop.core.candidate import Material
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts

CLASSES = ("metal", "narrow gap", "wide gap")
SPLITS = 10


def rare_classes(folder, rng):
    """Formulas and classes: every metal, 78 narrow gaps, 80 wide gaps."""
    table = pd.read_csv(
        folder / "inorganic/matbench_expt_gap.csv.gz", keep_default_na=False, na_values=""
    )
    gap = table["band_gap_expt_ev"].to_numpy()
    metal = np.flatnonzero(gap == 0.0)
    narrow = rng.choice(np.flatnonzero((gap > 0.0) & (gap <= 1.0)), 78, replace=False)
    wide = rng.choice(np.flatnonzero(gap >= 3.0), 80, replace=False)
    rows = np.concatenate([metal, narrow, wide])
    labels = np.repeat([0, 1, 2], [len(metal), len(narrow), len(wide)])
    return list(table["formula"].to_numpy()[rows]), labels


def main(folder):
    found = []
    for seed in range(SPLITS):
        formulas, labels = rare_classes(folder, np.random.default_rng(seed))
        block = build_block(BlockSpec.model_validate({"kind": "element-statistics"}))
        x = describe_texts([block], Material.COMPOSITION, formulas)[0].values  # noqa: PD011
        x_fit, x_test, y_fit, y_test = train_test_split(
            x, labels, test_size=0.2, stratify=labels, random_state=seed
        )
        forest = RandomForestClassifier(
            500, class_weight="balanced_subsample", min_samples_leaf=5, random_state=seed
        )
        guess = forest.fit(x_fit, y_fit).predict(x_test)
        found.append(recall_score(y_test, guess, average=None))
        print(seed, *(f"{name} {r:.2f}" for name, r in zip(CLASSES, found[-1], strict=True)))
    recalls = np.array(found)
    macro = recalls.mean(axis=1)
    print(f"counts {np.bincount(labels).tolist()}, mean recall by class", end=" ")
    print(dict(zip(CLASSES, recalls.mean(axis=0).round(3).tolist(), strict=True)))
    print(f"macro recall {macro.mean():.3f} (sd over splits {macro.std():.3f}); wanted 0.75")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
