"""What all generators that put elements in the place of others have in common."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from loop.core.generation_ports import Offspring
from loop.generate.palette import NoMoveError, Palette, allowed_elements


class SubstitutionConfig(BaseModel):
    """Settings.

    Attributes:
        elements: Symbols that may be put in; empty: those of the examples.
        neutral: Keep only what SMACT's rules call valid, with the ions of `least_share`.
        temperature: Above 1 bolder substitutions, below 1 closer to known chemistry.
        least_share: Ions with a smaller share of their element's reports are not put in, and
            do not count as a balance of charges.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    elements: tuple[str, ...] = ()
    neutral: bool = True
    temperature: float = Field(1.0, gt=0, le=100)
    least_share: float = Field(0.01, ge=0, le=1)

    def palette(self, examples: Iterable[Mapping[str, int]]) -> Palette:
        """Return the ions that may be put in, given the amounts of every example.

        Raises:
            ConfigError: an element of the settings does not exist.
            ModelError: there are too few elements.
        """
        seen = {symbol for amounts in examples for symbol in amounts}
        elements = allowed_elements(self.elements, seen)
        return Palette(elements, self.temperature, self.least_share)


def attempted(
    change: Callable[[int], tuple[str, str]], starts: int, size: int, *, from_parents: bool
) -> Offspring:
    """Return what becomes of `size` attempts.

    Args:
        change: Place of a start to a new structure and a note of how it came about; raises
            `NoMoveError` where the attempt comes to nothing. Starts take turns.
        starts: How many structures there are to depart from; without any, `change` is given -1.
        size: How many attempts are made.
        from_parents: Whether the starts are the parents of the call.
    """
    failures = Counter[str]()
    made, origins, notes = [], [], []
    for attempt in range(size):
        at = attempt % starts if starts else -1
        try:
            structure, note = change(at)
        except NoMoveError as reason:
            failures[str(reason)] += 1
            continue
        made.append(structure)
        origins.append(at if from_parents else -1)
        notes.append(note)
    return Offspring(
        structures=tuple(made),
        parents=np.array(origins, dtype=np.intp),
        tried=size,
        failures=dict(sorted(failures.items())),
        notes=tuple(notes),
    )
