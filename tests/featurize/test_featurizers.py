import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import DataError
from loop.featurize.columns import NumericColumns
from loop.featurize.presets import MoleculeDescriptors, PolymerDescriptors


def described(cls, material, structures, fields=None, features=()):
    ids = tuple(f"c{i}" for i in range(len(structures)))
    pool = CandidatePool(material, ids, tuple(structures), ids, fields or {})
    space = PoolSpace(material=material, file="pool.csv", features=features)
    return cls(cls.Config()).featurize(pool, space)


def test_molecules_have_the_numbers_of_rdkit():
    smiles = "CC(=O)Nc1ccc(O)cc1"
    matrix = described(MoleculeDescriptors, Material.MOLECULE, [smiles, "CCO"])
    molecule = Chem.MolFromSmiles(smiles)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    expected = generator.GetCountFingerprint(molecule).GetNonzeroElements()
    counts, reals = matrix.blocks
    assert {i: int(c) for i, c in enumerate(counts.values[0]) if c} == expected
    assert counts.values.dtype == np.uint8
    assert reals.values.dtype == np.float32
    row = dict(zip(reals.columns, reals.values[0], strict=True))
    assert row["TPSA [angstrom2]"] == pytest.approx(Descriptors.TPSA(molecule), rel=1e-6)
    assert row["MolWt [g/mol]"] == pytest.approx(Descriptors.MolWt(molecule), rel=1e-6)


def test_unreadable_smiles_is_kept_as_a_failed_zero_row():
    matrix = described(MoleculeDescriptors, Material.MOLECULE, ["CCO", "C1CC(", ""])
    assert len(matrix) == 3
    assert set(matrix.failures) == {1, 2}
    assert "C1CC(" in matrix.failures[1]
    assert all(not block.values[1:].any() for block in matrix.blocks)
    assert matrix.usable().tolist() == [True, False, False]


@pytest.mark.parametrize(
    "cuts",
    [
        ["*CCO*", "*COC*", "*OCC*"],
        ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*"],
        ["*c1ccc(cc1)CO*", "*Cc1ccc(cc1)O*", "*COc1ccc(*)cc1"],
        ["*CCCCCC(=O)N*", "*NCCCCCC(=O)*", "*C(=O)NCCCCC*"],
    ],
)
def test_polymer_numbers_do_not_depend_on_the_cut(cuts):
    matrix = described(PolymerDescriptors, Material.POLYMER, cuts)
    assert not matrix.failures
    for block in matrix.blocks:
        np.testing.assert_allclose(
            block.values, np.repeat(block.values[:1], len(cuts), axis=0), atol=1e-5
        )


def test_polymer_chain_lengths_and_aromatic_rings_per_unit():
    matrix = described(PolymerDescriptors, Material.POLYMER, ["*CC(*)c1ccccc1", "*C*"])
    columns = [column for block in matrix.blocks[1:] for column in block.columns]
    rows = np.concatenate([block.values for block in matrix.blocks[1:]], axis=1)
    styrene, methylene = (dict(zip(columns, row, strict=True)) for row in rows)
    assert (styrene["main-chain atoms"], styrene["side-chain atoms"]) == (2, 6)
    assert (methylene["main-chain atoms"], methylene["side-chain atoms"]) == (1, 0)
    assert styrene["NumAromaticRings"] == 1
    assert styrene["MolWt [g/mol]"] == pytest.approx(104.15, abs=0.01)


@pytest.mark.parametrize(
    "unit", ["CCO", "*CC", "*C(*)C*", "**", "*=CC*", "not a unit", "*CC*.CCO", "*CC.CC*"]
)
def test_what_is_no_repeat_unit_fails(unit):
    assert set(described(PolymerDescriptors, Material.POLYMER, [unit]).failures) == {0}


def test_columns_as_given_and_failures():
    fields = {"t": (1.5, None, "hot", "2"), "p": (1.0, 2.0, 3.0, 4.0)}
    matrix = described(NumericColumns, Material.COLUMNS, [""] * 4, fields, ("t", "p"))
    assert matrix.blocks[0].values.tolist() == [[1.5, 1], [0, 0], [0, 0], [2, 4]]
    assert set(matrix.failures) == {1, 2}
    with pytest.raises(DataError, match="absent"):
        described(NumericColumns, Material.COLUMNS, [""] * 4, fields, ("absent",))


def test_digest_follows_the_pool():
    one = described(MoleculeDescriptors, Material.MOLECULE, ["CCO"])
    assert one.digest == described(MoleculeDescriptors, Material.MOLECULE, ["CCO"]).digest
    assert one.digest != described(MoleculeDescriptors, Material.MOLECULE, ["CCN"]).digest
