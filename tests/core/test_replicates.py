import numpy as np
import pytest

from loop.core import events as e
from loop.core.dataset import training_data
from loop.core.replicates import noise_of_means
from loop.core.result import Measurement
from tests.core.test_machine import START, running


def test_without_replicates_nothing_is_known_unless_stated():
    assert noise_of_means([[1.0], [2.0]], None) is None
    stated = np.array([0.04, 0.09])
    assert noise_of_means([[1.0], [2.0]], stated).tolist() == stated.tolist()


def test_scatter_is_pooled_shrunk_and_divided_by_the_number():
    values = [[1.0, 3.0], [5.0, 5.0, 5.0], [7.0]]
    pooled = 2.0 / 3.0
    by_hand = [
        (8 * pooled + 2.0) / 9 / 2,
        (8 * pooled + 0.0) / 10 / 3,
        pooled / 1,
    ]
    np.testing.assert_allclose(noise_of_means(values, None), by_hand)
    turned = noise_of_means([values[2], values[1][::-1], values[0][::-1]], None)
    assert turned.tolist() == noise_of_means(values, None).tolist()[::-1]


def test_many_replicates_find_the_variance_of_each():
    rng = np.random.default_rng(3)
    sds = np.array([0.5, 1.0, 2.0])
    values = [list(rng.normal(0.0, s, 400)) for s in sds]
    np.testing.assert_allclose(noise_of_means(values, None) * 400, sds**2, rtol=0.2)


def test_replicates_raise_a_stated_noise_and_never_lower_it():
    stated = np.full(3, 0.01)
    wild = noise_of_means([[0.0, 1.0], [0.0, 1.0], [0.0]], stated)
    factor = (8 + 2 * 0.5 / 0.01) / (8 + 2)
    np.testing.assert_allclose(wild[2], 0.01 * factor)
    assert wild[0] > 0.01 * factor / 2
    quiet = noise_of_means([[1.0, 1.0], [2.0, 2.0], [0.0]], stated)
    np.testing.assert_allclose(quiet, [0.005, 0.005, 0.01])


def test_a_stated_noise_of_nothing_yields_to_what_is_seen():
    found = noise_of_means([[0.0, 1.0], [2.0]], np.zeros(2))
    assert found.tolist() == [0.5 / 9 / 2, 0.0]


def test_replicates_in_the_ledger_reach_the_training_data():
    history, a, b = running()
    for i, (order, value) in enumerate([(a, 1.0), (a, 1.4), (b, 2.0)]):
        measurement = Measurement(
            measurement_id=f"m{i}",
            order_id=order.order_id,
            candidate_id=order.candidate.candidate_id,
            property="k",
            value=value,
            replicate=i + 1,
            received_value=value,
            received_unit="W/m/K",
            measured_at=START,
        )
        history.add(e.MeasurementRecorded(measurement=measurement))
    data = training_data(history.state())
    assert data.y.tolist() == [pytest.approx(1.2), 2.0]
    assert data.replicates.tolist() == [2, 1]
    np.testing.assert_allclose(data.noise_variance, [0.04, 0.08])
