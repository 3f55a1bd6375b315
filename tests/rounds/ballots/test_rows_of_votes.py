"""What counts, what was replaced, taken out or left empty, by the rows of two small rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from consulta.core.counting.choice import Entries
from consulta.platform import accounts, door
from consulta.platform.log import chain
from consulta.platform.models import Ballot, BallotExclusion, Link, LogEntry, Objection, Round, Seat
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds import ballots
from consulta.vote import service as voting
from tests.benches import PASSWORD
from tests.factories import moment
from tests.polling import Voter, open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench, Work


def cast(bench: Bench, voter: Voter, *themes: str, key: str = "2027-1") -> None:
    """A vote for each of these themes, one after the other; an abstention where there is none."""
    with bench.work(voter.actor, moment()) as work:
        for theme in themes:
            voting.cast(work, key, Entries({theme: 1}), theme)
        if not themes:
            voting.abstain(work, key, "none")


def take_out(work: Work, ballot: Ballot, *, asked: int, decided: int) -> None:
    """Take a ballot out after an objection that these two accounts asked for and decided."""
    of_round = {"round_id": ballot.round_id, "ballot_id": ballot.id}
    row = Objection(
        seat_id=ballot.seat_id, claim="not_ours", seat_address_id=1, who="Rosa", text="No fue nuestra",
        made_at=work.now, state="upheld", asked_by=asked, decided_by=decided, **of_round,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.session.add(BallotExclusion(objection_id=row.id, at=work.now, **of_round))
    work.session.flush()


def voted(bench: Bench) -> list[Voter]:
    """One voted twice, one once, two abstained, one was silent; and there is a vote of another round."""
    voters = open_round(bench, seats=5)
    (elsewhere,) = open_round(bench, "2028-1", seats=1)
    for voter, themes in zip(voters, (("t1", "t2"), ("t3",), (), ()), strict=False):
        cast(bench, voter, *themes)
    cast(bench, elsewhere, "t4", key="2028-1")
    return voters


def test_what_counts_what_was_taken_out_and_who_abstained_is_of_one_round_alone(bench: Bench) -> None:
    voted(bench)
    with bench.work(COMMAND, moment()) as work:
        for name in ("ana", "eva"):
            accounts.add_staff(work, f"{name}@example.org", name, PASSWORD, "secretariat")
        before, counts, stolen, abstains, empty, _ = work.session.scalars(select(Ballot).order_by(Ballot.id))
        seats = {each.seat_id: each.id for each in (counts, stolen, abstains, empty)}
        take_out(work, stolen, asked=1, decided=1)
        take_out(work, empty, asked=1, decided=2)
        session = work.session
        assert [ballots.archive_numbers(session, 1, at_closing=each) for each in (False, True)] == [
            ballots.ArchiveNumbers(1, 1, 0, 0, 1),
            ballots.ArchiveNumbers(2, 1, 0, 0, 2),
        ]
        assert (ballots.archive_numbers(session, 1), ballots.abstained(session, 1)) == (
            ballots.ArchiveNumbers(1, 1, 0, 0, 1),
            1,
        ), "as it counts now, where nothing is said"
        assert ballots.archive_numbers(session, 2) == ballots.ArchiveNumbers(1, 0, 0, 0, 0)
        assert ballots.ballots(session, 1) == 1
        assert [ballots.abstained(session, 1, at_closing=each) for each in (False, True)] == [1, 2]
        listed = [
            ballots.counted(session, 1),
            ballots.counted(session, 1, at_closing=True),
            ballots.abstentions(session, 1),
        ]
        assert [{ballot.receipt for _, ballot in rows} for rows in listed] == [
            {counts.receipt}, {counts.receipt, stolen.receipt}, {abstains.receipt, empty.receipt},
        ]  # fmt: skip
        found = [
            [row[:2] for row in ballots.excluded(session, 1)],
            [row[:2] for row in ballots.excluded(session, 1, abstains=True)],
            ballots.excluded(session, 2),
        ]
        assert [{ballot.id for _, ballot in rows} for rows in found] == [
            {stolen.id}, {empty.id}, set(),
        ]  # fmt: skip
        assert all(seats[seat.id] == ballot.id for rows in found[:2] for seat, ballot in rows)
        codes = [ballots.by_code(session, 1, each.receipt) for each in (before, counts, stolen)]
        assert codes == [(before, False, False), (counts, True, False), (stolen, True, True)]
        assert ballots.by_code(session, 2, counts.receipt) is None
        assert ballots.at_closing(session, 1) == seats
        assert [ballots.any_excluded(session, number) for number in (1, 2)] == [True, False]
        assert ballots.pseudonym(session, counts) != ballots.pseudonym(session, stolen)


def test_the_log_has_a_row_for_each_version_and_none_for_an_abstention(bench: Bench) -> None:
    one, two, three, *_ = voted(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        rows = [row.subject for row in ballots.cast_rows(work.session, 1)]
        assert rows == [f"seat:{each.seat_id}" for each in (one, one, two)]
        assert [row.seq for row in chain.rows(work.session, 3)] == [1, 2, 3]
        mine = [
            ballots.acts(work.session, f"seat:{one.seat_id}", act) for act in ("ballot.cast", "ballot.late")
        ]
        assert [len(each) for each in mine] == [2, 0]
        assert mine[0][0].seq < mine[0][1].seq
        newest = ballots.last_act(work.session, f"seat:{one.seat_id}", "ballot.cast")
        assert isinstance(newest, LogEntry)
        assert newest.seq == mine[0][1].seq
        assert ballots.last_act(work.session, f"seat:{three.seat_id}", "ballot.cast") is None


def test_what_is_held_is_read_anew(bench: Bench) -> None:
    """Another may have written it since this unit of work read it."""
    one, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        known, link = work.session.get_one(Round, 1), work.session.scalars(select(Link)).first()
        assert link is not None
        beside = {"synchronize_session": False}
        work.session.execute(update(Round).values(state="closed"), execution_options=beside)
        work.session.execute(update(Link).values(revoked_at=work.now), execution_options=beside)
        assert (known.state, link.revoked_at) == ("open", None)
        assert ballots.seat_of(work.session, one.seat_id) == (work.session.get(Seat, one.seat_id), known)
        assert door.numbered_link(work.session, link.purpose, link.id, hold=True) is link
        assert (known.state, link.revoked_at) == ("closed", work.now)


def test_objections_are_counted_by_what_became_of_them(bench: Bench) -> None:
    one, two = open_round(bench)
    cast(bench, one, "t1")
    cast(bench, two, "t2")
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
        first, second = work.session.scalars(select(Ballot).order_by(Ballot.id))
        assert ballots.numbers(work.session, 1) == ballots.Numbers()
        take_out(work, first, asked=1, decided=1)
        work.session.add(
            Objection(
                round_id=1, seat_id=second.seat_id, claim="missing", seat_address_id=1, who="Eva",
                text="Votamos", made_at=work.now,
            )
        )  # fmt: skip
        work.session.flush()
        found = ballots.numbers(work.session, 1)
    assert found == ballots.Numbers(open=1, upheld=1, excluded=1, alone=1)
    assert (found.made, found.undecided) == (2, 1)
    assert tuple(ballots.Numbers()) == (0,) * 8
    whole = ballots.Numbers(1, 20, 300, 4000, 50_000, 6, 7)
    assert (whole.made, whole.undecided) == (54_321, 301)
    assert ballots.ClosingMails() == (0, None)
