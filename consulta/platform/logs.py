"""What the processes that run for long write of themselves: lines with a time, without personal links.

Our own events name no addresses of pages. Libraries do: waitress says which address was asked for when a
client goes away or something fails. So what follows a door of one letter, `/es/v/…`, is left out of every
line. Each line has the id of its request. As JSON, each line is one object, which programs that gather logs
read without a pattern.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any, Literal

from consulta.platform import security

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
        number = security.request_id()
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
        if number := security.request_id():
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


def set_up(form: Form = "text") -> None:
    """Write events to standard error from now on; nothing where the process has set up its log already.

    A server that keeps only its own loggers, such as gunicorn, has not.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if form == "json" else Masked("%(asctime)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("weasyprint").setLevel(logging.WARNING)  # it tells each style sheet that it reads
