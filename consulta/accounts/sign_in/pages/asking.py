"""How many questions without a password a network may have asked: for a passkey, for the identity provider.

Each question is a row until it is answered or ten minutes old, and the pages that ask are open to everybody.
A browser in which a person signed in before has no such limit beside its lane, so that others cannot
lock it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, render_template, request

from consulta.accounts.sign_in.pages import devices
from consulta.platform import security
from consulta.platform.accounts import service as accounts
from consulta.platform.web.gate import COME_BACK
from consulta.platform.web.request import house, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


def refused() -> Response | None:
    """Return the answer to a browser that asks too often, with status 429; None where it may ask now."""
    if devices.has_any():
        return None
    source = request.remote_addr or ""
    with house().gate.questions.entered() as room:
        if room and write(accounts.may_ask, source):
            return None
    security.tell("rate.limited", what="questions")
    answer = make_response(render_template("sign_in/busy.html"), 429)
    answer.retry_after = COME_BACK
    house().gate.delay_refusal()
    return answer
