"""How much of the demo's outcome is luck: its campaign over several seeds.

    python -m tests.benchmarks.demo_seeds [--seeds 10] [--design random] [--surrogate gp]

Seeds of the campaign and of the simulated lab change together. Each campaign is compared with
random search over the same pool at the same budget, in the same run.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from loop.core.objective import Vector
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build, comparison

SLUG = "thermal-liquid"
SHIPPED = Path(__file__).parents[2] / "campaigns" / SLUG / "campaign.toml"


def campaign(home: Path, seed: int, design: str, surrogate: str) -> Path:
    """Write the demo's campaign file with another seed, initial design and surrogate."""
    text = SHIPPED.read_text(encoding="utf-8")
    for old, new in (
        ("seed = 20261124", f"seed = {20261124 + seed}"),
        ("seed = 11\n", f"seed = {11 + seed}\n"),
        ('kind = "diverse"', f'kind = "{design}"'),
        ('[surrogate]\nkind = "transfer-gp"', f'[surrogate]\nkind = "{surrogate}"'),
    ):
        if old not in text:
            raise SystemExit(f"{SHIPPED} no longer says {old!r}")
        text = text.replace(old, new)
    path = home / "campaigns" / SLUG / "campaign.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def orders_until_top1(truth: Vector, rows: list[int]) -> int | None:
    """Return how many orders it took to measure a candidate of the pool's best 1 %."""
    top = set(np.argsort(-truth)[: max(1, round(0.01 * len(truth)))].tolist())
    return next((count for count, row in enumerate(rows, start=1) if row in top), None)


def run(
    seed: int, design: str, surrogate: str, cache: Path
) -> tuple[float, float, int, int | None, bool]:
    """Return percentile, share of the best value, top-1 % found, orders until the first, luck."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        settings = Settings(workspace=home, actor="benchmark")
        settings.state_folder.mkdir(parents=True)
        (settings.state_folder / "cache").symlink_to(cache)
        door = build(settings)
        try:
            door.service.open(campaign(home, seed, design, surrogate), Ask.by("benchmark"))
            door.worker.run(SLUG)
            known = door.queries.truth(SLUG)
            compared = comparison(door, SLUG, 10)
            view = door.queries.view(SLUG)
        finally:
            door.close()
    if known is None or compared is None:
        raise SystemExit("the demo's lab is not simulated any more")
    truth, _ = known
    ids = [order.candidate_id for order in view.orders]
    rows = [int(c[1:]) - 1 for c in ids]
    first = orders_until_top1(truth, rows)
    initial = sum(order.round_number == 1 for order in view.orders)
    lucky = first is not None and first <= initial
    share = compared.best / float(truth.max())
    return compared.percentile, share, compared.top1_found, first, lucky


def main() -> None:
    """Print one line per seed, then the medians, beside random search."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--design", choices=["diverse", "random"], default="random")
    parser.add_argument("--surrogate", default="gp")
    given = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        for seed in range(given.seeds):
            row = run(seed, given.design, given.surrogate, Path(cache))
            rows.append(row)
            percentile, share, top, first, lucky = row
            print(
                f"seed {seed}: best {share:.1%} of the pool's best (percentile {percentile:.1f}), "
                f"{top} of the best 1 %, first of them at order {first}"
                + (" (in the initial design)" if lucky else ""),
                flush=True,
            )
    firsts = [row[3] or 41 for row in rows]
    print(
        f"{given.surrogate}, {given.design} design, {given.seeds} seeds: median share {np.median([r[1] for r in rows]):.1%}, "
        f"mean of the best 1 % found {np.mean([r[2] for r in rows]):.1f}, "
        f"median order of the first {np.median(firsts):.0f}"
    )


if __name__ == "__main__":
    main()
