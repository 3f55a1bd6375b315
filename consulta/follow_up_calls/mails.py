"""Mails of the follow-up: calls, reminders, links, and what confirms an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.follow_up import service as follow_up
from consulta.follow_up.values import name_of_addressee
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.news import ASKED
from consulta.follow_up_calls.service import answers_since, open_recommendations, voice_of
from consulta.formats import moments
from consulta.infra.messages import N_
from consulta.mailer.kinds import MailKind

if TYPE_CHECKING:
    from consulta.infra.models import FollowUpRequest, Message, Report
    from consulta.infra.work import Work
    from consulta.mailer.kinds import Reader, Words


def _request(work: Work, message: Message) -> FollowUpRequest | None:
    return queries.request(work.session, message.facts["request"])


def _gone(work: Work, message: Message) -> str | None:
    row = _request(work, message)
    if row is None or not news.may_come(work, row):
        return "mail.over"
    return None if open_recommendations(work, row.call.round.key) else "mail.over"


def _answered(work: Work, message: Message) -> str | None:
    row = _request(work, message)
    dialogue = queries.dialogue_of(work.session, row.call.round_id) if row is not None else None
    if row is None or dialogue is None:
        return "mail.over"
    answers = answers_since(row.call, queries.reports_of(work.session, dialogue.id))
    return "mail.over" if voice_of(row) in answers else _gone(work, message)


def _asked(work: Work, message: Message, _reader: Reader) -> Words:
    row = _request(work, message)
    dialogue = queries.dialogue_of(work.session, row.call.round_id) if row is not None else None
    if row is None or dialogue is None:
        return {}
    recommendations = open_recommendations(work, row.call.round.key)
    count = sum(follow_up.may_answer(work, each, row.addressee) for each in recommendations)
    return news.words_of_call(work, dialogue.title, row.side, row.addressee, count, row.call.answer_by)


def _told_later(work: Work, message: Message) -> str | None:
    """Return a code where a later mail tells of this answer, too."""
    return "mail.overtaken" if queries.newer_receipt(work.session, message) else None


def _received(work: Work, message: Message, _reader: Reader) -> Words:
    row = _request(work, message)
    if row is None:
        return {}
    last, number = queries.last_receipt(work.session, row.id), message.facts["report"]
    rows = queries.reports(
        work.session,
        [each for each in queries.answers(work.session, row.id) if last < each <= number],
    )
    name = name_of_addressee(row.addressee, follow_up.institutions_of(work))
    about = queries.references(work.session, {each.recommendation_id for each in rows})
    return {
        language: {
            "addressee": work.best(name, language),
            "said": "\n\n".join(
                _line(language, about[each.recommendation_id].reference or "", each) for each in rows
            ),
        }
        for language in work.languages
    }


def _line(language: str, reference: str, report: Report) -> str:
    said: str = catalogue.mail_words(language)["follow_said"]
    return said.format(
        reference=reference,
        step=news.step(language, report.step),
        day=moments.calendar_day(report.day, language),
        text=news.cut(report.text),
    )


KINDS = (
    MailKind(
        "follow_up_call",
        N_("Call for what became of recommendations"),
        N_("When you send a call about the recommendations of a session."),
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
        N_("Reminder of such a call"),
        N_("By itself, on the days that a call says, to who has not answered."),
        places=("session", "asks", "answer_by", "link"),
        needed=("link",),
        readers="others",
        overtaken=_answered,
        opens=tuple(ASKED.values()),
        words=_asked,
    ),
    MailKind(
        "follow_up_link",
        N_("New link to answer such a call"),
        N_("When a person who was asked wants another link."),
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
        N_("When something is answered by the link of a call, to the address to which the link went."),
        places=("addressee", "said"),
        needed=("said",),
        readers="others",
        fixed_text=True,  # by it a person notices that another one has the link
        overtaken=_told_later,
        words=_received,
    ),
)
