"""The shared libraries of monomers and polymers, where a developer has them."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def candidate_libraries() -> Path:
    folder = Path(__file__).parents[3] / "shared" / "data" / "candidate_libraries"
    if not folder.is_dir():
        pytest.skip("the shared libraries are not here: ../shared/data/candidate_libraries")
    return folder
