"""After the session of the demonstration: what it agreed, and how those who took part evaluated it."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.people import members
from consulta.platform.data import catalogue
from consulta.platform.listing import Wanted
from consulta.platform.work import Actor
from consulta.sessions import evaluation, minutes
from consulta.sessions.evaluation import PersonCommand
from consulta.vote.questions import digest

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

_SAID = tomllib.loads(catalogue.demo_file("after_session.toml").decode())
_STEPS = (4, 5, 3, 4, 5, 4, 2, 5, 3, 4)  # answers on scales, in turn
_TIMES = (2, 3, 3, 2, 3, 3, 1, 3, 2, 3)
_HINDRANCES = (("4",), ("7",), ("1", "3"), ("7",), ("2",), ("3", "4"), ("7",), ("1",), ("6",))
_ADDED = 40
_LAST_DAY = 24  # days after the session until whose end answers were taken


def agree(desk: Desk, key: str, ends_at: datetime) -> None:
    """Write down what the session agreed, mark what was done, and publish the minutes."""
    written = ends_at + timedelta(days=4)
    days: list[tuple[int, int]] = []  # after which something was done, each with the number of what
    for said in _SAID["agreement"]:
        due = _day(ends_at, said["due"]) if "due" in said else ""
        if "left" in said:
            due = f"{desk.day(said['left']):%Y-%m-%d}"
        number = desk.do(written, minutes.save, key, Text(said["text"]), said["responsible"], due)
        if "done" in said:
            days.append((said["done"], number))
    desk.do(ends_at + timedelta(days=53), minutes.publish, key)
    for after, number in sorted(days):
        at = ends_at + timedelta(days=after, hours=3)
        desk.do(max(at, ends_at + timedelta(days=54)), minutes.done, key, number, _day(ends_at, after))


def evaluate(desk: Desk, key: str, ends_at: datetime) -> None:
    """Ask those who took part, let two thirds of them answer, remind the others, and publish."""
    desk.do(ends_at + timedelta(days=2), evaluation.prepare, key)
    desk.do(ends_at + timedelta(days=2), evaluation.add_people, key, _more(desk))
    asked_at = ends_at + timedelta(days=3)
    desk.do(asked_at, evaluation.ask, key, _day(ends_at, _LAST_DAY))
    view = desk.do(asked_at, evaluation.desk_page, key)
    questions, people = digest(view.questions), [each.id for each in view.people]
    late = ends_at + timedelta(days=14)
    for place, number in enumerate(people):
        if place % 3 == 0:
            _answer(desk, number, questions, _said(place), asked_at + timedelta(hours=place + 5))
    desk.do(late, evaluation.remind, key)
    for place, number in enumerate(people):
        if place % 3 == 1:
            _answer(desk, number, questions, _said(place), late + timedelta(hours=place + 2))
    desk.do(ends_at + timedelta(days=60), evaluation.publish, key)


def _more(desk: Desk) -> list[PersonCommand]:
    """Return people of members who took part and whom the secretariat adds by hand."""
    rows = desk.see(members.list_members, Wanted(page=None)).rows
    return [
        PersonCommand(contact.name, each.name, contact.email, contact.language)
        for each in rows[:: max(len(rows) // _ADDED, 1)]
        for contact in each.contacts[:1]
    ]


def _answer(desk: Desk, number: int, asked: str, said: dict[str, list[str]], at: datetime) -> None:
    with desk.work(Actor("participant", number), at) as work:
        evaluation.answer(work, said, asked)


def _said(place: int) -> dict[str, list[str]]:
    """Return what a person answers, by its place; some leave some out."""
    said: dict[str, Any] = {
        key: [str(_STEPS[(place * 3 + number * 7) % len(_STEPS)])]
        for number, key in enumerate(("e1", "e2", "e4", "e5", "e6", "e8", "e9"))
        if (place + number) % 11
    }
    said["e3"] = [str(_TIMES[place % len(_TIMES)])]
    said["e7"] = list(_HINDRANCES[place % len(_HINDRANCES)])
    if place % 4 == 0:
        said["e10"] = [_SAID["texts"][place // 4 % len(_SAID["texts"])]]
    return said


def _day(ends_at: datetime, after: int) -> str:
    return f"{ends_at + timedelta(days=after):%Y-%m-%d}"
