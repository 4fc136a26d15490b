"""What is wrong with a generated space is said in words, before a campaign opens."""

import pytest

from loop.errors import ConfigError, DataError, NotFoundError
from loop.service.ask import Ask
from tests.design.generated_campaign import LANGUAGE, POLYMERS, write_generated_campaign

EXAMPLES = '[space.examples]\nfile = "monomers.csv"\nmaterial = "molecule"\n'

BROKEN = [
    (POLYMERS, EXAMPLES, "", "space", "needs [space.examples]"),
    (POLYMERS, 'kind = "generated"', 'kind = "generated"\nfile = "pool.csv"', "space", "no list of candidates"),
    (POLYMERS, 'kind = "generated"', 'kind = "pool+generated"', "space", "exactly one of file and dataset"),
    (POLYMERS, 'kind = "generated"', 'kind = "genrated"', "space.kind", "did you mean 'generated'"),
    (POLYMERS, "proposals = 120", "proposal = 120", "space.proposal", "proposals"),
    (POLYMERS, '"polymerisation"', '"polymerization"', "space.generator.kind", "polymerisation"),
    (POLYMERS, '"polymerisation"', '"polymerisation"\nneighbours = 0', "space.generator.neighbours", "at least 1"),
    (POLYMERS, '"polymerisation"', '"polymerisation"\nmonomers = "monomers.csv"', "space.generator.monomers", "[space.examples]"),
    (POLYMERS, 'stock = "monomers.csv"', 'stock = "shelf.csv"', "space.makeability.stock", "an existing file"),
    (POLYMERS, 'stock = "monomers.csv"\n', "", "space.makeability", "belong together"),
    (POLYMERS, "polymer-rules", "polymer-rule", "space.makeability.planner.kind", "polymer-rules"),
    (POLYMERS, "polymer-rules", "named-reactions", "space.makeability.planner.kind", "for the material polymer"),
    (POLYMERS, 'file = "monomers.csv"', 'file = "nothing.csv"', "space.examples.file", "an existing file"),
    (LANGUAGE, 'file = "pool.csv"', 'dataset = "nothing"', "space.dataset", "thermal-liquid"),
    (LANGUAGE, 'material = "molecule"', 'material = "composition"', "space", "SMILES"),
    (LANGUAGE, "order = 6", "order = 600", "space.generator.order", "at most"),
]  # fmt: skip


@pytest.mark.parametrize(("space", "old", "new", "place", "expected"), BROKEN)
def test_a_broken_space_is_refused_in_words(door, tmp_path, space, old, new, place, expected):
    assert old in space
    path = write_generated_campaign(tmp_path, space.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        door.service.check(path)
    found = [str(p) for p in caught.value.problems]
    assert any(p.place == place for p in caught.value.problems), found
    assert any(expected in line for line in found), found


def changed(path, name, content):
    (path.parent / name).write_text(content, encoding="utf-8")
    return path


def test_lists_that_cannot_be_used(door, tmp_path):
    for name, content, error, said in (
        ("monomers.csv", "smiles\nOCCO\nC1CC\n", DataError, "row 3, column smiles"),
        ("monomers.csv", "SMILES\nOCCO\n", DataError, "a column of"),
        ("monomers.csv", "smiles\n", DataError, "list of examples .* cannot be read"),
    ):
        path = changed(write_generated_campaign(tmp_path), name, content)
        with pytest.raises(error, match=said):
            door.service.check(path)


@pytest.mark.parametrize(
    ("content", "said"), [("smiles\n", "holds no structure"), ("smiles\nC1CC\n", "line 2")]
)
def test_a_stock_that_cannot_be_used(door, tmp_path, content, said):
    space = POLYMERS.replace('stock = "monomers.csv"', 'stock = "stock.csv"')
    path = changed(write_generated_campaign(tmp_path, space), "stock.csv", content)
    with pytest.raises((DataError, NotFoundError), match=said):
        door.service.open(path, Ask.by("ada"))


def test_a_list_must_leave_room_for_what_is_said_of_generated_candidates(door, tmp_path):
    path = changed(
        write_generated_campaign(tmp_path, LANGUAGE), "pool.csv", "smiles,route\nCCO,buy\n"
    )
    with pytest.raises(DataError, match="rename these columns") as caught:
        door.service.check(path)
    assert caught.value.problems[0].value == "route"


def test_no_column_answers_for_what_was_never_made(door, tmp_path):
    path = write_generated_campaign(tmp_path, LANGUAGE)
    text = path.read_text(encoding="utf-8").replace(
        'oracles = { value = "logp" }', 'columns = { value = "truth" }'
    )
    path.write_text(text, encoding="utf-8")
    changed(path, "pool.csv", "smiles,truth\nCCO,1\nCCCO,2\n")
    with pytest.raises(ConfigError, match="no column knows generated candidates"):
        door.service.check(path)


def test_the_files_may_go_once_the_campaign_is_open(door, tmp_path):
    path = write_generated_campaign(tmp_path)
    door.service.open(path, Ask.by("ada"))
    (path.parent / "monomers.csv").unlink()
    outcome = door.worker.run("new", max_steps=2)
    assert outcome.text == "pool.extended, model.skipped"
