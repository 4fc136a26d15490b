"""Look-up of plug-ins by name; our own are listed the same way as anybody's."""

import difflib
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

from pydantic import BaseModel, ValidationError

from loop.core.definition import PluginChoice
from loop.core.installed import installed, loaded, nearest
from loop.errors import ConfigError, Problem
from loop.service.wording import WHOLE, problems_of


class PluginLookup:
    """Finds plug-ins in the entry-point groups `synthloop.*`; loads one module at a time."""

    def names(self, group: str) -> list[str]:
        """Return the known names of a group, sorted."""
        return sorted(point.name for point in installed(group))

    def package(self, group: str, name: str) -> str:
        """Return the distribution that brings a plug-in; empty where its metadata do not say."""
        found = self._find(group, name).dist
        return "" if found is None else found.name

    def load(self, group: str, name: str) -> Any:
        """Return the plug-in of a name.

        Raises:
            ConfigError: the name is unknown; the message gives the known ones.
            MissingExtraError: a package it needs is not installed.
        """
        return loaded(self._find(group, name), f"{group} plug-in")

    def _find(self, group: str, name: str) -> EntryPoint:
        for point in installed(group).select(name=name):
            return point
        known = self.names(group)
        raise ConfigError(
            f"{name!r} is none of the {group.removeprefix('synthloop.')}: {', '.join(known)}",
            hint=nearest(name, known),
        )

    def configure(self, group: str, choice: PluginChoice) -> tuple[Any, BaseModel]:
        """Return the plug-in of a choice with its validated configuration.

        Raises:
            ConfigError: unknown name, or options its `Config` refuses, with every problem.
        """
        plugin = self.load(group, choice.kind)
        config_class: type[BaseModel] = plugin.Config
        try:
            return plugin, config_class.model_validate(choice.options)
        except ValidationError as error:
            problems = problems_of(error, choice.kind, config_class)
            raise ConfigError(
                f"the options of {choice.kind!r} cannot be used", problems=problems
            ) from error

    def option_problems(
        self, group: str, choice: PluginChoice, source: str, place: str
    ) -> list[Problem]:
        """Return what is wrong with a choice in a campaign file, as places in that file."""
        try:
            _, config = self.configure(group, choice)
        except ConfigError as error:
            if not error.problems:
                known = ", ".join(self.names(group))
                near = difflib.get_close_matches(choice.kind, self.names(group), n=1)
                expected = f"one of: {known}" + (f"; did you mean {near[0]!r}?" if near else "")
                return [Problem(source, f"{place}.kind", choice.kind, expected)]
            return [
                Problem(source, _below(place, p.place), p.value, p.expected) for p in error.problems
            ]
        return [
            problem
            for name, part_group in parts_of(type(config)).items()
            for i, part in enumerate(getattr(config, name))
            for problem in self.option_problems(
                part_group,
                PluginChoice(kind=part.kind, **(part.model_extra or {})),
                source,
                f"{place}.{name}[{i}]",
            )
        ]


def _below(place: str, inner: str) -> str:
    return place if inner == WHOLE else f"{place}.{inner}"


def parts_of(config: type[BaseModel]) -> Mapping[str, str]:
    """Return the keys of a configuration that hold lists of further plug-ins, with their groups.

    The configuration's class says so in the class variable `parts`; what else a part is asked
    beside its plug-in's options are the fields of the list's items.
    """
    found: Mapping[str, str] = getattr(config, "parts", {})
    return found
