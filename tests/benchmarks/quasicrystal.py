"""Classify compositions into three classes of very different size with a random forest.

Run as `python tests/benchmarks/quasicrystal.py DATA [TABLE]`, DATA being the folder of shared data.
TABLE is a CSV with the columns `composition` and `label`: the quasicrystals (QC) and approximants
(AC) of XenonPy's notebook "predict_hypermaterials", which is not among the shared data; 10,000
formulas drawn from the Materials Project's (`matbench_mp_e_form`) are the third class. Without it
the classes are those of measured band gaps: metal, up to 3 eV, wider.

Prints the recall of each class over 10 random, stratified 80/20 splits.
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

SPLITS, OTHERS = 10, 10_000


def read(path):
    return pd.read_csv(path, keep_default_na=False, na_values="")


def band_gap_classes(folder):
    table = read(folder / "inorganic/matbench_expt_gap.csv.gz")
    classes = np.digitize(table["band_gap_expt_ev"], [1e-9, 3.0])
    return list(table["formula"]), np.array(["metal", "up to 3 eV", "wide gap"])[classes]


def quasicrystal_classes(folder, path):
    found = read(path)
    others = read(folder / "inorganic/matbench_mp_e_form.csv.gz")["formula"]
    drawn = others.sample(OTHERS, random_state=0)
    return [*found["composition"], *drawn], np.array([*found["label"], *["others"] * OTHERS])


def main(folder, path=None):
    formulas, labels = quasicrystal_classes(folder, path) if path else band_gap_classes(folder)
    block = build_block(BlockSpec.model_validate({"kind": "element-statistics"}))
    described = describe_texts([block], Material.COMPOSITION, formulas)[0]
    usable = np.setdiff1d(np.arange(len(labels)), list(described.failures))
    x, labels = described.values[usable], labels[usable]  # noqa: PD011
    names, counts = np.unique(labels, return_counts=True)
    print({str(name): int(count) for name, count in zip(names, counts, strict=True)})
    found = []
    for seed in range(SPLITS):
        x_fit, x_test, y_fit, y_test = train_test_split(
            x, labels, test_size=0.2, stratify=labels, random_state=seed
        )
        forest = RandomForestClassifier(
            200, class_weight="balanced_subsample", min_samples_leaf=2, random_state=seed
        )
        guess = forest.fit(x_fit, y_fit).predict(x_test)
        found.append(recall_score(y_test, guess, average=None, labels=names))
        recalls = {str(n): round(float(r), 2) for n, r in zip(names, found[-1], strict=True)}
        print(seed, recalls, flush=True)
    macro = np.mean(found, axis=1)
    means = dict(zip(names.tolist(), np.mean(found, axis=0).round(3).tolist(), strict=True))
    print(f"mean recall by class {means}")
    print(f"macro recall {macro.mean():.3f} (sd over splits {macro.std():.3f}); wanted 0.75")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
