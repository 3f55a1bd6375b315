"""The log in plain words: what was done, said as a sentence without its subject."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.data import catalogue, tongues
from consulta.platform.deadlines import of_text, resolve
from consulta.platform.importing.columns import UNREAD
from consulta.platform.importing.service import choices
from consulta.platform.messages import ACTS, MESSAGES
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.language import alphabetical, calendar_day, language_name, local, moment, say
from consulta.rounds.pages import letters
from consulta.vote.pages.calls import ANSWERS
from consulta.vote.pages.changes import HOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from consulta.rounds.values import LogLine


CONFIRMED = {
    "registrations.asked": _l(
        "confirmed the late registration %(registration)s that %(asked_by)s asked for: %(reason)s"
    ),
}
"""The sentence of an act of two persons: who acts is the one who confirmed it."""


TABLES = {
    "attendance": _l("Who took part"),
    "call-list": _l("Call list"),
    "calls": _l("Calls made"),
    "contacts": _l("Contacts"),
    "evaluation": _l("Who is asked to evaluate the session"),
    "guests": _l("Invitations to the panel"),
    "links": _l("Contacts who can vote"),
    "log": _l("Log"),
    "mail": _l("Mail"),
    "mail-files": _l("E-mail files"),
    "nominees": _l("Nominees"),
    "objections": _l("Objections"),
    "participation": _l("Participation"),
    "pool": _l("The pool"),
    "proposals": _l("Proposals of members"),
    "scrutineers": _l("Scrutineers"),
}
"""What a table of a round is called whose rows were downloaded, by the name in the address of its file."""


_DETAIL = re.compile(r"%\(\w+\)s")
_DIGEST = re.compile(r"[,:][^,:%]*%\((?:\w*sha256|commitment)\)s")
"""The part of a sentence that gives a digest."""

MOMENTS = frozenset({"before", "after", "starts_at", "at", "until"})
"""Details that are moments."""
ROLES = {
    "voter": _l("by the personal link"),
    "proposer": _l("by the link to propose"),
    "guest": _l("by the link of the invitation"),
    "addressee": _l("by the link in a notice"),
    "scrutineer": _l("scrutineer"),
    "reader": _l("account that only reads"),
    "mail": _l("account for mail and participation"),
}
"""How an actor who is not of the secretariat is named: by the kind of its link."""
NOBODY = {
    "command": _l("a command on the server"),
    "worker": _l("by itself, at its hour"),
    "anonymous": _l("a person who had not signed in"),
    "newcomer": _l("by the link to begin an account"),
    "voter": _l("a contact who is no longer on the list"),
    "proposer": _l("a contact, by the link to propose"),
    "addressee": _l("a contact who is no longer on the list"),
    "guest": _l("a person who was invited"),
    "applicant": _l("an organisation that applies to become a member"),
    "participant": _l("a person who took part in a session"),
    "member": _l("a contact, by the link to the data of the organisation"),
    "vote_reader": _l("a contact, by the link to what its vote did"),
    "observer": _l("an organisation, by the link of a call about recommendations"),
    "respondent": _l("an institution, by the link of a call about recommendations"),
}
"""Who acted where no name is known."""
FILES = {
    "bundle": _l("ballots and rules"),
    "result": _l("result"),
    "panel": _l("panel"),
    "archive": _l("complete archive"),
}
"""What a downloaded file of the count holds."""


def who(line: LogLine) -> str:
    """Return who did an act: name and role, or a description where no person is recorded."""
    if not line.who:
        return str(NOBODY.get(line.role, _("not known")))
    return f"{line.who}, {ROLES[line.role]}" if line.role in ROLES else line.who


DOORS = {
    "voter": _l("contacts, by the personal link"),
    "proposer": _l("contacts, by the link to propose"),
    "addressee": _l("contacts, by the link in a notice"),
    "guest": _l("people invited to the panel"),
    "worker": _l("by itself, at its hour"),
    "command": _l("a command on the server"),
}
"""Roles of which the log can be asked as a whole."""


def doors() -> list[tuple[str, str]]:
    """Return the roles that a log is filtered by, each with its words."""
    return [(role, str(label)) for role, label in DOORS.items()]


def names_of_acts(actions: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of an action and its sentence, with dots for what differs each time, sorted."""
    said = [(action, _DETAIL.sub("…", _in_general(action))) for action in actions]
    return sorted(said, key=lambda pair: alphabetical(pair[1]))


def _in_general(action: str) -> str:
    """Return the sentence of an act where it counts several; the code of one that has no sentence."""
    sentence = ACTS.get(action)
    if sentence is None:
        return action
    if not isinstance(sentence, str):
        sentence = sentence["several"]
    return _(sentence)


def _sentence(line: LogLine) -> str:
    """Return the sentence of a row of the log, in which its details have their places."""
    sentence = ACTS[line.action]
    if isinstance(sentence, str):
        return _(sentence)
    counted = "one" if line.details.get(sentence["by"]) == 1 else "several"
    return _(sentence[counted])


def told(line: LogLine, zone: str, *, digests: bool = True) -> str:
    """Return the act in one or two sentences, with its reason where one was given.

    An action without a sentence is returned as its code. Without `digests` they are left out.
    """
    if line.action not in ACTS:
        return line.action
    details = {name: _in_words(name, value, line, zone) for name, value in line.details.items()}
    sentence = _sentence(line)
    if line.action in CONFIRMED and "asked_by" in line.details:
        sentence = str(CONFIRMED[line.action])
    said = (sentence if digests else _DIGEST.sub("", sentence)) % details
    if not details.get("reason") or "%(reason)s" in sentence:
        return said
    return f"{said.rstrip('.')}. " + _("Reason: %(reason)s", reason=details["reason"])


def _in_words(name: str, value: object, line: LogLine, zone: str) -> object:
    if name in line.names:
        return local(line.names[name])
    if line.action == "invitations.exported" and f"list.{value}" in MESSAGES:
        return say(Problem(f"list.{value}"))
    if line.action in {"access.decided", "registrations.decided"} and name == "how":
        return HOW.get(str(value), value)
    params = line.details.get("params")
    if name == "code" and value in MESSAGES and isinstance(params, dict):
        return say(Problem(str(value), **params))
    if name in MOMENTS and value:
        return moment(of_text(str(value)), zone)
    return _of_act(name, value, line)


def _of_act(name: str, value: object, line: LogLine) -> object:
    """Return a value of a log row in words where it is a code in this act; else the value itself."""
    at_hour, of_list = line.details.get("zone"), line.action.partition(".")[0]
    words: dict[str, Callable[[], object]] = {
        "local": lambda: moment(resolve(str(value), str(at_hour)), str(at_hour)),
        "field": lambda: local(catalogue.terms(of_list)[str(value)]),
        "as": lambda: _meant(str(value), line.details.get("field"), of_list),
        "kind": lambda: FILES.get(str(value)) or letters.kinds().get(str(value), value),
        "language": lambda: language_name(str(value)),
        "table": lambda: TABLES.get(str(value), value),
        "state": lambda: _(MESSAGES[f"invited.{value}"]),
        "reason": lambda: _(MESSAGES[f"replaced.{value}"]),
        "on": lambda: calendar_day(str(value)),
        "answer": lambda: ANSWERS.get(str(value), value),
    }
    known = {
        "local": at_hour is not None,
        "field": str(value) in catalogue.terms(of_list),
        "as": line.action.endswith((".understood", ".remembered")),
        "kind": True,
        "table": True,
        "language": str(value) in tongues.codes(),
        "state": f"invited.{value}" in MESSAGES,
        "reason": line.action == "invitations.replaced" and f"replaced.{value}" in MESSAGES,
        "on": line.action == "nominees.designated",
        "answer": line.action == "calls.noted",
    }
    return words[name]() if known.get(name) else value


def _meant(value: str, field: object, of_list: str) -> object:
    """Return what a person said that a value of the column `field` means, or a column where that is empty."""
    if not value:
        return _("nothing any more")
    if value == UNREAD:
        return _("not read")
    names = choices(str(field)) if field else catalogue.terms(of_list)
    return local(names[value]) if value in names else value
