"""A draft of the demonstration in which members propose now, by links of which some are printed."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from consulta.panel import proposals as people
from consulta.people import members
from consulta.platform import door
from consulta.platform.data import catalogue
from consulta.platform.door import Given
from consulta.platform.listing import Wanted
from consulta.platform.models import PROPOSE
from consulta.platform.work import COMMAND
from consulta.rounds import proposing
from consulta.rounds import service as rounds
from consulta.rounds.links import IssuedLink
from consulta.shell.cli.demo import nominations
from consulta.themes import proposals
from consulta.themes.proposals import ThemeProposalCommand

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

MOST, SUPPORTS, THEMES = 2, 3, 8
APART = 5  # of the organisations in their order, every so many-th proposes, and others support


def propose(desk: Desk, command: rounds.RoundCommand) -> tuple[IssuedLink, ...]:
    """Make the round and open its phase; return a link in each language, of members that did nothing yet."""
    opened = desk.day(-6)
    desk.do(opened, rounds.create_round, command)
    ends = f"{desk.day(8):%Y-%m-%d}T17:00"
    rules = proposing.PhaseCommand(ends, supports=SUPPORTS, most=MOST, themes=THEMES)
    desk.do(opened + timedelta(minutes=20), proposing.plan, command.key, rules)
    desk.do(opened + timedelta(hours=1), proposing.open_now, command.key)
    issued = _links(desk, command.key, opened + timedelta(hours=1))
    desk.let_mail_leave(opened + timedelta(hours=2))
    desk.stories.tell(_people, desk, command.key, issued, opened + timedelta(hours=9))
    _fill(desk, command.key, issued, opened + timedelta(hours=9))
    waiting = {link.language: link for link in (*reversed(issued), *reversed(issued[1::APART]))}
    return tuple(waiting[each] for each in desk.bench.languages if each in waiting)


def _links(desk: Desk, key: str, at: datetime) -> list[IssuedLink]:
    """Return a further link to propose for one contact of each organisation that may propose."""
    found = desk.see(members.list_members, Wanted(page=None)).rows
    people = [
        (line, next(each for each in line.contacts if each.active and each.may_vote))
        for line in found
        if line.active and any(each.active and each.may_vote for each in line.contacts)
    ]
    number = desk.see(rounds.round_line, key).id
    with desk.work(COMMAND, at) as work:
        tokens = door.give(work, PROPOSE, [Given(number, contact.id) for _, contact in people])
        work.record("proposing.written", f"round:{number}", {"count": len(people)})
    return [
        IssuedLink(
            line.name, contact.name, contact.email, contact.language, _url(desk, contact.language, token)
        )
        for (line, contact), token in zip(people, tokens, strict=True)
    ]


def _url(desk: Desk, language: str, token: str) -> str:
    return f"{desk.base_url}/{language}/{proposing.WAY}/{token}"


def _fill(desk: Desk, key: str, issued: Sequence[IssuedLink], at: datetime) -> None:
    """Let members propose themes, each in its language, and others support what they read."""
    said = tomllib.loads(catalogue.demo_file("themes_open_now.toml").decode())["proposal"]
    proposers = list(issued[::APART])
    for place, each in enumerate(said):
        moment = at + timedelta(hours=14 * place)
        speaks = [link for link in proposers if link.language == each["language"]]
        proposer = (speaks or proposers)[0]  # an installation may offer fewer languages
        proposers.remove(proposer)
        with desk.entered(proposer.url, moment, minutes=8) as work:
            number = proposals.propose(work, key, _command(each))
        supporters = islice(issued[2::APART], 3 * place, 3 * place + each["behind"])
        for turn, link in enumerate(supporters, start=1):
            with desk.entered(link.url, moment + timedelta(hours=turn), minutes=8) as work:
                proposals.support(work, key, number)


def _people(desk: Desk, key: str, issued: Sequence[IssuedLink], at: datetime) -> None:
    """Let members propose people for the panel."""
    for turn, (command, link) in enumerate(
        zip(nominations.proposed("people_now.csv"), issued[3::APART], strict=False)
    ):
        with desk.entered(link.url, at + timedelta(hours=30 + 7 * turn), minutes=9) as work:
            people.propose(work, key, command, agreed=command.consent_contact)


def _command(said: dict[str, Any]) -> ThemeProposalCommand:
    return ThemeProposalCommand(
        language=said["language"],
        title=said["title"],
        why=said["why"],
        objectives=tuple(said["objectives"]),
        countries=tuple(said["countries"]),
        populations=tuple(said["populations"]),
    )
