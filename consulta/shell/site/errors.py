"""What a reader sees when something cannot be: once, for every view."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import BadRequest, HTTPException, SecurityError

from consulta.accounts.pages import pending
from consulta.accounts.pages.confirmation import lapsed, written
from consulta.accounts.pages.staff import short
from consulta.core.problems import Problem
from consulta.operations import practice
from consulta.platform import access, security
from consulta.platform.web import too_large
from consulta.platform.web.language import say
from consulta.platform.web.pages import VIEWS, action_of
from consulta.platform.web.request import actor, from_another_site, reading, recognise
from consulta.platform.work import ANONYMOUS
from consulta.rounds import public_rounds

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.platform.work import Actor

_log = logging.getLogger(__name__)

# The answer to a Problem that no form shows: by its code, else by the last word of its code, else 422.
STATUS = {
    "access.denied": 403,
    "account.busy": 429,
    "link.often": 429,
    "vote.elsewhere": 403,
    "round.already": 409,
    "round.move": 409,
    "round.closed": 409,
    "round.not_open": 409,
    "round.frozen": 409,
    "round.not_closed": 409,
    "access.decided": 409,
    "access.overtaken": 409,
    "links.waiting": 409,
    "import.applied": 409,
    "import.guarded": 409,
    "import.linked": 409,
    "import.not_applied": 409,
    "import.round_opened": 409,
    "import.stale": 409,
    "import.touched": 409,
    "import.undone": 409,
    "round.unopened": 409,
    "deadline.over": 409,
    "nomination.decided": 409,
    "nomination.elsewhere": 403,
    "nomination.settled": 409,
    "proposing.earlier": 409,
    "proposing.elsewhere": 403,
    "proposing.frozen": 409,
    "proposing.none": 409,
    "proposing.over": 409,
    "theme_proposal.decided": 409,
    "theme_proposal.elsewhere": 403,
    "theme_proposal.supports": 409,
    "theme_proposal.unknown": 404,
    "evaluation.frozen": 409,
    "evaluation.not_over": 409,
    "evaluation.over": 409,
    "evaluation.person": 404,
    "evaluation.published": 409,
    "evaluation.unprepared": 409,
    "evaluation.unpublished": 404,
    "evaluation.unsent": 409,
    "evaluation.written": 409,
    "invite.over": 409,
    "invite.unpublished": 409,
    "minutes.unpublished": 404,
    "invitation.cancelled": 409,
    "invitation.move": 409,
    "invitation.letters": 409,
    "invitation.nobody": 409,
    "invitation.over": 409,
    "invitation.replaced": 409,
    "objection.decided": 409,
    "recommendation.none": 404,
    "objection.over": 409,
    "objection.published": 409,
    "objection.same_person": 409,
    "objection.uncounted": 409,
    "publish.recount": 409,
    "publish.mails": 409,
    "publish.unconfirmed": 409,
    "publish.undecided": 409,
    "publish.waits": 409,
    "themes.present": 409,
    "mail.early": 409,
    "mail.file_gone": 404,
    "mail.kind": 404,
    "store.unavailable": 503,
    "data.coming": 503,
    "data.withdrawn": 410,
    "evidence.withdrawn": 410,
    "report.gone": 409,
    "document.busy": 503,
    "document.coming": 202,
    "document.limits": 503,
    "document.unavailable": 501,
}
COME_BACK = {
    "data.coming": 60,
    "document.busy": 20,
    "document.coming": 5,
    "store.unavailable": 10,
    "account.busy": 3,
    "link.often": 3,
}
"""Seconds after which it may be well again, by the code."""
TOLD = {403: "access.denied", 429: "rate.limited"}
"""The answers that the log tells as events of safety, by status."""
STATUS_BY_WORD = {"unknown": 404, "duplicate": 409}


def status_of(problem: Problem) -> int:
    """Return the HTTP status of a Problem: by its code, else by the last word of its code, else 422."""
    return STATUS.get(problem.code) or STATUS_BY_WORD.get(problem.code.rpartition(".")[2], 422)


def init_app(app: Flask) -> None:
    """Register the answers with `app`."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OverflowError, _too_large)
    app.register_error_handler(Exception, _unforeseen)


def _problem(problem: Problem) -> tuple[str, int, dict[str, str]]:
    status = status_of(problem)
    _log.info("problem code=%s status=%s endpoint=%s", problem.code, status, request.endpoint)
    if status in TOLD:
        security.tell(TOLD[status], code=problem.code, endpoint=request.endpoint, actor=_who())
    if problem.code == "store.unavailable":
        _log.error("store.unavailable cause=%s", _cause(problem))
    seconds = COME_BACK.get(problem.code)
    if (of_request := pending.told_of(problem)) is not None:
        return of_request, status, {}
    again = seconds if problem.code == "document.coming" and request.method == "GET" else None
    page = render_template(
        "site/problem.html",
        text=say(problem),
        code=problem.code,
        status=status,
        again=again,
        round_url=_desk_url(problem) or (_round_url() if status == HTTPStatus.NOT_FOUND else ""),
        receipt_url=_receipt_url(),
        written=written() if request.method == "POST" else (),
    )
    return page, status, {} if seconds is None else {"Retry-After": str(seconds)}


def _desk_url(problem: Problem) -> str:
    """Return the desk's page of the round where an act was refused or a thing is missing; empty elsewhere."""
    key = (request.view_args or {}).get("key")
    refused = status_of(problem) in {404, 409, 422} and problem.code != "round.unknown"
    at_desk = request.blueprint == "secretariat" and request.endpoint != "secretariat.round_page"
    return url_for("secretariat.round_page", key=key) if key and refused and at_desk else ""


def _round_url() -> str:
    """Return the page of the round about which a page was asked that is not there; empty without one.

    Open data do not tell what is not published from what does not exist.
    """
    key = (request.view_args or {}).get("key")
    alone = {"public.round_page", "public.data_package"}
    if request.blueprint == "public" and request.endpoint not in alone and key:
        with suppress(Problem), reading() as work:
            public_rounds.opened(work, key)
            return url_for("public.round_page", key=key)
    return ""


def _receipt_url() -> str:
    """Return the receipt of a vote from which a file was asked that is not there yet; empty elsewhere."""
    if request.endpoint not in {"ballot_files.proof", "ballot_files.receipt"}:
        return ""
    key = (request.view_args or {})["key"]
    return url_for("vote.receipt", key=key, version=request.args.get("version"))


def _who() -> Actor:
    """Return who sent the request, for the log: a person who is signed in, too, where that was not enough."""
    known = actor()
    if known == ANONYMOUS and _has_session():
        with suppress(Problem):
            return recognise("account.confirm")
    return known


def _cause(problem: Problem) -> str:
    """Return the type and first line of the error for which the database could not be used.

    The first line has no values in it, so it may go to the log of the program.
    """
    error = getattr(problem.__cause__, "orig", None) or problem.__cause__
    return f"{type(error).__name__} {str(error).partition(chr(10))[0]}"


def _stale(_error: CSRFError) -> tuple[str, int] | BaseResponse:
    """Return the page (403) for a form whose session is over; one of the desk leads back to the form."""
    security.tell("csrf.refused", endpoint=request.endpoint, other_site=from_another_site())
    return lapsed() or (render_template("site/stale.html", status=403), 403)


def _http(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if isinstance(error, SecurityError):  # a host that is not ours: no page of ours has an address there
        return error
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error
    if status in TOLD:
        elsewhere = request.method not in {"GET", "HEAD", "OPTIONS"} and from_another_site()
        event = "csrf.refused" if status == HTTPStatus.FORBIDDEN and elsewhere else TOLD[status]
        security.tell(event, endpoint=request.endpoint, actor=_who())
    with_evidence = action_of(request.endpoint).startswith("follow_up.")
    texts = too_large.written() if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else _understood(status)
    over = status == HTTPStatus.NOT_FOUND and request.path.startswith(f"/{practice.WAY}/")
    role = _role() if status == HTTPStatus.FORBIDDEN else ""
    page = render_template(
        "site/http.html",
        status=status,
        with_evidence=with_evidence,
        written=texts,
        practice_is_over=over,
        role=role,
    )
    return page, status


def _understood(status: int) -> list[str]:
    """Return what was written in a form that could not be understood (400), as far as it can be read."""
    if status != HTTPStatus.BAD_REQUEST or request.method != "POST":
        return []
    with suppress(HTTPException):
        return [text.replace("\0", "") for text in written()]
    return []


def _role() -> str:
    """Return the role of the person of staff who sent the request, in words; empty for other people."""
    role = _who().role
    return short(role) if role in access.SIGNED_IN else ""


def _too_large(_error: OverflowError) -> tuple[str, int] | HTTPException:
    """Answer 400 to a number for which neither the database nor any figure has room."""
    _log.warning("number.too_large endpoint=%s", request.endpoint)
    return _http(BadRequest())


def _unforeseen(_error: Exception) -> tuple[str, int]:
    reference = security.request_id() or secrets.token_hex(4)
    _log.exception("error reference=%s endpoint=%s", reference, request.endpoint)
    return render_template("site/unforeseen.html", reference=reference, status=500), 500


def _has_session() -> bool:
    """Return whether the page knows who asks; so does an address without a page."""
    view = VIEWS.get(request.endpoint or "")
    return view is None or view.session
