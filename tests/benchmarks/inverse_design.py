"""Inverse design on the seed's polymers beside XenonPy's record, and held-out rediscovery.

Run as `python -m tests.benchmarks.inverse_design DATA [yield] [rediscovery]`, DATA being the
folder of the shared tables; `--help` names seeds, proposals, tables and ways of the rediscovery.

yield: BayesianRidge on ECFP6 and MACCS keys, trained on the 249 polymers of
`xenonpy_iqspr_polymers`; refractive index 2.0 to 2.6 and Tg 430 to 600 K wanted; 1,900 proposals
from the polymers outside that window. Counted are polymers with two `*` that are new and distinct
by the key of the endless chain and have P(target) > 0.5 under the same surrogate.

rediscovery: the best 1 % of a labelled table are removed, language model and surrogate learn from
the rest, and 50,000 proposals are made, with the surrogate (both policies, and `elitist` with the
language model as prior) and without it (the language model alone, departing from every training
polymer in turn). Counted are those removed that are proposed.
"""

import argparse
import gzip
import itertools
import math
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from sklearn.linear_model import BayesianRidge

from loop.featurize.maccs_keys import maccs_keys
from loop.generate.kinship import Fingerprints
from loop.generate.ngram import NgramGenerator
from loop.generate.region import Region
from loop.generate.search import Search
from loop.generate.search_state import SearchConfig
from loop.generate.wants import Window
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import polymer_key

SEEDS, YIELD_PROPOSALS, REDISCOVERY_PROPOSALS = range(5), 1_900, 50_000
RECORD = "XenonPy, recorded, seeds 0-2: 4, 0, 0 in 47, 50, 53 CPU s; 39, 31, 62 of 100 distinct"
TABLES = (
    ("polymers/radonpy_pi1070", "thermal_conductivity_w_mk"),
    ("polymers/polymetrix_tg", "tg_k"),
)
MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=2048)


def read(folder, name):
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        return pd.read_csv(file)


def fingerprints(smiles):
    molecules = [Chem.MolFromSmiles(s) for s in smiles]
    bits = np.array([MORGAN.GetFingerprintAsNumPy(m) for m in molecules], dtype=np.float64)
    return np.hstack([bits, maccs_keys(molecules)])


class Ridge:
    """Both properties by BayesianRidge; its sd holds the noise already."""

    def __init__(self, smiles, values):
        x = fingerprints(smiles)
        self.models = [BayesianRidge().fit(x, y) for y in values.T]

    def __call__(self, smiles):
        x = fingerprints(smiles)
        found = [model.predict(x, return_std=True) for model in self.models]
        return tuple(np.stack(columns, axis=1) for columns in zip(*found, strict=True))


def key_of(smiles):
    try:
        return polymer_key(smiles)
    except UnreadableStructureError:
        return None


def keys_of(smiles):
    return {text: key_of(text) for text in smiles}


def proportions(smiles):
    """Heavy atoms in smallest whole numbers: chains that differ in them have different keys."""
    counts = Counter(a.GetAtomicNum() for a in Chem.MolFromSmiles(smiles).GetAtoms())
    heavy = sorted((z, n) for z, n in counts.items() if z > 1)
    divisor = math.gcd(*(n for _, n in heavy))
    return tuple((z, n // divisor) for z, n in heavy)


def cpu(work):
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def yields(folder):
    table = read(folder, "polymers/xenonpy_iqspr_polymers")
    smiles = table["psmiles"].tolist()
    values = table[["refractive_index", "tg_k"]].to_numpy()
    windows = [Window("refractive index", 2.0, 2.6), Window("Tg", 430.0, 600.0)]
    model, fitting = cpu(lambda: Ridge(smiles, values))
    taught, teaching = cpu(lambda: NgramGenerator(NgramGenerator.Config()).teach(smiles))
    region, known = Region(model, windows), set(keys_of(smiles).values())
    inside = np.logical_and.reduce(
        [(w.low <= y) & (y <= w.high) for w, y in zip(windows, values.T, strict=True)]
    )
    outside = [s for s, hit in zip(smiles, inside, strict=True) if not hit]
    print(
        f"{inside.sum()} of {len(smiles)} training polymers inside; before the search {fitting:.1f} "
        f"CPU s for the surrogate, {teaching:.1f} for the language model, compilation included"
    )
    print(RECORD)
    for policy in ("elitist", "smc"):
        rows = []
        for seed in SEEDS:
            config = SearchConfig(policy=policy, size=100, proposals=YIELD_PROPOSALS, patience=1000)
            search = Search(taught, region.target(key=key_of), config, seed, Fingerprints())
            result, spent = cpu(lambda search=search: search.run(outside))
            seen = result.visited
            hits = seen.made & (seen.log_likelihood > np.log(0.5))
            found = set(keys_of(np.array(seen.structures)[hits]).values()) - known - {None}
            particles = set(keys_of(result.particles).values())
            rows.append((len(found), spent, len(particles), len(result.particles)))
            print(
                f"{policy}, seed {seed}: {len(found)} new in target, {spent:.1f} CPU s, "
                f"{len(particles)} of {len(result.particles)} particles distinct, {len(seen)} visited, "
                f"{result.standing.tried} proposals and {result.standing.retries} retries within them, "
                f"failures {result.standing.failures}",
                flush=True,
            )
        mean = np.mean(rows, axis=0)
        print(f"{policy}, mean: {mean[0]:.0f} new in target, {mean[1]:.1f} CPU s, {mean[2]:.0f} of "
              f"{mean[3]:.0f} particles distinct")  # fmt: skip


def rediscovery(folder, name, column, asked):
    table = read(folder, name).dropna(subset=[column]).reset_index(drop=True)
    keys = keys_of(table["psmiles"])
    # The language model is taught repeat units that are cut at single bonds.
    usable = [keys[s] is not None and not re.search(r"\*=|=\*", s) for s in table["psmiles"]]
    print(f"{name}: {len(table) - sum(usable)} of {len(table)} rows cut at multiple bonds left out")
    table = table[usable]
    removed = table.nlargest(round(0.01 * len(table)), column)
    wanted = {keys[s] for s in removed["psmiles"]}
    formulas = {proportions(s) for s in removed["psmiles"]}
    rest = table[[keys[s] not in wanted for s in table["psmiles"]]]
    smiles, cut = rest["psmiles"].tolist(), float(removed[column].min())
    values = rest[[column]].to_numpy()
    model, fitting = cpu(lambda: Ridge(smiles, values))
    taught, teaching = cpu(lambda: NgramGenerator(NgramGenerator.Config()).teach(smiles))
    print(
        f"{name}: {len(wanted)} with {column} from {cut:.4g} up removed, {len(smiles)} left; "
        f"surrogate {fitting:.0f} CPU s, language model {teaching:.0f}",
        flush=True,
    )
    batch = 200

    def alone(seed):
        order = np.random.default_rng(seed).permutation(len(smiles))
        made = []
        for step in range(asked.proposals // batch):
            parents = [smiles[order[(step * batch + i) % len(smiles)]] for i in range(batch)]
            made += taught.propose(parents, batch, 100_003 * seed + step).structures
        return set(made) - set(smiles)

    def searched(seed, policy, **scores):
        config = SearchConfig(
            policy=policy, size=300, batch=batch, proposals=asked.proposals, patience=1000
        )
        target = Region(model, [Window(column, low=cut)]).target(key=key_of, **scores)
        seen = Search(taught, target, config, seed, Fingerprints()).run(smiles).visited
        return set(np.array(seen.structures)[seen.made].tolist())

    ways = {
        "alone": alone,
        "elitist": lambda seed: searched(seed, "elitist"),
        "elitist-prior": lambda seed: searched(seed, "elitist", constraint=taught.log_prior),
        "smc": lambda seed: searched(seed, "smc"),
    }
    for way, seed in itertools.product(asked.ways or ways, range(asked.seeds)):
        made, spent = cpu(lambda way=way, seed=seed: ways[way](seed))
        likely = [text for text in made if proportions(text) in formulas]
        found = {key for key in keys_of(likely).values() if key in wanted}
        letters = np.median([len(text) for text in made])
        print(
            f"  {way}, seed {seed}: {len(found)} of {len(wanted)} found among {len(made):,} new "
            f"polymers (median {letters:.0f} letters) from {asked.proposals:,} proposals, "
            f"{spent:.0f} CPU s",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("parts", nargs="*", help="yield, rediscovery; both if none is named")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--proposals", type=int, default=REDISCOVERY_PROPOSALS)
    parser.add_argument("--tables", nargs="*", default=[name for name, _ in TABLES])
    parser.add_argument("--ways", nargs="*", help="alone, elitist, elitist-prior, smc")
    asked = parser.parse_args()
    if not asked.parts or "yield" in asked.parts:
        yields(asked.data)
    if not asked.parts or "rediscovery" in asked.parts:
        for name, column in TABLES:
            if name in asked.tables:
                rediscovery(asked.data, name, column, asked)


if __name__ == "__main__":
    main()
