"""Answers by the links of a call. A link answers for its own State or institution only, also when forwarded.

Every answer is a report like those that staff enter, and the address to which the link went is told of it:
so a link that was forwarded is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func

from consulta.core.problems import or_problem
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.door import Given, Purpose
from consulta.platform.models import FollowUpAnswer, FollowUpRequest
from consulta.platform.work import Actor
from consulta.sessions.follow_up import asking, calls, service
from consulta.sessions.follow_up.asking import ASKED, LIFE, WAY
from consulta.sessions.follow_up.values import REPORTED, SEEN, OwnAnswers, OwnLine, Source, name_of_addressee

if TYPE_CHECKING:
    from consulta.platform.models import Link
    from consulta.platform.work import Role, Work
    from consulta.sessions.follow_up.values import Answer, Followed

ROLES: dict[str, Role] = {SEEN: "observer", REPORTED: "respondent"}


def _person(side: str, work: Work, link: Link) -> Actor | None:
    """Return the person of a link; None where it cannot answer for the same addressee any more."""
    row = calls.request(work, link.subject_id)
    if row is None or row.side != side or not asking.may_come(work, row):
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
    ),
)


def own(work: Work) -> OwnAnswers:
    """Return the recommendations that the actor's link is about, with what was said of each."""
    require(work, "follow_up.answer")
    row = _request(work)
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
    row = _request(work)
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
    asking.received(work, row, report)
    return report


def masked(email: str) -> str:
    """Return an address as far as others may read it: "r…@example.org"."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _request(work: Work) -> FollowUpRequest:
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
    if row is None or not asking.may_come(work, row):
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
    going = [each for each in newest.values() if asking.may_come(work, each)]
    for each in going:
        asking.send_link(work, each)
    return len(going)
