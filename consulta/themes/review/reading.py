"""The proposed themes of a round as the desk reviews them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.access import require
from consulta.rounds.service import line_of, sized, subject
from consulta.themes.proposals import queries
from consulta.themes.proposals.reading import lines, phase_view, steps
from consulta.themes.review import choice, news
from consulta.themes.review.service import stale, undoable
from consulta.themes.review.values import ReviewDesk, Reviewed

if TYPE_CHECKING:
    from consulta.platform.models import Round, ThemeProposal
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Readers
    from consulta.themes.proposals.values import ThemeProposalLine


def desk(work: Work, round_key: str) -> ReviewDesk:
    """Return the proposed themes of a round, by number.

    Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "theme_phase.read")
    found, sizes = sized(work, round_key, contents=True)
    rows = {row.id: row for row in queries.of_round(work.session, found.id)}
    shown = lines(work, found)
    merged: dict[int, list[int]] = {}
    for each in shown:
        if each.end is not None:
            merged.setdefault(each.end, []).append(each.number)
    told = news.untold(work, found)
    return ReviewDesk(
        round=line_of(found, sizes, work.now),
        phase=phase_view(work, found),
        proposals=tuple(
            _reviewed(work, rows[each.id], each, tuple(merged.get(each.number, ()))) for each in shown
        ),
        waiting=sum(each.state == "submitted" for each in shown),
        asked=sum(each.state == "returned" for each in shown),
        choice=choice.of_round(work, found),
        own=tuple(theme.title for theme in found.themes if not theme.backing),
        untold=sum(each.contact is not None for each in told),
        out_of_reach=tuple(each.organisation.name for each in told if each.contact is None),
    )


def tell(work: Work, round_key: str) -> int:
    """Tell each organisation by one mail what became of its proposals, if it has not been told.

    Return how many mails. Raise Problem `round.unknown` if there is no such round.
    """
    require(work, "theme_proposals.review")
    found, _sizes = sized(work, round_key, contents=True)
    count = news.tell(work, found)
    if count:
        work.record("theme_review.told", subject(found), {"count": count})
    return count


def telling(work: Work, found: Round) -> Readers:
    """Return who would be told now what became of proposed themes."""
    return news.readers(work, found)


def _reviewed(
    work: Work,
    row: ThemeProposal,
    shown: ThemeProposalLine,
    merged: tuple[int, ...],
) -> Reviewed:
    last = undoable(row)
    return Reviewed(
        proposal=shown,
        version=row.events[-1].id,
        merged=merged,
        supporters=tuple(sorted(each.organisation.name for each in row.supports)),
        steps=steps(row),
        undo=last.kind if last else "",
        stale=stale(row),
        missing=tuple(each for each in work.languages if not row.title.into(each)),
    )
