"""Members who propose for the panel: a round that takes proposals, and voters who make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.panel import nominee_proposals, nominees, proposals
from consulta.panel.proposals import NomineeCommand
from consulta.platform.models import Contact, Organisation, Seat
from consulta.platform.work import Actor
from consulta.rounds import proposing
from consulta.rounds.proposing import PhaseCommand
from tests.drafts import KEY, NOW, make_open, reading, writing

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.panel.nominee_proposals import ProposalsDesk
    from consulta.panel.nominees import NomineesView
    from consulta.platform.models import Nomination
    from consulta.platform.work import Bench, Work

UNTIL = "2027-02-20T17:00"  # in Panama, nineteen days after `NOW`


def taking(bench: Bench, *countries: str, until: str = UNTIL, **values: Any) -> str:
    """An open round whose members may propose."""
    key = make_open(bench, *countries, **values)
    with writing(bench) as work:
        let_propose(work, key, until)
    return key


def let_propose(work: Work, key: str, until: str, *, for_themes: bool = False) -> None:
    """Let members propose people until an hour, and themes too if asked for."""
    proposing.plan(work, key, PhaseCommand(until, for_themes=for_themes))
    proposing.open_now(work, key)


def voter(bench: Bench, country: str = "PE") -> Actor:
    """The contact of the organisation of that country, as a personal link makes them known."""
    with reading(bench) as work:
        query = (
            select(Seat.id, Contact.id)
            .join(Organisation, Organisation.id == Seat.organisation_id)
            .join(Contact, Contact.organisation_id == Organisation.id)
            .where(Organisation.country == country)
        )
        seat, contact = work.session.execute(query).one()
    return Actor("voter", contact, "", seat_id=seat)


def said(name: str = "Rosa Quispe", **values: Any) -> NomineeCommand:
    """Whom a member proposes."""
    fields: dict[str, Any] = {
        "name": name,
        "organisation": "Ministerio de Prueba",
        "role": "gov_national",
        "country": "PE",
        "sector": "gov_national",
    }
    return NomineeCommand(**(fields | values))


def propose(
    bench: Bench,
    actor: Actor,
    command: NomineeCommand | None = None,
    *,
    agreed: bool = False,
    at: datetime = NOW,
) -> int:
    """Propose a person in that name; the proposal's number."""
    with bench.work(actor, at) as work:
        return proposals.propose(work, KEY, command or said(), agreed=agreed)


def on_desk(bench: Bench) -> ProposalsDesk:
    """The desk's list."""
    with reading(bench) as work:
        return nominee_proposals.desk(work, KEY)


def numbered(bench: Bench, number: int) -> Nomination:
    """One proposal at the desk."""
    return next(each for each in on_desk(bench).proposals if each.id == number)


def listed(bench: Bench) -> NomineesView:
    """The nominees at the desk."""
    with reading(bench) as work:
        return nominees.list_nominees(work, KEY)
