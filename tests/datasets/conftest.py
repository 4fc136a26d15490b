"""The tables of the wheels take seconds to assemble: once for all tests here."""

from pathlib import Path

import pytest

from loop.datasets.inorganic_properties import InorganicProperties
from loop.datasets.molecule_properties import MoleculeProperties


@pytest.fixture(scope="session")
def wheel_cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("wheel-tables")


@pytest.fixture(scope="session")
def molecules(wheel_cache):
    return MoleculeProperties().load(wheel_cache)


@pytest.fixture(scope="session")
def minerals(wheel_cache):
    return InorganicProperties().load(wheel_cache)


@pytest.fixture(scope="session")
def public_folder() -> Path:
    """The public tables beside the checkout, where a developer has them."""
    folder = Path(__file__).parents[3] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public tables are not here: ../shared/data")
    return folder
