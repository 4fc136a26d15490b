"""Rates, validity and sizes of generated compositions and crystals, beside SMACT and pymatgen.

Run as `python -m tests.benchmarks.substitution` with smact installed, on an idle machine; about a
minute. Times are CPU seconds of this process, each with its baseline in the same run; only the
ratios mean something elsewhere.
"""

import random
import time
import warnings
from collections import Counter

import numpy as np
from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionPredictor
from pymatgen.analysis.structure_prediction.volume_predictor import (
    DLSVolumePredictor,
    RLSVolumePredictor,
)
from pymatgen.core.composition import Composition
from pymatgen.core.periodic_table import Species
from smact.screening import smact_validity

from loop.core.charge_balance import is_balanced
from loop.core.oxidation_states import element_ions
from loop.generate.crystal_substitution import CrystalSubstitution, CrystalSubstitutionConfig
from loop.generate.element_substitution import ElementSubstitution, ElementSubstitutionConfig
from loop.generate.ion_similarity import ion_similarity
from loop.generate.prototype_decoration import PrototypeDecoration, PrototypeDecorationConfig
from loop.generate.prototype_library import prototypes
from loop.space.crystals import structure_of, symmetry_of
from tests.generate.known_crystals import KNOWN, NACL, PEROVSKITE, ROCKSALT, SRTIO3

ELEMENTS = tuple(s for s, ions in element_ions().items() if ions.states and s not in {"Xe", "Kr"})
PARENTS = ("SrTiO3", "GaAs", "LiFePO4", "Bi2Te3", "NaCl", "Fe2O3", "CdIn2Se4", "Mg2SiO4")


def timed(work):
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def against_smact(n=4000):
    rng = random.Random(0)
    formulas = []
    for _ in range(n):
        symbols = rng.sample(ELEMENTS, rng.randint(2, 4))
        formulas.append({s: rng.randint(1, 6) for s in symbols})
    texts = ["".join(f"{s}{k}" for s, k in a.items()) for a in formulas]
    theirs, slow = timed(lambda: [smact_validity(t) for t in texts])
    ours, fast = timed(lambda: [is_balanced(a) for a in formulas])
    agree = np.mean(np.array(theirs) == np.array(ours))
    print(f"charge test: {n / fast:,.0f}/s, smact_validity {n / slow:,.0f}/s: {slow / fast:.0f}x")
    print(f"  same verdict on {agree:.2%} of {n} random compositions; {np.mean(theirs):.0%} valid")


def compositions(n=20_000):
    for neutral in (True, False):
        config = ElementSubstitutionConfig(elements=ELEMENTS, neutral=neutral)
        taught = ElementSubstitution(config).teach(PARENTS)
        taught.propose(PARENTS, 500, 1)
        made, seconds = timed(lambda t=taught: t.propose(PARENTS, n, 0))
        distinct = sorted(set(made.structures))
        valid, checking = timed(lambda d=distinct: [smact_validity(f) for f in d])
        print(f"element-substitution, neutral={neutral}: {n / seconds:,.0f} attempts/s")
        print(
            f"  {len(made.structures) / n:.1%} of attempts made one, {len(distinct)} distinct, "
            f"{np.mean(valid):.1%} of them valid by smact "
            f"(checking them with it: {len(distinct) / checking:,.0f}/s)"
        )
        print(f"  failures: {dict(made.failures)}")


def against_predictor(n=20_000):
    perovskite = {Species("Sr", 2): 1, Species("Ti", 4): 1, Species("O", -2): 3}
    predictor = SubstitutionPredictor(threshold=1e-3)
    found, slow = timed(
        lambda: predictor.composition_prediction(Composition(perovskite), to_this_composition=False)
    )
    theirs = {}
    for entry in found:
        formula = "".join(
            f"{new.symbol}{perovskite[old]}" for old, new in entry["substitutions"].items()
        )
        reduced = Composition(formula).reduced_formula
        theirs[reduced] = max(theirs.get(reduced, 0), entry["probability"])
    theirs.pop("SrTiO3", None)
    moves = {"replace": 1, "replace_two": 1, "rebalance": 0, "mix": 0, "shift": 0}
    config = ElementSubstitutionConfig.model_validate({"elements": ELEMENTS, "moves": moves})
    taught = ElementSubstitution(config).teach([])
    made, fast = timed(lambda: taught.propose(["SrTiO3"], n, 0))
    ours = {Composition(f).reduced_formula for f in made.structures}
    best = sorted(theirs, key=theirs.get, reverse=True)
    print(
        f"substitutions in SrTiO3: {len(ours) / fast:,.0f} distinct valid ones/s, pymatgen's "
        f"predictor {len(theirs) / slow:,.0f}/s: {len(ours) / fast / (len(theirs) / slow):.0f}x"
    )
    for top in (10, 30, 100):
        share = np.mean([f in ours for f in best[:top]])
        print(f"  {share:.0%} of pymatgen's likeliest {min(top, len(best))} are among {n} attempts")


def crystals(n=2000):
    groups = [group(text) for text in KNOWN]
    generator = CrystalSubstitution(CrystalSubstitutionConfig(elements=ELEMENTS))
    taught = generator.teach(KNOWN)
    taught.propose(KNOWN, 200, 1)
    made, seconds = timed(lambda: taught.propose(KNOWN, n, 0))
    pairs = sorted(set(zip(made.structures, made.parents.tolist(), strict=True)))
    kept = [group(text) == groups[parent] for text, parent in pairs]
    report("crystal-substitution", made, seconds, n, pairs, kept)
    types = {p.name: p.space_group for p in prototypes()}
    decorated = PrototypeDecoration(PrototypeDecorationConfig(elements=ELEMENTS)).teach([])
    decorated.propose([], 200, 1)
    made, seconds = timed(lambda: decorated.propose([], n, 0))
    pairs = sorted(set(zip(made.structures, made.notes, strict=True)))
    kept = [group(text) == types[name] for text, name in pairs]
    report("prototype-decoration", made, seconds, n, pairs, kept)
    seen = Counter(made.notes)
    print(f"  {len(seen)} of {len(types)} types used")


def report(name, made, seconds, n, pairs, kept):
    formulas = sorted({structure_of(t).composition.reduced_formula for t, _ in pairs})
    valid = np.mean([smact_validity(f) for f in formulas])
    print(f"{name}: {n / seconds:,.0f} attempts/s, {len(made.structures) / n:.1%} made a crystal")
    print(
        f"  of {len(pairs)} distinct ones {np.mean(kept):.2%} keep their space group; of "
        f"{len(formulas)} formulas {valid:.1%} are valid by smact"
    )
    print(f"  failures: {dict(made.failures)}")


def group(text):
    structure = structure_of(text)
    return symmetry_of(structure, [site.specie.Z for site in structure]).number


def sizes():
    """Cell edges of substituted crystals against measured ones, beside pymatgen's predictors."""
    names = {"contact radii": [], "pymatgen RLS": [], "pymatgen DLS": [], "parent's own": []}
    elements = ("Li", "Na", "K", "Rb", "Mg", "Ca", "Sr", "Ba", "F", "Cl", "Br", "I", "O", "Ti",
                "Zr", "Ta")  # fmt: skip
    config = CrystalSubstitutionConfig(elements=elements)
    taught = CrystalSubstitution(config).teach([])
    for parent, wanted in ((NACL, rocksalts()), (SRTIO3, PEROVSKITE)):
        old = structure_of(parent)
        made = taught.propose([parent], 6000, 0)
        found = dict(zip(made.notes, made.structures, strict=True))
        for note, a in wanted.items():
            if note not in found:
                continue
            new = structure_of(found[note])
            cells = 4 if parent is NACL and len(new) == 8 else 1
            target = a**3 if cells == 4 or parent is SRTIO3 else a**3 / 4
            guesses = {
                "contact radii": new.volume,
                "pymatgen RLS": RLSVolumePredictor(check_isostructural=False).predict(new, old),
                "pymatgen DLS": DLSVolumePredictor().predict(new),
                "parent's own": old.volume,
            }
            for name, volume in guesses.items():
                names[name].append(abs((volume / target) ** (1 / 3) - 1))
    count = len(names["contact radii"])
    print(f"cell edges of {count} crystals, error against measured ones (mean, largest):")
    for name, errors in names.items():
        print(f"  {name}: {np.mean(errors):.1%}, {max(errors):.1%}")


def rocksalts():
    """Return the notes that lead from NaCl to each rock salt, with its edge."""
    wanted = {}
    for formula, a in ROCKSALT.items():
        cation, anion = Composition(formula).elements
        charge = "2" if anion.symbol == "O" else ""
        came = []
        if cation.symbol != "Na":
            came.append(f"{cation.symbol}{charge}+ for Na+")
        if anion.symbol != "Cl":
            came.append(f"{anion.symbol}{charge}- for Cl-")
        for order in (came, came[::-1]):
            if order:
                wanted[", ".join(order)] = a
    return wanted


def main():
    warnings.simplefilter("ignore")
    ion_similarity()
    against_smact()
    compositions()
    against_predictor()
    crystals()
    sizes()


if __name__ == "__main__":
    main()
