"""What the command line does about inverse design."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Final

from loop.core.candidate import Material
from loop.core.generated_space import MakeabilityRules
from loop.core.objective import Maximize, Minimize, Objective, TargetRange
from loop.core.plugin_choice import PluginChoice
from loop.core.ports import Progress, Table, silent
from loop.core.units import convert
from loop.design.design_task import DesignTask
from loop.design.designed import Designed, DesignedCandidate
from loop.design.inventor import CampaignInventor
from loop.design.one_off import design
from loop.errors import ConfigError
from loop.regression.describing import Workshop
from loop.regression.folder import read_model
from loop.regression.measured import measured
from loop.regression.model import RegressionModel, fit_model
from loop.regression.request import FitRequest
from loop.service.plugins import PluginLookup
from loop.settings import Settings

COLUMNS: Final = ("rank", *(f.name for f in fields(DesignedCandidate)))
PLANNERS: Final = {Material.MOLECULE: "named-reactions", Material.POLYMER: "polymer-rules"}


def model_of_folder(folder: Path) -> RegressionModel:
    """Return the model of a folder that `synthloop fit` wrote.

    Raises:
        NotFoundError: there is no model.
        ModelError: it is damaged or was altered.
    """
    return read_model(folder)[0]


def model_of_table(
    settings: Settings, table: Table, request: FitRequest, progress: Progress = silent
) -> RegressionModel:
    """Return a model fitted to a table; equal tables and requests give equal models.

    Raises:
        DataError: rows cannot be used; all are named.
        ModelError: no fit was found.
    """
    workshop = Workshop(settings)
    workshop.surrogate(request)
    return fit_model(request, measured(table, request), workshop, progress=progress)


def objective_of(
    model: RegressionModel, between: tuple[float, float, str] | None, *, maximize: bool
) -> Objective:
    """Return what is wanted, in the model's unit.

    Args:
        model: Names property and unit.
        between: Lowest and highest wanted value with their unit; None to maximise or minimise.
        maximize: Whether larger is better.

    Raises:
        ConfigError: the range is not ordered.
        UnitError: the unit does not measure the property.
    """
    name, unit = model.request.property_name, model.request.unit
    if between is None:
        return Maximize(property=name) if maximize else Minimize(property=name)
    low, high = (convert(value, between[2], unit) for value in between[:2])
    if not low < high:
        raise ConfigError(f"--between {between[0]:g} {between[1]:g}: expected LOW below HIGH")
    return TargetRange(property=name, low=low, high=high)


def stock_rules(
    material: Material, stock: Path, *, required: bool
) -> tuple[MakeabilityRules, bytes]:
    """Return the rules for candidates from a stock, and what it holds.

    Raises:
        ConfigError: no planner makes this material.
        NotFoundError: there is no such file.
        DataError: it holds nothing, or an entry cannot be read.
    """
    if material not in PLANNERS:
        known = ", ".join(m.value for m in PLANNERS)
        raise ConfigError(f"--stock: routes are planned for {known}; this is {material.value}")
    rules = MakeabilityRules(
        planner=PluginChoice(kind=PLANNERS[material]),
        stock=str(stock),
        route="required" if required else "preferred",
    )
    return rules, CampaignInventor(PluginLookup()).read_stock(stock)


def run_design(
    settings: Settings, model: RegressionModel, task: DesignTask, progress: Progress = silent
) -> Designed:
    """Return candidates; a run that was interrupted goes on where it stood.

    Raises:
        ConfigError: the generator makes another material, or refuses its options.
        ModelError: it cannot learn from the examples, or nothing passes the constraints.
    """
    folder = settings.state_folder / "cache" / "searches"
    return design(model, Workshop(settings), task, folder, progress)


def warnings_of(designed: Designed, task: DesignTask) -> list[str]:
    """Return what a person should know before believing the candidates."""
    told = list(designed.invention.warnings)
    found = designed.candidates
    if not found:
        told.append("no new candidate was found; give more proposals, seeds or another generator")
        return told
    outside = sum(c.outside for c in found)
    if outside:
        told.append(
            f"{outside} of {len(found)} candidates lie outside what the model has learned from: "
            "sd and p_target are no calibrated probabilities there"
        )
    if task.makeability is not None and not any(c.in_stock for c in found):
        told.append("no candidate can be made from stock alone; look at the stock or the planner")
    return told


def write_designed(model: RegressionModel, designed: Designed, out: Path) -> None:
    """Write the candidates as CSV, whole or not at all.

    The structures stand in a column of the name that the model knows: `synthloop predict` reads it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([model.request.structure if c == "structure" else c for c in COLUMNS])
    writer.writerows(_cells(designed))
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        draft.write_text(text.getvalue(), encoding="utf-8", newline="")
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)


def _cells(designed: Designed) -> Iterator[list[object]]:
    for rank, candidate in enumerate(designed.candidates, start=1):
        cells = [getattr(candidate, name) for name in COLUMNS[1:]]
        yield [rank, *("" if cell is None else cell for cell in cells)]
