"""What holds for every generator of molecules and repeat units, and what each promises alone."""

import subprocess
import sys
from importlib.metadata import entry_points

import numpy as np
import pytest
from pydantic import ValidationError
from rdkit import Chem
from rdkit.Chem import BRICS

from loop.errors import ConfigError, MissingExtraError, ModelError
from loop.generate.fragment_swap import FragmentSwap, FragmentSwapConfig
from loop.generate.graph_edits import GraphEdits, GraphEditsConfig
from loop.generate.mixture import Mixture, MixtureConfig
from loop.generate.selfies_edits import SelfiesEdits
from tests.generate.examples import MOLECULES, POLYMERS

MOVES = ("brics", "recap", "matched-pairs")
KINDS = ("ngram", "graph-edits", "fragment-swap", "selfies", "mixture", *MOVES)
FEWEST = {"fragment-swap": (90, 70), "brics": (40, 5), "recap": (20, 10), "matched-pairs": (80, 60)}
"""Least of 120 attempts on polymers, on molecules: small ones seldom have a bond to be cut."""
OPTIONS = {"mixture": {"generators": [{"kind": "ngram", "weight": 2}, {"kind": "graph-edits"}]}}
ESTERS = ("CCOC(=O)c1ccccc1", "CCCOC(=O)C", "COC(=O)c1ccncc1", "CC(=O)Nc1ccc(OCC)cc1", "CCN(C)C=O")


def built(kind, **options):
    name = "fragment-swap" if kind in MOVES else kind
    (point,) = entry_points(group="synthloop.generators", name=name)
    cls = point.load()
    own = {"moves": [kind]} if kind in MOVES else OPTIONS.get(kind, {})
    return cls(cls.Config.model_validate(own | options))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("examples", [POLYMERS, MOLECULES], ids=["polymers", "molecules"])
def test_every_generator_keeps_to_the_port(kind, examples):
    taught = built(kind).teach(examples)
    made = taught.propose(examples, 120, 7)
    fewest = FEWEST.get(kind, (100, 100))[examples is MOLECULES]
    assert made.tried == 120 and len(made.structures) >= fewest
    assert len(made.structures) + sum(made.failures.values()) == 120
    for child, parent in zip(made.structures, made.parents, strict=True):
        mol = Chem.MolFromSmiles(child)
        stars = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
        assert len(stars) == (2 if examples is POLYMERS else 0)
        assert all(star.GetDegree() == 1 for star in stars)
        assert Chem.MolToSmiles(mol) == child != Chem.CanonSmiles(examples[parent])
    again = built(kind).teach(examples).propose(examples, 120, 7)
    assert again.structures == made.structures and again.failures == made.failures
    assert np.array_equal(again.parents, made.parents)
    assert taught.propose(examples, 120, 8).structures != made.structures


@pytest.mark.parametrize("kind", KINDS)
def test_every_generator_names_examples_that_do_not_go_together(kind):
    with pytest.raises(ModelError, match="entry 3: got 'CCO'; expected a repeat unit"):
        built(kind).teach(["*CC*", "*CO*", "CCO"])
    with pytest.raises(ModelError, match="no examples"):
        built(kind).teach([])


@pytest.mark.parametrize("kind", KINDS)
def test_every_generator_does_without_parents_and_with_bad_ones(kind):
    taught = built(kind).teach(POLYMERS)
    made = taught.propose([], 40, 0)
    assert len(made.structures) >= (5 if kind == "recap" else 10) and set(made.parents) == {-1}
    bad = taught.propose(["C1CC"], 10, 0)
    assert not bad.structures
    assert bad.failures == {"the parent cannot be used: no SMILES that RDKit reads": 10}


def test_graph_edits_bring_no_element_ring_or_radical_that_no_example_has():
    made = GraphEdits(GraphEditsConfig(longest_chain=5)).teach(MOLECULES)
    elements = {a.GetSymbol() for s in MOLECULES for a in Chem.MolFromSmiles(s).GetAtoms()}
    seen = set()
    for child in made.propose(MOLECULES, 400, 3).structures:
        mol = Chem.MolFromSmiles(child)
        assert {atom.GetSymbol() for atom in mol.GetAtoms()} <= elements
        assert not any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()), child
        sizes = {len(ring) for ring in mol.GetRingInfo().AtomRings()}
        assert sizes <= {5, 6}, child
        seen |= sizes
    assert seen == {5, 6}


def test_a_crossover_is_made_of_pieces_of_both():
    taught = GraphEdits(GraphEditsConfig(crossover_share=1.0)).teach(["FCCCCF", "ClCCCCCl"])
    made = taught.propose(["FCCCCF"], 100, 0)
    mixed = [s for s in made.structures if "F" in s and "Cl" in s]
    assert len(mixed) > 20
    for child in mixed:
        assert child.count("F") == child.count("Cl") == 1


def test_swapped_fragments_are_those_of_the_examples():
    taught = FragmentSwap(FragmentSwapConfig(moves=("brics",))).teach(ESTERS)
    pieces = {p for s in ESTERS for p in BRICS.BRICSDecompose(Chem.MolFromSmiles(s))}
    made = taught.propose(ESTERS, 100, 1)
    assert len(set(made.structures)) >= 5
    for child in made.structures:
        assert set(BRICS.BRICSDecompose(Chem.MolFromSmiles(child))) <= pieces, child


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("brics", "no bond that BRICS cuts"),
        ("recap", "no bond that RECAP cuts"),
        ("matched-pairs", "no matched pair has one of its pieces"),
    ],
)
def test_a_parent_that_a_move_cannot_change_says_so(move, said):
    made = FragmentSwap(FragmentSwapConfig(moves=(move,))).teach(ESTERS).propose(["CCCC"], 5, 0)
    assert made.failures == {said: 5}


def only(move, examples, parent):
    taught = FragmentSwap(FragmentSwapConfig(moves=(move,))).teach(examples)
    return set(taught.propose([parent], 200, 0).structures)


def canonical(*smiles):
    return {Chem.CanonSmiles(s) for s in smiles}


@pytest.mark.parametrize(
    ("examples", "parent", "made"),
    [
        # Amides: acid and amine part.
        (
            ("CC(=O)Nc1ccccc1", "O=C(NCC)c1ccncc1"),
            "CC(=O)Nc1ccccc1",
            ("O=C(Nc1ccccc1)c1ccncc1", "CC(=O)NCC"),
        ),
        # Sulphonamides do not take amides' acids.
        (
            ("CS(=O)(=O)NCC", "O=S(=O)(NC)c1ccccc1", "CC(=O)NCCC"),
            "CS(=O)(=O)NCC",
            ("CCNS(=O)(=O)c1ccccc1", "CNS(C)(=O)=O"),
        ),
        # Olefins are joined by a double bond again.
        (("CC=CCl", "FC=CC"), "CC=CCl", ("CC=CC", "FC=CCl", "FC=CC", "ClC=CCl")),
        # Biaryls; the chain ends of a repeat unit stay two.
        (
            ("*c1ccc(-c2ccc(*)cc2)cc1", "*c1ccc(-c2ccc(*)s2)s1"),
            "*c1ccc(-c2ccc(*)cc2)cc1",
            ("*c1ccc(-c2ccc(*)s2)cc1",),
        ),
    ],
    ids=["amide", "sulphonamide", "olefin", "biaryl"],
)
def test_recap_swaps_what_its_reactions_join(examples, parent, made):
    assert only("recap", examples, parent) <= canonical(*made)
    assert len(only("recap", examples, parent)) >= 1


def test_matched_pairs_change_what_two_examples_differ_in():
    examples = ("Cc1ccccc1", "COc1ccccc1", "Clc1ccccc1")
    # Toluene, anisole and chlorobenzene: methyl, methoxy and chlorine stand for each other.
    assert only("matched-pairs", examples, "Cc1ccncc1") == canonical("COc1ccncc1", "Clc1ccncc1")
    assert only("matched-pairs", examples, "Cc1cccc(Cl)n1") >= canonical(
        "COc1cccc(Cl)n1", "Clc1cccc(Cl)n1", "Cc1cccc(C)n1", "Cc1cccc(OC)n1"
    )


def test_matched_pairs_of_polymers_keep_the_ends():
    examples = ("*CC(*)c1ccccc1", "*CC(*)C(=O)OC", "*CC(*)C#N")
    made = only("matched-pairs", examples, "*CC(C)(*)c1ccccc1")
    assert canonical("*CC(C)(*)C(=O)OC", "*CC(C)(*)C#N") <= made
    assert all(child.count("*") == 2 for child in made)


def test_a_move_is_named_once():
    with pytest.raises(ValidationError, match="every move once only"):
        FragmentSwapConfig(moves=("brics", "brics"))


def test_a_mixture_shares_attempts_by_weight():
    parts = [
        {"kind": "fragment-swap", "moves": ["brics"], "weight": 3},
        {"kind": "graph-edits", "weight": 1},
    ]
    taught = Mixture(MixtureConfig(generators=parts)).teach(ESTERS)
    made = taught.propose(["CCCC"], 400, 2)
    assert made.failures["no bond that BRICS cuts"] == 300
    assert len(made.structures) >= 90 and set(made.parents) == {0}


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"kind": "n-gram"}, "'n-gram' is none of: .*\n?.*did you mean 'ngram'"),
        ({"kind": "ngram", "ordre": 3}, "generator 'ngram': ordre"),
        ({"kind": "graph-edits", "tries": 0}, "generator 'graph-edits': tries"),
    ],
)
def test_a_part_that_cannot_be_built_is_named(part, said):
    with pytest.raises(ConfigError, match=said):
        Mixture(MixtureConfig(generators=[part]))


def test_a_mixture_is_no_part_of_itself():
    with pytest.raises(ValidationError, match="cannot be part of a mixture"):
        MixtureConfig(generators=[{"kind": "mixture"}])


def test_selfies_gives_its_rules_back():
    import selfies

    before = selfies.get_semantic_constraints()
    taught = SelfiesEdits(SelfiesEdits.Config()).teach(POLYMERS)
    taught.propose(POLYMERS, 20, 0)
    assert selfies.get_semantic_constraints() == before


def test_without_the_extra_selfies_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "selfies", None)
    with pytest.raises(MissingExtraError, match="synthloop\\[selfies\\]"):
        SelfiesEdits(SelfiesEdits.Config())


def test_naming_the_generators_loads_neither_numba_nor_rdkit():
    script = (
        "import sys, loop.service.plugins as p; assert 'ngram' in "
        "p.PluginLookup().names('synthloop.generators'); "
        "print([m for m in ('numba', 'rdkit', 'selfies') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
