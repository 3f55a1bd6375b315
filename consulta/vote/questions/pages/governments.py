"""The list of local governments at the desk: spellings of one are joined, and parted again."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from flask import current_app, redirect, render_template, request, url_for

from consulta.platform.web.desk import blueprint
from consulta.platform.web.request import reading, writing
from consulta.vote.questions import governments as services
from consulta.vote.questions.pages import sheets

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


MOST = 2**31  # so many marks there are: numbers that an address can have


@blueprint.get("/local-governments", may="rounds.read")
def local_governments() -> str:
    """Show the local governments that organisations named, with those that may be the same."""
    with reading() as work:
        lines = services.listed(work)
        joined = services.joined(work)
    names = {line.number: sheets.place_name(line) for line in lines}
    return render_template(
        "questions/governments.html", lines=lines, names=names, joined=joined, mark=_mark, example=False
    )


@blueprint.post("/local-governments/<int:number>", may="rounds.write")
def join_government(number: int) -> Response:
    """Join a local government with another, or part it again where none is named; both by their marks."""
    with reading() as work:
        listed = [line.number for line in services.listed(work)]
        known = {_mark(each): each for each in [*listed, *(row[0] for row in services.joined(work))]}
    into = request.form.get("into", type=int)
    with writing() as work:
        if into is None:
            services.part(work, known.get(number, 0))
        else:
            services.join(work, known.get(number, 0), known.get(into, 0))
    return redirect(url_for("secretariat.local_governments"), 303)


def _mark(number: int) -> int:
    """Return by what a local government is named on the page.

    Its number would not do: numbers follow the order of arrival, and staff see when organisations vote.
    """
    key = str(current_app.secret_key).encode()
    drawn = hmac.new(key, f"local government {number}".encode(), "sha256").hexdigest()
    return int(drawn, 16) % MOST
