"""Bad input of campaigns on generated candidates: campaign file, command line and dashboard."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from loop.core.events import BatchProposed, PoolExtended
from loop.settings import Settings
from loop.wiring import build
from tests.cli.in_process import command
from tests.design.generated_campaign import LANGUAGE, POLYMERS, write_generated_campaign

OWN_STOCK = POLYMERS.replace('stock = "monomers.csv"', 'stock = "stock.csv"')
EXAMPLES = LANGUAGE.replace('"pool+generated"', '"generated"').replace(
    'file = "pool.csv"\nproposals', "proposals"
).replace("[space.generator]", '[space.examples]\nfile = "pool.csv"\n[space.generator]')  # fmt: skip
EDITS = LANGUAGE.split("[space.generator]", maxsplit=1)[0] + "[space.generator]\n"
WIDE = 'proposals = 120\nprior = "language-model"'


@pytest.fixture
def synthloop(monkeypatch, capsys, tmp_path):
    return command(monkeypatch, capsys, tmp_path)


def written(folder, space=POLYMERS, change=("", ""), **how) -> Path:
    files = {name: how.pop(name) for name in ("monomers", "pool", "stock") if name in how}
    path = write_generated_campaign(folder, space, **how)
    for name, rows in files.items():
        (path.parent / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    return path


@pytest.fixture
def dashboard(capsys):
    """What a person reads on a tab of the campaign's page."""

    def read(part="Batch") -> str:
        app = AppTest.from_function(page, default_timeout=60)
        app.session_state["part"] = part
        app.run()
        assert not app.exception
        # Streamlit's log may still write to the captured stream of an earlier test.
        capsys.readouterr()
        shown = (*app.title, *app.markdown, *app.info, *app.warning, *app.error)
        frames = "\n".join(frame.value.to_string() for frame in app.dataframe)
        return "\n".join(str(x.value) for x in shown) + frames

    return read


def page():
    from dashboard.screens.campaign import show

    show()


@pytest.mark.parametrize(
    ("space", "rows", "said"),
    [
        (EXAMPLES, {"pool": ("smiles", "CCO", "C1CC")}, ("row 3, column smiles", "'C1CC'", "[space.examples]")),
        (EXAMPLES, {"pool": ("smiles", "CCO", "*CC")}, ("list of examples", "row 3", "'*CC'", "without *")),
        (LANGUAGE, {"pool": ("smiles", "CCO", "*CC*")}, ("the pool", "row 3", "without *")),
        (LANGUAGE.replace('"molecule"', '"polymer"'), {"pool": ("smiles", "*CC*", "*CCO")}, ("row 3", "exactly two *")),
        (LANGUAGE, {"pool": ("smiles", "CCO", "CCC", "OCC")}, ("row 4", "row 2 already", "merge")),
        (EXAMPLES, {"pool": ()}, ("list of examples", "at least one row")),
        (EXAMPLES, {"pool": ("smiles",)}, ("list of examples", "at least one row")),
        (EXAMPLES, {"pool": ("smile", "CCO")}, ("space.examples.structure", "'smile'?", "[space.examples]")),
        (EXAMPLES.replace('"pool.csv"', '"pol.csv"'), {}, ("space.examples.file", "did you mean 'pool.csv'")),
        (POLYMERS.replace('monomers.csv"\nmaterial', 'pool.csv"\nmaterial'), {"pool": ("smiles", "CCCC", "c1ccccc1")},
         ("'polymerisation' cannot learn", "none of 2 monomers", "give it monomers")),
        (OWN_STOCK, {"stock": ()}, ("no column of structures", "inchikey", "first line")),
        (OWN_STOCK, {"stock": ("smiles",)}, ("holds no structure",)),
        (OWN_STOCK, {"stock": ("smiles", "C1CC", "foo")}, ("2 entries", "line 2", "'C1CC'", "line 3", "'foo'")),
        (OWN_STOCK, {"stock": ("smiles", "OCCO", "*CC*")}, ("line 3", "it has no *")),
        (OWN_STOCK.replace("stock.csv", "stok.csv"), {"stock": ("smiles", "OCCO")},
         ("space.makeability.stock", "did you mean 'stock.csv'")),
        (LANGUAGE.replace("[N+](=O)[O-]", "[N+(="), {}, ("space.forbid[0].smarts", "'[N+(='")),
        (EXAMPLES.replace("[N+](=O)[O-]", "[N+(="), {}, ("space.forbid[0].smarts", "'[N+(='")),
        (LANGUAGE.replace("[N+](=O)[O-]", "*"), {}, ("25 rows were excluded", "25 forbidden: explosive")),
        (LANGUAGE.replace('"ngram"', '"n-gram"'), {}, ("space.generator.kind", "did you mean 'ngram'")),
        (EDITS + 'kind = "graph-edits"\n', {}, ()),
        (EDITS.replace("proposals = 120", WIDE) + 'kind = "graph-edits"\n', {},
         ("space.prior", "'graph-edits' has none", "(ngram)")),
        (EDITS + 'kind = "mixture"\ngenerators = [{ kind = "ngrm" }, { kind = "ngram", ordr = 3 }]\n', {},
         ("space.generator.generators[0].kind", "did you mean 'ngram'", "space.generator.generators[1].ordr", "'order'?")),
        (EXAMPLES.replace("keep = 25", "keep = 3"), {}, ("space.keep", "at least 4", "initial.size")),
    ],
)  # fmt: skip
def test_before_it_opens_a_campaign_says_what_is_wrong(synthloop, tmp_path, space, rows, said):
    path = written(tmp_path, space, **rows)
    shown = synthloop("check", path, code=3 if said else 0)
    for words in said:
        assert words in shown.err
    synthloop("open", path, code=3 if said else 0)


def test_a_target_that_the_lab_may_not_report_is_refused(synthloop, tmp_path):
    path = written(
        tmp_path,
        change=("noise_sd = 0.05\n", "noise_sd = 0.05\nplausible = [-20, 20]\n"),
        objective='kind = "target"\nlow = 80.0\nhigh = 90.0',
    )
    shown = synthloop("check", path, code=3)
    assert "objective: got '80 to 90'" in shown.err
    assert "properties.value.plausible, -20 to 20" in shown.err


def test_examples_that_were_left_out_are_accounted_for(synthloop, tmp_path):
    space = EXAMPLES.replace('"pool.csv"', '"pool.csv"\non_invalid = "skip"')
    path = written(tmp_path, space, pool=("smiles", "CCO", "C1CC", "OCC", "CCCO", "CCN"))
    shown = synthloop("check", path)
    assert "up to 25 new ones in every round by 'ngram'" in shown.out
    assert "row 3, C1CC: example, unusable: a SMILES that RDKit reads" in shown.err
    assert "row 4, OCC: example, duplicate" in shown.err
    synthloop("open", path)
    assert "by 'ngram', 2 excluded" in synthloop("history", "new").out


def test_without_a_route_it_pauses_in_words_and_goes_on_when_amended(
    synthloop, tmp_path, dashboard
):
    path = written(tmp_path, OWN_STOCK, stock=("smiles", "CCCC"), experiments=4)
    synthloop("open", path)
    shown = synthloop("run", "new")
    assert "in round 1 no new candidates could be made" in shown.out
    assert "no route from the stock of 1 entries is known" in shown.out
    assert "after 120 attempts" in shown.out
    assert shown.out.count("no new candidates") == 1
    assert "synthloop resume new" in shown.err
    assert "no route from the stock of 1 entries" in dashboard()
    # The stock is that of the opening, how far it counts is not.
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("stock.csv", "monomers.csv"), encoding="utf-8")
    refused = synthloop("amend", "new", path, "--reason", "another shelf", code=3)
    assert "[space] cannot be amended, [space.generator], proposals" in refused.err
    text = text.replace(
        'planner = { kind = "polymer-rules" }',
        'planner = { kind = "polymer-rules" }\nroute = "preferred"',
    )
    path.write_text(text, encoding="utf-8")
    synthloop("amend", "new", path, "--reason", "a route is not needed")
    synthloop("resume", "new")
    assert "the budget of 4 experiments is used" in synthloop("run", "new").out


def test_a_generator_that_is_exhausted_ends_the_campaign_in_words(synthloop, tmp_path, dashboard):
    path = written(tmp_path, monomers=("smiles", "C=Cc1ccccc1", "C=CC#N", "OCCO"))
    synthloop("open", path)
    shown = synthloop("run", "new")
    assert "closed: no candidate of the pool is left to propose" in shown.out
    assert "'polymerisation' made 0 new ones, 120 attempts" in shown.out
    assert "same as its parent" in shown.out
    assert "closed with 4 experiments left: no candidate" in synthloop("status", "new").err
    assert "closed with 4 experiments left: no candidate" in dashboard()


def test_a_batch_that_is_short_says_why(synthloop, tmp_path, dashboard):
    path = written(
        tmp_path,
        monomers=("smiles", "C=CC#N", "C=CC", "OCCO"),
        change=('approval = "auto"', 'approval = "person"'),
        experiments=12,
    )
    text = path.read_text(encoding="utf-8").replace("[initial]\nsize = 4", "[initial]\nsize = 8")
    path.write_text(text, encoding="utf-8")
    synthloop("open", path)
    synthloop("run", "new")
    door = build(Settings())
    (batch,) = (e.body for e in door.queries.events("new") if isinstance(e.body, BatchProposed))
    door.close()
    assert 0 < len(batch.items) < 8
    told = f"the batch holds {len(batch.items)} of the 8 candidates asked for"
    assert f"{told}: no other is left to propose; in this round 'polymerisation'" in dashboard()
    assert told in synthloop("status", "new").err


@pytest.mark.slow
def test_a_plug_in_that_is_gone_pauses_and_does_not_stop_the_worker(
    synthloop, tmp_path, monkeypatch
):
    from loop.generate.ngram import NgramGenerator

    synthloop("open", written(tmp_path, LANGUAGE, slug="first"))
    synthloop("open", written(tmp_path, experiments=4, slug="second"))
    text = "a damaged table of counts"

    def damaged(self, structures, progress=None):
        from loop.errors import DataError

        raise DataError(text, hint="install it again")

    monkeypatch.setattr(NgramGenerator, "teach", damaged)
    shown = synthloop("worker", "--once")
    assert f"first: paused: in round 1 no new candidates could be made: {text}" in shown.err
    assert "second: closed: the budget of 4 experiments is used" in shown.err


def test_more_open_rings_than_the_examples_have_is_a_warning_on_every_face(
    synthloop, tmp_path, dashboard
):
    rings = ("C1CC1CCCCC2CC2", "C1CCC1OCCC1CC1", "c1ccccc1", "C1CCCC1CC", "CCC1CCC1CN")
    parts = '[{ kind = "ngram" }, { kind = "graph-edits", weight = 9 }]'
    space = EDITS + f'kind = "mixture"\ngenerators = {parts}\n'
    path = written(tmp_path, space, pool=("smiles", *rings), change=('"auto"', '"person"'))
    synthloop("open", path)
    synthloop("run", "new")
    told = "more rings open at once than the examples"
    assert told in synthloop("status", "new").err
    assert told in dashboard()
    assert told in dashboard("History")


# Strikes itself as soon as the first state of a search is on disk: from outside the moment can be
# missed on a busy machine.
PROGRAM = """
import os, pathlib, signal, sys
# Where a shell started the tests in the background, children are born deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
kept, blow = [], int(sys.argv.pop(1))
def strike(event, told):
    if event == "os.rename" and "searches" in str(told[1]):
        kept.append(pathlib.Path(str(told[1])))
    elif kept and kept[0].exists():
        kept.clear()
        os.kill(os.getpid(), blow)
sys.addaudithook(strike)
from loop.cli.main import main
main()
"""


def histories(synthloop) -> list[str]:
    rows = synthloop("history", "new").out.splitlines()[1:]
    # Without number, time and person.
    return ["\t".join(row.split("\t")[3:]) for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_worker_that_was_stopped_while_it_generated_is_replaced(
    monkeypatch, capsys, tmp_path, blow
):
    space = POLYMERS.replace("proposals = 120", "proposals = 600").replace(
        "particles = 20", "particles = 4"
    )
    told = []
    for name in ("calm", "rough"):
        home = tmp_path / name
        synthloop = command(monkeypatch, capsys, write_generated_campaign(
            home, space, experiments=4).parents[2])  # fmt: skip
        synthloop("open", home / "campaigns" / "new" / "campaign.toml")
        if name == "rough":
            stopped_while_it_searched(home, blow)
        synthloop("worker", "--once")
        told.append(histories(synthloop))
    assert told[0] == told[1]
    orders = [line for line in told[1] if line.startswith("order.accepted")]
    assert len(orders) == len(set(orders)) == 4
    door = build(Settings())
    assert sum(isinstance(e.body, PoolExtended) for e in door.queries.events("new")) == 1
    door.close()


def stopped_while_it_searched(home: Path, blow: signal.Signals) -> None:
    searches = home / ".synthloop" / "cache" / "searches"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(int(blow)), "worker", "--once"],
        env=os.environ | {"SYNTHLOOP_WORKSPACE": str(home)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert list(searches.glob("*.safetensors")), done.stderr
    if blow is signal.SIGINT:
        assert done.returncode == 130
        last = "interrupted; the ledger is consistent, the same command goes on\n"
        assert done.stderr.endswith(last)
    else:
        assert done.returncode == -signal.SIGKILL
