"""Whom organisations propose for the panel: made, withdrawn, and told what became of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem, or_problem
from consulta.core.ranges import RANGES
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue, tongues
from consulta.platform.data.folding import fold
from consulta.platform.mailer.news import Item
from consulta.platform.messages import N_
from consulta.platform.models import Nomination, Organisation, Round
from consulta.platform.parts import Part
from consulta.platform.texts import address, line
from consulta.rounds import ballots, proposing
from consulta.rounds.ending import people_until, phase_of
from consulta.rounds.public_rounds import theme_line
from consulta.rounds.service import hold, subject

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work
    from consulta.rounds.values import Phase, ThemeLine


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal and its outcome, as the organisation reads it that made it."""

    number: int
    said: NomineeCommand
    state: str  # waiting, admitted, declined, merged
    contact: str
    proposed_at: datetime
    reason: str
    nominee_name: str  # that it became or was joined with
    on_ballot: bool


@dataclass(frozen=True, slots=True)
class OwnProposals:
    """What an organisation has proposed for a round, and whether it may propose more."""

    round_key: str
    round_title: Text
    organisation: str
    example: bool
    before_vote: bool
    here: str  # the zone of the organisation's country
    phase: Phase | None
    room: int
    themes: tuple[ThemeLine, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class ContactCommand:
    """How to reach a nominee and speak to them, for whom they speak and to what they agreed.

    Nothing of it stands on the ballot: it can be put right at any time. `government` is the State (its code)
    or the local government (its number) of which the nominee is, empty for none.
    """

    email: str = ""
    language: str = ""  # empty: the first of the installation
    languages: tuple[str, ...] = ()
    address_form: str = ""
    post: str = ""
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    delegate: str = ""
    speaks_for: tuple[str, ...] = ()
    consent_contact: bool = False
    consent_listed: bool = False
    consent_governments: bool = False
    government: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NomineeCommand(ContactCommand):
    """A nominee as proposed; no topics means any topic, no gender means that the person did not say.

    `language` is the one to write in, `languages` those that the person speaks. `organisation` is where the
    person belongs, `speaks_for` those who sent them. An institution may name a `delegate` later.
    """

    name: str
    organisation: str
    role: str
    country: str
    sector: str
    gender: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)  # those that an installation adds
    topics: tuple[str, ...] = ()
    recent: int | None = None  # none: as this tool remembers
    support: int | None = None
    kind: str = "person"
    about: str = ""  # one line on who it is, for those who vote


def of_round(session: Session, round_id: int, organisation_id: int | None = None) -> list[Nomination]:
    """Return the proposals of a round, or those of one organisation, in the order of arrival."""
    query = (
        select(Nomination)
        .where(Nomination.round_id == round_id)
        .options(
            joinedload(Nomination.organisation),
            joinedload(Nomination.contact),
            joinedload(Nomination.nominee),
        )
        .order_by(Nomination.id)
    )
    if organisation_id is not None:
        query = query.where(Nomination.organisation_id == organisation_id)
    return list(session.scalars(query))


def find(session: Session, round_id: int, number: int) -> Nomination | None:
    """Return one proposal of a round, or None."""
    query = select(Nomination).where(Nomination.round_id == round_id, Nomination.id == number)
    return session.scalars(query).first()


def of_nominee(session: Session, nominee_id: int) -> list[Nomination]:
    """Return the proposals that became one nominee."""
    query = select(Nomination).where(Nomination.nominee_id == nominee_id).order_by(Nomination.id)
    return list(session.scalars(query))


def joined_row(session: Session, number: int) -> list[Nomination]:
    """Return the proposals that were joined with a waiting one."""
    return list(session.scalars(select(Nomination).where(Nomination.into_id == number)))


def waiting(session: Session, round_id: int) -> int:
    """Return how many proposals of a round are not yet decided."""
    query = select(func.count()).where(Nomination.round_id == round_id, Nomination.state == "waiting")
    return session.scalar(query) or 0


NAME_MAX = 200
ABOUT_MAX = 120  # characters: 120 people still fit on the ballot's page of people
ADDRESS_FORM_MAX = 120
# What letters need besides, with the most characters of each.
DETAILS = {"post": NAME_MAX, "given_name": NAME_MAX, "family_name": NAME_MAX, "phone": 60}
SPEAKS_FOR_MOST = 20
KINDS = ("person", "institution")


def person(name: str, organisation: str) -> tuple[str, str]:
    """Return the key that identifies a nominee: folded name and organisation."""
    return fold(name), fold(organisation)


def faults(
    command: NomineeCommand, topics: Collection[str], taken: Collection[tuple[str, str]]
) -> Iterator[tuple[str, Problem]]:
    """Yield the faults of a nominee as pairs of field and Problem.

    `topics` are the keys of the round's themes, `taken` those who are nominees already (`person`).
    Problems: `nominee.name`, `.organisation`, `.role`, `.country`, `.sector`, `.gender`, `.attribute`,
    `.language`, `.email`, `.topic`, `.recent`, `.support`, `.twin`, `.kind`, `.languages`, `.speaks_for`,
    `.delegate`, `.address_form`, `.about`, and those of `DETAILS`.
    """
    for name in ("name", "organisation"):
        if not 0 < len(line(getattr(command, name))) <= NAME_MAX:
            yield name, Problem(f"nominee.{name}", most=NAME_MAX)
    known: dict[str, Collection[str | None]] = {
        "role": catalogue.roles_by_key(),
        "country": catalogue.countries_by_code(),
        "sector": catalogue.sectors_by_key(),
        "gender": [None, *catalogue.genders_by_key()],
        "kind": KINDS,
    }
    for name, values in known.items():
        if getattr(command, name) not in values:
            yield name, Problem(f"nominee.{name}", text=getattr(command, name))
    for each in attributes.faults(command.attributes):
        yield (
            each.field,
            Problem(
                "nominee.attribute",
                text=command.attributes[each.key],
                name=Text(each.names),
                field=each.field,
            ),
        )
    if len(line(command.about)) > ABOUT_MAX:
        yield "about", Problem("nominee.about", most=ABOUT_MAX)
    yield from contact_faults(command)
    wrong = [topic for topic in command.topics if topic not in topics or command.topics.count(topic) > 1]
    yield from (("topics", Problem("nominee.topic", text=topic)) for topic in dict.fromkeys(wrong))
    yield from _figures(command)
    if person(command.name, command.organisation) in taken:
        yield (
            "name",
            Problem("nominee.twin", name=line(command.name), organisation=line(command.organisation)),
        )


def contact_faults(command: ContactCommand) -> Iterator[tuple[str, Problem]]:
    """Yield the faults of a nominee's contact data as pairs of field and Problem.

    These are address, languages, delegate, form of address, post, parts of the name, telephone and for whom
    the nominee speaks.
    """
    if command.email and address(command.email) is None:
        yield "email", Problem("nominee.email", text=command.email)
    if command.language and command.language not in tongues.codes():
        yield "language", Problem("nominee.language", text=command.language)
    for language in dict.fromkeys(command.languages):
        if language not in catalogue.languages_by_key() or command.languages.count(language) > 1:
            yield "languages", Problem("nominee.languages", text=language)
    for name, most in {"delegate": NAME_MAX, "address_form": ADDRESS_FORM_MAX, **DETAILS}.items():
        if len(line(getattr(command, name))) > most:
            yield name, Problem(f"nominee.{name}", most=most)
    names = [line(name) for name in command.speaks_for]
    if len(names) > SPEAKS_FOR_MOST or any(not 0 < len(name) <= NAME_MAX for name in names):
        yield "speaks_for", Problem("nominee.speaks_for", most=SPEAKS_FOR_MOST, long=NAME_MAX)


def _figures(command: NomineeCommand) -> Iterator[tuple[str, Problem]]:
    for name, figure in (("recent", command.recent), ("support", command.support)):
        least, most = RANGES[name]
        if figure is not None and not least <= figure <= most:
            yield name, Problem(f"nominee.{name}", least=least, most=most)


def to_be_told(work: Work, found: Round) -> list[Item]:
    """Return what became of each proposal for the panel of a round that an organisation made."""
    rows = of_round(work.session, found.id)
    return [Item(row.organisation, row.contact, _facts(row)) for row in rows if row.organisation is not None]


def names(work: Work, found: Round) -> dict[int, str]:
    """Return who was proposed, by the number of the proposal."""
    return {row.id: row.said["name"] for row in of_round(work.session, found.id)}


def _facts(row: Nomination) -> dict[str, Any]:
    return {
        "number": row.id,
        "proposed": row.said["name"],
        "decision": row.state,
        "reason": row.reason,
        "into": row.nominee.name if row.nominee and row.state == "merged" else "",
        "on_ballot": bool(row.nominee and row.nominee.on_ballot) and row.round.opened_at is None,
    }


def decision_in_words(language: str, facts: Mapping[str, Any]) -> str:
    """Return who was proposed for the panel, and what was decided."""
    words = catalogue.mail_words(language)
    name = "proposal_ballot" if facts["on_ballot"] else f"proposal_{facts['decision']}"
    if facts["decision"] == "merged" and facts["into"]:
        name = "proposal_joined"
    return f"{facts['proposed']}:\n{words[name].format(reason=facts['reason'], into=facts['into'])}"


MOST = 20  # proposals of one organisation in a round


class _Proposer(NamedTuple):
    """The organisation for which a proposal is made, its contact, and the round."""

    round: Round
    organisation: Organisation
    contact_id: int | None


def own(work: Work, round_key: str) -> OwnProposals:
    """Return the proposals of the actor's organisation.

    Raise Problem `nomination.elsewhere` if the round is another one.
    """
    require(work, "nominations.propose")
    found, organisation, _ = _proposer(work, round_key)
    made = of_round(work.session, found.id, organisation.id)
    return OwnProposals(
        round_key=found.key,
        round_title=found.title,
        organisation=organisation.name,
        example=found.example,
        before_vote=found.state == State.DRAFT.value,
        here=catalogue.countries_by_code()[organisation.country].zone,
        phase=phase_of(found, work.now, "for_people"),
        room=MOST - len(made),
        themes=tuple(theme_line(theme) for theme in found.themes),
        proposals=tuple(
            Proposal(
                number=each.id,
                said=said_of(each),
                state=each.state,
                contact=each.contact.name if each.contact else "",
                proposed_at=each.proposed_at,
                reason=each.reason,
                nominee_name=each.nominee.name if each.nominee else "",
                on_ballot=each.nominee is not None and each.nominee.on_ballot,
            )
            for each in made
        ),
    )


def propose(work: Work, round_key: str, command: NomineeCommand, *, agreed: bool) -> int:
    """Propose a person or an institution for the panel, and return the number of the proposal.

    `agreed` states that the person agreed to the consents.

    Problems: `nomination.elsewhere`, `proposing.over`, `nomination.agreed`, `nomination.twin`,
    `nomination.many`, and those of `proposals.faults`.
    """
    require(work, "nominations.propose")
    hold(work, round_key)  # so that two contacts of an organisation cannot pass its limit together
    found, organisation, contact_id = _proposer(work, round_key)
    if people_until(found, work.now) is None:
        raise Problem("proposing.over")
    institution = command.organisation or (command.name if command.kind == "institution" else "")
    said = replace(command, recent=0, support=None, organisation=institution)
    for _, problem in faults(said, {theme.key for theme in found.themes}, ()):
        raise problem
    if not agreed and (said.consent_contact or said.consent_listed or said.consent_governments):
        raise Problem("nomination.agreed")
    made = of_round(work.session, found.id, organisation.id)
    wanted = person(said.name, said.organisation)
    if any(_is_twin(each, wanted) for each in made):
        raise Problem("nomination.twin", name=line(said.name))
    if len(made) >= MOST:
        raise Problem("nomination.many", most=MOST)
    row = Nomination(
        round_id=found.id,
        organisation_id=organisation.id,
        contact_id=contact_id,
        said=_kept(said),
        state="waiting",
        proposed_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, "nominations.proposed", found, row.id, organisation)
    return row.id


def withdraw(work: Work, round_key: str, number: int) -> None:
    """Take back a proposal that waits: nothing of it is kept. What was joined with it waits by itself again.

    Problems: `nomination.elsewhere`, `nomination.unknown`, `nomination.decided`.
    """
    require(work, "nominations.propose")
    hold(work, round_key)
    found, organisation, _ = _proposer(work, round_key)
    row = find(work.session, found.id, number)
    if row is None or row.organisation_id != organisation.id:
        raise Problem("nomination.unknown")
    if row.state != "waiting":
        raise Problem("nomination.decided")
    joined = joined_row(work.session, row.id)
    for each in joined:
        each.state, each.into_id, each.decided_at = "waiting", None, None
    work.session.delete(row)
    _record(work, "nominations.withdrawn", found, number, organisation)


def said_of(row: Nomination) -> NomineeCommand:
    """Return the data of the person or institution proposed."""
    return NomineeCommand(**row.said)


def _kept(said: NomineeCommand) -> dict[str, Any]:
    """Return the data of a proposal in the form in which it is stored."""
    texts = {name: line(getattr(said, name)) for name in ("name", "organisation", "address_form", *DETAILS)}
    return asdict(said) | texts | {"email": address(said.email) or "" if said.email else ""}


def _record(work: Work, action: str, found: Round, number: int, organisation: Organisation) -> None:
    work.record(action, subject(found), {"nomination": number, "organisation": organisation.id})


def _is_twin(row: Nomination, wanted: tuple[str, str]) -> bool:
    return row.state != "declined" and person(row.said["name"], row.said["organisation"]) == wanted


def _proposer(work: Work, round_key: str) -> _Proposer:
    """Return the proposer: the contact of the actor's seat or link, with round and organisation.

    Raise Problem `nomination.elsewhere` if the address is of another round.
    """
    if work.actor.role == "proposer":
        found, contact = or_problem(proposing.proposer(work, round_key), "nomination.elsewhere")
        return _Proposer(found, contact.organisation, contact.id)
    seat = ballots.seat(work.session, work.actor.seat_id or 0)
    if seat is None or seat.round.key != round_key:
        raise Problem("nomination.elsewhere")
    return _Proposer(seat.round, seat.organisation, work.actor.id)


def _waiting(work: Work) -> int:
    query = select(func.count()).select_from(Nomination).join(Round, Round.id == Nomination.round_id)
    query = query.where(Nomination.state == "waiting", Round.state.not_in(("published", "cancelled")))
    return work.session.scalar(query) or 0


PARTS = (
    Part(
        "people_proposals",
        "voting",
        N_("People proposed by members"),
        N_("Members propose whom to invite to the panel; you decide who becomes a nominee."),
        running=lambda work: proposing.running(work, "for_people"),
        waiting=_waiting,
    ),
)
