"""Applications in the demonstration: one in each state that the secretariat sees."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.admission import deciding, news
from consulta.admission import service as admission
from consulta.admission.values import ApplicationCommand, PersonCommand
from consulta.data import catalogue
from consulta.door import service as door
from consulta.infra.listing import Wanted
from consulta.infra.work import ANONYMOUS, COMMAND
from consulta.links import service as links
from consulta.members import service as members
from consulta.own_data import service as own_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.cli.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class _Applicant:
    """An organisation of the demonstration that applies, and how far it comes."""

    name: str
    country: str
    sector: str
    about: str
    person: str
    sponsors: Sequence[str]  # beginnings of names of members
    days: int  # before now
    confirms: int  # sponsors
    other_names: str
    web: str
    language: str


ERASED = 5  # whose person asks to be erased later: no link is shown
_SAID = tomllib.loads(catalogue.demo_file("applications.toml").decode())


def apply(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Make the applications and decide some; return what can be opened: a label and an address each."""
    found = {each.name: each.id for each in desk.do(desk.now, members.list_members, Wanted(page=None)).rows}
    shown: list[tuple[str, str]] = []
    for number, each in enumerate(_applicants(), start=1):
        at = desk.day(-each.days)
        _apply(desk, each, found, at)
        with desk.bench.work(COMMAND, at) as work:
            own, _none = deciding.hand_out(work, number)
        with desk.bench.work(ANONYMOUS, at + timedelta(minutes=7)) as work:
            door.enter(work, "q", own)
        with desk.bench.work(COMMAND, at + timedelta(minutes=9)) as work:
            own, asked = deciding.hand_out(work, number)
        tokens = list(asked.items())
        for days, (_name, token) in enumerate(tokens[: each.confirms], start=1):
            _confirm(desk, token, at + timedelta(hours=20 * days))
        shown += [(f"{each.name}: {name}", _url(desk, token, "r")) for name, token in tokens[each.confirms :]]
        if number != ERASED:
            shown.append((each.name, _url(desk, own, news.WAY)))
    _decide(desk)
    return (*shown, _own_data(desk, found))


def _own_data(desk: Desk, found: dict[str, int]) -> tuple[str, str]:
    """Let a member correct its data and ask for another sector; return its link, with whose it is."""
    name = next(each for each in found if each.startswith(_SAID["corrects"]))
    with desk.bench.work(COMMAND, desk.day(-3)) as work:
        token = own_data.hand_out(work, found[name])
    with desk.bench.work(ANONYMOUS, desk.day(-3)) as work:
        entrance = door.enter(work, own_data.WAY, token)
    if entrance is None:
        raise RuntimeError("a link that was just made opens nothing")
    with desk.bench.work(entrance.actor, desk.day(-3) + timedelta(minutes=4)) as work:
        line = own_data.own(work).line
        own_data.change_details(work, line.name, _SAID["corrects_web"])
        own_data.ask_categories(work, line.country, {**line.categories, "sector": _SAID["corrects_sector"]})
    return f"{name}: {_SAID['corrects_label']}", _url(desk, token, own_data.WAY)


def _applicants() -> list[_Applicant]:
    return [_Applicant(**each) for each in _SAID["applicant"]]


def _decide(desk: Desk) -> None:
    day = desk.day(-9)
    desk.do(day, deciding.admit, 1, _seen(desk, 1), f"{day:%Y-%m-%d}", _SAID["admitted"])
    desk.do(desk.day(-6), deciding.give_back, 4, _seen(desk, 4), _SAID["question"])
    desk.do(desk.day(-17), deciding.decline, 5, _seen(desk, 5), _SAID["declined"])


def _seen(desk: Desk, number: int) -> int:
    return desk.do(desk.now, deciding.look, number).application.version


def _apply(desk: Desk, said: _Applicant, found: dict[str, int], at: datetime) -> None:
    criteria = catalogue.notice_drafts(desk.bench.languages)["criteria"]
    language = said.language if said.language in desk.bench.languages else desk.bench.languages[0]
    host = "".join(sign for sign in said.name.partition(" (")[0].lower() if sign.isascii() and sign.isalpha())
    command = ApplicationCommand(
        name=said.name,
        country=said.country,
        categories={"sector": said.sector},
        about=said.about,
        people=(PersonCommand(said.person, f"contacto@{host}.example.org", "", language),),
        sponsors=tuple(_named(found, each) for each in said.sponsors),
        language=language,
        criteria=criteria.best(language, *desk.bench.languages),
        other_names=said.other_names,
        web=said.web,
        accepts=True,
        consents=True,
    )
    with desk.bench.work(ANONYMOUS, at) as work:
        admission.apply(work, command, example=True)


def _named(found: dict[str, int], begins: str) -> int:
    return next(number for name, number in found.items() if name.startswith(begins))


def _confirm(desk: Desk, token: str, at: datetime) -> None:
    with desk.bench.work(ANONYMOUS, at) as work:
        opened = door.find(work, "r", token, hold=True)
        if opened is None:
            raise RuntimeError("a link that was just made opens nothing")
        admission.sponsor(replace(work, actor=opened.actor), opened.link, "confirm", "")


def _url(desk: Desk, token: str, way: str) -> str:
    return links.url(desk.base_url, desk.bench.languages[0], token, way)
