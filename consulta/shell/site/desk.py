"""The desk as a whole: its pages are written one module a subject and gathered here."""

from __future__ import annotations

from consulta.accounts.staff.pages import desk as staff
from consulta.accounts.staff.pages import pending
from consulta.desk.mail.pages import files as mail_files
from consulta.desk.mail.pages import lost as mail_lost
from consulta.desk.mail.pages import mail, plain, plain_texts, reminders, restored
from consulta.desk.mail.pages import preview as mail_preview
from consulta.desk.mail.pages import texts as mail_texts
from consulta.desk.pages import (
    calendar,
    making,
    moves,
    objections,
    planning,
    results,
    roll_changes,
    rounds,
    theme_phase,
)
from consulta.operations.open_data.pages import desk as open_data
from consulta.operations.organiser import pages as organiser
from consulta.operations.practice import pages as practice
from consulta.operations.retention.pages import desk as retention
from consulta.operations.retention.pages import people
from consulta.panel.dialogues import pages as dialogue
from consulta.panel.invitations.pages import desk as invitations
from consulta.panel.invitations.pages import lists as guest_lists
from consulta.panel.invitations.pages import nominees
from consulta.panel.nominees.pages import copying, designations, institutions
from consulta.panel.nominees.pages import proposals as nominations
from consulta.panel.pages import heard, panels, presets
from consulta.people.admission.pages import desk as admission
from consulta.people.focal_points.pages import desk as focal_points
from consulta.people.members.pages import members, members_bulk, members_import, members_write
from consulta.people.own_data.pages import desk as own_data
from consulta.platform.web.desk import blueprint
from consulta.results.checks.pages import scrutineers
from consulta.results.synthesis.pages import desk as synthesis
from consulta.rounds.links.pages import files as links
from consulta.rounds.pages import themes
from consulta.rounds.witnesses.pages import desk as checkpoints
from consulta.sessions.evaluation.pages import desk as evaluation
from consulta.sessions.follow_up.pages import calls as follow_up_calls
from consulta.sessions.follow_up.pages import desk as recommendations
from consulta.sessions.minutes import pages as minutes
from consulta.sessions.pages import attendance, factsheet
from consulta.themes.review.pages import ballot as theme_choice
from consulta.themes.review.pages import desk as theme_review
from consulta.vote.changes.pages import desk as access
from consulta.vote.changes.pages import registrations
from consulta.vote.pages import assisted, calls, paper, participation, preview, seats
from consulta.vote.questions.pages import assisted as assisted_answers
from consulta.vote.questions.pages import desk as questions
from consulta.vote.questions.pages import governments
from consulta.vote.questions.pages import results as question_results
from consulta.vote.reasons.pages import assisted as assisted_reasons

__all__ = [
    "access",
    "admission",
    "assisted",
    "assisted_answers",
    "assisted_reasons",
    "attendance",
    "blueprint",
    "calendar",
    "calls",
    "checkpoints",
    "copying",
    "designations",
    "dialogue",
    "evaluation",
    "factsheet",
    "focal_points",
    "follow_up_calls",
    "governments",
    "guest_lists",
    "heard",
    "institutions",
    "invitations",
    "links",
    "mail",
    "mail_files",
    "mail_lost",
    "mail_preview",
    "mail_texts",
    "making",
    "members",
    "members_bulk",
    "members_import",
    "members_write",
    "minutes",
    "moves",
    "nominations",
    "nominees",
    "objections",
    "open_data",
    "organiser",
    "own_data",
    "panels",
    "paper",
    "participation",
    "pending",
    "people",
    "plain",
    "plain_texts",
    "planning",
    "practice",
    "presets",
    "preview",
    "question_results",
    "questions",
    "recommendations",
    "registrations",
    "reminders",
    "restored",
    "results",
    "retention",
    "roll_changes",
    "rounds",
    "scrutineers",
    "seats",
    "staff",
    "synthesis",
    "theme_choice",
    "theme_phase",
    "theme_review",
    "themes",
]
