"""Calls that are sent and answered: to focal points, else to the members of a country, and to institutions.

It decides who is asked, that a call is sent once, and who is reminded. A person sends a call; its reminders,
whose days are said before, go by themselves. A link answers for its own State or institution only, also when
forwarded. Every answer is a report like those that staff enter, and the address to which the link went is
told of it: so a link that was forwarded is noticed.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.problems import Problem, or_problem
from consulta.people import focal_points
from consulta.people.focal_points import standing, today
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.mailer.readers import NO_CONTACT
from consulta.platform.messages import N_
from consulta.platform.models import (
    FollowUpAnswer,
    FollowUpCall,
    FollowUpRequest,
    Institution,
    Message,
    Organisation,
    Recommendation,
    Report,
)
from consulta.platform.work import Actor
from consulta.rounds import service as rounds
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import Readers, Recipient
from consulta.sessions.follow_up import calls, service
from consulta.sessions.follow_up.values import REPORTED, SEEN, OwnAnswers, OwnLine, Source, name_of_addressee

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from sqlalchemy import Select

    from consulta.core.texts import Text
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.models import Contact, Link
    from consulta.platform.work import Role, Work
    from consulta.rounds.letters.service import Post, Preview
    from consulta.sessions.follow_up.values import Answer, Followed, RecommendationView


CALL = "follow_up_call"
ASKED = {SEEN: "follow_up_seen", REPORTED: "follow_up_reported"}  # side -> purpose of its links
WAY = "s"
LIFE = timedelta(days=120)  # of a link to answer: a new one is sent to who asks for it
TOGETHER = timedelta(minutes=10)  # answers within that time are confirmed by one mail
SHOWN = 300  # characters of a text in a mail


class Person(NamedTuple):
    """Who would be asked, and for whom."""

    side: str
    addressee: str
    name: str
    organisation: str
    country: str
    email: str
    language: str
    organisation_id: int | None = None
    institution_id: int | None = None
    contact: Contact | None = None
    focal_point_id: int | None = None


class Asked(NamedTuple):
    """Whom a call asks, and whom not: pairs of a code of why, and a name."""

    people: list[Person]
    left_out: list[tuple[str, str]]


def people(work: Work, recommendations: Sequence[RecommendationView]) -> Asked:
    """Return whom a call about these recommendations asks, each person once for an addressee."""
    found = Asked([], [])
    states = [
        code for code in catalogue.countries_by_code() if any(code in r.states() for r in recommendations)
    ]
    named = {each for r in recommendations for each in r.addressed}
    in_office: dict[str, list[Any]] = {}
    for each in focal_points.in_office(work):
        if each.kind == "state":
            in_office.setdefault(each.country, []).append(each)
    members: dict[str, list[Organisation]] = {}
    query = select(Organisation).where(Organisation.active).options(selectinload(Organisation.contacts))
    for member in work.session.scalars(query.order_by(Organisation.name, Organisation.id)):
        members.setdefault(member.country, []).append(member)
    for code in states:
        if code in in_office:
            found.people.extend(
                Person(
                    *(SEEN, code, each.name, each.organisation.name, code, each.email, each.language),
                    organisation_id=each.organisation_id,
                    focal_point_id=each.id,
                )
                for each in in_office[code]
            )
            continue
        for member in members.get(code, []):
            _contacts(found, code, member)
        if code in named and code not in members:
            found.left_out.append(
                (NO_CONTACT, work.best(catalogue.countries_by_code()[code].name, work.languages[0]))
            )
    _institutions(work, found, recommendations)
    once = {(each.addressee, each.email.lower()): each for each in reversed(found.people)}
    return Asked(list(reversed(once.values())), found.left_out)


def _contacts(found: Asked, code: str, member: Organisation) -> None:
    voting = [each for each in member.contacts if each.active and each.may_vote]
    if not voting:
        found.left_out.append((NO_CONTACT, member.name))
    for each in voting:
        why = hindrance(each)
        if why is not None:
            found.left_out.append((why, f"{each.name} ({member.name})"))
            continue
        found.people.append(
            Person(
                *(SEEN, code, each.name, member.name, code, each.email, each.language),
                organisation_id=member.id,
                contact=each,
            )
        )


def _institutions(work: Work, found: Asked, recommendations: Sequence[RecommendationView]) -> None:
    query = select(Institution).where(Institution.active).order_by(Institution.id)
    for row in work.session.scalars(query):
        if not any(service.may_answer(work, each, row.addressee) for each in recommendations):
            continue
        if not row.email:
            found.left_out.append((NO_CONTACT, row.name))
            continue
        found.people.append(
            Person(
                *(REPORTED, row.addressee, row.person or row.name, row.name),
                *(row.country, row.email, row.language),
                institution_id=row.id,
            )
        )


# -- by a person


def readers(round_key: str) -> Callable[[Work], Readers]:
    """Return the act that says whom the next call of a session would write to."""

    def act(work: Work) -> Readers:
        require(work, "mail.write")
        dialogue = calls.dialogue_of(work, round_key)
        if calls.next_call(work, dialogue).due_on > today(work):
            return Readers(CALL, ())
        asked = people(work, calls.open_recommendations(work, round_key))
        return Readers(
            CALL,
            [
                Recipient(number, each.name, each.organisation, each.email, each.language, each.country)
                for number, each in enumerate(asked.people, start=1)
            ],
            asked.left_out,
            partial(_preview, round_key, asked.people),
        )

    return act


def send(work: Work, round_key: str, number: int) -> int:
    """Send the next call of a session: one mail with a link to each person; return how many.

    Problems: `round.unknown`, `follow_up.none`, `follow_up.next` (it was sent or skipped meanwhile),
    `follow_up.early`, `follow_up.no_one`.
    """
    require(work, "follow_up.call")
    dialogue, call = calls.the_next(work, round_key, number)
    day = today(work)
    if call.due_on > day:
        raise Problem("follow_up.early", day=call.due_on)
    asked = people(work, calls.open_recommendations(work, round_key)).people
    if not asked:
        raise Problem("follow_up.no_one")
    rhythm = calls.rhythm_of(work, dialogue.round_id)
    call.state, call.sent_at, call.staff_id = "sent", work.now, calls.staff(work)
    call.answer_by = rhythm.answer_by(day)
    call.remind_on, call.reminded = list(rhythm.remind_on(call.answer_by)), []
    work.session.add(call)
    work.session.flush()
    rows = [
        FollowUpRequest(
            call_id=call.id,
            side=each.side,
            addressee=each.addressee,
            name=each.name,
            organisation=each.organisation,
            country=each.country,
            email=each.email,
            language=each.language,
            organisation_id=each.organisation_id,
            institution_id=each.institution_id,
            contact_id=each.contact.id if each.contact is not None else None,
            focal_point_id=each.focal_point_id,
            asked_at=work.now,
        )
        for each in asked
    ]
    work.session.add_all(rows)
    work.session.flush()
    ask(work, CALL, rows)
    work.record("follow_up.called", rounds.subject(dialogue.round), {"number": number, "count": len(rows)})
    return len(rows)


def _preview(
    round_key: str,
    asked: Sequence[Person],
    work: Work,
    _round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return the call as a person would get it. Problem: `mail.unknown` if there is no such person."""
    del texts
    if not 1 <= (reader or 0) <= len(asked):
        raise Problem("mail.unknown")
    person = asked[(reader or 0) - 1]
    dialogue = calls.dialogue_of(work, round_key)
    answer_by = calls.rhythm_of(work, dialogue.round_id).answer_by(today(work))
    recommendations = calls.open_recommendations(work, round_key)
    count = sum(service.may_answer(work, each, person.addressee) for each in recommendations)
    said = words_of_call(work, dialogue.title, person.side, person.addressee, count, answer_by)
    return plain.shown(work, kind, language, post, (person.name, person.organisation), said)


# -- by the worker


def due_reminders(work: Work) -> tuple[str, ...]:
    """Return the numbers of the calls of which a reminder is due."""
    require(work, "mail.send")
    day = today(work)
    return tuple(str(each.id) for each in calls.sent_calls(work) if _is_due(each.remind_on, day))


def remind(work: Work, number: str) -> int | None:
    """Remind those who were asked and have not answered; one mail for all days that have come.

    Return how many; None if another worker did it.
    """
    require(work, "mail.send")
    query = select(FollowUpCall).where(FollowUpCall.id == int(number)).options(joinedload(FollowUpCall.round))
    call = work.session.scalars(query.with_for_update(of=FollowUpCall)).first()
    day = today(work)
    if call is None or not _is_due(call.remind_on, day):
        return None
    silent = []
    if day <= call.answer_by and calls.open_recommendations(work, call.round.key):
        answered = calls.answers_since(call, calls.reports_of(work, call.round_id))
        silent = [
            each
            for each in calls.requests_of(work, [call.id])
            if calls.voice_of(each) not in answered and stands(work, each)
        ]
    call.remind_on = [each for each in call.remind_on if each > day]
    call.reminded = [*call.reminded, [day, len(silent)]]
    ask(work, "follow_up_reminder", silent, once=day)
    details = {"number": call.number, "count": len(silent)}
    work.record("follow_up.reminded", rounds.subject(call.round), details)
    return len(silent)


def _is_due(days: Sequence[str], day: str) -> bool:
    return any(each <= day for each in days)


# -- mails and links


def may_come(work: Work, request: FollowUpRequest) -> bool:
    """Return whether a person who was asked may still answer for the same addressee, at the same address."""
    if request.institution is not None:
        there = request.institution
        return there.active and _same(there.email, request.email)
    if request.member is None or not request.member.active:
        return False
    if request.focal_point is not None:
        person = request.focal_point
        in_office = standing(person, today(work)) in {"active", "expiring"}
        return in_office and _same(person.email, request.email)
    contact = request.contact
    return contact is not None and contact.active and contact.may_vote and _same(contact.email, request.email)


def stands(work: Work, request: FollowUpRequest) -> bool:
    """Return whether a person who was asked may still answer, and can be written to."""
    return may_come(work, request) and (request.contact is None or hindrance(request.contact) is None)


def _same(one: str, other: str) -> bool:
    return bool(one) and one.lower() == other.lower()


def ask(work: Work, kind: str, requests: Sequence[FollowUpRequest], once: str = "") -> None:
    """Send each of these a mail with a new link to answer."""
    for side, purpose in ASKED.items():
        theirs = [each for each in requests if each.side == side]
        tokens = door.give(
            work, purpose, [Given(each.id, each.contact_id) for each in theirs], work.now + LIFE
        )
        queue_plain(
            work,
            [
                _letter(kind, each, f"{kind}:{each.id}:{once}", token)
                for each, token in zip(theirs, tokens, strict=True)
            ],
        )


def send_link(work: Work, request: FollowUpRequest) -> None:
    """Send a new link to a person who asked for it."""
    earlier = select(func.count()).where(
        Message.kind == "follow_up_link", Message.facts["request"].as_integer() == request.id
    )
    number = work.session.scalar(earlier) or 0
    (token,) = door.give(work, ASKED[request.side], [Given(request.id, request.contact_id)], work.now + LIFE)
    letter = _letter("follow_up_link", request, f"follow_up_link:{request.id}:{number}", token, asked=True)
    queue_plain(work, [letter])


def received(work: Work, request: FollowUpRequest, report: int) -> None:
    """Tell the address to which a link went what was answered by it."""
    facts = {"request": request.id, "report": report}
    queue_plain(
        work,
        [
            PlainLetter(
                *("follow_up_received", request.name, request.organisation, request.country),
                *(request.email, request.language, f"follow_up_received:{report}"),
                facts=facts,
                wait=TOGETHER,
            )
        ],
    )


def _letter(
    kind: str, request: FollowUpRequest, once: str, token: str, *, asked: bool = False
) -> PlainLetter:
    return PlainLetter(
        *(kind, request.name, request.organisation, request.country, request.email, request.language),
        once,
        token,
        {"request": request.id, **({"asked": True} if asked else {})},
        request.contact,
    )


def words_of_call(work: Work, session: Text, side: str, addressee: str, count: int, answer_by: str) -> Words:
    """Return what a call says to one side, about so many recommendations for an addressee."""
    name = name_of_addressee(addressee, service.institutions_of(work))
    found = {}
    for language in work.languages:
        words = catalogue.mail_words(language)
        many = "" if count != 1 else "_one"
        found[language] = {
            "session": work.best(session, language),
            "asks": words[f"follow_asks_{side}{many}"].format(
                addressee=work.best(name, language), count=count
            ),
            "answer_by": moments.calendar_day(answer_by, language),
        }
    return found


def step(language: str, key: str) -> str:
    """Return a step in words."""
    said: str = catalogue.mail_words(language)[f"follow_step_{key}"]
    return said


def cut(text: str) -> str:
    """Return the beginning of a text on one line, as mails show it."""
    whole = " ".join(text.split())
    return whole if len(whole) <= SHOWN else whole[: SHOWN - 1].rstrip() + "…"


ROLES: dict[str, Role] = {SEEN: "observer", REPORTED: "respondent"}


def _person(side: str, work: Work, link: Link) -> Actor | None:
    """Return the person of a link; None where it cannot answer for the same addressee any more."""
    row = calls.request(work, link.subject_id)
    if row is None or row.side != side or not may_come(work, row):
        return None
    return Actor(ROLES[side], link.id, row.name)


def _observer(work: Work, link: Link) -> Actor | None:
    return _person(SEEN, work, link)


def _respondent(work: Work, link: Link) -> Actor | None:
    return _person(REPORTED, work, link)


PURPOSES = (
    Purpose(
        ASKED[SEEN],
        way=WAY,
        subject=FollowUpRequest,
        role="observer",
        page="seen_answers.own",
        texts="follow_up/door.html",
        reader=_observer,
        life=LIFE,
        part="follow_up",
    ),
    Purpose(
        ASKED[REPORTED],
        way=WAY,
        subject=FollowUpRequest,
        role="respondent",
        page="reported_answers.own",
        texts="follow_up/door.html",
        reader=_respondent,
        life=LIFE,
        part="follow_up",
    ),
)


def own(work: Work) -> OwnAnswers:
    """Return the recommendations that the actor's link is about, with what was said of each."""
    require(work, "follow_up.answer")
    row = _asked_person(work)
    dialogue = calls.dialogue_of(work, row.call.round.key)
    return OwnAnswers(
        side=row.side,
        addressee=row.addressee,
        addressee_name=name_of_addressee(row.addressee, service.institutions_of(work)),
        organisation=row.organisation,
        name=row.name,
        masked=masked(row.email),
        session=dialogue.title,
        key=row.call.round.key,
        example=row.call.round.example,
        answer_by=row.call.answer_by,
        zone=dialogue.zone,
        lines=tuple(
            _line(row, each)
            for each in service.published(work, row.call.round.key)
            if service.may_answer(work, each.recommendation, row.addressee)
        ),
    )


def answer(work: Work, reference: str, said: Answer, seen: int) -> int:
    """Write down an answer for the addressee of the actor's link, and for no other; return its number.

    `seen` is the version of the last answer in the same name that its author saw, 0 for none. Problems: those
    of `service.report`.
    """
    require(work, "follow_up.answer")
    row = _asked_person(work)
    entered = (
        "institution" if row.side == REPORTED else "focal_point" if row.focal_point_id else "organisation"
    )
    source = Source(
        entered=entered,
        institution_id=row.institution_id,
        organisation_id=row.organisation_id,
        focal_point_id=row.focal_point_id,
    )
    report = service.report(work, reference, row.side, row.addressee, said, source, seen)
    work.session.add(FollowUpAnswer(report_id=report, request_id=row.id))
    work.session.flush()
    received(work, row, report)
    return report


def masked(email: str) -> str:
    """Return an address as far as others may read it: "r…@example.org"."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _asked_person(work: Work) -> FollowUpRequest:
    side = SEEN if work.actor.role == "observer" else REPORTED
    link = door.numbered(work, ASKED[side], work.actor.id or 0)
    return or_problem(calls.request(work, link.subject_id) if link is not None else None, "follow_up.none")


def _line(row: FollowUpRequest, found: Followed) -> OwnLine:
    here = next((each for each in found.standings if each.addressee == row.addressee), None)
    voice = calls.voice_of(row)
    history = [
        each
        for each in (here.history if here is not None else ())
        if (each.side, each.voice) == (voice.side, voice.voice)
    ]
    return OwnLine(
        recommendation=found.recommendation,
        reported=here.reported if here is not None else None,
        seen=here.seen if here is not None else (),
        mine=history[0] if history else None,
        history=tuple(history),
    )


# -- a new link


class HandedOut(NamedTuple):
    """A link, and whose it is."""

    token: str
    organisation: str
    organisation_id: int | None


def hand_out(work: Work, round_key: str, side: str, addressee: str) -> HandedOut | None:
    """Return a further link of the first person who was asked last on a side, or None; for commands alone."""
    require(work, "links.hand_out")
    calls.dialogue_of(work, round_key)
    last = [each.id for each in calls.sent_calls(work) if each.round.key == round_key][:1]
    rows = calls.requests_of(work, last)
    row = next((each for each in rows if (each.side, each.addressee) == (side, addressee)), None)
    if row is None or not may_come(work, row):
        return None
    (token,) = door.give(work, ASKED[side], [Given(row.id, row.contact_id)])
    work.record("follow_up.handed_out", f"follow_up_request:{row.id}")
    return HandedOut(token, row.organisation, row.organisation_id)


def ask_link(work: Work, address: str) -> int:
    """Send a new link to each person with this address who was asked last and may still answer; how many.

    One for each State or institution of each session.
    """
    require(work, "mail.send")
    newest: dict[tuple[int, str], FollowUpRequest] = {}
    query = calls.requests().where(func.lower(FollowUpRequest.email) == address)
    for each in work.session.scalars(query.order_by(FollowUpRequest.id.desc())):
        newest.setdefault((each.call.round_id, each.addressee), each)
    going = [each for each in newest.values() if may_come(work, each)]
    for each in going:
        send_link(work, each)
    return len(going)


def _request(work: Work, message: Message) -> FollowUpRequest | None:
    return calls.request(work, message.facts["request"])


def _gone(work: Work, message: Message) -> str | None:
    row = _request(work, message)
    if row is None or not may_come(work, row):
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
    return words_of_call(work, session, row.side, row.addressee, count, row.call.answer_by)


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
            "said": "\n\n".join(_receipt_line(language, reference or "", each) for each, reference in found),
        }
        for language in work.languages
    }


def _receipt_line(language: str, reference: str, report: Report) -> str:
    said: str = catalogue.mail_words(language)["follow_said"]
    return said.format(
        reference=reference,
        step=step(language, report.step),
        day=moments.calendar_day(report.day, language),
        text=cut(report.text),
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
        part="follow_up",
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
        part="follow_up",
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
        part="follow_up",
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
        part="follow_up",
    ),
)
