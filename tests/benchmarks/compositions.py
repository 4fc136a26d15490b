"""Compare descriptors of compositions by cross-validated errors on shared tables.

Run as `python tests/benchmarks/compositions.py [DATA]`, DATA being the folder of shared data. Each
line is the mean absolute error over five shuffled folds, for a random forest and for kernel ridge
regression on standardised columns; the estm folds keep the dopings of one host together.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pymatgen.core import Element
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.model_selection import GroupKFold, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from loop.core.candidate import Material
from loop.core.formula import read_formula
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts

ROWS = 500
TABLES = {
    "phonon peak [1/cm]": ("matbench_phonons", "formula", "last_phonon_peak_cm1", None),
    "log10 kappa 300 K": ("estm_300k", "formula", "thermal_conductivity_300k_w_mk", np.log10),
    "expt gap [eV]": ("matbench_expt_gap", "formula", "band_gap_expt_ev", None),
    "log10 K_VRH [GPa]": ("matbench_log_kvrh", "formula", "log10_k_vrh_gpa", None),
    "e_form [eV/atom]": ("matbench_mp_e_form", "formula", "formation_energy_ev_atom", None),
}
CHOICES = {
    "statistics: mean, variance, max, min": [
        {"kind": "element-statistics", "statistics": ["mean", "variance", "max", "min"]}
    ],
    "statistics: mean, sum, variance, max, min": [{"kind": "element-statistics"}],
    "statistics: all but sum": [
        {
            "kind": "element-statistics",
            "statistics": ["mean", "variance", "max", "min", "geometric", "harmonic"],
        }
    ],
    "element fractions": [{"kind": "element-fractions"}],
    "mean, variance, max, min + fractions": [
        {"kind": "element-statistics", "statistics": ["mean", "variance", "max", "min"]},
        {"kind": "element-fractions"},
    ],
    "kernel mean, 10 centres": [{"kind": "element-kernel-mean"}],
}
TWELVE = (
    "Z", "atomic_mass", "X", "atomic_radius", "mendeleev_no", "row", "group",
    "electron_affinity", "ionization_energy", "melting_point", "molar_volume",
    "thermal_conductivity",
)  # fmt: skip


def value(element, name):
    try:
        found = getattr(element, name)
        return np.nan if found is None else float(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        return np.nan


def twelve_pymatgen_properties(formulas):
    """The featurizer up to 0.1: mean, sd, min, max of twelve properties, medians in the gaps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        elements = [e for e in Element if e.symbol not in {"D", "T"}]
        raw = np.array([[value(e, p) for p in TWELVE] for e in elements])
    raw = np.where(np.isfinite(raw), raw, np.nanmedian(raw, axis=0))
    row = {e.symbol: i for i, e in enumerate(elements)}
    found = []
    for formula in formulas:
        amounts = read_formula(formula)
        table = raw[[row[s] for s in amounts]]
        w = np.array(list(amounts.values())) / sum(amounts.values())
        mean = w @ table
        found.append(
            np.concatenate([mean, np.sqrt(w @ (table - mean) ** 2), table.min(0), table.max(0)])
        )
    return np.array(found)


def described(choice, formulas):
    blocks = [build_block(BlockSpec.model_validate(spec)) for spec in choice]
    found = describe_texts(blocks, Material.COMPOSITION, formulas)
    return np.concatenate([part.values for part in found], axis=1)  # noqa: PD011


def host(formula):
    """The elements that make up a twentieth of the atoms and more."""
    amounts = read_formula(formula)
    total = sum(amounts.values())
    return "-".join(sorted(symbol for symbol, n in amounts.items() if n >= 0.05 * total))


def models():
    kernel = ConstantKernel(1.0) * RBF(10.0, (1.0, 300.0)) + WhiteKernel(0.1, (1e-4, 1.0))
    return {
        "forest": RandomForestRegressor(100, max_features=0.33, random_state=0, n_jobs=1),
        "gp": make_pipeline(StandardScaler(), GaussianProcessRegressor(kernel, normalize_y=True)),
    }


def main(folder):
    for title, (name, key, target, transform) in TABLES.items():
        table = pd.read_csv(
            folder / f"inorganic/{name}.csv.gz", keep_default_na=False, na_values=""
        )
        table = table.dropna(subset=[target])
        table = table.sample(min(ROWS, len(table)), random_state=0)
        y = table[target].to_numpy(dtype=float)
        y = transform(y) if transform else y
        hosts = [host(formula) for formula in table[key]]
        grouped = name.startswith("estm")
        folds = GroupKFold(5) if grouped else KFold(5, shuffle=True, random_state=0)
        inputs = {"up to 0.1: 12 pymatgen properties": twelve_pymatgen_properties(table[key])}
        inputs |= {label: described(choice, list(table[key])) for label, choice in CHOICES.items()}
        for label, x in inputs.items():
            line = {"table": title, "n": len(y), "descriptor": label, "d": x.shape[1]}
            for kind, model in models().items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    guess = cross_val_predict(
                        model, x, y, cv=folds, groups=hosts if grouped else None
                    )
                line[f"MAE {kind}"] = float(f"{np.abs(guess - y).mean():.4g}")
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
