"""Campaign files with blocks, of recipes and of crystals, from check to a proposed batch."""

import json
import tomllib

import jsonschema
import pytest

from loop.core.events import Actor
from loop.errors import ConfigError, DataError
from loop.service.ask import Ask
from loop.service.campaign_file import read_campaign
from loop.service.plugins import PluginLookup
from loop.service.schema import campaign_schema
from loop.testing.small_campaign import write_small_campaign
from tests.featurize.known_crystals import ALL

PLUGINS = PluginLookup()
BLOCKS = """
[featurizer]
kind = "blocks"

[[featurizer.blocks]]
kind = "numbers"
columns = ["temperature", "ratio"]
units = { temperature = "degC" }

[[featurizer.blocks]]
kind = "category"
column = "solvent"

[batch]"""


def write(folder, blocks=BLOCKS, pool=("water", "dmf")):
    """Write the small campaign with a text column, described by blocks, without features."""
    path = write_small_campaign(folder)
    text = path.read_text(encoding="utf-8").replace('features = ["temperature", "ratio"]\n', "")
    path.write_text(text.replace("\n[batch]", blocks, 1), encoding="utf-8")
    table = path.parent / "pool.csv"
    first, *rows = table.read_text(encoding="utf-8").splitlines()
    rows = [f"{row},{pool[n % len(pool)]}" for n, row in enumerate(rows)]
    table.write_text("\n".join([f"{first},solvent", *rows]), encoding="utf-8")
    return path


def test_an_amended_featurizer_is_checked_as_well(tmp_path, door):
    path = write(tmp_path)
    slug = door.service.open(path, Ask(actor=Actor(name="ada")))
    spoilt = path.read_text(encoding="utf-8").replace('"solvent"', '"solvant"')
    path.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ConfigError, match="solvant"):
        door.service.amend(slug, path, "misspelt", Ask(actor=Actor(name="ada")))


@pytest.mark.slow
def test_recipes_with_a_text_column_close_the_loop(tmp_path, door):
    path = write(tmp_path)
    definition, built = door.service.check(path)
    assert definition.space.features == ()
    assert len(built.pool) == 24
    slug = door.service.open(path, Ask(actor=Actor(name="ada")))
    archive = door.service._archive
    matrix = archive.features(archive.state(slug))
    assert [block.values.shape for block in matrix.blocks] == [(24, 2), (24, 2)]
    assert matrix.blocks[1].columns == ("solvent is dmf [0/1]", "solvent is water [0/1]")
    door.worker.run(slug)
    view = door.queries.view(slug)
    assert view.n_measured + view.n_failed == 8


@pytest.mark.parametrize(
    ("old", "new", "place", "value", "expected"),
    [
        ('kind = "numbers"', 'kind = "number"', "featurizer.blocks[0].kind", "number", "numbers"),
        ("units = ", "unit = ", "featurizer.blocks[0].unit", "degC", "'units'?"),
        ('columns = ["temperature", "ratio"]', "", "featurizer.blocks[0].columns", "nothing", "required"),
        ("{ temperature", "{ pressure", "featurizer.blocks[0]", "", "not of pressure"),
        ('column = "solvent"', 'column = "solvent"\nlevels = []', "featurizer.blocks[1].levels", "", "at least 1"),
        ('column = "solvent"', 'column = 5', "featurizer.blocks[1].column", "5", "text in quotes"),
        ('kind = "blocks"', 'kind = "blocks"\nblock = 1', "featurizer.block", "1", "'blocks'?"),
        (BLOCKS, '\n[featurizer]\nkind = "blocks"\nblocks = []\n[batch]', "featurizer.blocks", "", "at least 1"),
        (BLOCKS, "\n[batch]", "the whole", "", "space.features"),
    ],
)  # fmt: skip
def test_mistakes_in_blocks_are_said_with_their_place(tmp_path, old, new, place, value, expected):
    path = write(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_campaign(path, PLUGINS)
    found = [str(p) for p in caught.value.problems]
    assert any(f" {place}: " in x and value in x and expected in x for x in found), found


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('column = "solvent"', 'column = "solvant"', r"blocks\[1\] \(category\): got 'solvant'.*'solvent'\?"),
        ('"ratio"]', '"ration"]', r"blocks\[0\] \(numbers\): got 'ration'"),
        ('column = "solvent"', 'column = "solvent"\nlevels = ["water"]', "R002.*'dmf'; expected one of: water"),
    ],
)  # fmt: skip
def test_a_check_finds_what_the_pool_lacks(tmp_path, door, old, new, message):
    path = write(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        door.service.check(path)


def test_the_schema_knows_the_options_of_every_block(tmp_path):
    schema = json.loads(json.dumps(campaign_schema(PLUGINS)))
    validator = jsonschema.Draft202012Validator(schema)
    data = tomllib.loads(write(tmp_path).read_text(encoding="utf-8"))
    assert list(validator.iter_errors(data)) == []
    data["featurizer"]["blocks"][1]["of"] = "target"
    data["featurizer"]["blocks"][1]["material"] = "crystal"
    assert list(validator.iter_errors(data)) == []
    for spoilt in ({"kind": "nothing"}, {"kind": "numbers"}, {"kind": "lattice", "tolrance": 1}):
        data["featurizer"]["blocks"][1] = spoilt
        assert list(validator.iter_errors(data))


def test_a_campaign_of_crystals_needs_no_featurizer_and_no_files_later(tmp_path, door):
    path = write_small_campaign(tmp_path, lims='kind = "worksheet"\n', batch=2, experiments=6)
    text = path.read_text(encoding="utf-8")
    text = text.replace('material = "columns"', 'material = "crystal"\nstructure = "file"')
    text = text.replace(
        'id = "recipe"\nlabel = "recipe"\nfeatures = ["temperature", "ratio"]\n', ""
    )
    path.write_text(text, encoding="utf-8")
    for name, structure in ALL.items():
        structure.to(filename=str(path.parent / f"{name}.cif"))
    rows = "\n".join(f"{name}.cif" for name in ALL)
    (path.parent / "pool.csv").write_text(f"file\n{rows}\n", encoding="utf-8")
    slug = door.service.open(path, Ask(actor=Actor(name="ada")))
    for name in ALL:
        (path.parent / f"{name}.cif").unlink()
    archive = door.service._archive
    matrix = archive.features(archive.state(slug))
    assert len(matrix) == len(ALL)
    assert not matrix.failures
    assert door.queries.drawing(slug, "c0001").startswith("<svg")


def test_a_missing_structure_file_names_row_and_file(tmp_path, door):
    path = write_small_campaign(tmp_path)
    text = path.read_text(encoding="utf-8")
    text = text.replace('material = "columns"', 'material = "crystal"\nstructure = "recipe"')
    path.write_text(text.replace('features = ["temperature", "ratio"]\n', ""), encoding="utf-8")
    with pytest.raises(DataError, match=r"row 2, column recipe: got 'R001'.*file in"):
        door.service.check(path)
