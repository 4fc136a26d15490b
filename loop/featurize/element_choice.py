"""The element properties that a composition block uses, as its configuration names them."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator

from loop.featurize.elements.table import ElementProperty, element_table


def _existing(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if names is not None:
        if not names or len(set(names)) < len(names):
            raise ValueError("name at least one element property, each once")
        element_table().columns(names)
    return names


Properties = Annotated[tuple[str, ...] | None, AfterValidator(_existing)]
"""Names of columns of the element table; all of them when absent."""


def chosen(
    names: tuple[str, ...] | None,
) -> tuple[tuple[ElementProperty, ...], NDArray[np.float64]]:
    """Return the properties and their values, shape `(103, p)`."""
    table = element_table()
    places = table.columns(table.names if names is None else names)
    return tuple(table.properties[j] for j in places), table.values[:, places]
