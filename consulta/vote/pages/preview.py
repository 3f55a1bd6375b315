"""The ballot as a member sees it, shown at the desk; it goes as far as the review, and cannot be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request
from flask import url_for as address_of

from consulta.core.counting.choice import Entries
from consulta.platform.listing import PAGE
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import Page, blueprint, page
from consulta.platform.web.language import in_other_languages
from consulta.platform.web.request import house, read
from consulta.platform.web.table import LONGEST
from consulta.vote import casting, preview
from consulta.vote.pages.forms import SendForm, read_entries
from consulta.vote.public import vote
from consulta.vote.values import Late

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

HERE = "secretariat.ballot_preview"
ENDS = frozenset({"cast", "abstain"})  # pages of the vote beyond which something would be recorded


@blueprint.route("/rounds/<key>/preview", methods=["GET", "POST"], may="rounds.read")
def ballot_preview(key: str) -> Page | Response:
    """Show the ballot of an organisation, or with `step` in the query its review; nothing is recorded."""
    text = request.args.get("q", "")[:LONGEST]
    shown = read(preview.ballot, key, request.args.get("seat", ""), text, house().settings.small_cell)
    view, step = shown.ballot, request.args.get("step", "")
    if view is None:
        return page("voting/no_preview.html", shown.round)
    entries = read_entries(request.form) if request.method == "POST" else Entries({})
    context: dict[str, Any] = {
        "url_for": lambda endpoint, **values: _address(endpoint, values, key, view.seat),
        "in_other_languages": lambda *_endpoint, **_values: in_other_languages(HERE, key=key, seat=view.seat),
        "at_desk": False,
        "staff": None,
        "shown": shown,
        "text": text,
        "more": len(shown.seats) >= PAGE,
        "preview_url": address_of(HERE, key=key),
        "back_url": address_of(
            "secretariat.opening" if shown.round.state == "draft" else "secretariat.round_file", key=key
        ),
    }
    if step in ENDS:
        flash(_("This is a preview: the vote was not sent, and nothing was recorded."), "warn")
        return redirect(address_of(HERE, key=key, seat=view.seat), 303)
    if step == "people":
        return vote.people_page(view, entries, "voting/people_preview.html", **context)
    outcome = casting.reviewed(view, entries)
    if step != "review" or isinstance(outcome, Late) or outcome.faults:
        faults = outcome.faults if step == "review" and not isinstance(outcome, Late) else ()
        return vote.ballot_page(view, entries, faults, "voting/ballot_preview.html", **context)
    form = SendForm(formdata=None, key="preview")
    return vote.review_page(outcome, form, 0, "voting/review_preview.html", **context)


def _address(endpoint: str, values: dict[str, Any], key: str, seat: str) -> str:
    """Return the address of a page; every page of the vote is this one, at the step of that page."""
    area, _dot, name = endpoint.partition(".")
    if area == "vote":
        return address_of(HERE, key=key, seat=seat, step=name)
    return address_of(endpoint, **values)
