"""Checking: how to count again, the archive to do it with, and the list of receipts."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.downloads import saved, zipped
from consulta.platform.web.fields import Form, csrf
from consulta.platform.web.language import current, spoken
from consulta.platform.web.public import blueprint
from consulta.platform.web.request import read, reading
from consulta.results import archive, verifier
from consulta.rounds.values import archive_name

if TYPE_CHECKING:
    from consulta.rounds.values import Ranking, TrustFacts


CODE_MAX = 40
HTML = "text/html; charset=utf-8"
HEAD = r"\s*[0-9A-Fa-f]{64}\s*\Z"


class CodeForm(Form):
    """A receipt code, as a person types it."""

    class Meta(Form.Meta):
        """It only reads, so the public pages that have it need no session; no other site may send it."""

        csrf = False

    code = StringField(_l("Receipt code"), [InputRequired(), Length(max=CODE_MAX)])


class HeadForm(Form):
    """A head of the log (on pages: its seal) that the reader kept, to be put into the commands."""

    head = StringField(
        _l("Log seal that you kept"),
        [Optional(), Regexp(HEAD, message=_l("A seal has 64 characters: digits, and letters from a to f."))],
    )


@blueprint.get("/rounds/<key>/verify", may="published.read")
def verify_page(key: str) -> tuple[str, int]:
    """Show how any reader can count a round again, with the commands for the head that the reader has.

    422 where the head is not well formed.
    """
    form = HeadForm(request.args, meta={"csrf": False})
    given = form.validate()
    head = "".join((form.head.data or "").split()).lower() if given else ""
    view = read(archive.verify_page, key, head)
    page = render_template(
        "results/verify.html",
        view=view,
        form=form,
        code=CodeForm(),
        head=head,
        commands=commands(view.facts, head),
        file=verifier.FILE_NAME,
        file_size=ceil(len(verifier.html()) / 1000),
        example=view.card.example,
    )
    return page, 200 if given else 422


@blueprint.get("/verificar.html", endpoint="verifier", may="published.read")
def verifier_file() -> Response:
    """Return the verifier as one HTML file, to be saved."""
    return saved(verifier.FILE_NAME, verifier.html(), HTML)


@blueprint.get("/verificar", endpoint="verifier_page", may="published.read")
def verifier_page() -> Response:
    """Return the same file, to be opened in a tab; it may run what its own policy names, and nothing else."""
    headers = {
        "Content-Disposition": f'inline; filename="{verifier.FILE_NAME}"',
        "Content-Security-Policy": verifier.policy(),
    }
    return Response(verifier.html(), content_type=HTML, headers=headers)


@blueprint.get("/rounds/<key>/archive.zip", endpoint="archive", may="published.read")
def archive_file(key: str) -> Response:
    """Return the public archive of a round as a ZIP file, or 304 to a reader who already has it.

    Browsers ask again each time, because a round that is published again has another archive.
    """
    with reading() as work:
        digest, size = archive.noted(work, key)
        if request.if_none_match.contains_weak(digest):
            answer = Response(status=HTTPStatus.NOT_MODIFIED)
        elif request.method == "HEAD":
            answer = zipped(archive_name(key), b"")
            answer.content_length = size
        else:
            answer = zipped(*archive.public_archive(work, key))
    answer.set_etag(digest)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.route("/rounds/<key>/receipts", methods=["GET", "POST"], may="published.read")
@csrf.exempt  # nothing is written, and no other site may send this form
def receipts(key: str) -> tuple[str, int]:
    """Show the receipt codes of the votes that count. After a code is sent, also what became of that vote."""
    form = CodeForm()
    asked = form.validate_on_submit()
    with reading() as work:
        view = archive.receipts_page(work, key)
        answer = archive.look_up(work, key, form.code.data or "") if asked else None
    page = render_template(
        "results/receipts.html",
        view=view,
        form=form,
        answer=answer,
        said=said(answer.ranking) if answer else "",
        rows=[
            [
                Markup("<code>{}</code>").format(line.code),
                *([line.organisation] if line.organisation else []),
                said(line.ranking),
            ]
            for line in view.lines
        ],
        example=view.card.example,
    )
    return page, form.status if request.method == "POST" else 200


def said(ranking: Ranking) -> Markup:
    """Return a ranking in one line, best first; themes in one tier are joined by an equals sign."""
    return Markup("; ").join(
        Markup("{}. {}").format(place, Markup(" = ").join(spoken(title) for title in tier))
        for place, tier in enumerate(ranking, start=1)
    )


def commands(facts: TrustFacts, head: str = "") -> tuple[str, ...]:
    """Return the commands that check the downloaded archive, as the tests run them.

    `head`: the head of the log that the reader kept; added as an option where it is given.
    """
    held = f" --head {head}" if head else ""
    return (
        f"sha256sum {facts.file_name}",
        f"consulta verify {facts.file_name} --lang {current()}{held}",
    )
