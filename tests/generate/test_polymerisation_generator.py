"""The generator: what it may be taught, what it proposes, and that it repeats itself."""

import numpy as np
import pytest
from pydantic import ValidationError
from rdkit import Chem

from loop.errors import DataError, ModelError, NotFoundError
from loop.generate.polymerisation import PolymerisationGenerator
from loop.space.chemistry import polymer_key
from tests.generate.textbook_polymers import TEXTBOOK

MONOMERS = sorted({monomer for entry in TEXTBOOK for monomer in entry.monomers})
DIACIDS = [f"O=C(O){'C' * n}C(=O)O" for n in range(2, 12)]
DIAMINES = [f"N{'C' * n}N" for n in range(2, 12)]
Config = PolymerisationGenerator.Config


def taught(monomers=MONOMERS, **config):
    return PolymerisationGenerator(Config(**config)).teach(monomers)


def test_proposals_are_canonical_chains_that_name_their_monomers():
    offspring = taught().propose([], 200, 3)
    assert len(offspring.structures) + sum(offspring.failures.values()) == offspring.tried == 200
    assert len(offspring.structures) > 150
    assert set(offspring.parents) == {-1}
    for structure, note in zip(offspring.structures, offspring.notes, strict=True):
        assert structure == Chem.CanonSmiles(structure)
        assert structure.count("*") == 2
        reaction, _, reactants = note.rpartition(" of ")
        assert reaction
        assert all(Chem.MolFromSmiles(monomer) is not None for monomer in reactants.split(" + "))


def test_the_same_seed_gives_the_same_offspring():
    generator = taught()
    parents = generator.propose([], 20, 1).structures
    first, again, other = (generator.propose(parents, 60, seed) for seed in (5, 5, 6))
    assert first.structures == again.structures
    assert np.array_equal(first.parents, again.parents)
    assert first.notes == again.notes
    assert first.structures != other.structures


def test_a_swap_keeps_one_monomer_and_takes_a_similar_one():
    generator = taught([*DIACIDS, *DIAMINES], exploration=0.0, neighbours=2)
    nylon = "*NCCCCCCNC(=O)CCCCC(*)=O"
    offspring = generator.propose([nylon], 80, 2)
    assert set(offspring.parents) == {0}
    assert len(set(offspring.structures)) == 4
    for structure in offspring.structures:
        assert structure != nylon
        carbons = Chem.MolFromSmiles(structure).GetNumHeavyAtoms()
        # Two neighbours of hexanediamine or of adipic acid differ by a few methylenes.
        assert abs(carbons - Chem.MolFromSmiles(nylon).GetNumHeavyAtoms()) <= 3


def test_either_reading_of_a_parent_is_recognised():
    generator = taught([*DIACIDS, *DIAMINES], exploration=0.0)
    for unit in ("*NCCCCCCNC(=O)CCCCC(*)=O", "*C(=O)CCCCC(=O)NCCCCCCN*"):
        assert set(generator.propose([unit], 20, 2).parents) == {0}


def test_a_foreign_parent_is_no_departure():
    offspring = taught(DIACIDS + DIAMINES, exploration=0.0).propose(
        ["*CC(*)Cl", "no SMILES"], 30, 1
    )
    assert set(offspring.parents) == {-1}
    assert len(offspring.structures) == 30


def test_every_draw_stays_in_the_library():
    generator = taught(polymer_classes=("polyamide", "polyimide"))
    library = {polymer_key(s) for chunk in generator.library.chunks() for s in chunk.structures}
    drawn = generator.propose([], 150, 4)
    moved = generator.propose(drawn.structures, 150, 5)
    assert {polymer_key(s) for s in (*drawn.structures, *moved.structures)} <= library


def test_monomers_come_from_a_file(tmp_path):
    path = tmp_path / "monomers.csv"
    path.write_text("name,SMILES\nethylene,C=C\nstyrene,C=Cc1ccccc1\n", encoding="utf-8")
    generator = PolymerisationGenerator(Config(monomers=path)).teach(["*CC*"])
    made = {polymer_key(s) for s in generator.propose([], 60, 1).structures}
    assert made == {polymer_key(s) for s in ("*CC*", "*CC(*)c1ccccc1", "*CCCC(*)c1ccccc1")}


def test_bad_monomers_are_named_with_their_lines(tmp_path):
    path = tmp_path / "monomers.txt"
    path.write_text("C=C ethylene\n# remark\nC1CC\n*CC*\n", encoding="utf-8")
    with pytest.raises(DataError, match="2 monomers of .*monomers.txt cannot be read") as error:
        PolymerisationGenerator(Config(monomers=path)).teach([])
    assert [problem.place for problem in error.value.problems] == ["line 3", "line 4"]
    assert [problem.value for problem in error.value.problems] == ["C1CC", "*CC*"]


def test_missing_and_empty_files_are_refused(tmp_path):
    with pytest.raises(NotFoundError, match="nowhere.csv"):
        PolymerisationGenerator(Config(monomers=tmp_path / "nowhere.csv")).teach([])
    headless = tmp_path / "headless.csv"
    headless.write_text("name,formula\nethylene,C2H4\n", encoding="utf-8")
    with pytest.raises(DataError, match="no column of structures") as error:
        PolymerisationGenerator(Config(monomers=headless)).teach([])
    assert error.value.problems[0].expected == "smiles or structure"
    empty = tmp_path / "empty.txt"
    empty.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no structure"):
        PolymerisationGenerator(Config(monomers=empty)).teach([])


@pytest.mark.parametrize("structures", [[], ["*CC*"], ["CCO"]])
def test_nothing_to_polymerise_is_an_error(structures):
    with pytest.raises(ModelError, match="polymerises to") as error:
        taught(structures)
    assert "monomers" in error.value.hint


def test_an_unknown_polymer_class_is_refused():
    with pytest.raises(ValidationError, match="unknown: polyfoo; known: polyolefin"):
        Config(polymer_classes=("polyfoo",))
