"""How a polymer is best turned into a molecule: cross-validated accuracy of several forms.

Run as `python -m tests.benchmarks.polymer_forms [rows per table]`. Every form gets the same blocks
(Morgan counts, RDKit descriptors), models and folds; it needs the shared data beside the checkout.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from loop.featurize.block import ChemicalUnit
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.polymer_ring import ends_of, read_unit, ring_of, smallest_unit
from loop.featurize.rdkit_2d_names import RDKIT_2D

SHARED = Path(__file__).parents[3] / "shared" / "data" / "polymers"
TABLES = [
    ("radonpy_pi1070", "thermal_conductivity_w_mk"),
    ("radonpy_pi1070", "density_g_cm3"),
    ("polymetrix_tg", "tg_k"),
    ("polyverse_bandgap_chain", "bandgap_chain_ev"),
]
SEEDS = range(3)
SLOW = {"BalabanJ", "BertzCT", "SPS"}


def oligomer(text: str, units: int, cap: int) -> ChemicalUnit:
    """Return `units` units in a row, ended by atoms of number `cap`."""
    unit = read_unit(text)
    ends, size, chain = ends_of(unit), unit.GetNumAtoms(), unit
    for _ in range(units - 1):
        chain = Chem.CombineMols(chain, unit)
    editable = Chem.RWMol(chain)
    for n in range(units - 1):
        editable.AddBond(n * size + ends.atoms[1], (n + 1) * size + ends.atoms[0], ends.order)
    outer = {ends.stars[0], (units - 1) * size + ends.stars[1]}
    for n in reversed(range(units)):
        for star in sorted((n * size + s for s in ends.stars), reverse=True):
            if star in outer:
                editable.GetAtomWithIdx(star).SetAtomicNum(cap)
            else:
                editable.RemoveAtom(star)
    Chem.SanitizeMol(editable)
    return ChemicalUnit(Chem.RemoveHs(editable.GetMol()), units)


FORMS: dict[str, Callable[[str], ChemicalUnit]] = {
    "ring of 12, hidden": lambda text: ring_of(smallest_unit(read_unit(text))[0]),
    "one unit, H caps": lambda text: oligomer(text, 1, 1),
    "one unit, CH3 caps": lambda text: oligomer(text, 1, 6),
    "three units, H caps": lambda text: oligomer(text, 3, 1),
    "three units, CH3 caps": lambda text: oligomer(text, 3, 6),
}


def features(texts: list[str], form: Callable[[str], ChemicalUnit]) -> np.ndarray:
    """Return log counts and descriptors of every text."""
    with rdBase.BlockLogs():
        items = [form(text) for text in texts]
    names = [name for name in RDKIT_2D if name not in SLOW and "EStateIndex" not in name]
    blocks = [
        build_block(BlockSpec(kind="morgan")),
        build_block(BlockSpec(kind="rdkit-2d", descriptors=names)),
    ]
    found = [block.describe(items) for block in blocks]
    counts, reals = (block.values.astype(float) for block in found)  # noqa: PD011
    return np.hstack([reals, np.log1p(counts[:, counts.any(axis=0)])])


def scores(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[float, float]:
    """Return R2 of extra trees and of ridge regression over 5 folds."""
    folds = KFold(5, shuffle=True, random_state=seed)
    trees = ExtraTreesRegressor(60, max_features=0.1, random_state=seed)
    ridge = make_pipeline(StandardScaler(), RidgeCV(np.logspace(1, 4, 7)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [r2_score(y, cross_val_predict(model, x, y, cv=folds)) for model in (trees, ridge)]
    return found[0], found[1]


def readable(text: str) -> bool:
    """Whether every form of a text exists, so that all are compared on the same rows."""
    try:
        for form in FORMS.values():
            form(text)
    except (ValueError, Chem.MolSanitizeException):
        return False
    return True


def main(rows: int) -> None:
    """Print one line per table and form."""
    for table, target in TABLES:
        path = SHARED / f"{table}.csv.gz"
        if not path.exists():
            print(f"{target}: left out, {path} is absent")
            continue
        data = pd.read_csv(path)[["psmiles", target]].dropna()
        data = data.sample(min(rows, len(data)), random_state=0)
        with rdBase.BlockLogs():
            data = data[data.psmiles.map(readable)]
        for name, form in FORMS.items():
            x = features(data.psmiles.tolist(), form)
            found = np.array([scores(x, data[target].to_numpy(), seed) for seed in SEEDS])
            (trees, ridge), (a, b) = found.mean(0), found.std(0)
            print(
                f"{target:26} n={len(data):5} {name:22} R2 extra trees {trees:.3f} ± {a:.3f}, "
                f"ridge {ridge:.3f} ± {b:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
