"""The places of the desk that belong to no round: the search, and the settings."""

from __future__ import annotations

from flask import render_template, request

from consulta.desk import search as searching
from consulta.operations import personal_data
from consulta.operations.pages.what_is_kept import RECORDS
from consulta.platform.web.desk import blueprint
from consulta.platform.web.pages import part_of
from consulta.platform.web.request import read
from consulta.rounds.pages import letters, stages

LONGEST = 100  # characters of a text that is looked for


@blueprint.get("/search", may="rounds.read")
def search() -> str:
    """Show the organisations, people, rounds and mails that have the words of the address."""
    text = request.args.get("q", "").strip()[:LONGEST]
    return render_template(
        "places/search.html",
        text=text,
        found=read(searching.search, text),
        least=personal_data.SHORTEST,
        most=searching.MOST,
        records=RECORDS,
        badge=stages.badge,
        kind=letters.kind,
    )


@blueprint.get("/administration", may="rounds.read")
def administration() -> str:
    """Show what concerns all rounds: who runs the site, how, and what it keeps."""
    return render_template("places/administration.html", part_of=part_of)
