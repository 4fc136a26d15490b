"""One value per compound from tables that overlap and differ."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from loop.datasets.property_record import Evidence, PropertyRecord

_RANK = {evidence: rank for rank, evidence in enumerate(Evidence)}


def merge(
    record: PropertyRecord, found: Sequence[pd.Series], keys: Mapping[object, str]
) -> pd.DataFrame:
    """Return value, spread, number of sources and evidence of one property, by key.

    Values outside the plausible range are dropped first. A source counts once per compound (with
    its median), so that a table with many stereoisomers does not outvote the others. Then the best
    kind of evidence that a compound has decides alone: the median over its sources is the value,
    their standard deviation the spread (missing for a single source).

    Args:
        record: The property.
        found: One series per origin of `record`, in its order.
        keys: Index of the series to key; entries without a key are left out.

    Returns:
        Columns as named by `record.value_columns`, index: key.
    """
    parts = []
    for origin, series in zip(record.origins, found, strict=True):
        named = series.index.map(keys)
        kept = np.asarray(named.notna()) & np.asarray(series.between(record.lowest, record.highest))
        values = pd.Series(series.to_numpy()[kept], index=named[kept])
        median = values.groupby(level=0).median()
        parts.append(pd.DataFrame({"value": median, "rank": _RANK[origin.evidence]}))
    every = pd.concat(parts)
    best = every[every["rank"] == every.groupby(level=0)["rank"].transform("min")]
    groups = best.groupby(level=0)
    names = list(Evidence)
    value, spread, n_sources, evidence = record.value_columns
    return pd.DataFrame(
        {
            value: groups["value"].median(),
            spread: groups["value"].std(ddof=1),
            n_sources: groups["value"].count().astype(float),
            evidence: [names[rank].value for rank in groups["rank"].min()],
        }
    )
