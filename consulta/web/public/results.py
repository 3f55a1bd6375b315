"""Published results and panels: what came out, and why."""

from __future__ import annotations

from flask import Response, render_template, url_for

from consulta.data import catalogue
from consulta.services import archive, public_panel, replacements, result_page
from consulta.web import letters, pictures, result_pictures
from consulta.web.public.blueprint import blueprint
from consulta.web.request import reading


@blueprint.get("/rounds/<key>/result")
def result(key: str) -> str:
    """The published result of a round."""
    with reading() as work:
        view = result_page.published_page(work, key)
        facts = archive.facts_of(work, key)
    return render_template(
        "public/result.html",
        view=view,
        pictures=result_pictures.of_result(view),
        facts=facts,
        letter_url=url_for("public.result_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result.pdf")
def result_letter(key: str) -> Response:
    """The published result of a round as a document to keep."""
    with reading() as work:
        view = result_page.published_page(work, key)
    return letters.result_letter(view)


@blueprint.get("/rounds/<key>/panel")
def panel(key: str) -> str:
    """The published panel of a round."""
    with reading() as work:
        published = public_panel.published_panel(work, key)
        replaced = replacements.public_replacements(work, key)
    return render_template(
        "public/panel.html",
        view=published,
        replaced=replaced,
        rows=pictures.of_rules(published.rows),
        roles=catalogue.roles(),
        example=published.card.example,
    )
