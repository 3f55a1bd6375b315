"""The follow-up in the demonstration: recommendations, with answers after three and nine months."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.data import catalogue, tongues
from consulta.sessions.follow_up import institutions, service, writing
from consulta.sessions.follow_up.institutions import InstitutionCommand
from consulta.sessions.follow_up.values import REPORTED, SEEN, Answer, Source
from consulta.sessions.follow_up.writing import Written
from consulta.shell.cli.demo import follow_up_calls as calls

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk

_SAID: dict[str, Any] = tomllib.loads(catalogue.demo_file("follow_up.toml").decode())
_MONTH = timedelta(days=30.7)  # so that a call is due


def write(desk: Desk, key: str, at: datetime) -> tuple[int, ...]:
    """Write down who answers, and what the session recommended; return the numbers of the institutions."""
    bodies = tuple(
        desk.do(at, institutions.add, InstitutionCommand(**each), example=True)
        for each in _SAID["institutions"]
    )
    for each in _SAID["rows"]:
        written = Written(
            kind=each["kind"],
            text=Text({code: each[code] for code in tongues.codes() if code in each}),
            objectives=tuple(each["objectives"]),
            addressed=tuple(_addressee(who, bodies) for who in each["addressed"]),
        )
        desk.do(at, writing.add, key, written)
    return bodies


def answer(desk: Desk, key: str, ended_at: datetime, bodies: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """Call, and record the answers of governments, an agency and organisations, in the order of time.

    What came by mail came by the link of a call, all else was written down by the secretariat. Return links
    to answer, each with whose it is.
    """
    rows = [each.recommendation for each in desk.see(writing.desk_page, key).rows]
    order = {kind: place for place, kind in enumerate(("recommendation", "challenge", "initiative"))}
    rows.sort(key=lambda one: (order[one.kind], one.position))
    seen: dict[tuple[str, str, str, int | None], int] = {}
    called: list[int] = []
    for place, said in enumerate(sorted(_SAID["answers"], key=lambda one: int(one["months"]))):
        at = ended_at + said["months"] * _MONTH + timedelta(hours=5 * place)
        if said["months"] not in called:
            called.append(said["months"])
            calls.call(desk, key, len(called), ended_at + said["months"] * _MONTH)
        addressee, reference = _addressee(said["for"], bodies), rows[said["row"] - 1].reference
        member = _member(desk, at, said["for"]) if said["side"] == SEEN else None
        source = Source(
            "staff",
            said["received"],
            institution_id=bodies[said["institution"] - 1]
            if said["side"] == REPORTED and "institution" in said
            else None,
            organisation_id=member,
        )
        told = Answer(
            step=said["step"],
            day=(at - timedelta(days=4)).date().isoformat(),
            text=said["text"],
            language=said["language"],
            link=said.get("link", ""),
        )
        if said["received"] == "mail":
            by_link = calls.answer(desk, key, at, said["side"], addressee, reference, told)
            if by_link is not None:
                version, member = by_link
                seen[reference, said["side"], addressee, member] = version
                continue
        voice = (reference, said["side"], addressee, member)
        desk.do(at, service.report, reference, said["side"], addressee, told, source, seen.get(voice, 0))
        seen[voice] = seen.get(voice, 0) + 1
    return calls.go_on(desk, key)


def _addressee(said: str, bodies: tuple[int, ...]) -> str:
    return f"I{bodies[int(said[1:]) - 1]}" if said.startswith("#") else said


def _member(desk: Desk, at: datetime, country: str) -> int:
    """Return the first organisation of a State."""
    return desk.do(at, service.organisations, tongues.codes()[0], country)[0][0]
