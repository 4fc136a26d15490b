"""A campaign over a real line to a lab's system: access, files, replay, comparison."""

import stat

import pytest

from lims_adapters.transport.client import LabHttp
from loop.core.state import OrderStatus
from loop.errors import ConfigError, DataError, NotFoundError, StateError
from loop.service.ask import Ask
from loop.service.documenting import annotation
from loop.service.file_keeping import keep_files
from loop.service.intake import take_in
from loop.service.reconciliation import Disagreement
from loop.testing.fault_proxy import Fault, FaultProxy
from loop.testing.small_campaign import WORKSHEET, write_small_campaign
from tests.lab_double.campaign import PLUGIN, VARIABLE, lims, token_file, write
from tests.lab_double.server import TOKEN, LabServer

ITSELF = 'kind = "simulated"\ncolumns = { strength = "true_strength" }\n'


@pytest.fixture
def server(monkeypatch):
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv(VARIABLE, TOKEN)
    with LabServer() as running:
        yield running


@pytest.fixture
def line(server):
    with FaultProxy(server.url) as proxy:
        yield proxy


def ada():
    return Ask.by("ada")


def view(door):
    return door.queries.view("small")


def kinds(door):
    return [line.kind for line in door.queries.history("small")]


def answer(server, door, value=50.0, **more):
    """Let the lab report on every order that waits; return the numbers of the values."""
    return {
        o.order_id: server.report(o.order_id, value + n, **more)
        for n, o in enumerate(view(door).orders)
        if o.status is OrderStatus.ACCEPTED
    }


@pytest.fixture
def placed(door, tmp_path, server):
    door.service.open(write(tmp_path, lims(server.url), experiments=4), ada())
    door.worker.run("small")
    assert len(server.samples) == 4
    return door


def test_a_closed_door_queues_the_orders_and_opens_by_itself(door, tmp_path, server):
    path = write(tmp_path, lims(server.url, token_file(tmp_path)))
    door.service.open(path, ada())
    (tmp_path / "token").write_text("wrong", encoding="utf-8")
    for _ in range(3):
        outcome = door.worker.run("small")
        assert outcome.waiting
    assert kinds(door).count("lab.unreachable") == 1
    assert "order.failed" not in kinds(door)
    assert {o.status for o in view(door).orders} == {OrderStatus.QUEUED}
    assert view(door).summary.waiting_for == "somebody to mend the access to the lab's system"
    (warning,) = [w for w in view(door).warnings if "let us in" in w]
    assert "401" in warning and "look at the secret" in warning
    assert "wrong" not in warning.replace("is wrong", "")
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    door.worker.run("small")
    assert view(door).lab_trouble == ""
    assert len(server.samples) == len(view(door).orders) == 4


def test_a_secret_that_is_gone_is_an_access_trouble_not_a_crash(
    door, tmp_path, server, monkeypatch
):
    door.service.open(write(tmp_path, lims(server.url)), ada())
    door.service._archive.forget_lab("small")
    monkeypatch.delenv(VARIABLE)
    door.worker.run("small")
    assert f"environment variable {VARIABLE} is empty" in view(door).lab_trouble
    assert {o.status for o in view(door).orders} == {OrderStatus.QUEUED}


def test_silence_first_and_a_closed_door_then_are_both_told(door, tmp_path, server, line):
    path = write(tmp_path, lims(line.url, token_file(tmp_path)))
    door.service.open(path, ada())
    line.plan = lambda number, method, path: Fault.SERVER_ERROR
    door.worker.run("small", max_steps=5)
    assert "500" in view(door).lab_trouble
    line.plan = lambda number, method, path: Fault.NONE
    server.token = "another"
    door.service._archive.forget_lab("small")
    door.worker.run("small")
    assert kinds(door).count("lab.unreachable") == 2
    assert "let us in" in view(door).warnings[0]


def test_one_adapter_serves_a_campaign_until_its_definition_changes(placed, tmp_path, server):
    archive = placed.service._archive
    first = archive.lab(archive.state("small"))
    assert archive.lab(archive.state("small")) is first
    path = tmp_path / "campaigns" / "small" / "campaign.toml"
    path.write_text(path.read_text().replace("timeout_seconds = 2", "timeout_seconds = 3"))
    placed.service.amend("small", path, "slow network", ada())
    assert archive.lab(archive.state("small")) is not first


def test_connections_are_given_back_with_the_door(tmp_path, server, again):
    door = again()
    door.service.open(write(tmp_path, lims(server.url)), ada())
    archive = door.service._archive
    lab = archive.lab(archive.state("small"))
    door.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.account()
    assert isinstance(lab._http, LabHttp)


def test_values_files_corrections_and_withdrawals_come_through_the_line(placed, server):
    numbers = answer(server, placed, file=("curve.csv", b"T,E\n1,2\n"))
    placed.worker.run("small")
    first, number = next(iter(numbers.items()))
    assert view(placed).summary.status == "closed"
    files = placed.service.files("small")
    assert {f.file.name for f in files} == {"curve.csv"}
    assert placed.service.file_content(files[0].file.digest) == b"T,E\n1,2\n"
    server.edit(first, number, value="61.5")
    placed.worker.look("small")
    server.edit(first, number, value="62.5")
    placed.worker.look("small")
    server.withdraw(first, number)
    placed.worker.look("small")
    (changed,) = [m for m in view(placed).measurements if m.order_id == first]
    assert [(c.previous_value, c.value) for c in changed.corrections] == [
        (50.0, 61.5), (61.5, 62.5), (62.5, None),
    ]  # fmt: skip
    assert changed.withdrawn
    assert kinds(placed).count("measurement.recorded") == 4
    assert placed.worker.look("small").text == "no news from the lab"


def test_a_file_that_does_not_come_holds_no_value_back_and_comes_later(placed, server):
    answer(server, placed, file=("curve.csv", b"1"))
    content = server.files.pop("curve.csv")
    placed.worker.look("small")
    assert len(view(placed).measurements) == 4
    assert {f.file.digest for f in placed.service.files("small")} == {""}
    assert all(f.file.problem for f in placed.service.files("small"))
    with pytest.raises(NotFoundError, match="not kept"):
        placed.service.file_content("")
    server.files["curve.csv"] = content
    assert placed.service.fetch_files("small", ada()) == 4
    assert placed.service.fetch_files("small", ada()) == 0
    assert {f.file.problem for f in placed.service.files("small")} == {""}
    assert {f.file.size for f in placed.service.files("small")} == {1}


def test_a_file_of_another_content_than_the_lab_tells_is_not_kept(placed, server):
    answer(server, placed, file=("curve.csv", b"1"))
    archive = placed.service._archive
    state = archive.state("small")
    lab = archive.lab(state)
    orders = [o.order for o in state.orders.values()]
    (result, *_) = lab.poll(None, orders).batches[0].results
    (attachment,) = result.attachments
    told = result.model_copy(
        update={"attachments": (attachment.model_copy(update={"digest": "0" * 64}),)}
    )
    (body,) = keep_files(archive, state, take_in(state, [told], "lab").bodies)
    (file,) = body.measurement.files
    assert file.digest == ""
    assert "the lab says 0000" in file.problem


def test_a_death_between_fetch_and_append_leaves_nothing_half(placed, server, again):
    answer(server, placed, file=("curve.csv", b"T,E\n1,2\n"))
    with pytest.MonkeyPatch.context() as patch:

        def dies(*args):
            raise KeyboardInterrupt

        patch.setattr(placed.worker, "_append", dies)
        with pytest.raises(KeyboardInterrupt):
            placed.worker.look("small")
    assert view(placed).measurements == ()
    assert placed.service.files("small") == []
    door = again()
    door.worker.look("small")
    assert len({f.file.digest for f in door.service.files("small")}) == 1
    assert len(view(door).measurements) == 4


def test_refused_results_are_kept_and_taken_in_after_a_fix(placed, tmp_path, server):
    numbers = answer(server, placed, value=199.0)
    placed.worker.run("small")
    # 199 is plausible up to 200, 201 and 202 are not.
    assert [m.value for m in view(placed).measurements] == [199.0, 200.0]
    refusals = placed.service.rejected("small")
    assert [r.settled for r in refusals] == ["", ""]
    assert any(
        "refused and not recorded yet: double lab, S3, double lab, S4" in w
        for w in view(placed).warnings
    )
    (still, _) = placed.service.replay("small", "", ada())
    assert "widen `plausible`" in still.problems[0].expected
    path = tmp_path / "campaigns" / "small" / "campaign.toml"
    path.write_text(path.read_text().replace("[-50.0, 200.0]", "[-50.0, 300.0]"))
    placed.service.amend("small", path, "they are real", ada())
    taken_in = placed.service.replay("small", "", ada())
    assert [o.problems for o in taken_in] == [(), ()]
    assert sorted(m.value for m in view(placed).measurements) == [199.0, 200.0, 201.0, 202.0]
    assert kinds(placed).count("results.replayed") == 2
    assert {r.settled for r in placed.service.rejected("small")} == {"replayed by ada"}
    assert placed.service.replay("small", "", ada()) == []
    with pytest.raises(StateError, match="replayed by ada"):
        placed.service.replay("small", refusals[0].content_digest[:10], ada())
    with pytest.raises(NotFoundError, match="waiting: nothing"):
        placed.service.replay("small", "zzz", ada())
    # The lab corrects one of them: its word, not the person's who replayed.
    last, number = list(numbers.items())[-1]
    server.edit(last, number, value="55")
    placed.worker.look("small")
    assert view(placed).measurements[-1].value == 55.0


def test_what_the_adapter_could_not_read_waits_for_the_lab(placed, server):
    numbers = answer(server, placed, value=50.0)
    first, number = next(iter(numbers.items()))
    server.edit(first, number, value="n.d.")
    placed.worker.run("small")
    (replayed,) = placed.service.replay("small", "", ada())
    assert replayed.problems[0].value == "n.d."
    server.edit(first, number, value="51")
    placed.worker.run("small")
    assert placed.service.rejected("small")[0].settled.startswith("the lab sent a newer word")
    assert len(view(placed).measurements) == 4


def test_drawing_and_prediction_stand_beside_the_sample_once(door, tmp_path, server, line):
    section = lims(line.url)
    door.service.open(write(tmp_path, section, annotate=True, experiments=6), ada())
    line.plan = lambda number, method, path: (
        Fault.SERVER_ERROR if "annotation" in path and method == "PUT" else Fault.NONE
    )
    door.worker.run("small")
    assert kinds(door).count("order.documented") == 4
    assert "not everything could be filed" in "\n".join(view(door).warnings)
    line.plan = lambda number, method, path: Fault.NONE
    answer(server, door)
    door.worker.run("small")
    later = [o for o in view(door).orders if o.round_number == 2]
    assert [o.filed for o in later] == [("annotation",)] * 2
    assert kinds(door).count("order.documented") == 6
    state = door.service._archive.state("small")
    for order in later:
        text = server.of(order.order_id).annotation
        assert text == annotation(state, state.orders[order.order_id].order)
        assert text.startswith("predicted strength ") and "MPa" in text


MOLECULES = """\
schema = 1
title = "Solvents"
seed = 3
approval = "auto"
[properties.strength]
unit = "MPa"
[objective]
kind = "maximize"
property = "strength"
[space]
material = "molecule"
file = "pool.csv"
structure = "smiles"
[batch]
size = 2
[budget]
experiments = 2
[initial]
kind = "random"
size = 2
[lab]
annotate = true
[lims]
"""


def test_the_structure_is_filed_as_a_drawing_that_every_system_shows(door, tmp_path, server):
    home = tmp_path / "campaigns" / "small"
    home.mkdir(parents=True)
    smiles = ["CCO", "c1ccccc1O", "CC(=O)OCC", "CCCCN"]
    (home / "pool.csv").write_text("\n".join(["smiles", *smiles]), encoding="utf-8")
    (home / "campaign.toml").write_text(MOLECULES + lims(server.url), encoding="utf-8")
    door.service.open(home / "campaign.toml", ada())
    door.worker.run("small")
    for sample in server.samples.values():
        assert set(sample.documents) == {"structure.svg", "structure.png"}
        assert sample.documents["structure.svg"].startswith(b"<svg")
        assert sample.documents["structure.png"].startswith(b"\x89PNG")
        assert "too few for a model" in sample.annotation
    assert {o.filed for o in view(door).orders} == {
        ("annotation", "structure.svg", "structure.png")
    }


def test_a_lab_that_takes_no_notes_is_told_before_the_first_order(door, tmp_path):
    path = write_small_campaign(tmp_path, lims=ITSELF + "\n[lab]\nannotate = true\n")
    with pytest.raises(ConfigError, match="takes neither annotations nor documents"):
        door.service.open(path, ada())


def test_checking_says_who_we_are_and_what_would_be_written(door, tmp_path, server):
    path = write(tmp_path, lims(server.url), approval="person")
    unopened = door.service.lab_report("small", path)
    assert unopened.account == "loop, may read and write"
    assert unopened.problems == ()
    assert '"external_id": "small-r01-' in unopened.preview
    door.service.open(path, ada())
    door.worker.run("small")
    report = door.service.lab_report("small", path)
    first = view(door).current_round.items[0].item.candidate.label
    assert f'"name": "{first}"' in report.preview
    assert "takes annotations" in report.offers
    assert server.samples == {}
    server.token = "another"
    assert [p.place for p in door.service.lab_report("small", path).problems] == ["lims.secret"]
    with pytest.raises(NotFoundError, match="no open campaign 'large'"):
        door.service.lab_report("large", tmp_path / "large.toml")


def test_ours_against_theirs(placed, server):
    compare = placed.service.reconciler.reconcile
    assert compare("small").equal
    numbers = answer(server, placed)
    found = {d.kind for d in compare("small").differences}
    assert found == {Disagreement.VALUE_ONLY_THERE}
    placed.worker.run("small")
    assert compare("small").equal
    assert compare("small").n_values == 4
    version = placed.queries.version("small")
    one, two, three, four = numbers
    known = {m.order_id: m.measurement_id for m in view(placed).measurements}
    placed.service.correct_measurement("small", known[one], 44.0, "MPa", "misread", ada())
    placed.service.withdraw_measurement("small", known[two], "wrong vial", ada())
    server.withdraw(three, numbers[three])
    server.set_status(four, "no product")
    server.add({"external_id": four})
    server.add({"external_id": "by hand"})
    differences = compare("small").differences
    assert [(d.kind, d.order_id) for d in differences] == [
        (Disagreement.VALUE, one),
        (Disagreement.WITHDRAWN_HERE, two),
        (Disagreement.VALUE_ONLY_HERE, three),
        (Disagreement.DUPLICATE, four),
        (Disagreement.STATE, four),
        (Disagreement.UNKNOWN_HERE, "by hand"),
    ]
    assert differences[0].note == "changed here by ada: misread"
    assert (differences[0].ours, differences[0].theirs) == ("44", "50")
    del server.samples[1]
    kinds_now = {(d.kind, d.order_id) for d in compare("small").differences}
    assert (Disagreement.MISSING_THERE, one) in kinds_now
    assert placed.queries.version("small") == version + 2


def test_a_lab_that_keeps_no_list_cannot_be_compared(door, tmp_path):
    door.service.open(write_small_campaign(tmp_path, lims=WORKSHEET), ada())
    with pytest.raises(StateError, match="'worksheet' cannot list"):
        door.service.reconciler.reconcile("small")


def test_a_kept_batch_that_a_release_cannot_read_says_so(placed, server):
    answer(server, placed, value=300.0)
    placed.worker.run("small")
    archive = placed.service._archive
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.artifacts, "get", lambda digest: b'{"token": 1}')
        with pytest.raises(DataError, match="cannot be read again"):
            placed.service.replay("small", "", ada())
    assert stat.S_ISDIR(archive.stages.exchange_folder.stat().st_mode)
