"""In place of a ballot that was taken out, the last vote that the organisation had sent itself counts."""

from __future__ import annotations

import itertools
import json
from contextlib import nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.desk import moves
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.kinds import Reader
from consulta.platform.models import Ballot, CurrentBallot, Message, Seat
from consulta.platform.work import COMMAND
from consulta.results import archive, checks
from consulta.results import service as results
from consulta.rounds.ballots import is_excluded
from consulta.vote import assisted
from tests.drafts import BASE, KEY, NOW, hand_out, make_open, reading, writing
from tests.lived import once
from tests.objecting import people, vote_by
from tests.results.checks.forging import rows_of
from tests.results.checks.published import archive_of, unpacked, verify
from tests.vote.objections.test_objections import CLOSED, OVER, acting, made, upheld

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from consulta.platform.work import Bench

KINDS = ("own", "young", "assisted")
ORDERS = [order for length in (1, 2, 3) for order in itertools.product(KINDS, repeat=length)]
FEW = [("own", "own"), ("own", "own", "assisted"), ("own", "young", "young"), ("assisted", "assisted")]
BY_CALL = assisted.Request("Rosa Quispe, directora", "Sin conexión hasta el viernes")
NOT_BOUND = "the earlier vote that the closing bound"


def naive(order: Sequence[str]) -> int | None:
    """The version that is to count where the last one is taken out."""
    if order[-1] == "own":
        return None
    return next((version for version in range(len(order) - 1, 0, -1) if order[version - 1] == "own"), None)


@once
def live(bench: Bench, orders: Sequence[Sequence[str]], secrecy: str = "pseudonymous") -> None:
    """A closed and counted round; of each organisation the votes of an order, each ranks another theme."""
    make_open(bench, *(["CO"] * len(orders)), secrecy=secrecy)
    links, at = hand_out(bench, KEY), NOW + timedelta(hours=1)
    for number, order in enumerate(orders, start=1):
        for version, kind in enumerate(order, start=1):
            at += timedelta(minutes=2)
            if kind == "assisted":
                with writing(bench, at) as work:
                    entries = Entries({f"tema_numero_{version}": 1})
                    assisted.cast(
                        work, KEY, f"s{number:03}", entries, f"call-{version}", BY_CALL, by_two=True
                    )
                continue
            late = patch("consulta.vote.casting.addresses.is_young", return_value=True)
            with late if kind == "young" else nullcontext():
                vote_by(bench, links[number - 1], at, first=version)
    with writing(bench, CLOSED) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    with writing(bench, CLOSED) as work:
        results.count(work, KEY)


def taken_out(bench: Bench, *seats: int) -> None:
    """Objections to the votes of these seats are upheld by two, all is counted again and published."""
    staff = people(bench, "Mariana", "Esteban")
    for seat in seats:
        upheld(bench, made(bench, seat), staff)
    acting(bench, staff[0], results.count)
    acting(bench, staff[0], results.publish, at=OVER)


def faults(bench: Bench) -> list[str]:
    with bench.read(COMMAND, OVER) as work:
        return checks.faults(work)


def counting(bench: Bench) -> list[int | None]:
    """The version that counts of each seat, in the order of the roll."""
    with reading(bench) as work:
        query = (
            select(Seat.id, Ballot.version, Ballot.id)
            .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
            .outerjoin(Ballot, Ballot.id == CurrentBallot.ballot_id)
            .order_by(Seat.position)
        )
        rows = work.session.execute(query).all()
        return [None if is_excluded(work.session, ballot) else version for _, version, ballot in rows]


def told(files: dict[str, bytes], action: str) -> list[dict[str, Any]]:
    return [json.loads(row["details"]) for row in rows_of(files) if row.get("action") == action]


def test_in_every_order_of_votes_the_last_own_one_counts_again(bench: Bench) -> None:
    live(bench, ORDERS)
    taken_out(bench, *range(1, len(ORDERS) + 1))
    due = [naive(order) for order in ORDERS]
    assert counting(bench) == due
    assert faults(bench) == []
    back = sum(each is not None for each in due)
    for complete in (False, True):
        files = unpacked(archive_of(bench, complete=complete))
        status, said = verify(files)
        assert status == 0, said
        (published,) = told(files, "rounds.published")
        assert (published["objections"]["excluded"], published["objections"]["restored"]) == (len(due), back)
        assert published["ballots"] == len(json.loads(files["bundle.json"])["ballots"]) == back
        assert sum(row["restored"] for row in told(files, "ballots.excluded")) == back
    with reading(bench) as work:
        seats = work.session.scalars(select(Seat).order_by(Seat.position))
        for seat, version, order in zip(seats, due, ORDERS, strict=True):
            of_seat = select(Ballot).where(Ballot.seat_id == seat.id)
            cast = work.session.scalars(of_seat.order_by(Ballot.version))
            states = [archive.look_up(work, KEY, each.receipt).state for each in cast]
            wanted = ["replaced"] * (len(order) - 1) + ["excluded"]
            if version:
                wanted[version - 1] = "counted"
            assert states == wanted


@pytest.mark.parametrize("secrecy", ["open", "aggregate"])
def test_the_archives_of_other_modes_hold_too(bench: Bench, secrecy: str) -> None:
    live(bench, [*FEW, *([("own",)] * 5)], secrecy)
    taken_out(bench, 2, 3, 4)
    for complete in (False, True):
        files = unpacked(archive_of(bench, complete=complete))
        status, said = verify(files)
        assert status == 0, said
        assert told(files, "rounds.published")[0]["objections"]["restored"] == 2
        assert ("receipts.csv" in files) == (complete or secrecy == "open")


def other(number: int | None) -> Callable[..., Ballot | None]:
    """Instead of the vote that was bound: another version of the same seat, or none."""

    def chosen(session: Any, ballot: Ballot) -> Ballot | None:
        query = select(Ballot).where(Ballot.seat_id == ballot.seat_id, Ballot.version == (number or 0))
        return session.scalars(query).first()  # type: ignore[no-any-return]

    return chosen


@pytest.mark.parametrize(
    ("seat", "number"),
    [(2, 1), (2, None), (3, None), (3, 2), (4, 1)],
    ids=[
        "another own one",
        "none, though there is one",
        "none for a young one",
        "a young one",
        "one of none",
    ],
)
def test_whoever_chooses_another_after_the_closing_is_told(
    bench: Bench, seat: int, number: int | None
) -> None:
    """The archive is made by the program itself, in all else as it should be."""
    live(bench, [*FEW, *([("own",)] * 5)])
    with patch("consulta.vote.objections.ballots.earlier_own", other(number)):
        taken_out(bench, seat)
    for complete in (False, True):
        status, said = verify(unpacked(archive_of(bench, complete=complete)))
        assert (status, NOT_BOUND in said) == (1, True), said
    assert any("in its place" in each for each in faults(bench))


def test_a_vote_that_the_organisation_disowns_is_never_replaced_by_one_of_before(bench: Bench) -> None:
    live(bench, [*FEW, *([("own",)] * 5)])
    with patch("consulta.vote.objections.ballots.earlier_own", other(1)):
        taken_out(bench, 1)
    status, said = verify(unpacked(archive_of(bench)))
    assert (status, "only of a marked ballot" in said) == (1, True), said


def test_the_mail_of_the_decision_says_what_counts_now(bench: Bench) -> None:
    live(bench, [*FEW, *([("own",)] * 5)])
    taken_out(bench, 1, 2, 4)
    own = {
        "es": "el último que su propia organización",
        "en": "the last vote that your organisation itself",
        "pt": "a sua própria",
    }
    none = {"es": "no cuenta ningún voto", "en": "No vote by your", "pt": "Nenhum voto da sua"}
    with reading(bench) as work:
        query = select(Message).where(Message.kind == "objection_decided").order_by(Message.id)
        mails = {each.seat.key: each for each in work.session.scalars(query) if each.seat}
        for seat, expected in {"s001": none, "s002": own, "s004": none}.items():
            words = mail_kinds.find("objection_decided").words(
                work, mails[seat], Reader("", "America/Bogota", BASE, "")
            )
            for language in work.languages:
                assert expected[language] in str(words[language]["decision"])
