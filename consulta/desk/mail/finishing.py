"""A message becomes a mail: by the rules for members' contacts, or by those for people who are invited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.panel.invitations import mails as guest_letters
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.rounds.letters import plain
from consulta.rounds.letters import service as letters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Finished, Needless, Post, Preview


def finish(work: Work, number: int, post: Post) -> Finished | Needless:
    """Return the mail of a waiting message, or Needless with a code if it is not to be sent."""
    message = outbox_queries.message(work.session, number)
    if message is not None and message.invitation is not None:
        return guest_letters.finish(work, message, message.invitation, post)
    if message is not None and mail_kinds.find(message.kind).readers == "others":
        return plain.finish(work, message, post)
    return letters.finish(work, number, post)


def preview(
    work: Work,
    round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return a text as a reader of the round would get it, with texts not saved yet where given.

    Problem: `mail.kind` also for mails about no round.
    """
    readers = mail_kinds.find(kind).readers
    if readers == "others":
        raise Problem("mail.kind")
    if readers == "guests":
        return guest_letters.preview(work, round_key, kind, language, post, texts, reader)
    return letters.preview(work, round_key, kind, language, post, texts, reader)
