import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import MACCSkeys, rdFingerprintGenerator
from rdkit.Chem.rdMHFPFingerprint import MHFPEncoder

from loop.core.candidate import Material
from loop.errors import ConfigError
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.describe import describe_texts

SMILES = [
    "CC(=O)Nc1ccc(O)cc1",
    "C[C@H](N)C(=O)O",
    "O",
    "[Na+].[Cl-]",
    "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "CN1C=NC2=C1C(=O)N(C(=O)N2C)C",
    "C" * 300,
]
MOLECULES = [Chem.MolFromSmiles(smiles) for smiles in SMILES]
generator = rdFingerprintGenerator


def described(spec, texts, material=Material.MOLECULE):
    return describe_texts([build_block(BlockSpec(**spec))], material, texts)[0]


def features():
    return generator.GetMorganFeatureAtomInvGen()


GENERATORS = {
    "ecfp": ({"kind": "morgan"}, lambda: generator.GetMorganGenerator(radius=2)),
    "ecfp6 1024": (
        {"kind": "morgan", "radius": 3, "size": 1024},
        lambda: generator.GetMorganGenerator(radius=3, fpSize=1024),
    ),
    "fcfp": (
        {"kind": "morgan", "features": True},
        lambda: generator.GetMorganGenerator(radius=2, atomInvariantsGenerator=features()),
    ),
    "chiral": (
        {"kind": "morgan", "chirality": True},
        lambda: generator.GetMorganGenerator(radius=2, includeChirality=True),
    ),
    "path": ({"kind": "rdkit-path"}, generator.GetRDKitFPGenerator),
    "unbranched": (
        {"kind": "rdkit-path", "branched": False, "longest": 5},
        lambda: generator.GetRDKitFPGenerator(maxPath=5, branchedPaths=False),
    ),
    "pair": ({"kind": "atom-pair"}, generator.GetAtomPairGenerator),
    "pair 4": (
        {"kind": "atom-pair", "longest": 4, "chirality": True},
        lambda: generator.GetAtomPairGenerator(maxDistance=4, includeChirality=True),
    ),
    "torsion": (
        {"kind": "topological-torsion"},
        generator.GetTopologicalTorsionGenerator,
    ),
}


@pytest.mark.parametrize("case", GENERATORS)
@pytest.mark.parametrize("values", ["counts", "bits"])
def test_generator_fingerprints_are_those_of_rdkit_bit_for_bit(case, values):
    spec, make = GENERATORS[case]
    found = described({**spec, "values": values}, SMILES)
    assert not found.failures
    for row, molecule in zip(found.values, MOLECULES, strict=True):
        if values == "bits":
            expected = set(make().GetFingerprint(molecule).GetOnBits())
            assert set(np.flatnonzero(row)) == expected
            assert set(np.unique(row)) <= {0, 1}
        else:
            counts = make().GetCountFingerprint(molecule).GetNonzeroElements()
            expected = {bit: min(count, 255) for bit, count in counts.items()}
            assert {int(bit): int(row[bit]) for bit in np.flatnonzero(row)} == expected


def secfp(molecule, radius, rings, length):
    order = np.argsort(Chem.CanonicalRankAtoms(molecule)).tolist()
    ordered = Chem.RenumberAtoms(molecule, order)
    return MHFPEncoder().EncodeSECFPMol(ordered, radius, rings, False, True, 1, length)


BITS = {
    "pattern": ({"kind": "pattern"}, Chem.PatternFingerprint),
    "layered": ({"kind": "layered"}, Chem.LayeredFingerprint),
    "layered 4": (
        {"kind": "layered", "longest": 4, "size": 512},
        lambda m: Chem.LayeredFingerprint(m, maxPath=4, fpSize=512),
    ),
    "secfp": ({"kind": "mhfp"}, lambda m: secfp(m, 3, True, 2048)),
    "secfp4": (
        {"kind": "mhfp", "radius": 2, "rings": False, "size": 1024},
        lambda m: secfp(m, 2, False, 1024),
    ),
}


@pytest.mark.parametrize("case", BITS)
def test_bit_fingerprints_are_those_of_rdkit_bit_for_bit(case):
    spec, vector = BITS[case]
    found = described(spec, SMILES)
    for row, molecule in zip(found.values, MOLECULES, strict=True):
        assert np.flatnonzero(row).tolist() == list(vector(molecule).GetOnBits())


def test_maccs_column_k_is_key_k():
    block = build_block(BlockSpec(kind="maccs"))
    found = described({"kind": "maccs"}, SMILES)
    assert found.values.shape == (len(SMILES), 166)
    assert block.columns[0] == "MACCS 1"
    for row, molecule in zip(found.values, MOLECULES, strict=True):
        expected = list(MACCSkeys.GenMACCSKeys(molecule).GetOnBits())
        assert (np.flatnonzero(row) + 1).tolist() == expected


@pytest.mark.parametrize(
    "kind",
    [
        "morgan",
        "rdkit-path",
        "atom-pair",
        "topological-torsion",
        "maccs",
        "pattern",
        "layered",
    ],
)
def test_counts_per_unit_do_not_depend_on_how_the_polymer_is_written(kind):
    texts = ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*", "*CC(c1ccccc1)CC(*)c1ccccc1"]
    found = described({"kind": kind}, texts, Material.POLYMER)
    assert not found.failures
    assert found.values[0].any()
    assert (found.values == found.values[0]).all()


def test_morgan_counts_of_a_polymer_are_those_of_the_middle_of_a_long_oligomer():
    found = described({"kind": "morgan", "radius": 3}, ["*CC(*)c1ccccc1"], Material.POLYMER)

    def counts(units):
        molecule = Chem.MolFromSmiles("C" + "CC(c1ccccc1)" * units + "C")
        fingerprint = generator.GetMorganGenerator(radius=3).GetCountFingerprintAsNumPy(molecule)
        return fingerprint.astype(int)

    np.testing.assert_array_equal(found.values[0], counts(13) - counts(12))


def test_size_below_a_sensible_one_is_refused():
    with pytest.raises(ConfigError, match="size"):
        build_block(BlockSpec(kind="morgan", size=3))


def test_tanimoto_of_bits_is_that_of_rdkit():
    found = described({"kind": "morgan", "values": "bits"}, SMILES[:2]).values.astype(int)
    own = np.minimum(*found).sum() / np.maximum(*found).sum()
    vectors = [generator.GetMorganGenerator(radius=2).GetFingerprint(m) for m in MOLECULES[:2]]
    assert own == pytest.approx(DataStructs.TanimotoSimilarity(*vectors))
