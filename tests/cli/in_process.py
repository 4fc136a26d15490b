"""The command `synthloop` in the process of the tests: every start of an interpreter takes seconds."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loop.cli.main import main


def command(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, home: Path, *head: str
) -> Callable[..., Any]:
    """Return a function that runs `synthloop HEAD WORDS...` in a folder; it returns what was shown.

    The exit code must be the one that is expected, and nothing may end in a traceback.
    """
    monkeypatch.chdir(home)
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(home))

    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["synthloop", *head, *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        assert (ended.value.code or 0) == code, shown.err
        assert "Traceback" not in shown.err
        return shown

    return run
