"""Reasons why mail does not arrive, read from what mail servers say, and what can be done about each.

This module decides how a server's answer or a pasted report is read. It keeps no more of a report than
the line with its reason: a report contains the mail itself, and with it the personal link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from consulta.platform.mailer.transport import SENDER, UNANSWERED
from consulta.platform.texts import line

Step = Literal["correct", "resend", "telephone", "wait", "settings"]
REASON_MAX = 300

ALL = "ALL: "  # before what a server says that refuses everything
_MARKED = {
    SENDER: "mail.why_sender",
    UNANSWERED: "mail.why_unanswered",
    ALL: "mail.why_all",
}
# What the library says where encryption, certificate or sign-in are not as the settings say.
_UNFIT = re.compile(r"\[SSL: |extension not supported|No suitable authentication")
_STATUS = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"\b[45]\d\d\b")
_URL = re.compile(r"https?://\S+|\b[\w-]{43}\b")
_MAILBOX, _FULL, _GREETED = frozenset({550, 551, 553}), frozenset({452, 552}), frozenset({521, 554})


@dataclass(frozen=True, slots=True)
class Why:
    """Why mail did not arrive: the code of a sentence, and what can be done, the first thing first."""

    code: str
    steps: tuple[Step, ...]


_WHY: dict[str, tuple[Step, ...]] = {
    "mail.why_mailbox": ("correct", "telephone"),
    "mail.why_domain": ("correct", "telephone"),
    "mail.why_full": ("telephone", "resend"),
    "mail.why_unwelcome": ("telephone", "correct"),
    "mail.why_refused": ("telephone", "correct"),
    "mail.why_waits": ("wait", "telephone"),
    "mail.why_us": ("settings",),
    "mail.why_sender": ("settings",),
    "mail.why_all": ("settings",),
    "mail.why_settings": ("settings",),
    "mail.why_unanswered": ("wait", "settings"),
    "mail.why_silent": ("wait", "settings"),
    "mail.why_unsaid": ("correct", "telephone"),
}


def why(code: int | None, said: str) -> Why:
    """Return the reason behind a mail server's answer: `code` (None without any answer) and its text."""
    marked = next((found for mark, found in _MARKED.items() if said.startswith(mark)), None)
    if marked is None and code is None and _UNFIT.search(said):
        marked = "mail.why_settings"
    found = marked or _of_status(said) or _of_code(code)
    return Why(found, _WHY[found])


def is_ours(code: int | None, said: str) -> bool:
    """Return whether an answer concerns the installation and not a recipient.

    All mail of the installation is affected alike then.
    """
    return why(code, said).steps == ("settings",)


def why_reported(reason: str) -> Why:
    """Return the reason behind a line of a report about mail that did not arrive."""
    reply = _REPLY.search(reason)
    found = _of_status(reason) or (_of_code(int(reply[0])) if reply else "mail.why_unsaid")
    return Why(found, _WHY[found])


def _of_status(said: str) -> str | None:
    """Return the reason code for an enhanced status code (RFC 3463) in a text, else None.

    None also if the status code says too little.
    """
    status = _STATUS.search(said)
    if status is None:
        return None
    kind, subject, detail = (int(part) for part in status.groups())
    if (subject, detail) in {(1, 2), (4, 4)}:
        return "mail.why_domain"
    if (subject, detail) in {(2, 2), (3, 1)}:
        return "mail.why_full"
    if kind == 4:  # noqa: PLR2004 - the class of what passes
        return "mail.why_waits"
    return {1: "mail.why_mailbox", 7: "mail.why_unwelcome"}.get(subject)


def _of_code(code: int | None) -> str:
    if code is None:
        return "mail.why_silent"
    if code in {530, 534, 535, 538}:
        return "mail.why_us"
    for codes, found in (
        (_MAILBOX, "mail.why_mailbox"),
        (_FULL, "mail.why_full"),
        (_GREETED, "mail.why_unwelcome"),
    ):
        if code in codes:
            return found
    return "mail.why_waits" if code < 500 else "mail.why_refused"  # noqa: PLR2004 - where refusals begin


def kept(reason: str) -> str:
    """Return a server's words as they are kept: one line without any link, at most 300 characters."""
    return line(_URL.sub("…", reason))[:REASON_MAX]
