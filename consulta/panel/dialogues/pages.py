"""The session of a round at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from consulta.panel.dialogues import service as dialogues
from consulta.panel.dialogues.forms import DialogueForm, filled
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/rounds/<key>/dialogue", methods=["GET", "POST"], may="dialogues.write")
def dialogue(key: str) -> Response | Page:
    """Show and save the session of a round: when and where, its topics, whether it takes place."""
    view = read(dialogues.desk_page, key)
    form = DialogueForm(data=filled(view), themes=view.themes)
    confirmed = bool(form.sure.data)
    if form.does(lambda work: dialogues.save(work, key, form.to_command(), confirmed=confirmed)):
        return done(_("Saved."), "dialogue", key=key)
    return page("dialogues/dialogue.html", view.round, form, view=view)
