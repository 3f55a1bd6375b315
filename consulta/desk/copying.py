"""A new round copied from an earlier one: which parts are taken over, and which are made anew.

Texts and rules come with the command, as its form was sent. Nominees are chosen afterwards, one by one
(`nominees.copying`). Dates, votes, mails, sessions and results are never copied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.panel.rules import panel_rules_to_dict, parse_panel_rules
from consulta.platform.access import require
from consulta.platform.mailer.queries import outbox
from consulta.platform.parts import uses
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.letters import texts as mail_texts
from consulta.vote import questions

if TYPE_CHECKING:
    from collections.abc import Collection

    from consulta.platform.work import Work
    from consulta.rounds.service import RoundCommand
    from consulta.rounds.values import RoundLine

THEMES, PANEL, MAIL, NOMINEES = "themes", "panel", "mail", "nominees"
QUESTIONS = "questions"


@dataclass(frozen=True, slots=True)
class Source:
    """A round to copy from: how many texts of mails it has of its own."""

    round: RoundLine
    texts: int


def source(work: Work, round_key: str) -> Source:
    """Return what there is to copy from a round. Problem: `round.unknown`."""
    require(work, "rounds.read")
    line = rounds.round_line(work, round_key)
    return Source(line, len(outbox.texts(work.session, line.id)))


def create(work: Work, command: RoundCommand, source_key: str = "", parts: Collection[str] = ()) -> str:
    """Create a draft with these parts of an earlier round, and return its key.

    Problems: `round.unknown`, those of `rounds.service.create_round`.
    """
    require(work, "rounds.write")
    if not source_key:
        return rounds.create_round(work, command)
    from_it = rounds.known(work, source_key)
    key = rounds.create_round(work, command)
    if THEMES in parts:
        themes.copy_themes(work, key, source_key)
    if QUESTIONS in parts and uses(work, "questions"):
        questions.copy_questions(work, key, source_key)
    if MAIL in parts:
        mail_texts.copy_texts(work, key, source_key)
    if PANEL in parts:
        rules = parse_panel_rules(from_it.panel_rules)
        rounds.draft(work, key).panel_rules = panel_rules_to_dict(replace(rules, locked=(), barred=()))
    return key
