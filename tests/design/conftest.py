"""A service on a real workspace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loop.service.door import Door
from loop.settings import Settings
from loop.wiring import build


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The service of an empty workspace."""
    built = build(Settings(workspace=tmp_path, actor="ada"))
    yield built
    built.close()
