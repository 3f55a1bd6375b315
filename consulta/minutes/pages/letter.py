"""The minutes of a session as a document to keep, under the organiser's head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, url_for

from consulta.web.language import current, tongue
from consulta.web.letters import _style, as_pdf, kept
from consulta.web.request import house

if TYPE_CHECKING:
    from consulta.minutes.values import Minutes


def minutes_letter(view: Minutes) -> Response:
    """Return minutes as a PDF in the reader's language. Problems: those of `letters.drawn`."""
    key = view.card.key
    page = render_template(
        "minutes/letter.html",
        view=view,
        url=house().settings.origin + url_for("public.minutes", key=key),
        made_from=view.published_at or view.starts_at,
    )
    content = kept(page, _style("css/letter.css"), "")
    return as_pdf(content, f"{key}-{tongue().files['minutes']}-{current()}.pdf")
