"""What is said of a model, against the distribution that the verdict rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from loop.core.proposal import ModelReport
from loop.report.model_words import coverage_in_words, verdict


def report(inside: int, n: int, widening: float = 1.0) -> ModelReport:
    return ModelReport(
        surrogate="gp",
        n_observations=n,
        r2=0.8,
        rmse=1.0,
        rmse_of_mean=2.0,
        coverage90=float(np.mean(np.arange(n) < inside)),
        parity=(),
        hyperparameters={},
        warnings=(),
        widening=widening,
    )


@given(st.integers(20, 5000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_the_verdict_is_a_binomial_test_on_either_side(drawn):
    n, inside = drawn
    few, many = binom.cdf(inside, n, 0.9), binom.sf(inside - 1, n, 0.9)
    if min(abs(few - 0.05), abs(many - 0.05)) < 1e-9:
        return
    said = verdict(inside, n)
    assert ("too narrow" in said) == (few < 0.05)
    assert ("wider than need be" in said) == (many < 0.05)
    assert ("can be trusted" in said) == (few >= 0.05 and many >= 0.05)


@pytest.mark.parametrize(
    ("inside", "n", "words"),
    [
        (22, 24, "Of 24 left-out measurements 22 fell inside their 90 % interval: the intervals"),
        (22, 24, "intervals can be trusted within the range of what was measured."),
        (15, 24, "too narrow"),
        (100, 100, "err on the safe side"),
        (13, 14, "20 are needed to trust them"),
        (7, 14, "too narrow"),
        (5, 6, "too few to judge"),
    ],
)
def test_what_is_read(inside, n, words):
    assert words in coverage_in_words(report(inside, n))


def test_intervals_that_were_widened_to_fit_are_not_called_trustworthy():
    said = coverage_in_words(report(27, 30, 1.42))
    assert "widened by 1.42" in said
    assert "rough" in said
    assert "can be trusted" not in said
