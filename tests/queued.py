"""The messages that wait or went, read for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Message
from consulta.platform.work import COMMAND
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def messages(bench: Bench, kind: str = "") -> list[Message]:
    """All messages in the order in which they were queued, or those of a kind."""
    of_kind = [Message.kind == kind] if kind else []
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(Message).where(*of_kind).order_by(Message.id)))
        work.session.expunge_all()
        return found
