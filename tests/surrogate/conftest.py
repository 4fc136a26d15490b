import warnings
from dataclasses import dataclass

import numpy as np
import pytest

with warnings.catch_warnings():
    # torch.jit.script is deprecated and called while linear_operator is imported.
    warnings.simplefilter("ignore", DeprecationWarning)
    import botorch  # noqa: F401

from rdkit import Chem
from rdkit.Chem import QED, rdFingerprintGenerator
from rdkit.Chem.Crippen import MolLogP, MolMR
from rdkit.Chem.Descriptors import TPSA, MolWt
from rdkit.Chem.rdMolDescriptors import BCUT2D, SlogP_VSA_

from loop.core.canonical import digest
from loop.core.dataset import TrainingData
from loop.core.ports import FeatureBlock, FeatureMatrix


@dataclass
class Chemistry:
    features: FeatureMatrix
    y: np.ndarray
    sources: tuple[FeatureBlock, ...] = ()

    def with_sources(self, order=None):
        """The same pool with source blocks; `order` deals them to the wrong molecules."""
        order = np.arange(len(self.y)) if order is None else order
        dealt = tuple(
            FeatureBlock(b.name, b.kind, b.columns, b.values[order]) for b in self.sources
        )
        name = digest(self.features.digest + order.tobytes().hex())
        return FeatureMatrix((*self.features.blocks, *dealt), name)

    def data(self, rows, y=None, noise=None):
        values = (self.y if y is None else y)[rows].astype(float)
        ids = tuple(f"c{r:03d}" for r in rows)
        variance = None if noise is None else np.full(len(rows), noise)
        return TrainingData(ids, values, variance, np.ones(len(rows), dtype=np.int64), 1)


@pytest.fixture(scope="session")
def chemistry():
    parts = (
        ("C", "CCC", "OCC", "c1ccccc1C", "C1CCCCC1"),
        ("C", "O", "N", "C(=O)", "S"),
        ("C", "CO", "CCl", "CC#N"),
    )
    smiles = sorted({a + b + c for a in parts[0] for b in parts[1] for c in parts[2]})
    molecules = [Chem.MolFromSmiles(s) for s in smiles]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    counts = np.array([generator.GetCountFingerprintAsNumPy(m) for m in molecules]).astype(np.uint8)
    reals = np.array([[MolWt(m), TPSA(m), 7.0] for m in molecules], dtype=np.float32)
    blocks = (
        FeatureBlock("Morgan", "counts", tuple(map(str, range(1024))), counts),
        FeatureBlock("descriptors", "reals", ("w", "tpsa", "constant"), reals),
    )
    features = FeatureMatrix(blocks, digest("\n".join(smiles)))
    predicted = np.array([[MolLogP(m), MolMR(m)] for m in molecules], dtype=np.float32)
    deep = np.array([[*SlogP_VSA_(m), *BCUT2D(m)] for m in molecules], dtype=np.float32)
    names = tuple(f"f{i}" for i in range(deep.shape[1]))
    sources = (
        FeatureBlock("sources", "source-predictions", ("logP", "molar refractivity"), predicted),
        FeatureBlock("trunk", "source-features", names, deep),
    )
    return Chemistry(features, np.array([QED.qed(m) for m in molecules]), sources)
