"""Mails of the follow-up: calls, reminders, links, what confirms an answer, and digests of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.door import service as door
from consulta.follow_up import service as follow_up
from consulta.follow_up.values import name_of_addressee
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.following import followable
from consulta.follow_up_calls.news import ASKED, FOLLOW, UNFOLLOW, UNFOLLOW_WAY
from consulta.follow_up_calls.service import answers_since, open_recommendations, voice_of
from consulta.formats import moments
from consulta.infra.messages import N_
from consulta.mailer.kinds import MailKind

if TYPE_CHECKING:
    from consulta.infra.models import FollowUpRequest, Message, Report, Withdrawal
    from consulta.infra.work import Work
    from consulta.mailer.kinds import Reader, Words


# -- to those who are asked


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


# -- to those who follow


def _follows_already(work: Work, message: Message) -> str | None:
    row = queries.follow(work.session, message.facts["follow"])
    return None if row is not None and row.reader.email == message.address else "mail.over"


def _followed(work: Work, message: Message, _reader: Reader) -> Words:
    thing = followable(work, message.facts["what"])
    return {
        language: {
            "followed": catalogue.mail_words(language)[f"follow_thing_{thing.kind}"].format(
                name=work.best(thing.name, language)
            )
        }
        for language in work.languages
    }


def _stopped(work: Work, message: Message) -> str | None:
    """Return a code where its reader has ended such mails meanwhile."""
    row = queries.reader(work.session, message.facts["reader"])
    if row is None or row.email != message.address:
        return "mail.over"
    follows = any(each.confirmed_at is not None and each.ended_at is None for each in row.follows)
    ended = row.stopped_at is not None and not follows
    if not message.facts.get("withdrawals"):  # and where each answer that it tells of was withdrawn since
        told = message.facts["reports"]
        ended = ended or len(queries.withdrawn_answers(work.session, told)) == len(told)
    return "mail.over" if ended or not door.works(work, message.token or "", UNFOLLOW) else None


def _changes(work: Work, message: Message, reader: Reader) -> Words:
    rows = queries.reports(work.session, message.facts["reports"])
    gone = queries.withdrawn_answers(work.session, [each.id for each in rows])
    rows = [each for each in rows if each.id not in gone]
    ended = queries.withdrawals(work.session, message.facts.get("withdrawals", ()))
    numbers = {each.recommendation_id for each in rows} | {each.recommendation_id for each in ended}
    about = queries.references(work.session, numbers)
    reports = queries.reports(work.session, [each.report_id for each in ended if each.report_id])
    addressees = {each.id: each.addressee for each in reports}
    institutions = follow_up.institutions_of(work)

    def name(addressee: str, language: str) -> str:
        return work.best(name_of_addressee(addressee, institutions), language) if addressee else ""

    return {
        language: {
            "changes": "\n\n".join(
                (
                    *(
                        _change(
                            work,
                            language,
                            each,
                            about[each.recommendation_id].reference or "",
                            name(each.addressee, language),
                            reader.base_url,
                        )
                        for each in rows
                    ),
                    *(
                        _withdrawn(
                            work,
                            language,
                            each,
                            about[each.recommendation_id].reference or "",
                            name(addressees.get(each.report_id or 0, ""), language),
                            reader.base_url,
                        )
                        for each in ended
                    ),
                )
            )
        }
        for language in work.languages
    }


def _withdrawn(
    work: Work, language: str, ended: Withdrawal, reference: str, addressee: str, base: str
) -> str:
    said = catalogue.mail_words(language)[f"follow_withdrawn_{ended.what}"].format(
        reference=reference,
        addressee=addressee,
        day=moments.calendar_day(ended.at.date().isoformat(), language),
        reason=news.cut(work.best(ended.reason, language)),
    )
    return f"{said}\n{base}/{language}/follow-up/{reference}"


def _change(work: Work, language: str, report: Report, reference: str, addressee: str, base: str) -> str:
    words = catalogue.mail_words(language)
    before = queries.step_before(work.session, report)
    moved = bool(before) and before != report.step
    said = words[f"follow_change_{report.side}"].format(
        reference=reference,
        addressee=addressee,
        step=news.step(language, report.step),
        before=words["follow_before"].format(step=news.step(language, before)) if moved else "",
        day=moments.calendar_day(report.day, language),
        text=news.cut(report.text),
    )
    return f"{said}\n{base}/{language}/follow-up/{reference}"


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
    MailKind(
        "follow_confirm",
        N_("Confirmation of who wants to follow"),
        N_("When an address is entered to follow recommendations by mail."),
        unnamed=True,
        places=("followed", "link"),
        needed=("link",),
        readers="others",
        urgent=True,
        overtaken=_follows_already,
        opens=(FOLLOW,),
        words=_followed,
    ),
    MailKind(
        "follow_up_digest",
        N_("What changed in recommendations"),
        N_("By itself, once a day where something changed, to who follows it."),
        places=("changes", "link"),
        needed=("changes", "link"),
        readers="others",
        link=UNFOLLOW_WAY,
        unsubscribes=True,
        unnamed=True,
        overtaken=_stopped,
        words=_changes,
    ),
)
