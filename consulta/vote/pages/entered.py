"""What was entered on a ballot, between the request that sent it and the page that shows it.

A form is answered with a redirection, so that going back never sends it again. The entries wait in the cookie
of the session, for its contact and round alone; they go with the receipt, and when the session ends.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import session

from consulta.core.counting.choice import Entries
from consulta.platform.web.request import ENTERED, PLACED, actor
from consulta.vote.pages.forms import as_number, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.datastructures import MultiDict

SEEN = "seen"
_LONGEST = 2_000  # characters; a browser keeps no cookie above 4 kB


class Sent(NamedTuple):
    """Entries, and the version of the vote that stood beside them: 0 where there was none."""

    entries: Entries
    seen: int = 0


def read(form: MultiDict[str, str]) -> Sent:
    """Return what a form of the ballot carries."""
    return Sent(read_entries(form), as_number(form.get(SEEN, "")))


def keep(round_key: str, sent: Sent) -> bool:
    """Keep what was entered for the next page; return False where it is too long to be kept."""
    told = asdict(sent.entries) | {SEEN: sent.seen}
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    fits = len(json.dumps(said)) <= _LONGEST
    session.pop(ENTERED, None)
    if fits:
        session[ENTERED] = [_whose(round_key), said]
    return fits


def held(round_key: str) -> Sent | None:
    """Return what was entered by the contact of this session for this round, or None."""
    whose, said = session.get(ENTERED, (None, None))
    if said is None or whose != _whose(round_key):
        return None
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
    }
    entries = {each.name: known[each.name] for each in fields(Entries) if each.name in known}
    return Sent(Entries(**entries), known[SEEN])


def drop() -> None:
    """Forget what was entered."""
    session.pop(ENTERED, None)


def remember_placed(round_key: str, seat: str, version: int, themes: Iterable[str]) -> None:
    """Keep which themes a vote has that staff just entered, for them alone, for the page of its reasons."""
    session[PLACED] = [[round_key, seat, version, actor().id], list(themes)]


def placed(round_key: str, seat: str, version: int) -> tuple[str, ...] | None:
    """Return the themes of a vote that was entered in this session; None where it was not."""
    whose, themes = session.get(PLACED, (None, None))
    return tuple(themes) if whose == [round_key, seat, version, actor().id] else None


def _whose(round_key: str) -> list[object]:
    person = actor()
    return [round_key, person.seat_id, person.id]
