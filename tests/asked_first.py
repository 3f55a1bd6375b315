"""No page reads or writes a row for a person before an act has asked whether that person may.

Every test that sends a request stands on it: a statement in a unit of work of a person's role, before any
`access.require` in it, is an error of the program.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from consulta.platform import access
from consulta.platform.work import Work

if TYPE_CHECKING:
    from types import FrameType

    from sqlalchemy.orm import ORMExecuteState

    from consulta.platform.work import Actor

NOBODY = frozenset({"anonymous", "command", "worker"})  # who has no right to lose: nobody, and the program

PLATFORM = "consulta.platform."
PAGES = frozenset({"pages", "public"})  # they send no statements themselves: a contract holds that

_asked: WeakSet[Session] = WeakSet()
_actors: WeakKeyDictionary[Session, Actor] = WeakKeyDictionary()


class NotAskedError(RuntimeError):
    """A row was read or written for a person before any act asked whether that person may."""


def watch() -> None:
    """Look at every unit of work of this process."""
    made: Any = Work.__init__
    may = access.may

    def noted(work: Work, session: Session, actor: Actor, *given: Any, **named: Any) -> None:
        made(work, session, actor, *given, **named)
        if isinstance(session, Session):
            _actors[session] = actor

    def asked(actor: Actor, action: str) -> bool:
        caller = sys._getframe(1)
        if caller.f_code is access.require.__code__:
            session = getattr(caller.f_locals["work"], "session", None)
            if isinstance(session, Session):
                _asked.add(session)
        return may(actor, action)

    Work.__init__ = noted  # type: ignore[assignment, method-assign]
    access.may = asked
    event.listen(Session, "do_orm_execute", _before_a_statement)
    event.listen(Session, "before_flush", lambda session, *_: _refuse(session))


def _before_a_statement(state: ORMExecuteState) -> None:
    _refuse(state.session)


def _refuse(session: Session) -> None:
    actor = _actors.get(session)
    if actor is None or actor.role in NOBODY or session in _asked or not has_request_context():
        return
    if _innermost_wing() is not None:
        raise NotAskedError(f"{actor.role}: no act has asked whether this may be done (`access.require`)")


def _innermost_wing() -> str | None:
    """Return the module of a wing that led to this statement; None where `platform` alone did.

    Sessions, passwords, the organiser's public profile and who read a result first are its own: a request
    asks for them to know who is there.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith("consulta.") and not module.startswith(PLATFORM):
            return None if PAGES & set(module.split(".")) or module.startswith("consulta.shell") else module
        frame = frame.f_back
    return None
