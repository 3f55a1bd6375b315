"""Signing in by the identity provider of the organisation: what was asked, and the session that follows.

The provider only says who a person is: no account is made by it, and an account that its owner has not begun
opens nothing. What it says is checked elsewhere (`accounts/sign_in/provider.py`); how a question and its
answer belong together is here: each question is a row that is used once, by the browser that asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.accounts import factors, queries
from consulta.platform.accounts import service as accounts

if TYPE_CHECKING:
    from consulta.platform.work import Work

KIND = "provider"  # of challenge
LIFE = timedelta(minutes=10)  # from the way out to the way back


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider said of a person: a verified address, since when, and whether in two steps."""

    email: str
    asked_at: datetime | None  # when it asked the person last, if it says so
    two_steps: bool


def ask(work: Work, state: dict[str, Any]) -> str:
    """Keep what belongs to a question to the provider; return the token by which the answer finds it."""
    require(work, "account.sign_in")
    queries.forget_challenges(work.session, work.now)
    return factors.keep_challenge(work, KIND, None, state, LIFE)


def answered(work: Work, token: str) -> dict[str, Any]:
    """Return what was kept under a token, which is used up; empty if it was used, or is too old."""
    require(work, "account.sign_in")
    try:
        asked = factors.take_challenge(work, KIND, token)
    except Problem:
        return {}
    state = dict(asked.state)
    work.session.delete(asked)
    return state


def sign_in(work: Work, said: Said, *, required: bool, source: str = "", browser: str = "") -> str | None:
    """Start a session for the person whom the provider names; None if that is no active account that began.

    The session waits for the second step, unless the provider has asked for one: where the account has one,
    or one is `required`.
    """
    require(work, "account.sign_in")
    person = accounts.begun(work, said.email)
    if person is None:
        return None
    needs = not said.two_steps and (required or factors.of(work, person.id).any)
    token = accounts.start_session(
        work,
        staff_id=person.id,
        factor="waiting" if needs else "provider",
        source=source,
        browser=browser,
        confirmed=min(said.asked_at or accounts.LONG_AGO, work.now),
    )
    if not needs:
        work.record("account.signed_in", f"staff:{person.id}", {"factor": "provider"})
    return token


def confirm(work: Work, token: str, said: Said) -> bool:
    """Return whether the provider names the person of a session, and since when.

    If so, the session counts as confirmed since then.
    """
    require(work, "account.confirm")
    signed, person = accounts.session_of(work, token), accounts.begun(work, said.email)
    if signed is None or person is None or signed.staff_id != person.id or said.asked_at is None:
        return False
    signed.confirmed_at = min(said.asked_at, work.now)
    accounts.sign(work, signed)
    return True
