"""A call is sent: to focal points, else to the member organisations of a country, and to institutions.

It decides who is asked, that a call is sent once, and who is reminded. A person sends a call; its reminders,
whose days are said before, go by themselves.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.focal_points import service as focal_points
from consulta.focal_points.service import today
from consulta.follow_up import service as follow_up
from consulta.follow_up.values import REPORTED, SEEN
from consulta.follow_up_calls import news, queries
from consulta.follow_up_calls.service import (
    answers_since,
    dialogue_of,
    next_call,
    open_recommendations,
    rhythm_of,
    staff,
    the_next,
    voice_of,
)
from consulta.infra.access import require
from consulta.infra.models import FollowUpRequest
from consulta.letters import plain
from consulta.letters.mass_mail import Readers, Recipient
from consulta.mailer.outbox import hindrance
from consulta.mailer.readers import NO_CONTACT
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from consulta.follow_up.values import RecommendationView
    from consulta.infra.models import Contact, Organisation
    from consulta.infra.work import Work
    from consulta.letters.service import Post, Preview

CALL = "follow_up_call"


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
    for member in queries.members(work.session):
        members.setdefault(member.country, []).append(member)
    for code in states:
        if code in in_office:
            found.people.extend(
                Person(
                    *(SEEN, code, each.name, each.organisation, code, each.email, each.language),
                    organisation_id=each.organisation_id,
                    focal_point_id=each.number,
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
    for row in queries.institutions(work.session):
        view = follow_up.institution_view(row)
        if not any(follow_up.may_answer(work, each, view.addressee) for each in recommendations):
            continue
        if not row.email:
            found.left_out.append((NO_CONTACT, row.name))
            continue
        found.people.append(
            Person(
                *(REPORTED, view.addressee, row.person or row.name, row.name),
                *(row.country, row.email, row.language),
                institution_id=row.id,
            )
        )


# -- by a person


def readers(round_key: str) -> Callable[[Work], Readers]:
    """Return the act that says whom the next call of a session would write to."""

    def act(work: Work) -> Readers:
        require(work, "mail.write")
        dialogue = dialogue_of(work, round_key)
        _number, due_on = next_call(work, dialogue)
        if due_on > today(work):
            return Readers(CALL, ())
        asked = people(work, open_recommendations(work, round_key))
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
    dialogue, call = the_next(work, round_key, number)
    day = today(work)
    if call.due_on > day:
        raise Problem("follow_up.early", day=call.due_on)
    asked = people(work, open_recommendations(work, round_key)).people
    if not asked:
        raise Problem("follow_up.no_one")
    rhythm = rhythm_of(work, dialogue.round_id)
    call.state, call.sent_at, call.staff_id = "sent", work.now, staff(work)
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
    news.ask(work, CALL, rows)
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
    dialogue = dialogue_of(work, round_key)
    answer_by = rhythm_of(work, dialogue.round_id).answer_by(today(work))
    recommendations = open_recommendations(work, round_key)
    count = sum(follow_up.may_answer(work, each, person.addressee) for each in recommendations)
    said = news.words_of_call(work, dialogue.title, person.side, person.addressee, count, answer_by)
    return plain.shown(work, kind, language, post, (person.name, person.organisation), said)


# -- by the worker


def due_reminders(work: Work) -> tuple[str, ...]:
    """Return the numbers of the calls of which a reminder is due."""
    require(work, "mail.send")
    day = today(work)
    return tuple(str(each.id) for each in queries.sent_calls(work.session) if _is_due(each.remind_on, day))


def remind(work: Work, number: str) -> int | None:
    """Remind those who were asked and have not answered; one mail for all days that have come.

    Return how many; None if another worker did it.
    """
    require(work, "mail.send")
    call = queries.call(work.session, int(number), hold=True)
    day = today(work)
    if call is None or not _is_due(call.remind_on, day):
        return None
    silent = []
    dialogue = queries.dialogue_of(work.session, call.round_id)
    if dialogue is not None and day <= call.answer_by and open_recommendations(work, call.round.key):
        answered = answers_since(call, queries.reports_of(work.session, dialogue.id))
        silent = [
            each
            for each in queries.requests(work.session, [call.id])
            if voice_of(each) not in answered and news.stands(work, each)
        ]
    call.remind_on = [each for each in call.remind_on if each > day]
    call.reminded = [*call.reminded, [day, len(silent)]]
    news.ask(work, "follow_up_reminder", silent, once=day)
    details = {"number": call.number, "count": len(silent)}
    work.record("follow_up.reminded", rounds.subject(call.round), details)
    return len(silent)


def _is_due(days: Sequence[str], day: str) -> bool:
    return any(each <= day for each in days)
