"""What is written to those who are asked, what confirms an answer, and what a link opens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.data import catalogue
from consulta.door import service as door
from consulta.door.service import Given
from consulta.focal_points.service import standing, today
from consulta.follow_up import service as follow_up
from consulta.follow_up.values import name_of_addressee
from consulta.follow_up_calls import queries
from consulta.formats import moments
from consulta.mailer.outbox import PlainLetter, hindrance, queue_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.core.texts import Text
    from consulta.infra.models import FollowUpRequest
    from consulta.infra.work import Work
    from consulta.mailer.kinds import Words

ASKED = {"seen": "follow_up_seen", "reported": "follow_up_reported"}  # side -> purpose of its links
WAY = "s"
LIFE = timedelta(days=120)  # of a link to answer: a new one is sent to who asks for it
TOGETHER = timedelta(minutes=10)  # answers within that time are confirmed by one mail
SHOWN = 300  # characters of a text in a mail


# -- who is asked


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
    number = queries.count_links(work.session, request.id)
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
    name = name_of_addressee(addressee, follow_up.institutions_of(work))
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
