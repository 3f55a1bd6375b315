"""The registry of purposes of links: one entry says what the program needs to know of what a link opens.

A purpose is added by an entry in the `PURPOSES` of the module that it belongs to (`MODULES` lists them), by
its texts, and by its page. Making links, looking them up, sessions and the pages of the door read the
registry; none of them names a purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from consulta.platform.models import Base, Link
    from consulta.platform.work import Actor, Role, Work

# The modules with entries, in the order in which a request looks for a session of theirs.
MODULES = (
    "consulta.results.your_vote.service",
    "consulta.vote.service",
    "consulta.panel.proposals.links",
    "consulta.themes.proposals.links",
    "consulta.panel.invitations.answering",
    "consulta.vote.changes.service",
    "consulta.vote.objections.service",
    "consulta.people.admission.service",
    "consulta.people.own_data.service",
    "consulta.people.focal_points.service",
    "consulta.accounts.staff.service",
    "consulta.sessions.follow_up.answering",
    "consulta.sessions.evaluation.service",
)
LIFE = timedelta(days=90)


def _nowhere(_work: Work, _link: Link) -> Mapping[str, str]:
    return {}


def _no_reader(_work: Work, _link: Link) -> None:
    return


def _no_one_named(_subject_id: int, _contact_id: int | None, _name: str | None) -> None:
    return


def _nothing(_work: Work, _link: Link) -> None:
    return


@dataclass(frozen=True, slots=True)
class Purpose:
    """All that the program knows of what a link is for.

    `name` is kept with each link and never changes. `way` is the first part of the link's address; a link
    opens nothing at another. `subject` is the class of the row of which `Link.subject_id` is the id.
    `texts` is the template with the words of the page before the button, and of the page for a link that
    opens nothing.

    `page` is the endpoint to which the button leads, with a session, whose values are `place`. Without one
    (`session` is false) the secret stays in the address, and `page` is the module of a question, with
    `TEMPLATE`, `CHOICES`, `view` and `answer` (`rounds/links/pages/door.py`); if there, `WORDS` are for its
    template, and `sent` returns from the request what `answer` gets in place of the note.
    """

    name: str
    way: str
    subject: type[Base]
    role: Role  # of its reader; a session that opens it is kept under this name in the cookie
    page: str
    texts: str
    reader: Callable[[Work, Link], Actor | None] = _no_reader
    """Return who comes by a link in force, with `role`; None where its reader may not come any more."""
    reader_of: Callable[[Work, int, int | None], Actor | None] | None = None
    """The same by the ids of subject and contact alone, in place of `reader`: for pages of every vote."""
    name_asked: Any = None
    """Subquery for the name of who comes by a row of `Link`; used with `reader_named`, not `reader_of`."""
    reader_named: Callable[[int, int | None, str | None], Actor | None] = _no_one_named
    """Return what `reader_of` does, by the ids of subject and contact and the name that was asked."""
    session: bool = True
    life: timedelta = LIFE  # of a link that is given no other end
    place: Callable[[Work, Link], Mapping[str, str] | None] = _nowhere
    """Return the values of the page's address; None where there is no such page."""
    entered: Callable[[Work, Link], None] = _nothing
    """Write down that the button was pressed, where that is to be known."""


@cache
def _entries() -> dict[str, Purpose]:
    """Return all entries by name, read on first use, since the modules of entries import this one."""
    found: dict[str, Purpose] = {}
    for module in MODULES:
        for purpose in import_module(module).PURPOSES:
            _add(found, purpose)
    return found


def _add(found: dict[str, Purpose], purpose: Purpose) -> None:
    """Add an entry. A role that a session gives belongs to one purpose: else one would act as another."""
    rivals = [each for each in found.values() if each.role == purpose.role]
    if purpose.name in found or any(each.session or purpose.session for each in rivals):
        raise ValueError(f"{purpose.name}: registered twice, or with the role of another purpose")
    if not re.fullmatch("[a-z]", purpose.way):
        raise ValueError(f"{purpose.name}: logs leave out what follows a single letter, not {purpose.way!r}")
    found[purpose.name] = purpose


def register(purpose: Purpose) -> None:
    """Add a purpose at run time, as an extension does.

    Raise ValueError if its name is taken, or its role by a purpose that opens sessions.
    """
    _add(_entries(), purpose)


def find(name: str) -> Purpose | None:
    """Return a purpose by its name; None for one that this version of the program does not know."""
    return _entries().get(name)


def known() -> Collection[Purpose]:
    """Return all purposes."""
    return _entries().values()


def on(way: str) -> Collection[Purpose]:
    """Return the purposes whose links have addresses that begin with `way`."""
    return [each for each in known() if each.way == way]


def of_session(role: str) -> Purpose | None:
    """Return the purpose whose links open sessions of a role, or None."""
    return next((each for each in known() if each.session and each.role == role), None)


def ways() -> tuple[str, ...]:
    """Return the letters with which addresses of links begin."""
    return tuple({each.way: None for each in _entries().values()})


def roles() -> tuple[Role, ...]:
    """Return the roles for which there are sessions, in the order in which they are looked for."""
    return tuple(each.role for each in _entries().values() if each.session)
