"""A campaign with a simulated lab in place of its own, and what that lab takes for the truth."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loop.core.definition import CampaignDefinition, GeneratedSpace, PluginChoice
from loop.errors import ConfigError, ModelError, NotFoundError

SIMULATED: Final = "simulated"
Believed = Callable[[str], tuple[Mapping[str, float], int]]
"""Slug to what a model says of every candidate, and the number of results it rests on."""

ORACLES: Final = "oracle"
USUAL: Final[Mapping[str, float]] = {
    "unit_slips": 0.04,
    "wrong_units": 0.04,
    "comma_slips": 0.04,
    "swapped_samples": 0.15,
    "late_corrections": 0.05,
    "withdrawals": 0.03,
}
"""Rates to rehearse with where nobody gives others: some of each in a campaign of 40 orders."""

_LIST: Final = "truth.csv"


@dataclass(frozen=True)
class Rehearsed:
    """What is rehearsed.

    Attributes:
        definition: The campaign with its simulated lab.
        truth: What stands for the truth, in words.
        departures: In what else it departs from the campaign file, in words.
        values: Candidate id to true value, where a model stands for the truth.
    """

    definition: CampaignDefinition
    truth: str
    departures: tuple[str, ...]
    values: Mapping[str, float]

    def write_values(self, exchange: Path) -> None:
        """Put the list that the simulated lab answers from where it looks for it."""
        if not self.values:
            return
        folder = exchange / self.definition.slug
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _LIST).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("candidate_id", "value"))
            writer.writerows(self.values.items())


def rehearsed(
    believed: Believed,
    definition: CampaignDefinition,
    truths: Mapping[str, str],
    mistakes: Mapping[str, float],
) -> Rehearsed:
    """Return what a campaign is when it is rehearsed.

    Args:
        believed: Asked only if nothing else is known to stand for the truth.
        definition: Of the campaign file.
        truths: Property to "column:NAME" or "oracle:NAME", for a campaign with a real lab.
        mistakes: Rates that go before those of the file.

    Raises:
        ConfigError: nothing is known that could stand for the truth.
    """
    departures: list[str] = []
    values: Mapping[str, float] = {}
    if definition.lims.kind == SIMULATED and not truths:
        options, told = dict(definition.lims.options), "as the campaign's own [lims] says"
    elif truths:
        options, told = _named(truths), ", ".join(f"{k} is {v}" for k, v in truths.items())
    else:
        values, told = _believed(believed, definition)
        options = {"values": {definition.objective.property: _LIST}}
        definition, dropped = _target_only(definition)
        departures += dropped
    if definition.lims.kind != SIMULATED:
        departures.append(f"a simulated lab stands for {definition.lims.kind!r}")
        options |= _noise(definition)
    if mistakes:
        options["mistakes"] = {**options.get("mistakes", {}), **mistakes}
    definition, more = _by_itself(definition)
    lims = PluginChoice.model_validate({"kind": SIMULATED, **options})
    return Rehearsed(
        definition.model_copy(update={"lims": lims}), told, (*departures, *more), values
    )


def _named(truths: Mapping[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, where in truths.items():
        kind, _, what = where.partition(":")
        options.setdefault("oracles" if kind == ORACLES else "columns", {})[name] = what
    return options


def _noise(definition: CampaignDefinition) -> dict[str, float]:
    target = definition.target
    if target.noise_relative is not None:
        return {"noise_relative": target.noise_relative}
    return {} if target.noise_sd is None else {"noise_sd": target.noise_sd}


def _believed(
    believed: Believed, definition: CampaignDefinition
) -> tuple[Mapping[str, float], str]:
    hint = (
        "name what knows the true values: --truth PROPERTY=column:NAME, a column of the pool, or "
        "--truth PROPERTY=oracle:logp; or measure some candidates first: then a model of these "
        "results stands for the truth"
    )
    if isinstance(definition.space, GeneratedSpace):
        raise ConfigError(
            f"campaign {definition.slug!r} makes new candidates, and nothing knows their values",
            hint="name a formula that does: --truth PROPERTY=oracle:logp",
        )
    try:
        values, count = believed(definition.slug)
    except (NotFoundError, ModelError) as error:
        raise ConfigError(
            f"campaign {definition.slug!r} cannot be rehearsed: nothing stands for the truth "
            f"({error.message})",
            hint=hint,
        ) from error
    kind = definition.surrogate.kind
    return values, f"what {kind!r} makes of the {count} results so far: a guess, smoother than life"


def _target_only(definition: CampaignDefinition) -> tuple[CampaignDefinition, list[str]]:
    wanted = definition.objective.property
    others = [name for name in definition.properties if name != wanted]
    if not others:
        return definition, []
    kept = {wanted: definition.properties[wanted]}
    return definition.model_copy(update={"properties": kept}), [
        f"only {wanted} is measured, not {', '.join(others)}"
    ]


def _by_itself(definition: CampaignDefinition) -> tuple[CampaignDefinition, list[str]]:
    """Return a definition that waits for nobody and for no real time."""
    told: list[str] = []
    if definition.approval != "auto":
        told.append("every batch is approved as it is proposed")
    if definition.closing.deadline_hours is not None:
        told.append("no round closes by its deadline, because no time passes")
    if definition.lab.annotate:
        told.append("nothing is filed at the lab")
    closing = definition.closing.model_copy(update={"deadline_hours": None})
    changes = {
        "approval": "auto",
        "closing": closing,
        "lab": definition.lab.model_copy(update={"annotate": False}),
    }
    return definition.model_copy(update=changes), told
