"""The commands about the lab's own system."""

import json
import sys

import pytest

from loop.cli.main import main
from tests.lab_double.campaign import PLUGIN, VARIABLE, lims, write
from tests.lab_double.server import TOKEN, LabServer


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv(VARIABLE, TOKEN)
    monkeypatch.setenv("SYNTHLOOP_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("SYNTHLOOP_ACTOR", "ada")
    with LabServer() as running:
        yield running


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["synthloop", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def placed(run, server, tmp_path):
    path = write(tmp_path, lims(server.url), experiments=4)
    assert run("open", str(path))[0] == 0
    assert run("run", "small")[0] == 0
    return [s.external_id for s in server.samples.values()]


def test_adapters_are_listed_with_what_they_need_and_offer(run, server):
    code, out, _ = run("lims", "adapters")
    row = next(line.split("\t") for line in out.splitlines() if line.startswith("double-lab"))
    assert code == 0
    assert row[1:3] == ["double-lab", "url, secret"]
    assert "takes annotations" in row[3]
    assert "Speaks to a small lab system." in row[4]
    _, out, _ = run("lims", "adapters", "--json")
    assert {"simulated", "worksheet"} <= {a["name"] for a in json.loads(out)["lims-adapters"]}


def test_check_before_and_after_the_opening(run, server, tmp_path):
    path = write(tmp_path, lims(server.url))
    code, out, _ = run("lims", "check", "small")
    assert code == 0
    assert "known there as: loop, may read and write" in out
    assert "snapshots\tyes" in out
    assert '"external_id": "small-r01-' in out
    run("open", str(path))
    server.token = "another"
    code, out, err = run("lims", "check", "small")
    assert code == 3
    assert "lims.secret" in err
    assert TOKEN not in out + err
    assert run("lims", "check", "smal")[0] == 4
    assert server.samples == {}


def test_results_are_refused_listed_replayed_and_compared(run, server, placed, tmp_path):
    for n, order in enumerate(placed):
        server.report(order, 199.0 + n, file=("curve.csv", b"1,2\n"))
    assert run("run", "small")[0] == 0
    code, out, _ = run("lims", "rejected", "small")
    assert (code, out.count("waits"), out.count("plausible")) == (0, 2, 2)
    assert run("lims", "replay", "small")[0] == 3
    code, out, err = run("lims", "reconcile", "small")
    assert code == 3
    assert out.count("cannot be accepted") == 2
    assert "2 values alike, 2 differences" in err
    path = tmp_path / "campaigns" / "small" / "campaign.toml"
    path.write_text(path.read_text().replace("[-50.0, 200.0]", "[-50.0, 300.0]"))
    run("amend", "small", str(path), "--reason", "they are real")
    digest = json.loads(run("lims", "rejected", "small", "--json")[1])["rejected"][0]
    code, out, _ = run("lims", "replay", "small", digest["content_digest"][:12])
    assert (code, out.count("1 recorded")) == (0, 1)
    assert run("lims", "replay", "small")[0] == 0
    assert run("lims", "replay", "small")[2] == "nothing waits\n"
    code, out, err = run("lims", "reconcile", "small", "--json")
    assert code == 0
    assert json.loads(out)["reconciliation"]["n_values"] == 4
    assert "replayed by ada" in run("lims", "rejected", "small")[1]
    code, _, _ = run("lims", "files", "small", "--out", str(tmp_path / "files"))
    written = sorted((tmp_path / "files").rglob("*.csv"))
    assert [p.parent.name for p in written] == sorted(placed)
    assert {p.read_bytes() for p in written} == {b"1,2\n"}


def test_a_late_edit_is_seen_by_asking(run, server, placed):
    numbers = [server.report(order, 50.0) for order in placed]
    run("run", "small")
    server.edit(placed[0], numbers[0], value="51")
    assert run("lims", "poll", "small")[0] == 0
    assert "changed at the lab" in run("history", "small")[1]


def test_access_trouble_is_in_the_status(run, server, placed):
    server.token = "another"
    code, out, _ = run("run", "small")
    assert code == 0
    assert "waits for somebody to mend the access" in out
    _, _, err = run("status", "small")
    assert "does not let us in" in err
    assert TOKEN not in err
