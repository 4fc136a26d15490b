"""Reading a campaign file: every problem at once, each with its place and the way to mend it."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from loop.core.definition import CampaignDefinition
from loop.core.objective import TargetRange
from loop.errors import ConfigError, Problem
from loop.service.feasibility import GROUP, OFF
from loop.service.plugins import PluginLookup
from loop.service.space_file import space_problems, too_few_kept
from loop.service.wording import problems_of

_LARGEST = 1_000_000


def read_campaign(path: Path, plugins: PluginLookup) -> CampaignDefinition:
    """Return the definition of a campaign file.

    The slug is the name of the file's folder.

    Raises:
        ConfigError: with one problem per mistake: file, place, value, expectation.
    """
    data = _table(path)
    slug = path.resolve().parent.name
    if data.get("slug", slug) != slug:
        raise _refused(
            path,
            [Problem(str(path), "slug", str(data["slug"]), f"the folder's name, {slug!r}")],
        )
    try:
        definition = CampaignDefinition.model_validate(data | {"slug": slug})
    except ValidationError as error:
        raise _refused(path, problems_of(error, str(path), CampaignDefinition)) from error
    problems = _problems(path, definition, plugins)
    if problems:
        raise _refused(path, problems)
    return definition


def _refused(path: Path, problems: list[Problem]) -> ConfigError:
    count = len(problems)
    return ConfigError(
        f"campaign file {path} cannot be used ({count} problem{'s' * (count > 1)})",
        problems=problems,
        hint=f"mend it, then: synthloop check {path}",
    )


def _table(path: Path) -> dict[str, Any]:
    def refuse(place: str, value: str, expected: str) -> ConfigError:
        return _refused(path, [Problem(str(path), place, value, expected)])

    try:
        if path.stat().st_size > _LARGEST:
            raise refuse("size", f"{path.stat().st_size} bytes", f"at most {_LARGEST} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise refuse("file", "nothing", "a campaign.toml; `synthloop new` writes one") from None
    except IsADirectoryError:
        raise refuse("file", "a folder", "a file: name the campaign.toml in it") from None
    except (PermissionError, NotADirectoryError) as cause:
        raise refuse("file", str(cause.strerror), "a readable file") from cause
    except UnicodeDecodeError as cause:
        raise refuse(
            f"byte {cause.start}", repr(cause.object[cause.start]), "UTF-8 text"
        ) from cause
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as cause:
        raise refuse("syntax", str(cause), "TOML, see toml.io") from cause


def _problems(path: Path, definition: CampaignDefinition, plugins: PluginLookup) -> list[Problem]:
    source = str(path)
    found: list[Problem] = []
    choices = {
        "surrogate": ("synthloop.surrogates", definition.surrogate),
        "acquisition": ("synthloop.acquisitions", definition.acquisition),
        "lims": ("synthloop.lims", definition.lims),
    }
    if definition.featurizer.kind != "auto":
        choices["featurizer"] = ("synthloop.featurizers", definition.featurizer)
    elif definition.featurizer.options:
        found.append(
            Problem(
                source,
                "featurizer",
                ", ".join(definition.featurizer.options),
                'no options beside kind = "auto"; name the featurizer to give it options',
            )
        )
    if definition.feasibility.kind != OFF:
        choices["feasibility"] = (GROUP, definition.feasibility)
    elif definition.feasibility.options:
        given = ", ".join(definition.feasibility.options)
        found.append(
            Problem(source, "feasibility", given, f'no such options beside kind = "{OFF}"')
        )
    for place, (group, choice) in choices.items():
        found.extend(plugins.option_problems(group, choice, source, place))
    if definition.initial.kind not in plugins.names("synthloop.designs"):
        known = ", ".join(plugins.names("synthloop.designs"))
        found.append(Problem(source, "initial.kind", definition.initial.kind, f"one of: {known}"))
    found.extend(_out_of_reach(source, definition))
    found.extend(too_few_kept(path, definition))
    return [*found, *space_problems(path, definition.space, plugins)]


def _out_of_reach(source: str, definition: CampaignDefinition) -> Iterator[Problem]:
    """Say that a target lies where every result would be refused as implausible."""
    objective, plausible = definition.objective, definition.target.plausible
    if not isinstance(objective, TargetRange) or plausible is None:
        return
    low, high = plausible
    if objective.high < low or objective.low > high:
        place = f"properties.{objective.property}.plausible"
        expected = f"a range that meets {place}, {low:g} to {high:g}: no other value is recorded"
        yield Problem(source, "objective", f"{objective.low:g} to {objective.high:g}", expected)
