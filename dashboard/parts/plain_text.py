"""Texts of people and chemistry where Streamlit would read markup."""

import re
from typing import Final

_MARKUP: Final = re.compile(r"([\\`*_~$<>\[\]])")


def plain(text: str) -> str:
    """Return a text that Streamlit shows as it stands.

    The ends `*` of a repeat unit would be taken for emphasis, and vanish: another molecule.
    """
    return _MARKUP.sub(r"\\\1", text)
