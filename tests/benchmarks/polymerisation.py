"""Enumeration of makeable polymers against SMiPoly 1.1.2: the same sets, and at what cost.

Run as `python -m tests.benchmarks.polymerisation [monomers per class]`. It needs `smipoly`
(pip install --no-deps smipoly==1.1.2) and the shared data beside the checkout. Both get the same
monomers, already as SMILES, in one process. Sets are compared by `polymer_key` over linear chains
(two `*`); SMiPoly also writes branched ones, which are left out. CPU covers SMiPoly's `moncls`
(all its classes) and `biplym`, and our classes, half-units and joining; `generation` leaves the
sorting into classes out on both sides, `canonical` adds RDKit's canonical SMILES to ours, which
SMiPoly's output is in already.
"""

import contextlib
import io
import sys
import time
import warnings

import numpy as np
import pandas as pd
from rdkit import Chem, rdBase

from loop.core.polymerisation import Polymerisation
from loop.core.polymerisation_rules import POLYMERISATIONS
from loop.generate.enumeration import PolymerLibrary
from loop.generate.monomer_opening import classes_of
from loop.space.chemistry import polymer_key
from tests.benchmarks.smipoly_monomers import ROLES, monomers

SEED = 7


def sample(classified: pd.DataFrame, roles: tuple[str, ...], limit: int) -> pd.DataFrame:
    """Return up to `limit` monomers of each class, drawn with a fixed seed."""
    rng = np.random.default_rng(SEED)
    kept: set[int] = set()
    for role in roles:
        members = np.flatnonzero(classified[role])
        if len(members) > limit:
            members = rng.choice(members, limit, replace=False)
        kept.update(int(row) for row in members)
    return classified.iloc[sorted(kept)].copy()


def keys(structures: list[str]) -> set[str]:
    return {polymer_key(structure) for structure in structures}


def sorting_time(smiles: list[str], rules: list[Polymerisation]) -> float:
    units = [unit for rule in rules for unit in (rule.left, rule.right) if unit is not None]
    classes = tuple({unit.monomer.name: unit.monomer for unit in units}.values())
    start = time.process_time()
    for one in smiles:
        classes_of(one, classes)
    return time.process_time() - start


def ours(smiles: list[str], polymer_class: str) -> tuple[list[str], float, float, float]:
    """Return repeat units, CPU s in all, of sorting alone, and of canonical SMILES."""
    rules = [rule for rule in POLYMERISATIONS if rule.polymer_class == polymer_class]
    start = time.process_time()
    library = PolymerLibrary(smiles, rules)
    made = [structure for chunk in library.chunks() for structure in chunk.structures]
    total = time.process_time() - start
    start = time.process_time()
    for structure in made:
        Chem.MolToSmiles(Chem.MolFromSmiles(structure))
    canonical = time.process_time() - start
    return made, total, sorting_time(smiles, rules), canonical


def main() -> None:
    warnings.filterwarnings("ignore")
    rdBase.DisableLog("rdApp.*")
    from smipoly.smip import monc, polg

    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    with contextlib.redirect_stdout(io.StringIO()):
        classified = monc.moncls(pd.DataFrame({"SMILES": monomers()}), "SMILES")
    print(
        "class            monomers  smipoly n  ours n  shared %  missed  extra  "
        "CPU ratio: all  generation  generation + canonical"
    )
    for polymer_class, roles in ROLES.items():
        chosen = sample(classified, roles, limit)
        smiles = chosen["smip_cand_mons"].tolist()
        start = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            monc.moncls(chosen[["smip_cand_mons"]].copy(), "smip_cand_mons")
        theirs_sorting = time.process_time() - start
        start = time.process_time()
        rows = polg.biplym(chosen, [polymer_class])
        theirs = time.process_time() - start
        linear = rows["polym"][rows["polym"].str.count(r"\*") == 2]
        made, total, sorting, canonical = ours(smiles, polymer_class)
        expected, found = keys(linear.tolist()), keys(made)
        # Polymers per CPU second, so that a larger set is no handicap.
        scale = len(found) / len(expected)
        generation = max(total - sorting, 1e-4)
        print(
            f"{polymer_class:16} {len(chosen):8} {len(expected):10} {len(found):7} "
            f"{100 * len(expected & found) / len(expected):9.2f} {len(expected - found):7} "
            f"{len(found - expected):6} {scale * (theirs + theirs_sorting) / total:15.0f} "
            f"{scale * theirs / generation:11.0f} "
            f"{scale * theirs / (generation + canonical):23.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
