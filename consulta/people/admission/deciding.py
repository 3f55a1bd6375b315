"""What the secretariat does with applications: returned with a question, admitted, declined, and each undone.

An organisation that is admitted becomes a member with its contacts. Rounds that are open keep their roll,
which was fixed when they opened: it votes from the next round on.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.people.admission import news, queries
from consulta.people.admission.service import (
    REASON_MAX,
    SPONSORS,
    confirmed,
    standing_state,
    subject,
    view_of,
)
from consulta.people.admission.values import ApplicationView, DeskView, SentMail
from consulta.people.members import service as members
from consulta.people.members.service import ContactCommand, OrganisationCommand
from consulta.people.members.values import Namesake
from consulta.platform.access import require
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.labels import name_of
from consulta.platform.likeness import Names
from consulta.platform.texts import line, paragraphs

if TYPE_CHECKING:
    from consulta.people.admission.values import ApplicationState
    from consulta.platform.models import Application
    from consulta.platform.work import Work

AHEAD = timedelta(hours=14)  # of universal time: nowhere is it later
FIRST_YEAR = 1900
UNDECIDED = ("sponsors", "review", "returned")
DECIDED = ("returned", "admitted", "declined")


def listed(work: Work) -> tuple[ApplicationView, ...]:
    """Return all applications, the newest first."""
    require(work, "admission.decide")
    return tuple(view_of(row) for row in queries.listed(work.session))


def waiting(work: Work) -> int:
    """Return how many applications wait for the secretariat."""
    require(work, "members.read")
    return queries.count_to_review(work.session)


def look(work: Work, number: int) -> DeskView:
    """Return an application with what should be known before a decision. Problem: `admission.unknown`."""
    require(work, "admission.decide")
    row = _known(work, number)
    addresses = [each["email"] for each in row.people]
    return DeskView(
        application=view_of(row),
        near=_near(work, row),
        twins=tuple(view_of(each) for each in _twins(work, row)),
        shared=tuple(
            (email, found.name)
            for email, found in queries.contacts_at(work.session, addresses)
            if found.id != row.organisation_id
        ),
        mails=tuple(
            SentMail(each.kind, each.address, each.state, each.left_at or each.queued_at, each.reason)
            for each in queries.mails(work.session, row.id)
        ),
        may_undo=_may_undo(work, row),
        open_rounds=tuple(each.title for each in queries.open_rounds(work.session)),
    )


def give_back(work: Work, number: int, seen: int, question: str) -> None:
    """Return an application with a question, which the applicant answers by its link.

    Problems: those of `_undecided`, `admission.question`.
    """
    require(work, "admission.decide")
    said = paragraphs(question)
    if not said or len(said) > REASON_MAX:
        raise Problem("admission.question", most=REASON_MAX)
    row = _undecided(work, number, seen)
    row.question, row.answer = said, ""
    _decide(work, row, "returned")
    work.record("admission.returned", subject(row))
    news.decided(work, row, "returned", question=said)


def decline(work: Work, number: int, seen: int, reason: str) -> None:
    """Decline an application with a reason, which the applicant reads.

    Problems: those of `_undecided`, `admission.reason`.
    """
    require(work, "admission.decide")
    row = _undecided(work, number, seen)
    row.reason = _reason(reason)
    _decide(work, row, "declined")
    work.record("admission.declined", subject(row), {"reason": row.reason})
    news.decided(work, row, "declined", reason=row.reason)


def admit(work: Work, number: int, seen: int, day: str, reason: str) -> int:
    """Make a member of an application, with its contacts, since a day; return the id of the member.

    Only the contact that applied can vote at once: its address was confirmed. The others are asked to
    confirm theirs by a link.

    Problems: those of `_undecided`, `admission.reason`, `admission.day` (no day, or one to come),
    `admission.few_sponsors`, `admission.answer_first` (it was returned and is not answered),
    `member.duplicate`, and those of an organisation and of a contact.
    """
    require(work, "admission.decide")
    row = _undecided(work, number, seen)
    said = _reason(reason)
    if row.state == "returned":
        raise Problem("admission.answer_first")
    if confirmed(row) < SPONSORS:
        raise Problem("admission.few_sponsors", count=SPONSORS, confirmed=confirmed(row))
    since = _day(work, day)
    member_id = members.add_organisation(
        work, OrganisationCommand(row.name, row.country, row.categories), web=row.web, member_since=since
    )
    others: list[int] = []  # contacts whose address is not confirmed yet
    for place, each in enumerate(row.people):
        command = ContactCommand(
            each["name"], each["email"], each["language"], may_vote=place == 0, phone=each["phone"]
        )
        contact_id = members.add_contact(work, member_id, command)
        others += [contact_id] if place else []
    if row.example:
        members.mark_example(work, member_id)
    row.reason, row.admitted_on, row.organisation_id = said, since, member_id
    _decide(work, row, "admitted")
    details = {"organisation": member_id, "since": since, "reason": said}
    work.record("admission.admitted", subject(row), details)
    news.decided(work, row, "admitted", reason=said, since=since)
    for contact_id, person in zip(others, row.people[1:], strict=True):
        news.ask_contact(work, row, contact_id, person)
    return member_id


def undo(work: Work, number: int, seen: int) -> None:
    """Take a decision back, and tell the applicant; an organisation that was admitted is a member no more.

    Problems: `admission.unknown`, `admission.changed`, `admission.no_undo` (it is not decided, a round has
    opened since it was admitted, or its contacts were sent links or take part in something).
    """
    require(work, "admission.decide")
    row = _known(work, number, hold=True)
    if row.version != seen:
        raise Problem("admission.changed")
    if not _may_undo(work, row):
        raise Problem("admission.no_undo")
    what, member_id = row.state, row.organisation_id
    row.organisation_id = row.admitted_on = None
    row.question = "" if what == "returned" else row.question
    _decide(work, row, standing_state(row))
    row.reason, row.decided_at = "", None
    work.session.flush()
    if what == "admitted" and member_id is not None:
        members.take_back(work, member_id)
    work.record("admission.undone", subject(row), {"decision": what})
    news.decided(work, row, "undone")


def hand_out(work: Work, number: int) -> tuple[str, dict[str, str]]:
    """Return a further link of the applicant, and one for each sponsor that was asked, by its name: tokens.

    Only commands hand out links. Raise Problem `admission.unknown` if there is no such application.
    """
    require(work, "links.hand_out")
    row = _known(work, number)
    asked = [each for each in row.sponsorships if each.state == "asked"]
    (own,) = door.give(work, news.APPLY, [Given(row.id)], work.now + news.LIFE)
    given = {}
    for each in asked:
        contact = next(one for one in each.organisation.contacts if one.active and one.may_vote)
        (given[each.organisation.name],) = door.give(work, news.SPONSOR, [Given(each.id, contact.id)])
    work.record("admission.handed_out", subject(row), {"links": len(given) + 1})
    return own, given


def _may_undo(work: Work, row: Application) -> bool:
    if row.state not in DECIDED:
        return False
    if row.state != "admitted":
        return bool(row.people)
    if row.organisation_id is None or row.decided_at is None:
        return False
    return members.may_take_back(work, row.organisation_id, row.decided_at)


def _known(work: Work, number: int, *, hold: bool = False) -> Application:
    return or_problem(queries.find(work.session, number, hold=hold), "admission.unknown")


def _undecided(work: Work, number: int, seen: int) -> Application:
    """Return an application to be decided, of which the form showed the version `seen`.

    Problems: `admission.unknown`, `admission.decided`, `admission.changed` (another person, the applicant
    or a sponsor did something meanwhile).
    """
    row = _known(work, number, hold=True)
    if row.state not in UNDECIDED:
        raise Problem("admission.decided")
    if row.version != seen:
        raise Problem("admission.changed")
    return row


def _decide(work: Work, row: Application, state: ApplicationState) -> None:
    row.state = state
    row.version += 1
    row.decided_at = work.now
    row.staff_id = work.actor.staff_id


def _reason(text: str) -> str:
    said = line(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("admission.reason", most=REASON_MAX)
    return said


def _day(work: Work, text: str) -> str:
    """Return a day that is not to come, anywhere on Earth. Problem: `admission.day`."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Problem("admission.day") from None
    if day > (work.now + AHEAD).date() or day.year < FIRST_YEAR:
        raise Problem("admission.day")
    return day.isoformat()


def _near(work: Work, row: Application) -> tuple[Namesake, ...]:
    """Return the members that may be the same: of a similar name, or of the same web site or address."""
    names: Names[int] = Names()
    others = {
        number: Namesake(number, name, name_of("country", country))
        for number, name, country in members.all_names(work)
        if number != row.organisation_id
    }
    for number, name, country in members.all_names(work):
        if number in others:
            names.add(name, country, number)
    wanted = [row.name, *_parts(row.other_names)]
    found = [names.near(name, row.country) for name in wanted]
    found += [names.elsewhere(name, row.country) for name in wanted]
    return tuple(others[number] for number in dict.fromkeys(found) if number is not None)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]


def _twins(work: Work, row: Application) -> list[Application]:
    """Return other applications, not withdrawn, of a similar name or from one of the same addresses."""
    names: Names[int] = Names()
    names.add(row.name, row.country, row.id)
    addresses = {each["email"] for each in row.people}
    return [
        each
        for each in queries.listed(work.session)
        if each.id != row.id
        and each.state not in {"withdrawn", "unconfirmed"}
        and (
            names.near(each.name, each.country) is not None
            or addresses & {person["email"] for person in each.people}
        )
    ]
