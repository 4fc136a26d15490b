"""The mapping of a campaign held against the templates that a Kadi4Mat has."""

from collections.abc import Mapping, Sequence

from lims_adapters.kadi.config import KadiConfig
from lims_adapters.transport.mapping import unknown_name
from lims_adapters.transport.mapping_check import check_results
from loop.core.definition import CampaignDefinition
from loop.errors import Problem

_LONGEST_SLUG = 50 - len("-r001-0123456789")


def layout_problems(
    config: KadiConfig, definition: CampaignDefinition, templates: Mapping[str, Sequence[str]]
) -> list[Problem]:
    """Return what in the mapping does not fit.

    Metadata in Kadi4Mat are free: only where the mapping names the template that the lab uses can
    a key be wrong.

    Args:
        config: The mapping.
        definition: The campaign.
        templates: Keys of each template, by identifier.
    """
    problems = _missing(config, definition)
    sample, measurement = config.sample, config.measurement
    keys = {f"lims.sample.{option}": key for option, key in sample.keys().items()}
    results = {f"lims.results.{name}": result.field for name, result in config.results.items()}
    if measurement is None:
        return problems + _template_problems(
            "lims.sample.template", sample.template, keys | results, templates
        )
    problems += _template_problems("lims.sample.template", sample.template, keys, templates)
    held = {f"lims.measurement.{option}": key for option, key in measurement.keys().items()}
    return problems + _template_problems(
        "lims.measurement.template",
        measurement.template,
        held if measurement.property else held | results,
        templates,
    )


def _missing(config: KadiConfig, definition: CampaignDefinition) -> list[Problem]:
    problems = check_results(definition, config.results)
    if len(definition.slug) > _LONGEST_SLUG:
        expected = f"at most {_LONGEST_SLUG} letters: identifiers in Kadi4Mat have at most 50"
        problems.append(Problem("[lims]", "slug", definition.slug, expected))
    return problems


def _template_problems(
    place: str, name: str, keys: Mapping[str, str], templates: Mapping[str, Sequence[str]]
) -> list[Problem]:
    if not name:
        return []
    if name not in templates:
        return [unknown_name(place, name, templates, "a record template that we may see")]
    what = f"a key of the template {name!r}"
    return [
        unknown_name(option, key, templates[name], what)
        for option, key in keys.items()
        if key not in templates[name]
    ]
