"""Campaigns on generated compositions and crystals run to their end, by the rules of chemistry."""

import warnings
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer
from smact.screening import smact_validity

from loop.core.events import BatchProposed, PoolExtended
from loop.core.generated_pool import GENERATOR
from loop.datasets.inorganic_properties import InorganicProperties
from loop.service.ask import Ask
from loop.space.crystals import structure_of
from tests.design.inorganic_campaign import write_inorganic_campaign
from tests.generate.known_crystals import KNOWN, PEROVSKITE, perovskite, rocksalt

IONIC = ("O", "S", "Se", "Te", "F", "Cl", "Br", "I", "N", "P")


@pytest.fixture(scope="session")
def melting_points(tmp_path_factory):
    """Of the packaged table, compounds with an anion."""
    table = InorganicProperties().load(tmp_path_factory.mktemp("minerals"))
    columns = table.columns["formula"], table.columns["melting_point_k"]
    return {
        formula: value
        for formula, value in zip(*columns, strict=True)
        if isinstance(value, float) and any(a in formula for a in IONIC)
    }


def run(door, path) -> tuple[list, list]:
    """Run a campaign; return its last pool's generated candidates and its events."""
    door.service.open(path, Ask.by("ada"))
    door.worker.run("new")
    assert door.queries.view("new").summary.status == "closed"
    pool = door.queries._archive.pool(door.queries._archive.state("new"))
    made = [s for s, m in zip(pool.structures, pool.fields[GENERATOR], strict=True) if m]
    bodies = [event.body for event in door.queries.events("new")]
    assert len(made) == sum(b.n_new for b in bodies if isinstance(b, PoolExtended)) > 0
    assert len(set(made)) == len(made)
    return made, bodies


def valid(formula: str) -> bool:
    with warnings.catch_warnings():
        # smact reads a table with a deprecated option.
        warnings.simplefilter("ignore")
        return bool(smact_validity(formula))


@pytest.mark.slow
def test_generated_compositions_are_neutral_and_the_best_beats_what_was_known(
    door, tmp_path, melting_points
):
    # Only what melts below 1000 K teaches; the lab knows the rest.
    listed = [f for f, kelvin in melting_points.items() if kelvin < 1000]
    path = write_inorganic_campaign(tmp_path, melting_points, listed, experiments=10)
    made, bodies = run(door, path)
    assert [formula for formula in made if not valid(formula)] == []
    assert set(made).isdisjoint(listed)
    chosen = [i for b in bodies if isinstance(b, BatchProposed) for i in b.items]
    assert len(chosen) == 10
    assert all(i.made_from.startswith("element-substitution: ") for i in chosen)
    # The lab's answer is the table's where it holds the candidate, within five of its noise.
    told = {i.candidate.candidate_id: i.candidate.structure for i in chosen}
    measured = {told[m.candidate_id]: m.value for m in door.queries.view("new").measurements}
    assert len(measured) == 10
    for formula in measured.keys() & melting_points.keys():
        assert measured[formula] == pytest.approx(melting_points[formula], abs=100)
    assert max(measured.values()) > 1000


def group_of(text: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(SpacegroupAnalyzer(structure_of(text), symprec=0.01).get_space_group_symbol())


def parents() -> list[str]:
    salts = [rocksalt(c, a, x) for c, a, x in (("K", "Cl", 6.29), ("Mg", "O", 4.21))]
    return [*KNOWN, *salts, perovskite("Ba", "Ti", "O", PEROVSKITE["Ba2+ for Sr2+"])]


@pytest.mark.slow
def test_substituted_crystals_keep_the_symmetry_of_their_prototypes(door, tmp_path, melting_points):
    elements = '["Li","Na","K","Rb","Mg","Ca","Sr","Ba","Al","Ga","Ti","Zr","F","Cl","Br","O","S"]'
    path = write_inorganic_campaign(
        tmp_path, melting_points, parents(), kind="pool+generated", material="crystal",
        column="crystal", generator=f'kind = "crystal-substitution"\nelements = {elements}',
        proposals=40, keep=12, particles=10, experiments=6,
    )  # fmt: skip
    made = run(door, path)[0]
    assert len(made) >= 20
    assert [text for text in made if not valid(structure_of(text).formula)] == []
    # By the kind of formula: AB is of two prototypes, the others of one each.
    prototypes, groups = defaultdict(set), defaultdict(set)
    for text in parents():
        prototypes[structure_of(text).composition.anonymized_formula].add(group_of(text))
    for text in made:
        groups[structure_of(text).composition.anonymized_formula].add(group_of(text))
    assert prototypes == {"AB": {"Fm-3m", "F-43m"}, "AB2": {"P4_2/mnm"}, "ABC3": {"Pm-3m"}}
    assert groups.keys() >= {"AB", "ABC3"}
    assert all(groups[kind] <= prototypes[kind] for kind in groups)


@pytest.mark.slow
@pytest.mark.shared_data
def test_a_campaign_on_measured_band_gaps_runs_to_its_end(door, tmp_path):
    shared = Path(__file__).parents[3] / "shared" / "data" / "inorganic"
    if not shared.is_dir():
        pytest.skip("the public tables are not here: ../shared/data")
    table = shared / "matbench_expt_gap.csv.gz"
    gaps = pd.read_csv(table, keep_default_na=False, na_values=[""])
    gaps = dict(zip(gaps["formula"], gaps["band_gap_expt_ev"], strict=True))
    narrow = [f for f, gap in sorted(gaps.items()) if gap < 1.0 and any(a in f for a in IONIC)]
    path = write_inorganic_campaign(
        tmp_path, {}, narrow[::4], table=table, value="band_gap_expt_ev", unit="eV", noise=0.1,
        objective='kind = "target"\nlow = 1.5\nhigh = 2.5', experiments=12,
    )  # fmt: skip
    made = run(door, path)[0]
    assert [formula for formula in made if not valid(formula)] == []
    assert set(made).isdisjoint(narrow[::4])
    view = door.queries.view("new")
    assert view.n_measured == 12
    # None of what taught has such a gap.
    assert any(1.3 < m.value < 2.7 for m in view.measurements)
