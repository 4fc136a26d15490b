from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from loop.core.ports import FeatureBlock, FeatureMatrix
from loop.surrogate.affine import AffineTransfer
from loop.surrogate.averages import ModelAverage, Stacking
from loop.surrogate.fine_tune import FineTune
from loop.surrogate.gp import GaussianProcess
from loop.surrogate.linear import LinearTransfer
from loop.surrogate.multi_task import MultiTask
from loop.surrogate.ridge import FrozenRidge
from loop.surrogate.shifted_surrogates import DensityRatio, RankWeighted
from loop.surrogate.transfer import TransferGaussianProcess
from loop.surrogate.tree_surrogates import FrozenFeatures, GradientBoosting, RandomForest
from loop.testing.surrogate_contract import SurrogateContract
from loop.testing.surrogate_problem import Problem


class _OnChemistry(SurrogateContract):
    rows = np.arange(0, 100, 5)
    settings: ClassVar[dict] = {}
    sources = True

    @pytest.fixture(autouse=True)
    def _chemistry(self, chemistry):
        self.chemistry = chemistry

    def surrogate(self):
        return self.cls(self.cls.Config(**self.settings))

    def problem(self):
        features = self.chemistry.with_sources() if self.sources else self.chemistry.features
        return Problem(features, self.rows, self.chemistry.data(self.rows))


class TestGaussianProcess(_OnChemistry):
    cls = GaussianProcess


class _WithOutlierAndNoise(_OnChemistry):
    settings: ClassVar[dict] = {"robust": True}

    def problem(self):
        plain = super().problem()
        y = plain.data.y.copy()
        y[3] += 10.0 * y.std()
        noise = np.linspace(0.001, 0.1, len(y)) * y.std() ** 2
        return Problem(plain.features, plain.rows, replace(plain.data, y=y, noise_variance=noise))


class TestRobustGaussianProcess(_WithOutlierAndNoise):
    cls = GaussianProcess
    sources = False


class TestRobustTransfer(_WithOutlierAndNoise):
    cls = TransferGaussianProcess


class TestTransfer(_OnChemistry):
    cls = TransferGaussianProcess


class TestTransferWithDraws(_OnChemistry):
    cls = TransferGaussianProcess
    settings: ClassVar[dict] = {"averaged_to": 30}


class TestTransferWithoutSources(_OnChemistry):
    cls = TransferGaussianProcess
    sources = False


class TestAffine(_OnChemistry):
    cls = AffineTransfer


class TestStacking(_OnChemistry):
    cls = Stacking


class TestModelAverage(_OnChemistry):
    cls = ModelAverage


class TestRandomForest(_OnChemistry):
    cls = RandomForest
    sources = False


class TestGradientBoosting(_OnChemistry):
    cls = GradientBoosting
    settings: ClassVar[dict] = {"trees": 20, "repeats": 1}
    sources = False


class TestFrozenFeatures(_OnChemistry):
    cls = FrozenFeatures


class TestFrozenFeaturesWithoutSources(_OnChemistry):
    cls = FrozenFeatures
    sources = False


class TestFrozenRidge(_OnChemistry):
    cls = FrozenRidge


class TestLinearTransfer(_OnChemistry):
    cls = LinearTransfer


class TestLinearTransferWithoutSources(_OnChemistry):
    cls = LinearTransfer
    sources = False


class TestDensityRatio(_OnChemistry):
    cls = DensityRatio


class TestRankWeighted(_OnChemistry):
    cls = RankWeighted


class TestMultiTask(_OnChemistry):
    cls = MultiTask
    settings: ClassVar[dict] = {"anchors": 20}


class TestMultiTaskWithoutSources(_OnChemistry):
    cls = MultiTask
    sources = False


class TestFineTune(_OnChemistry):
    cls = FineTune
    settings: ClassVar[dict] = {"steps": 40}


class TestFineTuneWithoutSources(_OnChemistry):
    cls = FineTune
    sources = False


class TestGaussianProcessWithAssay(_OnChemistry):
    cls = GaussianProcess

    def problem(self):
        p = super().problem()
        known = np.arange(100) % 5 < 3
        told = np.column_stack([np.where(known, self.chemistry.y, 0.0), known])
        block = FeatureBlock("assay a", "assay", ("a", "a measured"), told.astype(np.float32))
        features = FeatureMatrix((*self.chemistry.features.blocks, block), "with an assay")
        return Problem(features, p.rows, p.data)


class TestTransferWithAssay(TestGaussianProcessWithAssay):
    cls = TransferGaussianProcess
