"""The desk as a whole: its pages are written one module a subject and gathered here."""

from __future__ import annotations

from consulta.web.secretariat import (
    assisted,
    dialogue,
    links,
    mail,
    mail_files,
    mail_lost,
    mail_texts,
    members,
    members_import,
    moves,
    nominees,
    panels,
    paper,
    participation,
    planning,
    reminders,
    results,
    rounds,
    scrutineers,
    seats,
    themes,
)
from consulta.web.secretariat.blueprint import blueprint

__all__ = [
    "assisted",
    "blueprint",
    "dialogue",
    "links",
    "mail",
    "mail_files",
    "mail_lost",
    "mail_texts",
    "members",
    "members_import",
    "moves",
    "nominees",
    "panels",
    "paper",
    "participation",
    "planning",
    "reminders",
    "results",
    "rounds",
    "scrutineers",
    "seats",
    "themes",
]
