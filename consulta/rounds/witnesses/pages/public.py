"""The public page of the log: its newest checkpoint, who cosigned it, and how to become a witness."""

from __future__ import annotations

from flask import render_template

from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, reading
from consulta.rounds.witnesses import service
from consulta.rounds.witnesses.pages.words import REASONS


@blueprint.get("/log", may="published.read")
def log() -> str:
    """Show the checkpoints of the log and the witnesses that cosign them."""
    with reading() as work:
        view = service.view(work)
        note = service.note(work) if view.checkpoints else ""
    return render_template(
        "witnesses/log.html",
        view=view,
        note=note,
        reasons=REASONS,
        address=house().settings.base_url,
        example=view.example,
    )
