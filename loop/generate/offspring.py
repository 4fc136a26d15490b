"""Turns what a generator wrote into offspring: read once, checked, told from its parent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from loop.core.generation_ports import Offspring
from loop.generate.spelling import Readable, UnfitStructureError, read_quietly

UNCHANGED: Final = "the same structure as its parent"


@dataclass
class Reading:
    """Reads strings once each; most proposals of one call repeat one another.

    Callers silence RDKit.

    Attributes:
        ends: `*` that a structure has: 0 or 2.
    """

    ends: int
    _known: dict[str, Readable | str] = field(default_factory=dict)

    def of(self, text: str) -> Readable | str:
        """Return the structure, or in words why it is none."""
        found = self._known.get(text)
        if found is None:
            try:
                found = read_quietly(text, self.ends)
            except UnfitStructureError as why:
                found = str(why)
            self._known[text] = found
        return found


@dataclass
class Brood:
    """The attempts of one call, in their order.

    Attributes:
        size: How many were asked.
    """

    size: int
    _made: dict[int, str] = field(default_factory=dict)
    _failed: dict[int, str] = field(default_factory=dict)

    def settle(self, attempt: int, structure: str, parent: str | None) -> None:
        """Note what an attempt made, unless that is its parent."""
        if structure == parent:
            self.fail(attempt, UNCHANGED)
            return
        self._made[attempt] = structure
        self._failed.pop(attempt, None)

    def fail(self, attempt: int, reason: str) -> None:
        """Note why an attempt came to nothing."""
        self._failed[attempt] = reason

    def holds(self, attempt: int) -> bool:
        """Tell whether an attempt made something."""
        return attempt in self._made

    def failed(self) -> list[int]:
        """Return the attempts that came to nothing so far, ascending."""
        return sorted(self._failed)

    def offspring(
        self, parents: Sequence[str], retries: int = 0, warnings: tuple[str, ...] = ()
    ) -> Offspring:
        """Return what became of all attempts."""
        kept = sorted(self._made)
        return Offspring(
            structures=tuple(self._made[attempt] for attempt in kept),
            parents=np.array(
                [attempt % len(parents) if parents else -1 for attempt in kept], np.intp
            ),
            tried=self.size,
            failures=dict(sorted(Counter(self._failed.values()).items())),
            retries=retries,
            warnings=warnings,
        )
