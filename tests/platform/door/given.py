"""A link for each purpose."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform import door
from consulta.platform.door import Given
from consulta.platform.models import (
    AccessChange,
    Application,
    Contact,
    Evaluation,
    EvaluationPerson,
    FocalPoint,
    FollowUpCall,
    FollowUpRequest,
    Institution,
    Invitation,
    Organisation,
    Round,
    SeatAddress,
    Sponsorship,
    Staff,
)
from consulta.platform.work import COMMAND
from tests.factories import build_nominee, moment
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from consulta.platform.work import Bench, Work


FIRST = ("vote", "propose", "answer", "access", "objection")
"""The purposes that have seals of their own."""


def made(bench: Bench, names: Collection[str] | None = None) -> dict[str, str]:
    """Make a link for each purpose, or for those named, to rows of number 1; return their tokens.

    All are about rows of the same number, so that a link taken for another's would find one.
    """
    open_round(bench)
    start = moment()  # a later one could make a row younger than the link to it
    with bench.work(COMMAND, start) as work:
        nominee = build_nominee(work.session, work.session.get_one(Round, 1))
        work.session.add(
            Invitation(round_id=1, nominee_id=nominee.id, state="invited", changed_at=start, created_at=start)
        )
        work.session.flush()
        contact = work.session.scalars(select(Contact.id).order_by(Contact.id)).first()
        work.session.add(
            AccessChange(
                seat_id=1,
                contact_id=contact,
                kind="added",
                address="otra@example.org",
                before="",
                reason="Cambió de casa",
                asked_at=start,
                due_at=start,
                wait=0,
                state="waiting",
            )
        )
        work.session.flush()
        person = {"name": "Rosa", "email": "rosa@example.org", "phone": "", "language": "es"}
        application = Application(
            name="Casa Nueva",
            name_key="casa nueva",
            country="PE",
            categories={"sector": "ngo"},
            about="Acompaña a familias.",
            people=[person],
            email=person["email"],
            language="es",
            criteria="",
            made_at=start,
        )
        application.sponsorships.append(Sponsorship(organisation_id=1))
        work.session.add(application)
        work.session.add(Staff(email="ana@example.org", name="Ana", password_hash="", created_at=start))
        work.session.add(
            FocalPoint(
                organisation_id=1,
                kind="state",
                country="PE",
                territory="PE",
                name="Rosa",
                email="rosa@example.org",
                language="es",
                starts="2027-03-05",
                ends="2029-03-04",
                state="asked",
                named_at=start,
            )
        )
        evaluation = Evaluation(round_id=1, questions=[], created_at=start)
        work.session.add(evaluation)
        work.session.flush()
        work.session.add(
            EvaluationPerson(
                evaluation_id=evaluation.id,
                name="Rosa",
                organisation="Red",
                email="rosa@example.org",
                language="es",
                source="hand",
                written_at=start,
            )
        )
        asked(work, start)
        member = work.session.scalars(
            select(Contact.id).where(Contact.organisation_id == 1).order_by(Contact.id)
        ).first()
        work.session.flush()
        assert work.session.get(Organisation, 1) is not None
        address = work.session.scalars(select(SeatAddress.id).order_by(SeatAddress.id)).first()
        given = {
            "vote": Given(1, contact),
            "propose": Given(1, contact),
            "answer": Given(1),
            "access": Given(1, seat_address_id=address),
            "objection": Given(1, seat_address_id=address),
            "apply": Given(1),
            "sponsor": Given(1, member),
            "own_data": Given(1, member),
            "own_objection": Given(1, member),
            "focal_point": Given(1),
            "join": Given(1),
            "evaluate": Given(1),
            "contact_address": Given(1),
            "your_vote": Given(1, contact),
            "follow_up_seen": Given(1),
            "follow_up_reported": Given(2),
        }
        return {
            name: door.give(work, name, [to])[0]
            for name, to in given.items()
            if names is None or name in names
        }


def asked(work: Work, at: datetime) -> None:
    """A person who is asked by a call, for each side, and a person who follows."""
    rosa = work.session.scalars(select(FocalPoint)).one()
    rosa.state = "accepted"
    rosa.starts, rosa.ends = "2020-01-01", "2099-01-01"
    agency = Institution(
        kind="agency", name="OIM", name_key="oim", email="oim@example.org", language="es", created_at=at
    )
    call = FollowUpCall(round_id=1, number=1, due_on="2027-03-05", state="sent", sent_at=at)
    work.session.add_all([agency, call])
    work.session.flush()
    same = {"call_id": call.id, "name": "Rosa", "organisation": "Red", "country": "PE", "language": "es"}
    for values in (
        {
            "side": "seen",
            "addressee": "PE",
            "email": rosa.email,
            "organisation_id": 1,
            "focal_point_id": rosa.id,
        },
        {
            "side": "reported",
            "addressee": f"I{agency.id}",
            "email": agency.email,
            "institution_id": agency.id,
        },
    ):
        work.session.add(FollowUpRequest(**same, **values, asked_at=at))
        work.session.flush()


def way_of(name: str) -> str:
    found = door.find(name)
    assert found is not None
    return found.way


def of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
