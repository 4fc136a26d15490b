"""The page on adapters shows the adapter that is tested, and it stays as short as it says."""

import tomllib
from pathlib import Path

from loop.core.lab_ports import (
    GivesAttachments,
    KeepsInventory,
    LimsAdapter,
    PreviewsOrders,
    TakesAnnotations,
    TakesAttachments,
)
from tests.lims_adapters.fictional.bramble import Bramble

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "lims_adapters" / "README.md").read_text(encoding="utf-8")
SOURCE = ROOT / "tests" / "lims_adapters" / "fictional" / "bramble.py"


def blocks(language):
    parts = PAGE.split(f"```{language}\n")[1:]
    return [part.partition("```")[0] for part in parts]


def test_the_page_shows_the_adapter_that_is_tested():
    assert blocks("python")[0] == SOURCE.read_text(encoding="utf-8")


def test_the_adapter_has_fewer_than_150_lines(capsys):
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    with capsys.disabled():
        print(f"\nthe adapter of the documentation: {len(lines)} lines")
    assert len(lines) < 150


def test_it_offers_everything_that_an_adapter_can():
    for port in (LimsAdapter, KeepsInventory, PreviewsOrders, TakesAnnotations, TakesAttachments,
                 GivesAttachments):  # fmt: skip
        methods = [name for name in vars(port) if not name.startswith("_") and name != "Config"]
        assert all(callable(getattr(Bramble, name, None)) for name in methods), port


def test_the_campaign_file_on_the_page_is_one_that_it_reads():
    options = tomllib.loads(blocks("toml")[0])["lims"]
    assert options.pop("kind") == "bramble"
    assert Bramble.Config.model_validate(options).results["tg"].field == "TG-DSC"


def test_every_module_of_the_transport_is_on_the_page():
    modules = {path.stem for path in (ROOT / "lims_adapters" / "transport").glob("*.py")}
    # These are the client's own parts.
    for name in modules - {"__init__", "breaker", "origin", "reply"}:
        assert f"| `transport.{name}` |" in PAGE, name
