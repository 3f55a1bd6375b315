"""From closed ballots to a stored result, published once.

A result is counted once and kept; pages (`result_page`) show what was kept and count nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core import bundle as core
from consulta.core.problems import Problem
from consulta.core.rounds import State, has_result, move
from consulta.data import catalogue
from consulta.services import archive, frozen, notices, public_figures, public_value, tallying
from consulta.services.access import require
from consulta.services.deadlines import as_text
from consulta.services.secrecy import what_is_public
from consulta.store import counting as rows
from consulta.store import documents, rounds

if TYPE_CHECKING:
    from consulta.core.bundle import Bundle
    from consulta.services.work import Work
    from consulta.store.models import Round


def assemble(work: Work, key: str) -> Bundle:
    """The bundle of a closed round: its roll, its current ballots, its frozen rules, its secret.

    Seats go by their pseudonyms and in the order of these, so that no place tells of an organisation.
    Nominees are there as the ballot showed them: without gender, and not at all where it named none or
    where endorsements are kept apart.
    """
    found = closed_round(work, key)
    return core.parse(tallying.file(work.session, found.id, _head(found)).encode())


def _head(found: Round) -> Bundle:
    """The bundle of a closed round but for its seats and ballots, which may be many."""
    if found.closed_at is None or found.commitment is None or found.secret is None:
        raise Problem("round.move", now=found.state, wanted=State.CLOSED.value)
    return core.Bundle(
        round=core.Round(
            found.key,
            core.LocalText(found.title_es, found.title_en),
            as_text(found.closed_at),
        ),
        rules=core.parse_rules(found.rules),
        themes=frozen.themes_of(found),
        seats=(),
        ballots=(),
        nominees=nominees_of(found) if endorses_in_bundle(found) else (),
        seed=core.Seed(found.commitment, found.secret, found.public),
    )


def endorses_in_bundle(found: Round) -> bool:
    """Return whether the bundle has nominees and whom each ballot endorses."""
    return bool(found.rules["max_endorsements"]) and not found.endorsements_apart


def nominees_of(found: Round, *, gender: bool = False) -> tuple[core.Nominee, ...]:
    """The nominees of a round as a bundle has them: those whom the ballot named.

    With `gender`, which stays in the house, also those who joined after the opening.
    """
    return tuple(
        core.Nominee(
            key=n.key,
            name=n.name,
            organisation=n.organisation,
            role=n.role,
            country=n.country,
            categories={
                "subregion": catalogue.subregion_of(n.country),
                "sector": n.sector,
                **({"gender": n.gender} if gender and n.gender else {}),
            },
            topics=tuple(n.topics),
            recent=n.recent,
            support=n.support,
        )
        for n in found.nominees
        if gender or n.on_ballot
    )


def count(work: Work, key: str) -> None:
    """Count a closed round and keep bundle and result; a second call does nothing.

    Problems: `ballots.none`, `public.missing`, `round.unknown`, `round.not_closed`.
    """
    require(work, "rounds.count")
    found = closed_round(work, key, hold=True, roll=False)
    if documents.find(work.session, found.id, "result") is not None:
        return
    if public_value.is_missing(work, found):
        raise Problem("public.missing")
    if _seconds_early(work, found) > 0:
        raise Problem("result.clock", minutes=-(-_seconds_early(work, found) // 60))
    counted = tallying.count(work.session, found.id, _head(found))
    documents.keep(work.session, found.id, "bundle", counted.file, work.now)
    kept = documents.keep(work.session, found.id, "result", counted.result.to_json().decode(), work.now)
    work.record(
        "rounds.counted",
        f"round:{found.id}",
        {
            "ballots": counted.ballots,
            "ballots_sha256": counted.ballots_sha256,
            "bundle_sha256": counted.result.bundle_sha256,
            "result_sha256": kept.sha256,
        },
    )


def count_after_closing(work: Work, key: str) -> bool:
    """Count a round that has just closed, if anybody voted and no public value is awaited; whether it is."""
    require(work, "rounds.count")
    found = closed_round(work, key, hold=True, roll=False)
    if not rows.any_ballot(work.session, found.id) or public_value.is_missing(work, found):
        return False
    if _seconds_early(work, found) > 0:
        return False
    count(work, key)
    return True


def _seconds_early(work: Work, found: Round) -> int:
    """How long a count must wait where the clock was set back: none is of before its votes."""
    return 0 if found.closed_at is None else int((found.closed_at - work.now).total_seconds())


def publish(work: Work, key: str, small_cell: int = public_figures.SMALL_CELL) -> None:
    """Make a counted round's result public and tell so; where ballots are not, its public figures are kept.

    Problems: `round.move`, `result.uncounted`, `round.unknown`.
    """
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    kept = documents.find(work.session, found.id, "result")
    if kept is None:
        raise Problem("result.uncounted")
    found.state = move(State(found.state), State.PUBLISHED).value
    found.published_at = work.now
    if "public_figures" in what_is_public(found.secrecy):
        public_figures.keep(work, found, small_cell)
    archive.publish(work, found, small_cell)
    notices.result_published(work, found)


def document(work: Work, key: str, kind: str) -> bytes:
    """A kept document of a round, byte for byte, for the secretariat. Problem: `result.uncounted`."""
    require(work, "result.read")
    found = closed_round(work, key)
    kept = documents.find(work.session, found.id, kind)
    if kept is None:
        raise Problem("result.uncounted")
    work.record("results.downloaded", f"round:{found.id}", {"kind": kind, "sha256": kept.sha256})
    return kept.content.encode()


def closed_round(work: Work, key: str, *, hold: bool = False, roll: bool = True) -> Round:
    """A round that may have a result. Problems: `round.unknown`, `round.not_closed`."""
    found = rounds.whole(work.session, key, hold=hold, roll=roll)
    if found is None:
        raise Problem("round.unknown", key=key)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found
