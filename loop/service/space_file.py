"""What is wrong with the section `[space]` of a campaign file, beyond its keys."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from loop.core.definition import CampaignDefinition, GeneratedSpace, PluginChoice, PoolSpace
from loop.errors import Problem, SynthloopError
from loop.service.plugins import PluginLookup

GENERATORS = "synthloop.generators"
PLANNERS = "synthloop.planners"
JUDGES = "synthloop.makeability"
AMENDABLE: Final = (
    "[space.generator], proposals, keep, particles, novelty_cost, prior and what "
    "[space.makeability] says beside its stock"
)
_OF_LATER_ROUNDS: Final = {"generator", "proposals", "keep", "particles", "novelty_cost", "prior"}


def space_problems(
    path: Path, space: PoolSpace | GeneratedSpace, plugins: PluginLookup
) -> list[Problem]:
    """Return lists that are not there, unknown plug-ins and options they refuse."""
    found = [*_listed(path, "space", space.file, space.dataset, plugins)]
    if not isinstance(space, GeneratedSpace):
        return found
    if space.examples is not None:
        named = space.examples
        found += _listed(path, "space.examples", named.file, named.dataset, plugins)
    rules = space.makeability
    if rules is not None and rules.stock is not None:
        found += _listed(path, "space.makeability", rules.stock, None, plugins, "stock")
    for group, place, choice in chosen(space):
        found += plugins.option_problems(group, choice, str(path), place)
        if not found:
            found += _unfit(path, group, place, choice, space, plugins)
    return found


def too_few_kept(path: Path, definition: CampaignDefinition) -> list[Problem]:
    """Return what is wrong where a round keeps fewer new candidates than a batch needs."""
    space = definition.space
    if not isinstance(space, GeneratedSpace) or space.own_table is not None:
        return []
    wanted = {"initial": definition.initial.size, "batch": definition.batch.size}
    section = max(wanted, key=lambda name: wanted[name])
    if min(space.keep, space.proposals) >= wanted[section]:
        return []
    short = "keep" if space.keep < wanted[section] else "proposals"
    expected = f"at least {wanted[section]}, as many as {section}.size asks for in one round"
    return [Problem(str(path), f"space.{short}", str(getattr(space, short)), expected)]


def unchangeable(space: PoolSpace | GeneratedSpace) -> dict[str, Any]:
    """Return what an amendment must leave as it is: what was read when the campaign opened."""
    told = space.model_dump(mode="json")
    if isinstance(space, GeneratedSpace):
        told = {key: value for key, value in told.items() if key not in _OF_LATER_ROUNDS}
        told["makeability"] = space.makeability.stock if space.makeability else None
    return told


def chosen(space: GeneratedSpace) -> list[tuple[str, str, PluginChoice]]:
    """Return the plug-ins that a space names: group, place in the file, choice."""
    rules = space.makeability
    named = [
        (GENERATORS, "space.generator", space.generator),
        (PLANNERS, "space.makeability.planner", rules.planner if rules else None),
        (JUDGES, "space.makeability.judge", rules.judge if rules else None),
    ]
    return [(group, place, choice) for group, place, choice in named if choice is not None]


def _listed(
    path: Path,
    place: str,
    file: str | None,
    dataset: str | None,
    plugins: PluginLookup,
    key: str = "file",
) -> Iterator[Problem]:
    if dataset is not None and dataset not in plugins.names("synthloop.datasets"):
        known = ", ".join(plugins.names("synthloop.datasets"))
        yield Problem(str(path), f"{place}.dataset", dataset, f"one of: {known}")
    if file is not None and not (path.parent / file).is_file():
        there = sorted(p.name for p in path.parent.iterdir() if p.is_file())
        near = difflib.get_close_matches(file, there, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        expected = f"an existing file in {path.parent}{hint}"
        yield Problem(str(path), f"{place}.{key}", file, expected)


def _unfit(
    path: Path,
    group: str,
    place: str,
    choice: PluginChoice,
    space: GeneratedSpace,
    plugins: PluginLookup,
) -> Iterator[Problem]:
    try:
        cls, config = plugins.configure(group, choice)
        # A mixture makes what all its parts make, which only the built one knows.
        materials = cls(config).materials
    except SynthloopError as error:
        yield Problem(str(path), place, choice.kind, error.message)
        return
    if group == GENERATORS and space.prior == "language-model" and not speaks(cls):
        speaking = [
            name for name in plugins.names(GENERATORS) if speaks(plugins.load(GENERATORS, name))
        ]
        expected = (
            f'"none", or a generator with a language model ({", ".join(speaking)}); '
            f"{choice.kind!r} has none"
        )
        yield Problem(str(path), "space.prior", space.prior, expected)
    if space.material.value not in materials:
        known = ", ".join(sorted(materials))
        expected = f"one for the material {space.material.value}; this one is for {known}"
        yield Problem(str(path), f"{place}.kind", choice.kind, expected)
    for name in type(config).model_fields:
        if isinstance(getattr(config, name), Path):
            # A worker runs elsewhere and later: what a campaign goes by is stored when it opens.
            expected = "no file here: name it under [space.examples] or as the stock"
            yield Problem(str(path), f"{place}.{name}", str(getattr(config, name)), expected)


def speaks(generator: Any) -> bool:
    """Whether what a generator's `teach` returns is a `LanguageModel`, as its class says."""
    return bool(getattr(generator, "language_model", False))
