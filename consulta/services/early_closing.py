"""That voting closed before its deadline: who is told, and what the page says of it before it is done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from consulta.services import letters, notices
from consulta.services.access import require
from consulta.services.ending import ending_of
from consulta.services.outbox import hindrance
from consulta.services.rounds import hold
from consulta.services.views import ClosingMail
from consulta.store import outbox, rounds

if TYPE_CHECKING:
    from consulta.services.letters import Post
    from consulta.services.work import Work


def tell(work: Work, round_key: str) -> None:
    """Tell everybody who was promised more time that voting has closed, when and why; nothing if in time.

    In the same work as the closing. Problem: `round.unknown`.
    """
    found = hold(work, round_key)
    ending = ending_of(work, found)
    if ending is not None and ending.early:
        notices.closed_early(work, found, ending)


def closing_mail(work: Work, round_key: str, post: Post, language: str = "es") -> ClosingMail | None:
    """Whom closing now would write to, and what; None where the deadline has passed.

    Problems: those of `letters.preview`.
    """
    require(work, "mail.read")
    found = rounds.find(work.session, round_key)
    if found is None or work.now >= found.closes_at:
        return None
    people = [contact for _, contact, _ in outbox.people(work.session, found.id)]
    reached = [contact for contact in people if hindrance(contact) is None]
    return ClosingMail(
        contacts=len(reached),
        languages=tuple(sorted(Counter(contact.language for contact in reached).items())),
        held_back=len(people) - len(reached),
        sample=letters.preview(work, round_key, "closed_early", language, post),
    )
