"""Lists of the panel for use outside: for the secretariat's letters, for participants, for governments.

This module decides who may stand on each list and with which columns. An address or a telephone number is
included only if its person agreed to be written to; a list for others has name, institution and country of
the people who agreed to that. Gender is on no list but the secretariat's own, and only if its column was
asked for; the log keeps that it was. Support is on no list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.core.invitations import COMING, WAITING, Invited
from consulta.core.problems import Problem
from consulta.panel import dialogues, invitation_mails, invitations
from consulta.panel import documents as documents_of
from consulta.panel.documents import members_of
from consulta.platform import documents
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue
from consulta.platform.labels import name_of
from consulta.results.service import closed_round
from consulta.rounds import public_rounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.models import Nominee, Round
    from consulta.platform.work import Work


OWN = (
    "address_form",
    "name",
    "given_name",
    "family_name",
    "post",
    "organisation",
    "role",
    "country",
    "subregion",
    "sector",
    "language",
    "email",
    "phone",
    "answer_by",
    "state",
    "topic",
)
"""What may stand on the secretariat's own list, in the order in which it does."""
USUAL = tuple(column for column in OWN if column != "sector")


def sensitive() -> tuple[str, ...]:
    """Return the columns of what people said of themselves: gender and the attributes that are added."""
    return ("gender", *(each.field for each in attributes.added()))


FOR_OTHERS = ("name", "organisation", "country")

Purpose = Literal["own", "participants", "governments"]
AGREED: Mapping[str, Callable[[Nominee], bool]] = {
    "own": lambda _: True,
    "participants": lambda nominee: nominee.consent_listed,
    "governments": lambda nominee: nominee.consent_governments,
}
RESERVES = "reserves"
"""The list of those who are asked to hold the date, who are not on the panel."""

ANSWERS: Mapping[str, frozenset[Invited]] = {
    "all": frozenset(Invited) - {Invited.REPLACED},
    "accepted": COMING,
    "waiting": WAITING | {Invited.PROPOSED},
}


@dataclass(frozen=True, slots=True)
class ListCommand:
    """Which list: for whom, of whom (`ANSWERS`, `RESERVES`), which columns; `mailable`: with an address."""

    purpose: str = "own"
    answer: str = "all"
    columns: tuple[str, ...] = USUAL
    mailable: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """A person on the panel, with the address and the language in which to write to them."""

    name: str
    delegate: str  # who comes for an institution
    is_person: bool
    organisation: str
    role: Text
    country: Text
    subregion: Text
    sector: Text
    language: str
    email: str  # empty where the person did not agree to be written to
    phone: str  # the same
    state: str
    address_form: str = ""
    given_name: str = ""
    family_name: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class GuestList:
    """The people of the panel as it stands, with what a file of them says about itself."""

    round_key: str
    title: Text
    topics: tuple[Text, ...]
    answer_by: str  # the day by which an answer is requested; "" where none was set
    panel_version: int
    command: ListCommand
    guests: tuple[Guest, ...]
    left_out: int  # because they did not agree to this list, or cannot be written to
    personal: Mapping[str, tuple[Text | None, ...]]  # beside the guests, by column that was asked for
    made_at: datetime
    made_by: str
    example: bool


@dataclass(frozen=True, slots=True)
class ListsPage:
    """What can be taken out: how many people would stand on each list, and who would not, by name."""

    title: Text
    answers: Mapping[str, int]
    without_address: tuple[str, ...]
    not_listed: tuple[str, ...]
    not_to_governments: tuple[str, ...]
    people: int
    example: bool


def lists_page(work: Work, key: str) -> ListsPage:
    """Return which lists there are: how many people by answer, and who would not stand on each.

    Problems: `panel.unknown`, `panel.impossible`, `round.unknown`, `round.not_closed`.
    """
    require(work, "invitations.read")
    found = closed_round(work, key)
    _, people = _panel(work, found)
    states = _states(work, found)
    return ListsPage(
        title=public_rounds.card(found, 0, 0).title,
        answers={
            answer: sum(states.get(each.key, Invited.PROPOSED) in wanted for each in people)
            for answer, wanted in ANSWERS.items()
        }
        | {RESERVES: len(_reserves(work, found))},
        without_address=tuple(n.name for n in people if not invitation_mails.may_be_written_to(n)),
        not_listed=tuple(n.name for n in people if not n.consent_listed),
        not_to_governments=tuple(n.name for n in people if not n.consent_governments),
        people=len(people),
        example=found.example,
    )


def guest_list(work: Work, key: str, command: ListCommand | None = None) -> GuestList:
    """Return a list of the panel as it stands.

    The log keeps that it was taken out, for which purpose, with which columns.

    Problems: `panel.unknown`, `panel.impossible`, `list.columns`, `list.unknown`, `round.unknown`,
    `round.not_closed`.
    """
    require(work, "invitations.export")
    command = _checked(command or ListCommand())
    found = closed_round(work, key)
    version, people = _panel(work, found)
    states = _states(work, found)
    if command.answer == RESERVES:
        wanted = _reserves(work, found)
    else:
        wanted = [n for n in people if states.get(n.key, Invited.PROPOSED) in ANSWERS[command.answer]]
    session = dialogues.of_round(work, key)
    on_it = [n for n in wanted if AGREED[command.purpose](n) and _is_reached(n, command)]
    work.record(
        "invitations.exported",
        f"round:{found.id}",
        {
            "version": version,
            "guests": len(on_it),
            "list": command.purpose,
            "answer": command.answer,
            "columns": list(command.columns),
            "gender": "gender" if "gender" in command.columns else "without_gender",
            "role": work.actor.role,
        },
    )
    return GuestList(
        round_key=key,
        title=public_rounds.card(found, 0, 0).title,
        topics=invitation_mails.topics_of(work, found, None),
        answer_by=session.answer_by if session is not None else "",
        panel_version=version,
        command=command,
        guests=tuple(_guest(work, each, states.get(each.key, Invited.PROPOSED)) for each in on_it),
        left_out=len(wanted) - len(on_it),
        personal={
            column: tuple(_personal(each, column) for each in on_it)
            for column in sensitive()
            if column in command.columns
        },
        made_at=work.now,
        made_by=work.actor.name,
        example=found.example,
    )


def _personal(nominee: Nominee, column: str) -> Text | None:
    """Return what a person said of themselves; None where nothing was said."""
    key = column.removeprefix(attributes.PREFIX)
    value = nominee.gender if column == attributes.GENDER else nominee.attributes.get(key)
    return name_of(key, value) if value else None


def _checked(command: ListCommand) -> ListCommand:
    """Return the command with its columns in order, if there is such a list.

    Problems: `list.columns` (none), `list.unknown`.
    """
    allowed = (*OWN, *sensitive()) if command.purpose == "own" else FOR_OTHERS
    # Nobody but the secretariat reads who may come in another's place.
    answers = {*ANSWERS, RESERVES} if command.purpose == "own" else {*ANSWERS}
    if command.purpose not in AGREED or command.answer not in answers or set(command.columns) - {*allowed}:
        raise Problem("list.unknown")
    if not command.columns:
        raise Problem("list.columns")
    columns = tuple(column for column in allowed if column in command.columns)
    return ListCommand(command.purpose, command.answer, columns, command.mailable)


def _panel(work: Work, found: Round) -> tuple[int, list[Nominee]]:
    """Return the version and the people of the newest panel that has members.

    Raise Problem `panel.impossible` if the rules can be met by no panel, `panel.unknown` if none was
    chosen.
    """
    kept = invitations.newest(work, found)
    if kept is None:
        any_at_all = documents.find(work.session, found.id, "panel")
        raise Problem("panel.impossible") if any_at_all else Problem("panel.unknown", key=found.key)
    people = {nominee.key: nominee for nominee in found.nominees}
    return kept.version, [people[member] for member in members_of(kept.content)]


def _reserves(work: Work, found: Round) -> list[Nominee]:
    """Return who is asked to hold the date beside the newest panel that has members."""
    kept = invitations.newest(work, found)
    asked = documents_of.of(kept).sitting.reserves if kept else None
    people = {nominee.key: nominee for nominee in found.nominees}
    return [people[key] for key in asked.people if key in people] if asked else []


def _states(work: Work, found: Round) -> dict[str, Invited]:
    return {
        each.nominee.key: Invited(each.state) for each in invitation_mails.of_round(work.session, found.id)
    }


def _is_reached(nominee: Nominee, command: ListCommand) -> bool:
    if not command.mailable:
        return True
    person = nominee.kind == "person" or nominee.delegate
    return bool(person) and invitation_mails.may_be_written_to(nominee)


def _guest(work: Work, nominee: Nominee, state: Invited) -> Guest:
    return Guest(
        name=nominee.name,
        delegate=nominee.delegate,
        is_person=nominee.kind == "person",
        organisation=nominee.organisation,
        role=name_of("role", nominee.role),
        country=name_of("country", nominee.country),
        subregion=name_of("subregion", catalogue.subregion_of(nominee.country)),
        sector=name_of("sector", nominee.sector),
        language=work.language(nominee.language),
        email=nominee.email if nominee.consent_contact else "",
        phone=nominee.phone if nominee.consent_contact else "",
        state=state.value,
        address_form=nominee.address_form,
        given_name=nominee.given_name,
        family_name=nominee.family_name,
        post=nominee.post,
    )
