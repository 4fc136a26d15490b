"""Changed campaign files, read back by the standard library."""

import tomllib
from pathlib import Path

import pytest

from loop.backtest.variation import varied
from loop.errors import ConfigError

SHIPPED = sorted((Path(__file__).parents[2] / "campaigns").glob("*/campaign.toml"))
CHANGES = {
    ("seed",): 7,
    ("approval",): "auto",
    ("initial", "kind"): "random",
    ("surrogate", "kind"): "transfer-gp",
    ("lims", "seed"): 12,
}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
def test_a_shipped_campaign_changes_in_these_keys_only(path):
    text = path.read_text(encoding="utf-8")
    before, after = tomllib.loads(text), tomllib.loads(varied(text, CHANGES, "f.toml"))
    for (*table, key), value in CHANGES.items():
        inner = after[table[0]] if table else after
        assert inner.pop(key) == value
        (before.get(table[0], {}) if table else before).pop(key, None)
    for added in ("initial", "surrogate", "lims"):
        before.setdefault(added, {})
    assert after == before


def test_missing_keys_and_tables_are_added_and_comments_stay():
    made = varied('# mine\n[lims]\nkind = "simulated"  # here\n', CHANGES, "f.toml")
    assert "# mine" in made
    assert "# here" in made
    assert tomllib.loads(made) == {
        "seed": 7,
        "approval": "auto",
        "lims": {"kind": "simulated", "seed": 12},
        "initial": {"kind": "random"},
        "surrogate": {"kind": "transfer-gp"},
    }


@pytest.mark.parametrize(
    "text",
    [
        'surrogate = { kind = "gp" }\n',
        'surrogate.kind = "gp"\n',
        'title = """\nseed = 5\n"""\n',
    ],
)
def test_what_a_line_wise_change_would_spoil_is_refused(text):
    with pytest.raises(ConfigError, match=r"f\.toml: the keys .* cannot be set line by line"):
        varied(text, CHANGES, "f.toml")


def test_what_is_no_toml_is_refused_with_its_place():
    with pytest.raises(ConfigError, match=r"f\.toml is no TOML: .*line 1"):
        varied("seed = = 3\n", CHANGES, "f.toml")
