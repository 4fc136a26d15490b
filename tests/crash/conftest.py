"""Workspaces for campaigns that are killed and started again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loop.settings import Settings


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[str, str], Settings]:
    """Settings of a workspace by name and database address."""

    def make(name: str, url: str = "") -> Settings:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        return Settings(workspace=folder, database_url=url, actor="ada")

    return make
