"""Planned and measured reactions for the Open Reaction Database."""

import json
import re
from importlib.metadata import version

import pytest

from loop.export.reactions import as_reactions
from loop.service.ask import Ask
from loop.settings import Settings
from loop.wiring import build
from tests.design.generated_campaign import MONOMERS, POLYMERS, write_generated_campaign


@pytest.fixture(scope="module")
def campaign(tmp_path_factory):
    """Polymers whose routes are known; the first two orders are measured."""
    folder = tmp_path_factory.mktemp("reactions")
    space = POLYMERS.replace('stock = "monomers.csv"', 'stock = "stock.csv"\nroute = "known"')
    path = write_generated_campaign(folder, space, seed=1)
    (path.parent / "stock.csv").write_text("\n".join(("smiles", *MONOMERS)) + "\n", "utf-8")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[lims]")] + '[lims]\nkind = "worksheet"\n', encoding="utf-8")
    door = build(Settings(workspace=folder, actor="ada"))
    door.service.open(path, Ask.by("ada"))
    door.worker.run("new")
    view = door.queries.view("new")
    name, spec = next(iter(view.definition.properties.items()))
    first, second = (o.order_id for o in view.orders[:2])
    low, high = spec.plausible or (1.0, 2.0)
    middle = 0.5 * (low + high)
    sheet = f"order_id;{name} [{spec.unit}];operator\n{first};{middle} ± 0.25;bo\n"
    sheet += f"{second};< {middle};bo\n"
    door.service.record_file("new", "a.csv", sheet.encode(), Ask.by("ada"))
    yield door.queries.view("new"), name, middle
    door.close()


@pytest.fixture(scope="module")
def dataset(campaign):
    return json.loads(as_reactions(campaign[0]))


def test_each_step_of_a_measured_order_is_a_reaction_with_its_values(campaign, dataset):
    view, name, middle = campaign
    items = {i.order.order_id: i for r in view.rounds for i in r.items if i.order}
    measured = {m.order_id for m in view.measurements}
    steps = [s for o in measured for s in items[o].plan.route.steps]
    told = [r["identifiers"][0]["value"] for r in dataset["reactions"]]
    assert sorted(told) == sorted(f"{'.'.join(s.reactants)}>>{s.product}" for s in steps)
    assert len({r["reactionId"] for r in dataset["reactions"]}) == len(steps)
    assert all(re.fullmatch(r"ord-[0-9a-f]{32}", r["reactionId"]) for r in dataset["reactions"])
    values = [
        m
        for r in dataset["reactions"]
        for p in r["outcomes"][0]["products"]
        for m in p.get("measurements", [])
    ]
    assert {m["details"].split(" [")[0] for m in values} == {name}
    exact = [m["floatValue"] for m in values if "floatValue" in m]
    limits = [m["stringValue"] for m in values if "stringValue" in m]
    assert [(v["value"], v["precision"]) for v in exact] == [(middle, 0.25)]
    assert len(limits) == 1 and limits[0].startswith(f"< {middle!r}")
    for reaction in dataset["reactions"]:
        assert reaction["provenance"]["recordCreated"]["person"] == {"username": "ada"}


def test_the_schema_of_the_database_wants_no_more_than_an_address(dataset):
    pytest.importorskip("ord_schema")
    if int(version("protobuf").split(".")[0]) > 5:
        pytest.skip("ord-schema checks messages with protobuf 5 or older only")
    from google.protobuf import json_format
    from ord_schema import validations
    from ord_schema.proto import dataset_pb2

    message = json_format.Parse(json.dumps(dataset), dataset_pb2.Dataset())
    found = validations.validate_message(message, raise_on_error=False)
    assert {e.partition(": ")[2] for e in found.errors} == {
        "Person must have `email` specified",
        "User email is required for record_created",
    }
