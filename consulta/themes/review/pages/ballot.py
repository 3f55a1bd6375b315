"""What of the admitted proposals goes on the ballot: shown as it would be, chosen, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import offered, say
from consulta.platform.web.request import house, read
from consulta.themes.review import choice, forms, reading
from consulta.themes.review.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work


@blueprint.route("/rounds/<key>/theme-review/ballot", methods=["GET", "POST"], may="theme_proposals.review")
def theme_choice(key: str) -> Response | Page:
    """Show which themes go on the ballot and why, and put them there."""
    form = forms.ChoiceForm()
    taken = forms.taken(request.form.getlist("take"))
    reasons = forms.reasons(request.form, offered())

    def choose(work: Work) -> int:
        return choice.choose(work, key, form.last, taken, reasons, house().settings.small_cell)

    if form.does(choose):
        said: str = ngettext(
            "%(num)s theme of members is on the ballot.",
            "%(num)s themes of members are on the ballot.",
            form.outcome,
        )
        return done(said, "theme_choice", key=key)
    view = read(reading.desk, key)
    if view.choice is not None:
        form.seen.data = str(view.choice.seen)
    return page(
        "theme_review/ballot.html",
        view.round,
        form,
        view=view,
        choice=view.choice,
        hindrances=[say(each) for each in view.choice.hindrances] if view.choice else [],
        words=words,
        taken=taken,
        reasons=reasons,
        by_hand=view.choice is not None and view.choice.rule == "secretariat",
    )


@blueprint.route(
    "/rounds/<key>/theme-review/take-back", methods=["GET", "POST"], may="theme_proposals.review"
)
def take_back_themes(key: str) -> Response | Page:
    """Take the themes of members off the ballot of a draft, after saying what that means."""
    form = Form()
    if form.does(lambda work: choice.take_back(work, key)):
        return done(
            _("The themes of members are off the ballot. Proposals can be reviewed again."),
            "theme_choice",
            key=key,
        )
    view = read(reading.desk, key)
    return page("theme_review/take_back.html", view.round, form, view=view, words=words)
