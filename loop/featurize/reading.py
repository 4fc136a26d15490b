"""Texts of a pool to the objects that blocks describe; each text is parsed once."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from loop.core.candidate import Material
from loop.errors import ConfigError
from loop.featurize.block import READS, Reads

Parsed = dict[Reads, Any]
"""One item in every form that some block of the bundle reads."""

READING: Final = 1
"""Raised when texts are read otherwise than before: what was cached is then described anew."""


def read_texts(
    material: Material, texts: Sequence[str], reads: frozenset[Reads]
) -> tuple[list[Parsed | None], dict[int, str]]:
    """Return each text in the wanted forms, None where it failed, and the reasons by row.

    Raises:
        ConfigError: this material has no such form.
    """
    parse = _parser(material, reads)
    parsed: list[Parsed | None] = []
    failures: dict[int, str] = {}
    for row, text in enumerate(texts):
        try:
            parsed.append(parse(text))
        except ValueError as error:
            parsed.append(None)
            failures[row] = str(error)
    return parsed, failures


FORMS: dict[Material, frozenset[Reads]] = {
    Material.MOLECULE: frozenset({"molecule", "composition"}),
    Material.POLYMER: frozenset({"molecule", "polymer", "composition"}),
    Material.COMPOSITION: frozenset({"composition"}),
    Material.CRYSTAL: frozenset({"crystal", "composition"}),
    Material.COLUMNS: frozenset(),
}
"""What each material can be read as, beside its fields."""


def _parser(material: Material, reads: frozenset[Reads]) -> Callable[[str], Parsed]:
    lacking = sorted(reads - FORMS[material])
    if lacking:
        raise ConfigError(
            f"a block reads {lacking[0]!r}; a {material.value} can be read as "
            f"{', '.join(r for r in READS if r in FORMS[material]) or 'fields only'}"
        )
    match material:
        case Material.MOLECULE:
            from loop.featurize.molecules import parse_molecule

            return lambda text: parse_molecule(text, reads)
        case Material.POLYMER:
            from loop.featurize.polymers import parse_polymer

            return lambda text: parse_polymer(text, reads)
        case Material.COMPOSITION:
            from loop.featurize.compositions import parse_composition

            return lambda text: parse_composition(text, reads)
        case Material.CRYSTAL:
            from loop.featurize.crystals import parse_crystal

            return lambda text: parse_crystal(text, reads)
        case _:
            raise ConfigError(f"material {material.value!r} has no structure to describe")
