"""When heads of the log are taken, and which head a receipt, a mail and a page show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, select

from consulta.platform.models import Ballot, Head, LogEntry, ReceiptHead, Round
from consulta.rounds import heads
from consulta.rounds.values import HeadView
from tests.drafts import NOW, make_open, reading, writing

if TYPE_CHECKING:
    import pytest

    from consulta.platform.work import Bench, Work


def test_before_the_first_head_none_is_missing(bench: Bench) -> None:
    with writing(bench) as work:
        assert heads.day_has_begun(work)
        heads.begin_day(work)
        assert work.session.scalar(select(func.count(Head.id))) == 0


def test_the_head_of_an_opening_is_told_and_found_by_its_root(bench: Bench) -> None:
    make_open(bench)
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        head = work.session.scalars(select(Head)).one()
        assert (head.reason, head.round_id, head.at) == ("opening", found.id, NOW)
        assert heads.announced(work, found) == HeadView(head.size, head.root, head.at)
        assert heads.day_has_begun(work)
        size, _ = heads.current_size_and_root(work) or (0, "")
        assert size == work.session.scalar(select(func.max(LogEntry.seq)))


def test_heads_of_the_next_day_and_of_a_closing(bench: Bench) -> None:
    make_open(bench)
    tomorrow = NOW + timedelta(days=1)
    with writing(bench, tomorrow) as work:
        assert not heads.day_has_begun(work)
        standing = heads.current_size_and_root(work)
        first = heads.head_of_the_day(work)
        assert (first.reason, first.at) == ("daily", datetime(2027, 2, 2, tzinfo=UTC))
        assert (first.size, first.root) == standing
        assert heads.head_of_the_day(work) is first
        found = work.session.scalars(select(Round)).one()
        opening = heads.announced(work, found)
        closing = heads.take_head(work, "closing", found.id)
        assert (closing.reason, closing.round_id, closing.at) == ("closing", found.id, tomorrow)
        # While it is open again, mails tell of the head of its opening.
        assert heads.announced(work, found) == opening != heads.view_of(closing)
        found.state = "closed"
        assert heads.announced(work, found) == heads.view_of(closing)
        assert heads.current_size_and_root(work) is None
        assert heads.announced(work, Round(id=99, state="published")) is None


def test_a_day_begins_with_the_head_of_its_midnight(bench: Bench) -> None:
    make_open(bench)
    with writing(bench, NOW + timedelta(days=3)) as work:
        heads.begin_day(work)
        assert work.session.scalars(select(Head.reason).order_by(Head.id)).all() == ["opening", "daily"]
        heads.begin_day(work)
        assert work.session.scalar(select(func.count(Head.id))) == 2


def test_the_first_head_of_all_is_of_this_moment(bench: Bench) -> None:
    with writing(bench) as work:
        head = heads.head_of_the_day(work)
        assert (head.reason, head.round_id, head.at) == ("daily", None, NOW)


def test_a_receipt_shows_the_head_of_just_after_its_vote(bench: Bench) -> None:
    make_open(bench)
    with writing(bench) as work:
        vote = Ballot(id=8, cast_at=NOW)
        work.session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        heads.after_vote(work, vote)
        kept = work.session.scalars(select(ReceiptHead)).one()
        assert (kept.ballot_id, kept.size) == (8, work.session.scalar(select(func.max(LogEntry.seq))))
        assert heads.of_receipt(work, vote) == HeadView(kept.size, kept.root, NOW)
        work.session.rollback()


def test_before_a_closing_the_day_is_begun_and_the_log_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[str, object, object]] = []
    for name in ("begin_day", "fill"):
        monkeypatch.setattr(
            f"consulta.platform.log.heads.{name}", lambda *given, n=name: done.append((n, *given))
        )
    heads.fill(cast("Work", SimpleNamespace(session="session", now=NOW)))
    assert done == [("begin_day", "session", NOW), ("fill", "session", NOW)]
