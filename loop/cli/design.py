"""Inverse design outside of a campaign: design."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loop.cli.descriptors import bar
from loop.cli.fit import fit_request
from loop.cli.output import AsJson, document, say, table, talk
from loop.errors import ConfigError, NotFoundError

if TYPE_CHECKING:
    from loop.design.design_task import DesignTask
    from loop.design.designed import Designed
    from loop.regression.model import RegressionModel
    from loop.settings import Settings

_SHOWN = 20
_COLUMNS = (
    "rank", "structure", "mean", "sd", "p_target", "outside", "nearest", "similarity",
    "route_found", "in_stock", "route", "made_from",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(design)


def design(
    source: Annotated[
        Path, typer.Argument(help="Folder of a model (synthloop fit), or a table to fit one to.")
    ],
    between: Annotated[
        tuple[float, float, str] | None,
        typer.Option(help="LOW HIGH UNIT: the range to hit.", metavar="LOW HIGH UNIT"),
    ] = None,
    maximize: Annotated[bool, typer.Option("--maximize", help="The larger the better.")] = False,
    minimize: Annotated[bool, typer.Option("--minimize", help="The smaller the better.")] = False,
    target: Annotated[str, typer.Option(help="Of a table: column of the property.")] = "",
    unit: Annotated[str, typer.Option(help="Of a table: unit of the model.")] = "",
    structure: Annotated[str, typer.Option(help="Of a table: column of the structure.")] = "smiles",
    material: Annotated[
        str, typer.Option(help="Of a table: auto, molecule, polymer, composition.")
    ] = "auto",
    transfer: Annotated[str, typer.Option(help="Of a table: auto, off, or a surrogate.")] = "auto",
    generator: Annotated[str, typer.Option(help="Who makes candidates; a plug-in.")] = "ngram",
    option: Annotated[
        list[str] | None, typer.Option(help="An option of the generator, as key=value; repeat.")
    ] = None,
    seeds: Annotated[
        Path | None,
        typer.Option(help="Structures, or monomers, to learn from beside those of the model."),
    ] = None,
    proposals: Annotated[int, typer.Option(min=1, help="Most attempts.")] = 2000,
    keep: Annotated[int, typer.Option(min=1, max=20_000, help="Most candidates.")] = 100,
    stock: Annotated[
        Path | None, typer.Option(help="What can be bought: routes are planned from it.")
    ] = None,
    require_route: Annotated[
        bool, typer.Option("--require-route", help="Only candidates with a route from stock.")
    ] = False,
    forbid: Annotated[
        list[str] | None, typer.Option(help="SMARTS that no candidate may have; repeat.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv to write; printed if absent.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of all randomness.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Invent structures that hit a target, by a model of one table, without a campaign.

    Every candidate has its prediction, the chance to hit, whether it lies outside of what the
    model has learned from, its nearest known relative and, with --stock, a route. A run that was
    interrupted goes on when the same command is given again.
    """
    if (between is not None) + maximize + minimize != 1:
        raise ConfigError(
            "say what is wanted: one of --between LOW HIGH UNIT, --maximize, --minimize"
        )
    if not source.exists():
        raise NotFoundError(f"{source} does not exist; expected a model's folder or a table")
    if require_route and stock is None:
        raise ConfigError("--require-route needs --stock FILE")
    from loop.core.plugin_choice import PluginChoice
    from loop.design.commands import (
        objective_of,
        run_design,
        stock_rules,
        warnings_of,
        write_designed,
    )
    from loop.design.design_task import DesignTask
    from loop.design.seeds import read_seeds
    from loop.regression.commands import refuse_file
    from loop.settings import Settings

    if out is not None:
        refuse_file(out)
    settings = Settings()
    with bar() as progress:
        model = _model(
            settings, source, progress, target=target, structure=structure, material=material,
            transfer=transfer, unit=unit or (between[2] if between else ""), seed=seed,
        )  # fmt: skip
        found = read_seeds(seeds, model.request.material) if seeds else None
        for problem in found.left_out[:_SHOWN] if found else ():
            talk(f"left out: {problem}")
        rules = (
            stock_rules(model.request.material, stock, required=require_route) if stock else None
        )
        task = DesignTask(
            objective=objective_of(model, between, maximize=maximize),
            generator=PluginChoice.model_validate({"kind": generator, **_options(option or [])}),
            proposals=proposals,
            keep=keep,
            seeds=found,
            makeability=rules[0] if rules else None,
            stock=rules[1] if rules else None,
            forbid=tuple(forbid or ()),
            seed=seed,
        )
        designed = run_design(settings, model, task, progress)
    if out is not None:
        write_designed(model, designed, out)
    told = warnings_of(designed, task)
    if as_json:
        document("designed", _content(model, task, designed, told, out))
        return
    _talk(model, task, designed, told)
    if out is not None:
        say(str(out))
    else:
        rows = [
            (rank, *(getattr(c, name) for name in _COLUMNS[1:]))
            for rank, c in enumerate(designed.candidates, start=1)
        ]
        table(_COLUMNS, rows)


def _model(
    settings: "Settings",
    source: Path,
    progress: Any,
    *,
    target: str,
    structure: str,
    material: str,
    transfer: str,
    unit: str,
    seed: int,
) -> "RegressionModel":
    from loop.design.commands import model_of_folder, model_of_table
    from loop.regression.commands import read_table

    if source.is_dir():
        return model_of_folder(source)
    if not target or not unit:
        raise ConfigError(
            f"{source} is a table: name the property with --target COLUMN and its --unit",
            hint="or give the folder of a model: synthloop fit makes one",
        )
    read = read_table(source)
    request = fit_request(
        read, target=target, unit=unit, structure=structure, material=material, features="",
        transfer=transfer, exclude=(), withhold=False, seed=seed,
    )  # fmt: skip
    return model_of_table(settings, read, request, progress)


def _options(pairs: list[str]) -> dict[str, str]:
    options = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise ConfigError(f"--option is {pair!r}; expected key=value, as in order=8")
        options[key] = value
    return options


def _talk(
    model: "RegressionModel", task: "DesignTask", designed: "Designed", told: list[str]
) -> None:
    made = designed.invention
    likely = sum(c.p_target > 0.5 for c in designed.candidates)
    talk(
        f"{task.objective.in_words()} [{model.request.unit}]: {made.n_tried} attempts, "
        f"{made.n_distinct} distinct, {len(designed.candidates)} new ones kept, {likely} of them "
        f"likelier than not to hit; {made.stopped}"
    )
    for reason, count in sorted(made.failures.items(), key=lambda pair: -pair[1])[:_SHOWN]:
        talk(f"{count} attempts came to nothing: {reason}")
    for warning in told:
        talk(f"warning: {warning}")


def _content(
    model: "RegressionModel",
    task: "DesignTask",
    designed: "Designed",
    told: list[str],
    out: Path | None,
) -> dict[str, Any]:
    made = designed.invention
    return {
        "property": model.request.target,
        "unit": model.request.unit,
        "objective": task.objective.model_dump(mode="json"),
        "generator": task.generator.kind,
        "best_known": designed.best,
        "n_tried": made.n_tried,
        "n_distinct": made.n_distinct,
        "failures": dict(made.failures),
        "stopped": made.stopped,
        "warnings": told,
        "out": out,
        "candidates": designed.candidates,
    }
