"""The numbers of the presets, which stored campaigns rest on."""

import numpy as np

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.featurize.block import NoOptions
from loop.featurize.presets import (
    CompositionDescriptors,
    CrystalDescriptors,
    MoleculeDescriptors,
    PolymerDescriptors,
)

PARACETAMOL = (
    {33: 1, 53: 1, 128: 1, 191: 1, 245: 1, 289: 2, 356: 2, 530: 1, 578: 1, 650: 1, 726: 4, 745: 1,
     754: 1, 792: 1, 807: 2, 843: 2, 849: 5, 893: 1, 1017: 1},
    [0.125, 10.52447, -0.115102, 2.736298, 1.363636, 1.909091, 151.165, 11.0, 1.3506, 42.4105,
     49.33, 64.6669, 2.0, 2.0, 3.0, 1.0, 58.0, 1.0, 1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 6.164863,
     3.249098, 2.22806, 7.59537, 3.05314, 253.3, -1.51, 0.0, 0.0, 0.0, 1.0, 1.0],
)  # fmt: skip


def test_the_preset_of_molecules_keeps_its_numbers():
    pool = CandidatePool(Material.MOLECULE, ("a",), ("CC(=O)Nc1ccc(O)cc1",), ("a",))
    space = PoolSpace(material=Material.MOLECULE, file="pool.csv")
    counts, reals = MoleculeDescriptors(NoOptions()).featurize(pool, space).blocks
    row = counts.values[0]
    assert {int(bit): int(row[bit]) for bit in np.flatnonzero(row)} == PARACETAMOL[0]
    np.testing.assert_allclose(reals.values[0], PARACETAMOL[1], rtol=1e-5)


def test_presets_name_blocks_that_exist():
    for cls in (
        MoleculeDescriptors, PolymerDescriptors, CompositionDescriptors, CrystalDescriptors,
    ):  # fmt: skip
        featurizer = cls(NoOptions())
        columns = [name for _, names in featurizer.columns() for name in names]
        assert len(columns) == len(set(columns))
        assert featurizer.digest() == cls(NoOptions()).digest()
