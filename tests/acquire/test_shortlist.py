"""The shortlist against a plain reading of its rule, and the batch against that of the whole pool."""

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from loop.acquire.logei import LogExpectedImprovement
from loop.acquire.shortlist import best_apart
from loop.core.objective import Maximize, TargetRange
from loop.core.ports import ChoiceRequest, FeatureBlock, FeatureMatrix

OBSERVED = np.arange(0, 100, 4)


@pytest.fixture(scope="session")
def polymers():
    """Homologues, near twins of each other, and their RDKit fingerprints."""
    smiles = [
        f"*{'C' * n}OC(=O){core}C(=O)O*"
        for n in range(2, 14)
        for core in ("c1ccc(cc1)", "c1cc(ccc1)", "CC", "C(F)C")
    ]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    return [generator.GetCountFingerprint(Chem.MolFromSmiles(s)) for s in smiles]


def matrix(fingerprints):
    counts = np.zeros((len(fingerprints), 1024), dtype=np.uint8)
    for row, fingerprint in zip(counts, fingerprints, strict=True):
        for bit, n in fingerprint.GetNonzeroElements().items():
            row[bit] = n
    half = tuple(map(str, range(512)))
    blocks = (
        FeatureBlock("low", "counts", half, counts[:, :512]),
        FeatureBlock("high", "counts", half, counts[:, 512:]),
    )
    return FeatureMatrix(blocks, "polymers")


@pytest.mark.parametrize("size", [2, 5, 12, 48])
@pytest.mark.parametrize("above", [0.6, 0.9])
def test_twins_of_a_better_row_are_passed_over(polymers, size, above):
    alone = np.random.default_rng(1).normal(size=len(polymers))
    expected = []
    for place in np.argsort(-alone):
        alike = [DataStructs.TanimotoSimilarity(polymers[place], polymers[i]) for i in expected]
        if len(expected) < size and max(alike, default=0.0) <= above:
            expected.append(int(place))
    rows = np.arange(len(polymers))
    found = best_apart(alone, rows, matrix(polymers), size, above)
    assert found.tolist() == expected
    assert len(expected) < len(polymers) or above == 1


def test_places_are_those_of_the_rows_handed_in(polymers):
    rows = np.array([40, 3, 22, 7])
    found = best_apart(np.array([0.1, 0.4, 0.3, 0.2]), rows, matrix(polymers), 3, 1.0)
    assert found.tolist() == [1, 2, 3]


def test_without_counts_nothing_is_a_twin():
    reals = FeatureMatrix((FeatureBlock("r", "reals", ("a",), np.zeros((5, 1))),), "r")
    assert best_apart(np.arange(5.0), np.arange(5), reals, 3, 0.5).tolist() == [4, 3, 2]


@pytest.mark.parametrize(
    "objective", [Maximize(property="p"), TargetRange(property="p", low=0.60, high=0.62)]
)
def test_the_shortlist_gives_the_batch_of_the_whole_pool(chemistry, objective):
    from loop.surrogate.gp import GaussianProcess

    model = GaussianProcess(GaussianProcess.Config()).fit(
        chemistry.features, OBSERVED, chemistry.data(OBSERVED), 0
    )
    none = np.array([], dtype=np.intp)
    asked = ChoiceRequest(
        model, chemistry.features, np.arange(100), OBSERVED, chemistry.y[OBSERVED], none, objective, 4, 3
    )  # fmt: skip

    def batch(shortlist):
        config = LogExpectedImprovement.Config(shortlist=shortlist)
        return [c.row for c in LogExpectedImprovement(config).choose(asked)]

    assert batch(20) == batch(2000)
