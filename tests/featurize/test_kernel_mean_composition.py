import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.elements.table import element_table


def kernel_mean(**options):
    return build_block(BlockSpec.model_validate({"kind": "element-kernel-mean", **options}))


def test_kernel_means_of_salt_by_hand():
    block = kernel_mean(centres=3, width=0.5, properties=["atomic_number"])
    assert block.columns == tuple(f"kernel mean atomic_number at {g}" for g in (1, 52, 103))
    found = block.describe([{"Na": 1.0, "Cl": 3.0}]).values[0]
    expected = [
        0.25 * math.exp(-((11 - g) ** 2) / (2 * 25.5**2))
        + 0.75 * math.exp(-((17 - g) ** 2) / (2 * 25.5**2))
        for g in (1, 52, 103)
    ]
    assert found.tolist() == pytest.approx(expected, rel=1e-6)


def test_properties_over_orders_of_magnitude_are_embedded_on_the_logarithm():
    table = element_table()
    block = kernel_mean(centres=5, properties=["thermal_conductivity"])
    values = np.log(table.values[:, table.columns(("thermal_conductivity",))[0]])
    grid = np.linspace(values.min(), values.max(), 5)
    cu = math.log(table.value("Cu", "thermal_conductivity"))
    expected = np.exp(-0.5 * ((cu - grid) / (grid[1] - grid[0])) ** 2)
    np.testing.assert_allclose(block.describe([{"Cu": 2.0}]).values[0], expected, rtol=1e-5)
    assert all(column.endswith("[W/m/K]") for column in block.columns)


def test_mixtures_of_equal_mean_are_told_apart():
    block = kernel_mean(properties=["atomic_number"])
    salt, silicon = block.describe([{"Na": 1.0, "Cl": 1.0}, {"Si": 1.0}]).values
    assert np.abs(salt - silicon).max() > 0.001


@given(st.floats(0.01, 0.99), st.floats(0.1, 50))
@settings(max_examples=50, deadline=None)
def test_linear_in_the_fractions_and_blind_to_scale(share, scale):
    block = kernel_mean(centres=6)
    mixed, fe, o = block.describe(
        [{"Fe": scale * share, "O": scale * (1 - share)}, {"Fe": 1.0}, {"O": 7.0}]
    ).values
    np.testing.assert_allclose(mixed, share * fe + (1 - share) * o, rtol=1e-4, atol=1e-6)
    assert (mixed >= 0).all()
    assert (mixed <= 1 + 1e-6).all()


def test_finest_grid_has_unique_columns():
    block = kernel_mean(centres=100)
    assert len(set(block.columns)) == len(block.columns) == 100 * len(element_table().properties)
