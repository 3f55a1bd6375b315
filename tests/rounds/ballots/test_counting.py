"""What a count asks of the database, on a few rows made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Ballot, BallotExclusion, CurrentBallot, Objection, SeatAddress
from consulta.rounds import ballots
from consulta.rounds.ballots import BallotRow, EndorsedRow, GroupRow, KindRow, RollRow, SeatRow
from tests.drafts import NOW, writing
from tests.factories import build_organisation, build_round, build_seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from consulta.platform.models import Round, Seat
    from consulta.platform.work import Bench

PE = {"subregion": "south_america", "sector": "ngo"}
PE_TEXT = '{"subregion": "south_america", "sector": "ngo"}'


def a_round(session: Session) -> tuple[Round, list[Seat]]:
    """Four seats, three of them alike; of three ballots one abstains and one was taken out since."""
    found = build_round(session)
    seats = [build_seat(session, found, build_organisation(session, f"Red {n}"), n) for n in range(1, 5)]
    seats[3].base = 3
    for number, seat in enumerate(seats):
        seat.pseudonym = f"{9 - number}"  # the last one on the roll is the first by its pseudonym
    for number, seat in enumerate(seats[:3], start=1):
        ballot = Ballot(
            round_id=found.id,
            seat_id=seat.id,
            version=1,
            ranking=[["t1"], ["t2"]],
            objectives=[number],
            endorsements=[f"n{number}"],
            endorsements_sealed=number == 1,
            shown=[],
            content_sha256="",
            idempotency_key="",
            receipt=f"R{number}",
            head="h",
            abstains=number == 3,
            cast_at=NOW,
        )
        session.add(ballot)
        session.flush()
        session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
    address = session.scalars(select(SeatAddress).where(SeatAddress.seat_id == seats[1].id)).one()
    out = session.scalars(select(Ballot).where(Ballot.seat_id == seats[1].id)).one()
    objection = Objection(
        round_id=found.id,
        seat_id=seats[1].id,
        ballot_id=out.id,
        claim="not_ours",
        seat_address_id=address.id,
        who="Rosa",
        text="No fue nuestra",
        made_at=NOW,
    )
    session.add(objection)
    session.flush()
    session.add(BallotExclusion(round_id=found.id, ballot_id=out.id, objection_id=objection.id, at=NOW))
    session.flush()
    return found, seats


def test_the_roll_as_a_count_asks_for_it(bench: Bench) -> None:
    with writing(bench) as work:
        session = work.session
        found, seats = a_round(session)
        other = build_round(session, "2028-1")
        assert ballots.roll(session, found.id) == [
            RollRow("PE", PE_TEXT, 3, 3, 1),
            RollRow("PE", PE_TEXT, 1, 3, 3),
        ]
        kind, heavy = KindRow(PE, 1, "PE"), KindRow(PE, 3, "PE")
        assert sorted(ballots.kinds(session, found.id), key=lambda each: each.base) == [kind, heavy]
        assert ballots.ballots_by_kind(session, found.id) == [(kind, 1)]
        assert ballots.ballots_by_kind(session, found.id, at_closing=True) == [(kind, 2)]
        assert [*ballots.seats(session, found.id)] == [
            SeatRow(seat.pseudonym, "PE", PE_TEXT, seat.base) for seat in reversed(seats)
        ]
        assert [ballots.any_ballot(session, each.id) for each in (found, other)] == [True, False]
        assert ballots.roll(session, other.id) == []


def test_the_ballots_as_a_count_asks_for_them(bench: Bench) -> None:
    """Whom the first one endorses is kept apart: it is not with the ballot."""
    with writing(bench) as work:
        session = work.session
        found, (one, two, *_) = a_round(session)
        said = '[["t1"], ["t2"]]'
        first = BallotRow(one.pseudonym, said, "[1]", "[]")
        assert [*ballots.current_ballots(session, found.id)] == [first]
        assert [*ballots.current_ballots(session, found.id, at_closing=True)] == [
            BallotRow(two.pseudonym, said, "[2]", '["n2"]'),
            first,
        ]
        assert ballots.endorsements(session, found.id) == {one.pseudonym: ("n1",)}
        assert [*ballots.endorsed(session, found.id)] == [EndorsedRow("PE", PE_TEXT, 1, '["n1"]', 1)]
        assert [*ballots.groups(session, found.id)] == [GroupRow("PE", PE_TEXT, 1, said, "[1]", 1)]
