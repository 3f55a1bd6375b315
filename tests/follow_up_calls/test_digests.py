"""One mail a day with what changed: confirmed, ended by one press, each change once, whatever happens."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.follow_up import service as follow_up
from consulta.follow_up import writing
from consulta.follow_up.values import REPORTED, Answer, Source
from consulta.follow_up_calls import digests, following
from consulta.follow_up_calls.following import ERASED
from consulta.formats import letter_mail
from consulta.infra.deadlines import DEFAULT_ZONE
from consulta.infra.models import Contact, Follow, FollowUpReader, Organisation, Recommendation, Report
from consulta.infra.work import ANONYMOUS, COMMAND, WORKER
from consulta.letters.service import Needless, Post
from consulta.mail_desk.finishing import finish
from consulta.mailer import outbox
from consulta.mailer.transport import Outcome
from tests.benches import Visitor
from tests.factories import moment
from tests.follow_up_calls.called import AGENCY, ALL, FEW, KEY, LIMA, STATE, enter, made, session, token
from tests.follow_up_calls.called import call as send_call
from tests.queued import messages
from tests.texts import both

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.infra.work import Bench

MARTA = "marta@example.org"
LETTER = Source("staff", "letter")


def noon(days: int = 0) -> datetime:
    """Noon of a day, by the secretariat's clocks, after now."""
    there = moment().astimezone(ZoneInfo(DEFAULT_ZONE)) + timedelta(days=1 + days)
    return there.replace(hour=12, minute=0, second=0).astimezone(moment().tzinfo)


def report(
    bench: Bench,
    at: datetime,
    reference: str = FEW,
    addressee: str = "PE",
    step: str = "preparing",
    text: str = "Se prepara.",
    seen: int = 0,
) -> int:
    said = Answer(step, (at - timedelta(days=2)).date().isoformat(), text, "es")
    with bench.work(COMMAND, at) as work:
        return follow_up.report(work, reference, REPORTED, addressee, said, LETTER, seen)


def tell(bench: Bench, at: datetime, most: int | None = None) -> None:
    """Let the worker tell all, or be killed after `most` of them."""
    with bench.read(WORKER, at) as work:
        keys = digests.due(work)
    for key in keys[:most]:
        with bench.work(WORKER, at) as work:
            digests.tell(work, key)


def told(bench: Bench) -> Counter[str]:
    return Counter(each.address for each in messages(bench, "follow_up_digest"))


def follow(bench: Bench, what: str, email: str = MARTA, at: datetime | None = None) -> None:
    """An address follows something, and confirms it."""
    at = at or moment()
    with bench.work(ANONYMOUS, at) as work:
        following.ask(work, what, email, "es")
    with bench.work(COMMAND, at) as work:
        row = work.session.scalars(select(Follow).order_by(Follow.id.desc())).first()
        assert row is not None
        row.confirmed_at = at


def test_members_of_the_country_and_the_institutions_are_told_once(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    tell(bench, start)
    assert told(bench) == {LIMA: 1, STATE: 1}, "not Ecuador, and not the agency, to which it says nothing"
    for hours in (1, 5, 30, 60):
        tell(bench, start + timedelta(hours=hours))
    assert told(bench) == {LIMA: 1, STATE: 1}


def test_all_changes_of_a_day_are_one_mail_and_a_correction_is_told_in_its_last_state(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start, FEW, text="Primera versión.")
    report(bench, start, FEW, step="done", text="Versión corregida.", seen=1)
    report(bench, start, ALL, text="Otra cosa.")
    tell(bench, start)
    (mail,) = [each for each in messages(bench, "follow_up_digest") if each.address == LIMA]
    text = made(bench, mail.id, start).mail.halves[0].text
    assert "Versión corregida." in text
    assert "Primera versión." not in text
    assert "(antes: en preparación)" in text
    assert "Otra cosa." in text
    assert f"http://localhost/es/follow-up/{FEW}" in text
    report(bench, start + timedelta(hours=3), FEW, step="mostly", text="Se retrocede.", seen=2)
    tell(bench, start + timedelta(hours=4))
    assert told(bench)[LIMA] == 1, "one a day"
    tell(bench, start + timedelta(days=1))
    assert told(bench)[LIMA] == 2
    last = [each for each in messages(bench, "follow_up_digest") if each.address == LIMA][-1]
    text = made(bench, last.id, start + timedelta(days=1)).mail.halves[0].text
    assert "Se retrocede." in text
    assert "Otra cosa." not in text


def test_nothing_goes_before_the_hour(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start - timedelta(hours=7))
    with bench.read(WORKER, start - timedelta(hours=6)) as work:
        assert digests.due(work) == ()
    tell(bench, start)
    assert told(bench)[LIMA] == 1


@pytest.mark.parametrize("most", [0, 1, 2, 3])
def test_a_worker_killed_in_between_tells_nobody_twice_and_leaves_nobody_out(bench: Bench, most: int) -> None:
    start = noon()
    session(bench, start)
    follow(bench, f"recommendation:{FEW}", at=start)
    report(bench, start)
    tell(bench, start, most)
    tell(bench, start + timedelta(minutes=1))
    tell(bench, start + timedelta(days=1))
    assert told(bench) == {LIMA: 1, STATE: 1, MARTA: 1}


def killed(bench: Bench, at: datetime) -> None:
    with bench.work(WORKER, at) as work:
        digests.tell(work, LIMA)
        raise KeyboardInterrupt


def test_a_worker_killed_while_it_writes_leaves_neither_mail_nor_mark(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    with pytest.raises(KeyboardInterrupt):
        killed(bench, start)
    assert told(bench) == {}
    tell(bench, start)
    assert told(bench) == {LIMA: 1, STATE: 1}


def test_two_workers_at_once_write_one_mail(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    with bench.read(WORKER, start) as work:
        keys = digests.due(work)
    for _worker in range(2):
        for key in keys:
            with bench.work(WORKER, start) as work:
                digests.tell(work, key)
    assert told(bench) == {LIMA: 1, STATE: 1}


def test_who_answered_by_a_link_is_told_by_the_confirmation_alone(app: Flask, bench: Bench) -> None:
    start = moment()
    session(bench, start)
    send_call(bench, start)
    visitor = enter(app, token(bench, LIMA))
    day = (start - timedelta(days=3)).date().isoformat()
    said = {"step": "preparing", "text": "Lo vemos.", "day": day, "seen": "0", "language": "es"}
    assert visitor.submit(f"/es/follow-up-answers/seen/{FEW}", said).status_code == 303
    tell(bench, noon())
    assert len(messages(bench, "follow_up_received")) == 1
    assert told(bench) == {STATE: 1}


def test_a_person_who_follows_in_three_ways_gets_one_mail(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    for what in (f"recommendation:{FEW}", "country:PE", f"session:{KEY}"):
        follow(bench, what, LIMA, start)
    report(bench, start)
    tell(bench, start)
    assert told(bench) == {LIMA: 1, STATE: 1}


def test_what_was_before_is_no_news(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    follow(bench, f"session:{KEY}", at=start + timedelta(hours=1))
    with bench.work(COMMAND, start + timedelta(hours=1)) as work:
        lima = work.session.scalars(select(Organisation).where(Organisation.name == "Red de Lima")).one()
        new = {"name": "Nueva", "email": "nueva@example.org", "language": "es"}
        lima.contacts.append(Contact(**new, created_at=start + timedelta(hours=1)))
    tell(bench, start + timedelta(hours=2))
    assert told(bench) == {LIMA: 1, STATE: 1}


@pytest.mark.parametrize("state", ["paused", "bounced", "left"])
def test_who_is_not_written_to_gets_none(bench: Bench, state: str) -> None:
    start = noon()
    session(bench, start)
    with bench.work(COMMAND, start) as work:
        values = {"paused": {"paused": True}, "bounced": {"bounced_at": start}, "left": {"active": False}}[
            state
        ]
        work.session.execute(update(Contact).where(Contact.email == LIMA).values(**values))
    report(bench, start)
    tell(bench, start)
    assert told(bench) == {STATE: 1}


# -- following, by a page and a confirmation


def test_nothing_comes_before_the_address_confirms(app: Flask, bench: Bench) -> None:
    start = moment()
    session(bench, start)
    page = f"/es/follow-up-mail?what=recommendation:{FEW}"
    visitor = Visitor(app.test_client())
    assert FEW in visitor.get(page).text
    sent = visitor.submit(page, {"email": "Marta@Example.org"})
    assert (sent.status_code, sent.location) == (303, "/es/follow-up-mail/asked")
    (mail,) = messages(bench, "follow_confirm")
    assert mail.address == MARTA
    secret = str(mail.token)
    text = made(bench, mail.id, start).mail.halves[0].text
    assert FEW in text
    assert f"/es/f/{secret}" in text
    report(bench, noon())
    tell(bench, noon())
    assert MARTA not in told(bench)
    looked = Visitor(app.test_client()).get(f"/es/f/{secret}")
    assert looked.status_code == 200
    with bench.read(COMMAND, start) as work:
        assert work.session.scalars(select(Follow)).one().confirmed_at is None, "looking confirms nothing"
    pressed = Visitor(app.test_client()).post(f"/es/f/{secret}")
    assert pressed.status_code == 200
    assert FEW in pressed.text
    report(bench, noon(1), step="done", seen=1)
    tell(bench, noon(1))
    assert told(bench)[MARTA] == 1
    assert Visitor(app.test_client()).post(f"/es/u/{secret}").status_code == 404, "of another purpose"


@pytest.mark.parametrize(
    ("email", "status"),
    [("", 422), ("nadie", 422), ("a@b@c", 422), ("x" * 300 + "@example.org", 422), (MARTA, 303)],
)
def test_a_bad_address_is_told_and_kept(app: Flask, bench: Bench, email: str, status: int) -> None:
    session(bench, moment())
    answer = Visitor(app.test_client()).submit("/es/follow-up-mail?what=country:PE", {"email": email})
    assert answer.status_code == status
    assert len(messages(bench, "follow_confirm")) == (status == 303)
    if status == 422 and email:
        assert email[:200] in answer.text


@pytest.mark.parametrize("what", ["", "country:XX", "recommendation:2099-R1", "session:none", "contact:1"])
def test_what_is_not_there_cannot_be_followed(app: Flask, bench: Bench, what: str) -> None:
    session(bench, moment())
    assert Visitor(app.test_client()).get(f"/es/follow-up-mail?what={what}").status_code == 404


def test_an_address_is_not_flooded(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    for number in range(9):
        with bench.work(ANONYMOUS, start) as work:
            following.ask(work, "country:PE", MARTA, "es", f"192.0.2.{number}")
    assert len(messages(bench, "follow_confirm")) == 3


def test_an_address_that_confirms_nothing_is_not_written_to_all_day(bench: Bench) -> None:
    """A person who asks in its name, from however many networks: three mails a day, then none."""
    start = moment()
    session(bench, start)
    for hour in range(30):
        with bench.work(ANONYMOUS, start + timedelta(hours=hour)) as work:
            following.ask(work, "country:PE", MARTA, "es", f"192.0.{hour}.1")
    assert len(messages(bench, "follow_confirm")) == 6, "three on each of two days"


def test_a_link_of_before_starts_no_mails_that_were_ended(app: Flask, bench: Bench) -> None:
    start = moment()
    session(bench, start)
    follow(bench, "country:PE", LIMA, at=start - timedelta(minutes=2))
    (mail,) = messages(bench, "follow_confirm")
    with bench.work(COMMAND, start) as work:
        row = work.session.scalars(select(Follow)).one()
        row.ended_at = row.reader.stopped_at = start - timedelta(minutes=1)
    pressed = Visitor(app.test_client()).post(f"/es/f/{mail.token}")
    assert pressed.status_code == 200
    assert "este enlace no los reanuda" in pressed.text
    with bench.read(COMMAND, start) as work:
        assert work.session.scalars(select(Follow)).one().ended_at is not None


def test_an_address_that_no_one_confirms_is_deleted(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    with bench.work(ANONYMOUS, start) as work:
        following.ask(work, "country:PE", MARTA, "es")
    later = start + timedelta(days=8)
    with bench.read(WORKER, start + timedelta(days=6)) as work:
        assert following.to_forget(work) == ()
    with bench.read(WORKER, later) as work:
        (number,) = following.to_forget(work)
    with bench.work(WORKER, later) as work:
        following.forget(work, number)
    with bench.read(COMMAND, later) as work:
        assert work.session.scalars(select(FollowUpReader)).one().email.startswith(ERASED)
    (mail,) = messages(bench, "follow_confirm")
    with bench.read(WORKER, later) as work:
        assert finish(work, mail.id, Post("http://localhost")) == Needless("mail.over")


# -- ending it


def test_one_press_ends_the_mails_and_mail_programs_are_told_how(app: Flask, bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    tell(bench, start)
    (mail,) = [each for each in messages(bench, "follow_up_digest") if each.address == LIMA]
    finished = made(bench, mail.id, start)
    secret = str(mail.token)
    sender = letter_mail.Sender("", "voto@example.org", "voto@example.org", "example.org")
    message = letter_mail.compose(finished.mail, sender, start)
    assert message["List-Unsubscribe"] == f"<http://localhost/es/u/{secret}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert secret not in finished.kept
    assert Visitor(app.test_client()).get(f"/es/u/{secret}").status_code == 200
    report(bench, start + timedelta(days=1), step="done", seen=1)
    pressed = app.test_client().post(f"/es/u/{secret}", data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200
    tell(bench, start + timedelta(days=1))
    assert told(bench) == {LIMA: 1, STATE: 2}
    assert app.test_client().post(f"/es/u/{secret}").status_code == 200, "pressed again, it stays so"
    with bench.read(COMMAND, start) as work:
        assert work.session.scalars(
            select(FollowUpReader.email).where(FollowUpReader.stopped_at.is_not(None))
        ).all() == [LIMA]


def test_who_follows_by_choice_alone_is_deleted_with_the_end(app: Flask, bench: Bench) -> None:
    start = noon()
    session(bench, start)
    follow(bench, "country:PE", at=start)
    report(bench, start)
    tell(bench, start)
    secret = token(bench, MARTA, "follow_up_digest")
    assert app.test_client().post(f"/es/u/{secret}").status_code == 200
    with bench.read(COMMAND, start) as work:
        emails = work.session.scalars(select(FollowUpReader.email)).all()
    assert MARTA not in emails


def test_a_digest_that_waits_is_dropped_where_its_reader_ended_it(app: Flask, bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    tell(bench, start)
    (mail,) = [each for each in messages(bench, "follow_up_digest") if each.address == LIMA]
    assert app.test_client().post(f"/es/u/{mail.token}").status_code == 200
    with bench.read(WORKER, start) as work:
        assert finish(work, mail.id, Post("http://localhost")) == Needless("mail.over")


def test_other_mails_have_no_such_header(bench: Bench) -> None:
    start = moment()
    session(bench, start)
    send_call(bench, start)
    for mail in messages(bench, "follow_up_call"):
        assert made(bench, mail.id, start).mail.unsubscribe == ""


def test_the_whole_way_through_the_outbox(bench: Bench) -> None:
    """Sent, and not written again by the next look."""
    start = noon()
    session(bench, start)
    report(bench, start)
    tell(bench, start)
    for _turn in range(2):
        with bench.work(WORKER, start) as work:
            number = outbox.claim(work, "one", None)
        assert number is not None
        sent = outbox.Sent("file", "", "", "")
        with bench.work(WORKER, start) as work:
            outbox.settle(work, number, "one", Outcome("sent", 250, ""), sent, 0.5)
    tell(bench, start + timedelta(days=1))
    assert told(bench).total() == 2


def test_a_report_on_what_was_withdrawn_since_is_told_with_the_rest(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    report(bench, start)
    with bench.work(COMMAND, start) as work:
        work.session.execute(update(Recommendation).values(withdrawn_at=start))
    tell(bench, start)
    assert told(bench)[LIMA] == 1


def test_only_who_may_asks_for_digests(bench: Bench) -> None:
    session(bench, moment())
    with bench.read(ANONYMOUS, moment()) as work, pytest.raises(Problem, match=r"access\.denied"):
        digests.due(work)


# -- withdrawals


def withdraw(bench: Bench, at: datetime, reference: str = FEW, act: str = "withdraw") -> None:
    with bench.work(COMMAND, at) as work:
        row = work.session.scalars(select(Recommendation).where(Recommendation.reference == reference)).one()
        if act == "withdraw":
            writing.withdraw(
                work, KEY, row.id, both("Se repite en otra.", "Another one has it."), row.version
            )
        else:
            writing.restore(work, KEY, row.id, row.version)


def last_digest(bench: Bench, at: datetime, email: str = LIMA) -> str:
    mail = [each for each in messages(bench, "follow_up_digest") if each.address == email][-1]
    return str(made(bench, mail.id, at).mail.halves[0].text)


def test_a_withdrawn_recommendation_is_told_once_to_those_to_whom_it_was_addressed(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    withdraw(bench, start)
    for hours in (0, 3, 30):
        tell(bench, start + timedelta(hours=hours))
    assert told(bench) == {LIMA: 1, STATE: 1, AGENCY: 1}, "not Ecuador"
    text = last_digest(bench, start)
    assert f"{FEW}: se retiró el" in text
    assert "Motivo: Se repite en otra." in text
    assert f"http://localhost/es/follow-up/{FEW}" in text
    withdraw(bench, start + timedelta(days=3), act="restore")
    withdraw(bench, start + timedelta(days=3, hours=1))
    tell(bench, start + timedelta(days=3, hours=2))
    assert told(bench)[LIMA] == 1, "withdrawn, as it was told"
    withdraw(bench, start + timedelta(days=4), act="restore")
    tell(bench, start + timedelta(days=4, hours=1))
    assert told(bench) == {LIMA: 2, STATE: 2, AGENCY: 2}
    assert f"{FEW}: se le vuelve a dar seguimiento" in last_digest(bench, start + timedelta(days=4))


def test_what_was_taken_back_before_it_was_told_is_not_told(bench: Bench) -> None:
    start = noon()
    session(bench, start)
    withdraw(bench, start)
    withdraw(bench, start, act="restore")
    tell(bench, start)
    assert told(bench).total() == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_withdrawn_answer_is_told_once_and_its_words_are_in_no_mail(bench: Bench, alone: bool) -> None:
    """Nor in a mail that was written before and waits: it goes without them, or not at all."""
    start = noon()
    session(bench, start)
    number = report(bench, start, text="Nombra a Ana.")
    if not alone:
        report(bench, start, ALL, text="Otra cosa.")
    tell(bench, start)
    with bench.work(COMMAND, start) as work:
        row = work.session.scalars(select(Report).where(Report.id == number)).one()
        writing.withdraw_answer(
            work, KEY, row.recommendation_id, number, "answer", both("Motivo.", "Reason.")
        )
    (mail,) = [each for each in messages(bench, "follow_up_digest") if each.address == LIMA]
    with bench.read(WORKER, start) as work:
        found = finish(work, mail.id, Post("http://localhost"))
    assert isinstance(found, Needless) is alone
    assert "Nombra a Ana." not in str(found)
    for days in (1, 2):
        tell(bench, start + timedelta(days=days))
    assert told(bench)[LIMA] == 2
    text = last_digest(bench, start + timedelta(days=1))
    assert "Nombra a Ana." not in text
    assert "La secretaría retiró una respuesta" in text
