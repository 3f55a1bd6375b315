"""Rounds as the desk makes them: commands with defaults, and drafts and open rounds made through services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import event, select

from consulta.core.problems import Problem
from consulta.desk import opening
from consulta.panel.proposals import NomineeCommand
from consulta.platform.models import LogEntry
from consulta.platform.work import COMMAND
from consulta.rounds import links, themes
from consulta.rounds import service as rounds
from tests.factories import build_organisation, moment
from tests.lived import once
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from consulta.platform.work import Bench, Work
    from consulta.rounds.links import IssuedLink

T = TypeVar("T")

NOW = datetime(2027, 2, 1, 15, 0, tzinfo=UTC)
KEY = "2027-1"
BASE = "https://voto.example.org"


def round_command(**values: Any) -> rounds.RoundCommand:
    """A round that ends on 5 March 2027 at five in the afternoon in Panama."""
    fields: dict[str, Any] = {
        "key": KEY,
        "title": both("Consulta de prueba", "Test consultation"),
        "question": both("¿Qué temas?", "Which themes?"),
        "closes_local": "2027-03-05T17:00",
        "zone": "America/Panama",
    }
    return rounds.RoundCommand(**(fields | values))


def state(bench: Bench) -> str:
    """The state of the round."""
    with reading(bench) as work:
        return rounds.round_line(work, KEY).state


def actions(bench: Bench) -> list[str]:
    """The acts of the log, in their order."""
    with reading(bench) as work:
        return list(work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)))


def theme_command(number: int = 1, **values: Any) -> themes.ThemeCommand:
    """A theme in both languages."""
    fields: dict[str, Any] = {
        "title": both(f"Tema número {number}", f"Theme number {number}"),
        "description": both("De qué trata.", "What it is about."),
        "objectives": (number, number + 6),
    }
    return themes.ThemeCommand(**(fields | values))


def nominee_command(**values: Any) -> NomineeCommand:
    """A nominee of a ministry of Peru."""
    fields: dict[str, Any] = {
        "name": "Rosa Quispe",
        "organisation": "Ministerio de Prueba",
        "role": "gov_national",
        "country": "PE",
        "sector": "gov_national",
    }
    return NomineeCommand(**(fields | values))


def writing(bench: Bench, now: datetime = NOW) -> AbstractContextManager[Work]:
    """A unit of work at that moment."""
    return bench.work(COMMAND, now)


def reading(bench: Bench, now: datetime = NOW) -> AbstractContextManager[Work]:
    """A unit that only looks."""
    return bench.read(COMMAND, now)


@once
def make_draft(bench: Bench, count: int = 6, **values: Any) -> str:
    """A draft with `count` themes (`tema_numero_1` …)."""
    with writing(bench) as work:
        key = rounds.create_round(work, round_command(**values))
        for number in range(1, count + 1):
            themes.save_theme(work, key, theme_command(number))
    return key


def join_members(bench: Bench, *countries: str) -> None:
    """One organisation a country, each with a contact who may vote."""
    with writing(bench) as work:
        for number, country in enumerate(countries, start=1):
            build_organisation(
                work.session, f"Red {number:03d}", country=country, email=f"c{number}@example.org"
            )


@once
def make_open(bench: Bench, *countries: str, count: int = 6, **values: Any) -> str:
    """A round that has opened with those members (Peru, Mexico and Jamaica unless said otherwise)."""
    join_members(bench, *(countries or ("PE", "MX", "JM")))
    key = make_draft(bench, count, **values)
    with writing(bench) as work:
        opening.open_round(work, key)
    return key


def hand_out(bench: Bench, key: str, **options: Any) -> tuple[IssuedLink, ...]:
    """Personal links for everybody, in place of those that the opening sent."""
    with writing(bench) as work:
        return links.issue_links(work, key, BASE, **({"revoke": True} | options))


class Counted:
    """How many statements were sent to the database since it was made."""

    def __init__(self, bench: Bench) -> None:
        self.statements: list[str] = []
        event.listen(bench.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.statements.append(statement)

    def since(self) -> int:
        """The number so far; counting begins again."""
        number = len(self.statements)
        self.statements.clear()
        return number


def do(bench: Bench, act: Callable[..., T], *values: Any, **more: Any) -> T:
    """Run an act in a unit of work of its own at `NOW`, and return what it returns."""
    with writing(bench) as work:
        return act(work, *values, **more)


def do_now(bench: Bench, act: Callable[..., T], *values: Any, **more: Any) -> T:
    """Run an act as `do` does, at this moment."""
    with writing(bench, moment()) as work:
        return act(work, *values, **more)


def refuses(bench: Bench, code: str, act: Callable[..., object], *values: Any, **more: Any) -> None:
    """Assert that an act at `NOW` is refused with this code."""
    with pytest.raises(Problem) as refused:
        do(bench, act, *values, **more)
    assert refused.value.code == code


def refuses_now(bench: Bench, code: str, act: Callable[..., object], *values: Any, **more: Any) -> None:
    """Assert that an act at this moment is refused with this code."""
    with pytest.raises(Problem) as refused:
        do_now(bench, act, *values, **more)
    assert refused.value.code == code
