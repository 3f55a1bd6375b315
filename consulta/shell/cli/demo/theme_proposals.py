"""Members of the demonstration propose themes for a round before it opens; the secretariat reviews them.

Some are merged, translated, edited, asked about or declined, and what has most support goes on the ballot.
"""

from __future__ import annotations

import tomllib
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.texts import Text
from consulta.desk import proposing as telling
from consulta.people import members
from consulta.platform import door
from consulta.platform.data import catalogue, tongues
from consulta.platform.door import Given
from consulta.platform.listing import Wanted
from consulta.platform.models import PROPOSE
from consulta.rounds import proposing, themes
from consulta.rounds import service as rounds
from consulta.rounds.proposing import PhaseCommand
from consulta.themes import proposals, review
from consulta.themes.proposals import ThemeProposalCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from consulta.platform.work import Work
    from consulta.rounds.themes import ThemeCommand
    from consulta.shell.cli.demo.desk import Desk

FIRST = tongues.codes()[0]
MOST = 6  # themes of members that go on the ballot


class _Member(NamedTuple):
    """An organisation whose contact can propose."""

    name: str
    contact: int
    subregion: str


def proposed() -> list[dict[str, Any]]:
    """Return what members propose, as the file says it."""
    rows: list[dict[str, Any]] = tomllib.loads(catalogue.demo_file("theme_proposals.toml").decode())[
        "proposal"
    ]
    return rows


def own(given: Sequence[ThemeCommand]) -> list[ThemeCommand]:
    """Return the themes that no member proposes."""
    theirs = {row.get("theme") for row in proposed()}
    return [each for each in given if each.key not in theirs]


def fill(desk: Desk, key: str, at: datetime, given: Sequence[ThemeCommand]) -> None:
    """Let members propose themes for a draft from `at` on, for ten days, and put them on its ballot.

    `given` are the themes as the round has them otherwise: those of members get their keys and texts.
    """
    until = at + timedelta(days=10)
    command = PhaseCommand(f"{until:%Y-%m-%d}T17:00", for_people=False, themes=MOST, subregions=2)
    desk.do(at, proposing.plan, key, command)
    desk.do(at + timedelta(minutes=20), proposing.open_now, key)
    desk.drop_mail(at + timedelta(hours=1), key)
    rows, who = proposed(), _members(desk)
    numbers = []
    for days, (row, member) in enumerate(zip(rows, who, strict=False), start=1):
        with _entered(desk, key, member, at + timedelta(days=days)) as work:
            numbers.append(proposals.propose(work, key, _command(row)))
    _support(desk, key, at + timedelta(days=9), who[len(rows) :], rows, numbers)
    ended = until + timedelta(days=1)
    desk.do(ended, proposing.end_as_promised, key)
    _review(desk, key, ended, rows, numbers, who)
    chosen_at = ended + timedelta(days=2)
    view = desk.do(chosen_at, review.desk, key)
    if view.choice is None:
        raise RuntimeError("a round whose members proposed has something to choose")
    desk.do(chosen_at, review.choose, key, view.choice.seen)
    _name(desk, key, chosen_at + timedelta(minutes=5), rows, numbers, given)
    desk.drop_mail(chosen_at + timedelta(minutes=30), key)
    desk.do(chosen_at + timedelta(hours=1), telling.tell, key)


def _members(desk: Desk) -> list[_Member]:
    """Return organisations with a contact who may vote, of one subregion after another."""
    lines = desk.see(members.list_members, Wanted(page=None)).rows
    groups: dict[str, list[_Member]] = {}
    for line in sorted(lines, key=lambda each: each.name[::-1]):
        able = [each for each in line.contacts if each.active and each.may_vote]
        if line.active and able:
            subregion = catalogue.subregion_of(line.country)
            groups.setdefault(subregion, []).append(_Member(line.name, able[0].id, subregion))
    ways = [iter(each) for each in groups.values()]
    taken = (next(way, None) for way in cycle(ways))
    return [each for each in islice(taken, 60) if each is not None]


@contextmanager
def _entered(desk: Desk, key: str, member: _Member, at: datetime) -> Iterator[Work]:
    """Enter by a link to propose; yield a unit of work of its reader, some minutes later."""
    with desk.work(desk.actor, at) as work:
        (token,) = door.give(work, PROPOSE, [Given(rounds.known(work, key).id, member.contact)])
    with desk.entered(f"{proposing.WAY}/{token}", at, minutes=7) as work:
        yield work


def _command(row: Mapping[str, Any]) -> ThemeProposalCommand:
    return ThemeProposalCommand(
        row["language"],
        row["title"],
        row["why"],
        tuple(row["objectives"]),
        tuple(row.get("countries", ())),
        tuple(row.get("populations", ())),
    )


def _support(
    desk: Desk,
    key: str,
    at: datetime,
    who: Sequence[_Member],
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
) -> None:
    """Let other organisations support proposals, each up to three of them."""
    wanted = [number for row, number in zip(rows, numbers, strict=True) for _ in range(row["behind"])]
    for place, member in enumerate(who):
        theirs = wanted[place :: len(who)]
        if theirs:
            with _entered(desk, key, member, at + timedelta(minutes=11 * place)) as work:
                for number in theirs:
                    proposals.support(work, key, number)


def _review(
    desk: Desk,
    key: str,
    at: datetime,
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    who: Sequence[_Member],
) -> None:
    """Ask, translate, edit, decline, merge and admit, each some minutes after the one before."""
    minutes = iter(range(3, 1000, 4))

    def do(act: Callable[..., object], number: int, *given: object) -> None:
        now = at + timedelta(minutes=next(minutes))
        found = desk.do(now, review.desk, key).find(number)
        if found is None:
            raise RuntimeError("a proposal that was just sent is not there")
        desk.do(now, act, key, number, found.version, *given)

    for row, number in zip(rows, numbers, strict=True):
        for act, given in _on_words(row):
            do(act, number, *given)
    for row, number, member in zip(rows, numbers, who, strict=False):
        if "answer" in row:
            with _entered(desk, key, member, at + timedelta(hours=20)) as work:
                proposals.change(work, key, number, _command(row), row["answer"])
    minutes = iter(range(1500, 3000, 4))
    for row, number in zip(rows, numbers, strict=True):
        act, given = _decision(row, numbers)
        do(act, number, *given)


def _on_words(row: Mapping[str, Any]) -> Iterator[tuple[Callable[..., object], tuple[object, ...]]]:
    """Yield what is done about the words of a proposal, and what is asked."""
    if "translated" in row:
        yield review.translate, (FIRST, *row["translated"])
    if "reworded" in row:
        yield review.reword, (*row["reworded"], tuple(row["objectives"]))
    if "question" in row:
        yield review.ask, (row["question"],)


def _decision(
    row: Mapping[str, Any], numbers: Sequence[int]
) -> tuple[Callable[..., object], tuple[object, ...]]:
    """Return what is decided about a proposal."""
    if "declined" in row:
        return review.decline, (Text({FIRST: row["declined"]}),)
    if "into" in row:
        return _merge, (numbers[row["into"] - 1],)
    return review.admit, ()


def _merge(work: Work, key: str, number: int, version: int, into: int) -> None:
    review.merge(work, key, {number: version}, into)


def _name(
    desk: Desk,
    key: str,
    at: datetime,
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    given: Sequence[ThemeCommand],
) -> None:
    """Give the themes of members their keys and their texts in all languages."""
    wanted = {each.key: each for each in given}
    view = desk.do(at, review.desk, key)
    for row, number in zip(rows, numbers, strict=True):
        found = view.find(number)
        if "theme" in row and found is not None and found.theme is not None:
            desk.do(at, themes.save_theme, key, wanted[row["theme"]], found.theme)
