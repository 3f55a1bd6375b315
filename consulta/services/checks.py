"""Whether what is stored holds together: log and heads, ballots, what was frozen, counted and published.

Each check is asked by itself and answers with one line a fault, in English, for whoever runs the house.
It changes nothing and mends nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.core import bundle as core
from consulta.core import chance, record
from consulta.core import count as counting
from consulta.core.problems import Problem
from consulta.core.receipts import receipt_code
from consulta.services import archive, deadlines, extension, frozen, receipts, results
from consulta.store import archive as archive_rows
from consulta.store import documents, heads, log
from consulta.store.models import Ballot, CurrentBallot, Document, LogEntry, Round, Seat

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.services.work import Work


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it looks at, and what it found wrong."""

    name: str
    faults: tuple[str, ...]


def faults(work: Work) -> list[str]:
    """What is wrong with what is stored, without counting anything again; none where all is well."""
    return [fault for name in QUICK for fault in QUICK[name](work)]


def whole(work: Work) -> Iterator[Check]:
    """Every check, one after the other; the last ones count all rounds again and build all archives anew."""
    for name, look in {**QUICK, **DEEP}.items():
        yield Check(name, tuple(look(work)))


def _chain(work: Work) -> Iterator[str]:
    for number in log.breaks(work.session):
        yield f"log row {number}: its digest or its link to the row before does not hold"


def _heads(work: Work) -> Iterator[str]:
    """The tree is grown anew from the first row, once, past every head in the order of their sizes."""
    tree = record.Tree()
    rows = work.session.execute(select(LogEntry.digest).order_by(LogEntry.seq)).yield_per(1000)
    for head in heads.by_size(work.session):
        while tree.size < head.size and (row := next(rows, None)) is not None:
            tree = tree.grown([row.digest])
        if (tree.size, tree.root, list(tree.peaks)) != (head.size, head.root, head.peaks):
            yield f"head {head.id}: it is not that of the log's first {head.size} rows"
        said = work.session.get(LogEntry, head.size + 1)
        told = json.loads(said.details) if said and said.action == heads.TAKEN else {}
        if told.get("root") != head.root:
            yield f"head {head.id}: the log's next row does not tell of it"


def _current(work: Work) -> Iterator[str]:
    newest = (
        select(Ballot.seat_id, func.max(Ballot.version).label("version")).group_by(Ballot.seat_id).subquery()
    )
    rows = work.session.execute(
        select(newest.c.seat_id, newest.c.version, Ballot.version, Ballot.seat_id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == newest.c.seat_id)
        .outerjoin(Ballot, Ballot.id == CurrentBallot.ballot_id)
    )
    for seat, last, counts, of_seat in rows:
        if (last, seat) != (counts, of_seat):
            yield f"seat {seat}: its last ballot does not count"
    astray = select(Ballot.id).join(Seat, Seat.id == Ballot.seat_id).where(Ballot.round_id != Seat.round_id)
    for ballot in work.session.scalars(astray):
        yield f"ballot {ballot}: its seat is of another round"


def _receipts(work: Work) -> Iterator[str]:
    """Ballots from before there were heads have codes of an earlier kind and are passed over."""
    logged = _logged_ballots(work)
    known = {head.root for head in heads.by_size(work.session)}
    rows = work.session.execute(
        select(Ballot, Seat.pseudonym, Round.key)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Round, Round.id == Ballot.round_id)
        .where(Ballot.head.is_not(None))
        .order_by(Ballot.id)
    ).yield_per(1000)
    for ballot, pseudonym, key in rows:
        covered = receipts.record_of(ballot, key, pseudonym)
        if receipt_code(covered) != ballot.receipt:
            yield f"ballot {ballot.id}: its receipt code does not belong to what it says"
        if record.digest(record.canonical(covered)) != logged.pop(ballot.id, None):
            yield f"ballot {ballot.id}: the log does not tell of it, or of another content"
        if ballot.head not in known:
            yield f"ballot {ballot.id}: its receipt shows a head that was never taken"
    for number in sorted(logged):
        yield f"ballot {number}: the log tells of it and it is not there"


def _logged_ballots(work: Work) -> dict[int, str]:
    rows = work.session.scalars(select(LogEntry.details).where(LogEntry.action == "ballot.cast"))
    told = (json.loads(details) for details in rows)
    return {each["ballot"]: each["record_sha256"] for each in told if "record_sha256" in each}


def _documents(work: Work) -> Iterator[str]:
    for document in work.session.scalars(select(Document)).yield_per(100):
        if hashlib.sha256(document.content.encode()).hexdigest() != document.sha256:
            yield f"document {document.id}: its content does not match its digest"


def _frozen(work: Work) -> Iterator[str]:
    """Themes, rules, roll and secret of every round that opened, against what the log said then."""
    for found in work.session.scalars(select(Round).where(Round.opened_at.is_not(None)).order_by(Round.id)):
        opened = _told(work, found, "rounds.opened")
        if "key" not in opened:
            continue  # opened before the log said so much
        if record.digest((found.frozen or "").encode()) != opened["package_sha256"]:
            yield f"round {found.key}: what it froze does not match the log"
        committed = _told(work, found, "rounds.committed").get("commitment")
        if chance.commitment(bytes.fromhex(found.secret or "")) != committed:
            yield f"round {found.key}: its secret is not the one it committed to"
        until = _deadline_told(work, found)
        if until is not None and until != deadlines.as_text(found.closes_at):
            yield f"round {found.key}: its deadline is not the one that the log tells of"
        for name, digest in frozen.digests(found, found.seats).items():
            if opened[name] != digest:
                yield f"round {found.key}: {name.removesuffix('_sha256')} changed since it opened"


def _deadline_told(work: Work, found: Round) -> str | None:
    """The end of voting by the log: as last moved, else as promised; None where the log is older."""
    moved, opened = (_told(work, found, act) for act in (extension.MOVED, "rounds.opened"))
    until: str | None = moved.get("after", opened.get("closes_at"))
    return until


def _counts(work: Work) -> Iterator[str]:
    for found in _with(work, "result"):
        bundle, result = (_bytes(work, found, kind) for kind in ("bundle", "result"))
        told = _told(work, found, "rounds.counted")
        if told.get("result_sha256") != record.digest(result):
            yield f"round {found.key}: its result is not the one that the log tells of"
        if "bundle_sha256" not in told:
            continue  # counted before the result held all that it holds now
        try:
            if core.to_json(results.assemble(work, found.key)) != bundle:
                yield f"round {found.key}: the bundle is not made of what is stored now"
            elif difference := counting.verify(core.parse(bundle), result):
                yield f"round {found.key}: a new count gives another result, first at {difference}"
        except Problem as problem:
            yield f"round {found.key}: it cannot be counted again: {problem.code}"


def _archives(work: Work) -> Iterator[str]:
    for found in _with(work, "archive"):
        note = json.loads(_bytes(work, found, "archive"))
        if record.digest(archive.build(work, found, complete=False)) != note["sha256"]:
            yield f"round {found.key}: its archive is not the one that was published"


def _with(work: Work, kind: str) -> list[Round]:
    kept = select(Document.round_id).where(Document.kind == kind)
    return list(work.session.scalars(select(Round).where(Round.id.in_(kept)).order_by(Round.id)))


def _bytes(work: Work, found: Round, kind: str) -> bytes:
    kept = documents.find(work.session, found.id, kind)
    return kept.content.encode() if kept else b""


def _told(work: Work, found: Round, action: str) -> dict[str, Any]:
    row = archive_rows.last_act(work.session, f"round:{found.id}", action)
    told: dict[str, Any] = json.loads(row.details) if row else {}
    return told


QUICK: dict[str, Callable[[Work], Iterator[str]]] = {
    "the log's chain": _chain,
    "the log's heads": _heads,
    "which ballots count": _current,
    "receipts": _receipts,
    "kept documents": _documents,
    "what rounds froze": _frozen,
}
DEEP: dict[str, Callable[[Work], Iterator[str]]] = {
    "results, counted again": _counts,
    "archives, built again": _archives,
}
