"""Published minutes: what a session agreed, to read and to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, url_for

from consulta.platform.web import letters
from consulta.platform.web.language import current, tongue
from consulta.platform.web.letters import as_pdf, kept, style
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read
from consulta.sessions import minutes as acts

if TYPE_CHECKING:
    from flask import Response

    from consulta.sessions.minutes import Minutes

BELONGS_TO = "minutes"


@blueprint.get("/rounds/<key>/minutes", may="published.read")
def minutes(key: str) -> str:
    """Show what the session agreed, and what of it is done."""
    view = read(acts.published, key)
    letter_url = url_for("public.minutes_letter", key=key) if letters.are_available() else None
    return render_template("minutes/public.html", view=view, letter_url=letter_url, example=view.card.example)


@blueprint.get("/rounds/<key>/minutes.pdf", may="published.read")
def minutes_letter(key: str) -> Response:
    """Return the minutes as a PDF."""
    return as_letter(read(acts.published, key))


def as_letter(view: Minutes) -> Response:
    """Return minutes as a PDF in the reader's language. Problems: those of `letters.drawn`."""
    key = view.card.key
    url = house().settings.origin + url_for("public.minutes", key=key)
    made_from = view.published_at or view.starts_at
    text = render_template("minutes/letter.html", view=view, url=url, made_from=made_from)
    name = f"{key}-{tongue().files['minutes']}-{current()}.pdf"
    return as_pdf(kept(text, style("css/letter.css"), ""), name)
