"""A lab's own database, on real SQLite and real Postgres."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lims_adapters.sql.adapter import SqlLab
from loop.core.result import Outcome
from loop.errors import AdapterError, LabAccessError, RetryableAdapterError
from loop.testing.lab_bench import LabAnswer
from tests.lims_adapters.sql_bench import ANALYSES, OPTIONS, REQUESTS, SqlBench

TG = LabAnswer("Tg", "371.2", "K")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'lab.db'}"
    return request.getfixturevalue("postgres_url").replace("postgresql:", "postgresql+psycopg:")


@pytest.fixture
def bench(url, tmp_path):
    made = SqlBench(url, tmp_path)
    yield made
    made.close()


def placed(bench, n=1):
    orders = bench.orders(n)
    for order in orders:
        bench.adapter().submit(order)
    return orders


def told(poll):
    return [(r.result_id, r.value, r.unit) for b in poll.batches for r in b.results]


def test_an_order_becomes_one_row_with_what_the_mapping_says(bench):
    order = placed(bench)[0]
    adapter = bench.adapter()
    assert adapter.submit(order) == adapter.find(order.order_id)
    row = bench.do(sa.select(REQUESTS)).mappings().one()
    assert row["sample_name"] == "Polyäthylen β"
    assert (row["priority"], row["state"], row["remark"]) == ("normal", "requested", order.note)
    assert "smiles = CO" in adapter.preview(order)
    assert adapter.check() == []


def test_two_workers_at_one_instant_make_one_row(bench):
    orders = bench.orders(3)
    for order in orders:
        with ThreadPoolExecutor(4) as pool:
            receipts = {
                f.result().external_id
                for f in [pool.submit(_patient, bench, order) for _ in range(4)]
            }
        assert (bench.samples(order.order_id), len(receipts)) == (1, 1)


def _patient(bench, order):
    for _ in range(50):
        try:
            return bench.adapter().submit(order)
        except RetryableAdapterError:
            continue
    raise AssertionError("the database never took it")


def test_of_two_rows_the_oldest_is_ours_and_the_other_is_told(bench):
    order = placed(bench)[0]
    first = bench.adapter().find(order.order_id)
    bench.place_by_hand(order)
    assert bench.adapter().find(order.order_id) == first
    found = list(bench.adapter().inventory([order]))
    assert [(f.order_id, f.external_id, len(f.duplicates)) for f in found] == [
        (order.order_id, first.external_id, 1)
    ]


def test_a_stranger_with_an_id_of_this_campaign_is_in_the_inventory(bench):
    known, stranger = bench.orders(2)
    bench.adapter().submit(known)
    bench.place_by_hand(stranger)
    bench.report(known.order_id, TG)
    found = {f.order_id: f for f in bench.adapter().inventory([known])}
    assert set(found) == {known.order_id, stranger.order_id}
    assert [r.value for r in found[known.order_id].results] == [371.2]
    assert found[stranger.order_id].results == ()


@pytest.mark.parametrize("cursor", ["", "changed_at"])
def test_a_snapshot_comes_once_and_again_only_when_it_changed(url, tmp_path, cursor):
    bench = SqlBench(url, tmp_path, cursor=cursor)
    orders = placed(bench, 2)
    when = datetime(2026, 3, 31, 14, 5)
    first = bench.report(orders[0].order_id, LabAnswer("Tg", "371.2", "K", 1, "Ada", "DSC 3", when))
    poll = bench.adapter().poll(None, orders)
    assert bench.adapter().poll(None, orders) == poll
    assert told(poll) == [(f"sql:{first}", 371.2, "K")]
    batch = poll.batches[0]
    assert (batch.snapshot_of, batch.namespace) == ((orders[0].order_id,), "sql:")
    result = batch.results[0]
    assert (result.operator, result.instrument) == ("Ada", "DSC 3")
    assert result.measured_at == datetime(2026, 3, 31, 14, 5, tzinfo=UTC)
    assert bench.adapter().poll(poll.cursor, orders).batches == ()

    bench.report(orders[1].order_id, LabAnswer("Tg", "100", "degC"))
    bench.edit(first, LabAnswer("Tg", "372", "K"))
    later = bench.adapter().poll(poll.cursor, orders)
    assert told(later) == [(f"sql:{first}", 372.0, "K"), (f"sql:{int(first) + 1}", 100.0, "degC")]
    bench.withdraw(first)
    gone = bench.adapter().poll(later.cursor, orders)
    assert [(b.snapshot_of, b.results) for b in gone.batches] == [((orders[0].order_id,), ())]
    assert bench.adapter().poll(gone.cursor, orders).batches == ()
    bench.close()


def test_a_deleted_row_is_a_snapshot_without_it(bench):
    order = placed(bench)[0]
    bench.report(order.order_id, LabAnswer("density", "0.92", "g/cm**3"))
    gone = bench.report(order.order_id, TG)
    poll = bench.adapter().poll(None, [order])
    assert len(told(poll)) == 2
    bench.remove(gone)
    assert len(told(bench.adapter().poll(poll.cursor, [order]))) == 1


def test_a_row_committed_late_with_an_earlier_stamp_is_seen(url, tmp_path):
    bench = SqlBench(url, tmp_path, cursor="changed_at")
    orders = placed(bench, 2)
    bench.report(orders[0].order_id, TG)
    poll = bench.adapter().poll(None, orders)
    late = int(bench.report(orders[1].order_id, TG))
    hour_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=1)
    bench.do(sa.update(ANALYSES).where(ANALYSES.c.id == late).values(changed_at=hour_ago))
    assert told(bench.adapter().poll(poll.cursor, orders)) == [(f"sql:{late}", 371.2, "K")]
    bench.close()


def test_an_id_cursor_reads_the_new_rows(url, tmp_path):
    bench = SqlBench(url, tmp_path, cursor="id", cursor_kind="id", overlap=0)
    orders = placed(bench, 2)
    bench.report(orders[0].order_id, TG)
    poll = bench.adapter().poll(None, orders)
    bench.report(orders[1].order_id, TG)
    assert len(told(bench.adapter().poll(poll.cursor, orders))) == 1
    bench.close()


def test_a_thousand_orders_are_read_in_one_poll(bench):
    orders = bench.orders(1001)
    rows = [
        {"request_no": o.order_id, "service": "RHO", "result": "0.9", "unit": "g/cm**3"}
        for o in orders
    ]
    with bench.engine.begin() as connection:
        connection.execute(sa.insert(ANALYSES), rows)
    poll = bench.adapter().poll(None, orders)
    assert len(poll.batches) == 1001
    assert bench.adapter().poll(poll.cursor, orders).batches == ()


BROKEN = [
    (LabAnswer("Tg", "n.d.", "K"), "column result", "n.d.", "a number"),
    (LabAnswer("Tg", "371", ""), "column unit", "without a unit", "converts to K"),
    (LabAnswer("Tg", "371", "kg"), "column unit", "kg", "converts to K"),
    (LabAnswer("Tg", "371", "blub"), "column unit", "blub", "converts to K"),
    (LabAnswer("Tg", "371", "K", replicate=0), "column repeat", "0", "whole number"),
]


@pytest.mark.parametrize(("answer", "place", "value", "expected"), BROKEN)
def test_a_bad_row_is_refused_in_words_and_the_other_orders_go_on(
    tmp_path, answer, place, value, expected
):
    bench = SqlBench(f"sqlite:///{tmp_path / 'lab.db'}", tmp_path)
    orders = placed(bench, 2)
    bad = bench.report(orders[0].order_id, answer)
    bench.report(orders[1].order_id, TG)
    first, second = bench.adapter().poll(None, orders).batches
    (problem,) = first.problems
    for part in ("table analysis", f"row id={bad}", place, value, expected):
        assert part in str(problem)
    assert (second.problems, len(second.results)) == ((), 1)
    bench.close()


def test_a_limit_is_a_qualifier_and_an_empty_value_is_not_there_yet(bench):
    order = placed(bench)[0]
    bench.report(order.order_id, LabAnswer("Tg", "< 250", "K"))
    bench.report(order.order_id, LabAnswer("density", "", "g/cm**3"))
    (batch,) = bench.adapter().poll(None, [order]).batches
    assert [(r.qualifier, r.value) for r in batch.results] == [("<", 250)]


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.FAILED_SYNTHESIS,
        Outcome.FAILED_MEASUREMENT,
        Outcome.CANCELLED,
        Outcome.NEEDS_FOLLOW_UP,
    ],
)
def test_the_end_of_an_order_is_told_once_with_its_reason(bench, outcome):
    order = placed(bench)[0]
    bench.end(order.order_id, outcome, "tar")
    poll = bench.adapter().poll(None, [order])
    (result,) = poll.batches[0].results
    assert (result.outcome, "tar" in result.note) == (outcome, True)
    assert bench.adapter().poll(poll.cursor, [order]).batches == ()


def test_an_unknown_status_word_is_shown_to_a_person(bench):
    order = placed(bench)[0]
    bench.set_status(order.order_id, "im Kühlschrank")
    (result,) = bench.adapter().poll(None, [order]).batches[0].results
    assert result.outcome is Outcome.NEEDS_FOLLOW_UP
    assert "im Kühlschrank" in result.note


def test_taking_back_writes_the_word_unless_the_order_has_ended(bench):
    first, second = placed(bench, 2)
    assert bench.adapter().cancel(first, "no time")
    assert not bench.adapter().cancel(first, "again")
    bench.set_status(second.order_id, "done")
    assert not bench.adapter().cancel(second, "too late")
    states = dict(bench.do(sa.select(REQUESTS.c.request_no, REQUESTS.c.state)).all())
    assert states == {first.order_id: "cancelled", second.order_id: "done"}


def test_words_of_ours_stand_in_the_column_of_ours(bench):
    order = placed(bench)[0]
    bench.adapter().annotate(order, "first")
    bench.adapter().annotate(order, "Tg 371 ± 8 K; explores")
    assert bench.annotation(order.order_id) == "Tg 371 ± 8 K; explores"


def test_a_wrong_name_in_the_mapping_is_told_with_the_near_match(bench):
    (problem,) = bench.adapter_with_wrong_mapping().check()
    assert "lims.results.value" in str(problem)
    assert "'result'" in str(problem)
    orders = {**OPTIONS["orders"], "table": "synth_requests"}
    (problem,) = bench.adapter(orders=orders).check()
    assert "'synth_request'" in str(problem)
    orders = {**OPTIONS["orders"], "constants": {"state": "requested"}}
    (problem,) = bench.adapter(orders=orders).check()
    assert "synth_request.priority may not be empty" in str(problem)


def test_a_property_without_a_name_in_the_lab_is_told(bench):
    problems = bench.adapter(
        properties={"tg": {"field": "TG-DSC"}, "density": {"field": "RHO"}}
    ).check()
    assert any("lims.properties.Tg" in str(p) for p in problems)
    assert any("did you mean 'Tg'" in str(p) for p in problems)


def test_text_that_looks_like_sql_is_text(bench):
    evil = "film-r01'; DROP TABLE analysis; --"
    order = bench.orders(1)[0].model_copy(update={"order_id": evil})
    bench.adapter().submit(order)
    assert bench.adapter().find(evil)
    assert bench.do(sa.select(sa.func.count()).select_from(ANALYSES)).scalar_one() == 0


def test_results_can_be_read_where_orders_go_another_way(bench):
    order = bench.orders(1)[0]
    options = {k: v for k, v in bench.options().items() if k not in {"orders", "status"}}
    adapter = SqlLab(SqlLab.Config.model_validate(options), bench.adapter()._context)
    assert adapter.find(order.order_id) is None
    assert adapter.submit(order) == adapter.find(order.order_id)
    assert "Tg [K] x2" in (bench.folder / "orders" / f"{order.order_id}.txt").read_text()
    bench.report(order.order_id, TG)
    assert len(told(adapter.poll(None, [order]))) == 1
    assert bench.samples(order.order_id) == 0


def test_a_view_gives_results(bench):
    bench.do(sa.text("CREATE VIEW released AS SELECT * FROM analysis WHERE device = 'DSC'"))
    order = placed(bench)[0]
    bench.report(order.order_id, TG)
    bench.report(order.order_id, LabAnswer("Tg", "372", "K", instrument="DSC"))
    adapter = bench.adapter(results={**OPTIONS["results"], "table": "released"})
    assert adapter.check() == []
    assert [v for _, v, _ in told(adapter.poll(None, [order]))] == [372.0]


def test_a_password_in_the_address_is_refused_and_never_shown(tmp_path, monkeypatch):
    address = "postgresql+psycopg://lab:hush-hush@127.0.0.1:1/lims"
    with pytest.raises(ValueError, match="no password in the address"):
        SqlLab.Config.model_validate({**OPTIONS, "url": address})


def test_a_database_that_is_away_is_to_be_asked_later(tmp_path, monkeypatch):
    monkeypatch.setenv("LAB_DB", "hush-hush")
    bench = SqlBench(f"sqlite:///{tmp_path / 'lab.db'}", tmp_path)
    away = bench.adapter(url="postgresql+psycopg://lab@127.0.0.1:1/lims", secret={"env": "LAB_DB"})
    with pytest.raises(RetryableAdapterError) as caught:
        away.find("film-r01-1")
    (problem,) = away.check()
    for shown in (
        str(caught.value),
        str(problem),
        repr(away._config),
        repr(away._database._engine),
    ):
        assert "hush" not in shown
    bench.close()


@pytest.mark.postgres
def test_a_user_without_rights_is_told_apart_from_an_empty_lab(postgres_url, tmp_path):
    url = postgres_url.replace("postgresql:", "postgresql+psycopg:")
    bench = SqlBench(url, tmp_path)
    bench.do(sa.text("DROP ROLE IF EXISTS guest"))
    bench.do(sa.text("CREATE ROLE guest LOGIN"))
    guest = bench.adapter(url=url.replace("synthloop@", "guest@"))
    problems = guest.check()
    assert problems
    assert all("guest" in str(p) or "a table" in str(p) for p in problems)
    with pytest.raises(LabAccessError):
        guest.submit(bench.orders(1)[0])
    bench.do(sa.text("GRANT SELECT ON analysis, synth_request TO guest"))
    assert any("INSERT as guest" in str(p) for p in guest.check())
    bench.do(sa.text("DROP OWNED BY guest; DROP ROLE guest"))
    bench.close()


def test_a_file_that_may_only_be_read_is_told(tmp_path):
    bench = SqlBench(f"sqlite:///{tmp_path / 'lab.db'}", tmp_path)
    missing = bench.adapter(url=f"sqlite:///{tmp_path / 'no' / 'lab.db'}")
    with pytest.raises(AdapterError):
        missing.find("x")
    assert missing.check()
    bench.close()


def test_a_cursor_of_another_system_is_refused(bench):
    with pytest.raises(AdapterError, match="not written by this kind"):
        bench.adapter().poll("1234", [])
