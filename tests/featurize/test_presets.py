"""The numbers of the presets, which stored campaigns rest on."""

import numpy as np
import pytest

from loop.core.candidate import CandidatePool, Material
from loop.core.definition import PoolSpace
from loop.featurize.molecules import MorganDescriptors
from loop.featurize.polymers import PolymerDescriptors

PARACETAMOL = (
    {33: 1, 53: 1, 128: 1, 191: 1, 245: 1, 289: 2, 356: 2, 530: 1, 578: 1, 650: 1, 726: 4, 745: 1,
     754: 1, 792: 1, 807: 2, 843: 2, 849: 5, 893: 1, 1017: 1},
    [0.125, 10.52447, -0.115102, 2.736298, 1.363636, 1.909091, 5.024965, 11.0, 1.3506, 42.4105,
     49.33, 4.184595, 2.0, 2.0, 3.0, 1.0, 58.0, 1.0, 1.0, 0.0, 0.0, 1.0, 2.0, 3.0, 6.164863,
     3.249098, 2.22806, 2.151224, 1.399491, 5.538513, -1.51, 0.0, 0.0, 0.0, 1.0, 1.0],
)  # fmt: skip
POLYSTYRENE = (
    {64: 3, 134: 1, 175: 2, 255: 1, 268: 1, 356: 1, 389: 1, 633: 1, 639: 2, 725: 1, 726: 2, 849: 5,
     926: 1, 976: 1, 1019: 1},
    [0.25, 2.338351, 0.572533, 1.546193, 0.28125, 0.46875, 4.655407, 8.0, 2.1739, 33.8, 0.0,
     3.894451, 0.0, 0.0, 0.0, 1.0, 40.0, 1.25, 1.0, 0.25, 0.0, 1.0, 0.0, 0.0, 4.671208, 3.015855,
     2.343309, 1.823112, 1.252838, 5.398116, -0.78, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0, 6.0],
)  # fmt: skip
NYLON_6 = (
    {2: 1, 4: 3, 90: 1, 278: 1, 305: 1, 310: 1, 314: 1, 325: 1, 356: 1, 551: 1, 650: 1, 685: 1,
     714: 1, 766: 1, 842: 1, 926: 5, 931: 1},
    [0.8333333, 11.32408, 0.1676806, 2.229819, 0.625, 1.0625, 4.737601, 8.0, 0.6766, 31.4777, 29.1,
     3.903694, 1.0, 1.0, 2.0, 0.0, 46.0, 0.5, 0.0, 0.5, 0.0, 0.0, 1.0, 2.0, 4.943782, 3.161231,
     2.160613, 2.015365, 1.62275, 4.538275, -0.53, 0.0, 0.0, 0.0, 1.0, 1.0, 7.0, 1.0],
)  # fmt: skip


@pytest.mark.parametrize(
    ("cls", "material", "text", "expected"),
    [
        (MorganDescriptors, Material.MOLECULE, "CC(=O)Nc1ccc(O)cc1", PARACETAMOL),
        (PolymerDescriptors, Material.POLYMER, "*CC(*)c1ccccc1", POLYSTYRENE),
        (PolymerDescriptors, Material.POLYMER, "*NCCCCCC(=O)*", NYLON_6),
    ],
)
def test_presets_keep_their_numbers(cls, material, text, expected):
    pool = CandidatePool(material, ("a",), (text,), ("a",))
    counts, reals = (
        cls(cls.Config()).featurize(pool, PoolSpace(material=material, file="pool.csv")).blocks
    )
    row = counts.values[0]
    assert {int(bit): int(row[bit]) for bit in np.flatnonzero(row)} == expected[0]
    np.testing.assert_allclose(reals.values[0], expected[1], rtol=1e-6)
