"""What goes to people who are invited: letter, calendar's entry, link; nothing that has no point."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import icalendar
import pytest
from sqlalchemy import update

from consulta.core.texts import Text
from consulta.panel import dialogues, invitation_mails, invitations
from consulta.platform import door
from consulta.platform.formats import moments
from consulta.platform.models import Nominee
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.rounds.letters.service import Post
from tests.factories import moment
from tests.invited import KEY, invited, number_of, session_command
from tests.panel.invitations.test_guests import enter, say, token_of
from tests.pdf import unfolded
from tests.platform.mailer.desk import messages, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


POST = Post("https://voto.example.org")
LOGO = b"\x89PNG\r\n\x1a\nlogo"


def send(bench: Bench, settings: Settings, now: datetime | None = None, **mail: Any) -> Box:
    """Let a worker send what waits."""
    with (
        mail_server() as (box, port),
        worker_at(bench, settings, port, lambda: now or moment(), **mail) as worker,
    ):
        worker.look()
        while worker.mail.send_due():  # letters take their time: one look ends before all are printed
            pass
    return box


def to(box: Box, address: str) -> EmailMessage:
    return next(m for m in box.messages if address in str(m["To"]))


def parts(message: EmailMessage) -> dict[str, EmailMessage]:
    return {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}


@pytest.mark.deep
def test_each_gets_the_letter_the_entry_and_a_link_of_their_own(bench: Bench, settings: Settings) -> None:
    invited(bench)
    tokens = {m.address: str(m.token) for m in messages(bench, "panel_invitation")}
    box = send(bench, settings)
    assert sorted(box.addresses) == sorted(tokens)
    spanish, english = to(box, "n04@example.org"), to(box, "n02@example.org")
    assert str(spanish["Subject"]).startswith("Invitación a hablar en el panel")
    assert str(english["Subject"]).startswith("Invitation to speak on the panel")
    for message, address, first in ((spanish, "n04@example.org", "es"), (english, "n02@example.org", "en")):
        found = parts(message)
        assert list(found) == ["text/plain", "text/html", "application/pdf", "text/calendar"]
        text = found["text/plain"].get_content()
        assert f"https://voto.example.org/{first}/a/{tokens[address]}\n" in text.replace("\r\n", "\n")
        assert not any(other in text for whose, other in tokens.items() if whose != address)
        assert len(str(message["Subject"])) <= 70
        assert message["Content-Language"].startswith(first)
        letter = unfolded(found["application/pdf"].get_content())
        assert letter.startswith(b"%PDF")
        assert b"/StructTreeRoot" in letter
        assert f"({first})".encode() in letter
        calendar = found["text/calendar"]
        assert calendar.get_param("method") == "PUBLISH"
        (entry,) = icalendar.Calendar.from_ical(calendar.get_payload(decode=True)).walk("VEVENT")
        assert int(entry["SEQUENCE"]) == 0
    # How a person is addressed is what they said, and where they did not, their name alone.
    assert "Persona n04:" in parts(spanish)["text/plain"].get_content()
    for message in messages(bench, "panel_invitation"):
        assert (message.state, message.token) == ("sent", None)
        assert tokens[message.address] not in str(message.body)
        assert "■■■■■■■■" in str(message.body)


def test_mails_and_letters_say_by_when_to_answer_and_have_the_logo(bench: Bench) -> None:
    invited(bench)
    with bench.read(COMMAND, moment()) as work:
        soon = invitation_mails.preview(work, KEY, "panel_invitation", "es", POST)
        assert "Le pedimos que responda lo antes posible con este enlace personal" in soon.text.replace(
            "\n", " "
        )
        assert "<img" not in invitation_mails.preview(work, KEY, "panel_letter", "es", POST).html
    day = session_command().starts_local[:10]
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command(answer_by=day))
        name = Text(dict.fromkeys(work.languages, "Mecanismo"))
        service.save(work, Profile(name=name, signer="Ana Torres"), LOGO)
    with bench.read(COMMAND, moment()) as work:
        for kind in ("panel_invitation", "panel_reminder", "panel_letter"):
            for language, said in (("es", "a más tardar el"), ("en", "by")):
                text = invitation_mails.preview(work, KEY, kind, language, POST).text.replace("\n", " ")
                assert f"{said} {moments.calendar_day(day, language)}" in text, (kind, language)
        letter = invitation_mails.preview(work, KEY, "panel_letter", "es", POST).html
    assert f'src="data:image/png;base64,{b64encode(LOGO).decode()}"' in letter
    assert "Ref.: " in letter
    assert "Ana Torres" in letter


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("accepted", "mail.guest_answered"),
        ("no_address", "mail.guest_address"),
        ("cancelled", "mail.session_over"),
        ("over", "mail.session_over"),
    ],
)
def test_a_reminder_is_not_sent_to_who_needs_none(
    bench: Bench, settings: Settings, before: str, reason: str
) -> None:
    """It is looked at when it is sent, not when it was queued."""
    invited(bench)
    actor = enter(bench, "n04")
    send(bench, settings)
    later = moment() + timedelta(days=2)
    with bench.work(COMMAND, later) as work:
        invitations.remind(work, KEY)
    if before == "accepted":
        say(bench, actor, "accepted", now=later)
    elif before == "no_address":
        with bench.work(COMMAND, later) as work:
            work.session.execute(update(Nominee).where(Nominee.key == "n04").values(email=""))
    elif before == "cancelled":
        with bench.work(COMMAND, later) as work:
            dialogues.save(work, KEY, session_command(cancelled=True))
    else:
        later += timedelta(days=60)
    box = send(bench, settings, later)
    number = number_of(bench, "n04")
    (reminder,) = [m for m in messages(bench, "panel_reminder") if m.invitation_id == number]
    assert (reminder.state, reminder.reason) == ("cancelled", reason)
    assert "n04@example.org" not in box.addresses


@pytest.mark.deep
def test_a_moved_and_then_cancelled_session_rises_in_every_calendar(bench: Bench, settings: Settings) -> None:
    invited(bench)
    first = send(bench, settings)
    read = []
    for change in (
        {"starts_local": "2099-05-20T10:00", "ends_local": "2099-05-20T11:00"},
        {"cancelled": True},
    ):
        with bench.work(COMMAND, moment()) as work:
            dialogues.save(work, KEY, session_command(**change))
        with bench.work(COMMAND, moment()) as work:
            invitations.tell(work, KEY)
        read.append(parts(to(send(bench, settings), "n04@example.org")))
    entries = [parts(to(first, "n04@example.org")), *read]
    events = [
        icalendar.Calendar.from_ical(found["text/calendar"].get_payload(decode=True)).walk("VEVENT")[0]
        for found in entries
    ]
    assert [int(event["SEQUENCE"]) for event in events] == [0, 1, 2]
    assert len({str(event["UID"]) for event in events}) == 1
    assert [found["text/calendar"].get_param("method") for found in entries] == [
        "PUBLISH",
        "PUBLISH",
        "CANCEL",
    ]
    assert "application/pdf" not in read[0]
    assert "La sesión quedó cancelada." in read[1]["text/plain"].get_content()


def test_news_that_are_old_by_now_are_not_sent(bench: Bench, settings: Settings) -> None:
    invited(bench)
    send(bench, settings)
    for day in ("2099-05-20", "2099-05-21"):
        with bench.work(COMMAND, moment()) as work:
            dialogues.save(work, KEY, session_command(starts_local=f"{day}T10:00", ends_local=f"{day}T11:00"))
        with bench.work(COMMAND, moment()) as work:
            invitations.tell(work, KEY)
    box = send(bench, settings)
    assert box.addresses.count("n04@example.org") == 1
    assert [m.reason for m in messages(bench, "panel_session")] == ["mail.session_changed"] * 4 + [None] * 4


def test_a_refused_mail_is_told_on_the_desk_and_the_link_of_a_test_goes_to_the_test_address(
    bench: Bench, settings: Settings
) -> None:
    invited(bench)
    box = Box(rcpt=lambda recipient, _: "550 5.1.1 User unknown" if "n04" in recipient else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, moment) as worker:
        worker.look()
    with bench.read(COMMAND, moment()) as work:
        page = invitations.page(work, KEY)
    assert [each.nominee.name for each in page.unreached] == ["Persona n04"]
    later = moment() + timedelta(minutes=2)
    for _click in range(2):
        with bench.work(COMMAND, later) as work:
            invitations.invite(work, KEY, number_of(bench, "n04"))
    again = send(bench, settings, later, test_address="prueba@example.org")
    assert again.addresses == ["prueba@example.org"]
    assert str(again.messages[0]["Subject"]).startswith("[PRUEBA]")
    with bench.work(ANONYMOUS, moment()) as work:
        assert door.enter(work, "a", token_of(bench, "n04")) is None, "the token is blanked once it is sent"
