"""Ballots on paper, for one organisation or for all: as a page to print, and as a document where one is made.

Each is there in every language of the installation, first in the one in which its organisation is written to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from markupsafe import Markup

from consulta.core.counting.choice import Entries
from consulta.platform.web import letters, secrecy
from consulta.platform.web.assets import asset
from consulta.platform.web.desk import blueprint
from consulta.platform.web.language import offered, speaking, tongue
from consulta.platform.web.request import house, read
from consulta.vote import paper as services
from consulta.vote.pages import sheets

if TYPE_CHECKING:
    from flask import Response

    from consulta.vote.values import PaperBallot, PaperView

STYLE = "css/paper.css"
PART = 20
"""So many organisations a page or a document: each is made in some seconds, and weighs little."""


@blueprint.get("/rounds/<key>/paper", may="ballot.assist")
def paper(key: str) -> str:
    """Show where the ballots of all organisations are printed, a part at a time, or one part to print.

    Without a part, and with several of them, the ballot of the first organisation stands for all.
    """
    part = request.args.get("part", 0, type=int)
    view = read(services.ballots, key, None, _part(part) if part > 0 else slice(1))
    parts = _parts(view)
    if len(parts) == 1:
        view = read(services.ballots, key, None, slice(None))
    elif part > len(parts):
        view = read(services.ballots, key, None, _part(len(parts)))
    return _page(view, part=min(part, len(parts)))


@blueprint.get("/rounds/<key>/paper.pdf", may="ballot.assist")
def paper_file(key: str) -> Response:
    """Return a part of the ballots (at most `PART` organisations) as a PDF.

    Problems: those of `letters.drawn`.
    """
    part = max(request.args.get("part", 1, type=int), 1)
    view = read(services.ballots, key, None, _part(part))
    if part > len(_parts(view)):
        part = len(_parts(view))
        view = read(services.ballots, key, None, _part(part))
    return _file(view, str(part))


@blueprint.get("/rounds/<key>/seats/<seat_key>/paper", may="ballot.assist")
def seat_paper(key: str, seat_key: str) -> str:
    """Show the ballot of one organisation, to print."""
    return _page(read(services.ballots, key, seat_key, slice(None)), seat_key)


@blueprint.get("/rounds/<key>/seats/<seat_key>/paper.pdf", may="ballot.assist")
def seat_paper_file(key: str, seat_key: str) -> Response:
    """Return the ballot of one organisation as a PDF. Problems: those of `letters.drawn`."""
    return _file(read(services.ballots, key, seat_key, slice(None)), seat_key)


def _part(number: int) -> slice:
    """Return the organisations of a part, from 1, on the roll."""
    return slice((number - 1) * PART, number * PART)


def _parts(view: PaperView) -> list[tuple[int, int, str, str]]:
    """Return the first and last organisation of each part: places on the roll, from 1, and names."""
    count = len(view.roll)
    return [
        (first, last, view.roll[first - 1], view.roll[last - 1])
        for first in range(1, count + 1, PART)
        for last in [min(first + PART - 1, count)]
    ]


def _page(view: PaperView, seat_key: str | None = None, part: int = 0) -> str:
    return render_template(
        "voting/paper_ballots.html",
        line=view.round,
        sheets=_sheets(view),
        on_screen=True,
        seat_key=seat_key,
        count=len(view.roll),
        shown=len(view.ballots),
        parts=_parts(view),
        part=part,
        as_documents=letters.are_available(),
    )


def _file(view: PaperView, which: str) -> Response:
    page = render_template(
        "voting/paper_ballots.html", line=view.round, sheets=_sheets(view), on_screen=False
    )
    content = letters.drawn(page, asset(STYLE)[0].decode())
    return letters.as_pdf(content, f"{view.round.key}-{tongue().files['ballots']}-{which}.pdf")


def _sheets(view: PaperView) -> list[tuple[str, Markup, bool]]:
    """Return all pages of all ballots: language, content, whether it is the first page of a ballot.

    The language of the organisation comes first.
    """
    return [
        (lang, _sheet(ballot, lang), place == 0)
        for ballot in view.ballots
        for place, lang in enumerate(sorted(offered(), key=lambda each: each != ballot.language))
    ]


def _sheet(ballot: PaperBallot, lang: str) -> Markup:
    with speaking(lang):
        sheet = sheets.sheet(ballot.ballot, Entries({}))
        boxes = [box for _heading, some, _full in sheet.objectives for box in some]
        return Markup(  # noqa: S704 - it comes from a template of ours
            render_template(
                "voting/paper_ballot.html",
                view=ballot.ballot,
                country=ballot.country,
                questions=ballot.questions,
                sheet=sheet,
                address=house().settings.origin + url_for("public.round_page", key=ballot.ballot.round_key),
                objectives=[label for _value, label, _ticked in sorted(boxes, key=lambda box: int(box[0]))],
                who_sees=secrecy.promise(
                    ballot.ballot.secrecy, ballot.ballot.joined_below, ballot.ballot.added
                ),
                recognised=secrecy.recognised(ballot.ballot.alike, ballot.ballot.joined_below),
            )
        )
