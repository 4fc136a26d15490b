"""The language model beside XenonPy's: rates per CPU second, and what becomes of proposals.

    python -m tests.benchmarks.ngram [--xenonpy PYTHON] [--smiles FILE --column psmiles]

`--xenonpy` names an interpreter of an environment with XenonPy 0.6 and pandas below 2; its NGram is
run there, in a process of its own, on the same list. Without it only our rows are printed. Rates
are over `process_time` on one thread. "valid" counts before anything is put in the place of a
failure: XenonPy puts the parent there, which is why its share is of proposals that changed.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rdkit import Chem, rdBase

from loop.generate.ngram import NgramConfig, NgramGenerator
from loop.generate.ngram_model import SmilesModel
from loop.generate.ngram_taught import TaughtNgram
from loop.generate.offspring import UNCHANGED
from tests.generate.examples import POLYMERS

_XENONPY = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import numpy as np
from rdkit import Chem, RDLogger
RDLogger.DisableLog("rdApp.*")
from xenonpy.inverse.iqspr import NGram
smiles, order, size = json.load(open(sys.argv[1]))
clock = time.process_time
begun = clock(); model = NGram(sample_order=(1, order), del_range=(1, 10))
model.fit(smiles, train_order=order); fitted = clock() - begun
np.random.seed(1)
parents = [smiles[i % len(smiles)] for i in range(size)]
begun = clock(); made = model.proposal(parents)
canonical = [Chem.CanonSmiles(s) for s in made]; proposed = clock() - begun
print(json.dumps([fitted, proposed, list(canonical), parents]))
"""


def _xenonpy(python: str, smiles: Sequence[str], order: int, size: int) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.json"
        asked.write_text(json.dumps([list(smiles), order, size]))
        done = subprocess.run(
            [python, "-c", _XENONPY, str(asked)], capture_output=True, text=True, check=True
        )
    return list(json.loads(done.stdout.splitlines()[-1]))


def _canonical(smiles: str) -> str:
    with rdBase.BlockLogs():
        return str(Chem.CanonSmiles(smiles))


def _row(name: str, fit: float, propose: float, shares: Sequence[float]) -> str:
    rates = f"{fit:>10,.0f} {propose:>12,.0f}"
    return f"{name:<34} {rates} " + " ".join(f"{share:>8.4f}" for share in shares)


def _ours(taught: TaughtNgram, smiles: Sequence[str], size: int, seed: int) -> tuple[float, Any]:
    begun = time.process_time()
    made = taught.propose(smiles, size, seed)
    return size / (time.process_time() - begun), made


def _shares(made: Any, size: int, known: set[str]) -> list[float]:
    changed = len(made.structures)
    distinct = set(made.structures)
    two = sum(s.count("*") == 2 for s in made.structures)
    return [
        (changed + made.failures.get(UNCHANGED, 0)) / size,
        changed / size,
        two / max(1, changed),
        len(distinct) / size,
        len(distinct - known) / size,
    ]


def _fit_rate(smiles: Sequence[str], order: int, repeats: int) -> float:
    begun = time.process_time()
    for _ in range(repeats):
        SmilesModel.fit(smiles, order)
    return repeats * len(smiles) / (time.process_time() - begun)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--xenonpy", metavar="PYTHON")
    parser.add_argument("--smiles", type=Path)
    parser.add_argument("--column", default="psmiles")
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--baseline-size", type=int, default=150)
    asked = parser.parse_args()
    smiles = (
        [str(s) for s in pd.read_csv(asked.smiles)[asked.column]]
        if asked.smiles
        else list(POLYMERS)
    )
    known = {_canonical(s) for s in smiles}
    NgramGenerator(NgramConfig()).teach(smiles[:5])
    print(f"{len(smiles)} examples; per CPU second")
    print(
        f"{'':<34} {'fit':>10} {'proposals':>12} {'valid':>8} {'changed':>8} "
        f"{'two *':>8} {'distinct':>8} {'new':>8}"
    )
    fit = _fit_rate(smiles, 10, 20)
    begun = time.process_time()
    taught = NgramGenerator(NgramConfig()).teach(smiles)
    teaching = len(smiles) / (time.process_time() - begun)
    taught.propose(smiles[:5], 5, 0)
    rates, changed_share = [], 0.0
    for seed in range(3):
        rate, made = _ours(taught, smiles, asked.size, seed)
        rates.append(rate)
        changed_share = len(made.structures) / asked.size
        print(_row(f"ours, seed {seed}", fit, rate, _shares(made, asked.size, known)))
        print(f"    begun anew {made.retries / asked.size:.2f} per proposal; {made.failures}")
    print(f"teaching with all spellings: {teaching:,.0f} examples per CPU second")
    if not asked.xenonpy:
        return
    fitted, proposed, made, parents = _xenonpy(asked.xenonpy, smiles, 10, asked.baseline_size)
    size = asked.baseline_size
    changed = [a for a, b in zip(made, parents, strict=True) if a != _canonical(b)]
    theirs = len(smiles) / fitted, size / proposed
    distinct = set(changed)
    shares = [
        float("nan"),
        len(changed) / size,
        sum(s.count("*") == 2 for s in changed) / max(1, len(changed)),
        len(distinct) / size,
        len(distinct - known) / size,
    ]
    print(_row("XenonPy", *theirs, shares))
    useful = min(rates) * changed_share / max(1e-9, theirs[1] * len(changed) / size)
    print(
        f"ratios: fit {fit / theirs[0]:,.0f}x, teaching with all spellings "
        f"{teaching / theirs[0]:,.0f}x, proposals {min(rates) / theirs[1]:,.0f}x, valid and changed "
        f"proposals {useful:,.0f}x (slowest seed)"
    )


if __name__ == "__main__":
    main()
