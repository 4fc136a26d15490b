"""A kill at any step of a write leaves the old model or the new one, never none and no mixture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loop.sources.safe_folder import aside, asides, leftovers, remove_folder, replace_folder

ROOT = Path(__file__).parents[2]
_KILLER = """
import json, os, sys
from pathlib import Path
from loop.sources.safe_folder import remove_folder, replace_folder

work, home, start = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
NEW = {"card.json": b"new card", "model.safetensors": b"new weights"}
OLD = {"card.json": b"old card", "model.safetensors": b"old weights"}
STEPS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")

def act(folder):
    if work == "replace":
        replace_folder(folder, "m", NEW)
    else:
        remove_folder(folder, "m")

def killed_at(step, folder):
    seen = 0
    def hook(event, args):
        nonlocal seen
        if event in STEPS:
            seen += 1
            if seen == step:
                os._exit(9)
    sys.addaudithook(hook)
    act(folder)
    os._exit(0)

codes = []
for step in range(1, 200):
    folder = home / f"{step:03}"
    if start != "none":
        replace_folder(folder, "m", OLD)
    if start == "aside":
        (folder / "m").rename(folder / ".m.aside")
    if start == "both":
        replace_folder(folder, "x", OLD)
        (folder / "x").rename(folder / ".m.aside")
    child = os.fork()
    if child == 0:
        killed_at(step, folder)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    if codes[-1] == 0:
        break
print(json.dumps(codes))
"""
OLD = {"card.json": b"old card", "model.safetensors": b"old weights"}
NEW = {"card.json": b"new card", "model.safetensors": b"new weights"}


def killed(home, work, start):
    """Kill a write at its first step, its second, and so on; return the folders that are left."""
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _KILLER, work, str(home), start],
        check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    codes = json.loads(done.stdout)
    assert codes[-1] == 0, "the write never came to its end"
    assert set(codes[:-1]) == {9}
    return sorted(home.iterdir())


def found(folder):
    """What a reader of the shelf finds under the name."""
    if (folder / "m").is_dir():
        place = folder / "m"
    elif asides(folder) == ["m"]:
        place = aside(folder, "m")
    else:
        return None
    return {path.name: path.read_bytes() for path in place.iterdir()}


@pytest.mark.parametrize("start", ["there", "aside", "both"])
def test_a_replacement_that_is_killed_leaves_the_old_or_the_new(tmp_path, start):
    folders = killed(tmp_path / "kills", "replace", start)
    assert len(folders) > 8
    states = [found(folder) for folder in folders]
    assert all(state in (OLD, NEW) for state in states)
    assert states[0] == OLD
    assert states[-1] == NEW
    for folder in folders:
        replace_folder(folder, "m", NEW)
        assert found(folder) == NEW
        assert asides(folder) == []


def test_a_first_write_that_is_killed_leaves_nothing_or_all(tmp_path):
    states = [found(folder) for folder in killed(tmp_path / "kills", "replace", "none")]
    assert all(state in (None, NEW) for state in states)
    assert (states[0], states[-1]) == (None, NEW)


@pytest.mark.parametrize("start", ["there", "aside", "both"])
def test_a_removal_that_is_killed_leaves_all_or_nothing(tmp_path, start):
    states = [found(folder) for folder in killed(tmp_path / "kills", "remove", start)]
    assert all(state in (None, OLD) for state in states)
    assert (states[0], states[-1]) == (OLD, None)
    # Once it is gone it does not stand up again.
    gone = states.index(None)
    assert set(map(str, states[gone:])) == {"None"}


def test_what_is_left_over_is_listed_and_what_is_needed_is_not(tmp_path):
    replace_folder(tmp_path, "m", OLD)
    assert leftovers(tmp_path) == []
    (tmp_path / ".m.7.part").mkdir()
    (tmp_path / ".m.aside").mkdir()
    assert [p.name for p in leftovers(tmp_path)] == [".m.7.part", ".m.aside"]
    (tmp_path / ".m.aside").rmdir()
    (tmp_path / "m").rename(tmp_path / ".m.aside")
    assert [p.name for p in leftovers(tmp_path)] == [".m.7.part"]
    remove_folder(tmp_path, "m")
    assert found(tmp_path) is None


def test_the_shelf_finds_a_model_that_was_put_aside(library, model):
    (library.folder / "small").rename(library.folder / ".small.aside")
    assert library.names() == ["small"]
    assert library.get("small").weights() == model.weights()
    assert library.leftovers() == []
    library.add(model)
    assert [p.name for p in library.folder.iterdir()] == ["small"]
    (library.folder / ".small.99.part").mkdir()
    assert library.names() == ["small"]
    assert [p.name for p in library.leftovers()] == [".small.99.part"]
