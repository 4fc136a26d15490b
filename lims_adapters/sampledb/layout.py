"""The actions of SampleDB that a mapping names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from lims_adapters.sampledb.config import Action, MeasurementMapping, SampleDBConfig
from lims_adapters.transport.mapping import unknown_name
from loop.errors import AdapterError, Problem

SAMPLE: Final = "lims.sample"
MEASUREMENT: Final = "lims.measurements"


@dataclass(frozen=True)
class ActionSchema:
    """An action as the mapping uses it.

    Attributes:
        action_id: Its number.
        name: In English.
        fields: Schema of each field.
        required: Fields that must be filled in.
    """

    action_id: int
    name: str
    fields: Mapping[str, Mapping[str, Any]]
    required: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """The actions of the mapping, found.

    Attributes:
        sample: The one that makes samples.
        measurements: Number of a measuring action to its mapping.
    """

    sample: ActionSchema
    measurements: Mapping[int, MeasurementMapping]


def find_layout(config: SampleDBConfig, actions: Sequence[Mapping[str, Any]]) -> Layout:
    """Return the actions that the mapping names.

    Raises:
        AdapterError: SampleDB does not have one of them, or hides it from us.
    """
    problems: list[Problem] = []
    sample = find_action(config.sample.action, actions, f"{SAMPLE}.action", problems)
    found = [
        (find_action(m.action, actions, f"{MEASUREMENT}[{i}].action", problems), m)
        for i, m in enumerate(config.measurements)
    ]
    if sample is None or problems:
        raise AdapterError(
            "SampleDB does not have the actions that [lims] names", problems=problems
        )
    return Layout(sample, {action.action_id: m for action, m in found if action})


def find_action(
    wanted: Action,
    actions: Sequence[Mapping[str, Any]],
    place: str,
    problems: list[Problem],
) -> ActionSchema | None:
    """Return the action of a number or name, or None and one problem more.

    Args:
        wanted: As the mapping has it.
        actions: As SampleDB lists them.
        place: Path in the campaign file.
        problems: Added to.
    """
    key = "action_id" if isinstance(wanted, int) else "name"
    found = [action for action in actions if action[key] == wanted]
    if len(found) == 1:
        schema = found[0].get("schema") or {}
        return ActionSchema(
            int(found[0]["action_id"]),
            str(found[0]["name"] or ""),
            dict(schema.get("properties") or {}),
            tuple(schema.get("required") or ()),
        )
    if found:
        numbers = ", ".join(str(action["action_id"]) for action in found)
        problems.append(
            Problem("[lims]", place, str(wanted), f"one action; these have the name: {numbers}")
        )
        return None
    known = [str(action[key]) for action in actions if action[key] is not None]
    problems.append(unknown_name(place, str(wanted), known, "an action that we may use"))
    return None
