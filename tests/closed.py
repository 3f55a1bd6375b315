"""Closed rounds to count and to read: a roll, who voted and how, and rules of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.platform.models import Ballot, CurrentBallot
from consulta.platform.work import COMMAND
from consulta.results import service as results
from tests.factories import RULES, build_organisation, build_round, build_seat, moment, open_now
from tests.lived import once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.platform.work import Bench

COUNTRIES = ("PE", "CO", "MX", "GT", "JM")
SECTORS = ("ngo", "academia", "trade_union", "faith_based")


class Vote(NamedTuple):
    """A seat of the roll and its ballot; an empty ranking: it did not vote."""

    country: str
    sector: str
    ranking: tuple[str, ...] = ()
    objectives: tuple[int, ...] = ()
    base: int = 1


@once
def counted(
    bench: Bench, key: str, votes: Sequence[Vote], rules: dict[str, Any] | None = None, **values: Any
) -> None:
    """A round of these votes, closed and counted; `publish` makes it public, the rest are the round's own."""
    publish = values.pop("publish", True)
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session, key, rules={**RULES, **(rules or {})}, **values))
        for number, vote in enumerate(votes, start=1):
            organisation = build_organisation(
                work.session,
                f"{key} organización {number}",
                country=vote.country,
                sector=vote.sector,
                base=vote.base,
            )
            seat = build_seat(work.session, a_round, organisation, number)
            if not vote.ranking:
                continue
            ballot = Ballot(
                round_id=a_round.id,
                seat_id=seat.id,
                version=1,
                ranking=[[theme] for theme in vote.ranking],
                objectives=list(vote.objectives),
                endorsements=[],
                shown=[theme.key for theme in a_round.themes],
                content_sha256=f"{key}-{number}",
                idempotency_key=f"{key}-{number}",
                receipt=f"{key}-RECEIPT-{number}",
                head="h",
                cast_at=moment(),
            )
            work.session.add(ballot)
            work.session.flush()
            work.session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
        a_round.state, a_round.closed_at = "closed", moment()
        work.record("rounds.closed", f"round:{a_round.id}", {"ballots": 0, "late": 0})
    with bench.work(COMMAND, moment()) as work:
        results.count(work, key)
        if publish:
            results.publish(work, key)


def mixed(
    size: int, *rankings: tuple[str, ...], objectives: tuple[int, ...] = (1, 7), silent: int = 0
) -> list[Vote]:
    """Votes of organisations spread over countries and sectors, the rankings taken in turn."""
    votes = [
        Vote(
            COUNTRIES[number % len(COUNTRIES)],
            SECTORS[number % len(SECTORS)],
            rankings[number % len(rankings)],
            objectives if number % 3 else (),
        )
        for number in range(size)
    ]
    return votes + [Vote("MX", "ngo")] * silent
