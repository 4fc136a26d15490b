from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent / "plugin"


@pytest.fixture
def small_blocks(monkeypatch):
    """Install the blocks of the folder `plugin`, here and in processes that are started."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    import small_blocks

    return small_blocks
