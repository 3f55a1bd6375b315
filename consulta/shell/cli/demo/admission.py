"""Applications in the demonstration: one in each state that the secretariat sees."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.people import admission, members, own_data
from consulta.people.admission import ApplicationCommand
from consulta.people.members import ContactCommand
from consulta.platform import door
from consulta.platform.data import catalogue
from consulta.platform.listing import Wanted
from consulta.platform.work import ANONYMOUS, COMMAND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.shell.cli.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class Applicant:
    """An organisation of the demonstration that applies, how far it comes, and what is decided of it."""

    name: str
    country: str
    sector: str
    about: str
    person: str
    sponsors: Sequence[str]  # beginnings of names of members
    days: int  # before now
    confirms: int  # sponsors
    decision: str  # empty where nothing was decided
    decided: int  # days before now
    other_names: str
    web: str
    language: str


ERASED = 1  # whose person asks to be erased later: no link is shown
_SAID = tomllib.loads(catalogue.demo_file("applications.toml").decode())


def applicants() -> list[tuple[int, Applicant]]:
    """Return those who apply, in the order in which they do, each with the number of its application."""
    return list(enumerate((Applicant(**each) for each in _SAID["applicant"]), start=1))


def apply(desk: Desk, number: int, applicant: Applicant) -> list[tuple[str, str]]:
    """Let an organisation apply and its sponsors confirm, and decide; return links, each with whose it is."""
    at = desk.day(-applicant.days)
    with desk.work(ANONYMOUS, at) as work:
        admission.apply(work, _command(desk, applicant), example=True)
    with desk.work(COMMAND, at) as work:
        own, _none = admission.hand_out(work, number)
    with desk.work(ANONYMOUS, at + timedelta(minutes=7)) as work:
        door.enter(work, "q", own)
    with desk.work(COMMAND, at + timedelta(minutes=9)) as work:
        own, asked = admission.hand_out(work, number)
    tokens = list(asked.items())
    for turn, (_name, token) in enumerate(tokens[: applicant.confirms], start=1):
        with desk.asked(token, at + timedelta(hours=20 * turn)) as (work, opened):
            admission.sponsor(work, opened.link, "confirm", "")
    _decide(desk, number, applicant)
    left = tokens[applicant.confirms :]
    shown = [(f"{applicant.name}: {name}", desk.url("r", token)) for name, token in left]
    return shown if number == ERASED else [*shown, (applicant.name, desk.url(admission.WAY, own))]


def _decide(desk: Desk, number: int, applicant: Applicant) -> None:
    at, reason = desk.day(-applicant.decided), _SAID.get(applicant.decision)
    seen = desk.see(admission.look, number).application.version
    if applicant.decision == "admitted":
        desk.do(at, admission.admit, number, seen, f"{at:%Y-%m-%d}", reason)
    elif applicant.decision == "declined":
        desk.do(at, admission.decline, number, seen, reason)
    elif applicant.decision == "question":
        desk.do(at, admission.give_back, number, seen, reason)


def correct(desk: Desk) -> list[tuple[str, str]]:
    """Let a member correct its data and ask for another sector; return its link, with whose it is."""
    name, member = next(each for each in _members(desk).items() if each[0].startswith(_SAID["corrects"]))
    with desk.work(COMMAND, desk.day(-3)) as work:
        token = own_data.hand_out(work, member)
    url = desk.url(own_data.WAY, token)
    with desk.entered(url, desk.day(-3), minutes=4) as work:
        mine = own_data.own(work)
        own_data.change_details(work, mine.name, _SAID["corrects_web"])
        own_data.ask_categories(work, mine.country, {**mine.entered, "sector": _SAID["corrects_sector"]})
    return [(f"{name}: {_SAID['corrects_label']}", url)]


def _members(desk: Desk) -> dict[str, int]:
    return {each.name: each.id for each in desk.see(members.list_members, Wanted(page=None)).rows}


def _command(desk: Desk, said: Applicant) -> ApplicationCommand:
    found = _members(desk)
    criteria = catalogue.notice_drafts(desk.bench.languages)["criteria"]
    language = said.language if said.language in desk.bench.languages else desk.bench.languages[0]
    host = "".join(sign for sign in said.name.partition(" (")[0].lower() if sign.isascii() and sign.isalpha())
    return ApplicationCommand(
        name=said.name,
        country=said.country,
        categories={"sector": said.sector},
        about=said.about,
        people=(ContactCommand(said.person, f"contacto@{host}.example.org", language),),
        sponsors=tuple(_named(found, each) for each in said.sponsors),
        language=language,
        criteria=criteria.best(language, *desk.bench.languages),
        other_names=said.other_names,
        web=said.web,
        accepts=True,
        consents=True,
    )


def _named(found: dict[str, int], begins: str) -> int:
    return next(number for name, number in found.items() if name.startswith(begins))
