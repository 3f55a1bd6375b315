"""From closed ballots to a stored result, published once.

A result is counted and kept; pages (`result_page`) show what was kept and count nothing. Ballots are counted
again only where one of them was taken out after an objection: the earlier documents stay, as former versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting import bundle as bundles
from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, has_result, move
from consulta.core.values import Bundle, Nominee, Seed
from consulta.platform import documents, seen
from consulta.platform.access import require
from consulta.platform.data import attributes, catalogue, most_named
from consulta.platform.deadlines import as_text
from consulta.platform.settings import SMALL_CELL
from consulta.results import archive, public_figures, tallying
from consulta.rounds import ballots, frozen, notices, public_value
from consulta.rounds import service as rounds
from consulta.rounds.secrecy import what_is_public
from consulta.vote import answers, objections

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.core.counting.divided import Manifest
    from consulta.platform.models import Nominee as Stored
    from consulta.platform.models import Round
    from consulta.platform.work import Work


def assemble(work: Work, key: str, *, at_closing: bool = False) -> Bundle:
    """Return the bundle of a closed round: its roll, current ballots, frozen rules and secret.

    With `at_closing` it is the bundle of the first count, with the ballots that were taken out since.
    Seats are named by their pseudonyms and ordered by these, so that no place tells of an organisation.
    Nominees are included as the ballot showed them: without gender, and not at all if it named none or
    if endorsements are kept apart.
    Problems: `round.unknown`, `round.not_closed`.
    """
    found = closed_round(work, key)
    file = tallying.file(work, found, _head(found), at_closing=at_closing).encode()
    return bundles.parse(file)


def _head(found: Round) -> Bundle:
    """Return the bundle of a closed round without its seats and ballots, which may be many.

    Raise Problem `round.not_closed` if the round lacks its secret, commitment or closing time.
    """
    if found.closed_at is None or found.commitment is None or found.secret is None:
        raise Problem("round.not_closed", key=found.key)
    return Bundle(
        round=bundles.round_of(found.key, found.title, as_text(found.closed_at)),
        rules=parse_rules(found.rules),
        themes=frozen.themes_of(found),
        seats=(),
        ballots=(),
        nominees=nominees_of(found) if frozen.endorses_in_bundle(found) else (),
        seed=Seed(found.commitment, found.secret, found.public),
    )


def nominees_of(found: Round, *, gender: bool = False) -> tuple[Nominee, ...]:
    """Return the nominees of a round for a bundle: those whom the ballot named.

    With `gender` and the other attributes of persons, which are never published, also those added after the
    opening, and for each whether it is of the governments most named, as of the choice of the panel, where
    its rules ask for that.
    """
    return tuple(
        Nominee(
            key=n.key,
            name=n.name,
            organisation=n.organisation,
            role=n.role,
            country=n.country,
            categories={
                "subregion": catalogue.subregion_of(n.country),
                "sector": n.sector,
                **({"gender": n.gender} if gender and n.gender else {}),
                **(attributes.for_quotas(n.attributes) if gender else {}),
                **(_most_named(found, n) if gender else {}),
            },
            topics=tuple(n.topics),
            recent=n.recent,
            support=n.support,
        )
        for n in found.nominees
        if gender or n.on_ballot
    )


def _most_named(found: Round, nominee: Stored) -> dict[str, str]:
    """Return the categories of a nominee by the governments most named; none where the rules do not ask."""
    if found.most_named is None:
        return {}
    ranks = {key: each["rank"] for each in found.most_named for key in each["keys"]}
    rank = ranks.get(nominee.government, max(most_named.SIZES) + 1)
    return {
        attribute: most_named.YES if rank <= size else most_named.NO
        for attribute, size in most_named.ATTRIBUTES.items()
    }


def count(work: Work, key: str) -> None:
    """Count a closed round and keep bundle and result; a second call does nothing.

    Where a ballot was taken out since the last count it counts again, and keeps both as the next version.

    Problems: `ballots.none`, `public.missing`, `round.unknown`, `round.not_closed`.
    """
    require(work, "rounds.count")
    found = closed_round(work, key, hold=True)
    before = documents.find(work.session, found.id, "result")
    if before is not None and not (found.state == State.CLOSED and objections.is_stale(work, found)):
        return
    if public_value.is_missing(work, found):
        raise Problem("public.missing")
    if _seconds_early(work, found) > 0:
        raise Problem("result.clock", minutes=-(-_seconds_early(work, found) // 60))
    counted = tallying.count(work, found, _head(found))
    documents.keep(work.session, found.id, "bundle", counted.file, work.now)
    kept = documents.keep(work.session, found.id, "result", counted.result.to_json().decode(), work.now)
    margin = documents.keep(
        work.session, found.id, "robustness", counted.robustness.to_json().decode(), work.now
    )
    excluded = ballots.numbers(work.session, found.id).excluded
    found.left_out = excluded
    work.record(
        "rounds.counted",
        f"round:{found.id}",
        {
            **({"excluded": excluded, "version": kept.version} if before is not None else {}),
            "ballots": counted.ballots,
            "ballots_root": counted.ballots_root,
            "bundle_sha256": counted.result.bundle_sha256,
            "result_sha256": kept.sha256,
            "robustness_sha256": margin.sha256,
        },
    )
    tallying.keep_summary(work, found, counted.result, kept)


def cut(work: Work, key: str, folder: Path) -> Manifest:
    """Write a closed round into a new folder, in parts; what it would be counted from.

    Problems: `public.missing`, `round.unknown`, `round.not_closed`, those of `parts.files.write`.
    """
    require(work, "rounds.count")
    found = closed_round(work, key)
    if public_value.is_missing(work, found):
        raise Problem("public.missing")
    return tallying.cut(work, found, _head(found), folder)


def note_cut(work: Work, key: str, manifest_sha256: str) -> None:
    """Record that a round was written into a folder. Problem: `round.unknown`."""
    require(work, "rounds.count")
    found = closed_round(work, key)
    work.record("results.downloaded", f"round:{found.id}", {"kind": "parts", "sha256": manifest_sha256})


def count_after_closing(work: Work, key: str) -> bool:
    """Count a round that has just closed; return whether it is counted.

    It is not counted if it has no ballot, if a public value is awaited, or if the clock was set back to
    before the closing.
    """
    require(work, "rounds.count")
    found = closed_round(work, key, hold=True)
    if not ballots.any_ballot(work.session, found.id) or public_value.is_missing(work, found):
        return False
    if _seconds_early(work, found) > 0:
        return False
    count(work, key)
    return True


def _seconds_early(work: Work, found: Round) -> int:
    """Return how many seconds a count must wait, so that it does not date from before its votes.

    More than 0 only if the clock was set back.
    """
    return 0 if found.closed_at is None else int((found.closed_at - work.now).total_seconds())


def publish(work: Work, key: str, small_cell: int = SMALL_CELL, reason: str = "") -> None:
    """Make a counted round's result public and tell so; where ballots are not, its public figures are kept.

    `reason` says why it is published though objections are undecided. Problems: `round.move`,
    `result.uncounted`, `round.unknown`, and those of `objections.service.require_publishable`.
    """
    require(work, "rounds.publish")
    found = closed_round(work, key, hold=True)
    kept = documents.find(work.session, found.id, "result")
    if kept is None:
        raise Problem("result.uncounted")
    state = move(State(found.state), State.PUBLISHED)
    objected = objections.require_publishable(work, found, reason)
    answers.publish(work, found, small_cell)
    found.state, found.published_at = state.value, work.now
    if "public_figures" in what_is_public(found.secrecy):
        public_figures.keep(work, found, tallying.ground(work, found, _head(found)), small_cell)
    notices.result_published(work, found)  # before rows of the log: then others wait to write theirs
    archive.publish(work, found, small_cell, objected)


def document(work: Work, key: str, kind: str, *, first: bool = False) -> bytes:
    """Return a stored document of a round, byte for byte, of the newest or of the `first` count.

    The log records the download. Raise Problem `result.uncounted` if there is no such document.
    """
    require(work, "result.read")
    found = closed_round(work, key)
    kept = or_problem(
        (documents.first if first else documents.find)(work.session, found.id, kind), "result.uncounted"
    )
    seen.note(work, found)
    work.record("results.downloaded", f"round:{found.id}", {"kind": kind, "sha256": kept.sha256})
    return kept.content.encode()


def closed_round(work: Work, key: str, *, hold: bool = False, roll: bool = False) -> Round:
    """Return a round that may have a result. Problems: `round.unknown`, `round.not_closed`."""
    found = rounds.whole(work, key, hold=hold, roll=roll)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found
