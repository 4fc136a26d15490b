"""A worker that dies anywhere loses nothing and orders nothing twice."""

from collections.abc import Callable

import pytest

from loop.settings import Settings
from loop.testing.small_campaign import simulated_lab, write_small_campaign
from tests.crash.rehearsal import Reaper, facts, run_to_the_end, samples


@pytest.mark.slow
@pytest.mark.parametrize(
    "lab",
    [
        pytest.param(simulated_lab(), id="honest lab"),
        pytest.param(simulated_lab(lost=0.3), id="lab that loses replies"),
        pytest.param(simulated_lab(lost=0.3, ignores=True), id="lab without idempotency"),
    ],
)
def test_killed_at_every_point(
    workspace: Callable[[str, str], Settings], ledger_url: str, lab: str
) -> None:
    calm = workspace("calm", "")
    run_to_the_end(calm, write_small_campaign(calm.workspace, lims=lab))

    rough = workspace("rough", ledger_url)
    reaper = Reaper()
    deaths = run_to_the_end(rough, write_small_campaign(rough.workspace, lims=lab), reaper)

    assert deaths >= 100
    assert without_trouble(facts(rough)) == without_trouble(facts(calm))
    made = samples(rough)
    assert len(made) == 8
    assert set(made.values()) == {1}


def without_trouble(bodies: list[dict]) -> list[dict]:
    """Leave out the notes on the lab's health: they depend on which message was the lost one."""
    return [b for b in bodies if not b["kind"].startswith("lab.")]
