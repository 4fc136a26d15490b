"""Defects known from other descriptor libraries, each with a test that this one has none of it."""

import multiprocessing

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import ConfigError
from loop.featurize.bundle import BlockFeaturizer, BlockSpec, BundleConfig, build_block
from loop.featurize.describe import describe_texts
from loop.featurize.molecules import parse_molecule
from loop.featurize.rdkit_2d_names import RDKIT_2D

KINDS = [
    "morgan", "rdkit-path", "atom-pair", "topological-torsion", "maccs", "pattern", "layered",
    "mhfp", "rdkit-2d",
]  # fmt: skip
SMILES = ["CC(=O)Nc1ccc(O)cc1", "CCO", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"]
POLYMERS = ["*CC(*)c1ccccc1", "*CC(C)(*)C(=O)OC", "*Oc1ccc(*)cc1"]


def blocks(*specs):
    return [build_block(BlockSpec(**spec)) for spec in specs]


def test_width_is_that_of_a_list_in_the_package():
    (block,) = blocks({"kind": "rdkit-2d"})
    assert len(block.columns) == len(RDKIT_2D) != len(Descriptors.descList)


@pytest.mark.parametrize("kind", KINDS)
def test_attachment_points_give_no_nan(kind):
    (found,) = describe_texts(blocks({"kind": kind}), Material.POLYMER, POLYMERS)
    assert not found.failures
    assert np.isfinite(found.values).all()
    assert found.values.any(axis=1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_values_are_arrays_never_lists_of_bits(kind):
    (found,) = describe_texts(blocks({"kind": kind}), Material.MOLECULE, SMILES)
    assert isinstance(found.values, np.ndarray)
    assert found.values.dtype == (np.float32 if kind == "rdkit-2d" else np.uint8)
    assert found.values.flags.c_contiguous


def test_one_kind_may_stand_side_by_side_in_several_variants():
    config = BundleConfig.model_validate(
        {
            "blocks": [
                {"kind": "morgan", "radius": 2},
                {"kind": "morgan", "radius": 3},
                {"kind": "morgan", "radius": 3, "values": "bits", "size": 512},
                {"kind": "morgan", "features": True},
                {"kind": "morgan", "add_hs": True, "chirality": True},
                {"kind": "mhfp"},
                {"kind": "mhfp", "radius": 2, "rings": False},
            ]
        }
    )
    ids = tuple("abc")
    pool = CandidatePool(Material.MOLECULE, ids, tuple(SMILES), ids)
    matrix = BlockFeaturizer(config).featurize(
        pool, PoolSpace(material=Material.MOLECULE, file="pool.csv")
    )
    names = [block.name for block in matrix.blocks]
    assert names == [
        "ECFP4 counts",
        "ECFP6 counts",
        "ECFP6 bits 512",
        "FCFP4 counts",
        "ECFP4 counts chiral with H",
        "SECFP6",
        "SECFP4 without rings",
    ]
    columns = [column for block in matrix.blocks for column in block.columns]
    assert len(columns) == len(set(columns))
    assert len({b.digest() for b in BlockFeaturizer(config).blocks}) == len(names)


def test_another_process_gives_the_same_numbers():
    every = blocks(*({"kind": kind} for kind in KINDS))
    here = describe_texts(every, Material.MOLECULE, SMILES)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.apply(describe_texts, (every, Material.MOLECULE, SMILES))
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one.values, other.values)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "layered"])
def test_added_hydrogens_change_the_numbers(kind):
    plain, explicit = describe_texts(
        blocks({"kind": kind}, {"kind": kind, "add_hs": True}), Material.MOLECULE, SMILES
    )
    assert (plain.values != explicit.values).any()


def test_added_hydrogens_that_would_be_ignored_are_refused():
    with pytest.raises(ConfigError, match="passes over hydrogens"):
        blocks({"kind": "layered", "add_hs": True})


def test_added_hydrogens_are_those_of_rdkit():
    (found,) = describe_texts(
        blocks({"kind": "rdkit-2d", "add_hs": True, "descriptors": ["Chi0", "BertzCT"]}),
        Material.MOLECULE,
        ["CCO"],
    )
    explicit = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    expected = [Descriptors.Chi0(explicit), Descriptors.BertzCT(explicit)]
    np.testing.assert_allclose(found.values[0], expected, rtol=1e-6)


def test_a_bad_item_is_named_and_hurts_no_other_row():
    texts = ["CCO", "C1CC(", "", "*CC*", "CCN"]
    (found,) = describe_texts(blocks({"kind": "morgan"}), Material.MOLECULE, texts)
    assert set(found.failures) == {1, 2, 3}
    assert "'C1CC('" in found.failures[1]
    assert "repeat unit is a polymer" in found.failures[3]
    assert found.values[[0, 4]].any(axis=1).all()
    assert not found.values[[1, 2, 3]].any()


def test_composition_counts_hydrogens_and_isotopes():
    forms = parse_molecule("[2H]C(Cl)(Cl)Cl.O", frozenset({"composition"}))
    assert forms["composition"] == {"C": 1, "Cl": 3, "H": 3, "O": 1}
