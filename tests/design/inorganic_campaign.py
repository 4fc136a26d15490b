"""Campaigns on generated compositions and crystals, with a table of known ones as the lab."""

import csv
from collections.abc import Mapping
from pathlib import Path

CAMPAIGN = """\
schema = 1
title = "Generated inorganic compounds"
seed = {seed}
approval = "auto"

[properties.value]
unit = "{unit}"
noise_sd = {noise}

[objective]
{objective}
property = "value"

[space]
kind = "{kind}"
material = "{material}"
structure = "{column}"
{listed}
proposals = {proposals}
keep = {keep}
particles = {particles}
{examples}
[space.generator]
{generator}

[surrogate]
kind = "gp"

[batch]
size = {batch}

[budget]
experiments = {experiments}

[initial]
size = {initial}

[lims]
kind = "simulated"
noise_sd = {noise}
[lims.tables.value]
file = "{table}"
structure = "formula"
value = "{value}"
"""

SMALL = {
    "seed": 5, "unit": "K", "noise": 20, "objective": 'kind = "maximize"', "kind": "generated",
    "material": "composition", "column": "formula", "listed": "", "proposals": 150, "keep": 30,
    "particles": 20, "generator": 'kind = "element-substitution"', "batch": 2, "experiments": 8,
    "initial": 4, "value": "melting_point_k", "table": "../../campaigns/new/known.csv",
    "examples": '[space.examples]\nfile = "examples.csv"\nstructure = "formula"\n',
}  # fmt: skip


def write_inorganic_campaign(
    folder: Path,
    known: Mapping[str, float],
    listed: list[str],
    **changes: object,
) -> Path:
    """Write `campaigns/new/` under a folder; return the campaign file.

    Args:
        folder: The workspace.
        known: Value per formula, for the lab.
        listed: Structures that teach the generator, or with `kind` "pool+generated" the pool.
        changes: What differs from `SMALL`.
    """
    said = SMALL | {"value": "value"} | changes
    home = folder / "campaigns" / "new"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "known.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("formula", "value"), *known.items()])
    with (home / "examples.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([(said["column"],), *((text,) for text in listed)])
    if said["kind"] == "pool+generated":
        said |= {"listed": 'file = "examples.csv"', "examples": ""}
    path = home / "campaign.toml"
    path.write_text(CAMPAIGN.format(**said), encoding="utf-8")
    return path
