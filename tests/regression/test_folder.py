"""A stored model gives the same bits in a fresh process, or is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from loop.core.candidate import Material
from loop.core.canonical import digest
from loop.errors import ConfigError, ModelError, NotFoundError
from loop.regression.card import ModelCard
from loop.regression.describing import Workshop
from loop.regression.folder import read_model, write_model
from loop.settings import Settings
from tests.regression.conftest import STRUCTURES
from tests.regression.test_model import pool

ASKED = STRUCTURES[2:60:7]
SCRIPT = """
import sys
from pathlib import Path
from loop.core.candidate import CandidatePool, Material
from loop.regression.describing import Workshop
from loop.regression.folder import read_model
from loop.settings import Settings

asked = tuple(sys.argv[3].split())
ids = tuple(map(str, range(len(asked))))
model, _ = read_model(Path(sys.argv[1]))
pool = CandidatePool(Material.MOLECULE, ids, asked, ids)
told = model.predict(pool, Workshop(Settings(workspace=Path(sys.argv[2]))))
print((told.mean.tobytes() + told.sd.tobytes() + told.distance.tobytes()).hex())
assert "torch" not in sys.modules
"""


@pytest.fixture
def folder(tmp_path, model) -> Path:
    write_model(model, tmp_path / "bulk.model")
    return tmp_path / "bulk.model"


def test_a_fresh_process_gives_the_same_bits(folder, model, workshop, settings):
    told = model.predict(pool(Material.MOLECULE, ASKED), workshop)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(settings.workspace), " ".join(ASKED)],
        capture_output=True, text=True, check=False, env=os.environ,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.strip()
        == (told.mean.tobytes() + told.sd.tobytes() + told.distance.tobytes()).hex()
    )


def test_equal_models_are_equal_files_without_a_pickle(folder, model, tmp_path):
    write_model(model, tmp_path / "again")
    for file in folder.iterdir():
        if file.suffix != ".html":  # plotly numbers its charts at random
            assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
    assert {f.suffix for f in folder.iterdir()} == {".json", ".md", ".html", ".safetensors"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "bulk.model"]


def test_the_card_says_all_of_it(folder, model):
    _, card = read_model(folder)
    assert card.report == model.report
    assert card.calibration == model.calibration
    text = (folder / "card.md").read_text(encoding="utf-8")
    page = (folder / "card.html").read_text(encoding="utf-8")
    for said in (model.calibration.k_fold.verdict, "rdkit ", model.report.transfer.verdict[1:]):
        assert said in text
        assert said in page.replace("&#39;", "'")
    assert "http" not in page.split("<script", 1)[0]
    assert page.count('class="plotly-graph-div"') == 2


@pytest.mark.parametrize("name", ["surrogate.safetensors", "features.safetensors", "training.json"])
def test_an_altered_file_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(bytes(content))
    with pytest.raises(ModelError, match=rf"{name} is damaged or was altered"):
        read_model(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        read_model(folder)


def test_an_altered_card_is_refused(folder):
    told = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    told["request"]["unit"] = "kg"
    (folder / "card.json").write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(ModelError, match="altered after the fit"):
        read_model(folder)
    (folder / "card.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="no card of a model"):
        read_model(folder)


def forged(folder: Path, **changed) -> None:
    """Change a card and bind it to its files anew, as somebody with bad luck or intent would."""
    card = ModelCard.model_validate_json((folder / "card.json").read_bytes())
    card = card.model_copy(update=changed)
    card = card.model_copy(update={"digest": card.content_digest()})
    (folder / "card.json").write_text(card.model_dump_json(), encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"featurizer_digest": "0" * 64}, "another release of the descriptors"),
        ({"sources_digest": "0" * 64}, "trained again, removed or added"),
        ({"features_digest": "0" * 64}, "belongs to other features"),
    ],
)
def test_other_descriptors_or_sources_are_refused(folder, workshop, changed, message):
    forged(folder, **changed)
    model, _ = read_model(folder)
    with pytest.raises(ModelError, match=message):
        model.predict(pool(Material.MOLECULE, ASKED), workshop)


def test_files_outside_of_the_folder_are_not_read(folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    forged(folder, files={"../secret": digest(b"x")})
    with pytest.raises(ModelError, match="not in the folder"):
        read_model(folder)


def test_a_library_that_changed_is_refused(folder, tmp_path):
    home = tmp_path / "elsewhere"
    home.mkdir()
    model, _ = read_model(folder)
    with pytest.raises(ModelError, match="synthloop sources import"):
        model.predict(pool(Material.MOLECULE, ASKED), Workshop(Settings(workspace=home)))


def test_sources_that_learned_otherwise_under_the_same_name_are_noticed(model, workshop):
    values = model.features.blocks[-1].values + np.float32(0.1)
    from dataclasses import replace

    blocks = (*model.features.blocks[:-1], replace(model.features.blocks[-1], values=values))
    other = replace(model, features=replace(model.features, blocks=blocks))
    with pytest.raises(ModelError, match="not what they were at the fit"):
        other.predict(pool(Material.MOLECULE, ASKED), workshop)


def test_only_a_model_is_written_over(folder, model, tmp_path):
    write_model(model, folder)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(ConfigError, match="is no model"):
        write_model(model, tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "keep"
    with pytest.raises(ConfigError, match="no folder"):
        write_model(model, tmp_path / "no" / "where")
    with pytest.raises(NotFoundError, match="is no model"):
        read_model(tmp_path / "mine")
