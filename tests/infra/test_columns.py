"""Statements that are run past the mapper: the same answers, errors and refusals as with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, event, select, text
from sqlalchemy.exc import DBAPIError

from consulta.ballots.queries import ballots
from consulta.infra.models import CurrentBallot, FollowUpCall, Institution, Nominee, Round, Seat, Theme
from consulta.infra.statements.columns import add, all_of, columns, detached, one, stored
from consulta.infra.work import COMMAND
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.infra.work import Bench

PARTS = (Round, Theme, Nominee, Seat)


def test_a_row_has_the_values_that_the_mapper_reads(either: Bench) -> None:
    open_round(either, nominees=2)
    with either.read(COMMAND, moment()) as work:
        for table in PARTS:
            mapped = list(work.session.scalars(select(table).order_by(table.id)))
            read = columns(work.session, select(*all_of(table)).order_by(table.id), {})
            assert len(read) == len(mapped) > 0
            for row, kept in zip(read, mapped, strict=True):
                alone = detached(table, row)
                for name in row._fields:
                    assert getattr(row, name) == getattr(kept, name) == getattr(alone, name), (table, name)


def test_a_seat_to_read_is_the_seat_and_changes_with_the_database(either: Bench) -> None:
    voter, other = open_round(either, nominees=1)

    def read(seat_id: int) -> Seat:
        with either.read(COMMAND, moment()) as work:
            found = ballots.seat_to_read(work.session, seat_id)
            assert found is not None
            return found

    first, again = read(voter.seat_id), read(voter.seat_id)
    assert first is again, "made once"
    assert read(other.seat_id).round is first.round
    assert [theme.key for theme in first.round.themes] == [f"t{number}" for number in range(1, 7)]
    changes = {
        "UPDATE rounds SET closes_local = '2099-01-01T00:00'": lambda seat: seat.round.closes_local,
        "UPDATE themes SET key = 'new' WHERE position = 1": lambda seat: seat.round.themes[0].key,
        "UPDATE nominees SET name = 'Ana'": lambda seat: seat.round.nominees[0].name,
        "UPDATE seats SET name = 'Red del Sur'": lambda seat: seat.name,
        "DELETE FROM themes WHERE position = 2": lambda seat: len(seat.round.themes),
    }
    for change, shown in changes.items():
        before = shown(read(voter.seat_id))
        with either.work(COMMAND, moment()) as work:
            work.session.execute(text(change))
            inside = ballots.seat_to_read(work.session, voter.seat_id)
            assert inside is not None
            assert shown(inside) != before, f"{change}, in its own unit of work"
        assert shown(read(voter.seat_id)) != before, change
        with either.read(COMMAND, moment()) as work:
            mapped = ballots.seat(work.session, voter.seat_id)
            assert mapped is not None
            assert shown(read(voter.seat_id)) == shown(mapped), change
    with either.read(COMMAND, moment()) as work:
        assert ballots.seat_to_read(work.session, 10**6) is None


def test_what_is_not_committed_is_seen_by_no_other_unit(either: Bench) -> None:
    voter, _ = open_round(either)

    def given_up() -> None:
        with either.work(COMMAND, moment()) as work:
            work.session.execute(text("UPDATE seats SET name = 'Red del Sur'"))
            inside = ballots.seat_to_read(work.session, voter.seat_id)
            assert inside is not None
            assert inside.name == "Red del Sur"
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        given_up()
    with either.read(COMMAND, moment()) as work:
        found = ballots.seat_to_read(work.session, voter.seat_id)
        assert found is not None
        assert found.name == voter.organisation


def test_errors_and_listeners_are_those_of_sqlalchemy(either: Bench) -> None:
    seen: list[str] = []
    event.listen(either.engine, "before_cursor_execute", lambda *told: seen.append(told[2]))
    with either.read(COMMAND, moment()) as work:
        assert one(work.session, select(Seat.id).where(Seat.id == bindparam("seat")), {"seat": 1}) is None
        assert len([said for said in seen if "seats.id" in said]) == 1
        missing = select(text("nothing")).select_from(text("nowhere"))
        with pytest.raises(DBAPIError, match="nowhere"):
            columns(work.session, missing, {})


def test_a_unit_of_work_that_reads_writes_no_row(either: Bench) -> None:
    with pytest.raises(RuntimeError, match="for reading"), either.read(COMMAND, moment()) as work:
        add(work.session, CurrentBallot, {"seat_id": 1, "ballot_id": 1})


def test_a_column_that_is_not_named_gets_its_default_and_never_null(either: Bench) -> None:
    named = {"kind": "agency", "name": "OIM", "name_key": "oim", "language": "es", "created_at": moment()}
    with either.work(COMMAND, moment()) as work:
        made = stored(work.session, Institution, named)
        asked: list[str] = []
        event.listen(either.engine, "before_cursor_execute", lambda _c, _d, said, *_: asked.append(said))
        assert (made.person, made.version, made.active) == ("", 1, True)
        assert asked == [], "what is stored is known without asking"
        work.session.refresh(made)
        assert (made.person, made.version, made.active) == ("", 1, True)
        assert asked != []
        with pytest.raises(ValueError, match=r"follow_up_calls\.remind_on"):
            add(work.session, FollowUpCall, {"round_id": 1, "number": 1, "due_on": "", "state": "sent"})


def test_a_statement_that_depends_on_its_values_is_refused(either: Bench) -> None:
    several = select(Seat.id).where(Seat.id.in_(bindparam("seats", expanding=True)))
    with pytest.raises(ValueError, match="other values"), either.read(COMMAND, moment()) as work:
        columns(work.session, several, {"seats": [1, 2]})
