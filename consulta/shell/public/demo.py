"""The page of a demonstration with all its links as buttons; there is none in any other installation."""

from __future__ import annotations

import json

from flask import Response, abort, render_template

from consulta.platform.data.catalogue import DEMO_PASSWORDS
from consulta.platform.settings import LOOPBACK
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read
from consulta.rounds import public_rounds


@blueprint.get("/demo", may="published.read")
def demo() -> Response:
    """Show who one can be in a demonstration, with a button for each; 404 where this is none."""
    settings = house().settings
    kept = settings.data / DEMO_PASSWORDS
    if settings.host not in LOOPBACK or not kept.is_file():
        abort(404)
    known = json.loads(kept.read_text(encoding="utf-8"))
    links: dict[str, list[dict[str, str]]] = {}
    for each in known["links"]:
        language, kind, _token = each["path"].strip("/").split("/")
        links.setdefault(kind, []).append({**each, "language": language})
    view = read(public_rounds.home)
    page = render_template(
        "site/demo.html", accounts=known["accounts"], links=links, published=view.published, example=True
    )
    return Response(page, headers={"Cache-Control": "no-store"})  # it has keys, invented as they are
