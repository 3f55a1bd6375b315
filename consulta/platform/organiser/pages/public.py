"""What any reader sees of the organiser: its notices, how to reach it, its logo."""

from __future__ import annotations

from flask import Response, abort, render_template

from consulta.platform.organiser import service
from consulta.platform.organiser.service import NOTICES
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import house, read


@blueprint.get(f"/<any({', '.join(NOTICES)}):notice>", may="published.read")
def notice(notice: str) -> str:
    """Show one of the organiser's notices; 404 where it is not written.

    That of privacy also says how long data are kept, by the settings: it is never missing.
    """
    said = read(service.profile)
    if notice not in said.notices() and notice != "privacy":
        abort(404)
    kept = house().settings.kept_days if notice == "privacy" else None
    return render_template("organiser/notice.html", notice=notice, said=said, kept=kept)


@blueprint.get("/contact", may="published.read")
def contact() -> str:
    """Show how to reach the organiser; 404 where no way is written."""
    said = read(service.profile)
    if not said.reachable:
        abort(404)
    return render_template("organiser/contact.html", said=said)


@blueprint.get("/logo/<digest>", may="published.read", for_good=True)
def logo(digest: str) -> Response:
    """Serve the logo under the digest of its content; 404 for another digest."""
    found = read(service.logo)
    if found is None or found.digest != digest:
        abort(404)
    return Response(found.content, mimetype=found.kind)
