"""One value per compound from several tables."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop.datasets.merging import merge
from loop.datasets.property_record import Evidence, Origin, PropertyRecord

KINDS = (Evidence.MEASURED, Evidence.MEASURED, Evidence.FITTED, Evidence.COMPILED)
RECORD = PropertyRecord(
    "x_k", "K", "identity", 100.0, 1000.0, "a temperature",
    tuple(Origin(f"o{i}", kind, "MIT", lambda w: pd.Series(dtype=float))
          for i, kind in enumerate(KINDS)),
)  # fmt: skip
values = st.lists(st.tuples(st.sampled_from([1, 2, 3, 4]), st.floats(50, 1100)), max_size=6)
KEYS = {1: "A", 2: "A", 3: "B"}


@given(tables=st.tuples(values, values, values, values))
def test_the_best_evidence_decides_and_each_source_has_one_voice(tables):
    found = [pd.Series([v for _, v in t], index=[c for c, _ in t], dtype=float) for t in tables]
    merged = merge(RECORD, found, KEYS)
    for key in ("A", "B"):
        voices = [
            (kind, np.median(mine))
            for kind, table in zip(KINDS, tables, strict=True)
            if (mine := [v for c, v in table if KEYS.get(c) == key and 100 <= v <= 1000])
        ]
        if not voices:
            assert key not in merged.index
            continue
        best = voices[0][0]
        heard = [value for kind, value in voices if kind is best]
        row = merged.loc[key]
        assert row["x_k"] == pytest.approx(np.median(heard))
        assert row["x_k_n_sources"] == len(heard)
        assert row["x_k_evidence"] == best
        if len(heard) > 1:
            assert row["x_k_spread"] == pytest.approx(np.std(heard, ddof=1), abs=1e-9)
        else:
            assert np.isnan(row["x_k_spread"])
