"""Campaigns on generated compositions against chance, with the shared tables as the laboratory.

Run as `python -m tests.benchmarks.inorganic_campaign [SEEDS]` with smact installed and the shared
data beside the checkout. The generator is taught the poorer half of a table; the whole table
answers for whatever it makes, by interpolation where it does not hold it. The best of 30
experiments of a campaign is compared with the best of 30 candidates that the same generator makes
of the same examples without a model (median and middle half of 500 draws). Beside it stands how
well the table foretells its own rows, each left out: what the laboratory's answers are worth.
"""

import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from smact.screening import smact_validity

from lims_adapters.simulated.config import CompositionTable
from lims_adapters.simulated.known_compositions import KnownCompositions, known_compositions
from loop.core.generated_pool import GENERATOR
from loop.generate.element_substitution import ElementSubstitution, ElementSubstitutionConfig
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build
from tests.design.inorganic_campaign import write_inorganic_campaign

SHARED = Path(__file__).parents[3] / "shared" / "data" / "inorganic"
EXPERIMENTS = 30
TASKS = (
    # Table, column, unit, noise.
    ("matbench_expt_gap", "band_gap_expt_ev", "eV", 0.1),
    ("aflow_properties", "bulk_modulus_vrh_gpa", "GPa", 5.0),
    ("matbench_phonons", "last_phonon_peak_cm1", "1/cm", 20.0),
)


def task(name: str, column: str) -> tuple[CompositionTable, KnownCompositions, list[str]]:
    """Return the laboratory of a table and the formulas of its poorer half."""
    table = CompositionTable(file=str(SHARED / f"{name}.csv.gz"), value=column)
    read = pd.read_csv(table.file, keep_default_na=False, na_values=[""]).dropna(subset=[column])
    poorer = read.loc[read[column] <= read[column].median(), "formula"]
    return table, known_compositions(SHARED, table), sorted(set(poorer))


def foretold(known: KnownCompositions, size: int = 1000) -> float:
    """Return the coefficient of determination of left-out rows."""
    rows = np.random.default_rng(0).permutation(len(known.answers))[:size]
    told = []
    for row in rows:
        others = np.arange(len(known.answers)) != row
        distance = np.abs(known.profiles[others] - known.profiles[row]).sum(axis=1)
        near = np.argsort(distance, kind="stable")[: known.neighbours]
        weights = 1 / np.maximum(distance[near], 1e-4)
        told.append(weights @ known.answers[others][near] / weights.sum())
    truth = known.answers[rows]
    return float(1 - ((truth - told) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())


def campaign(
    folder: Path, table: CompositionTable, listed: list[str], **changes: object
) -> tuple[list[str], list[str]]:
    """Run a campaign to its end; return what was generated and what was measured."""
    path = write_inorganic_campaign(
        folder, {}, listed, table=table.file, value=table.value, **changes
    )
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(path, Ask.by("ada"))
    door.worker.run("new")
    view = door.queries.view("new")
    assert view.summary.status == "closed", view.summary.status
    pool = door.queries._archive.pool(door.queries._archive.state("new"))
    door.close()
    made = [s for s, m in zip(pool.structures, pool.fields[GENERATOR], strict=True) if m]
    structure = dict(zip(pool.ids, pool.structures, strict=True))
    return made, [structure[m.candidate_id] for m in view.measurements]


def by_chance(known: KnownCompositions, listed: list[str], draws: int = 500) -> np.ndarray:
    """Return the best of as many experiments on what the generator makes without a model."""
    generator = ElementSubstitution(ElementSubstitutionConfig()).teach(listed)
    rng = np.random.default_rng(1)
    parents = [listed[i] for i in rng.permutation(len(listed))[:1000]]
    made = sorted(set(generator.propose(parents, 3000, 1).structures) - set(listed))
    values = np.array([known.value(formula) for formula in made])
    return np.array(
        [values[rng.permutation(len(values))[:EXPERIMENTS]].max() for _ in range(draws)]
    )


def valid(formula: str) -> bool:
    """Whether SMACT calls a composition neutral, with anions more electronegative than cations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(smact_validity(formula))


def main(seeds: int) -> None:
    for name, column, unit, noise in TASKS:
        table, known, listed = task(name, column)
        low, middle, high = np.quantile(by_chance(known, listed), [0.25, 0.5, 0.75])
        print(
            f"{column}: {len(known.answers)} known, {len(listed)} teach, R2 {foretold(known):.2f}"
        )
        print(f"  best known to the generator {np.median(known.answers):.4g} {unit}, ", end="")
        print(f"of the whole table {known.answers.max():.4g}")
        print(f"  by chance {middle:.4g} ({low:.4g} to {high:.4g})")
        best, wrong, all_made, seconds = [], 0, 0, time.process_time()
        for seed in range(seeds):
            with tempfile.TemporaryDirectory() as folder:
                made, measured = campaign(
                    Path(folder), table, listed, seed=seed, unit=unit, noise=noise, batch=5,
                    initial=10, experiments=EXPERIMENTS, proposals=1000, keep=100, particles=50,
                )  # fmt: skip
            best.append(max(known.value(formula) for formula in measured))
            all_made += len(made)
            wrong += sum(not valid(formula) for formula in made)
        shown = ", ".join(f"{value:.4g}" for value in sorted(best))
        print(f"  campaigns {np.median(best):.4g} ({shown}), ", end="")
        print(f"{(time.process_time() - seconds) / seeds:.0f} CPU s each")
        print(f"  {wrong} of {all_made} generated compositions not valid by smact", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
