import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop.core.element_symbols import DESCRIBED, SYMBOLS
from loop.featurize.bundle import BlockSpec, build_block
from loop.featurize.elements.table import element_table


def valence(items):
    block = build_block(BlockSpec.model_validate({"kind": "valence"}))
    return block, block.describe(items)


def test_iron_oxide_by_hand():
    block, found = valence([{"Fe": 2.0, "O": 3.0}])
    row = dict(zip(block.columns, found.values[0].tolist(), strict=True))
    assert row["number of elements"] == 2
    assert row["fraction 2-norm"] == pytest.approx(math.sqrt(0.4**2 + 0.6**2), rel=1e-6)
    assert row["fraction 10-norm"] == pytest.approx((0.4**10 + 0.6**10) ** 0.1, rel=1e-6)
    # Fe 4s2 3d6, O 2s2 2p4.
    electrons = {"s": 2.0, "p": 0.6 * 4, "d": 0.4 * 6, "f": 0.0}
    total = sum(electrons.values())
    for shell, number in electrons.items():
        assert row[f"share of {shell} valence electrons"] == pytest.approx(number / total, rel=1e-6)
    ionic = 1 - math.exp(-((3.44 - 1.83) ** 2) / 4)
    assert row["max ionic character"] == pytest.approx(ionic, rel=1e-5)
    assert row["mean ionic character"] == pytest.approx(2 * 0.4 * 0.6 * ionic, rel=1e-5)


@given(
    st.dictionaries(
        st.sampled_from(SYMBOLS[:DESCRIBED]), st.floats(0.01, 100), min_size=1, max_size=6
    )
)
@settings(max_examples=60, deadline=None)
def test_shares_sum_to_one_and_pairs_are_those_of_the_definition(amounts):
    _, found = valence([amounts, {symbol: 3 * n for symbol, n in amounts.items()}])
    values = found.values
    np.testing.assert_allclose(values[0], values[1], rtol=1e-4, atol=1e-6)
    assert values[0, 6:10].sum() == pytest.approx(1.0, rel=1e-5)
    total = sum(amounts.values())
    x = {symbol: element_table().value(symbol, "en_pauling") for symbol in amounts}
    pairs = {(a, b): 1 - math.exp(-((x[a] - x[b]) ** 2) / 4) for a in amounts for b in amounts}
    mean = sum(amounts[a] * amounts[b] * pair for (a, b), pair in pairs.items()) / total**2
    assert values[0, 10:] == pytest.approx([max(pairs.values()), mean], rel=1e-4, abs=1e-6)


def test_rows_that_fail_and_empty_batches():
    block, found = valence([{"Og": 1.0}, {"H": 1.0}])
    assert set(found.failures) == {0}
    assert found.values.shape == (2, len(block.columns))
    assert np.isfinite(found.values).all()
    assert valence([{"Og": 1.0}])[1].values.shape == valence([{}])[1].values.shape == (1, 12)
