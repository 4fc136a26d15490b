"""The JSON schema of campaign files, composed with the options of every known plug-in."""

from typing import Any

from loop.core.definition import CampaignDefinition
from loop.service.feasibility import GROUP, OFF
from loop.service.plugins import PluginLookup, parts_of
from loop.service.space_file import GENERATORS, JUDGES, PLANNERS

_SECTIONS = {
    "featurizer": "synthloop.featurizers",
    "surrogate": "synthloop.surrogates",
    "acquisition": "synthloop.acquisitions",
    "feasibility": GROUP,
    "lims": "synthloop.lims",
}


def campaign_schema(plugins: PluginLookup) -> dict[str, Any]:
    """Return the schema (draft 2020-12); equal plug-ins give an equal schema."""
    schema = CampaignDefinition.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "synthloop campaign file"
    schema["required"] = [name for name in schema["required"] if name != "slug"]
    for section, group in _SECTIONS.items():
        options = [_option(plugins, group, name, schema["$defs"]) for name in plugins.names(group)]
        if section == "featurizer":
            options.insert(0, _kind_only("auto"))
        if section == "feasibility":
            options.append(_kind_only(OFF))
            common = schema["$defs"].pop("Feasibility")["properties"]
            for option in options:
                option["properties"] = common | option["properties"]
        schema["properties"][section] = {"oneOf": options}
    _complete_space(schema["$defs"], plugins)
    return schema


def _complete_space(definitions: dict[str, Any], plugins: PluginLookup) -> None:
    """Write the options of generators, planners and judges into the generated space."""
    for owner, key, group in (
        ("GeneratedSpace", "generator", GENERATORS),
        ("MakeabilityRules", "planner", PLANNERS),
        ("MakeabilityRules", "judge", JUDGES),
    ):
        options = [_option(plugins, group, name, definitions) for name in plugins.names(group)]
        definitions[owner]["properties"][key] = {"oneOf": options}


def _kind_only(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"const": name}},
        "required": ["kind"],
        "additionalProperties": False,
    }


def _option(
    plugins: PluginLookup, group: str, name: str, definitions: dict[str, Any]
) -> dict[str, Any]:
    cls = plugins.load(group, name).Config
    config = cls.model_json_schema()
    own = config.get("$defs", {})
    option = _kind_only(name)
    option["properties"] |= config.get("properties", {})
    for key, part_group in parts_of(cls).items():
        # What every item is asked beside the options of its plug-in.
        common = own.pop(option["properties"][key]["items"]["$ref"].rsplit("/", 1)[1])
        # What is made of parts of its own group is no part of itself.
        names = [n for n in plugins.names(part_group) if (part_group, n) != (group, name)]
        items = [_option(plugins, part_group, n, definitions) for n in names]
        for item in items:
            item["properties"] = common["properties"] | item["properties"]
        option["properties"][key] = {"type": "array", "minItems": 1, "items": {"oneOf": items}}
    definitions |= own
    option["required"] += config.get("required", [])
    option["description"] = config.get("description", "")
    return option
