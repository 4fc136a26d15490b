"""A small campaign whose lab is the double."""

from pathlib import Path

from loop.testing.small_campaign import write_small_campaign
from tests.lab_double.server import TOKEN

PLUGIN = Path(__file__).parent / "plugin"
VARIABLE = "DOUBLE_LAB_TOKEN"


def lims(url: str, secret: str = f'{{ env = "{VARIABLE}" }}') -> str:
    """Return the `[lims]` section for the double at an address."""
    return f"""\
kind = "double-lab"
url = "{url}"
secret = {secret}
timeout_seconds = 2
requests_per_second = 1000
"""


def token_file(folder: Path, token: str = TOKEN) -> str:
    """Write a secret into a file of its own; return how a campaign names it."""
    path = folder / "token"
    path.touch(mode=0o600)
    path.write_text(token, encoding="utf-8")
    return f'{{ file = "{path}" }}'


def write(folder: Path, section: str, annotate: bool = False, **more) -> Path:
    """Write a campaign for the double; return its file."""
    extra = "\n[lab]\nannotate = true\n" if annotate else ""
    return write_small_campaign(folder, lims=section + extra, **more)
