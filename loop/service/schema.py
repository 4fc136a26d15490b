"""The JSON schema of campaign files, composed with the options of every known plug-in."""

from typing import Any

from loop.core.definition import CampaignDefinition
from loop.service.plugins import PluginLookup

_SECTIONS = {
    "featurizer": "synthloop.featurizers",
    "surrogate": "synthloop.surrogates",
    "acquisition": "synthloop.acquisitions",
    "lims": "synthloop.lims",
}


def campaign_schema(plugins: PluginLookup) -> dict[str, Any]:
    """Return the schema (draft 2020-12); equal plug-ins give an equal schema."""
    schema = CampaignDefinition.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "synthloop campaign file"
    schema["required"] = [name for name in schema["required"] if name != "slug"]
    for section, group in _SECTIONS.items():
        options = [_option(plugins, group, name) for name in plugins.names(group)]
        if section == "featurizer":
            options.insert(0, _kind_only("auto"))
        schema["properties"][section] = {"oneOf": options}
    return schema


def _kind_only(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"kind": {"const": name}},
        "required": ["kind"],
        "additionalProperties": False,
    }


def _option(plugins: PluginLookup, group: str, name: str) -> dict[str, Any]:
    config = plugins.load(group, name).Config.model_json_schema()
    option = _kind_only(name)
    option["properties"] |= config.get("properties", {})
    option["required"] += config.get("required", [])
    option["description"] = config.get("description", "")
    return option
