"""Repeat units back to monomers: textbook chemistry, every cut of the chain, stock."""

import math

import pytest
from rdkit import Chem

from loop.core.polymerisation_rules import POLYMERISATIONS
from loop.errors import DataError
from loop.generate.enumeration import PolymerLibrary
from loop.makeability.polymer_routes import PolymerRoutes
from loop.makeability.stock import StockList
from tests.generate.textbook_polymers import TEXTBOOK

PLANNER = PolymerRoutes(PolymerRoutes.Config())
EMPTY = StockList()


def canonical(monomers):
    return tuple(sorted(Chem.CanonSmiles(monomer) for monomer in monomers))


def materials(structure, stock=EMPTY, limit=10):
    return [route.starting_materials for route in PLANNER.routes(structure, stock, limit)]


@pytest.mark.parametrize("entry", TEXTBOOK, ids=lambda entry: entry.name)
def test_the_textbook_polymer_leads_back_to_its_monomers(entry):
    assert canonical(entry.monomers) in materials(entry.unit)


@pytest.mark.parametrize("unit", ["*OC(C)C(*)=O", "*OC(C)C(=O)OC(C)C(*)=O"])
def test_polylactide_is_made_of_lactide_or_lactic_acid(unit):
    assert materials(unit) == [("CC1OC(=O)C(C)OC1=O",), ("CC(O)C(=O)O",)]


def test_a_lactone_without_a_dimer_in_use_has_one_ring():
    assert materials("*OCCCCCC(*)=O") == [("O=C1CCCCCO1",), ("O=C(O)CCCCCO",)]


@pytest.mark.parametrize(
    "unit",
    [
        "*NCCCCCCNC(=O)CCCCC(*)=O",
        "*C(=O)NCCCCCCNC(=O)CCCC*",
        "*CCCNC(=O)CCCCC(=O)NCCC*",
        "*CCC(=O)NCCCCCCNC(=O)CC*",
        "*NCCCCCCNC(=O)CCCCC(=O)NCCCCCCNC(=O)CCCCC(*)=O",
    ],
)
def test_every_cut_of_nylon_has_the_same_routes(unit):
    assert materials(unit) == materials("*C(=O)CCCCC(=O)NCCCCCCN*")
    assert materials(unit)[0] == canonical(["NCCCCCCN", "O=C(O)CCCCC(=O)O"])


def test_a_chain_without_ends_of_its_own_is_doubled():
    assert materials("*C*") == materials("*CC*") == materials("*CCCC*") == [("C=C",)]


def test_a_chain_cut_at_its_double_bond_is_read():
    assert materials("*=CCCC=*") == materials("*CC=CC*") == [("C=CC=C",)]


def test_a_unit_of_a_ladder_of_small_rings_has_no_route():
    assert materials("*Oc1ccc(O*)cc1") == []


def test_a_branched_unit_has_no_route():
    # A free hydroxyl on the diol would react as well.
    assert materials("*OCC(O)COC(=O)CCCCC(*)=O") == []


def test_probabilities_add_up_and_order_the_routes():
    routes = PLANNER.routes("*OCCOC(=O)c1ccc(C(*)=O)cc1", EMPTY, 1000)
    weights = [math.exp(route.log_probability) for route in routes]
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert routes[0].steps[0].reaction == "polyesterification"
    assert len({route.starting_materials for route in routes}) == len(routes)


def test_stock_comes_before_probability():
    unit = "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1"
    bisphenol, phosgene = "CC(C)(c1ccc(O)cc1)c1ccc(O)cc1", "O=C(Cl)Cl"
    without = PLANNER.routes(unit, EMPTY)
    assert without[0].starting_materials != canonical([bisphenol, phosgene])
    assert all(route.missing == route.starting_materials for route in without)
    first, second, *_ = PLANNER.routes(unit, StockList([bisphenol, phosgene]))
    assert first.in_stock
    assert first.starting_materials == canonical([bisphenol, phosgene])
    assert second.missing
    assert bisphenol not in second.missing


def test_limit_keeps_the_best():
    unit = "*OCCOC(=O)c1ccc(C(*)=O)cc1"
    assert PLANNER.routes(unit, EMPTY, 2) == PLANNER.routes(unit, EMPTY, 10)[:2]


@pytest.mark.parametrize("alcohol", ["C[C@@H](O)CO", "C[C@H](O)CO"])
def test_a_stereocentre_comes_back_as_it_went_in(alcohol):
    library = PolymerLibrary([alcohol, "O=C(O)CCCCC(=O)O"])
    (chunk,) = library.chunks(["polyester"])
    (chain,) = chunk.structures
    assert canonical([alcohol, "O=C(O)CCCCC(=O)O"]) in materials(chain)
    other = "C[C@@H](O)CO" if alcohol == "C[C@H](O)CO" else "C[C@H](O)CO"
    assert not any(Chem.CanonSmiles(other) in found for found in materials(chain))


def test_numbers_on_the_ends_mean_nothing():
    assert materials("[*:1]CC([*:2])c1ccccc1") == materials("[1*]CC([2*])c1ccccc1")
    assert materials("[*:1]CC([*:2])c1ccccc1") == [("C=Cc1ccccc1",)]


@pytest.mark.parametrize("structure", ["", "CCO", "*CC", "*CC(*)C*", "C1CC", "**", "*C*.CC"])
def test_what_is_no_chain_is_refused_by_name(structure):
    with pytest.raises(DataError, match="the polymer"):
        PLANNER.routes(structure, EMPTY)


def test_enumerated_polymers_lead_back_to_their_monomers():
    """Every polymer of every rule, from textbook monomers, has its monomers among its routes."""
    monomers = sorted({monomer for entry in TEXTBOOK for monomer in entry.monomers})
    others = "C1=CC2CCC1C2 C1OC1COCC1CO1 CC1CO1 O=C(c1ccc(F)cc1)c1ccc(F)cc1 OCC(=O)O NCC(=O)O"
    library = PolymerLibrary([*monomers, *others.split(), "NCCCC(=O)O", "S=C=NCCCCCCN=C=S"])
    rules = set()
    for chunk in library.chunks():
        name = library.rules[chunk.rule].name
        # One of each first half-unit: what follows differs in the second alone.
        row = len(chunk.structures) // 2
        made_of = canonical(library.monomers_of(chunk.reactants(row)))
        found = materials(chunk.structures[row], limit=50)
        assert made_of in found, (name, chunk.structures[row], made_of, found)
        rules.add(name)
    assert rules == {rule.name for rule in POLYMERISATIONS}


@pytest.mark.slow
@pytest.mark.shared_data
def test_recorded_pairs_are_among_ten_routes(candidate_libraries):
    import pandas as pd

    table = pd.read_csv(candidate_libraries / "smipoly_virtual_polymers.csv.gz")
    pairs = table[table["monomer_2"].notna()].sample(100, random_state=0)
    hits = sum(
        canonical([row["monomer_1"], row["monomer_2"]]) in materials(row["psmiles"])
        for _, row in pairs.iterrows()
    )
    assert hits >= 90
