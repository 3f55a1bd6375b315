"""The session of a round at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from consulta.dialogues import service as dialogues
from consulta.dialogues.forms import DialogueForm, filled
from consulta.web.desk import blueprint
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.dialogues.service import DialogueCommand


@blueprint.route("/rounds/<key>/dialogue", methods=["GET", "POST"])
def dialogue(key: str) -> Response | tuple[str, int]:
    """Show and save the session of a round: when and where, its topics, whether it takes place."""
    with reading() as work:
        view = dialogues.desk_page(work, key)
    form = DialogueForm(data=filled(view), themes=view.themes)
    if form.validate_on_submit() and form.accepts(lambda: _save(key, form.to_command())):
        flash(_("Saved."))
        return redirect(url_for("secretariat.dialogue", key=key), 303)
    return render_template(
        "dialogues/dialogue.html", view=view, line=view.round, form=form, example=view.round.example
    ), form.status


def _save(key: str, command: DialogueCommand) -> None:
    with writing() as work:
        dialogues.save(work, key, command)
