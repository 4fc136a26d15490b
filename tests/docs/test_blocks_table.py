"""The table of blocks is true: every block is in it, with its class and its columns."""

import re
import tomllib
from pathlib import Path

from loop.featurize.bundle import BundleConfig, build_block
from loop.featurize.catalogue import known_blocks
from loop.featurize.describe import describe_fields

TEXT = (Path(__file__).parents[2] / "loop" / "featurize" / "README.md").read_text(encoding="utf-8")
ROWS = {
    cells[0]: cells
    for line in TEXT.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in line.split("|")[1:-1]]]
}
WORDS = {"molecule": "molecule", "polymer": "polymer", "composition": "composition",
         "crystal": "crystal", "fields": "recipe"}  # fmt: skip


def test_every_block_has_its_row_and_every_row_its_block():
    named = {re.match(r"`([^`]+)`", name)[1] for name in ROWS}
    assert named == {block.name for block in known_blocks()}


def test_rows_say_what_a_block_reads_and_how_many_columns_it_has():
    for block in known_blocks():
        row = next(cells for name, cells in ROWS.items() if name.startswith(f"`{block.name}`"))
        assert row[1].startswith(WORDS[block.reads]), block.name
        if block.d is not None:
            assert str(block.d) in row[2], (block.name, block.d)


def test_the_example_is_a_bundle():
    example = tomllib.loads(TEXT.split("```toml\n")[1].split("```")[0])["featurizer"]
    assert example.pop("kind") == "blocks"
    specs = BundleConfig.model_validate(example).blocks
    blocks = [build_block(spec) for spec in specs]
    assert [spec.of for spec in specs] == [None, None, "solvent", None]
    ((_, values),) = describe_fields([blocks[3]], {"temperature": [20.0], "time": [3.0]}, 1)
    assert values.values.tolist() == [[20.0, 3.0]]
