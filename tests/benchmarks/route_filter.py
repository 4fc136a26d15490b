"""Does a filter on routes inside the search cost quality? With it and without, on the same seeds.

Run as `python -m tests.benchmarks.route_filter DATA [RENEWALS]`, DATA being the folder of the
shared tables and RENEWALS how often a forbidden attempt is made anew (if not given, the default).

Surrogate, target, language model, proposals and seeds are those of `inverse_design`, elitist. The
score is the mean log P(target) of the best 100 new and distinct polymers that a search made. Three
searches per seed: without a filter, with candidates forbidden that have no route by the
polymerisation rules, and with those forbidden that have none from SMiPoly's monomers. The last
columns say how many of the best 100 have a route, and one from stock, by a planner that is asked
anew. Differences are taken seed by seed; their standard error is the noise.
"""

import sys
import time
from pathlib import Path

import numpy as np
from rdkit import rdBase

from loop.core.generated_space import MakeabilityRules
from loop.core.plugin_choice import PluginChoice
from loop.design.makeable import MakeabilityCourt
from loop.generate.archive import flat
from loop.generate.kinship import Fingerprints
from loop.generate.ngram import NgramGenerator
from loop.generate.region import Region
from loop.generate.search import Search
from loop.generate.search_state import SearchConfig
from loop.generate.wants import Window
from loop.makeability.polymer_routes import PolymerRoutes
from loop.makeability.stock import StockList
from loop.service.plugins import PluginLookup
from tests.benchmarks.inverse_design import SEEDS, YIELD_PROPOSALS, Ridge, key_of, keys_of, read
from tests.benchmarks.smipoly_monomers import monomers

BEST = 100
FILTERS = ("none", "known", "required")
SAID = {"none": "no filter", "known": "route found", "required": "route from stock"}


def constraint(kind, stock):
    """Return a filter that has judged nothing yet: none shares its memory with another search."""
    if kind == "none":
        return flat
    planner = PluginChoice(kind="polymer-rules")
    rules = MakeabilityRules(planner=planner, stock="monomers", route=kind, cost=0.0)
    return MakeabilityCourt(rules, stock, PluginLookup()).log_weight


def best_new(visited, known):
    """Return the best new polymers that were made, distinct as chains, with their scores."""
    found, keys = [], set(known)
    for row in np.argsort(-visited.log_likelihood, kind="stable").tolist():
        key = key_of(visited.structures[row]) if visited.made[row] else None
        if key is None or key in keys:
            continue
        keys.add(key)
        found.append((visited.structures[row], float(visited.log_likelihood[row])))
        if len(found) == BEST:
            break
    return found


def shares(structures, stock):
    """Return the shares with a route, and with one from stock."""
    planner = PolymerRoutes(PolymerRoutes.Config())
    routes = [planner.routes(s, stock, 1) for s in structures]
    return (
        sum(bool(r) for r in routes) / len(routes),
        sum(bool(r) and r[0].in_stock for r in routes) / len(routes),
    )


def main():
    rdBase.DisableLog("rdApp.*")
    table = read(Path(sys.argv[1]), "polymers/xenonpy_iqspr_polymers")
    smiles = table["psmiles"].tolist()
    values = table[["refractive_index", "tg_k"]].to_numpy()
    windows = [Window("refractive index", 2.0, 2.6), Window("Tg", 430.0, 600.0)]
    model, known = Ridge(smiles, values), set(keys_of(smiles).values())
    taught = NgramGenerator(NgramGenerator.Config()).teach(smiles)
    inside = np.logical_and.reduce(
        [(w.low <= y) & (y <= w.high) for w, y in zip(windows, values.T, strict=True)]
    )
    outside = [s for s, hit in zip(smiles, inside, strict=True) if not hit]
    stock = StockList(monomers())
    scores = {kind: [] for kind in FILTERS}
    renewals = int(sys.argv[2]) if len(sys.argv) > 2 else SearchConfig().renewals
    print(f"{len(stock)} monomers in stock; {YIELD_PROPOSALS:,} proposals, {renewals} renewals")
    print("filter             seed  best 100  P > 0.5  CPU s  route found  from stock")
    for kind in FILTERS:
        for seed in SEEDS:
            target = Region(model, windows).target(constraint(kind, stock), key=key_of)
            config = SearchConfig(
                size=100, proposals=YIELD_PROPOSALS, patience=1000, renewals=renewals
            )
            start = time.process_time()
            result = Search(taught, target, config, seed, Fingerprints()).run(outside)
            spent = time.process_time() - start
            best = best_new(result.visited, known)
            score = np.array([s for _, s in best])
            scores[kind].append(score.mean())
            found, held = shares([text for text, _ in best], stock)
            print(
                f"{SAID[kind]:18} {seed:4}  {score.mean():8.3f}  {(score > np.log(0.5)).sum():7}  "
                f"{spent:5.1f}  {found:11.0%}  {held:10.0%}",
                flush=True,
            )
    plain = np.array(scores["none"])
    for kind in FILTERS:
        score = np.array(scores[kind])
        gap = score - plain
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        print(
            f"{SAID[kind]:18} mean {score.mean():.3f}, sd over seeds {score.std(ddof=1):.3f}"
            + ("" if kind == "none" else f"; against no filter {gap.mean():+.3f} ± {error:.3f}")
        )


if __name__ == "__main__":
    main()
