"""A campaign of a few seconds, for tests of plug-ins and of the loop itself."""

from pathlib import Path
from typing import Final

import numpy as np

_TEMPLATE: Final = """\
schema = 1
title = "Small campaign"
seed = {seed}
approval = "{approval}"

[properties.strength]
unit = "MPa"
noise_sd = 0.5
plausible = [-50.0, 200.0]

[objective]
kind = "maximize"
property = "strength"

[space]
material = "columns"
file = "pool.csv"
id = "recipe"
label = "recipe"
features = ["temperature", "ratio"]

[batch]
size = {batch}

[budget]
experiments = {experiments}
cost_per_experiment = 250.0

[initial]
size = {initial}

[lims]
{lims}
"""

SIMULATED: Final = """\
kind = "simulated"
seed = 5
delay = [1, 3]
noise_sd = 0.5
synthesis_failure_rate = {failure}
lost_request_rate = {lost}
lost_reply_rate = {lost}
lost_poll_rate = {lost}
duplicate_result_rate = {lost}
ignores_idempotency = {ignores}
columns = {{ strength = "true_strength" }}
"""

WORKSHEET: Final = 'kind = "worksheet"\n'


def simulated_lab(*, failure: float = 0.1, lost: float = 0.0, ignores: bool = False) -> str:
    """Return the `[lims]` section of a simulated lab.

    Args:
        failure: Share of syntheses that fail.
        lost: Share of messages that are lost or doubled.
        ignores: The lab makes a new sample for every repeated order.
    """
    return SIMULATED.format(failure=failure, lost=lost, ignores=str(ignores).lower())


def write_small_campaign(
    folder: Path,
    *,
    slug: str = "small",
    lims: str | None = None,
    approval: str = "auto",
    seed: int = 7,
    n_candidates: int = 24,
    initial: int = 4,
    batch: int = 2,
    experiments: int = 8,
) -> Path:
    """Write `campaigns/<slug>/` with its pool under `folder`; return the campaign file.

    The property is a smooth hill over two process parameters, in MPa.
    """
    home = folder / "campaigns" / slug
    home.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    lines = ["recipe,temperature,ratio,true_strength"]
    for number in range(1, n_candidates + 1):
        temperature, ratio = rng.uniform(20, 120), rng.uniform(0, 1)
        strength = 80 - ((temperature - 80) / 15) ** 2 - 40 * (ratio - 0.6) ** 2
        lines.append(f"R{number:03d},{temperature:.3f},{ratio:.4f},{strength:.4f}")
    (home / "pool.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = home / "campaign.toml"
    path.write_text(
        _TEMPLATE.format(
            seed=seed,
            approval=approval,
            batch=batch,
            experiments=experiments,
            initial=initial,
            lims=simulated_lab() if lims is None else lims,
        ),
        encoding="utf-8",
    )
    return path
