"""Mail of a filled round with a fate for each message, without sending any: for pages that are looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.formats.letter_mail import Half, Mail, Sender, compose
from consulta.platform.mailer.transport import file_of
from consulta.platform.models import Contact, Delivery, Message, Reminder, Round, Seat
from consulta.platform.work import COMMAND
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

REFUSALS = (
    (550, "5.1.1 User unknown"),
    (552, "5.2.2 Mailbox full"),
    (554, "5.7.1 Refused as spam by policy"),
)
GREY = (451, "4.7.1 Greylisted, come back in a while")
SUBJECT = "Consulta: vote hasta el 5 de marzo, 17:00 (Panamá)"
LINK = f"http://localhost/es/v/{'x' * 43}"


def mix(bench: Bench, key: str) -> None:
    """Every invitation of a round went out as a file, but for three refused, one put off and one bounced.

    One contact came later, one organisation has none any more; one reminder is done and one planned.
    """
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        query = select(Message).where(Message.round_id == found.id, Message.kind == "invitation")
        for number, message in enumerate(work.session.scalars(query.order_by(Message.id))):
            message.token, message.tried_at, message.attempts = None, message.queued_at, 1
            at = message.queued_at + timedelta(minutes=1)
            if number < len(REFUSALS):
                message.state, message.reason, message.left_at = "failed", "mail.refused", at
                message.code, message.said = REFUSALS[number]
                outcome = "refused"
            elif number == len(REFUSALS):
                message.code, message.said = GREY
                message.due_at, outcome = moment() + timedelta(hours=1), "later"
            else:
                message.state, message.transport, message.left_at = "sent", "file", at
                message.subject, message.body, outcome = SUBJECT, "Vote.\n", "sent"
            work.session.add(
                Delivery(
                    message_id=message.id, at=at, outcome=outcome, code=message.code, said=message.said or ""
                )
            )
        seats = work.session.scalars(select(Seat).where(Seat.round_id == found.id).order_by(Seat.id)).all()
        bounced = seats[5].organisation.contacts[0]
        bounced.bounced_at, bounced.bounce_reason = moment(), "550 5.1.2 Host unknown"
        seats[6].organisation.contacts.append(
            Contact(name="Ana Nueva", email="ana.nueva@example.org", created_at=moment())
        )
        for contact in seats[7].organisation.contacts:
            contact.active = False
        for hours, done in ((-30, True), (30, False)):
            at = moment() + timedelta(hours=hours)
            work.session.add(
                Reminder(
                    round_id=found.id,
                    local=f"{at:%Y-%m-%dT%H:%M}",
                    due_at=at,
                    done_at=at if done else None,
                    queued=120 if done else None,
                )
            )


def write_file(bench: Bench, settings: Settings, key: str) -> int:
    """The file of one mail that went out as a file; the message's number."""
    with bench.read(COMMAND, moment()) as work:
        message = work.session.scalars(
            select(Message).join(Message.round).where(Round.key == key, Message.transport == "file").limit(1)
        ).one()
        number, kind = message.id, message.kind
    mail = Mail(
        "ab12", "Ana", "ana@example.org", SUBJECT, (Half("es", f"Vote:\n\n{LINK}"), Half("en", "Vote"))
    )
    sender = Sender("Mecanismo", "voto@example.org", "secretaria@example.org", "voto.example.org")
    settings.mail_folder.mkdir(exist_ok=True)
    file_of(settings.mail_folder, number, kind).write_bytes(compose(mail, sender, moment()).as_bytes())
    return number
