"""Rows for tests, with defaults for all that a test does not care about. Plain functions, no state."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.platform.data import ballot_fields, dimensions
from consulta.platform.models import (
    VOTE,
    Contact,
    Link,
    Nominee,
    Organisation,
    ProposingPhase,
    Round,
    Seat,
    SeatAddress,
    Theme,
)
from tests.texts import both

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

RULES: dict[str, Any] = {
    "max_ranks": 5,
    "max_objectives": 5,
    "max_endorsements": 5,
    "balance": {"subregion": "equal", "sector": "sqrt"},
    "weight_bounds": [0.25, 4.0],
    "method": "points",
    "objective_share": 250,
    "spread": {"subregion": 500, "sector": 500},
    "topics": 1,
}
PANEL_RULES: dict[str, Any] = {"size": 3, "roles": {"gov_national": [1, 2], "mechanism": [1, 2]}}


def moment() -> datetime:
    """This moment, whole seconds, UTC."""
    return datetime.now(UTC).replace(microsecond=0)


def build_organisation(session: Session, name: str = "Red Andina", **values: Any) -> Organisation:
    """An organisation with one contact who may vote (`email=`, `language=` are the contact's)."""
    email = values.pop("email", f"{secrets.token_hex(4)}@example.org")
    language = values.pop("language", "es")
    categories = {"sector": values.pop("sector", "ngo"), **values.pop("categories", {})}
    fields: dict[str, Any] = {"country": "PE", "categories": categories, "created_at": moment()} | values
    organisation = Organisation(name=name, name_key=name.casefold(), **fields)
    organisation.contacts.append(
        Contact(name=f"Contacto de {name}", email=email, language=language, created_at=moment())
    )
    session.add(organisation)
    session.flush()
    return organisation


def build_round(session: Session, key: str = "2027-1", themes: int = 6, **values: Any) -> Round:
    """A draft round with `themes` themes in both languages (keys t1, t2 …)."""
    closes = moment() + timedelta(days=14)
    fields: dict[str, Any] = {
        "title": both("Consulta de prueba", "Test consultation"),
        "zone": "America/Lima",
        "closes_local": (closes - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M"),
        "closes_at": closes,
        "rules": RULES,
        "panel_rules": PANEL_RULES,
        "created_at": moment(),
    }
    a_round = Round(key=key, **(fields | values))
    for number in range(1, themes + 1):
        a_round.themes.append(
            Theme(
                key=f"t{number}",
                position=number,
                title=both(f"Tema {number}", f"Theme {number}"),
                description=both(f"De qué trata el tema {number}.", f"What theme {number} is about."),
                objectives=[number, number + 6],
            )
        )
    session.add(a_round)
    session.flush()
    return a_round


def build_phase(session: Session, a_round: Round, **values: Any) -> ProposingPhase:
    """A phase in which members propose people for a round, open for two days more."""
    ends = moment() + timedelta(days=2)
    fields: dict[str, Any] = {
        "zone": a_round.zone, "closes_local": f"{ends:%Y-%m-%dT%H:%M}", "closes_at": ends,
        "opened_at": moment() - timedelta(days=1), "for_themes": False, "for_people": True,
        "shown": "at_once", "supports": 3, "most": 3, "rule": "support", "themes": 10, "subregions": 1,
    }  # fmt: skip
    phase = ProposingPhase(**(fields | values))
    a_round.phases.append(phase)
    session.flush()
    return phase


def build_nominee(session: Session, a_round: Round, key: str = "n01", **values: Any) -> Nominee:
    """A nominee for the panel of a round."""
    fields: dict[str, Any] = {
        "name": f"Persona {key}",
        "organisation": f"Institución {key}",
        "role": "gov_national",
        "country": "PE",
        "sector": "gov_national",
        "gender": "woman",
        "topics": [],
        "created_at": moment(),
    }
    nominee = Nominee(round_id=a_round.id, key=key, **(fields | values))
    session.add(nominee)
    session.flush()
    return nominee


def build_seat(session: Session, a_round: Round, organisation: Organisation, number: int = 1) -> Seat:
    """A seat of an organisation on the roll of a round."""
    seat = Seat(
        round_id=a_round.id,
        organisation_id=organisation.id,
        key=f"s{number:03d}",
        pseudonym=f"{number:016x}",
        position=number,
        name=organisation.name,
        country=organisation.country,
        categories=dimensions.categories_of(organisation.country, organisation.categories),
        base=organisation.base,
    )
    session.add(seat)
    session.flush()
    for contact in organisation.contacts:
        if contact.active:
            put_on_file(session, seat, contact)
    return seat


def put_on_file(
    session: Session,
    seat: Seat,
    contact: Contact,
    *,
    at_opening: bool = True,
    since: datetime | None = None,
) -> None:
    """Let a contact's address be on file for a seat, since the opening or since later."""
    known = (SeatAddress.seat_id == seat.id, SeatAddress.contact_id == contact.id)
    at_that = select(SeatAddress.id).where(*known, SeatAddress.address == contact.email)
    if session.scalars(at_that).first() is not None:
        return
    session.add(
        SeatAddress(
            seat_id=seat.id,
            contact_id=contact.id,
            address=contact.email,
            name=contact.name,
            language=contact.language,
            at_opening=at_opening,
            young=not at_opening,
            votes=contact.may_vote,
            since=since or moment(),
        )
    )
    session.flush()


def build_link(session: Session, seat: Seat, contact: Contact) -> str:
    """A personal link to a seat: the token."""
    token = secrets.token_urlsafe(32)
    session.add(
        Link(
            purpose=VOTE,
            subject_id=seat.id,
            contact_id=contact.id,
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            created_at=moment(),
            expires_at=moment() + timedelta(days=90),
        )
    )
    session.flush()
    return token


def open_now(a_round: Round) -> Round:
    """Make a draft round open, as far as voting is concerned."""
    secret = secrets.token_bytes(32)
    a_round.state = "open"
    a_round.opened_at, a_round.ballot_fields = moment(), ballot_fields.as_kept()
    a_round.secret = secret.hex()
    a_round.commitment = hashlib.sha256(secret).hexdigest()
    return a_round
