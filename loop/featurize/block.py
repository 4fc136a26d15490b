"""The port of one block of descriptors, with the values that pass it.

A block describes what it `reads`, whatever the pool is made of: a molecule block describes
molecules as they are and polymers as rings of repeat units. Blocks are listed in the entry-point
group `synthloop.blocks` and built as `Cls(config)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal, Protocol, runtime_checkable

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

Reads = Literal["molecule", "polymer", "composition", "crystal", "fields"]
READS: Final[tuple[Reads, ...]] = ("molecule", "polymer", "composition", "crystal", "fields")


@dataclass(frozen=True)
class ChemicalUnit:
    """What a molecule block describes.

    Attributes:
        molecule: A sanitised RDKit molecule without `*`.
        copies: Equal repeat units in it; extensive numbers are given per unit.
    """

    molecule: Any
    copies: int = 1


@dataclass(frozen=True)
class RepeatUnit:
    """What a polymer block describes.

    Attributes:
        molecule: The RDKit molecule of the smallest unit that repeats, with its two `*`.
        ring: The same polymer as a ring of units.
    """

    molecule: Any
    ring: ChemicalUnit


Amounts = Mapping[str, float]
"""What a composition block describes: positive amounts by element symbol, as written."""


@dataclass(frozen=True)
class BlockValues:
    """The numbers of one block for a batch of items.

    Attributes:
        values: Shape `(n, d)`, finite; uint8 for counts, float32 or float64 for reals. Counts of
            a batch with copolymers are float32, as means over their units. Rows that failed are 0.
        failures: Row to reason, for people.
    """

    values: NDArray[Any]
    failures: Mapping[int, str] = field(default_factory=dict)


class NoOptions(BaseModel):
    """The configuration of what has no options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Block(Protocol):
    """One kind of description. Plain data in, arrays out; no state beyond its configuration.

    `Config` is frozen and forbids unknown keys. `describe` never raises for a bad item: it is a
    failure of that row.
    """

    Config: ClassVar[type[BaseModel]]
    reads: ClassVar[Reads]
    """What an item is: `ChemicalUnit`, `RepeatUnit`, `Amounts`, a pymatgen `Structure`, or for
    "fields" one mapping of column name to value per row."""

    name: str
    """For people and in column names; says what sets this variant apart, as "ECFP6 counts"."""
    kind: str
    """"counts" (small non-negative integers, for Tanimoto kernels), "reals" or "assay" (value and
    whether it was measured)."""
    columns: tuple[str, ...]
    """Names, unique, with the unit in brackets where there is one, as "mean density [g/cm3]"."""

    def digest(self) -> str:
        """Return a digest of everything that decides the numbers but the items."""

    def describe(self, items: Sequence[Any]) -> BlockValues:
        """Describe a batch of items, one row each."""


@runtime_checkable
class NamesFields(Protocol):
    """A block that reads "fields" and says which, so that a misspelt one is found early."""

    fields: tuple[str, ...]


@runtime_checkable
class Settles(Protocol):
    """A block whose columns may follow from the items, such as a category's levels."""

    def settled(self, items: Sequence[Any]) -> Block:
        """Return the block with its columns fixed; all items must be given at once."""
