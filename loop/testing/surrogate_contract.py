"""What every surrogate must hold, as tests to inherit.

A plug-in author subclasses `SurrogateContract` in a test module, fills in the two methods, and
runs pytest. The contract is what lets the loop store a model, read it back in another process and
choose a batch from it.
"""

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from botorch.models import ModelList
from botorch.sampling.normal import SobolQMCNormalSampler

from loop.core.dataset import TrainingData
from loop.core.ports import FeatureMatrix, FittedSurrogate, Rows, Surrogate
from loop.errors import ModelError
from loop.testing.surrogate_problem import Problem, write_problem

_SEED = 7

_FRESH = """
import json, sys
from pathlib import Path
import numpy as np
from importlib import import_module
from loop.testing.surrogate_problem import read_problem
here = Path(sys.argv[1])
told = json.loads((here / "told.json").read_text())
cls = getattr(import_module(told["module"]), told["name"])
surrogate = cls(cls.Config.model_validate(told["config"]))
problem = read_problem(here)
every = np.arange(len(problem.features))
loaded = surrogate.load((here / "model").read_bytes(), problem.features)
again = surrogate.fit(problem.features, problem.rows, problem.data, told["seed"])
bits = [[v.tobytes().hex() for v in m.posterior(every)] for m in (loaded, again)]
print(json.dumps([*bits, again.dump().hex(), loaded.dump().hex()]))
"""


class SurrogateContract(ABC):
    """Tests of one surrogate on one problem.

    Attributes:
        order_tolerance: Largest change of a prediction by the order of observations, in ranges
            of y.
    """

    order_tolerance: ClassVar[float] = 1e-3

    @abstractmethod
    def surrogate(self) -> Any:
        """Return the surrogate built anew, with the settings to be tested."""

    @abstractmethod
    def problem(self) -> Problem:
        """Return the problem, always the same."""

    def fitted(self) -> FittedSurrogate:
        """Return the surrogate fitted on the problem."""
        return fit(self.surrogate(), self.problem())

    def test_predictions_are_finite_and_uncertain(self) -> None:
        """Every row has a finite mean and a positive, finite sd."""
        problem = self.problem()
        mean, sd = self.fitted().posterior(every_row(problem))
        assert mean.shape == sd.shape == (len(problem.features),)
        assert np.isfinite(mean).all()
        assert np.isfinite(sd).all()
        assert (sd > 0).all()

    def test_the_report_tells_of_these_observations(self) -> None:
        """Parity points are the observations, in their order."""
        problem, report = self.problem(), self.fitted().report
        assert report.n_observations == len(problem.data)
        assert tuple(p.candidate_id for p in report.parity) == problem.data.candidate_ids
        assert [p.observed for p in report.parity] == problem.data.y.tolist()
        assert all(p.sd > 0 for p in report.parity)
        assert report.model_validate_json(report.model_dump_json()) == report

    def test_a_row_is_predicted_the_same_in_any_company(self) -> None:
        """Order and number of the rows asked for change nothing."""
        fitted, rows = self.fitted(), every_row(self.problem())
        order = np.random.default_rng(1).permutation(len(rows))
        for whole, mixed in zip(fitted.posterior(rows), fitted.posterior(rows[order]), strict=True):
            np.testing.assert_allclose(whole[order], mixed, rtol=1e-9, atol=1e-9 * np.ptp(whole))
        alone = fitted.posterior(rows[3:4])
        np.testing.assert_allclose(
            np.array(alone)[:, 0], np.array(fitted.posterior(rows))[:, 3], rtol=1e-6
        )
        assert len(fitted.posterior(rows[:0])[0]) == 0

    def test_order_of_observations_changes_nothing(self) -> None:
        """The same observations in another order give the same predictions."""
        problem = self.problem()
        order = np.random.default_rng(2).permutation(len(problem.rows))
        d = problem.data
        noise = None if d.noise_variance is None else d.noise_variance[order]
        ids = tuple(d.candidate_ids[i] for i in order)
        turned = TrainingData(ids, d.y[order], noise, d.replicates[order], d.version)
        other = self.surrogate().fit(problem.features, problem.rows[order], turned, _SEED)
        rows = every_row(problem)
        spread = float(np.ptp(d.y))
        for one, two in zip(self.fitted().posterior(rows), other.posterior(rows), strict=True):
            np.testing.assert_allclose(one, two, atol=self.order_tolerance * spread)

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        """A fit can be repeated."""
        assert self.fitted().dump() == self.fitted().dump()

    def test_a_fresh_process_loads_and_refits_the_same_bits(self, tmp_path: Path) -> None:
        """What was stored predicts the same bits in another process, and so does a new fit."""
        problem, fitted, surrogate = self.problem(), self.fitted(), self.surrogate()
        write_problem(problem, tmp_path)
        (tmp_path / "model").write_bytes(fitted.dump())
        told = {
            "module": type(surrogate).__module__,
            "name": type(surrogate).__name__,
            "config": surrogate.config.model_dump(mode="json"),
            "seed": _SEED,
        }
        (tmp_path / "told.json").write_text(json.dumps(told))
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-W", "ignore", "-c", _FRESH, str(tmp_path)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        loaded, again, dumped, kept = json.loads(done.stdout)
        here = [v.tobytes().hex() for v in fitted.posterior(every_row(problem))]
        assert loaded == here
        assert again == here
        assert dumped == kept == fitted.dump().hex()

    def test_other_bytes_are_refused(self) -> None:
        """Damaged bytes, bytes of another model and bytes of other features are errors."""
        problem, content, surrogate = self.problem(), self.fitted().dump(), self.surrogate()
        other = FeatureMatrix(problem.features.blocks, "0" * 64)
        with pytest.raises(ModelError, match="other features"):
            surrogate.load(content, other)
        renamed = content.replace(b"synthloop/", b"synthlooP/", 1)
        for bad in (b"", b"nonsense bytes", content[:-9], renamed):
            with pytest.raises(ModelError):
                surrogate.load(bad, problem.features)

    def test_observations_that_cannot_be_used_are_refused(self) -> None:
        """Too few, not a number, without features: an error that says which."""
        p, surrogate = self.problem(), self.surrogate()
        few = surrogate.minimum - 1
        with pytest.raises(ModelError, match=str(surrogate.minimum)):
            surrogate.fit(p.features, p.rows[:few], first(p.data, few), _SEED)
        y = p.data.y.copy()
        y[3] = np.nan
        broken = TrainingData(p.data.candidate_ids, y, None, p.data.replicates, p.data.version)
        with pytest.raises(ModelError, match=p.data.candidate_ids[3]):
            surrogate.fit(p.features, p.rows, broken, _SEED)
        failed = FeatureMatrix(p.features.blocks, "d", {int(p.rows[2]): "unreadable"})
        with pytest.raises(ModelError, match="unreadable"):
            surrogate.fit(failed, p.rows, p.data, _SEED)

    def test_equal_observations_are_predicted_and_warned_of(self) -> None:
        """A constant gives the constant, not an error."""
        p = self.problem()
        same = TrainingData(
            p.data.candidate_ids, np.full(len(p.data), 4.0), None, p.data.replicates, 1
        )
        fitted = self.surrogate().fit(p.features, p.rows, same, _SEED)
        mean, sd = fitted.posterior(every_row(p))
        np.testing.assert_allclose(mean, 4.0)
        assert np.isfinite(sd).all()
        assert (sd > 0).all()
        assert any("all observations are equal" in w for w in fitted.report.warnings)

    def test_the_botorch_model_says_the_same(self) -> None:
        """Mean and sd of `botorch_model` are those of `posterior`."""
        fitted, rows = self.fitted(), every_row(self.problem())
        mean, sd = fitted.posterior(rows)
        with torch.no_grad():
            other = fitted.botorch_model().posterior(fitted.inputs(rows))
            noisy = fitted.botorch_model().posterior(fitted.inputs(rows), observation_noise=True)
        scale = float(np.ptp(mean)) + float(sd.max())
        np.testing.assert_allclose(other.mean.numpy()[:, 0], mean, atol=1e-6 * scale)
        np.testing.assert_allclose(
            other.variance.sqrt().numpy()[:, 0], sd, rtol=1e-4, atol=1e-6 * scale
        )
        assert (noisy.variance >= other.variance).all()

    def test_batches_are_answered_one_by_one(self) -> None:
        """A batch of row sets has the posterior of each set."""
        fitted, rows = self.fitted(), every_row(self.problem())
        sets = np.array([rows[[0, 1, 2]], rows[[2, 5, 9]]])
        model = fitted.botorch_model()
        x = torch.stack([fitted.inputs(s) for s in sets])
        with torch.no_grad():
            together = model.posterior(x)
            for k, one in enumerate(sets):
                alone = model.posterior(fitted.inputs(one))
                torch.testing.assert_close(together.mean[k], alone.mean)
                torch.testing.assert_close(together.variance[k], alone.variance)
        assert together.rsample(torch.Size([4])).shape == (4, 2, 3, 1)

    def test_conditioning_moves_the_mean_and_narrows_the_sd(self) -> None:
        """A further observation is believed where it was made."""
        fitted, rows = self.fitted(), every_row(self.problem())
        free = np.setdiff1d(rows, self.problem().rows)[:2].astype(np.intp)
        model, x = fitted.botorch_model(), fitted.inputs(free)
        with torch.no_grad():
            before = model.posterior(x)
            told = before.mean[:1] + 3.0 * before.variance[:1].sqrt()
            after = model.condition_on_observations(x[:1], told).posterior(x)
        assert after.mean[0] > before.mean[0]
        assert after.mean[0] <= told[0] * (1 + 1e-9) + 1e-9
        assert after.variance[0] < before.variance[0]

    def test_fantasies_and_lists_of_models_work(self) -> None:
        """What look-ahead and multi-objective acquisitions ask of a model."""
        fitted, rows = self.fitted(), every_row(self.problem())
        model, x = fitted.botorch_model(), fitted.inputs(rows[:5])
        sampler = SobolQMCNormalSampler(torch.Size([3]), seed=1)
        with torch.no_grad():
            fantasy = model.fantasize(x[:2], sampler)
            assert fantasy.posterior(x[2:]).mean.shape == (3, 3, 1)
            assert torch.isfinite(fantasy.posterior(x[2:]).variance).all()
            both: Any = ModelList(model, model).posterior(x)
        assert both.mean.shape == (5, 2)


def fit(surrogate: Surrogate, problem: Problem) -> FittedSurrogate:
    """Return a surrogate fitted on a problem."""
    fitted: FittedSurrogate = surrogate.fit(problem.features, problem.rows, problem.data, _SEED)
    return fitted


def every_row(problem: Problem) -> Rows:
    """Return all rows of a problem's pool."""
    return np.arange(len(problem.features), dtype=np.intp)


def first(data: TrainingData, n: int) -> TrainingData:
    """Return the first n observations."""
    noise = None if data.noise_variance is None else data.noise_variance[:n]
    return TrainingData(data.candidate_ids[:n], data.y[:n], noise, data.replicates[:n], 1)
