import math
import random
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from rdkit import Chem

from loop.core.candidate import Material
from loop.space.chain import UnreadableStructureError
from loop.space.chemistry import canonical_key, matches, polymer_key
from tests.space import recut as recut_module
from tests.space.recut import recut

SHARED = Path(__file__).parents[3] / "shared" / "data" / "polymers"
KNOWN = [
    "*CC*",
    "*CC(*)c1ccccc1",
    "*CC(*)(C)C(=O)OC",
    "*NCCCCCC(=O)*",
    "*NCCCCCCNC(=O)CCCCC(=O)*",
    "*OCCOC(=O)c1ccc(cc1)C(=O)*",
    "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)*",
    "*Oc1ccc(cc1)Oc1ccc(cc1)C(=O)c1ccc(cc1)*",
    "*[Si](C)(C)O*",
    "*C=C*",
    "*/C=C/CC*",
    r"*/C=C\CC*",
    r"*C/C=C(C)\C*",
    "*C[C@H](C)*",
    "*CC[C@H](C)OC(=O)*",
    "*C[C@H](C(=O)OC[C@@H](C)CC)*",
    "*c1ccc(*)s1",
    "*C1CCC(*)CC1",
    "*C1(*)c2ccccc2-c2ccccc21",
    "*N1C(=O)c2cc3C(=O)N(c4ccc(*)cc4)C(=O)c3cc2C1=O",
    "*P(=N*)(OC)OC",
    "*S(=O)(=O)c1ccc(cc1)Oc1ccc(*)cc1",
    "*[Ge](C)(C)*",
    "*CC(*)[N+](C)(C)C",
    "*=CC=*",
    "*C#CC#C*",
]


def shared(name):
    path = SHARED / f"{name}.csv.gz"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return pd.read_csv(path)


def test_500_random_recuts_of_known_polymers_have_one_key_each():
    rng = random.Random(20)
    keys = {smiles: polymer_key(smiles) for smiles in KNOWN}
    # The two spellings of polyacetylene and of the polyyne are one polymer each; so are 26 - 1.
    assert len(set(keys.values())) == len(KNOWN) - 1
    for n in range(500):
        smiles = KNOWN[n % len(KNOWN)]
        other = recut(smiles, rng)
        assert polymer_key(other) == keys[smiles], f"{smiles} as {other}"


@pytest.mark.shared_data
def test_random_recuts_of_shared_polymers_have_one_key_each():
    rng = random.Random(3)
    for smiles in shared("polymetrix_tg").psmiles[::70]:
        other = recut(smiles, rng)
        assert polymer_key(other) == polymer_key(smiles), f"{smiles} as {other}"


@pytest.mark.parametrize(
    "spellings",
    [
        ["*CC*", "*CCCC*", "*C*", "C(*)C*"],
        ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*", "*CC(c1ccccc1)CC(*)c1ccccc1"],
        ["*c1ccc(*)cc1", "*c1ccc(cc1)-c1ccc(*)cc1"],
        ["*=CC=*", "*C=C*", "*C=CC=C*"],
        ["*=C1C=CC(=*)C=C1", "*=c1ccc(=*)cc1"],
        ["[1*]CCO[3*]", "[*:1]COC[*:2]", "*OCC*"],
    ],
)
def test_spellings_of_one_polymer_share_a_key(spellings):
    assert len({polymer_key(s) for s in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*CC(*)c1ccccc1", "*C(c1ccccc1)CCC(*)c1ccccc1"),
        ("*NCC(=O)*", "*NC(=O)CNCC(=O)C(=O)*"),
        ("*CCO*", "*CO*"),
        ("*OC(=O)c1ccc(*)cc1", "*OC(=O)c1cccc(*)c1"),
        ("*/C=C/CC*", r"*/C=C\CC*"),
        ("*C[C@H](C)*", "*CC(C)*"),
        ("*C[C@H](C)C[C@H](C)*", "*C[C@H](C)C[C@@H](C)*"),
    ],
    ids=["head-head", "amide order", "length", "para-meta", "cis-trans", "atactic", "tacticity"],
)
def test_different_polymers_have_different_keys(one, other):
    assert polymer_key(one) != polymer_key(other)


def test_isotactic_chains_read_from_either_end_are_one():
    assert polymer_key("*C[C@H](C)*") == polymer_key("*C[C@@H](C)*")


def ring_smiles(smiles, atoms):
    """The polymer as a plain ring of `atoms` heavy atoms; equal texts mean equal polymers."""
    unit = recut_module.read(smiles)
    Chem.RemoveStereochemistry(unit)
    chain = unit
    for _ in range(atoms // (unit.GetNumAtoms() - 2) - 1):
        chain = recut_module.joined(chain, unit)
    head, tail = (star.GetNeighbors()[0].GetIdx() for star in recut_module.ends(chain))
    ring = Chem.RWMol(chain)
    ring.AddBond(head, tail, Chem.BondType.SINGLE)
    for star in sorted((s.GetIdx() for s in recut_module.ends(chain)), reverse=True):
        ring.RemoveAtom(star)
    return Chem.MolToSmiles(ring)


@pytest.mark.shared_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "merges"), [("polymetrix_tg", 101), ("polyverse_bandgap_chain", 7)]
)
def test_every_merge_of_a_shared_table_is_one_polymer(table, merges):
    groups = defaultdict(list)
    for smiles in shared(table).psmiles:
        try:
            groups[polymer_key(smiles)].append(smiles)
        except UnreadableStructureError:
            unit = Chem.MolFromSmiles(smiles)
            stars = [a for a in unit.GetAtoms() if not a.GetAtomicNum()]
            orders = {b.GetBondType() for star in stars for b in star.GetBonds()}
            joined = len(orders) == 1 and max(star.GetDegree() for star in stars) == 1
            assert not joined or len(Chem.GetMolFrags(unit)) > 1, smiles
    merged = [group for group in groups.values() if len(group) > 1]
    assert len(merged) == merges
    for group in merged:
        sizes = [Chem.MolFromSmiles(s).GetNumAtoms() - 2 for s in group]
        assert len({ring_smiles(s, 2 * math.lcm(*sizes)) for s in group}) == 1, group


@pytest.mark.shared_data
def test_polymers_with_one_ring_have_one_key():
    by_ring = defaultdict(set)
    for smiles in shared("polymetrix_tg").psmiles[::20]:
        if not any(mark in smiles for mark in "/\\@") and "=*" not in smiles:
            size = Chem.MolFromSmiles(smiles).GetNumAtoms() - 2
            by_ring[ring_smiles(smiles, 3 * size)].add(polymer_key(smiles))
    assert len(by_ring) > 250
    assert all(len(keys) == 1 for keys in by_ring.values())


@pytest.mark.parametrize(
    "text",
    ["CCO", "*CC", "*C(*)C*", "**", "*=CC*", "", "*CC(", "*C(C)(C)(C)(C)C*", "*C*C"],
)
def test_what_is_no_repeat_unit_says_what_was_expected(text):
    with pytest.raises(UnreadableStructureError, match="repeat unit|SMILES"):
        polymer_key(text)


def test_copolymer_key_knows_no_order_and_no_scale():
    key = polymer_key("*CC(*)c1ccccc1:0.3|*CC(C)*:0.7")
    assert polymer_key("*C(C)C*:7|*C(c1ccccc1)C*:3") == key
    # Twice the unit, half as often.
    assert polymer_key("*CC(C)CC(C)*:0.35|*CC(*)c1ccccc1:0.3") == key
    assert polymer_key("*CC(*)c1ccccc1:0.4|*CC(C)*:0.6") != key
    assert polymer_key("*CC(*)c1ccccc1") != key


def test_copolymer_of_equal_units_is_the_homopolymer():
    assert polymer_key("*CCO*:0.2|*COC*:0.8") == polymer_key("*CCO*")


@pytest.mark.parametrize("text", ["*CC*|*CO*", "*CC*:0|*CO*:1", "*CC*:a|*CO*:1", "|*CO*:1"])
def test_copolymer_without_weights_is_refused(text):
    with pytest.raises(UnreadableStructureError, match="positive weight"):
        canonical_key(Material.POLYMER, text)


def test_forbidden_patterns_are_looked_for_in_every_unit():
    assert matches("*CC*:0.5|*CC(Cl)*:0.5", "Cl")
    assert not matches("*CC*:0.5|*CC(F)*:0.5", "Cl")
    assert matches("CCCl", "Cl")
