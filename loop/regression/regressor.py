"""The same model as a scikit-learn regressor."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from loop.core.candidate import Material
from loop.core.ports import Table
from loop.errors import ConfigError, DataError
from loop.regression.arrays import table_of, values_of
from loop.regression.card import ModelCard
from loop.regression.describing import Workshop
from loop.regression.folder import write_model
from loop.regression.foreseen import Predictions
from loop.regression.measured import SHOWN, measured
from loop.regression.model import fit_model
from loop.regression.request import FitRequest, checked_unit, surrogate_of
from loop.regression.structures import guessed_material, structures_of
from loop.settings import Settings

_STRUCTURE: Final = "smiles"
_VALUE: Final = "\x00value"


class PropertyRegressor(RegressorMixin, BaseEstimator):
    """Structures to a property, with the source library behind it.

    Args:
        material: "auto", "molecule", "polymer", "composition", "crystal" or "columns".
        target: Name of the property, by which sources that hold it are found and left out.
        unit: Its unit; `y` is given in it.
        transfer: "auto", "off", or the name of a surrogate.
        structure: Column of the structures, when X is a DataFrame with several.
        features: Numeric columns of a DataFrame for the material "columns"; all when absent.
        exclude: Sources that are not used.
        withhold: Train sources anew without the structures of the table.
        random_state: Seed of all randomness, a whole number.
        workspace: Folder with the source library and the caches; the present one when None.

    Attributes:
        model_: The fitted `loop.regression.model.RegressionModel`.
        workshop_: What described the structures.
        n_features_in_: Columns of X; 1 for structures.
    """

    def __init__(
        self,
        material: str = "auto",
        *,
        target: str = "y",
        unit: str = "dimensionless",
        transfer: str = "auto",
        structure: str | None = None,
        features: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        withhold: bool = False,
        random_state: int = 0,
        workspace: str | os.PathLike[str] | None = None,
    ) -> None:
        self.material = material
        self.target = target
        self.unit = unit
        self.transfer = transfer
        self.structure = structure
        self.features = features
        self.exclude = exclude
        self.withhold = withhold
        self.random_state = random_state
        self.workspace = workspace

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Fit to structures X, list, array, Series or DataFrame, and values y of shape `(n,)`.

        Rows of one structure are replicates.

        Raises:
            ConfigError: a parameter cannot be used.
            DataError: structures or values cannot be read; the message names the rows.
            ModelError: too few values.
        """
        table = table_of(X, self.structure or _STRUCTURE, plain=self._plain)
        values = values_of(y, len(table))
        request = self._request(table)
        known = Table(table.source, {**table.columns, _VALUE: values}, 0)
        found = measured(known, request.model_copy(update={"target": _VALUE}))
        self.workshop_ = Workshop(self._settings())
        self.model_ = fit_model(request, found, self.workshop_)
        self.n_features_in_ = len(request.features) or 1
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:  # noqa: N803, FBT001, FBT002
        """Return predictions, shape `(n,)`, and with `return_std` their standard deviations.

        The standard deviation is that of one new measurement, noise included.

        Raises:
            DataError: structures cannot be described; the message names the rows.
        """
        told = self.foresee(X)
        return (told.mean, told.sd) if return_std else told.mean

    def foresee(self, X: Any) -> Predictions:  # noqa: N803 - scikit-learn's name
        """Return predictions with intervals, distance, leverage and the flag `outside`.

        Raises:
            DataError: structures cannot be described; the message names the rows.
        """
        check_is_fitted(self, "model_")
        request = self.model_.request
        table = table_of(X, request.structure, plain=self._plain)
        found = structures_of(table, request)
        if found.problems:
            problems = [found.problems[row] for row in sorted(found.problems)]
            raise DataError(f"{len(problems)} rows cannot be read", problems=problems[:SHOWN])
        rows = range(len(table))
        pool = found.pool(request.material, rows, [str(row) for row in rows])
        told = self.model_.predict(pool, self.workshop_)
        if told.failures:
            row, reason = next(iter(told.failures.items()))
            raise DataError(f"{len(told.failures)} rows cannot be described: row {row}: {reason}")
        return told

    def save(self, folder: str | os.PathLike[str]) -> ModelCard:
        """Write the model as `synthloop fit` does, for `synthloop predict`; return its card."""
        check_is_fitted(self, "model_")
        return write_model(self.model_, Path(folder))

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that the input is text, one structure a row."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = self.material == "columns"
        tags.input_tags.one_d_array = self.material != "columns"
        tags.no_validation = True
        return tags

    @property
    def _plain(self) -> bool:
        return self.material == Material.COLUMNS.value

    def _settings(self) -> Settings:
        return Settings() if self.workspace is None else Settings(workspace=Path(self.workspace))

    def _request(self, table: Table) -> FitRequest:
        plain = self._plain
        features = tuple(self.features or table.columns) if plain else ()
        names = list(table.columns)
        structure = "" if plain else self._structure(names)
        if self.material == "auto":
            material = guessed_material(table, structure, ())
        else:
            material = _material(self.material)
        return FitRequest(
            material=material,
            structure=structure,
            features=features,
            target=self.target,
            unit=checked_unit(self.unit),
            surrogate=surrogate_of(self.transfer),
            seed=int(self.random_state),
            withhold=self.withhold,
            exclude=tuple(self.exclude),
        )

    def _structure(self, names: list[str]) -> str:
        if self.structure is None and len(names) == 1:
            return names[0]
        if self.structure in names:
            return str(self.structure)
        raise DataError(
            f"structure is {self.structure!r}; expected a column of X: {', '.join(names)}"
        )


def _material(name: str) -> Material:
    try:
        return Material(name)
    except ValueError:
        known = ", ".join(["auto", *(m.value for m in Material)])
        raise ConfigError(f"material is {name!r}; expected one of: {known}") from None
