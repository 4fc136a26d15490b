"""What is wrong with the section `[space]` of a campaign file, beyond its keys."""

from collections.abc import Iterator
from pathlib import Path

from loop.core.definition import GeneratedSpace, PluginChoice, PoolSpace
from loop.errors import Problem, SynthloopError
from loop.service.plugins import PluginLookup

GENERATORS = "synthloop.generators"
PLANNERS = "synthloop.planners"
JUDGES = "synthloop.makeability"


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
        yield Problem(str(path), f"{place}.{key}", file, f"an existing file in {path.parent}")


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
    if space.material.value not in materials:
        known = ", ".join(sorted(materials))
        expected = f"one for the material {space.material.value}; this one is for {known}"
        yield Problem(str(path), f"{place}.kind", choice.kind, expected)
    for name in type(config).model_fields:
        if isinstance(getattr(config, name), Path):
            # A worker runs elsewhere and later: what a campaign goes by is stored when it opens.
            expected = "no file here: name it under [space.examples] or as the stock"
            yield Problem(str(path), f"{place}.{name}", str(getattr(config, name)), expected)
