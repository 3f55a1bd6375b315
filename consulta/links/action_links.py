"""Links in notices by which their reader answers one question: given by mail, looked at, answered.

It decides which link opens anything. What a question is and what an answer does belongs to its purpose: the
web has a page for each (`replies/pages/purposes.py`), and its services are called with the link's row. Only
digests of tokens are kept.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.accounts.service import digest
from consulta.addresses.queries import addresses as addresses_queries
from consulta.infra.access import require
from consulta.infra.models import ActionLink
from consulta.infra.work import Actor
from consulta.links.service import TOKEN_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.infra.models import SeatAddress
    from consulta.infra.work import Work


def give(
    work: Work, purpose: str, subject_id: int, readers: Sequence[SeatAddress], expires_at: datetime
) -> list[str]:
    """Return a new link's token for each reader; the tokens are kept nowhere."""
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in readers]
    work.session.add_all(
        ActionLink(
            purpose=purpose,
            subject_id=subject_id,
            seat_address_id=reader.id,
            token_sha256=digest(token),
            created_at=work.now,
            expires_at=expires_at,
        )
        for reader, token in zip(readers, tokens, strict=True)
    )
    return tokens


def find(work: Work, token: str, *, hold: bool = False) -> ActionLink | None:
    """Return the link of a token with its reader, seat and round; None where it opens nothing."""
    require(work, "replies.open_link")
    found = addresses_queries.action_link(work.session, digest(token), hold=hold)
    return found if found is not None and found.expires_at > work.now else None


def as_reader(work: Work, link: ActionLink) -> Work:
    """Return the same work in the name of the link's reader, so that the log says who answered."""
    contact = link.seat_address.contact
    actor = Actor("addressee", contact.id, link.seat_address.name, seat_id=link.seat_address.seat_id)
    return replace(work, actor=actor)


def answered(work: Work, link: ActionLink, choice: str) -> None:
    """Write down what was answered by a link, and when."""
    link.used_at, link.choice = work.now, choice
