"""The target inside a source, and structures that sources have seen, are found and left out."""

import numpy as np
import pytest

from loop.regression.describing import Workshop, leak_keys
from loop.regression.measured import measured
from loop.regression.model import fit_model
from loop.settings import Settings
from loop.sources.library import SourceLibrary
from tests.regression.conftest import STRUCTURES, add_source, bulk, mass, request_of, table_of


def kilograms(smiles: str) -> float:
    return mass(smiles) / 1000.0


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    home = tmp_path_factory.mktemp("hidden")
    settings = Settings(workspace=home)
    add_source(settings, home, "molecules", bulk, "dimensionless")
    add_source(settings, home, "zeta", mass, "g/mol")
    return Workshop(settings)


def fitted(workshop, value, **more):
    chosen = STRUCTURES[::6]
    request = request_of(**more)
    table = table_of(chosen, [value(s) for s in chosen], target=request.target)
    return fit_model(request, measured(table, request), workshop)


def sources(model) -> set[str]:
    return {c for b in model.features.blocks if b.kind == "source-predictions" for c in b.columns}


def test_the_target_under_another_name_and_unit_is_found_named_and_left_out(library):
    model = fitted(library, kilograms, target="bulk", unit="kg/mol")
    assert model.findings.targets == ("zeta",)
    assert "source 'zeta' holds the values of 'bulk' for 20 structures" in model.findings.notices[0]
    assert sources(model) == {"molecules"}
    assert model.request.exclude == ("zeta",)
    assert model.findings.seen == {"molecules": 20}


def test_the_target_under_its_own_name_is_left_out(library):
    model = fitted(library, lambda s: mass(s) ** 2, target=["Zeta", "g/mol]"][0], unit="g/mol")
    assert sources(model) == {"molecules"}
    assert any("'zeta' is taken for the target itself" in n for n in model.features.notices)


def test_another_property_of_the_same_dimension_stays(library):
    noisy = np.random.default_rng(0).normal(size=len(STRUCTURES))
    shift = dict(zip(STRUCTURES, noisy, strict=True))
    model = fitted(library, lambda s: mass(s) + 10.0 * shift[s], unit="g/mol", target="heft")
    assert model.findings.targets == ()
    assert sources(model) == {"molecules", "zeta"}


def test_excluded_sources_are_not_used(library):
    model = fitted(library, lambda s: mass(s) ** 0.5, target="heft", exclude=("molecules",))
    assert sources(model) == {"zeta"}


def test_no_transfer_asks_no_source(library):
    model = fitted(library, mass, transfer="off")
    assert sources(model) == set()
    assert (model.findings.seen, model.basis.sources) == ({}, "")


@pytest.mark.slow
def test_structures_are_withheld_from_the_sources(library):
    plain = fitted(library, lambda s: mass(s) ** 0.5, target="heft")
    model = fitted(library, lambda s: mass(s) ** 0.5, target="heft", withhold=True)
    assert sources(model) == {"molecules", "zeta"}
    said = " ".join(model.features.notices)
    assert "'zeta' was trained anew without zeta" in said
    assert "'molecules' was trained anew without molecules" in said
    assert model.basis.sources != plain.basis.sources
    shelf = SourceLibrary(library.shelf.sources().cache, below=())
    assert len(shelf.names()) == 2
    for name in shelf.names():
        assert shelf.get(name).known(model.request.material, leak_keys(model.measured.pool)) == {}
