"""What the organisations said, as it was published: to read, to print, to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request

from consulta.platform.formats.delimited import write_csv
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import ngettext
from consulta.platform.web.language import in_words, local
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read
from consulta.results import synthesis
from consulta.vote.reasons import MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.results.synthesis import PublicSource, Said

BELONGS_TO = "reasons"


@blueprint.get("/rounds/<key>/said", may="published.read")
def said(key: str) -> str:
    """Show what the organisations of a round said, by theme, each sentence with its sources."""
    view = read(synthesis.said, key, request.args.get("version", type=int))
    sections = view.in_order()
    return render_template(
        "synthesis/said.html",
        view=view,
        sections=sections,
        quotations=synthesis.quotations(sections),
        headline=headline(view),
        example=view.example,
        where=where,
        name=theme_name,
    )


@blueprint.get("/rounds/<key>/said.csv", may="published.read")
def said_file(key: str) -> Response:
    """Return the texts that may be quoted as a CSV file."""
    view = read(synthesis.said, key, request.args.get("version", type=int))
    headings = (_("Text"), _("Theme"), _("Words"), _("Organisation"), *map(dimension_words.name, MARKS))
    name = f"{view.key}-said-{view.version}.csv"
    return Response(
        write_csv(headings, _rows(view)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def headline(view: Said) -> str:
    """Return how many reasons the organisations gave, and how many of them for what was chosen."""
    given, chosen = view.texts, view.texts_for_chosen
    first = ngettext(
        "Organisations gave %(count)s reason",
        "Organisations gave %(count)s reasons",
        given,
        count=in_words(given, feminine=True),
    )
    if not chosen:
        return first
    if chosen == given:
        return ngettext(
            "%(reasons)s for the chosen theme",
            "%(reasons)s for the chosen themes",
            len(view.chosen),
            reasons=first,
        )
    return ngettext(
        "%(reasons)s; %(count)s for the chosen theme",
        "%(reasons)s; %(count)s for the chosen themes",
        len(view.chosen),
        reasons=first,
        count=in_words(chosen, feminine=True),
    )


def theme_name(title: object) -> str:
    """Return the title of a theme, or what reasons under no theme are called."""
    return local(title) or _("Themes chosen by few organisations, combined")  # type: ignore[arg-type]  # a Text


def where(source: PublicSource) -> str:
    """Return who wrote a text, as far as that may be said."""
    told = [local(name_of(name, value)) for name in MARKS if (value := getattr(source, name))]
    return " · ".join([source.name or _("An organisation"), *told])


def _rows(view: Said) -> Iterator[tuple[str | int, ...]]:
    for section in view.sections:
        for source in section.sources:
            if source.text:
                yield (
                    source.number,
                    theme_name(section.title),
                    source.text,
                    source.name,
                    *(local(name_of(mark, key)) if (key := getattr(source, mark)) else "" for mark in MARKS),
                )
