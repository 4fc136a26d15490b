"""A fixed list of candidates, as a campaign file describes it."""

from typing import Literal, Self

from pydantic import model_validator

from loop.core.base import Frozen
from loop.core.candidate import Material


class ForbiddenPattern(Frozen):
    """A substructure that no candidate may have.

    Attributes:
        smarts: SMARTS pattern.
        reason: Why, for the people who wonder where a candidate went.
    """

    smarts: str
    reason: str


class PoolSpace(Frozen):
    """A fixed list of candidates.

    Attributes:
        kind: "pool".
        material: The class of material of every row.
        file: CSV or parquet, relative to the campaign's folder; or
        dataset: the name of a data set that the installed packages carry.
        structure: Column of the SMILES, repeat unit, formula, or crystal (the text of a CIF or
            POSCAR, or the name of such a file beside the table); unused for plain columns.
        label: Column with the name that people use; the structure stands in when absent.
        id: Column with the lab's own unique id; ids are given when absent.
        features: For the featurizer "columns": the numeric columns that describe a candidate.
            Other featurizers name the columns that they read themselves.
        forbid: Substructures that exclude a candidate.
        on_invalid: What to do with a row that cannot be read.
        on_duplicate: What to do with a second row of the same candidate.
    """

    kind: Literal["pool"] = "pool"
    material: Material
    file: str | None = None
    dataset: str | None = None
    structure: str = "smiles"
    label: str | None = None
    id: str | None = None
    features: tuple[str, ...] = ()
    forbid: tuple[ForbiddenPattern, ...] = ()
    on_invalid: Literal["refuse", "skip"] = "refuse"
    on_duplicate: Literal["refuse", "merge"] = "refuse"

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.dataset is None):
            raise ValueError("give exactly one of file and dataset")
        if self.forbid and self.material not in {Material.MOLECULE, Material.POLYMER}:
            raise ValueError("forbid takes SMARTS: it works for molecules and polymers only")
        return self

    @property
    def own_table(self) -> Self:
        """How the list of candidates is read."""
        return self

    @property
    def described(self) -> Self:
        """The space as featurizers are told of it."""
        return self
