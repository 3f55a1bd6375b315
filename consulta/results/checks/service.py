"""Checks of stored data: log and heads, ballots, and all that was frozen, counted and published.

Each check is independent and yields one line a fault, in English, for operators of the installation. No
check changes or repairs anything.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count as counting
from consulta.core.counting import files
from consulta.core.counting.result import Result
from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.core.trust import chance, record
from consulta.core.trust.receipts import receipt_code
from consulta.platform import deadlines, documents, seen
from consulta.platform.log import chain, checkpoints, heads
from consulta.platform.models import (
    Assistance,
    Ballot,
    Document,
    LogEntry,
    MailText,
    PlainText,
    ReceiptHead,
    Registration,
    Round,
    Seat,
)
from consulta.results import archive, summaries, tallying
from consulta.results import service as results
from consulta.results.checks import seals as seal_checks
from consulta.rounds import binding, frozen, public_value, registered
from consulta.rounds.acts import MOVED, REGISTERED, REOPENED, WITHDRAWN
from consulta.rounds.acts import rows as rows_of
from consulta.rounds.ballots import receipts
from consulta.rounds.ballots.queries import archive as archive_queries
from consulta.rounds.ballots.queries.exclusions import earlier_own, excluded, last_ballots, restored
from consulta.vote.objections import service as objections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.platform.work import Work


SENT = (archive.CAST, "ballot.abstained")
"""Acts of the log that tell of a ballot: a vote, or an abstention."""

PASSED = ("opened", "closed", "published", "cancelled")
"""The acts that bring a round into the state of the same name, in the order in which they can happen."""

ENDS = ("closes_at", "closes_local")
OF_REGISTRATION = ("number", "reason", "head", "seat_sha256")
"""What a row about a late registration says of the act, beside what it says of the roll."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it looks at, and what it found wrong."""

    name: str
    faults: tuple[str, ...]
    looked_at: str = ""  # said where it depends on the installation


def faults(work: Work) -> list[str]:
    """Return all faults that can be found without counting anything again; empty if there are none."""
    return [fault for look in QUICK.values() for fault in _looked(look, work)]


def whole(work: Work) -> Iterator[Check]:
    """Yield every check with its faults, one after the other.

    The last checks count all rounds again and build all archives anew.
    """
    for name, look in {**QUICK, **DEEP}.items():
        yield Check(name, tuple(_looked(look, work)))


def _looked(look: Callable[[Work], Iterator[str]], work: Work) -> Iterator[str]:
    """Yield the faults that a check finds, and one more where it meets what no program wrote.

    So what was put into one row keeps no other fault from being told.
    """
    try:
        yield from look(work)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        yield (
            "it could not be looked at to the end: something is stored as this program never writes it"
            f" ({type(error).__name__}: {error})"
        )


def _chain(work: Work) -> Iterator[str]:
    for number in chain.breaks(work.session):
        yield f"log row {number}: its digest or its link to the row before does not hold"


def _heads(work: Work) -> Iterator[str]:
    """Yield faults of heads: not that of the log's rows, not told by the log, or missing.

    The tree is grown anew from the first row, once, past every head in the order of their sizes. The
    heads of receipts are checked too.
    """
    tree = record.Tree()
    rows = work.session.execute(select(LogEntry.digest).order_by(LogEntry.seq)).yield_per(1000)
    for head in heads.by_size(work.session):
        while tree.size < head.size and (row := next(rows, None)) is not None:
            tree = tree.grown([row.digest])
        if (tree.size, tree.root, list(tree.peaks)) != (head.size, head.root, head.peaks):
            yield f"head {head.id}: it is not that of the log's first {head.size} rows"
        said = work.session.get(LogEntry, head.size + 1)
        told = json.loads(said.details) if said and said.action == heads.TAKEN else {}
        moment = said.at if said else ""
        about = None if head.round_id is None else f"round:{head.round_id}"
        taken = {"size": head.size, "root": head.root, "reason": head.reason, "about": about}
        if told != taken or moment != head.at.isoformat(timespec="microseconds"):
            yield f"head {head.id}: the log's next row does not tell of it"
    yield from _receipt_heads(work)
    known = {(head.size, head.root) for head in heads.by_size(work.session)}
    for details in work.session.scalars(select(LogEntry.details).where(LogEntry.action == heads.TAKEN)):
        told = json.loads(details)
        if "size" in told and (told["size"], told.get("root")) not in known:
            yield f"the head of {told.get('size')} rows: the log tells of it and it is not there"


def _receipt_heads(work: Work) -> Iterator[str]:
    """Yield the receipts whose head is not that of the log up to the row of their own vote."""
    tree = record.Tree()
    rows = work.session.execute(select(LogEntry).order_by(LogEntry.seq)).scalars().yield_per(1000)
    for head in heads.after_votes(work.session):
        last = None
        while tree.size < head.size and (last := next(rows, None)) is not None:
            tree = tree.grown([last.digest])
        if (tree.size, tree.root, list(tree.peaks)) != (head.size, head.root, head.peaks):
            yield f"ballot {head.ballot_id}: its receipt shows a head that the log never had"
        told = json.loads(last.details) if last and last.action in SENT else {}
        if told.get("ballot") != head.ballot_id:
            yield f"ballot {head.ballot_id}: its receipt shows a head that does not end with its vote"
    without = select(Ballot.id).outerjoin(ReceiptHead).where(ReceiptHead.ballot_id.is_(None))
    for ballot in work.session.scalars(without.order_by(Ballot.id)):
        yield f"ballot {ballot}: no head was kept after its vote"


def _checkpoints(work: Work) -> Iterator[str]:
    """Yield faults of checkpoints, keys, witnesses and cosignatures."""
    yield from checkpoints.faults(work.session)


def _current(work: Work) -> Iterator[str]:
    newest = (
        select(Ballot.seat_id, func.max(Ballot.version).label("version")).group_by(Ballot.seat_id).subquery()
    )
    counted = last_ballots(at_closing=True)
    rows = work.session.execute(
        select(newest.c.seat_id, newest.c.version, Ballot.version, Ballot.seat_id)
        .outerjoin(counted, counted.c.seat_id == newest.c.seat_id)
        .outerjoin(Ballot, Ballot.id == counted.c.ballot_id)
    )
    for seat, last, counts, of_seat in rows:
        if (last, seat) != (counts, of_seat):
            yield f"seat {seat}: its last ballot does not count"
    astray = select(Ballot.id).join(Seat, Seat.id == Ballot.seat_id).where(Ballot.round_id != Seat.round_id)
    for ballot in work.session.scalars(astray):
        yield f"ballot {ballot}: its seat is of another round"


def _receipts(work: Work) -> Iterator[str]:
    """Yield faults of ballots: receipt, content, head and the log's row of the vote do not fit together."""
    logged = _logged_ballots(work)
    known = {head.root for head in heads.by_size(work.session)}
    rows = work.session.execute(
        select(Ballot, Seat.pseudonym, Round.key)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Round, Round.id == Ballot.round_id)
        .order_by(Ballot.id)
    ).yield_per(1000)
    for ballot, pseudonym, key in rows:
        covered = receipts.record_of(ballot, key, pseudonym)
        if receipt_code(covered) != ballot.receipt:
            yield f"ballot {ballot.id}: its receipt code does not belong to what it says"
        told, actor = logged.pop(ballot.id, ("", ""))
        if record.digest(record.canonical(covered)) != told:
            yield f"ballot {ballot.id}: the log does not tell of it, or of another content"
        elif actor != f"voter:{ballot.contact_id}" and not ballot.assisted:
            yield f"ballot {ballot.id}: the log tells of another contact who sent it"
        yield from _content(ballot)
        if ballot.head not in known:
            yield f"ballot {ballot.id}: its receipt shows a head that was never taken"
    for number in sorted(logged):
        yield f"ballot {number}: the log tells of it and it is not there"


def _content(ballot: Ballot) -> Iterator[str]:
    if ballot.abstains and _said(ballot) != NOTHING:
        yield f"ballot {ballot.id}: it abstains and says something"
    if record.digest(record.canonical(_said(ballot))) != ballot.content_sha256:
        yield f"ballot {ballot.id}: the digest of its content is another"


NOTHING: dict[str, object] = {"ranking": [], "objectives": [], "endorsements": []}
"""What an abstention says: a field that may stay without an answer is left out, so 0 is an answer."""


def _said(ballot: Ballot) -> dict[str, object]:
    return {name: getattr(ballot, name) for name in ("ranking", "objectives", "endorsements")}


def _logged_ballots(work: Work) -> dict[int, tuple[str, str]]:
    """Return the record's digest and the sender of each ballot that the log tells of, by ballot id."""
    cast = select(LogEntry.details, LogEntry.actor).where(LogEntry.action.in_(SENT))
    told = [(json.loads(details), actor) for details, actor in work.session.execute(cast)]
    return {each["ballot"]: (each["record_sha256"], actor) for each, actor in told if "record_sha256" in each}


def _states(work: Work) -> Iterator[str]:
    """Yield the rounds whose state, its dates, or public panel differ from the acts in the log."""
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        acts = {name: _row(work, found, f"rounds.{name}") for name in PASSED}
        reached = [state for state in PASSED if acts[state] is not None]
        state = {"opened": "open"}.get(reached[-1], reached[-1]) if reached else "draft"
        again = _row(work, found, REOPENED)
        if state == "closed" and again is not None and again.seq > _seq(acts["closed"]):
            state = "open"
        if found.state != state:
            yield f"round {found.key}: it is {found.state}; by the log it is {state}"
        for name, moment in (("opened", found.opened_at), ("published", found.published_at)):
            row = acts[name]
            if (row.at if row else None) != (moment.isoformat(timespec="microseconds") if moment else None):
                yield f"round {found.key}: when it was {name} is not what the log says"
        panel = _told(work, found, "panel.published").get("version")
        if found.panel_version != panel:
            yield f"round {found.key}: its public panel is not the one that the log tells of"


def _seq(row: LogEntry | None) -> int:
    return row.seq if row is not None else 0


def _reopened(work: Work) -> Iterator[str]:
    """Yield rounds of which the log tells otherwise how often they were opened again, or that they were read.

    No row tells that a result was read between a closing and the reopening after it.
    """
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        subject = f"round:{found.id}"
        again = archive_queries.acts(work.session, subject, REOPENED)
        read = archive_queries.acts(work.session, subject, seen.ACT)
        if len(again) != found.reopenings:
            yield f"round {found.key}: the log tells of {len(again)} reopenings, not {found.reopenings}"
        if again and any(row.seq < again[-1].seq for row in read):
            yield f"round {found.key}: it was opened again after its result was read"
        moment = found.result_seen_at
        if read and (moment is None or moment.isoformat(timespec="microseconds") != read[-1].at):
            yield f"round {found.key}: when its result was first read is not what the log says"


def _registered(work: Work) -> Iterator[str]:
    """Yield late registrations that are told otherwise by the log, by the seats, or not at all."""
    done = work.session.scalars(
        select(Registration).where(Registration.state == "done").order_by(Registration.decided_at)
    )
    by_round: dict[int, list[Registration]] = {}
    for each in done:
        by_round.setdefault(each.round_id, []).append(each)
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        late = sorted(
            (seat for seat in found.seats if seat.registered_at is not None), key=lambda seat: seat.position
        )
        rows = rows_of(work, found, REGISTERED)
        kept = {each.seat_id: each for each in by_round.get(found.id, [])}
        if len(rows) != len(late):
            yield f"round {found.key}: the log tells of {len(rows)} late registrations, not {len(late)}"
        if set(kept) != {seat.id for seat in late}:
            yield f"round {found.key}: its late seats are not those of its registrations"
        for seat, row in zip(late, rows, strict=False):
            told, moment = json.loads(row.details), seat.registered_at
            if moment is None or row.at != moment.isoformat(timespec="microseconds"):
                yield f"seat {seat.id}: when it was registered is not what the log says"
            if seat.id in kept and kept[seat.id].reason != told["reason"]:
                yield f"seat {seat.id}: why it was registered is not what the log says"
        yield from _withdrawn(work, found)


def _withdrawn(work: Work, found: Round) -> Iterator[str]:
    """Yield withdrawn seats that the log does not tell of, or otherwise, and those that have a vote."""
    told = {
        row["seat"]: (row["number"], each.at)
        for each in rows_of(work, found, WITHDRAWN)
        for row in [json.loads(each.details)]
    }
    now = {
        seat.pseudonym: (
            registered.number_of(found, seat) if seat.registered_at else 0,
            seat.withdrawn_at.isoformat(timespec="microseconds"),
        )
        for seat in found.seats
        if seat.withdrawn_at is not None
    }
    if told != now:
        yield f"round {found.key}: its withdrawn seats are not those that the log tells of"
    gone = [seat.id for seat in found.seats if seat.pseudonym in told or seat.pseudonym in now]
    for number in sorted(work.session.scalars(select(Ballot.seat_id).where(Ballot.seat_id.in_(gone)))):
        yield f"seat {number}: it was withdrawn, and has a vote"


def _row(work: Work, found: Round, action: str) -> LogEntry | None:
    return archive_queries.last_act(work.session, f"round:{found.id}", action)


def _documents(work: Work) -> Iterator[str]:
    kept_all = select(Document, Round.key).join(Round, Round.id == Document.round_id)
    for document, key in work.session.execute(kept_all).yield_per(100):
        if hashlib.sha256(document.content.encode()).hexdigest() != document.sha256:
            what = f"document {document.id} ({document.kind} {document.version} of round {key})"
            yield f"{what}: its content does not match its digest"
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        for kind, version, digest in _promised(work, found):
            kept = documents.find(work.session, found.id, kind, version)
            if kept is None:
                yield f"round {found.key}: the log tells of its {kind} and it is not there"
            elif digest not in {None, kept.sha256}:
                yield f"round {found.key}: its {kind} is not the one that the log tells of"


def _promised(work: Work, found: Round) -> Iterator[tuple[str, int | None, str | None]]:
    """Yield the documents that the log tells of: kind, version, digest.

    The version is None for the newest, the digest None where the log does not tell it.
    """
    published = _told(work, found, "rounds.published")
    counts = archive_queries.acts(work.session, f"round:{found.id}", "rounds.counted")
    last = _seq(_row(work, found, REOPENED))
    for number, row in enumerate(counts, start=1):
        counted = json.loads(row.details)
        # The newest document is that of the last count, unless a reopening undid that.
        newest = number == len(counts) and row.seq > last
        version = None if newest else number
        for kind in ("bundle", "result", "robustness"):
            yield kind, version, counted.get(f"{kind}_sha256")
    for row in archive_queries.acts(work.session, f"round:{found.id}", summaries.ACT):
        told = json.loads(row.details)
        yield summaries.KIND, told["version"], told["summary_sha256"]
    if published:
        yield "archive", None, None
    if "public_sha256" in published:
        yield "public", None, published["public_sha256"]
    for row in archive_queries.acts(work.session, f"round:{found.id}", "panel.chosen"):
        told = json.loads(row.details)
        yield "panel", told["version"], told["sha256"]


def _frozen(work: Work) -> Iterator[str]:
    """Yield differences of themes, rules, roll and secret of opened rounds from the log."""
    for found in work.session.scalars(select(Round).where(Round.opened_at.is_not(None)).order_by(Round.id)):
        opened = _told(work, found, "rounds.opened")
        package, told = (found.frozen or "{}").encode(), opened.get("package_sha256")
        if {record.digest(frozen.as_published(package)), found.frozen_sha256} != {told}:
            yield f"round {found.key}: what it froze does not match the log"
        else:
            yield from _unlike_frozen(found, json.loads(package))
        committed = _told(work, found, "rounds.committed").get("commitment")
        if chance.commitment(bytes.fromhex(found.secret or "")) != committed:
            yield f"round {found.key}: its secret is not the one it committed to"
        yield from _changed_after_opening(work, found)
        opened |= _roll_told(work, found)
        for name, digest in frozen.digests(found, found.seats).items():
            if opened.get(name) != digest:
                yield f"round {found.key}: {name.removesuffix('_sha256')} changed since it opened"


def _roll_told(work: Work, found: Round) -> dict[str, Any]:
    """Return what the newest row on a late registration tells of the roll of a round; empty without one.

    The names are those of `binding.at_registration`.
    """
    told = _told(work, found, REGISTERED)
    return {name: value for name, value in told.items() if name not in OF_REGISTRATION}


def _bound(work: Work) -> Iterator[str]:
    """Yield differences between the content bound by the rows of opening and closing and stored data."""
    closed = select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)
    for found in work.session.scalars(closed):
        opened, told = (_told(work, found, f"rounds.{act}") for act in ("opened", "closed"))
        closed_at = "" if found.closed_at is None else deadlines.as_text(found.closed_at)
        now = {**binding.at_closing(work, found), "closed_at": closed_at}
        now["ballots"] = now["cast"] - now["replaced"]
        # Votes may come too late until the round is published, and after it.
        expected = {name: told.get(name) for name in now if name != "late"}
        for name in binding.faults(expected, now):
            yield f"round {found.key}: {name.removeprefix('bound.')} is not what its closing bound"
        opened |= _roll_told(work, found)
        bound = told.get("bound", {})
        fixed = {name: opened[name] for name in bound if name in opened}
        for name in binding.faults(fixed, bound):
            yield f"round {found.key}: {name} changed between its opening and its closing"


def _changed_after_opening(work: Work, found: Round) -> Iterator[str]:
    """Yield what changed after the opening otherwise than the log tells.

    The end of voting, the public value and the time for objections may change, and only as the log
    tells.
    """
    if _told(work, found, public_value.DRAWN).get("value", "") != found.public:
        yield f"round {found.key}: its public value is not the one that the log tells of"
    promised, kept = _told(work, found, "rounds.closed").get("objections_until"), found.objections_until
    if found.reopenings and found.state == "open":
        promised = None
    if promised != (deadlines.as_text(kept) if kept else None):
        yield f"round {found.key}: its time for objections is not the one that the log tells of"
    if _deadline_told(work, found) != deadlines.as_text(found.closes_at):
        yield f"round {found.key}: its deadline is not the one that the log tells of"


def _unlike_frozen(found: Round, package: dict[str, Any]) -> Iterator[str]:
    """Yield the parts of the frozen package that are different now, names and texts included.

    The end of voting has a check of its own.
    """
    now = frozen.package(found, registered.at_opening(found.seats))
    for name in now:
        if name == "dimensions" and frozen.same_dimensions(now[name], package.get(name)):
            continue
        if _without_deadline(now[name]) != _without_deadline(package.get(name)):
            yield f"round {found.key}: in what it froze, {name} is not as it is now"


def _without_deadline(part: object) -> object:
    return {name: part[name] for name in part if name not in ENDS} if isinstance(part, dict) else part


def _deadline_told(work: Work, found: Round) -> str | None:
    """Return the end of voting by the log: as last moved, else as promised; None if no row tells it."""
    rows = (_row(work, found, act) for act in (MOVED, REOPENED))
    moved = max((row for row in rows if row is not None), key=_seq, default=None)
    opened = _told(work, found, "rounds.opened")
    until: str | None = json.loads(moved.details)["after"] if moved else opened.get("closes_at")
    return until


def _counts(work: Work) -> Iterator[str]:
    for found in _with(work, "result"):
        bundle, result = (_bytes(work, found, kind) for kind in ("bundle", "result"))
        told = _told(work, found, "rounds.counted")
        if told.get("result_sha256") != record.digest(result):
            yield f"round {found.key}: its result is not the one that the log tells of"
        yield from _count(work, found, bundle, result, first=False)
        if found.left_out:
            earlier = (documents.first(work.session, found.id, kind) for kind in ("bundle", "result"))
            bundle, result = (kept.content.encode() if kept else b"" for kept in earlier)
            yield from _count(work, found, bundle, result, first=True)


def _count(work: Work, found: Round, bundle: bytes, result: bytes, *, first: bool) -> Iterator[str]:
    """Yield differences between a kept count and stored data, and between it and a new count.

    The `first` count includes ballots taken out since. A later count is not checked if a ballot was
    taken out after it.
    """
    which = "first " if first else ""
    if not first and objections.is_stale(work, found):
        return  # a ballot was taken out since: it is to be counted again
    try:
        if bundles.to_json(results.assemble(work, found.key, at_closing=first)) != bundle:
            yield f"round {found.key}: the {which}bundle is not made of what is stored now"
        elif difference := files.verify_files(bundle, result):
            yield f"round {found.key}: a new {which}count gives another result, first at {difference}"
        elif not first:
            yield from _beside(work, found, bundle, result)
    except Problem as problem:
        yield f"round {found.key}: it cannot be counted again: {problem.code}"


def _excluded(work: Work) -> Iterator[str]:
    """Yield ballots that no count includes, without an upheld objection or log row, and the reverse."""
    for found in work.session.scalars(select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)):
        yield from _excluded_abstentions(work, found)
        rows = archive_queries.acts(work.session, f"round:{found.id}", "ballots.excluded")
        details = [json.loads(row.details) for row in rows]
        told = {each["record_sha256"]: (each["objection"], each["restored"]) for each in details}
        for seat, ballot, made in excluded(work.session, found.id):
            covered = record.canonical(receipts.record_of(ballot, found.key, seat.pseudonym))
            due, counts = earlier_own(work.session, ballot), restored(work.session, ballot)
            if told.pop(record.digest(covered), None) != (made.id, due is not None):
                yield f"ballot {ballot.id}: it is not counted, and the log does not say so"
            if (due and due.id) != (counts and counts.id):
                yield f"ballot {ballot.id}: what counts in its place is not the organisation's last own vote"
            if made.state != "upheld" or made.ballot_id != ballot.id:
                yield f"ballot {ballot.id}: it is not counted, and no objection to it was upheld"
        for digest in told:
            yield f"round {found.key}: the log says that ballot {digest} was taken out, and it was not"
        if found.left_out > len(excluded(work.session, found.id)):
            yield f"round {found.key}: its count says that it left out more ballots than were taken out"


def _excluded_abstentions(work: Work, found: Round) -> Iterator[str]:
    """Yield abstentions that are not told of any more, without an upheld objection or log row."""
    rows = archive_queries.acts(work.session, f"round:{found.id}", "abstentions.excluded")
    told = {each["record_sha256"]: each["objection"] for each in (json.loads(row.details) for row in rows)}
    for seat, ballot, made in excluded(work.session, found.id, abstains=True):
        covered = record.canonical(receipts.record_of(ballot, found.key, seat.pseudonym))
        if told.pop(record.digest(covered), None) != made.id or made.ballot_id != ballot.id:
            yield f"ballot {ballot.id}: it is an abstention taken out, and the log does not say so"
    for digest in told:
        yield f"round {found.key}: the log says that abstention {digest} was taken out, and it was not"


def _beside(work: Work, found: Round, bundle: bytes, result: bytes) -> Iterator[str]:
    """Yield a sentence for each document kept beside the newest count that differs from the stored data.

    The documents are the robustness figures, which are computed again from the bundle, and the summary.
    """
    kept = _bytes(work, found, "robustness")
    if kept and (difference := counting.verify_robustness(bundles.parse(bundle), kept)):
        yield f"round {found.key}: how few could have changed it is not as kept, first at {difference}"
    summary = tallying.summary(work, found, Result.parse(result), record.digest(result))
    stored = _bytes(work, found, summaries.KIND)
    if stored != summary.to_json():
        yield f"round {found.key}: the summary of its count is not made of what is stored now"


def _archives(work: Work) -> Iterator[str]:
    for found in _with(work, "archive"):
        note = json.loads(_bytes(work, found, "archive"))
        try:
            built = record.digest(archive.build(work, found, complete=False))
        except Problem as problem:
            yield f"round {found.key}: its archive cannot be built: {problem.code}"
            continue
        if built != note["sha256"]:
            yield f"round {found.key}: its archive is not the one that was published"


def _with(work: Work, kind: str) -> list[Round]:
    kept = select(Document.round_id).where(Document.kind == kind, documents.still_holds())
    return list(work.session.scalars(select(Round).where(Round.id.in_(kept)).order_by(Round.id)))


def _bytes(work: Work, found: Round, kind: str) -> bytes:
    kept = documents.find(work.session, found.id, kind)
    return kept.content.encode() if kept else b""


def _told(work: Work, found: Round, action: str) -> dict[str, Any]:
    row = archive_queries.last_act(work.session, f"round:{found.id}", action)
    told: dict[str, Any] = json.loads(row.details) if row else {}
    return told


def _assisted(work: Work) -> Iterator[str]:
    """Yield ballots that staff entered whose request is not there, or was emptied before its period began."""
    query = (
        select(Ballot.id, Ballot.assisted, Assistance.requester, Assistance.reason, Round.state)
        .join(Round, Round.id == Ballot.round_id)
        .outerjoin(Assistance, Assistance.ballot_id == Ballot.id)
        .where((Ballot.assisted) | (Assistance.ballot_id.is_not(None)))
        .order_by(Ballot.id)
    )
    for number, assisted, requester, reason, state in work.session.execute(query):
        if assisted != (requester is not None):
            yield f"ballot {number}: its mark of staff and the request for it do not go together"
        elif state in {State.OPEN.value, State.CLOSED.value} and not (requester and reason):
            yield f"ballot {number}: who asked staff to enter it, or why, is empty"


def _mail_texts(work: Work) -> Iterator[str]:
    """Yield texts of mails that are not those of which the log tells last, by their digests."""
    told: dict[tuple[str, str, str], str] = {}
    rows = select(LogEntry.subject, LogEntry.action, LogEntry.details).where(
        LogEntry.action.in_(("mail.text_changed", "mail.text_restored"))
    )
    for subject, action, details in work.session.execute(rows.order_by(LogEntry.seq)):
        row = json.loads(details)
        place = subject, row["kind"], row["language"]
        told[place] = row.get("sha256", "") if action == "mail.text_changed" else ""
    stored: list[tuple[str, MailText | PlainText]]
    stored = [(f"round:{each.round_id}", each) for each in work.session.scalars(select(MailText))]
    stored += [("mail", each) for each in work.session.scalars(select(PlainText))]
    for subject, each in stored:
        digest = record.digest(f"{each.subject}\n\n{each.body}".encode())
        if told.get((subject, each.kind, each.language), "") != digest:
            yield f"the text of mail {each.kind} in {each.language} ({subject}): the log does not tell of it"


QUICK: dict[str, Callable[[Work], Iterator[str]]] = {
    "the log's chain": _chain,
    "the log's heads": _heads,
    "signed heads and witnesses": _checkpoints,
    "which ballots count": _current,
    "receipts": _receipts,
    "ballots taken out": _excluded,
    "kept documents": _documents,
    "what rounds froze": _frozen,
    "people, links and addresses": seal_checks.sealed,
    "what links are about": seal_checks.links,
    "invitations": seal_checks.invitations,
    "mail": seal_checks.messages,
    "acts of two persons": seal_checks.pending,
    "texts of mails": _mail_texts,
    "ballots that staff entered": _assisted,
    "what closings bound": _bound,
    "rounds opened again": _reopened,
    "late registrations": _registered,
}
DEEP: dict[str, Callable[[Work], Iterator[str]]] = {
    "where rounds stand": _states,
    "results, counted again": _counts,
    "archives, built again": _archives,
}
