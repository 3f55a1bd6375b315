"""Mails of the follow-up: calls, reminders, links, and what confirms an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.data import catalogue
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.messages import N_
from consulta.platform.models import FollowUpAnswer, Message, Recommendation, Report
from consulta.sessions.follow_up import asking, calls, service
from consulta.sessions.follow_up.asking import ASKED
from consulta.sessions.follow_up.values import name_of_addressee

if TYPE_CHECKING:
    from sqlalchemy import Select

    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import FollowUpRequest
    from consulta.platform.work import Work


def _request(work: Work, message: Message) -> FollowUpRequest | None:
    return calls.request(work, message.facts["request"])


def _gone(work: Work, message: Message) -> str | None:
    row = _request(work, message)
    if row is None or not asking.may_come(work, row):
        return "mail.over"
    return None if calls.open_recommendations(work, row.call.round.key) else "mail.over"


def _answered(work: Work, message: Message) -> str | None:
    row = _request(work, message)
    if row is None:
        return "mail.over"
    answers = calls.answers_since(row.call, calls.reports_of(work, row.call.round_id))
    return "mail.over" if calls.voice_of(row) in answers else _gone(work, message)


def _asked(work: Work, message: Message, _reader: Reader) -> Words:
    row = _request(work, message)
    if row is None:
        return {}
    session = calls.dialogue_of(work, row.call.round.key).title
    recommendations = calls.open_recommendations(work, row.call.round.key)
    count = sum(service.may_answer(work, each, row.addressee) for each in recommendations)
    return asking.words_of_call(work, session, row.side, row.addressee, count, row.call.answer_by)


def _told_later(work: Work, message: Message) -> str | None:
    """Return a code where a later mail tells of this answer, too."""
    later = _receipts(message.facts["request"]).where(Message.id > message.id, Message.state == "queued")
    return "mail.overtaken" if work.session.scalars(later).first() is not None else None


def _receipts(request: int) -> Select[Message]:
    of_request = Message.facts["request"].as_integer() == request
    return select(Message).where(Message.kind == "follow_up_received", of_request)


def _received(work: Work, message: Message, _reader: Reader) -> Words:
    row = _request(work, message)
    if row is None:
        return {}
    sent = _receipts(row.id).where(Message.state == "sent").order_by(Message.id.desc())
    before = work.session.scalars(sent).first()
    last, number = before.facts["report"] if before is not None else 0, message.facts["report"]
    query = (
        select(Report, Recommendation.reference)
        .join(FollowUpAnswer, FollowUpAnswer.report_id == Report.id)
        .join(Recommendation, Recommendation.id == Report.recommendation_id)
        .where(FollowUpAnswer.request_id == row.id, Report.id > last, Report.id <= number)
        .order_by(Report.id)
    )
    found = work.session.execute(query).all()
    name = name_of_addressee(row.addressee, service.institutions_of(work))
    return {
        language: {
            "addressee": work.best(name, language),
            "said": "\n\n".join(_line(language, reference or "", each) for each, reference in found),
        }
        for language in work.languages
    }


def _line(language: str, reference: str, report: Report) -> str:
    said: str = catalogue.mail_words(language)["follow_said"]
    return said.format(
        reference=reference,
        step=asking.step(language, report.step),
        day=moments.calendar_day(report.day, language),
        text=asking.cut(report.text),
    )


KINDS = (
    MailKind(
        "follow_up_call",
        N_("Request for follow-up on recommendations"),
        N_("When you send a request about a session's recommendations."),
        places=("session", "asks", "answer_by", "link"),
        needed=("link",),
        readers="others",
        overtaken=_gone,
        opens=tuple(ASKED.values()),
        words=_asked,
        asked_on=("secretariat.send_follow_up_call",),
    ),
    MailKind(
        "follow_up_reminder",
        N_("Reminder of such a request"),
        N_("Automatically, on the days set in the request, to those who have not answered."),
        places=("session", "asks", "answer_by", "link"),
        needed=("link",),
        readers="others",
        overtaken=_answered,
        opens=tuple(ASKED.values()),
        words=_asked,
    ),
    MailKind(
        "follow_up_link",
        N_("New link for answering such a request"),
        N_("When someone who was asked requests another link."),
        places=("session", "asks", "link"),
        needed=("link",),
        readers="others",
        urgent=True,
        overtaken=_gone,
        opens=tuple(ASKED.values()),
        words=_asked,
    ),
    MailKind(
        "follow_up_received",
        N_("Answer about recommendations received"),
        N_("When someone answers through the link of a request, to the address that received the link."),
        places=("addressee", "said"),
        needed=("said",),
        readers="others",
        fixed_text=True,  # by it a person notices that another one has the link
        overtaken=_told_later,
        words=_received,
    ),
)
