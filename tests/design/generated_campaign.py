"""Small campaigns on generated candidates, with a formula as the laboratory."""

from pathlib import Path

MONOMERS = (
    "OCCO", "OCCCO", "OCCCCO", "OCC(C)CO", "OCc1ccc(CO)cc1", "Oc1ccc(C(C)(C)c2ccc(O)cc2)cc1",
    "O=C(O)CCC(=O)O", "O=C(O)CCCCC(=O)O", "O=C(O)c1ccc(C(=O)O)cc1", "O=C(O)c1cccc(C(=O)O)c1",
    "NCCN", "NCCCCCCN", "Nc1ccc(N)cc1", "Nc1ccc(Oc2ccc(N)cc2)cc1",
    "C=CC#N", "C=Cc1ccccc1", "C=C(C)C(=O)OC", "C=CC(=O)OC", "C=CCl", "C=C(F)F",
)  # fmt: skip

MOLECULES = (
    "CCO", "CCCO", "CC(C)O", "CCCCO", "OCCO", "CC(=O)C", "CCC(=O)C", "CC(=O)OC", "CC(=O)OCC",
    "c1ccccc1", "Cc1ccccc1", "Oc1ccccc1", "Nc1ccccc1", "COc1ccccc1", "CCN", "CCCN", "CCNCC",
    "CC#N", "CCC#N", "CCCl", "ClCCl", "CCOCC", "C1CCOC1", "C1CCCCC1", "OC1CCCCC1",
)  # fmt: skip

TEMPLATE = """\
schema = 1
title = "Generated"
seed = {seed}
approval = "auto"

[properties.value]
unit = "dimensionless"
noise_sd = 0.05

[objective]
{objective}
property = "value"

{space}

[surrogate]
kind = "gp"

[batch]
size = 2

[budget]
experiments = {experiments}

[initial]
size = 4

[lims]
kind = "simulated"
noise_sd = 0.05
oracles = {{ value = "{oracle}" }}
"""

POLYMERS = """\
[space]
kind = "generated"
material = "polymer"
proposals = 120
keep = 25
particles = 20
[space.examples]
file = "monomers.csv"
material = "molecule"
[space.generator]
kind = "polymerisation"
[space.makeability]
stock = "monomers.csv"
planner = { kind = "polymer-rules" }
"""

LANGUAGE = """\
[space]
kind = "pool+generated"
material = "molecule"
file = "pool.csv"
proposals = 120
keep = 25
particles = 20
forbid = [{ smarts = "[N+](=O)[O-]", reason = "explosive" }]
[space.generator]
kind = "ngram"
order = 6
longest_context = 6
"""


def write_generated_campaign(
    folder: Path,
    space: str = POLYMERS,
    *,
    objective: str = 'kind = "maximize"',
    oracle: str = "logp",
    seed: int = 3,
    experiments: int = 8,
    slug: str = "new",
) -> Path:
    """Write `campaigns/<slug>/` under a folder; return the campaign file."""
    home = folder / "campaigns" / slug
    home.mkdir(parents=True, exist_ok=True)
    for name, structures in (("monomers", MONOMERS), ("pool", MOLECULES)):
        text = "\n".join(("smiles", *structures)) + "\n"
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    path = home / "campaign.toml"
    path.write_text(
        TEMPLATE.format(
            seed=seed, objective=objective, space=space, experiments=experiments, oracle=oracle
        ),
        encoding="utf-8",
    )
    return path
