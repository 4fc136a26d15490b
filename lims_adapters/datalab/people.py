"""The accounts that work on our samples, by the names that people know them by."""

from collections.abc import Sequence

from lims_adapters.datalab.client import DatalabClient
from lims_adapters.transport.mapping import unknown_name
from loop.errors import AdapterError, Problem


def _named(lab: DatalabClient, name: str) -> tuple[list[str], list[str]]:
    """Return the ids of the accounts of exactly this name, and every name that was found."""
    found = lab.people(name)
    ids = [str(p.get("immutable_id")) for p in found if p.get("display_name") == name]
    return ids, [str(person.get("display_name")) for person in found]


def people_problems(lab: DatalabClient, names: Sequence[str]) -> list[Problem]:
    """Return every name that no account has, or more than one."""
    problems = []
    for name in names:
        ids, near = _named(lab, name)
        if not ids:
            problems.append(unknown_name("lims.people", name, near, "the name of an account"))
        elif len(ids) > 1:
            problems.append(Problem("[lims]", "lims.people", name, "a name of one account only"))
    return problems


def one_account(lab: DatalabClient, name: str) -> str:
    """Return the id of the account of a name.

    Raises:
        AdapterError: there is none, or more than one.
    """
    ids, _ = _named(lab, name)
    if len(ids) != 1:
        raise AdapterError(
            f"datalab has {len(ids)} accounts called {name!r}",
            hint="mend `people` under [lims]; `synthloop lims check` shows near names",
        )
    return ids[0]
