"""Measure XenonPy 0.6.7 and ourselves on the same formulas and molecules, one core each.

Run as `python tests/benchmarks/xenonpy_side_by_side.py XENONPY_PYTHON [DATA]`, XENONPY_PYTHON being
the interpreter of an environment with Python 3.11, xenonpy 0.6.7, numpy 1.23.5, pandas 1.5.3,
rdkit 2023.3.3, pymatgen 2023.9.25 and torch. XenonPy downloads its element table at first use; it
is handed ours instead, of the same shape to within a few columns. Prints JSON lines: rows per CPU
second, and the largest relative difference of the compositions' numbers.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

CLASSIC = ("mean", "sum", "variance", "max", "min")
THEIRS = ("WeightedAverage", "WeightedSum", "WeightedVariance", "MaxPooling", "MinPooling")
COMPOSITIONS, MOLECULES, FORMULAS = 2_000, 2_000, 20_000
VALUES = Path(__file__).parents[2] / "loop/featurize/elements/values.csv"


def inside_xenonpy(task):
    """Runs in the other interpreter: rows/s of XenonPy's own classes, and its numbers."""
    warnings.filterwarnings("ignore")
    import pandas as pd
    from rdkit import RDLogger
    from xenonpy.descriptor import ECFP, MACCS, compositions

    RDLogger.DisableLog("rdApp.*")
    elements = pd.read_csv(VALUES, index_col=0, keep_default_na=False)
    start = time.process_time()
    found = {}
    for name in THEIRS:
        cls = getattr(compositions, name)
        calculator = cls(elemental_info=elements, n_jobs=1, on_errors="nan", return_type="df")
        found[name] = calculator.transform(task["amounts"]).to_numpy().tolist()
    middle = time.process_time()
    for cls in (ECFP, MACCS):
        cls(1, input_type="smiles", on_errors="nan", return_type="df").transform(task["smiles"])
    end = time.process_time()
    rates = {
        "five statistics": len(task["amounts"]) / (middle - start),
        "ECFP6 + MACCS": len(task["smiles"]) / (end - middle),
    }
    Path(task["out"]).write_text(json.dumps({"rates": rates, "found": found}))


def theirs(python, amounts, smiles):
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("task.json", "out.json")]
        paths[0].write_text(
            json.dumps({"amounts": amounts, "smiles": smiles, "out": str(paths[1])})
        )
        command = [python, __file__, "--inside", str(paths[0])]
        subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        return json.loads(paths[1].read_text())


def row_wise_pandas(table, amounts):
    """The same five statistics as one would write them with a DataFrame per row."""
    import numpy as np
    import pandas as pd

    for row in amounts:
        values = table.loc[list(row)]
        n = pd.Series(row)
        w = n / n.sum()
        mean = values.mul(w, axis=0).sum()
        pd.concat(
            [
                mean,
                values.mul(n, axis=0).sum(),
                values.sub(mean).pow(2).mul(w, axis=0).sum(),
                values.max(),
                values.min(),
            ]
        ).to_numpy(np.float64)


def main(python, folder):
    import numpy as np
    import pandas as pd

    from loop.core.candidate import Material
    from loop.core.formula import read_formula
    from loop.featurize.bundle import BlockSpec, build_block
    from loop.featurize.describe import describe_texts
    from loop.featurize.elements.table import element_table

    def read(name, column):
        path = folder / f"{name}.csv.gz"
        return list(pd.read_csv(path, keep_default_na=False)[column])

    formulas = read("inorganic/matbench_mp_gap", "formula")
    formulas = [formulas[i] for i in np.random.default_rng(0).permutation(len(formulas))[:FORMULAS]]
    smiles = read("molecules/lipophilicity", "smiles")[:MOLECULES]
    amounts = [read_formula(formula) for formula in formulas[:COMPOSITIONS]]

    block = build_block(BlockSpec.model_validate({"kind": "element-statistics"}))
    block.describe(amounts[:512])
    items = [read_formula(formula) for formula in formulas]
    start = time.process_time()
    for at in range(0, len(items), 512):
        block.describe(items[at : at + 512])
    middle = time.process_time()
    for at in range(0, len(formulas), 512):
        describe_texts([block], Material.COMPOSITION, formulas[at : at + 512])
    end = time.process_time()
    ours = len(formulas) / (middle - start), len(formulas) / (end - middle)

    table = pd.DataFrame(
        element_table().values, index=pd.read_csv(VALUES, keep_default_na=False)["symbol"]
    )
    start = time.process_time()
    row_wise_pandas(table, amounts)
    pandas_rate = len(amounts) / (time.process_time() - start)

    other = theirs(python, amounts, smiles)
    rates = other["rates"]
    numbers = np.concatenate([other["found"][name] for name in THEIRS], axis=1)
    own = block.describe(amounts).values  # noqa: PD011
    scale = np.abs(own).max(axis=0) + 1e-30
    print(json.dumps({
        "five statistics": {
            "formulas": len(formulas),
            "ours from amounts": round(ours[0]),
            "ours from text": round(ours[1]),
            "XenonPy from amounts": round(rates["five statistics"]),
            "row-wise pandas": round(pandas_rate),
            "ratio to XenonPy": round(ours[0] / rates["five statistics"], 1),
            "largest difference, of the largest value of the column": float(
                np.nanmax(np.abs(own - numbers) / scale)
            ),
        }
    }))  # fmt: skip
    print(json.dumps({"ECFP6 + MACCS": {"XenonPy": round(rates["ECFP6 + MACCS"])}}))


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        inside_xenonpy(json.loads(Path(sys.argv[2]).read_text()))
    else:
        main(sys.argv[1], Path(sys.argv[2] if len(sys.argv) > 2 else "../shared/data"))
