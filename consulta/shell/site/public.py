"""The public pages as a whole, gathered from their modules."""

from __future__ import annotations

from consulta.operations.open_data.pages import public as open_data
from consulta.panel.invitations.pages import public as results
from consulta.panel.pages import former
from consulta.panel.pages import heard_public as heard
from consulta.people.admission.pages import public as admission
from consulta.people.focal_points.pages import public as focal_points
from consulta.people.members.pages import public as members
from consulta.people.new_link import pages as new_link
from consulta.people.own_data.pages import public as own_data
from consulta.platform.organiser.pages import public as organiser
from consulta.platform.web.public import blueprint
from consulta.results.pages import public as figures
from consulta.results.pages import trust
from consulta.results.synthesis.pages import public as synthesis
from consulta.rounds.pages import roll
from consulta.rounds.witnesses.pages import public as log
from consulta.sessions.evaluation.pages import public as evaluation
from consulta.sessions.follow_up.pages import answers as follow_up_answers
from consulta.sessions.follow_up.pages import public as follow_up
from consulta.sessions.minutes import pages as minutes
from consulta.sessions.pages import public as factsheets
from consulta.shell.site import home as views
from consulta.shell.site import result
from consulta.themes.proposals.pages import public as proposed_themes
from consulta.vote.questions.pages import public as answers

__all__ = [
    "admission",
    "answers",
    "blueprint",
    "evaluation",
    "factsheets",
    "figures",
    "focal_points",
    "follow_up",
    "follow_up_answers",
    "former",
    "heard",
    "log",
    "members",
    "minutes",
    "new_link",
    "open_data",
    "organiser",
    "own_data",
    "proposed_themes",
    "result",
    "results",
    "roll",
    "synthesis",
    "trust",
    "views",
]
