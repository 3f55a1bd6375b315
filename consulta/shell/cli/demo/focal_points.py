"""Focal points in the demonstration: in term, about to end, asked, and one that waits for the secretariat."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.people import focal_points, members, own_data
from consulta.people.focal_points import FocalCommand
from consulta.platform import door
from consulta.platform.data import catalogue
from consulta.platform.listing import Wanted
from consulta.platform.work import COMMAND

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

_SAID = tomllib.loads(catalogue.demo_file("focal_points.toml").decode())


def name(desk: Desk) -> list[tuple[str, str]]:
    """Make the focal points; return the link of the one who is asked, with whose it is."""
    found = {each.name: each.id for each in desk.see(members.list_members, Wanted(page=None)).rows}
    shown = []
    for said in _SAID["focal"]:  # in the order in which they are named
        member = next(number for each, number in found.items() if each.startswith(said["member"]))
        command = FocalCommand(
            **{each: said[each] for each in ("kind", "country", "place", "name", "email", "phone")}
        )
        if said["answer"] == "waits":
            _named(desk, member, command)
        elif token := _asked(desk, member, command, said):
            shown.append((said["name"], desk.url("r", token)))
    return shown


def _named(desk: Desk, member: int, command: FocalCommand) -> None:
    """Let a member name a person by the link to its own data."""
    at = desk.day(-1)
    with desk.work(COMMAND, at) as work:
        token = own_data.hand_out(work, member)
    with desk.entered(desk.url(own_data.WAY, token), at, minutes=6) as work:
        focal_points.name_focal_point(work, command)


def _asked(desk: Desk, member: int, command: FocalCommand, said: dict[str, Any]) -> str:
    """Let the secretariat name a person, and the person answer; return the link of one who has not."""
    at = desk.day(min(said["starts"], 0) - 4)
    starts, ends = (f"{desk.day(said[each]):%Y-%m-%d}" for each in ("starts", "ends"))
    number = desk.do(at, focal_points.name_by_desk, member, command, starts, ends)
    with desk.work(COMMAND, at) as work:
        token = focal_points.hand_out(work, number)
    if said["answer"] == "asked":
        return token
    _answer(desk, token, said["answer"], at + timedelta(hours=30))
    return ""


def _answer(desk: Desk, token: str, choice: str, at: datetime) -> None:
    with desk.asked(token, at) as (work, opened):
        focal_points.answer(work, opened.link, choice, "")
        door.answered(work, opened.link, choice)
