"""The mapping of a campaign held against the actions that SampleDB has."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lims_adapters.sampledb.config import MeasurementMapping, SampleDBConfig
from lims_adapters.sampledb.layout import MEASUREMENT, SAMPLE, ActionSchema, find_action
from lims_adapters.transport.mapping import unknown_name
from loop.core.definition import CampaignDefinition
from loop.core.units import same_dimension
from loop.errors import Problem, UnitError


def layout_problems(
    config: SampleDBConfig,
    definition: CampaignDefinition,
    actions: Sequence[Mapping[str, Any]],
) -> list[Problem]:
    """Return what in the mapping does not fit the live system."""
    problems: list[Problem] = []
    for name in definition.properties:
        if name not in config.results:
            expected = "the word or field for this property in SampleDB"
            problems.append(Problem("[lims]", f"lims.results.{name}", "nothing", expected))
    sample = find_action(config.sample.action, actions, f"{SAMPLE}.action", problems)
    if sample is not None:
        problems.extend(_sample_problems(config, sample))
    homes: list[tuple[MeasurementMapping, ActionSchema]] = []
    for row, mapping in enumerate(config.measurements):
        place = f"{MEASUREMENT}[{row}]"
        action = find_action(mapping.action, actions, f"{place}.action", problems)
        if action is not None:
            homes.append((mapping, action))
            problems.extend(_measurement_problems(mapping, action, place))
    if len(homes) == len(config.measurements):
        problems.extend(_result_problems(config, definition, homes))
    return problems


def _sample_problems(config: SampleDBConfig, action: ActionSchema) -> list[Problem]:
    sample = config.sample
    options = (
        "order_id", "name", "structure", "status", "reason", "requests", "note", "annotation",
    )  # fmt: skip
    named = {f"{SAMPLE}.{o}": getattr(sample, o) for o in options if getattr(sample, o)}
    problems = _field_problems(named, action, {"text"})
    for column, target in sample.columns.items():
        place = f"{SAMPLE}.columns.{column}"
        problems += _field_problems({place: target.field}, action, {"text", "quantity"})
    filled = {*named.values(), *(target.field for target in sample.columns.values())}
    if not sample.requested:
        filled.discard(sample.status)
    for name in action.required:
        if name not in filled and "default" not in action.fields.get(name, {}):
            expected = f"an option under [{SAMPLE}] that fills this field: it is required"
            problems.append(Problem("[lims]", SAMPLE, name, expected))
    words = [(f"{SAMPLE}.requested", sample.requested), (f"{SAMPLE}.cancelled", sample.cancelled)]
    words += [(f"lims.status.{word}", word) for word in config.status]
    return problems + _choice_problems(words, action, sample.status)


def _choice_problems(
    words: Iterable[tuple[str, str]], action: ActionSchema, field: str
) -> list[Problem]:
    choices = [_plain(choice) for choice in action.fields.get(field, {}).get("choices") or ()]
    if not choices:
        return []
    what = f"a choice of the field {field!r}"
    return [
        unknown_name(place, word, choices, what)
        for place, word in words
        if word and word.casefold() not in {choice.casefold() for choice in choices}
    ]


def _plain(choice: Any) -> str:
    return str(choice.get("en", "")) if isinstance(choice, Mapping) else str(choice)


def _measurement_problems(
    mapping: MeasurementMapping, action: ActionSchema, place: str
) -> list[Problem]:
    named = {f"{place}.{option}": name for option, name in mapping.named().items()}
    words = [(f"{place}.words.{word}", word) for word in mapping.words]
    return _field_problems(named, action, None) + _choice_problems(words, action, mapping.validity)


def _result_problems(
    config: SampleDBConfig,
    definition: CampaignDefinition,
    homes: Sequence[tuple[MeasurementMapping, ActionSchema]],
) -> list[Problem]:
    """Return the properties that no measuring action can hold."""
    problems: list[Problem] = []
    for name, result in config.results.items():
        known: set[str] = set()
        place = f"lims.results.{name}"
        found = False
        for mapping, action in homes:
            names = _result_names(mapping, action)
            found = found or not names or result.field in names
            known |= names
            if not mapping.property and result.field in names and name in definition.properties:
                unit = definition.properties[name].unit
                problems += _unit_problems(place, result.field, action, unit)
        if not found:
            what = "a field, or a choice of the property, of a measuring action"
            problems.append(unknown_name(place, result.field, known, what))
    return problems


def _result_names(mapping: MeasurementMapping, action: ActionSchema) -> set[str]:
    """Return the names that a property may have in an action; empty: any."""
    if mapping.property:
        choices = action.fields.get(mapping.property, {}).get("choices") or ()
        return {_plain(choice) for choice in choices}
    return {n for n, s in action.fields.items() if s.get("type") in {"quantity", "text"}}


def _unit_problems(place: str, field: str, action: ActionSchema, wanted: str) -> list[Problem]:
    schema = action.fields.get(field, {})
    if schema.get("type") != "quantity":
        return []
    units = schema.get("units")
    first = units[0] if isinstance(units, list) else str(units)
    shown = "dimensionless" if first == "1" else str(first)
    try:
        fits = same_dimension(shown, wanted)
    except UnitError:
        fits = False
    if fits:
        return []
    return [Problem("[lims]", place, f"{field} in {first}", f"a field in a unit such as {wanted}")]


def _field_problems(
    named: Mapping[str, str], action: ActionSchema, kinds: set[str] | None
) -> list[Problem]:
    problems = []
    for place, name in named.items():
        if name not in action.fields:
            what = f"a field of the action {action.name!r}"
            problems.append(unknown_name(place, name, action.fields, what))
        elif kinds and action.fields[name].get("type") not in kinds:
            kind = str(action.fields[name].get("type"))
            expected = f"a field that is a {' or '.join(sorted(kinds))}"
            problems.append(Problem("[lims]", place, f"{name} ({kind})", expected))
    return problems
