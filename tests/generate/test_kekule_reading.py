"""The short way to the canonical SMILES beside the long one."""

import pytest
from rdkit import Chem, rdBase

from loop.generate.kekule_reading import KekuleReading, canonical
from loop.generate.spelling import Kekulised, UnfitStructureError, read
from tests.generate.examples import MOLECULES, POLYMERS

BRACKETS = (
    "[2H]OC",
    "[H]OC",
    "[H][H]",
    "[13CH4]",
    "C[N+](C)(C)C.[Cl-]",
    "O=N(=O)c1ccccc1",
    "CN=N#N",
    "[O]N1CCCCC1",
    "C[C@H](O)N",
    "F/C=C\\F",
    "c1ccc2[nH]ccc2c1",
    "c1cc[se]c1",
    "[Fe]",
    "CC[Hg]Cl",
    "C[Mg]Br",
)
NONE = ("", "C(F)(F)(F)(F)F", "C1CC", "CC)", "N(C)(C)(C)C", "O=O=O", "[C@H", "Q")


def found(way, text, ends):
    try:
        return way(text, ends)
    except UnfitStructureError as why:
        return str(why)


def long_way(text, ends):
    readable = read(text, ends)
    return readable.key, len(readable.molecule.GetAromaticAtoms())


@pytest.mark.parametrize(
    ("structures", "ends"), [(POLYMERS, 2), ((*MOLECULES, *BRACKETS), 0), (NONE, 0), (NONE, 2)]
)
def test_the_short_way_finds_what_the_long_way_finds(structures, ends):
    for smiles in structures:
        texts = [smiles]
        if smiles not in NONE:
            kekulised = Kekulised.of(Chem.MolFromSmiles(smiles))
            size = kekulised.molecule.GetNumAtoms()
            texts += [Chem.MolToSmiles(kekulised.molecule, rootedAtAtom=i) for i in range(size)]
        with rdBase.BlockLogs():
            for text in texts:
                for asked in (ends, 2 - ends):
                    assert found(canonical, text, asked) == found(long_way, text, asked), text


def test_a_string_that_is_no_structure_has_a_reason_and_no_key():
    reading = KekuleReading(2)
    with rdBase.BlockLogs():
        assert reading.of("*CC(*)(C)(C)C") == "no SMILES that RDKit reads"
        assert reading.of("*CC") == "1 * instead of 2"
        assert reading.of("*CC*.C") == "a repeat unit in several pieces"
        assert reading.of("*CC=*") == "a * that is not the end of a single bond to an atom"
        assert reading.of("C1(C*)=CC=CS1").startswith("1 *")
        assert reading.of("C1(*)=CC=C(*)S1") == ("*c1ccc(*)s1", 5)
