"""A campaign as an RO-Crate, read back by itself and by the reference reader of the format."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest

from loop.service.ask import Ask
from loop.settings import Settings
from loop.testing.small_campaign import write_small_campaign
from loop.wiring import build
from tests.cli.in_process import command

LIMS = """kind = "worksheet"
settle_seconds = 0
[lims.instruments.tensile]
files = "*.xy"
property = "strength"
function = "peak-height"
x_unit = "percent"
y_unit = "MPa"
window = [0.5, 20.0]
"""
X = np.linspace(0, 25, 251)
CURVE = "strain [%]\tstress [MPa]\n" + "".join(
    f"{x:.1f}\t{61 * np.exp(-(((x - 12) / 4) ** 2)):.6f}\n" for x in X
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """Four orders: a curve, a corrected value, a failure and one that waits."""
    home = tmp_path_factory.mktemp("crate")
    door = build(Settings(workspace=home, actor="ada"))
    door.service.open(write_small_campaign(home, lims=LIMS), Ask.by("ada"))
    door.worker.run("small")
    orders = [o.order_id for o in door.queries.view("small").orders]
    door.service.record_file("small", f"{orders[0]}.xy", CURVE.encode(), Ask.by("ada"))
    sheet = f"order_id,strength [MPa],status,note,operator\n{orders[1]},40 ± 2,,,Grace & co\n"
    sheet += f"{orders[2]},,failed in synthesis,tar <b>,\n"
    door.service.record_file("small", "a.csv", sheet.encode(), Ask.by("ada"))
    second = next(m for m in door.queries.view("small").measurements if m.order_id == orders[1])
    door.service.correct_measurement(
        "small", second.measurement_id, 42.0, "MPa", "slipped", Ask.by("bo")
    )
    yield door, orders, home
    door.close()


@pytest.fixture(scope="module")
def crate(workspace):
    from loop.export.writing import as_ro_crate

    door, *_ = workspace
    content = as_ro_crate(door, "small")
    assert content == as_ro_crate(door, "small")
    return content


@pytest.fixture(scope="module")
def graph(crate):
    with zipfile.ZipFile(io.BytesIO(crate)) as archive:
        return json.loads(archive.read("ro-crate-metadata.json"))["@graph"]


def by_type(graph, kind):
    return [node for node in graph if node["@type"] == kind]


def test_every_file_is_told_with_its_digest_and_nothing_else_is_there(crate, graph):
    with zipfile.ZipFile(io.BytesIO(crate)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    del contents["ro-crate-metadata.json"]
    assert {f["@id"]: f["sha256"] for f in by_type(graph, "File")} == {
        name: hashlib.sha256(content).hexdigest() for name, content in contents.items()
    }
    (curve,) = [name for name in contents if name.startswith("files/")]
    assert contents[curve] == CURVE.encode()
    assert {"campaign.json", "events.jsonl", "measurements.csv", "models/round-01.json"} >= set(
        contents
    ) - {curve}


def test_every_reference_leads_somewhere_and_every_entity_stands_once(graph):
    ids = [node["@id"] for node in graph]
    assert len(ids) == len(set(ids))

    def references(value):
        if isinstance(value, list):
            for one in value:
                yield from references(one)
        elif isinstance(value, dict):
            assert set(value) == {"@id"}
            yield value["@id"]

    outside = {"https://w3id.org/ro/crate/1.1"}
    for node in graph:
        for value in node.values():
            assert set(references(value)) <= set(ids) | outside


def test_values_have_units_methods_and_predictions_and_corrections_are_deeds(workspace, graph):
    _, orders, _ = workspace
    nodes = {node["@id"]: node for node in graph}
    deeds = {node["identifier"]: node for node in by_type(graph, "CreateAction")}
    assert set(deeds) == set(orders)
    measured = [nodes[link["@id"]] for link in deeds[orders[0]]["result"]]
    assert [(m["name"], m["unitText"]) for m in measured] == [("strength", "MPa")]
    assert measured[0]["value"] == pytest.approx(61, abs=1e-3)
    assert measured[0]["measurementTechnique"].startswith("peak-height (x in percent")
    assert nodes[measured[0]["subjectOf"][0]["@id"]]["name"] == f"{orders[0]}.xy"
    (corrected,) = [nodes[link["@id"]] for link in deeds[orders[1]]["result"]]
    assert corrected["value"] == 42.0
    beside = [nodes[link["@id"]] for link in corrected["valueReference"]]
    assert ("standard deviation of strength", 2.0) in [(b["name"], b["value"]) for b in beside]
    (deed,) = by_type(graph, "UpdateAction")
    assert deed["description"] == "40.0 MPa became 42.0 MPa: slipped"
    assert nodes[deed["agent"]["@id"]]["name"] == "bo"
    assert "Grace & co" in {p["name"] for p in by_type(graph, "Person")}
    failed = deeds[orders[2]]
    assert failed["actionStatus"].endswith("FailedActionStatus") and failed["error"] == "tar <b>"
    assert "result" not in deeds[orders[3]]
    made = nodes[deeds[orders[0]]["object"]["@id"]]
    assert made["@type"] == "ChemicalSubstance" and made["name"].startswith("R0")
    columns = {nodes[p["@id"]]["name"] for p in made["additionalProperty"]}
    assert {"temperature", "ratio"} <= columns


def test_the_reference_reader_takes_it(crate, tmp_path):
    from rocrate import rocrate

    (tmp_path / "a.zip").write_bytes(crate)
    read = rocrate.ROCrate(str(tmp_path / "a.zip"))
    assert read.name == "Small campaign"
    assert {e.id for e in read.data_entities} >= {"campaign.json", "events.jsonl"}
    assert len(read.get_by_type("CreateAction")) == 4
    read.write_zip(str(tmp_path / "again.zip"))
    with zipfile.ZipFile(tmp_path / "again.zip") as archive:
        assert archive.read("events.jsonl").count(b"\n") >= 8


def test_the_command_writes_each_form(workspace, monkeypatch, capsys):
    _, orders, home = workspace
    run = command(monkeypatch, capsys, home)
    assert run("export", "small", "--format", "ro-crate").out == "small.crate.zip\n"
    assert zipfile.is_zipfile(home / "small.crate.zip")
    assert run("export", "small", "--out", home / "m.csv").out == f"{home / 'm.csv'}\n"
    assert orders[0] in (home / "m.csv").read_text(encoding="utf-8-sig")
    refused = run("export", "small", "--format", "ord", code=3).err
    assert "no measured candidate has a planned route" in refused
    assert not (home / "small.ord.json").exists()
    run("export", "nothing", "--format", "ro-crate", code=4)
