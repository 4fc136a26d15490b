"""What is wrong with a mapping before the first order is placed."""

from collections.abc import Iterable, Mapping

from lims_adapters.transport.mapping import Meaning, ResultField, unknown_name
from loop.core.definition import CampaignDefinition
from loop.core.units import same_dimension
from loop.errors import Problem, UnitError


def check_results(
    definition: CampaignDefinition, fields: Mapping[str, ResultField]
) -> list[Problem]:
    """Return what is wrong with `[lims.results]`: missing properties, doubled fields, units."""
    known = definition.properties
    # A mapping may be shared by campaigns that measure other things too.
    spare = [name for name in fields if name not in known]
    problems = [
        unknown_name("lims.results", name, spare or fields, "a property with a place at the lab")
        for name in known
        if name not in fields
    ]
    seen: dict[str, str] = {}
    for name, field in fields.items():
        other = seen.setdefault(field.field, name)
        if other != name:
            where = f"lims.results.{name}.field"
            problems.append(Problem("[lims]", where, field.field, f"not the field of {other}"))
        if name in known and field.unit and not _converts(field.unit, known[name].unit):
            expected = f"a unit that converts to {known[name].unit}"
            problems.append(Problem("[lims]", f"lims.results.{name}.unit", field.unit, expected))
    return problems


def check_words(meanings: Mapping[str, Meaning], words: Iterable[str]) -> list[Problem]:
    """Return what is wrong with `[lims.status]`, given all status words that the system has."""
    listed = set(words)
    problems = [
        unknown_name(f"lims.status.{word}", word, listed, "a status word of the system")
        for word in meanings
        if word.casefold() not in {known.casefold() for known in listed}
    ]
    mapped = {word.casefold() for word in meanings}
    problems += [
        Problem("[lims]", "lims.status", word, "a meaning for each status word of the system")
        for word in sorted(listed)
        if word.casefold() not in mapped
    ]
    return problems


def _converts(unit: str, target: str) -> bool:
    try:
        return same_dimension(unit, target)
    except UnitError:
        return False
