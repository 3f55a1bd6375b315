"""The questions that the rounds of the demonstration ask beside their ranking, and invented answers to them.

Hashes of the round, the organisation and the question take the place of chance, as for the votes.
"""

from __future__ import annotations

import hashlib
import tomllib
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.vote import answers, questions
from consulta.vote.questions import Question

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.work import Work
    from consulta.shell.cli.demo.desk import Desk

_NUMBERS = ("most", "steps", "least", "greatest")
_WORDS = ("low", "high", "unit", "help")


def ask(desk: Desk, key: str, at: datetime) -> None:
    """Let a draft ask its questions."""
    for minutes, entry in enumerate(_of_round(key)):
        desk.do(at + timedelta(minutes=minutes), questions.save_question, key, _question(entry))


def answer(work: Work, key: str, organisation: str) -> None:
    """Answer the questions of a round for the organisation of the session; nothing where it asks none."""
    sheet = answers.own(work, key)
    raw: dict[str, Sequence[str]] = {}
    for question, entry in zip(sheet.questions, _of_round(key), strict=True):
        if _per_cent(key, organisation, question.key, "whether") >= entry["answered"]:
            continue
        if question.kind == "governments":
            for theme, _title in sheet.themes[:3]:
                for kind, names in (("n", entry["states"]), ("l", entry["places"])):
                    raw[f"{question.key}:{theme}:{kind}"] = _named(key, organisation, theme + kind, names)
        else:
            raw[question.key] = _said(key, organisation, question, entry)
    if any(raw.values()):
        answers.send(work, key, raw, sheet.digest, sheet.version)


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(catalogue.demo_file("questions.toml").decode())["questions"])


def _of_round(key: str) -> list[dict[str, Any]]:
    return [entry for entry in _entries() if key in entry["rounds"]]


def _question(entry: dict[str, Any]) -> Question:
    more: dict[str, Any] = {name: entry[name] for name in _NUMBERS if name in entry}
    more |= {name: Text(entry[name]) for name in _WORDS if name in entry}
    options = tuple(Text(each) for each in entry.get("options", ()))
    shown = entry.get("shown", False)
    return Question("", entry["kind"], Text(entry["text"]), options=options, shown=shown, **more)


def _said(key: str, organisation: str, question: Question, entry: dict[str, Any]) -> list[str]:
    drawn = _per_cent(key, organisation, question.key)
    leaning = entry.get("leaning", ())
    if question.kind in {"one", "scale"}:
        reached = 0
        for place, share in enumerate(leaning, start=1):
            reached += share
            if drawn < reached:
                return [str(place)]
        return [str(len(leaning))]
    if question.kind == "several":
        ticked = [
            str(place)
            for place, share in enumerate(leaning, start=1)
            if _per_cent(key, organisation, question.key, str(place)) < share
        ]
        return ticked[: question.most]
    some = entry.get("texts") or [str(each) for each in leaning]
    return [some[_number(key, organisation, question.key) % len(some)]]


def _named(key: str, organisation: str, what: str, names: Sequence[str]) -> list[str]:
    """Return one or two of the names; those that come first are drawn more often."""
    drawn = [_number(key, organisation, what, str(turn)) for turn in range(2)]
    some = [names[min(each % len(names), each // 97 % len(names))] for each in drawn]
    return list(dict.fromkeys(some))[: 1 + drawn[0] % 2]


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8])


def _per_cent(*parts: str) -> int:
    return _number(*parts) % 100
