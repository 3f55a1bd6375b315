"""What was done with a round, by whom and when, as its log has it.

It decides who stands behind the number of an actor: each role has its own door, and its number is that of an
account, a contact, a link to propose or an invitation. What an act names by a number or a key is looked up
too, while it is still there.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from consulta.core.texts import Text
from consulta.platform.access import require
from consulta.platform.listing import Wanted
from consulta.platform.log import chain
from consulta.rounds.queries import rounds as queries
from consulta.rounds.service import sized, subject
from consulta.rounds.values import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.platform.listing import Found
    from consulta.platform.models import LogEntry, Round
    from consulta.platform.work import Work

# Role → who its numbers are. Others act without a person: a command, the worker, a stranger.
PEOPLE: Mapping[str, queries.NamesOf] = {
    "secretariat": queries.staff_names,
    "admin": queries.staff_names,
    "scrutineer": queries.staff_names,
    "voter": queries.contact_names,
    "addressee": queries.contact_names,
    "proposer": queries.proposer_names,
    "guest": queries.guest_names,
}
STAFF = ("reader", "mail", "secretariat", "admin", "scrutineer")
CONTACTS = ("voter", "addressee")
# Detail of an act → what its numbers or keys are.
NAMED: Mapping[str, queries.NamesOf] = {
    "staff": queries.staff_names,
    "asked_by": queries.staff_names,
    "contact": queries.contact_names,
    "invitation": queries.guest_names,
    "nomination": queries.nomination_names,
}
KEYED = ("theme", "nominee", "into")


def round_log(work: Work, round_key: str, wanted: Wanted | None = None) -> Found:
    """Return the acts on a round in the log, as `LogLine`, the newest first.

    They are all, or those that `wanted` names: by `action`, by `who` (a role, or a person of the staff), from
    the day `since` to the day `until` by the round's clocks, and by words in the name of an organisation, of
    one of its contacts or of a person of the staff. Problem: `round.unknown`.
    """
    require(work, "log.read")
    found, _ = sized(work, round_key, contents=True)
    wanted = wanted or Wanted(page=None)
    there = chain.wanted_entries(
        work.session,
        subject(found),
        wanted,
        _about(work, found, wanted.text) if wanted.text else None,
        _midnight(wanted.choice("since"), found.zone),
        _midnight(wanted.choice("until"), found.zone, days=1),
    )
    entries: tuple[LogEntry, ...] = there.rows
    details = [json.loads(entry.details) for entry in entries]
    people = {
        role: _called(work, named, _numbers(_actor(each)[1] for each in entries if _actor(each)[0] == role))
        for role, named in PEOPLE.items()
    }
    things = {
        name: _called(work, named, _numbers(each.get(name) for each in details) | _joined(details, name))
        for name, named in NAMED.items()
    }
    seats = queries.seat_names(
        work.session, found.id, {str(each["seat"]) for each in details if "seat" in each}
    )
    keys = _keys(found)
    lines = (
        _line(entry, told, people, _names(told, things, keys, seats))
        for entry, told in zip(entries, details, strict=True)
    )
    return replace(there, rows=tuple(lines))


def _about(work: Work, found: Round, text: str) -> chain.About:
    """Return the people and organisations of a round whose names have the words of `text`."""
    seats, contacts, staff = queries.named(work.session, found.id, text)
    return chain.About(
        (
            *(f"{role}:{number}" for role in CONTACTS for number in contacts),
            *(f"{role}:{number}" for role in STAFF for number in staff),
        ),
        tuple(seats),
        tuple(contacts),
    )


def _midnight(day: str, zone: str, days: int = 0) -> datetime | None:
    """Return when a day (`2027-03-05`) begins in a zone, or one so many days later; None for no day."""
    if not day:
        return None
    return datetime.combine(
        date.fromisoformat(day) + timedelta(days=days), time(), ZoneInfo(zone)
    ).astimezone(UTC)


def who_acted(work: Work, round_key: str) -> dict[str, str]:
    """Return the people of the staff who acted on a round: actor → name. Problem: `round.unknown`."""
    require(work, "log.read")
    there = chain.actors(work.session, subject(sized(work, round_key)[0]), STAFF)
    names = queries.staff_names(work.session, _numbers(int(each.partition(":")[2]) for each in there))
    return {each: names.get(int(each.partition(":")[2]), each) for each in there}


def actions(work: Work, round_key: str) -> list[str]:
    """Return the actions on a round that its log has. Problem: `round.unknown`."""
    require(work, "log.read")
    return chain.actions(work.session, subject(sized(work, round_key)[0]))


def _called(work: Work, named: queries.NamesOf, numbers: set[int]) -> Mapping[int, str]:
    return named(work.session, numbers) if numbers else {}


def _actor(entry: LogEntry) -> tuple[str, int | None]:
    role, _, number = entry.actor.partition(":")
    return role, int(number) if number else None


def _numbers(found: Iterable[object]) -> set[int]:
    return {each for each in found if isinstance(each, int)}


def _joined(details: Iterable[Mapping[str, object]], name: str) -> set[int]:
    """Return the numbers of the proposals with which others were joined.

    Empty unless `name` is `nomination`.
    """
    into = (str(each.get("into")) for each in details) if name == "nomination" else ()
    return {int(each) for each in into if each.isdecimal()}


def _keys(found: Round) -> dict[str, Text]:
    """Return the names of the themes and nominees of a round by key."""
    themes = {each.key: each.title for each in found.themes}
    return themes | {each.key: Text.name(each.name) for each in found.nominees}


def _names(
    details: Mapping[str, object],
    things: Mapping[str, Mapping[int, str]],
    keys: Mapping[str, Text],
    seats: Mapping[str, str],
) -> dict[str, Text]:
    """Return the names of people and things in the details of an act, by detail, if still known."""
    named = {key: keys[str(details[key])] for key in KEYED if str(details.get(key)) in keys}
    if str(details.get("seat")) in seats:
        named["seat"] = Text.name(seats[str(details["seat"])])
    for key, known in things.items():
        number = details.get(key)
        if isinstance(number, int) and number in known:
            named[key] = Text.name(known[number])
    into = str(details.get("into", ""))
    if into.isdecimal() and int(into) in things["nomination"]:
        named["into"] = Text.name(things["nomination"][int(into)])
    return named


def _line(
    entry: LogEntry,
    details: Mapping[str, object],
    people: Mapping[str, Mapping[int, str]],
    names: Mapping[str, Text],
) -> LogLine:
    role, number = _actor(entry)
    return LogLine(
        at=datetime.fromisoformat(entry.at),
        role=role,
        who=people.get(role, {}).get(number, "") if number is not None else "",
        action=entry.action,
        details=details,
        names=names,
    )
