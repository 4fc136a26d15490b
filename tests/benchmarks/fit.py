"""`synthloop fit` on real tables: with and without other properties, 40 rows, held-out rows.

    python -m tests.benchmarks.fit [--rows 40] [--seeds 5] [PROPERTY ...]

Targets are columns of `molecule-properties`; the source of the same name is left out and the
shared network trained anew without it (some two minutes a property, once per workspace).
Intervals are those of `synthloop predict`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from loop.core.ports import Table
from loop.datasets.molecule_properties import MoleculeProperties
from loop.regression.describing import Workshop
from loop.regression.measured import measured
from loop.regression.model import fit_model
from loop.regression.request import FitRequest, surrogate_of
from loop.regression.structures import structures_of
from loop.settings import Settings

PROPERTIES = (
    "surface_tension_298k_mn_m",
    "refractive_index",
    "dipole_moment_debye",
    "flash_point_k",
)
HELD_OUT = 200


def main() -> None:
    """Print a line per property and the geometric mean of the ratios."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("properties", nargs="*", default=PROPERTIES)
    asked.add_argument("--rows", type=int, default=40)
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--workspace", type=Path, default=Path(".bench-transfer"))
    told = asked.parse_args()
    workshop = Workshop(Settings(workspace=told.workspace))
    table = MoleculeProperties().load(told.workspace / "cache")
    print(
        f"{told.rows} rows, {HELD_OUT} held out, {told.seeds} seeds; 90 % coverage held out, k-fold"
    )
    ratios = []
    for name in told.properties:
        found = [_split(workshop, table, name, told.rows, seed) for seed in range(told.seeds)]
        (off, off_in, off_fold), (on, on_in, on_fold) = np.mean(found, axis=0)
        ratio = np.array([pair[1][0] / pair[0][0] for pair in found])
        ratios.append(np.exp(np.log(ratio).mean()))
        error = ratio.std(ddof=1) / np.sqrt(len(ratio)) if len(ratio) > 1 else 0.0
        print(
            f"{name}: RMSE off {off:.4g} ({off_in:.2f}, {off_fold:.2f}), auto {on:.4g} "
            f"({on_in:.2f}, {on_fold:.2f}), ratio {ratios[-1]:.3f} ± {error:.3f}",
            flush=True,
        )
    print(f"geometric mean of the ratios {np.exp(np.log(ratios).mean()):.3f}")


def _split(
    workshop: Workshop, table: Table, name: str, rows: int, seed: int
) -> list[tuple[float, float, float]]:
    """Return RMSE, coverage and k-fold coverage without and with sources."""
    record = next(r for r in MoleculeProperties.records if r.column == name)
    y = np.array([np.nan if v is None else v for v in table.columns[name]], dtype=np.float64)
    order = np.random.RandomState(1000 + seed).permutation(np.flatnonzero(np.isfinite(y)))
    train, test = order[:rows], order[rows : rows + HELD_OUT]
    found = []
    for transfer in ("off", "auto"):
        request = FitRequest(
            material="molecule", target=name, unit=record.unit, seed=seed,
            surrogate=surrogate_of(transfer),
        )  # fmt: skip
        model = fit_model(request, measured(_part(table, name, train), request), workshop)
        asked = structures_of(_part(table, name, test), request)
        told = model.predict(
            asked.pool(request.material, range(len(test)), [str(i) for i in test]), workshop
        )
        good = np.isfinite(told.mean)
        inside = (told.low <= y[test]) & (y[test] <= told.high)
        rmse = float(np.sqrt(np.mean((told.mean - y[test])[good] ** 2)))
        fold = model.calibration.k_fold
        found.append((rmse, float(inside[good].mean()), fold.coverage90 if fold else np.nan))
    return found


def _part(table: Table, name: str, rows: Sequence[int]) -> Table:
    columns = {n: [table.columns[n][i] for i in rows] for n in ("smiles", name)}
    return Table(table.source, columns, 1)


if __name__ == "__main__":
    main()
