"""Forms of the ballot that outlive their session: a mark says that one was made for a voter of a round.

Who may be endorsed is not public. The form of a session that ended names them by key; with the mark the page
that refuses it can say them in words, to the device on which the form was shown. The mark opens nothing else.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from flask import current_app
from itsdangerous import Signer

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = "of_voter"


def of_voter(round_key: str) -> str:
    """Return the mark of a form that is shown to a voter of this round."""
    return _signer().get_signature(round_key).decode()


def is_of_voter(round_key: str, form: Mapping[str, str]) -> bool:
    """Return whether a form was made for a voter of this round."""
    return _signer().verify_signature(round_key.encode(), form.get(MARK, "").encode())


def _signer() -> Signer:
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return Signer(keys, salt="consulta form of a voter", digest_method=hashlib.sha256)
