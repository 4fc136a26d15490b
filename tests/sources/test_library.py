"""Models on disk: equal after a restart, refused when anything was changed, carried in a file."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from loop.core.candidate import Material
from loop.errors import DataError, ModelError, NotFoundError
from loop.source_wiring.describing import BlockDescriber
from loop.sources.card import content_digest
from loop.sources.library import CARD, SHIPPED, WEIGHTS, SourceLibrary
from loop.sources.parcel import read_parcel, write_parcel

ROOT = Path(__file__).parents[2]
ASKED = ["CCO", "CCCCO", "c1ccccc1CCN"]


def test_a_fresh_process_predicts_the_same_bits(library, model, describe):
    predictions, features = model.outputs(describe(ASKED))
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from loop.core.candidate import Material\n"
        "from loop.source_wiring.describing import BlockDescriber\n"
        "from loop.sources.library import SourceLibrary\n"
        f"model = SourceLibrary(Path({str(library.folder)!r}), below=()).get('small')\n"
        f"matrix = BlockDescriber().describe(Material.MOLECULE, {ASKED!r}, model.card.recipe.blocks)\n"
        "predictions, features = model.outputs(matrix)\n"
        "assert 'torch' not in sys.modules\n"
        "sys.stdout.write(predictions.tobytes().hex() + features.tobytes().hex())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ,
    )  # fmt: skip
    assert done.stdout == predictions.tobytes().hex() + features.tobytes().hex()


def test_the_files_are_safetensors_and_json_without_any_pickle(library):
    place = library.folder / "small"
    assert sorted(path.name for path in place.iterdir()) == [CARD, WEIGHTS]
    content = (place / WEIGHTS).read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert header["member0.layer0.weight"]["dtype"] == "F16"
    assert json.loads((place / CARD).read_text(encoding="utf-8"))["sources"][0]["name"] == "mass"


@pytest.mark.parametrize("offset", [-1, 40, 1000])
def test_tampered_weights_are_refused(library, offset):
    path = library.folder / "small" / WEIGHTS
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="weights are damaged or belong to another card"):
        library.get("small")


def altered(library, change):
    """Change the card as somebody with an editor would."""
    path = library.folder / "small" / CARD
    card = json.loads(path.read_text(encoding="utf-8"))
    change(card)
    path.write_text(json.dumps(card), encoding="utf-8")


def test_a_unit_that_is_not_that_of_the_training_is_refused(library):
    altered(library, lambda card: card["sources"][0].update(unit="kg/mol"))
    with pytest.raises(ModelError, match="'mass' is molecule in 'kg/mol'; its recipe says"):
        library.get("small")


def test_a_unit_changed_everywhere_is_refused(library):
    def change(card):
        card["sources"][0]["unit"] = card["recipe"]["sources"][0]["unit"] = "kg/mol"

    altered(library, change)
    with pytest.raises(ModelError, match="card was altered after the training"):
        library.get("small")


def test_an_altered_card_is_refused_although_the_model_is_in_memory(library):
    library.get("small")
    altered(library, lambda card: card["sources"][0]["validation"].update(r2=0.999))
    with pytest.raises(ModelError, match="altered after the training"):
        library.get("small")


def test_no_unit_at_all_and_no_json(library):
    altered(library, lambda card: card["recipe"]["sources"][0].update(unit="fishes"))
    with pytest.raises(ModelError, match=r"no usable card.*'fishes' is not known"):
        library.get("small")
    (library.folder / "small" / CARD).write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="no usable card"):
        library.get("small")


def test_another_featurizer_is_refused(library, describer):
    library.get("small").require(describer)

    class Newer(BlockDescriber):
        """An installation whose blocks give other numbers."""

        def digest(self, blocks):
            return "0" * 64

    with pytest.raises(ModelError, match="this installation gives 000000000000"):
        library.get("small").require(Newer())
    altered(library, lambda card: card.update(featurizer_digest="0" * 64))
    with pytest.raises(ModelError, match="altered"):
        library.get("small")


def test_the_shelf_lists_replaces_and_removes(library, model):
    assert library.names() == ["small"]
    assert library.serving(Material.POLYMER) == ["small"]
    assert library.serving(Material.COMPOSITION) == []
    library.add(model)
    assert sorted(p.name for p in library.folder.iterdir()) == ["small"]
    above = SourceLibrary(library.folder.parent / "own", below=(library.folder,))
    assert above.get("small").card == model.card
    with pytest.raises(NotFoundError, match="ships with the package"):
        above.remove("small")
    library.remove("small")
    assert library.names() == []
    with pytest.raises(NotFoundError, match="no source model 'small'; it has none"):
        library.get("small")
    with pytest.raises(NotFoundError):
        library.get("../small")


def test_export_and_import_give_the_same_model(library, model, tmp_path):
    out = tmp_path / "parcel.zip"
    write_parcel(library, ["small"], out)
    first = out.read_bytes()
    write_parcel(library, ["small"], out)
    assert out.read_bytes() == first
    other = SourceLibrary(tmp_path / "other", below=())
    assert read_parcel(other, out) == ["small"]
    assert other.get("small").weights() == model.weights()
    assert other.card("small") == model.card


def repacked(library, tmp_path, change) -> Path:
    """An exported file whose content somebody changed."""
    out = tmp_path / "parcel.zip"
    write_parcel(library, ["small"], out)
    with zipfile.ZipFile(out) as parcel:
        files = {name: parcel.read(name) for name in parcel.namelist()}
    change(files)
    with zipfile.ZipFile(out, "w") as parcel:
        for name, content in files.items():
            parcel.writestr(name, content)
    return out


@pytest.mark.parametrize(
    "name",
    [
        "../escaped/card.json", "/etc/card.json", "small/../../card.json", "small/run.py",
        "small\\card.json", "SMALL/card.json", "card.json", ".hidden/card.json", "small/",
    ],
)  # fmt: skip
def test_hostile_entries_are_refused_and_nothing_is_written(library, tmp_path, name):
    path = repacked(library, tmp_path, lambda files: files.update({name: b"{}"}))
    other = SourceLibrary(tmp_path / "other", below=())
    with pytest.raises(DataError, match="Nothing was imported"):
        read_parcel(other, path)
    assert not other.folder.exists()


def test_damaged_and_incomplete_parcels_are_refused(library, tmp_path):
    other = SourceLibrary(tmp_path / "other", below=())
    for change, said in (
        (lambda files: files.update({f"small/{WEIGHTS}": b"x"}), "missing or damaged"),
        (lambda files: files.pop(f"small/{WEIGHTS}"), "no manifest.json with the checksums"),
        (lambda files: files.pop("manifest.json"), "no manifest.json with the checksums"),
        (lambda files: files.update({"manifest.json": b"[]"}), "no manifest.json"),
    ):
        with pytest.raises(DataError, match=said):
            read_parcel(other, repacked(library, tmp_path, change))
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(DataError, match="cannot be read as a ZIP"):
        read_parcel(other, tmp_path / "no.zip")
    with pytest.raises(DataError, match="there is no file"):
        read_parcel(other, tmp_path / "none.zip")


def test_a_file_that_unpacks_to_too_much_is_refused(library, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parcel:
        parcel.writestr(f"small/{WEIGHTS}", b"\0" * (257 << 20))
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="unpacks to more than"):
        read_parcel(library, bomb)


def test_what_ships_is_whole_small_and_reads_this_installation(describer):
    shelf = SourceLibrary(Path("/nowhere"))
    assert {"molecules", "compositions"} <= set(shelf.names())
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file())
    assert size < 8_000_000
    for name in ("molecules", "compositions"):
        shelf.get(name).require(describer)
    assert len(shelf.card("molecules").sources) == 28
    assert len(shelf.card("compositions").sources) == 6


def test_what_ships_knows_textbook_values(describer):
    """CRC Handbook: boiling points of alkanes and alcohols, in K; densities of salts."""
    shelf = SourceLibrary(Path("/nowhere"))
    known = {"CCCCCCCC": 398.8, "CCCCCCCCCC": 447.3, "CCCCCO": 411.1, "c1ccccc1C": 383.8}
    liquids = shelf.get("molecules")
    matrix = describer.describe(Material.MOLECULE, list(known), liquids.card.recipe.blocks)
    boiling = liquids.predict("boiling_point_k", matrix, "K")
    assert np.abs(boiling - np.array(list(known.values()))).max() < 25
    assert liquids.predict("boiling_point_k", matrix, "degC") == pytest.approx(boiling - 273.15)
    salts = {"NaCl": 2170.0, "PbO": 9530.0, "SiO2": 2650.0, "CaF2": 3180.0}
    solids = shelf.get("compositions")
    matrix = describer.describe(Material.COMPOSITION, list(salts), solids.card.recipe.blocks)
    density = solids.predict("density_kg_m3", matrix, "kg/m**3")
    assert np.abs(np.log10(density / np.array(list(salts.values())))).max() < 0.12


def test_weights_of_another_network_are_refused_although_their_digest_is_right(
    library, model, tmp_path
):
    """A hostile file can carry right checksums."""
    member = model.body.members[0]
    narrow = replace(member, weights=(member.weights[0][:-1], *member.weights[1:]))
    hostile = replace(
        model, body=replace(model.body, members=(narrow, *model.body.members[1:]))
    ).sealed()
    library.add(hostile)
    with pytest.raises(ModelError, match="the card says"):
        library.get("small")


def test_a_card_of_an_earlier_release_without_a_later_field_is_whole(library, model, tmp_path):
    """What was not written is read as its default, and is no alteration."""
    place = library.folder / "small"
    card = json.loads((place / CARD).read_text(encoding="utf-8"))
    # SiLU networks of the small model have the default weight decay.
    del card["recipe"]["architecture"]["weight_decay"]
    tensors = load((place / WEIGHTS).read_bytes())
    weights = save(tensors, {"synthloop": content_digest(card)})
    card["weights"] = hashlib.sha256(weights).hexdigest()
    (place / WEIGHTS).write_bytes(weights)
    (place / CARD).write_text(json.dumps(card), encoding="utf-8")
    assert library.get("small").card.recipe == model.card.recipe
    write_parcel(library, ["small"], tmp_path / "old.zip")
    other = SourceLibrary(tmp_path / "other", below=())
    read_parcel(other, tmp_path / "old.zip")
    assert other.get("small").card.recipe == model.card.recipe
