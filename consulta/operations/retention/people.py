"""The data of one person: found, handed out as one file, and erased on request.

A person is known by an address: all rows that have it are told and erased together. A row that must stay for
now is left as it is, and why is said. Votes are of organisations and stay, with the number of the contact
that sent them; so do rows of the log, ballots with the names of nominees, and published panels.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.operations.retention import queries as stored
from consulta.operations.retention.queries import people as queries
from consulta.operations.retention.values import Erased, Held, Person, PersonLine
from consulta.platform.access import require
from consulta.rounds.addresses import service as addresses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.platform.work import Work

SHORTEST = 3  # signs to look for
REASON_MAX = 300
_OPEN_APPLICATION = ("unconfirmed", "sponsors", "review", "returned")
_NAMING = {"ballot", "panel", "scrutineer"}  # codes of what keeps the name
_NAMED = ("named", "asked", "accepted")


def search(work: Work, text: str) -> tuple[PersonLine, ...]:
    """Return the people whose name or address has these words. Problem: `person.short`."""
    require(work, "people.read")
    if len(text.strip()) < SHORTEST:
        raise Problem("person.short", least=SHORTEST)
    return tuple(_line(work, kind, row) for kind, row in queries.matching(work.session, text))


def look(work: Work, kind: str, number: int) -> Person:
    """Return all that there is of the person of a row. Problem: `person.unknown`."""
    require(work, "people.read")
    first = _row(work, kind, number)
    address = _address(kind, first)
    held = [
        Held(
            each,
            row.id,
            queries.where(work.session, each, row),
            {name: getattr(row, name) for name in queries.RECORDS[each].data},
            queries.related(work.session, each, row, address if index == 0 else ""),
            _refusal(work, each, row),
            _stays(work, each, row),
        )
        for index, (each, row) in enumerate(_same(work, kind, first, address))
    ]
    made = queries.made_at(work.session, kind, first)
    before = None if _several(kind, first) else queries.erased(work.session, kind, number, made)
    return Person(
        kind,
        number,
        _name(kind, first),
        address,
        str(getattr(first, "language", "")) or work.languages[0],
        tuple(held),
        queries.by_address(work.session, address),
        before.erased_at if before else None,
    )


def hand_out(work: Work, kind: str, number: int) -> Person:
    """Return all that there is of a person, to hand it out; the log says that it was."""
    require(work, "people.erase")
    found = look(work, kind, number)
    work.record("people.handed_out", f"{kind}:{number}", {"rows": len(found.held)})
    return found


def erase(work: Work, kind: str, number: int, reason: str) -> Erased:
    """Erase the person of a row wherever its address stands; return what was erased, and what was not.

    Problems: `person.unknown`, `person.reason`, `person.erased` (before), and what refuses where nothing
    can be erased: `person.voting`, `person.invited`, `person.draft`, `person.focal_point`, `person.staff`,
    `person.applying`.
    """
    require(work, "people.erase")
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Problem("person.reason", most=REASON_MAX)
    first = _row(work, kind, number, hold=True)
    made = queries.made_at(work.session, kind, first)
    if not _several(kind, first) and queries.erased(work.session, kind, number, made):
        raise Problem("person.erased")
    address = _address(kind, first)
    done, left = [], []
    for each, row in _same(work, kind, first, address):
        refusal = _refusal(work, each, row)
        if refusal is None:
            done.append((each, row))
        else:
            left.append((each, row.id, refusal))
    if not done:
        raise left[0][2]
    for each, row in done:
        _erase(work, each, row, address, reason.strip())
    return Erased(tuple((each, row.id) for each, row in done), tuple(left))


def listed(work: Work) -> tuple[str, ...]:
    """Return a line for each erasure, for the file beside the database: numbers and moments alone."""
    require(work, "retention.erase")
    return tuple(
        json.dumps(
            {
                "kind": each.kind,
                "number": each.number,
                "made_at": each.made_at.isoformat(),
                "erased_at": each.erased_at.isoformat(),
            },
            sort_keys=True,
        )
        for each in reversed(stored.erasures(work.session))
    )


def missing(work: Work, lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of a list of erasures whose rows are here and not erased."""
    require(work, "retention.erase")
    return tuple(line for line in lines if _to_erase(work, line) is not None)


def again(work: Work, lines: Iterable[str]) -> int:
    """Erase anew what a restored database has back; return how many rows. Other lines are passed over."""
    require(work, "retention.erase")
    count = 0
    for line in lines:
        found = _to_erase(work, line)
        if found is not None:
            kind, row = found
            _erase(work, kind, row, _address(kind, row), "")
            count += 1
    return count


def _to_erase(work: Work, line: str) -> tuple[str, Any] | None:
    """Return kind and row of a line, unless it is another person's by the same number, or cannot go now."""
    said = queries.read_line(line)
    if said is None:
        return None
    kind, number, made_at = said
    row = queries.row(work.session, kind, number)
    if row is None or queries.made_at(work.session, kind, row) != made_at:
        return None
    if queries.erased(work.session, kind, number, made_at) or _refusal(work, kind, row) is not None:
        return None
    return kind, row


def _erase(work: Work, kind: str, row: Any, address: str, reason: str) -> None:
    """Erase a row; the log tells of it by number, with the reason, or without one after a restore.

    The address of an active contact stays among the former ones, so that a round that opens soon tells it.
    """
    made = queries.made_at(work.session, kind, row)
    if kind == "contact" and row.active:
        addresses.give_up(work, row, row.email)
    others = [each for each in _same(work, kind, row, address) if each[1] is not row]
    in_use = any(_refusal(work, *each) is not None for each in others)
    queries.erase(work.session, kind, row, work.now, in_use=in_use, address=address)
    if queries.erased(work.session, kind, row.id, made) is None:
        queries.keep(work.session, kind, row.id, made, work.now, work.actor.staff_id)
    work.record("people.erased", f"{kind}:{row.id}", {"kind": kind, "number": row.id, "reason": reason})


def _same(work: Work, kind: str, first: Any, address: str) -> list[tuple[str, Any]]:
    """Return the row, and all others with its address."""
    found = [(kind, first)]
    if address:
        found += [
            (each, row)
            for each, row in queries.with_address(work.session, address)
            if (each, row.id) != (kind, first.id)
        ]
    return found


def _refusal(work: Work, kind: str, row: Any) -> Problem | None:
    """Return why the person of a row cannot be erased now, with the way out; None where it can."""
    if kind == "contact":
        key = queries.at_work(work.session, row.organisation_id)
        return Problem("person.voting", round=key) if key else None
    if kind == "nomination" and row.state == "waiting":
        return Problem("person.proposed", round=queries.where(work.session, kind, row))
    if kind == "nominee":
        key = queries.invited_to(work.session, row.id, work.now)
        if queries.round_of(work.session, row).state == "draft":
            return Problem("person.draft")
        return Problem("person.invited", round=key) if key else None
    state = getattr(row, "state", "")
    in_use = {
        "person.focal_point": kind == "focal_point" and state in _NAMED and not _is_past(work, row.ends),
        "person.staff": kind == "staff" and row.active,
        "person.applying": kind == "application" and state in _OPEN_APPLICATION,
    }
    return next((Problem(code) for code, holds in in_use.items() if holds), None)


def _is_past(work: Work, day: str | None) -> bool:
    """Return whether the last day of a term is over everywhere."""
    return bool(day) and str(day) < (work.now - timedelta(days=1)).date().isoformat()


def _stays(work: Work, kind: str, row: Any) -> tuple[str, ...]:
    """Return the codes of what stays of a row after an erasure."""
    address, session = _address(kind, row), work.session
    also = {
        "mails": queries.mails_at_work(session, kind, row, address),
        "pending": queries.waiting_with(session, address, work.now),
        "organiser": queries.signs(session, _name(kind, row), address),
        "practice": kind in {"contact", "staff"} and queries.practises(session),
    }
    own = _own(work, kind, row)
    log = "log_named" if _NAMING & set(own) else "log"
    return (*own, *(code for code, holds in also.items() if holds), log)


def _own(work: Work, kind: str, row: Any) -> tuple[str, ...]:
    """Return the codes of what stays of the row itself."""
    match kind:
        case "contact":
            return ("votes", *(("former",) if row.active else ()))
        case "nominee":
            on_ballot = ("ballot",) if row.on_ballot else ()
            panel = ("panel",) if queries.was_on_a_panel(work.session, row) else ()
            return (*on_ballot, *panel, "figures")
        case "nomination":
            return ("figures",)
        case "staff":
            public = ("scrutineer",) if queries.appointed(work.session, row.id) else ()
            return (*public, "account")
        case "focal_point":
            return ("term",)
        case _:
            return ()


def _row(work: Work, kind: str, number: int, *, hold: bool = False) -> Any:
    return or_problem(
        queries.row(work.session, kind, number, hold=hold) if kind in queries.RECORDS else None,
        "person.unknown",
    )


def _address(kind: str, row: Any) -> str:
    address = next((email for _, email in queries.who(kind, row)), "")
    return "" if address.startswith(stored.ERASED) else address


def _name(kind: str, row: Any) -> str:
    return next((name for name, _ in queries.who(kind, row)), "")


def _several(kind: str, row: Any) -> bool:
    """Return whether a row has people who are erased one by one, and any is left."""
    return kind == "application" and bool(row.people)


def _line(work: Work, kind: str, row: Any) -> PersonLine:
    where = queries.where(work.session, kind, row)
    return PersonLine(kind, row.id, _name(kind, row), _address(kind, row), where)
