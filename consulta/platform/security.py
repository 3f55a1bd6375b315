"""What happens to the safety of the installation, told in the server's log: attempts and refusals.

Each event is one line of the logger `consulta.security`: its name, the network that it came from, and ids.
There are no addresses of people, no names and no links in it; a network is cut to 24 bits, or to 48 of the
newer kind of address. Events of use cases are told when their unit of work has been stored.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session


PREFIXES = {4: 24, 6: 48}  # bits of an address that name a network
QUIET = frozenset({"sign_in.done"})  # events that are as they should be
_log = logging.getLogger("consulta.security")


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that is answered: its id, where it came from, and who counts what happens in it."""

    id: str
    network: str
    count: Callable[[str, str], None]


_INFO = "consulta.security"
_ASKED: ContextVar[Asked | None] = ContextVar("consulta_asked", default=None)

# Acts that the installation's own log tells of -> the event that they are.
ACTS = {
    "account.signed_in": "sign_in.done",
    "acts.refused": "second_person.refused",
    "staff.copied_passkey": "factor.changed",
    "staff.factor_added": "factor.changed",
    "staff.factor_removed": "factor.changed",
    "staff.link_sent": "factor.changed",
    "staff.password": "factor.changed",
    "staff.recovery": "factor.changed",
    "staff.unlike": "session.forged",
    "staff.added": "role.changed",
    "staff.disabled": "role.changed",
    "staff.enabled": "role.changed",
    "staff.role": "role.changed",
    "staff.all_sessions_ended": "session.ended",
    "staff.sessions_ended": "session.ended",
    "scrutineers.appointed": "role.changed",
    "scrutineers.dismissed": "role.changed",
}


def network(source: str) -> str:
    """Return the network of an address: a household has billions of addresses of the newer kind (IPv6)."""
    try:
        found = ip_address(source)
    except ValueError:
        return source
    if found.version == 6 and found.ipv4_mapped:  # noqa: PLR2004 - an old address as the newer kind writes it
        found = found.ipv4_mapped
    return str(ip_network((found, PREFIXES[found.version]), strict=False))


@contextmanager
def answering(asked: Asked) -> Iterator[None]:
    """Let all that is told meanwhile be of this request."""
    held = _ASKED.set(asked)
    try:
        yield
    finally:
        _ASKED.reset(held)


def request_id() -> str:
    """Return the id of the request that is answered; empty outside of one."""
    asked = _ASKED.get()
    return asked.id if asked else ""


def tell(event: str, **details: object) -> None:
    """Tell of an event, one of `counters.EVENTS`."""
    asked = _ASKED.get()
    if asked is not None:
        asked.count("security", event)
    told = {"network": asked.network if asked else "", **details}
    level = logging.INFO if event in QUIET else logging.WARNING
    _log.log(level, "%s %s", event, " ".join(f"{name}={value}" for name, value in told.items()))


def note(session: Session, actor: str, act: str, subject: str) -> None:
    """Keep an act of a unit of work, to be told as an event once it is stored (`told`)."""
    if act in ACTS and _ASKED.get() is not None:
        session.info.setdefault(_INFO, []).append((ACTS[act], actor, act, subject))


def told(session: Session) -> None:
    """Tell of the acts that a unit of work has stored."""
    for event, actor, act, subject in session.info.pop(_INFO, ()):
        tell(event, act=act, actor=actor, subject=subject)


Form = Literal["text", "json"]

DOOR = re.compile(r"((?:/|%2[Ff])[A-Za-z](?:/|%2[Ff]))[^\s\"']+")
EVENT = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")
FACT = re.compile(r"\b([a-z_]+)=(\S+)")
_OURS = "consulta"


def masked(text: str) -> str:
    """Return a text without the secret part of personal links."""
    return DOOR.sub(r"\1-", text)


class Masked(logging.Formatter):
    """Lines, tracebacks included, without the secret part of personal links."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        line = super().format(record)
        number = request_id()
        if number:
            first, _, rest = line.partition("\n")
            line = f"{first} request={number}" + (f"\n{rest}" if rest else "")
        return masked(line)


class Json(logging.Formatter):
    """One object a line: time, level, logger and message, the request, and what an event tells as fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        message = record.getMessage()
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(message),
            "process": record.process,
        }
        if number := request_id():
            told["request"] = number
        if record.name.partition(".")[0] == _OURS:
            told |= _facts(message)
        if record.exc_info:
            told["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def _facts(message: str) -> dict[str, Any]:
    """Return the event that a line of ours begins with, and its facts, written `name=value`."""
    event = message.split(" ", 1)[0]
    if not EVENT.fullmatch(event):
        return {}
    facts = {name: masked(value) for name, value in FACT.findall(message)}
    return {"event": event, "facts": facts} if facts else {"event": event}


def set_up(form: Form = "text", file: Path | None = None) -> None:
    """Write events to a file, or to standard error; nothing where the process has set up its log already.

    A server that keeps only its own loggers, such as gunicorn, has not.
    """
    if logging.getLogger().handlers:
        return
    handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler()
    handler.setFormatter(Json() if form == "json" else Masked("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("weasyprint").setLevel(logging.WARNING)  # it tells each style sheet that it reads
