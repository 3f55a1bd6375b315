"""What stands in a practice when it begins: the team's accounts, its small electorate, and a draft.

What is taken over is read from the installation and written into the practice; nothing goes the other way.
Names are marked as of a practice, and nominees are invented: no guest is written to by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.operations.practice import place, queries
from consulta.operations.practice.service import account_of
from consulta.panel.nominees.importing import IMPORTER as NOMINEES
from consulta.people.members import service as members
from consulta.people.members.service import ContactCommand, OrganisationCommand
from consulta.platform.accounts import service as accounts
from consulta.platform.data import catalogue
from consulta.platform.deadlines import DEFAULT_ZONE, proposed
from consulta.platform.models import Contact, Organisation, Staff
from consulta.platform.work import COMMAND
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.themes import ThemeCommand

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.operations.practice.values import Account
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work
    from consulta.rounds.service import RoundCommand

ROUND = "ensayo"
NOMINEES_FILE = "nominees.csv"


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation with its contacts, as it stands in a practice."""

    command: OrganisationCommand
    contacts: tuple[ContactCommand, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """All that a practice takes over."""

    accounts: tuple[Account, ...]
    members: tuple[Member, ...]
    round: RoundCommand
    themes: list[dict[str, Any]]  # of a round; none: those of the example, with its nominees
    questions: list[dict[str, Any]]


def make(settings: Settings, bench: Bench, key: str, now: datetime) -> None:
    """Make the place of a practice that was asked for, and fill it."""
    with bench.read(COMMAND, now) as work:
        filling = read(work, key)
    place.make(settings, key)
    with place.opened(settings, key) as there, there.work(COMMAND, now) as inside:
        fill(inside, filling)


def read(work: Work, key: str) -> Filling:
    """Return what a practice takes over from the installation. Problem: `practice.unknown`."""
    row = queries.by_key(work.session, key)
    if row is None or row.state != "asked":
        raise Problem("practice.unknown")
    source = row.asked["source"]
    command = rounds.proposed(work, source)
    team = queries.desk(work.session)
    voting = [each for each in team if each.id in row.asked["staff"]]
    chosen = queries.organisations(work.session, row.asked["members"])
    taken, asked = queries.parts(work.session, source) if source else ([], [])
    return Filling(
        accounts=tuple(account_of(each) for each in team),
        members=(*(_of_team(*each) for each in zip(voting, _places(), strict=False)), *map(_of_list, chosen)),
        round=replace(
            command,
            key=ROUND,
            title=Text(dict.fromkeys(work.languages, row.title)),
            zone=command.zone or DEFAULT_ZONE,
            closes_local=proposed(work.now),
            rules=command.rules,
            example=True,
        ),
        themes=taken,
        questions=asked,
    )


def fill(work: Work, filling: Filling) -> None:
    """Write a filling into the empty database of a practice."""
    for account in filling.accounts:
        take_account(work, account)
    for member in filling.members:
        number = members.add_organisation(work, member.command)
        members.mark_example(work, number)
        for contact in member.contacts:
            members.add_contact(work, number, contact)
    key = rounds.create_round(work, filling.round)
    if filling.themes:
        queries.put(work.session, key, filling.themes, filling.questions)
        return
    for theme in catalogue.demo_themes():
        themes.save_theme(
            work, key, ThemeCommand(theme.title, theme.description, theme.objectives, key=theme.key)
        )
    upload = NOMINEES.keep(work, NOMINEES_FILE, catalogue.demo_file(NOMINEES_FILE), key)
    NOMINEES.carry_out(work, upload, NOMINEES.look(work, upload, key).seen, key)


def enter(settings: Settings, key: str, account: Account, now: datetime) -> tuple[str, int]:
    """Open a session in a practice for an account of the installation: its token, and the account there."""
    with place.opened(settings, key) as there, there.work(COMMAND, now) as work:
        person = take_account(work, account)
        token = accounts.start_session(work, staff_id=person.id, factor="practice")
        return token, person.id


def take_account(work: Work, account: Account) -> Staff:
    """Return the account of a person in a practice, made or brought up to date: same role, same password."""
    person = queries.accounts(work.session).get(account.email)
    if person is None:
        person = Staff(email=account.email, created_at=work.now)
        work.session.add(person)
    person.name, person.role, person.active = account.name, account.role, True
    person.language, person.password_hash = work.language(account.language), account.password_hash
    work.session.flush()
    return person


def _places() -> cycle[tuple[str, str]]:
    """Return countries and sectors in turn, so that people of the team stand for different groups."""
    by_subregion: dict[str, list[str]] = {}
    for country in catalogue.countries():
        by_subregion.setdefault(catalogue.subregion_of(country.iso2), []).append(country.iso2)
    countries = [codes[turn] for turn in range(2) for codes in by_subregion.values() if turn < len(codes)]
    sectors = [each.key for each in catalogue.sectors()]
    return cycle(list(zip(countries, cycle(sectors), strict=False)))


def _of_team(person: Staff, where: tuple[str, str]) -> Member:
    name = f"ENSAYO · {person.name or person.email}"
    return Member(
        OrganisationCommand(name=name, country=where[0], categories={"sector": where[1]}),
        (ContactCommand(name=person.name, email=person.email, language=person.language),),
    )


def _of_list(member: Organisation) -> Member:
    return Member(
        OrganisationCommand(
            name=member.name, country=member.country, categories=dict(member.categories), base=member.base
        ),
        tuple(_contact(each) for each in member.contacts if each.active and each.may_vote),
    )


def _contact(contact: Contact) -> ContactCommand:
    return ContactCommand(name=contact.name, email=contact.email, language=contact.language)
