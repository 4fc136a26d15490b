"""The language model beside XenonPy's: rates per CPU second, and what becomes of proposals.

    python -m tests.benchmarks.ngram [--xenonpy PYTHON] [--smiles FILE --column psmiles]

`--xenonpy` names an interpreter of an environment with XenonPy 0.6 and pandas below 2; its NGram is
run there, in a process of its own, on the same list. Without it only our rows are printed. Both
make as many proposals from the same parents, seed by seed in turn, so that whatever else the
machine does falls on both; the ratio of every seed is printed and the worst one counts. Rates are
over `process_time` on one thread, canonical SMILES included. "valid" counts before anything is put
in the place of a failure: XenonPy puts the parent there, which is why its share is of proposals
that changed.
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

_SEEDS = range(5)
_REPEATS = 3
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
print(json.dumps(fitted), flush=True)
parents = [smiles[i % len(smiles)] for i in range(size)]
for seed in sys.stdin:
    np.random.seed(int(seed))
    begun = clock(); made = model.proposal(parents)
    canonical = [Chem.CanonSmiles(s) for s in made]; proposed = clock() - begun
    print(json.dumps([proposed, canonical]), flush=True)
"""


class _XenonPy:
    """XenonPy's language model, fitted, in a process of its own."""

    def __init__(self, python: str, smiles: Sequence[str], order: int, size: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            asked = Path(folder) / "asked.json"
            asked.write_text(json.dumps([list(smiles), order, size]))
            self._process = subprocess.Popen(
                [python, "-c", _XENONPY, str(asked)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self.fitted = float(self._answer())

    def propose(self, seed: int) -> tuple[float, list[str]]:
        assert self._process.stdin is not None
        print(seed, file=self._process.stdin, flush=True)
        proposed, canonical = self._answer()
        return float(proposed), list(canonical)

    def close(self) -> None:
        self._process.communicate()

    def _answer(self) -> Any:
        """Read past what XenonPy itself prints."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("[") or line[:1].isdigit():
                return json.loads(line)
        raise RuntimeError("XenonPy ended; run it by hand to see why")


def _canonical(smiles: str) -> str:
    with rdBase.BlockLogs():
        return str(Chem.CanonSmiles(smiles))


def _row(name: str, fit: float, propose: float, shares: Sequence[float]) -> str:
    rates = f"{fit:>10,.0f} {propose:>12,.0f}"
    return f"{name:<34} {rates} " + " ".join(f"{share:>8.4f}" for share in shares)


def _ours(taught: TaughtNgram, smiles: Sequence[str], size: int, seed: int) -> tuple[float, Any]:
    begun = time.process_time()
    for _ in range(_REPEATS):
        made = taught.propose(smiles, size, seed)
    return _REPEATS * size / (time.process_time() - begun), made


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


def _shares_of_xenonpy(made: Sequence[str], parents: Sequence[str], known: set[str]) -> list[float]:
    changed = [a for a, b in zip(made, parents, strict=True) if a != b]
    distinct = set(changed)
    return [
        float("nan"),
        len(changed) / len(made),
        sum(s.count("*") == 2 for s in changed) / max(1, len(changed)),
        len(distinct) / len(made),
        len(distinct - known) / len(made),
    ]


def _fit_rate(smiles: Sequence[str], order: int, repeats: int) -> float:
    begun = time.process_time()
    for _ in range(repeats):
        SmilesModel.fit(smiles, order)
    return repeats * len(smiles) / (time.process_time() - begun)


def _side_by_side(
    taught: TaughtNgram, xenonpy: _XenonPy | None, smiles: Sequence[str], size: int, fit: float
) -> list[tuple[float, float]]:
    """Print the rows of every seed; return ours over theirs, of all and of changed proposals."""
    known = {_canonical(s) for s in smiles}
    parents = [_canonical(smiles[i % len(smiles)]) for i in range(size)]
    ratios = []
    for seed in _SEEDS:
        rate, made = _ours(taught, smiles, size, seed)
        shares = _shares(made, size, known)
        print(_row(f"ours, seed {seed}", fit, rate, shares))
        print(f"    begun anew {made.retries / size:.2f} per proposal; {made.failures}")
        if xenonpy:
            seconds, theirs = xenonpy.propose(seed)
            found = _shares_of_xenonpy(theirs, parents, known)
            ratio = rate * seconds / size
            ratios.append((ratio, ratio * shares[1] / max(1e-9, found[1])))
            name = f"XenonPy, seed {seed}: {ratio:,.0f}x"
            print(_row(name, len(smiles) / xenonpy.fitted, size / seconds, found))
    return ratios


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--xenonpy", metavar="PYTHON")
    parser.add_argument("--smiles", type=Path)
    parser.add_argument("--column", default="psmiles")
    parser.add_argument("--size", type=int, default=1900)
    asked = parser.parse_args()
    smiles = (
        [str(s) for s in pd.read_csv(asked.smiles)[asked.column]]
        if asked.smiles
        else list(POLYMERS)
    )
    NgramGenerator(NgramConfig()).teach(smiles[:5]).propose(smiles[:5], 5, 0)
    print(f"{len(smiles)} examples, {asked.size} proposals a seed; per CPU second")
    print(
        f"{'':<34} {'fit':>10} {'proposals':>12} {'valid':>8} {'changed':>8} "
        f"{'two *':>8} {'distinct':>8} {'new':>8}"
    )
    fit = _fit_rate(smiles, 10, 20)
    begun = time.process_time()
    taught = NgramGenerator(NgramConfig()).teach(smiles)
    teaching = len(smiles) / (time.process_time() - begun)
    xenonpy = _XenonPy(asked.xenonpy, smiles, 10, asked.size) if asked.xenonpy else None
    ratios = _side_by_side(taught, xenonpy, smiles, asked.size, fit)
    print(f"teaching with all spellings: {teaching:,.0f} examples per CPU second")
    if not xenonpy:
        return
    xenonpy.close()
    theirs = len(smiles) / xenonpy.fitted
    every, useful = (min(column) for column in zip(*ratios, strict=True))
    print(
        f"ratios: fit {fit / theirs:,.0f}x, teaching with all spellings {teaching / theirs:,.0f}x, "
        f"proposals {every:,.0f}x, valid and changed proposals {useful:,.0f}x (worst seed)"
    )


if __name__ == "__main__":
    main()
