"""Cursors lose nothing and bring nothing twice, whatever the lab's clock and commits do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lims_adapters.transport.feed import FeedCursor
from lims_adapters.transport.watermark import Watermark
from loop.errors import AdapterError, RetryableAdapterError

START = datetime(2026, 10, 25, tzinfo=UTC)
OVERLAP = timedelta(hours=2)

# What happens at a lab: minutes its clock moves on, the object that is written, and how many
# minutes before that the writing transaction took its stamp.
writes = st.lists(
    st.tuples(st.integers(0, 90), st.sampled_from("abcde"), st.integers(0, 119), st.booleans()),
    max_size=40,
)


@given(writes)
def test_a_late_commit_is_never_lost_and_nothing_comes_twice(history):
    clock, version = START, 0
    held: dict[str, tuple[str, datetime]] = {}
    mark, read = Watermark(), []
    for minutes, name, behind, looks in history:
        clock += timedelta(minutes=minutes)
        version += 1
        stamp = max(clock - timedelta(minutes=behind), START)
        held[name] = (f"v{version}", stamp)
        if not looks:
            continue
        mark, news = poll(mark, held)
        read += news
    mark, news = poll(mark, held)
    read += news
    assert len(read) == len(set(read)), "delivered twice"
    assert {(name, held[name][0]) for name in held} <= set(read), "lost"
    assert poll(mark, held)[1] == []


def poll(mark, held):
    """Ask the lab for what has a stamp since the mark, as an adapter does."""
    mark = Watermark.read(mark.text())
    since = mark.since()
    changes = [(n, v, at) for n, (v, at) in held.items() if since is None or at >= since]
    news = [(name, v) for name, v, _ in changes if mark.is_news(name, v)]
    return mark.advanced(changes), news


def test_a_watermark_asks_from_before_the_newest_stamp():
    mark = Watermark().advanced([("a", "1", START), ("b", "1", START + OVERLAP)])
    assert Watermark().since() is None
    assert mark.since() == START
    assert Watermark().text() is None
    assert Watermark().advanced([]).text() is None


@pytest.mark.parametrize(
    "cursor", ["", "7", "[]", "{}", '{"newest": "yesterday", "seen": {}}', '{"newest": null, "seen": {}}']
)  # fmt: skip
@pytest.mark.parametrize("kind", [Watermark, FeedCursor])
def test_the_cursor_of_another_system_is_refused(kind, cursor):
    with pytest.raises(AdapterError, match="cursor") as caught:
        kind.read(cursor)
    assert not isinstance(caught.value, RetryableAdapterError)


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=30),
    st.lists(st.sampled_from("abcdef"), unique=True),
)
def test_an_order_known_late_is_read_once_it_is_known(history, order_of_knowing):
    cursor, known, seen, number = FeedCursor(), set(), {}, 0
    pending, waiting = list(order_of_knowing), []
    for name, learns in history:
        number += 1
        seen[name] = number
        waiting.append(name)
        if learns and pending:
            known.add(pending.pop())
            news = cursor.news(waiting, known)
            cursor = FeedCursor.read(cursor.advanced(number, waiting, known).text())
            waiting = []
            for read in news:
                seen.pop(read, None)
    known = set("abcdef")
    for read in cursor.news(waiting, known):
        seen.pop(read, None)
    assert seen == {}, "changed at the lab and never read"
    assert cursor.advanced(number, waiting, known).early == ()
