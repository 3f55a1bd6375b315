"""Mails to those who took part: what they say besides their texts, and whether they still hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.panel.dialogues import service as dialogues
from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.sessions.evaluation import queries
from consulta.sessions.evaluation.service import EVALUATE

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Evaluation, Message, Round
    from consulta.platform.work import Work


def words(work: Work, found: Round, row: Evaluation) -> Words:
    """Return what a mail about the evaluation of a session says of it."""
    session = dialogues.written(work, found)
    return {
        language: {
            "session": work.best(session.title, language),
            "open_until": "\n".join(moments.everywhere(row.closes_at, (session.zone,), language))
            if row.closes_at
            else catalogue.mail_words(language)["no_date"].capitalize(),
        }
        for language in work.languages
    }


def _said(work: Work, message: Message, _reader: Reader) -> Words:
    person = queries.person(work.session, message.facts["person"])
    found = queries.round_of(work.session, person.evaluation) if person else None
    return words(work, found, person.evaluation) if person and found else {}


def _overtaken(work: Work, message: Message) -> str | None:
    """Return why nothing is sent: the person has answered, or no answers are taken any more."""
    person = queries.person(work.session, message.facts["person"])
    if person is None or person.answered:
        return "mail.over"
    end = person.evaluation.closes_at
    return "mail.over" if end is None or end <= work.now else None


KINDS = (
    MailKind(
        "evaluation_invitation",
        N_("Evaluation of the session"),
        N_("When you send the evaluation of a session to those who took part."),
        places=("session", "open_until", "link"),
        needed=("link",),
        readers="others",
        overtaken=_overtaken,
        opens=(EVALUATE,),
        words=_said,
        asked_on=("secretariat.send_evaluation",),
    ),
    MailKind(
        "evaluation_reminder",
        N_("Reminder of the evaluation"),
        N_("When you remind those who have not answered, once."),
        places=("session", "open_until", "link"),
        needed=("link",),
        readers="others",
        overtaken=_overtaken,
        opens=(EVALUATE,),
        words=_said,
        asked_on=("secretariat.remind_evaluation",),
    ),
)
