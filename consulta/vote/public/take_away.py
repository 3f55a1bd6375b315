"""What a contact takes away from a ballot: the receipt as a document, the deadline, the themes to discuss."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from consulta.core.counting.choice import Entries
from consulta.platform.formats import calendar
from consulta.platform.organiser.pages import everywhere
from consulta.platform.web import letters
from consulta.platform.web.assets import asset
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.downloads import saved
from consulta.platform.web.language import current, local
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, now, read, reading
from consulta.vote import service as voting
from consulta.vote.pages import sheets
from consulta.vote.pages.forms import version_of

if TYPE_CHECKING:
    from flask import Response


blueprint = Pages("ballot_files", __name__)
STYLE = "css/paper.css"
LAST_HOUR = timedelta(hours=1)


@blueprint.get("/ballot/<key>/receipt.pdf", may="ballot.read_own")
def receipt(key: str) -> Response:
    """Return a recorded vote with its receipt code as a PDF.

    Problems: `vote.elsewhere`, `vote.unknown`, those of `letters.drawn`.
    """
    view, cast, head = read(voting.receipt, key, version_of(request.args))
    page = render_template(
        "voting/receipt_paper.html", view=view, cast=cast, head=head, said=sheets.reading(view, cast.choice)
    )
    return letters.as_pdf(letters.drawn(page, asset(STYLE)[0].decode()), f"{key}-{cast.receipt}.pdf")


@blueprint.get("/ballot/<key>/proof", may="ballot.read_own")
def proof(key: str) -> Response:
    """Return the proof that a vote is in the log that witnesses hold. Problems: those of `voting.proof`."""
    version = version_of(request.args)
    with reading() as work:
        _, cast, _ = voting.receipt(work, key, version)
        content = voting.proof(work, key, cast.version)
    return saved(f"{key}-{cast.receipt}.tlog-proof", content.encode(), "text/plain; charset=utf-8")


@blueprint.get("/ballot/<key>/deadline.ics", may="ballot.read_own")
def deadline(key: str) -> Response:
    """Return the last hour to vote as a calendar entry. Problem: `vote.elsewhere`."""
    view = read(voting.ballot, key)
    address = house().settings.origin + url_for("public.round_page", key=key)
    event = calendar.Event(
        uid=f"{key}.{view.seat}@consulta",
        # A deadline only moves to a later moment, so its minutes rise with every change.
        sequence=int(view.closes_at.timestamp() // 60),
        cancelled=view.state == "cancelled",
        starts_at=view.closes_at - LAST_HOUR,
        ends_at=view.closes_at,
        title=_("Last hour to vote: %(round)s", round=local(view.title)),
        place="",
        description=_(
            "The vote of %(organisation)s is sent through the personal link that you received by "
            "e-mail. If you no longer have it, request another on the consultation's page.",
            organisation=view.organisation,
        ),
        url=address,
        language=current(),
    )
    content = calendar.as_ics(event, everywhere.reply_to(), now())
    return saved(f"{key}.ics", content, "text/calendar; charset=utf-8")


@blueprint.get("/ballot/<key>/themes", may="ballot.read_own")
def themes(key: str) -> str:
    """Show the themes to print, for a discussion inside of the organisation. Problem: `vote.elsewhere`."""
    view = read(voting.ballot, key)
    return render_template("voting/themes_paper.html", view=view, sheet=sheets.sheet(view, Entries({})))
