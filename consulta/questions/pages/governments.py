"""The list of local governments at the desk: spellings of one are joined, and parted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from consulta.questions import governments as services
from consulta.questions.pages import sheets
from consulta.web.desk import blueprint
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.get("/local-governments")
def local_governments() -> str:
    """Show the local governments that organisations named, with those that may be the same."""
    with reading() as work:
        lines = services.listed(work)
        joined = services.joined(work)
    names = {line.number: sheets.place_name(line) for line in lines}
    return render_template(
        "questions/governments.html", lines=lines, names=names, joined=joined, example=False
    )


@blueprint.post("/local-governments/<int:number>")
def join_government(number: int) -> Response:
    """Join a local government with another, or part it again where none is named."""
    into = request.form.get("into", type=int)
    with writing() as work:
        if into is None:
            services.part(work, number)
        else:
            services.join(work, number, into)
    return redirect(url_for("secretariat.local_governments"), 303)
