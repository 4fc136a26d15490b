"""Monomers to repeat units: textbook chemistry, SMiPoly's own polymers, and what must not happen."""

import gzip
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from loop.core.polymerisation_rules import MONOMER_CLASSES, POLYMERISATIONS
from loop.generate.enumeration import PolymerLibrary
from loop.generate.monomer_opening import classes_of, continuation, split_at_end
from loop.space.chemistry import polymer_key
from tests.generate.textbook_polymers import TEXTBOOK

MONOMERS = sorted({monomer for entry in TEXTBOOK for monomer in entry.monomers})


def keys_of(monomers, polymer_class=None):
    library = PolymerLibrary(monomers)
    wanted = None if polymer_class is None else [polymer_class]
    return {polymer_key(s) for chunk in library.chunks(wanted) for s in chunk.structures}


def class_names(smiles):
    return {found.name for found in classes_of(smiles, MONOMER_CLASSES)}


@pytest.mark.parametrize("entry", TEXTBOOK, ids=lambda entry: entry.name)
def test_monomers_give_the_textbook_polymer(entry):
    assert polymer_key(entry.unit) in keys_of(entry.monomers, entry.polymer_class)


def test_a_pair_of_equal_groups_makes_one_polymer():
    assert keys_of(["NCCCCCCN", "O=C(O)CCCCC(=O)O"]) == {polymer_key("*NCCCCCCNC(=O)CCCCC(*)=O")}


def test_two_unsymmetric_monomers_make_both_regular_chains():
    # 2-methyl-1,4-phenylenediamine and 2-methylterephthalic acid.
    made = keys_of(["Cc1cc(N)ccc1N", "Cc1cc(C(=O)O)ccc1C(=O)O"], "polyamide")
    assert made == {
        polymer_key("*Nc1ccc(NC(=O)c2ccc(C(*)=O)c(C)c2)c(C)c1"),
        polymer_key("*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2C)c(C)c1"),
    }


@pytest.mark.parametrize(
    "monomers",
    [
        ("OCC(O)CO", "O=C(O)CCCCC(=O)O"),  # glycerol: a network, no chain
        ("C=Cc1ccc(C=C)cc1",),  # divinylbenzene: a network
        ("O=C1CCCO1",),  # butyrolactone: too stable to open
        ("CCO", "CC(=O)O"),  # one group each
        ("c1ccccc1",),
        ("C=O",),
        (),
    ],
)
def test_what_makes_no_linear_chain_makes_none(monomers):
    assert keys_of(monomers) == set()


def test_unreadable_monomers_are_of_no_class():
    assert class_names("C1CC") == set()
    assert keys_of(["C1CC", "C=C"]) == {polymer_key("*CC*")}


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("C=CC#N", "vinyl monomer"),
        ("C1=CC2CCC1C2", "cyclic olefin"),
        ("CC1CO1", "epoxide"),
        ("O=C1CCCCCO1", "lactone"),
        ("O=C1CCCCCN1", "lactam"),
        ("NCCCCCC(=O)O", "amino acid"),
        ("OCC(=O)O", "hydroxy acid"),
        ("O=C(Cl)CCCCC(=O)Cl", "dicarboxylic acid or halide"),
        ("OCCO", "diol or dithiol"),
        ("NCCN", "diamine"),
        ("O=C=NCCCCCCN=C=O", "diisocyanate or diisothiocyanate"),
        ("O=C1OC(=O)c2ccccc21", "cyclic anhydride"),
        ("O=C1OC(=O)c2cc3c(cc21)C(=O)OC3=O", "dianhydride"),
        ("O=C(Oc1ccccc1)Oc1ccccc1", "carbonate source"),
        ("C=CC=C", "conjugated diene"),
        ("O=C(c1ccc(F)cc1)c1ccc(F)cc1", "bis(4-fluorophenyl) ketone"),
    ],
)
def test_functional_groups_decide_the_class(smiles, name):
    assert name in class_names(smiles)


@pytest.mark.parametrize("smiles", ["CC=O", "CN=[N+]=[N-]", "CCCC", "O", "OC(=O)O"])
def test_other_molecules_are_no_monomers(smiles):
    assert class_names(smiles) == set()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(MONOMERS), min_size=1, max_size=6, unique=True))
def test_every_structure_is_a_chain_of_its_monomers(monomers):
    library = PolymerLibrary(monomers)
    for chunk in library.chunks():
        for row, structure in enumerate(chunk.structures):
            mol = Chem.MolFromSmiles(structure)
            assert mol is not None
            assert len(Chem.GetMolFrags(mol)) == 1
            assert [a.GetDegree() for a in mol.GetAtoms() if not a.GetAtomicNum()] == [1, 1]
            reactants = chunk.reactants(row)
            assert library.structure(reactants) == structure
            made_of = library.monomers_of(reactants)
            assert set(made_of) <= set(monomers)
            assert len(set(made_of)) == len(made_of)


def test_the_order_of_monomers_does_not_matter():
    assert keys_of(MONOMERS) == keys_of(MONOMERS[::-1])


def test_stereocentres_survive_the_joining():
    # L-lactic acid with glycolic acid, and (R)-propane-1,2-diol with adipic acid.
    made = keys_of(["C[C@H](O)C(=O)O", "OCC(=O)O"])
    assert polymer_key("*O[C@@H](C)C(=O)OCC(*)=O") in made
    library = PolymerLibrary(["C[C@@H](O)CO", "O=C(O)CCCCC(=O)O"])
    (chunk,) = library.chunks(["polyester"])
    assert [
        label for _, label in Chem.FindMolChiralCenters(Chem.MolFromSmiles("C[C@@H](O)CO"))
    ] == ["R"]
    centres = [Chem.FindMolChiralCenters(Chem.MolFromSmiles(s)) for s in chunk.structures]
    assert [label for ((_, label),) in centres] == ["R"]


def test_ring_numbers_of_two_units_do_not_meet():
    before, after, rings = split_at_end("[1*]c1ccc([2*])cc1")
    assert (before, after, rings) == ("*c1ccc(", ")cc1", 1)
    joined = before + continuation("[1*]Oc1ccc2cc([2*])ccc2c1", rings) + after
    assert Chem.CanonSmiles(joined) == Chem.CanonSmiles("*c1ccc(Oc2ccc3cc(*)ccc3c2)cc1")


def test_more_than_99_ring_numbers_are_refused():
    with pytest.raises(ValueError, match="more than 99 ring numbers"):
        continuation("[1*]C%98CC%98C[2*]", 2)


@pytest.mark.slow
@pytest.mark.shared_data
def test_monomers_of_smipoly_give_its_polymers(candidate_libraries):
    """The recorded polymers of SMiPoly, made by its own reactions, come out of their monomers."""
    with gzip.open(candidate_libraries / "smipoly_virtual_polymers.csv.gz", "rt") as file:
        rows = [line.rstrip("\n").split(",") for line in file][1::150]
    missed, seen = Counter(), Counter()
    for structure, polymer_class, *monomers in rows:
        # Its carbonates name carbon monoxide; a monomer of one polymer stands alone.
        made = keys_of([m for m in monomers if m], polymer_class)
        seen[polymer_class] += 1
        missed[polymer_class] += polymer_key(structure) not in made
    assert set(seen) >= {"polyester", "polyamide", "polyimide", "polyurethane", "polyolefin"}
    assert all(missed[name] <= 0.02 * seen[name] for name in seen), missed


def test_reliabilities_and_shares_are_probabilities():
    for rule in POLYMERISATIONS:
        assert 0 < rule.reliability <= 1
        for unit in filter(None, (rule.left, rule.right)):
            assert sum(share for _, share in unit.closing) == pytest.approx(1)
