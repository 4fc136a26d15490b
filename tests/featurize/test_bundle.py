import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.errors import ConfigError, MissingExtraError
from loop.featurize.bundle import BlockFeaturizer, BlockSpec, BundleConfig, build_block
from loop.featurize.catalogue import known_blocks

SPACE = PoolSpace(material=Material.MOLECULE, file="pool.csv")


def pool_of(structures, **fields):
    ids = tuple(f"c{i}" for i in range(len(structures)))
    return CandidatePool(Material.MOLECULE, ids, tuple(structures), ids, fields)


def bundle(*blocks, **options):
    return BlockFeaturizer(BundleConfig.model_validate({"blocks": blocks, **options}))


def test_two_variants_of_one_block_stand_side_by_side(small_blocks):
    both = bundle({"kind": "small-morgan", "radius": 0}, {"kind": "small-morgan", "radius": 3})
    matrix = both.featurize(pool_of(["CCO"]), SPACE)
    assert [block.name for block in matrix.blocks] == ["Morgan 0", "Morgan 3"]
    # Radius 0 counts atoms: three of them.
    assert matrix.blocks[0].values.sum() == 3
    assert matrix.blocks[1].values.sum() > 3


def test_blocks_that_are_built_already_give_the_same_numbers(small_blocks):
    pool = pool_of(["CCO", "c1ccccc1"])
    block = small_blocks.SmallMorgan(small_blocks.SmallMorgan.Config())
    given = BlockFeaturizer.of(block).featurize(pool, SPACE)
    named = bundle({"kind": "small-morgan"}).featurize(pool, SPACE)
    np.testing.assert_array_equal(given.blocks[0].values, named.blocks[0].values)
    assert given.digest == named.digest


def test_a_substance_in_a_column_is_described_and_named(small_blocks):
    pool = pool_of(["CCO", "CCN", "CCC"], solvent=("O", "ClCCl", "O"), t=(20.0, 30.0, 40.0))
    matrix = bundle(
        {"kind": "small-weights"},
        {"kind": "small-fields", "columns": ["t"]},
        {"kind": "small-weights", "of": "solvent", "material": "molecule"},
    ).featurize(pool, SPACE)
    names = [column for block in matrix.blocks for column in block.columns]
    assert names == [
        "mass [g/mol]", "logP", "t", "mass [g/mol] of solvent", "logP of solvent",
    ]  # fmt: skip
    water, dichloromethane = (Descriptors.MolWt(Chem.MolFromSmiles(s)) for s in ("O", "ClCCl"))
    assert matrix.blocks[2].values[:, 0].tolist() == [water, dichloromethane, water]
    assert matrix.blocks[1].values[:, 0].tolist() == [20, 30, 40]


def test_failures_name_the_block_and_keep_their_rows(small_blocks):
    matrix = bundle({"kind": "small-morgan"}, {"kind": "small-weights"}).featurize(
        pool_of(["CCO", "OB(O)O", "C1CC", "CCO"]), SPACE
    )
    assert matrix.failures[1] == "weights: no parameters for boron"
    assert "C1CC" in matrix.failures[2]
    assert set(matrix.failures) == {1, 2}
    assert not matrix.blocks[1].values[[1, 2]].any()
    np.testing.assert_array_equal(matrix.blocks[0].values[0], matrix.blocks[0].values[3])


def test_an_empty_pool_has_no_rows(small_blocks):
    matrix = bundle({"kind": "small-morgan"}).featurize(pool_of([]), SPACE)
    assert matrix.blocks[0].values.shape == (0, 256)


def test_a_value_that_is_not_finite_is_refused_with_its_place(small_blocks):
    broken = bundle({"kind": "fragile", "at": "CCO", "how": "nan"})
    with pytest.raises(ValueError, match="'atoms' of 'OCC'"):
        broken.featurize(pool_of(["CC", "OCC"]), SPACE)


def test_how_it_is_computed_does_not_enter_the_digest(small_blocks):
    plain = bundle({"kind": "small-morgan"})
    assert plain.digest() == bundle({"kind": "small-morgan"}, workers=2, cache_bytes=10).digest()
    assert plain.digest() != bundle({"kind": "small-morgan", "radius": 3}).digest()


def test_what_is_unknown_refused_or_missing_is_named(small_blocks):
    with pytest.raises(ConfigError, match=r"did you mean 'small-morgan'") as unknown:
        build_block(BlockSpec(kind="smal-morgan"))
    assert "small-weights" in str(unknown.value)
    with pytest.raises(ConfigError, match="radus"):
        build_block(BlockSpec.model_validate({"kind": "small-morgan", "radus": 2}))
    with pytest.raises(MissingExtraError, match="a_package_that_nobody_has"):
        build_block(BlockSpec(kind="lacking"))
    with pytest.raises(ConfigError, match="'temperature'; the pool has t"):
        bundle({"kind": "small-morgan", "of": "temperature", "material": "molecule"}).featurize(
            pool_of(["C"], t=(1.0,)), SPACE
        )


def test_the_list_of_blocks_says_what_each_reads_and_needs(small_blocks):
    known = {block.name: block for block in known_blocks()}
    assert (known["small-morgan"].reads, known["small-morgan"].d) == ("molecule", 256)
    assert known["small-weights"].values == "reals"
    assert known["small-fields"].remark == "needs columns"
    assert "a_package_that_nobody_has" in known["lacking"].remark
