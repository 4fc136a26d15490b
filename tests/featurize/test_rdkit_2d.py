# ruff: noqa: PD011 - `values` is that of a block, not of a frame.
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.core.candidate import Material
from loop.errors import ConfigError, MissingExtraError
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts
from loop.featurize.rdkit_2d_names import RDKIT_2D

SHARED = Path(__file__).parents[3] / "shared" / "data" / "polymers"
SMILES = ["CC(=O)Nc1ccc(O)cc1", "O", "[Na+].[Cl-]", "C[Se]c1ccccc1", "[Ar]", "CC(C)(C)O"]


def described(texts, material=Material.MOLECULE, **options):
    block = build_block(BlockSpec(kind="rdkit-2d", **options))
    return describe_texts([block], material, texts)[0]


def test_descriptors_are_those_of_rdkit():
    found = described(SMILES)
    assert not found.failures
    functions = dict(Descriptors.descList)
    for row, smiles in zip(found.values, SMILES, strict=True):
        expected = [functions[name](Chem.MolFromSmiles(smiles)) for name in RDKIT_2D]
        np.testing.assert_array_equal(row, np.array(expected, dtype=np.float32))


def test_width_and_order_are_in_the_package_not_in_rdkit():
    block = build_block(BlockSpec(kind="rdkit-2d"))
    assert len(block.columns) == len(set(block.columns)) == len(RDKIT_2D) == 202
    assert block.columns[5] == "MolWt [g/mol]"
    assert len(Descriptors.descList) != 202


def test_own_list_keeps_its_order_and_is_in_the_digest():
    one = build_block(BlockSpec(kind="rdkit-2d", descriptors=["TPSA", "MolWt"]))
    other = build_block(BlockSpec(kind="rdkit-2d", descriptors=["MolWt", "TPSA"]))
    assert one.columns == ("TPSA [angstrom2]", "MolWt [g/mol]")
    assert one.digest() != other.digest()
    assert build_block(BlockSpec(kind="rdkit-2d")).digest() != one.digest()


def test_a_descriptor_that_rdkit_lacks_is_refused_at_once():
    with pytest.raises(ConfigError, match="'MolWeight'") as caught:
        build_block(BlockSpec(kind="rdkit-2d", descriptors=["MolWeight"]))
    assert "MolWt" in caught.value.hint
    with pytest.raises(ConfigError, match="listed twice: TPSA"):
        build_block(BlockSpec(kind="rdkit-2d", descriptors=["TPSA", "TPSA"]))


def test_an_undefined_descriptor_is_a_failure_that_names_it():
    found = described(["CCO", "C[Se]c1ccccc1"], descriptors=["MolWt", "MaxPartialCharge"])
    assert set(found.failures) == {1}
    assert "MaxPartialCharge" in found.failures[1]
    assert "[Se]" in found.failures[1]
    assert not found.values[1].any()


def test_heavy_tailed_descriptor_is_in_log_form():
    block = build_block(BlockSpec(kind="rdkit-2d", descriptors=["Ipc"]))
    assert block.columns == ("log1p Ipc",)
    expected = np.log1p(Descriptors.Ipc(Chem.MolFromSmiles("CC(C)(C)CC")))
    assert described(["CC(C)(C)CC"], descriptors=["Ipc"]).values[0, 0] == pytest.approx(expected)


def test_descriptors_of_a_polymer_are_per_repeat_unit_without_the_artificial_ring():
    names = ["MolWt", "RingCount", "NumRotatableBonds", "FractionCSP3", "NumAromaticRings"]
    texts = ["*CC(*)c1ccccc1", "*OCCOCC*", "*CC(c1ccccc1)CC(*)c1ccccc1"]
    found = described(texts, Material.POLYMER, descriptors=names)
    np.testing.assert_allclose(found.values[0], [104.152, 1, 3, 0.25, 1], rtol=1e-5)
    np.testing.assert_allclose(found.values[1], [44.053, 0, 3, 1, 0], rtol=1e-5)
    np.testing.assert_array_equal(found.values[2], found.values[0])


@pytest.mark.shared_data
@pytest.mark.slow
def test_1000_polymers_of_the_shared_data_have_finite_descriptors():
    path = SHARED / "polymetrix_tg.csv.gz"
    if not path.exists():
        pytest.skip(f"needs {path}")
    texts = pd.read_csv(path).psmiles.sample(1000, random_state=1).tolist()
    found = described(texts, Material.POLYMER)
    assert not found.failures
    assert np.isfinite(found.values).all()
    assert (np.abs(found.values).max(axis=1) > 0).all()


def test_mordred_has_a_fixed_list_and_its_own_numbers():
    mordred = pytest.importorskip("mordred", reason="needs the extra mordred")
    from mordred import descriptors

    from loop.featurize.mordred_2d_names import MORDRED_2D

    block = build_block(BlockSpec(kind="mordred"))
    assert block.columns == tuple(f"mordred {name}" for name in MORDRED_2D)
    found = describe_texts([block], Material.MOLECULE, ["CC(=O)Nc1ccc(O)cc1", "O"])[0]
    assert not found.failures
    result = mordred.Calculator(descriptors, ignore_3D=True)(Chem.MolFromSmiles("O")).asdict()
    expected = [float(result[name]) for name in MORDRED_2D]
    np.testing.assert_allclose(found.values[1], expected, rtol=1e-6)


def test_mordred_names_an_undefined_descriptor_and_refuses_an_unknown_one():
    pytest.importorskip("mordred", reason="needs the extra mordred")
    block = build_block(BlockSpec(kind="mordred", descriptors=["MW", "AATS8m"]))
    found = describe_texts([block], Material.MOLECULE, ["O"])[0]
    assert "AATS8m" in found.failures[0]
    with pytest.raises(ConfigError, match="Mordred"):
        build_block(BlockSpec(kind="mordred", descriptors=["nothing"]))


def test_without_mordred_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mordred", None)
    monkeypatch.delitem(sys.modules, "loop.featurize.mordred_2d", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        build_block(BlockSpec(kind="mordred"))
    assert "synthloop[mordred]" in caught.value.hint
