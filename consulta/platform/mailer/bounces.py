"""Reasons why mail does not arrive, read from what mail servers say, and what can be done about each.

A server's answer is read, or its report as people paste it: the machine's part (RFC 3464), and the sentences
that people see in their mail program. No more of a report is kept than the line with its reason: a report
contains the mail itself, and with it the personal link.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from consulta.platform import texts
from consulta.platform.mailer.transport import SENDER, UNANSWERED

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
    return texts.line(_URL.sub("…", reason))[:REASON_MAX]


LONGEST = 100_000  # characters of a report that are read
SAID_MAX = 300
_ADDRESS = re.compile(r"[A-Za-z0-9._%+'\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_FIELD = re.compile(
    r"^(final-recipient|original-recipient|action|status|diagnostic-code)\s*:\s*(.*)$", re.IGNORECASE
)
_TYPE = re.compile(r"^\s*[\w.\-]+\s*;\s*")
_REFUSAL = re.compile(r"\b[45]\d\d[ \-]|\b[45]\.\d{1,3}\.\d{1,3}\b")
_LINK = re.compile(r"https?://\S+|\b[\w-]{43}\b")
NEAR = 6  # lines after an address in which a server's words are about it


@dataclass(frozen=True, slots=True)
class Named:
    """An address in a report; `failed` where the report says that mail to it has failed for good."""

    address: str
    failed: bool
    said: str


def read(text: str) -> tuple[Named, ...]:
    """Return the addresses that a report names, each once, in lower case, failed ones first."""
    lines = _unfolded(text[:LONGEST])
    told = _told_by_fields(lines)
    found = dict(told)
    for at, line in enumerate(lines):
        for address in _ADDRESS.findall(line):
            name = address.casefold()
            known = found.get(name)
            if known is None or (not known.said and name not in told):
                said = "" if told else _words_near(lines, at, name)
                found[name] = Named(name, failed=_is_final(said), said=said)
    return tuple(sorted(found.values(), key=lambda each: not each.failed))


def _unfolded(text: str) -> list[str]:
    """Return the lines of a text, with the continued lines of a field joined."""
    lines: list[str] = []
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and lines and _FIELD.match(lines[-1]):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line.strip())
    return lines


def _told_by_fields(lines: list[str]) -> dict[str, Named]:
    """Return by address what the machine-readable part says: blocks of fields up to an empty line.

    A block names a recipient and what happened to the message.
    """
    found: dict[str, Named] = {}
    block: dict[str, str] = {}
    for line in [*lines, ""]:
        field = _FIELD.match(line)
        if field is not None:
            block.setdefault(field[1].casefold(), field[2])
        elif not line and block:
            _add(found, block)
            block = {}
    return found


def _add(found: dict[str, Named], block: dict[str, str]) -> None:
    said = _said(" ".join(_TYPE.sub("", block.get(name, "")) for name in ("diagnostic-code", "status")))
    failed = block.get("action", "failed").casefold().startswith("failed")
    for name in ("final-recipient", "original-recipient"):
        for address in _ADDRESS.findall(block.get(name, "")):
            key = address.casefold()
            found.setdefault(key, Named(key, failed=failed, said=said))


def _words_near(lines: list[str], at: int, address: str) -> str:
    """Return what a server said of an address in line `at`: in that line or a little below it.

    It is empty if no refusal is found within `NEAR` lines or before a line with another address.
    """
    for line in lines[at : at + NEAR]:
        others = {each.casefold() for each in _ADDRESS.findall(line)} - {address}
        if _REFUSAL.search(line):
            return _said(line)
        if others:
            break
    return ""


def _is_final(said: str) -> bool:
    found = _REFUSAL.search(said)
    return found is not None and found[0].startswith("5")


def _said(text: str) -> str:
    """Return a server's words on one line, without any link, since a link could be personal.

    At most `SAID_MAX` characters are kept.
    """
    return " ".join(_LINK.sub("", text).split())[:SAID_MAX]
