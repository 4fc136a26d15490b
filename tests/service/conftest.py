"""A service on a real workspace."""

from collections.abc import Callable, Iterator
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


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Callable[[], Door]]:
    """A second program on the same workspace."""
    made: list[Door] = []

    def make() -> Door:
        made.append(build(Settings(workspace=tmp_path, actor="bo")))
        return made[-1]

    yield make
    for one in made:
        one.close()
