"""A table of known compositions answers for any other, by its nearest neighbours."""

import gzip

import numpy as np
import pytest
from pymatgen.core.composition import Composition
from pymatgen.core.lattice import Lattice
from pymatgen.core.periodic_table import Element
from pymatgen.core.structure import Structure
from scipy.stats import wasserstein_distance

from lims_adapters.simulated.adapter import SimulatedLab
from lims_adapters.simulated.config import CompositionTable
from lims_adapters.simulated.known_compositions import known_compositions
from loop.core.candidate import CandidatePool, Material
from loop.core.definition import CampaignDefinition
from loop.core.lab_ports import LabContext
from loop.errors import AdapterError, DataError
from loop.space.crystals import read_crystal

# Gaps at 300 K in eV: Strehlow, Cook, J. Phys. Chem. Ref. Data 1973, 2, 163.
GAPS = {
    "GaAs": 1.43, "GaP": 2.26, "InP": 1.35, "InAs": 0.36, "InSb": 0.18, "GaSb": 0.72, "ZnS": 3.6,
    "ZnSe": 2.6, "ZnTe": 2.25, "CdS": 2.42, "CdSe": 1.73, "CdTe": 1.5, "MgO": 7.8, "ZnO": 3.2,
    "NaCl": 8.5, "Si": 1.1, "Ge": 0.66, "SiC": 2.9, "AgCl": 3.2, "Cu2O": 2.1,
}  # fmt: skip
TABLE = CompositionTable(file="gaps.csv", value="gap")


@pytest.fixture
def home(tmp_path):
    return write(tmp_path, "formula,gap\n" + "".join(f"{f},{v}\n" for f, v in GAPS.items()))


def write(folder, text, name="gaps.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def distance(one, other):
    """The element mover's distance by scipy, places by pymatgen."""
    sides = [Composition(one).fractional_composition, Composition(other).fractional_composition]
    places = [[Element(str(e)).mendeleev_no for e in side] for side in sides]
    return wasserstein_distance(
        places[0], places[1], list(sides[0].values()), list(sides[1].values())
    )


@pytest.mark.parametrize("asked", ["AlAs", "CdZnTe2", "LiFePO4", "Ga0.3In0.7As", "Tl", "BaTiO3"])
def test_an_unknown_composition_is_between_its_nearest(home, asked):
    far = {formula: distance(asked, formula) for formula in GAPS}
    nearest = sorted(GAPS, key=lambda formula: far[formula])[:5]
    expected = np.average([GAPS[f] for f in nearest], weights=[1 / far[f] for f in nearest])
    assert known_compositions(home, TABLE).value(asked) == pytest.approx(expected, rel=1e-9)


def test_a_known_composition_is_answered_as_it_stands_however_it_is_written(home):
    known = known_compositions(home, TABLE)
    assert {f: known.value(f) for f in GAPS} == GAPS
    assert known.value("As2Ga2") == 1.43
    assert known.value("Cu0.666667O0.333333") == 2.1


def test_polymorphs_count_as_their_mean(tmp_path):
    write(tmp_path, "formula,gap\nZnS,3.6\nZnS,3.8\nCdS,2.42\n")
    assert known_compositions(tmp_path, TABLE).value("ZnS") == pytest.approx(3.7)


def test_a_crystal_is_answered_by_its_composition(home):
    cubic = Structure.from_spacegroup(
        "F-43m", Lattice.cubic(5.65), ["Ga", "As"], [[0, 0, 0], [0.25, 0.25, 0.25]]
    )
    text = read_crystal(cubic.to(fmt="poscar")).stored
    assert known_compositions(home, TABLE).value(text) == 1.43


def test_a_packed_table_with_gaps_is_read_and_read_anew_once_it_changes(home):
    packed = CompositionTable(file="gaps.csv.gz", structure="name", value="gap", neighbours=1)
    (home / "gaps.csv.gz").write_bytes(gzip.compress(b"name,gap\nNaCl,8.5\nKCl,\nNaN,1\n"))
    # NaN is sodium nitride, and nothing else.
    assert known_compositions(home, packed).answers.tolist() == [8.5, 1.0]
    assert known_compositions(home, packed).value("NaN") == 1.0
    assert known_compositions(home, TABLE).value("NaCl") == 8.5
    write(home, "formula,gap\nNaCl,9\n")
    assert known_compositions(home, TABLE).value("KCl") == 9.0


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("formula,gap\nGaAs,1.4\nXx2O,2\n", "row 3", "unknown element Xx"),
        ("formula,gap\nGaAs,wide\n", "row 2", "could not convert"),
        ("formula,gap\nGaAs,nan\n", "row 2", "a finite number"),
        ("formula,gap\nRf2O3,2\n", "row 2", "nothing is known of Rf"),
        ("formula,eg\nGaAs,1.4\n", "header", "a column gap"),
        ("gap\n1.4\n", "header", "a column formula"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_before_the_campaign_opens(tmp_path, text, place, said):
    problems = check(write(tmp_path, text))
    assert [p.place for p in problems] == [place]
    assert said in problems[0].expected
    with pytest.raises(DataError):
        known_compositions(tmp_path, TABLE)


def test_a_table_that_is_not_there_or_empty_is_said_before_the_campaign_opens(tmp_path):
    assert "an existing CSV" in str(check(tmp_path)[0])
    assert "has no rows" in str(check(write(tmp_path, "formula,gap\n"))[0].expected)
    (tmp_path / "gaps.csv").write_bytes(b"formula,gap\nGa\xff,1\n")
    assert "UTF-8" in str(check(tmp_path)[0].expected)


def test_tables_hold_formulas_only(home):
    assert "this is a molecule" in str(check(home, "molecule")[0])


def test_what_cannot_be_read_is_no_answer(home):
    with pytest.raises(AdapterError, match="'CCO=O'"):
        known_compositions(home, TABLE).value("CCO=O")
    with pytest.raises(AdapterError, match="a stored crystal has"):
        known_compositions(home, TABLE).value('{"lattice": []}')


def check(folder, material="composition"):
    definition = CampaignDefinition.model_validate(
        {
            "schema": 1, "slug": "gap", "title": "Gap", "seed": 1,
            "properties": {"gap": {"unit": "eV"}},
            "objective": {"kind": "maximize", "property": "gap"},
            "space": {"material": material, "file": "pool.csv", "structure": "formula"},
            "batch": {"size": 2}, "budget": {"experiments": 3}, "initial": {"size": 2},
            "lims": {"kind": "simulated"},
        }
    )  # fmt: skip
    config = SimulatedLab.Config.model_validate({"tables": {"gap": TABLE.model_dump()}})
    pool = CandidatePool(Material(material), (), (), (), {})
    return SimulatedLab(config, LabContext("gap", definition, folder, pool)).check()
