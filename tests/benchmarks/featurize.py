"""Compare our blocks with plain loops over RDKit and numpy, and with XenonPy, in the same run.

Run as `OMP_NUM_THREADS=1 python tests/benchmarks/featurize.py [--xenonpy /path/to/python]`; prints
rows per CPU second of one process. XenonPy needs an interpreter of its own: Python 3.11, xenonpy
0.6.7, numpy 1.23.5, pandas 1.5.3, rdkit 2023.3.3, pymatgen 2023.9.25, a CPU torch. Without one the
figures that were recorded once, on other inputs and another machine, stand in and are marked so.
With `--million FOLDER` it describes a million SMILES as Morgan counts with two processes instead.
"""

import argparse
import itertools
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from pymatgen.core import Composition
from rdkit import Chem, RDLogger
from rdkit.Chem import Descriptors, MACCSkeys, rdFingerprintGenerator

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import ConfigError, MissingExtraError
from loop.featurize.bundle import BlockFeaturizer, BundleConfig

CORES = (
    "c1ccc({a})cc1{b}", "c1cc({a})ncc1{b}", "C1CC({a})CN(C1){b}", "O=C(N{a})c1ccc({b})cc1",
    "c1ccc2c(c1)nc({a})n2{b}", "O=S(=O)(N{a})c1ccc({b})s1", "c1nc({a})c2ccn({b})c2n1",
    "O=C1CC({a})C(=O)N1{b}", "C1=CC(=NN1{a}){b}", "OC({a})C(O){b}",
)  # fmt: skip
GROUPS = (
    "C", "CC", "CCO", "C(C)C", "CC(C)(C)C", "CCOC", "CCN(C)C", "CC(F)(F)F", "c1ccccc1", "CC#N",
    "Cc1ccco1", "C1CCCCC1", "CC(=O)OC", "CCCl", "Cc1ccncc1", "CCS(C)(=O)=O", "CCc1ccc(F)cc1",
)  # fmt: skip
RECORDED = {
    "ECFP6 + MACCS": "400-430",
    "five composition statistics": "303",
    "RDKit 2D descriptors": "109-131",
}
XENONPY = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import numpy as np, pandas as pd
from rdkit import RDLogger
RDLogger.DisableLog("rdApp.*")
task = json.load(sys.stdin)
from xenonpy.descriptor import Fingerprints
from xenonpy.descriptor.compositions import (
    MaxPooling, MinPooling, WeightedAverage, WeightedSum, WeightedVariance,
)
from xenonpy.descriptor.fingerprint import DescriptorFeature
from pymatgen.core import Element
rng = np.random.default_rng(0)
symbols = [Element.from_Z(z).symbol for z in range(1, 95)]
table = pd.DataFrame(rng.lognormal(size=(94, task["properties"])), index=symbols).add_prefix("p")
made = {
    "ECFP6 + MACCS": ([Fingerprints(n_jobs=1, input_type="smiles", featurizers=["ECFP", "MACCS"])], "smiles"),
    "RDKit 2D descriptors": ([DescriptorFeature(n_jobs=1, input_type="smiles", on_errors="nan")], "smiles"),
    # One by one: the bundle downloads its own table of elements whatever it is given.
    "five composition statistics": ([
        statistic(n_jobs=1, elemental_info=table) for statistic in
        (WeightedAverage, WeightedSum, WeightedVariance, MaxPooling, MinPooling)
    ], "compositions"),
}
rates = {}
for name, (featurizers, key) in made.items():
    rows = task[key]
    if key == "compositions":
        rows = [dict(row) for row in rows]
    for featurizer in featurizers:
        featurizer.transform(rows[:20])
    began = time.process_time()
    for featurizer in featurizers:
        featurizer.transform(rows)
    rates[name] = len(rows) / (time.process_time() - began)
print(json.dumps(rates))
"""


def molecules():
    made = [c.format(a=a, b=b) for c, a, b in itertools.product(CORES, GROUPS, GROUPS)]
    return list(dict.fromkeys(made))


def formulas():
    metals, others = ("Fe", "Al", "Cu", "Ti", "Zr", "La", "Sr", "Ni"), ("O", "S", "N", "F", "Cl")
    amounts = tuple(range(1, 60))
    mixed = itertools.product(itertools.combinations(metals, 2), amounts, others)
    return [f"{a}{x / 20:g}{b}{3 - x / 20:g}{c}3" for (a, b), x, c in mixed]


def bundle(*blocks):
    return BlockFeaturizer(BundleConfig.model_validate({"blocks": blocks, "workers": 1}))


def pool_of(material, texts):
    numbers = tuple(str(row) for row in range(len(texts)))
    pool = CandidatePool(material, numbers, tuple(texts), numbers)
    assert pool.digest
    return pool


def rate(work, n):
    """Rows per CPU second, best of three; the first run loads tables and libraries."""
    work()
    best = np.inf
    for _ in range(3):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return n / best


def plain_fingerprints(texts):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=2048)
    rows = []
    for text in texts:
        molecule = Chem.MolFromSmiles(text)
        keys = np.array(list(MACCSkeys.GenMACCSKeys(molecule)), dtype=np.uint8)
        rows.append(np.concatenate([generator.GetCountFingerprintAsNumPy(molecule), keys]))
    return np.array(rows)


def plain_descriptors(texts):
    rows = [Descriptors.CalcMolDescriptors(Chem.MolFromSmiles(text)) for text in texts]
    return np.array([list(row.values()) for row in rows])


def plain_statistics(texts, properties):
    table = np.random.default_rng(0).lognormal(size=(120, properties))
    rows = []
    for text in texts:
        composition = Composition(text)
        amounts = np.array(list(composition.values()))
        chosen = table[[element.Z for element in composition]]
        weights = amounts / amounts.sum()
        mean = weights @ chosen
        variance = weights @ (chosen - mean) ** 2
        rows.append([mean, amounts @ chosen, variance, chosen.max(axis=0), chosen.min(axis=0)])
    return np.array(rows).reshape(len(texts), -1)


def compare(name, material, texts, blocks, baseline, xenonpy):
    try:
        ours = bundle(*blocks)
    except (ConfigError, MissingExtraError) as reason:
        print(f"{name}: skipped, {reason.message.splitlines()[0][:120]}")
        return
    pool, space = pool_of(material, texts), PoolSpace.model_construct(material=material)
    matrix = ours.featurize(pool, space)
    assert not matrix.failures, next(iter(matrix.failures.values()))
    d = sum(len(block.columns) for block in matrix.blocks)
    fast = rate(lambda: ours.featurize(pool, space), len(texts))
    plain = rate(lambda: baseline(texts), len(texts))
    measured = xenonpy.get(name)
    theirs = f"{measured:,.0f}" if measured else f"{RECORDED[name]} (recorded)"
    against = measured or float(RECORDED[name].split("-")[-1])
    print(
        f"{name} ({len(texts)} rows, {d} columns): ours {fast:,.0f} rows/s, plain loop "
        f"{plain:,.0f}, XenonPy {theirs}; ours / plain {fast / plain:.1f}, "
        f"ours / XenonPy {fast / against:.1f}"
    )


def cached(name, material, texts, blocks):
    try:
        ours = bundle(*blocks)
    except (ConfigError, MissingExtraError) as reason:
        print(f"cache, {name}: skipped, {reason.message.splitlines()[0][:120]}")
        return
    pool, space = pool_of(material, texts), PoolSpace.model_construct(material=material)
    ours.featurize(pool_of(material, texts[:200]), space)
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(3):
            began = time.process_time()
            ours.featurize(pool, space, cache=Path(folder))
            times.append(time.process_time() - began)
    print(
        f"cache, {name} ({len(texts)} rows): first call {1000 * times[0]:,.0f} ms, second "
        f"{1000 * times[1]:.1f} ms, third {1000 * times[2]:.1f} ms; first / second "
        f"{times[0] / times[1]:.0f}"
    )


def xenonpy_rates(python, texts, compositions, properties):
    task = {
        "smiles": texts,
        "compositions": [
            [(e.symbol, amount) for e, amount in Composition(text).items()] for text in compositions
        ],
        "properties": properties,
    }
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-c", XENONPY], input=json.dumps(task), capture_output=True, text=True,
        check=False, env=environment,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"XenonPy failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _cpu():
    """CPU seconds of this process and of those that ended."""
    return sum(os.times()[:4])


def million(folder, n=1_000_000):
    """The molecules of the benchmark, with short chains before their groups."""
    chains = ["".join(p) for k in range(5) for p in itertools.product("CNO", repeat=k)]
    made = itertools.product(CORES, ("", "C", "CC", "CCC"), chains, GROUPS, GROUPS)
    named = (c.format(a=chain + a, b=short + b) for c, short, chain, a, b in made)
    texts = list(itertools.islice(dict.fromkeys(named), n))
    pool = pool_of(Material.MOLECULE, texts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    config = {
        "blocks": [{"kind": "morgan", "radius": 2, "size": 1024}],
        "workers": 2,
        "cache_bytes": 8 << 30,
    }
    featurizer = BlockFeaturizer(BundleConfig.model_validate(config))
    space = PoolSpace.model_construct(material=Material.MOLECULE)
    for call in ("first", "second"):
        began, cpu = time.perf_counter(), _cpu()
        matrix = featurizer.featurize(pool, space, cache=folder)
        took, cpu = time.perf_counter() - began, _cpu() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{call} call: {len(pool):,} SMILES to {matrix.blocks[0].values.shape} "
            f"{matrix.blocks[0].values.dtype} in {took:.1f} s wall, {cpu:.1f} s CPU; {len(matrix.failures)} failed; "
            f"peak memory {peak:,.0f} MiB, of that {before:,.0f} MiB before the first call; "
            f"largest other process {child:,.0f} MiB"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--xenonpy", help="Python with XenonPy and its pins of 2023.")
    parser.add_argument("--million", type=Path, help="Folder for the cache of the large run.")
    parser.add_argument("--rows", type=int, default=1_000_000, help="SMILES of the large run.")
    given = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    if given.million:
        million(given.million, given.rows)
        return
    texts, compositions = molecules(), formulas()
    xenonpy = {}
    if given.xenonpy:
        xenonpy = xenonpy_rates(given.xenonpy, texts[:500], compositions[:500], 58)
    prints = ({"kind": "morgan", "radius": 3}, {"kind": "maccs"})
    classic = {"kind": "element-statistics",
               "statistics": ["mean", "sum", "variance", "max", "min"]}  # fmt: skip
    compare("ECFP6 + MACCS", Material.MOLECULE, texts, prints, plain_fingerprints, xenonpy)
    compare(
        "RDKit 2D descriptors", Material.MOLECULE, texts[:500], ({"kind": "rdkit-2d"},),
        plain_descriptors, xenonpy,
    )  # fmt: skip
    compare(
        "five composition statistics", Material.COMPOSITION, compositions, (classic,),
        lambda rows: plain_statistics(rows, 58), xenonpy,
    )  # fmt: skip
    cached("ECFP6 + MACCS", Material.MOLECULE, texts, prints)
    cached("RDKit 2D descriptors", Material.MOLECULE, texts[:500], ({"kind": "rdkit-2d"},))
    cached("five composition statistics", Material.COMPOSITION, compositions, (classic,))


if __name__ == "__main__":
    main()
