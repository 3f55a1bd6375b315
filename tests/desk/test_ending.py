"""A round that closed early says so everywhere and to everybody; one closed late says what counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.desk import moves
from consulta.platform.models import Message, Round, Seat
from consulta.platform.work import COMMAND, WORKER
from consulta.results import service as results
from consulta.rounds import ending
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from consulta.vote import casting
from tests.desk.test_rounds import KEY, ROUND, opened, vote
from tests.factories import moment
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench
    from tests.benches import Visitor

REASON = "Ya votaron todas las organizaciones."
POST = Post("http://localhost")
EARLY = "Cerró antes de lo anunciado"


def deadline(bench: Bench) -> datetime:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Round.closes_at).where(Round.key == KEY)).one()


def mails(bench: Bench) -> list[str]:
    """The bodies of the closing mails, in the order in which they wait."""
    with bench.work(WORKER, moment()) as work:
        numbers = work.session.scalars(
            select(Message.id).where(Message.kind == "closing").order_by(Message.id)
        )
        finished = [letters.finish(work, number, POST) for number in numbers]
    return [
        "\n".join(half.text for half in each.mail.halves) for each in finished if isinstance(each, Finished)
    ]


def close_early(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        moves.close(work, KEY, REASON)


def close_at(bench: Bench, at: datetime) -> None:
    with bench.work(COMMAND, at) as work:
        moves.close(work, KEY)


@pytest.mark.parametrize(
    ("lang", "early", "until"),
    [
        ("es", "antes de lo anunciado: iba a terminar el", "5 de marzo de 2037"),
        ("en", "earlier than announced: it was due to close on", "5 March 2037"),
    ],
)
def test_the_public_page_says_when_that_it_was_early_and_why(
    bench: Bench, visitor: Visitor, lang: str, early: str, until: str
) -> None:
    opened(bench)
    close_early(bench)
    text = Page(visitor.get(f"/{lang}/rounds/{KEY}")).text
    assert early in text
    assert until in text
    assert REASON in text
    assert "venció el" not in text
    assert "The deadline was" not in text


def test_a_round_closed_after_its_deadline_says_that_no_vote_was_taken_in_between(
    bench: Bench, visitor: Visitor
) -> None:
    opened(bench)
    close_at(bench, deadline(bench) + timedelta(minutes=12))
    text = Page(visitor.get(f"/en/rounds/{KEY}")).text
    assert "Voting ended on 5 March 2037, 17:00" in text
    assert "The secretariat closed the consultation on 5 March 2037, 17:12" in text
    assert "no vote was received in between" in text
    assert not any(EARLY in mail for mail in mails(bench))


def test_a_round_closed_at_its_deadline_says_that_alone(bench: Bench, visitor: Visitor) -> None:
    opened(bench)
    close_at(bench, deadline(bench) + timedelta(seconds=20))
    text = Page(visitor.get(f"/en/rounds/{KEY}")).text
    assert "Voting ended on 5 March 2037, 17:00" in text
    assert "The secretariat closed the round" not in text
    assert not any(EARLY in mail for mail in mails(bench))


def test_the_ballot_of_a_member_ends_at_the_deadline_and_not_when_the_round_was_closed(bench: Bench) -> None:
    opened(bench)
    promised = deadline(bench)
    close_at(bench, promised + timedelta(minutes=12))
    with bench.read(COMMAND, promised + timedelta(hours=1)) as work:
        view = casting.view_of(work, work.session.scalars(select(Seat)).first(), None)  # type: ignore[arg-type]
    assert view.ended_at == promised
    assert view.ending is not None
    assert view.ending.closed_later


def test_everybody_who_was_promised_more_time_is_told_at_once_with_the_reason(bench: Bench) -> None:
    opened(bench)
    close_early(bench)
    written = mails(bench)
    assert len(written) == 3
    for mail in written:
        assert mail.count(REASON) == 2, "in both languages"
        assert EARLY in mail
        assert "It closed earlier than announced" in mail
        assert "5 de marzo de 2037" in mail


def test_a_round_cancelled_after_its_closing_tells_of_no_end(bench: Bench) -> None:
    opened(bench)
    close_early(bench)
    for cancelled in (False, True):
        if cancelled:
            with bench.work(COMMAND, moment()) as work:
                moves.cancel(work, KEY, "La sesión no se celebra.")
        with bench.read(COMMAND, moment()) as work:
            told = ending.ending_of(work, work.session.scalars(select(Round)).one())
        assert (told is None) is cancelled


def test_the_result_says_it_too(bench: Bench, visitor: Visitor, staff_visitor: Visitor) -> None:
    opened(bench)
    vote(bench, "Red 001")
    staff_visitor.submit(f"{ROUND}/close", {"typed": KEY, "reason": REASON})
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    text = Page(visitor.get(f"/en/rounds/{KEY}/result/figures")).text
    assert text.count("earlier than announced") == 2  # above the result, and among the facts of its archive
    assert text.count(REASON) == 2
