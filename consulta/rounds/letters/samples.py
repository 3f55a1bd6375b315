"""A preview of a mail, sent as a mail to the person who looks at it, to be seen as others will see it."""

from __future__ import annotations

from dataclasses import asdict, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from consulta.platform import accounts
from consulta.platform.access import require
from consulta.platform.formats import letter_mail
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.messages import N_
from consulta.rounds.letters import texts as mail_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.models import Message
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Preview

KIND = "sample"


def stored(preview: Preview) -> dict[str, Any]:
    """Return a preview as a JSON value, from which `mail` makes a mail; its links are none that open."""
    return {"subject": preview.subject, "halves": [asdict(half) for half in preview.halves]}


def send_to_me(work: Work, sample: Mapping[str, Any]) -> str:
    """Send a stored preview to the actor's own address, and return that.

    The same within a minute is sent once. Problem: `staff.unknown`.
    """
    require(work, "mail.write")
    person = accounts.person(work, work.actor.staff_id or 0)
    digest = sha256(repr(sample).encode()).hexdigest()[:12]
    letter = PlainLetter(
        KIND,
        person.name or person.email,
        person.organisation,
        "",
        person.email,
        sample["halves"][0]["language"],
        f"{KIND}:{person.id}:{work.now:%Y%m%d%H%M}:{digest}",
        facts={"staff": person.id, "sample": dict(sample)},
    )
    queue_plain(work, [letter])
    work.record("mail.sample", "mail")
    return person.email


def mail(work: Work, message: Message) -> letter_mail.Mail:
    """Return the mail of a sample: the preview as it was, after a line that says that it is one."""
    sample = message.facts["sample"]
    halves, subject = [], ""
    for each in sample["halves"]:
        half = letter_mail.Half(**{**each, "strong": tuple(each["strong"])})
        title, body = mail_texts.in_force(work, None, KIND, half.language)
        halves.append(replace(half, text=letter_mail.fill(body, {"text": half.text})))
        subject = subject or letter_mail.subject(title, {"subject": sample["subject"]})
    return letter_mail.Mail("", message.facts["name"], "", subject, tuple(halves))


KINDS = (
    MailKind(
        KIND,
        N_("Sample for yourself"),
        N_("When you send yourself the preview of an e-mail."),
        places=("subject", "text"),
        needed=("text",),
        readers="others",
        unnamed=True,
        fixed_text=True,
        urgent=True,
    ),
)
