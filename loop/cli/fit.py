"""Commands about models of one table, outside of a campaign: fit, predict."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loop.cli.campaigns import must_exist
from loop.cli.descriptors import bar, material_of
from loop.cli.output import AsJson, document, say, table, talk

if TYPE_CHECKING:
    from loop.core.ports import Table
    from loop.regression.card import ModelCard
    from loop.regression.request import FitRequest

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(fit)
    app.command()(predict)


def fit(
    file: Annotated[Path, typer.Argument(help="CSV (also .gz) or parquet, one row each.")],
    target: Annotated[str, typer.Option(help="Column of the property.")],
    unit: Annotated[str, typer.Option(help="Unit of the model; values are converted to it.")],
    structure: Annotated[str, typer.Option(help="Column of the structure.")] = "smiles",
    material: Annotated[
        str, typer.Option(help="auto, molecule, polymer, composition, crystal or columns.")
    ] = "auto",
    features: Annotated[
        str, typer.Option(help="For columns: names of the numeric columns, with commas.")
    ] = "",
    transfer: Annotated[
        str, typer.Option(help="auto: borrow from other properties; off; or a surrogate's name.")
    ] = "auto",
    exclude: Annotated[
        list[str] | None, typer.Option(help="A source that must not be used; repeat.")
    ] = None,
    withhold: Annotated[
        bool,
        typer.Option("--withhold", help="Train sources anew without the table's structures."),
    ] = False,
    skip: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows", help="Leave out rows that cannot be used; they are listed."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the model; named after table and target.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of all randomness.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Fit a model to the measured values of a table, and judge it.

    Writes a folder with the model and its card (card.html, card.md, card.json): parity,
    reliability of the intervals, what other properties contributed, applicability domain.
    """
    must_exist(file)
    from loop.regression.commands import fit_table, read_table
    from loop.settings import Settings

    read = read_table(file)
    request = fit_request(
        read, target=target, unit=unit, structure=structure, material=material, features=features,
        transfer=transfer, exclude=tuple(exclude or ()), withhold=withhold, seed=seed,
    )  # fmt: skip
    folder = out or Path(f"{file.name.split('.')[0]}-{request.property_name or 'target'}.model")
    with bar() as progress:
        card = fit_table(Settings(), read, request, folder, skip=skip, progress=progress)
    if as_json:
        document("fitted", {"out": folder, "card": card.model_dump(mode="json")})
        return
    _talk(card)
    say(str(folder))


def fit_request(
    read: "Table",
    *,
    target: str,
    unit: str,
    structure: str,
    material: str,
    features: str,
    transfer: str,
    exclude: tuple[str, ...],
    withhold: bool,
    seed: int,
) -> "FitRequest":
    """Return the request of a command line; a material that is not named is guessed.

    Raises:
        ConfigError: the material is unknown.
        UnitError: the unit is none.
    """
    from loop.regression.request import FitRequest, checked_unit, surrogate_of
    from loop.regression.structures import guessed_material

    names = tuple(name for name in re.split(r"\s*,\s*", features.strip()) if name)
    if material == "auto":
        found = guessed_material(read, structure, names)
        talk(f"material: {found.value}")
    else:
        found = material_of(material)
    return FitRequest(
        material=found,
        structure="" if found.value == "columns" else structure,
        features=names,
        target=target,
        unit=checked_unit(unit),
        surrogate=surrogate_of(transfer),
        seed=seed,
        withhold=withhold,
        exclude=exclude,
    )


def _talk(card: "ModelCard") -> None:
    from loop.regression.words import about_calibration, about_data, about_sources

    for sentence in (*about_data(card), *about_calibration(card), *about_sources(card)):
        talk(sentence)
    for warning in (*card.report.warnings, *card.notices, *card.report.notes):
        talk(warning)
    for row in card.skipped[:_SHOWN]:
        talk(f"row {row.row}, {row.text or 'empty'}: {row.reason}")
    if len(card.skipped) > _SHOWN:
        talk(f"and {len(card.skipped) - _SHOWN} more rows were left out")


def predict(
    model: Annotated[Path, typer.Argument(help="Folder of a model: synthloop fit.")],
    file: Annotated[Path, typer.Argument(help="CSV (also .gz) or parquet, one row each.")],
    out: Annotated[Path | None, typer.Option(help="A .csv to write; printed if absent.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict the property of every row of a table, with a 90 % interval of one measurement.

    Rows that cannot be described are listed; the command fails if that is every row. `outside`
    marks rows unlike the training, where the interval is no calibrated probability.
    """
    must_exist(file)
    from loop.regression.commands import COLUMNS, predict_table, refuse_file, write_predictions
    from loop.settings import Settings

    if out is not None:
        refuse_file(out)
    with bar() as progress:
        rows, card = predict_table(Settings(), model, file, progress)
    if out is not None:
        write_predictions(rows, out)
    failed = [row for row in rows if row.failure]
    for row in failed[:_SHOWN]:
        talk(f"row {row.row}, {row.structure or 'empty'}: {row.failure}")
    if failed:
        talk(f"{len(failed)} of {len(rows)} rows failed")
    outside = sum(bool(row.outside) for row in rows)
    if outside:
        talk(f"{outside} of {len(rows)} rows lie outside what the model has learned from")
    if as_json:
        document(
            "predictions",
            {"property": card.request.target, "unit": card.request.unit, "out": out, "rows": rows},
        )
    elif out is not None:
        say(str(out))
    else:
        table(COLUMNS, [[getattr(row, name) for name in COLUMNS] for row in rows])
