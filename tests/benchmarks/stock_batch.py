"""How much of a polymer campaign's batches has a route from stock, with the constraint and without.

Run as `python -m tests.benchmarks.stock_batch [seeds]`. It needs the shared data beside the
checkout: XenonPy's 249 polymers are the pool that teaches the language model, SMiPoly's monomers
are the stock (and teach `polymerisation`, which departs from them). Crippen's logP of the repeat
unit, to be maximised, stands in for the laboratory.

The shares are of all candidates that were proposed after the initial design. `route found` and
`from stock` are read from what is recorded with the proposal; `made forward` is the check: the
starting materials of the recorded route, all in the stock file, polymerise by the enumeration's
own reading of the rules to the proposed chain. Where no planner is asked, nothing is recorded, and
a planner is asked afterwards.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from loop.core.planned_route import Plan
from loop.core.proposal import Origin
from loop.generate.enumeration import PolymerLibrary
from loop.makeability.polymer_routes import PolymerRoutes
from loop.makeability.stock import StockList
from loop.service.ask import Ask
from loop.settings import Settings
from loop.space.chemistry import polymer_key
from loop.wiring import build
from tests.benchmarks.smipoly_monomers import LIBRARIES, monomers

POOL = LIBRARIES.parent / "polymers" / "xenonpy_iqspr_polymers.csv.gz"

CAMPAIGN = """\
schema = 1
title = "Polymers from stock"
seed = {seed}
approval = "auto"

[properties.logp]
unit = "dimensionless"
noise_sd = 0.1

[objective]
kind = "maximize"
property = "logp"

[space]
material = "polymer"
proposals = 200
keep = 40
particles = 40
{space}
{rules}

[surrogate]
kind = "gp"

[batch]
size = 4

[budget]
experiments = 16

[initial]
size = 8

[lims]
kind = "simulated"
noise_sd = 0.1
oracles = {{ logp = "logp" }}
"""

SPACES = {
    "ngram": """\
kind = "pool+generated"
file = "pool.csv"
structure = "psmiles"
on_duplicate = "merge"
generator = { kind = "ngram" }""",
    "polymerisation": """\
kind = "generated"
examples = { file = "monomers.csv", material = "molecule" }
generator = { kind = "polymerisation" }""",
}

RULES = {
    "off": "",
    **{
        route: f"""\
[space.makeability]
stock = "monomers.csv"
route = "{route}"
planner = {{ kind = "polymer-rules" }}"""
        for route in ("preferred", "required")
    },
}

RUNS = (
    ("ngram", "required"),
    ("polymerisation", "required"),
    ("ngram", "off"),
    ("ngram", "preferred"),
)


def write(folder, generator, rules, seed):
    home = folder / "campaigns" / "stock"
    home.mkdir(parents=True)
    pd.read_csv(POOL)[["psmiles"]].to_csv(home / "pool.csv", index=False)
    (home / "monomers.csv").write_text("\n".join(("smiles", *monomers())) + "\n", encoding="utf-8")
    path = home / "campaign.toml"
    text = CAMPAIGN.format(seed=seed, space=SPACES[generator], rules=RULES[rules])
    path.write_text(text, encoding="utf-8")
    return path


def proposed(generator, rules, seed):
    """Return the views of what a campaign's models proposed, and its best value."""
    folder = Path(tempfile.mkdtemp(prefix="stock-batch-"))
    door = build(Settings(workspace=folder, actor="benchmark"))
    try:
        door.service.open(write(folder, generator, rules, seed), Ask.by("benchmark"))
        door.worker.run("stock")
        view = door.queries.view("stock")
        items = [i for r in view.rounds for i in r.items if i.item.origin is Origin.MODEL]
        return items, view.summary.best_value
    finally:
        door.close()
        shutil.rmtree(folder)


def planned(shown, stock):
    """Return what is recorded of a candidate, or what a planner says afterwards."""
    if shown.plan is not None:
        return shown.plan
    planner = PolymerRoutes(PolymerRoutes.Config())
    routes = planner.routes(shown.item.candidate.structure, stock, 1)
    route = routes[0] if routes else None
    return Plan(route is not None, route is not None and route.in_stock, route, "")


def made_forward(plan, structure, held):
    """Tell whether the recorded monomers are held and polymerise to the structure."""
    if plan.route is None or not set(plan.route.starting_materials) <= held:
        return False
    library = PolymerLibrary(plan.route.starting_materials)
    made = {polymer_key(s) for chunk in library.chunks() for s in chunk.structures}
    return polymer_key(structure) in made


def main():
    rdBase.DisableLog("rdApp.*")
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    stock = StockList(monomers())
    # A salt counts for its ion too, as in a stock file.
    held = {Chem.CanonSmiles(part) for s in monomers() for part in (s, *s.split("."))}
    print(f"{len(monomers())} monomers in stock; shares of the candidates that a model proposed")
    print(
        "generator       constraint  seed   n  route found  from stock  made forward  best  CPU s"
    )
    for generator, rules in RUNS:
        rows = []
        for seed in seeds:
            start = time.process_time()
            items, best = proposed(generator, rules, seed)
            spent = time.process_time() - start
            plans = [planned(i, stock) for i in items]
            forward = [
                made_forward(p, i.item.candidate.structure, held)
                for p, i in zip(plans, items, strict=True)
            ]
            shares = [np.mean([p.found for p in plans]), np.mean([p.in_stock for p in plans])]
            rows.append([*shares, np.mean(forward), best])
            print(line(generator, rules, seed, len(items), rows[-1], spent), flush=True)
        print(line(generator, rules, "mean", "", np.mean(rows, axis=0), None), flush=True)


def line(generator, rules, seed, n, row, spent):
    found, held, forward, best = row
    told = "" if spent is None else f"{spent:5.0f}"
    return (
        f"{generator:14}  {rules:10}  {seed:>4}  {n:>2}  {found:11.0%}  {held:10.0%}  "
        f"{forward:12.0%}  {best:4.1f}  {told}"
    )


if __name__ == "__main__":
    main()
