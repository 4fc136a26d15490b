"""What could be made: one candidate, and the pool of all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from loop.core.base import Frozen
from loop.core.canonical import Json, canonical_json, digest
from loop.errors import NotFoundError

FieldValue = str | float | None
_FORMAT: Final = "synthloop/pool/1"


class Material(StrEnum):
    """The classes of material a pool can hold."""

    MOLECULE = "molecule"
    POLYMER = "polymer"
    COMPOSITION = "composition"
    CRYSTAL = "crystal"
    COLUMNS = "columns"


class Candidate(Frozen):
    """One thing that could be made.

    Attributes:
        candidate_id: Given once, when the campaign opens, and stored; never made again from
            a canonical form, which changes between releases of the chemistry library.
        material: Its class.
        structure: SMILES, repeat unit with two `*`, formula, or a crystal's stored text; empty
            for plain columns.
        label: What the lab calls it.
        fields: The other columns of its row.
    """

    candidate_id: str
    material: Material
    structure: str
    label: str
    fields: dict[str, FieldValue]

    @property
    def recipe(self) -> dict[str, str | float]:
        """What to set to make it, by name in order; empty where a structure says what to make."""
        if self.material is not Material.COLUMNS:
            return {}
        return {name: value for name, value in sorted(self.fields.items()) if value is not None}

    @property
    def recipe_words(self) -> str:
        """The recipe in one line: "ratio 0.15, temperature 90"."""
        shown = (f"{v:g}" if isinstance(v, float) else v for v in self.recipe.values())
        return ", ".join(f"{name} {value}" for name, value in zip(self.recipe, shown, strict=True))


@dataclass(frozen=True)
class CandidatePool:
    """All candidates of a campaign, by column, in the order of their rows.

    Attributes:
        material: The class of every candidate.
        ids: Candidate ids, unique.
        structures: Structures, same length as `ids`.
        labels: Names for people, same length.
        fields: The other columns, each of the same length.
    """

    material: Material
    ids: tuple[str, ...]
    structures: tuple[str, ...]
    labels: tuple[str, ...]
    fields: Mapping[str, tuple[FieldValue, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many candidates there are."""
        return len(self.ids)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {candidate_id: row for row, candidate_id in enumerate(self.ids)}

    def __contains__(self, candidate_id: object) -> bool:
        """Whether a candidate of this id is in the pool."""
        return candidate_id in self._rows

    def row(self, candidate_id: str) -> int:
        """Return the row of a candidate.

        Raises:
            NotFoundError: no candidate has this id.
        """
        try:
            return self._rows[candidate_id]
        except KeyError:
            raise NotFoundError(
                f"candidate {candidate_id!r} is not in the pool of {len(self)} candidates"
            ) from None

    def candidate(self, row: int) -> Candidate:
        """Return the candidate of a row."""
        return Candidate(
            candidate_id=self.ids[row],
            material=self.material,
            structure=self.structures[row],
            label=self.labels[row],
            fields={name: column[row] for name, column in self.fields.items()},
        )

    def dump(self) -> bytes:
        """Return the pool as canonical JSON; equal pools give equal bytes."""
        content: Json = {
            "format": _FORMAT,
            "material": self.material.value,
            "ids": self.ids,
            "structures": self.structures,
            "labels": self.labels,
            "fields": dict(self.fields),
        }
        return canonical_json(content).encode()

    @cached_property
    def digest(self) -> str:
        """The digest of `dump()`."""
        return digest(self.dump())
