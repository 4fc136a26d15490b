"""Enumeration by named reactions: what comes out, and that it is what the reactants give."""

import numpy as np
import pytest
from pydantic import ValidationError
from rdkit import Chem
from rdkit.Chem.Descriptors import ExactMolWt

from loop.core.definition import PluginChoice
from loop.errors import DataError, ModelError, NotFoundError
from loop.generate.reactions import ReactionGenerator, TaughtReactions
from loop.service.plugins import PluginLookup

ACIDS = ["CC(=O)O", "CCC(=O)O", "OC(=O)c1ccccc1", "OC(=O)c1ccc(C)cc1", "OC(=O)C1CCCCC1"]
AMINES = ["CN", "CCN", "NCc1ccccc1", "C1CCNCC1", "C1COCCN1", "Nc1ccc(F)cc1"]
WATER = ExactMolWt(Chem.MolFromSmiles("O"))


def taught(*structures: str, **options: object) -> TaughtReactions:
    return ReactionGenerator(ReactionGenerator.Config.model_validate(options)).teach(structures)


def amides() -> TaughtReactions:
    return taught(*ACIDS, *AMINES, reactions=["amide coupling"])


def weight(smiles: str) -> float:
    return ExactMolWt(Chem.MolFromSmiles(smiles))


def test_every_amide_of_acids_and_amines_is_reached_and_no_other():
    made = amides().propose([], 600, seed=1)
    assert made.tried == 600
    assert set(made.parents) == {-1}
    assert len(set(made.structures)) == len(ACIDS) * len(AMINES)
    for structure, note in zip(made.structures, made.notes, strict=True):
        assert structure == Chem.CanonSmiles(structure)
        name, _, reactants = note.partition(": ")
        acid, amine = reactants.split(" + ")
        assert name == "amide coupling"
        assert acid in {Chem.CanonSmiles(a) for a in ACIDS}
        assert amine in {Chem.CanonSmiles(a) for a in AMINES}
        # The mass of water leaves, nothing else.
        assert weight(structure) == pytest.approx(weight(acid) + weight(amine) - WATER)


def test_a_swap_keeps_one_reactant_of_the_parent():
    parent = Chem.CanonSmiles("O=C(NCc1ccccc1)c1ccccc1")
    kept = {Chem.CanonSmiles("OC(=O)c1ccccc1"), Chem.CanonSmiles("NCc1ccccc1")}
    made = taught(*ACIDS, *AMINES, reactions=["amide coupling"], exploration=0.0).propose(
        [parent], 100, seed=3
    )
    assert parent not in made.structures
    assert set(made.parents) == {0}
    for note in made.notes:
        assert len(set(note.partition(": ")[2].split(" + ")) & kept) == 1


def test_swaps_go_to_similar_blocks():
    parent = Chem.CanonSmiles("O=C(NCc1ccccc1)c1ccccc1")
    near = taught(
        *ACIDS, *AMINES, reactions=["amide coupling"], exploration=0.0, neighbours=1
    ).propose([parent], 40, seed=3)
    assert Chem.CanonSmiles("O=C(NCc1ccccc1)c1ccc(C)cc1") in near.structures
    assert len(set(near.structures)) == 2


def test_a_reactant_that_is_no_block_is_replaced_by_one():
    parent = Chem.CanonSmiles("O=C(NCC=C)c1ccccc1")
    made = taught(*ACIDS, *AMINES, reactions=["amide coupling"], exploration=0.0).propose(
        [parent], 30, seed=3
    )
    assert made.structures
    assert all(Chem.CanonSmiles("OC(=O)c1ccccc1") in note for note in made.notes)


def test_same_arguments_same_offspring_whatever_came_before():
    one = taught(*ACIDS, *AMINES, "Brc1ccccc1", "OB(O)c1ccccc1")
    other = taught(*AMINES, "OB(O)c1ccccc1", "Brc1ccccc1", *ACIDS)
    other.propose(["CCO"], 7, seed=8)
    parents = [Chem.CanonSmiles("O=C(NCc1ccccc1)c1ccccc1"), "CCO"]
    first, second = one.propose(parents, 80, seed=5), other.propose(parents, 80, seed=5)
    assert first.structures == second.structures
    assert first.notes == second.notes
    assert np.array_equal(first.parents, second.parents)
    assert one.propose(parents, 80, seed=6).structures != first.structures
    assert first.tried == len(first.structures) + sum(first.failures.values())


def test_ambiguous_and_spoilt_reactions_are_no_results():
    # Both acids of the one block and both amines of the other are unlike each other.
    both = taught("OC(=O)Cc1ccc(C(=O)O)cc1", "NCc1ccc(N)cc1", reactions=["amide coupling"])
    made = both.propose([], 10, seed=1)
    assert made.structures == ()
    assert made.failures == {"several products": 10}
    with pytest.raises(ModelError, match="no reaction"):
        taught("O=Cc1ccc(O)cc1", "CCBr", reactions=["Grignard addition to an aldehyde"])


def test_blocks_come_from_a_file_when_one_is_named(tmp_path):
    path = tmp_path / "blocks.csv"
    path.write_text("name,smiles\nacetic acid,CC(=O)O\nmethylamine,CN\n", encoding="utf-8")
    made = taught("CCCCC", blocks=path, reactions=["amide coupling"]).propose([], 3, seed=1)
    assert set(made.structures) == {"CNC(C)=O"}
    path.write_text("smiles\nCC(=O)O\nC1CC\n*CC*\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        taught(blocks=path)
    assert [problem.place for problem in caught.value.problems] == ["line 3", "line 4"]
    with pytest.raises(NotFoundError):
        taught(blocks=tmp_path / "none.csv")


def test_it_is_found_by_name():
    choice = PluginChoice.model_validate({"kind": "reactions", "neighbours": 3})
    cls, config = PluginLookup().configure("synthloop.generators", choice)
    assert cls(config).teach([*ACIDS, *AMINES]).propose([], 5, seed=1).tried == 5


def test_what_teaches_nothing_is_said():
    with pytest.raises(ModelError, match="0 building blocks"):
        taught("*CC*", "C1CC", "CCO.Cl")
    with pytest.raises(ValidationError, match="amide coupling"):
        ReactionGenerator.Config(reactions=("amid coupling",))
