"""The end of voting is told to every address on file, the silent and the switched off too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk import mail as mail_acts
from consulta.desk import moves, planning
from consulta.platform.log import heads
from consulta.platform.models import Contact, Message, Round, Seat
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds import addresses, links
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters.service import Finished, Post
from consulta.shell.worker.loop import Worker
from tests.drafts import BASE, KEY, NOW, hand_out, make_open, reading, writing
from tests.objecting import closing_mails, vote_by
from tests.platform.mailer.desk import Clock

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

POST = Post(BASE)
LATER = NOW + timedelta(days=3)


def mail_of(bench: Bench, message: Message) -> Finished:
    with bench.read(WORKER, LATER + timedelta(hours=1)) as work:
        found = mail_acts.finish(work, message.id, POST)
    assert isinstance(found, Finished), found
    return found


def said(bench: Bench, message: Message, language: str = "es") -> str:
    halves = mail_of(bench, message).mail.halves
    return next(half.text for half in halves if half.language == language)


def test_who_voted_and_who_did_not_read_how_they_appear_with_the_head_and_how_to_object(
    either: Bench,
) -> None:
    make_open(either, "MX", "PE")
    ballot = vote_by(either, hand_out(either, KEY)[0], NOW + timedelta(hours=1))
    with writing(either, LATER) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    voted, silent = closing_mails(either)
    with reading(either) as work:
        found = work.session.scalars(select(Round)).one()
        head = heads.of_round(work.session, found.id, "closing")
        assert head is not None
        root = head.root
    for mail in (voted, silent):
        text = said(either, mail)
        assert root in text.split("\n"), "the head of the closing, on a line of its own"
        assert f"{BASE}/es/r/{mail.token}" in text.split("\n"), "the link to object, on a line of its own"
        assert "2027" in text
        assert "Ya votaron" in text, "it closed early, and why"
        assert f"{BASE}/en/r/{mail.token}" in said(either, mail, "en")
    assert ballot.receipt in said(either, voted).split("\n")
    assert "Figura entre las que votaron" in said(either, voted)
    assert "Figura entre las que no votaron" in said(either, silent)
    assert "It is listed as not having voted" in said(either, silent, "en")
    kept = mail_of(either, voted)
    assert ballot.receipt not in kept.kept, "what is kept of a mail opens nothing"
    assert (voted.token or "?") not in kept.kept


def test_a_contact_switched_off_since_the_opening_is_told_in_its_own_language(either: Bench) -> None:
    make_open(either, "JM", "PE")
    with writing(either) as work:
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert contact is not None
        contact.active, contact.language = False, "en"
    with writing(either, LATER) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    mails = closing_mails(either)
    assert [mail.address for mail in mails] == ["c1@example.org", "c2@example.org"]
    assert [mail.state for mail in mails] == ["queued", "queued"]
    assert mail_of(either, mails[0]).mail.address == "c1@example.org"


@pytest.mark.parametrize("hours", [0, 72])
def test_without_a_time_to_object_the_mail_says_so_and_has_no_link(bench: Bench, hours: int) -> None:
    make_open(bench, "PE")
    with writing(bench, LATER) as work:
        moves.close(work, KEY, "Ya votaron", hours)
    (mail,) = closing_mails(bench)
    assert (mail.token is None) == (hours == 0)
    assert ("no se fijó un plazo" in said(bench, mail)) == (hours == 0)
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        assert found.objections_until == LATER + timedelta(hours=hours)


def test_the_worker_closes_with_the_time_of_the_setting(bench: Bench, settings: Settings) -> None:
    make_open(bench, "PE", "MX")
    clock = Clock(NOW + timedelta(days=33))
    worker = Worker(bench, replace(settings, objection_hours=48), clock=clock)
    worker.look()
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        assert found.closed_at is not None
        assert found.objections_until == found.closed_at + timedelta(hours=48)
        kinds = list(work.session.scalars(select(Message.kind).where(Message.kind == "closing")))
        assert len(kinds) == 2
    with bench.work(WORKER, clock()) as work:
        assert not planning.close_as_promised(work, KEY, 48), "it is closed once, and told once"


def test_the_page_says_how_many_mails_in_which_languages_and_shows_one(bench: Bench) -> None:
    make_open(bench, "PE", "MX", "JM")
    with reading(bench) as work:
        foreseen = mass_mail.foresee(work, KEY, "close", replace(POST, objection_hours=72))
        assert moves.before_closing(work, KEY, 5)[0]
        with pytest.raises(Problem, match=r"round\.unknown"):
            moves.before_closing(work, "none", 5)
    assert (foreseen.count, foreseen.languages, foreseen.left_out) == (3, (("es", 3),), ())
    assert foreseen.sample is not None
    assert "Figura entre las que votaron" in foreseen.sample.text
    assert "presente una objeción con este enlace personal" in foreseen.sample.text
    assert "Cerró antes de lo anunciado" in foreseen.sample.text, "what the mail would say if it closed now"
    with writing(bench, LATER) as work:
        moves.close(work, KEY, "Ya votaron", 72)
        with pytest.raises(Problem, match=r"round\.already"):
            moves.before_closing(work, KEY, 5)
    assert len(closing_mails(bench)) == foreseen.count


def test_every_address_of_a_contact_whose_address_changed_is_told(bench: Bench) -> None:
    make_open(bench, "PE")
    with writing(bench) as work:
        contact = work.session.scalars(select(Contact)).one()
        contact.email = "otra@example.org"
    with writing(bench, LATER) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    assert "c1@example.org" in [mail.address for mail in closing_mails(bench)]


def test_the_mail_says_that_a_vote_came_by_an_address_of_after_the_opening(bench: Bench) -> None:
    make_open(bench, "MX")
    with writing(bench) as work:
        seat, contact = work.session.execute(
            select(Seat, Contact).join(Contact, Contact.organisation_id == Seat.organisation_id)
        ).one()
        contact.email = "nueva@example.org"
        work.session.flush()
        addresses.admit(work, seat.id, contact)
        (token,) = links.give(work, [(seat, contact)])
    vote_by(bench, token, NOW + timedelta(hours=1))
    with writing(bench, LATER) as work:
        contact = work.session.scalars(select(Contact)).one()
        contact.name = "Otra persona"  # after the vote
        moves.close(work, KEY, "Ya votaron", 72)
    for mail in closing_mails(bench):
        text = " ".join(said(bench, mail).split())
        assert (
            "Envió el voto Contacto de Red 001 (contacto o dirección que se agregó después de la apertura "
            "o en los 30 días anteriores)" in text
        )


# -- what each call hands on, without a database


def noted(monkeypatch: pytest.MonkeyPatch, **answers: object) -> list[tuple[object, ...]]:
    """Let what `closing` calls answer so, and write down with what it was called."""
    done: list[tuple[object, ...]] = []

    def told(name: str, answer: object) -> object:
        def call(_work: object, *given: object) -> object:
            done.append((name, *given))
            return answer

        return call

    for name, answer in answers.items():
        monkeypatch.setattr(f"consulta.desk.moves.{name.replace('__', '.')}", told(name, answer))
    return done


def test_closing_and_giving_up_are_done_before_they_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    done = noted(
        monkeypatch,
        rounds__close_round=None,
        rounds__cancel_round=None,
        rounds__hold="the round",
        notices__round_closed=None,
        notices__round_cancelled=None,
    )
    work: Any = SimpleNamespace()
    moves.close(work, KEY)
    moves.close(work, KEY, "Ya votaron", 72)
    moves.cancel(work, KEY, "  No  hay quórum ")
    assert done == [
        ("rounds__close_round", KEY, "", 0),
        ("rounds__hold", KEY),
        ("notices__round_closed", "the round"),
        ("rounds__close_round", KEY, "Ya votaron", 72),
        ("rounds__hold", KEY),
        ("notices__round_closed", "the round"),
        ("rounds__cancel_round", KEY, "  No  hay quórum "),
        ("rounds__hold", KEY),
        ("notices__round_cancelled", "the round", "No hay quórum"),
    ]


def test_links_to_object_are_handed_out_to_whom_one_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    readers = [SimpleNamespace(id=n, name=f"Red {n}", seat_id=10 + n) for n in (1, 2, 3)]
    noted(
        monkeypatch,
        rounds__hold=SimpleNamespace(id=5),
        addresses__told=readers,
        ballots__at_closing={11},
        notices__links_to_object={1: "one", 3: "three"},
    )
    work: Any = SimpleNamespace(actor=COMMAND, session=None)
    assert moves.hand_out(work, KEY) == (
        moves.ObjectionLink("Red 1", "one", voted=True),
        moves.ObjectionLink("Red 3", "three", voted=False),
    )
