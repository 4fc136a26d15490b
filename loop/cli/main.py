"""The command `synthloop`."""

import os
import sys
import traceback
from typing import Annotated, Any

import typer

from loop.cli import (
    batches,
    campaigns,
    demo,
    descriptors,
    design,
    door,
    fit,
    labels,
    ledger,
    lims,
    rehearse,
    results,
    routes,
    sources,
    views,
)
from loop.errors import SynthloopError

app = typer.Typer(
    name="synthloop",
    help="Closed-loop campaigns for materials chemistry.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=(
        "Exit codes: 0 done, 1 a defect of ours, 2 wrong usage, 3 campaign file or data refused, "
        "4 not found, 5 not in this state or somebody was first, 6 not allowed, "
        "7 the lab's system, 8 the model, 9 the ledger, 130 interrupted."
    ),
)
_INTERRUPTED = 130

for module in (
    campaigns, batches, results, labels, views, demo, descriptors, fit, design, routes,
    rehearse, door,
):  # fmt: skip
    module.register(app)
app.add_typer(ledger.app, name="ledger", help="Look after the ledger.")
app.add_typer(lims.app, name="lims", help="The lab's own system: look, compare, take in again.")
app.add_typer(sources.app, name="sources", help="Pretrained models that campaigns borrow from.")


@app.callback()
def common(
    workspace: Annotated[
        str, typer.Option(help="Folder with campaigns/, exchange/ and reports/.", metavar="FOLDER")
    ] = "",
    actor: Annotated[str, typer.Option(help="Who acts; your login name if absent.")] = "",
) -> None:
    """Set where and as whom the command works."""
    if workspace:
        os.environ["SYNTHLOOP_WORKSPACE"] = workspace
    if actor:
        os.environ["SYNTHLOOP_ACTOR"] = actor


def _usage_error() -> Any:
    """Return click's exception; newer releases of typer carry a click of their own."""
    from importlib import import_module

    try:
        return import_module("typer._click.exceptions").ClickException
    except ModuleNotFoundError:
        return import_module("click.exceptions").ClickException


def main() -> None:
    """Run the command line; every error on purpose becomes one message and an exit code."""
    try:
        code = app(standalone_mode=False)
    except SynthloopError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - a face: whatever it is, say so
        if isinstance(error, _usage_error()):
            error.show()
            sys.exit(error.exit_code)
        traceback.print_exc()
        sys.stderr.write("this is a defect of synthloop; nothing was half-recorded\n")
        sys.exit(1)
    # Some releases of typer turn the interrupt into this code by themselves.
    if code == _INTERRUPTED:
        sys.stderr.write("interrupted; the ledger is consistent, the same command goes on\n")
    sys.exit(code or 0)
