"""The mapping of a campaign, resolved against the schemas that a Benchling has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lims_adapters.benchling.client import BenchlingClient, Schema
from lims_adapters.benchling.config import BenchlingConfig
from lims_adapters.transport.mapping import unknown_name
from loop.core.definition import CampaignDefinition
from loop.errors import AdapterError, Problem

_LINKS: Final = frozenset({"custom_entity_link", "entity_link"})


@dataclass(frozen=True)
class Layout:
    """The schemas of the mapping.

    Attributes:
        sample: Of the entities.
        results: Of the results, by name in the mapping.
        registry: Id of the registry, "" without one.
        words: Options of the dropdowns of the sample: field to option id by name.
    """

    sample: Schema
    results: Mapping[str, Schema]
    registry: str
    words: Mapping[str, Mapping[str, str]]


def find_layout(config: BenchlingConfig, client: BenchlingClient) -> Layout:
    """Return the schemas of the mapping.

    Raises:
        AdapterError: Benchling has no such schema, or several of the name.
        RetryableAdapterError: try later.
    """
    entities = client.schemas("entity")
    results = client.schemas("assay-result")
    registries = client.registries() if config.sample.registry else {}
    place = "lims.sample.entity_schema"
    problems = list(_unresolved(place, config.sample.entity_schema, entities, "an entity schema"))
    for name, result in config.results.items():
        place = f"lims.results.{name}.result_schema"
        problems += _unresolved(place, result.result_schema, results, "a result schema")
    registry = config.sample.registry
    if registry and registry not in {*registries, *registries.values()}:
        problems.append(unknown_name("lims.sample.registry", registry, registries, "a registry"))
    if problems:
        raise AdapterError("[lims] does not fit this Benchling", problems=problems)
    (sample,) = _of_name(config.sample.entity_schema, entities)
    asked = {result.result_schema for result in config.results.values()}
    return Layout(
        sample,
        {name: _of_name(name, results)[0] for name in asked},
        registries.get(registry, registry),
        _words(sample, config.sample.fields().values(), client),
    )


def _of_name(name: str, schemas: Sequence[Schema]) -> list[Schema]:
    return [schema for schema in schemas if name in {schema.api_id, schema.name}]


def _unresolved(place: str, name: str, schemas: Sequence[Schema], what: str) -> Iterator[Problem]:
    found = _of_name(name, schemas)
    if not found:
        known = [schema.name for schema in schemas]
        yield unknown_name(place, name, known, f"{what} of this Benchling")
    elif len(found) > 1:
        ids = ", ".join(schema.api_id for schema in found)
        yield Problem("[lims]", place, name, f"{what} by its API id, for there are several: {ids}")


def _words(
    sample: Schema, fields: Iterable[str], client: BenchlingClient
) -> dict[str, Mapping[str, str]]:
    definitions = {name: sample.fields[name] for name in fields if name in sample.fields}
    return {
        name: client.options(str(definition["dropdownId"]))
        for name, definition in definitions.items()
        if definition.get("type") == "dropdown"
    }


def layout_problems(
    config: BenchlingConfig, definition: CampaignDefinition, layout: Layout
) -> list[Problem]:
    """Return which names in the mapping the schemas do not have.

    Args:
        config: The mapping.
        definition: The campaign.
        layout: The schemas.
    """
    problems = [
        Problem("[lims]", f"lims.results.{name}", "nothing", "result schema and field of it")
        for name in definition.properties
        if name not in config.results
    ]
    for option, field in config.sample.fields().items():
        problems += _unknown_field(f"lims.sample.{option}", field, layout.sample)
    for name, result in config.results.items():
        schema = layout.results[result.result_schema]
        problems += _unknown_field(f"lims.results.{name}.field", result.field, schema)
        for option, field in config.measurement.fields().items():
            problems += _unknown_field(f"lims.measurement.{option}", field, schema)
        problems += _no_link(config.measurement.sample, schema)
    problems += _unknown_words(config, layout)
    return list(dict.fromkeys(problems))


def _unknown_field(place: str, field: str, schema: Schema) -> list[Problem]:
    if field in schema.fields:
        return []
    return [unknown_name(place, field, schema.fields, f"a field of the schema {schema.name!r}")]


def _no_link(field: str, schema: Schema) -> list[Problem]:
    kind = str(schema.fields.get(field, {}).get("type") or "")
    if field not in schema.fields or kind in _LINKS:
        return []
    expected = f"a field of {schema.name!r} that links to an entity; {field!r} is of type {kind}"
    return [Problem("[lims]", "lims.measurement.sample", field, expected)]


def _unknown_words(config: BenchlingConfig, layout: Layout) -> list[Problem]:
    known = layout.words.get(config.sample.status)
    if known is None:
        return []
    places = {f"lims.status.{word}": word for word in config.status}
    for option in ("requested", "cancelled"):
        if word := getattr(config.sample, option):
            places[f"lims.sample.{option}"] = word
    held = {word.casefold() for word in known}
    what = f"an option of the dropdown {config.sample.status!r}"
    return [
        unknown_name(place, word, known, what)
        for place, word in places.items()
        if word.casefold() not in held
    ]
