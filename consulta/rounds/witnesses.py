"""The key of the log, its checkpoints, who cosigns and stamps them, and mails of its heads to scrutineers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.core.texts import Text
from consulta.core.trust import proofs
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.formats import moments
from consulta.platform.log import checkpoints, signing, stamping
from consulta.platform.log import heads as log_heads
from consulta.platform.log.notes import WITNESS, MalformedError, Note, Verifier, cosigned
from consulta.platform.log.notes import Checkpoint as notes_Checkpoint
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import queue_plain, to_staff
from consulta.platform.messages import N_
from consulta.platform.models import (
    Checkpoint,
    Cosignature,
    Head,
    Message,
    Round,
    Scrutineer,
    Staff,
    Timestamp,
    Witness,
)
from consulta.platform.parts import Part
from consulta.platform.texts import line
from consulta.rounds.queries import rounds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.orm import Session

    from consulta.platform.log.notes import Cosigned, Signer
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.settings import HeadMails, Settings
    from consulta.platform.work import Work


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A public key of the log, and from when on it signs."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Who cosigned a checkpoint, and when by its own clock."""

    name: str
    organisation: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StampLine:
    """A time stamp of a checkpoint: by which authority, and the time that it gave."""

    id: int
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckpointLine:
    """A checkpoint: rows, root, why it was taken, when, who cosigned it, and its time stamps."""

    size: int
    root: str
    reason: str
    at: datetime
    cosigners: tuple[Cosigner, ...]
    stamps: tuple[StampLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """A witness: its key, who runs it, and the newest checkpoint that it cosigned, if any."""

    id: int
    name: str
    organisation: str
    key: str
    since: datetime
    until: datetime | None
    size: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LogView:
    """The checkpoints of an installation: name of the log, keys, the newest checkpoints, witnesses."""

    origin: str
    keys: tuple[KeyLine, ...]
    checkpoints: tuple[CheckpointLine, ...]
    witnesses: tuple[WitnessLine, ...]
    example: bool

    @property
    def active(self) -> tuple[WitnessLine, ...]:
        """Return the witnesses that cosign at present."""
        return tuple(each for each in self.witnesses if each.until is None)


def make_first(work: Work, settings: Settings) -> str | None:
    """Make the first key of an installation, and return its public half; None where there is one already.

    A key file of which the log does not tell yet is taken as it is.
    """
    require(work, "checkpoints.sign")
    if verifiers(work):
        return None
    name = signing.origin_of(settings.base_url)
    signer = signing.read(settings.data, name) or signing.make(settings.data, name)
    begin_key(work, signer)
    return str(signer.verifier)


def change(work: Work, settings: Settings) -> str:
    """Make another key, with which checkpoints are signed from now on; return its public half.

    The name of the log stays. The former private key is overwritten.
    """
    require(work, "checkpoints.sign")
    known = verifiers(work)
    name = known[-1].name if known else signing.origin_of(settings.base_url)
    signer = signing.make(settings.data, name, replace=True)
    begin_key(work, signer)
    return str(signer.verifier)


def state(work: Work, settings: Settings) -> signing.Key:
    """Return whether the key is there."""
    return signing.state_of(settings.data, verifiers(work))


def newest_of_witnesses(session: Session) -> dict[int, tuple[int, datetime]]:
    """Return by witness the size of the largest checkpoint that it cosigned, and when it cosigned last."""
    query = (
        select(Cosignature.witness_id, func.max(Checkpoint.size), func.max(Cosignature.time))
        .join(Checkpoint, Checkpoint.id == Cosignature.checkpoint_id)
        .group_by(Cosignature.witness_id)
    )
    return {witness: (size, at) for witness, size, at in session.execute(query)}


def stamp_rows(session: Session, checkpoint_ids: list[int]) -> dict[int, list[Timestamp]]:
    """Return by checkpoint its time stamps."""
    query = select(Timestamp).where(Timestamp.checkpoint_id.in_(checkpoint_ids)).order_by(Timestamp.id)
    found: dict[int, list[Timestamp]] = {}
    for each in session.scalars(query):
        found.setdefault(each.checkpoint_id, []).append(each)
    return found


def is_example(session: Session) -> bool:
    """Return whether all rounds that opened are examples, and there is one."""
    query = select(Round.example).where(Round.state != State.DRAFT.value).distinct()
    return set(session.scalars(query)) == {True}


# -- heads for scrutineers


def scrutineer_rows(session: Session) -> list[tuple[Staff, frozenset[str]]]:
    """Return the scrutineers whose account is open, each with the keys of their rounds."""
    query = (
        select(Staff, Round.key)
        .join(Scrutineer, Scrutineer.staff_id == Staff.id)
        .join(Round, Round.id == Scrutineer.round_id)
        .where(Staff.active)
        .order_by(Staff.id, Round.key)
    )
    found: dict[int, tuple[Staff, set[str]]] = {}
    for person, key in session.execute(query):
        found.setdefault(person.id, (person, set()))[1].add(key)
    return [(person, frozenset(keys)) for person, keys in found.values()]


def heads_of_acts(session: Session, since: datetime) -> list[tuple[Head, str]]:
    """Return the heads taken at openings, closings and publications since then, each with its round's key."""
    query = (
        select(Head, Round.key)
        .join(Round, Round.id == Head.round_id)
        .where(Head.reason.in_(("opening", "closing", "publication")), Head.at >= since)
        .order_by(Head.id)
    )
    return [(head, key) for head, key in session.execute(query)]


def written_row(session: Session, once: Collection[str]) -> set[str]:
    """Return which of these messages are there."""
    return set(session.scalars(select(Message.once).where(Message.once.in_(once))))


def last_told(session: Session, staff_id: int, kind: str) -> int:
    """Return the number of the last head that messages of a kind told a person of; 0 where none did."""
    query = select(Message.facts).where(Message.kind == kind, Message.once.like(f"{kind}:%:{staff_id}"))
    told = session.scalars(query.order_by(Message.id.desc()).limit(1)).first()
    return max(told["heads"], default=0) if told else 0


def heads_after(session: Session, before: int, until: int, most: int) -> list[Head]:
    """Return the newest heads after one and up to another, at most so many, the oldest first."""
    query = select(Head).where(Head.id > min(before, until - 1), Head.id <= until)
    return list(session.scalars(query.order_by(Head.id.desc()).limit(most)))[::-1]


def heads(session: Session, numbers: Sequence[int]) -> list[Head]:
    """Return heads by their numbers, the oldest first."""
    return list(session.scalars(select(Head).where(Head.id.in_(numbers)).order_by(Head.id)))


IS_HERE = stamping.IS_HERE


FOLDER = "tsa"
STAMPS_MOST = stamping.MOST


def request_of(work: Work, size: int) -> bytes:
    """Return the request for a time stamp. Problems: `checkpoint.unknown`, `stamp.missing`."""
    require(work, "witnesses.write")
    found = _stamped_checkpoint(work, size)
    reader = stamping.reader()
    builder = reader.TimestampRequestBuilder().data(_signed(found))
    builder = builder.hash_algorithm(reader.HashAlgorithm.SHA256)
    content: bytes = builder.nonce(nonce=False).cert_request(cert_request=True).build().as_bytes()
    return content


def take_stamp(work: Work, size: int, content: bytes, folder: Path) -> str:
    """Keep the answer of an authority after checking it; return the name of the authority.

    Problems: `checkpoint.unknown`, `stamp.missing`, `stamp.unreadable`, `stamp.refused`, `stamp.another`,
    `stamp.untrusted`, `stamp.twice`.
    """
    require(work, "witnesses.write")
    found = _stamped_checkpoint(work, size)
    authority, time = stamping.checked(_signed(found), content, folder / FOLDER)
    if any(each.authority == authority for each in stamp_rows(work.session, [found.id]).get(found.id, ())):
        raise Problem("stamp.twice", name=authority)
    checkpoints.keep_stamp(work.session, work.now, found, authority, content, time, str(work.actor))
    return authority


def response(work: Work, number: int) -> bytes:
    """Return the answer of an authority as it came. Problem: `stamp.unknown`."""
    require(work, "published.read")
    return or_problem(work.session.get(Timestamp, number), "stamp.unknown").response


def _stamped_checkpoint(work: Work, size: int) -> Checkpoint:
    return or_problem(checkpoints.of_size(work.session, size), "checkpoint.unknown", size=size)


def _signed(found: Checkpoint) -> bytes:
    """Return the bytes that are stamped: the text of the checkpoint that its key signed."""
    return Note.parse(found.note).body.encode()


SHOWN = 30  # checkpoints on a page
CLOCKS = timedelta(minutes=5)  # by which the clock of a witness may differ
NAME_MAX = 200
MOST_WITNESSES = 50


# -- for everybody


def view(work: Work, most: int = SHOWN) -> LogView:
    """Return the keys, the newest checkpoints and the witnesses of this log."""
    require(work, "published.read")
    keys = checkpoints.keys(work.session)
    found = checkpoints.latest(work.session, most)
    numbers = [checkpoint.id for checkpoint, _ in found]
    by = checkpoints.cosigners(work.session, numbers)
    stamps = stamp_rows(work.session, numbers)
    newest = newest_of_witnesses(work.session)
    return LogView(
        origin=keys[-1].origin if keys else "",
        keys=tuple(KeyLine(each.key, each.at) for each in keys),
        checkpoints=tuple(
            CheckpointLine(
                head.size,
                head.root,
                head.reason,
                head.at,
                tuple(Cosigner(each.name, each.organisation, at) for each, at in by.get(checkpoint.id, ())),
                tuple(
                    StampLine(each.id, each.authority, each.time) for each in stamps.get(checkpoint.id, ())
                ),
            )
            for checkpoint, head in found
        ),
        witnesses=tuple(
            WitnessLine(
                each.id,
                each.name,
                each.organisation,
                each.key,
                each.registered_at,
                each.ended_at,
                *newest.get(each.id, (None, None)),
            )
            for each in checkpoints.witnesses(work.session)
        ),
        example=is_example(work.session),
    )


def note(work: Work, size: int | None = None) -> str:
    """Return the newest checkpoint, or that over `size` rows, with its cosignatures.

    Problem: `checkpoint.unknown`.
    """
    require(work, "published.read")
    found = or_problem(
        checkpoints.newest(work.session) if size is None else checkpoints.of_size(work.session, size),
        "checkpoint.unknown",
        size=size or 0,
    )
    return checkpoints.whole_note(work.session, found)


def keys(work: Work) -> str:
    """Return the public keys of the log, a line each, the newest last."""
    require(work, "published.read")
    return "".join(f"{each.key}\n" for each in checkpoints.keys(work.session))


def consistency(work: Work, old: int, new: int) -> str:
    """Return the proof that the log of `new` rows begins with that of `old`: a line of base64 for each hash.

    Both are sizes of checkpoints. Problem: `checkpoint.unknown`.
    """
    require(work, "published.read")
    for size in (old, new):
        if checkpoints.of_size(work.session, size) is None:
            raise Problem("checkpoint.unknown", size=size)
    if old > new:
        raise Problem("checkpoint.unknown", size=old)
    proof = proofs.consistency(old, new, log_heads.root_over(work.session))
    return "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)


# -- cosignatures


def take(work: Work, text: str) -> int:
    """Keep the cosignature that a witness sends with a checkpoint; return how many rows that is over.

    Sent again, it changes nothing. Problems: `cosignature.malformed`, `cosignature.another_log`,
    `cosignature.another_head`, `cosignature.ahead`, `cosignature.unknown_key`, `cosignature.wrong`,
    `cosignature.early`, `cosignature.late`.
    """
    checkpoint, given = _checked(work, text)
    for witness, cosignature in given:
        checkpoints.add(work.session, work.now, checkpoint, witness, cosignature)
    return checkpoint.size


def look(work: Work, text: str) -> tuple[int, bool]:
    """Return over how many rows a cosignature is that is right, and whether it is not kept yet.

    Nothing is written: strangers, and what is sent again, never wait for those who write. Problems: those
    of `take`.
    """
    checkpoint, given = _checked(work, text)
    by = checkpoints.cosigners(work.session, [checkpoint.id]).get(checkpoint.id, ())
    known = {witness.id for witness, _at in by}
    return checkpoint.size, any(witness.id not in known for witness, _cosignature in given)


def _checked(work: Work, text: str) -> tuple[Checkpoint, list[tuple[Witness, Cosigned]]]:
    """Return the checkpoint of a note, and the cosignatures of registered witnesses on it, each verified."""
    require(work, "cosignatures.send")
    try:
        sent = Note.parse(text)
        said = notes_Checkpoint.parse(sent.body)
    except MalformedError:
        raise Problem("cosignature.malformed") from None
    checkpoint = _checkpoint(work, sent, said)
    known = [
        (witness, Verifier.parse(witness.key, WITNESS))
        for name in {each.name for each in sent.signatures}
        for witness in checkpoints.active(work.session, name)
    ]
    named = [(witness, key) for witness, key in known if any(each.is_of(key) for each in sent.signatures)]
    if not named:
        raise Problem("cosignature.unknown_key")
    right = []
    for witness, key in named:
        given = or_problem(cosigned(sent, key), "cosignature.wrong", name=key.name)
        taken = work.session.get_one(Head, checkpoint.head_id).at.astimezone(UTC)
        if given.time < (taken - CLOCKS).timestamp():
            raise Problem("cosignature.early", name=key.name)
        if given.time > (work.now + CLOCKS).timestamp():
            raise Problem("cosignature.late", name=key.name)
        right.append((witness, given))
    return checkpoint, right


def _checkpoint(work: Work, sent: Note, said: notes_Checkpoint) -> Checkpoint:
    """Return the checkpoint of this log that a note is, to the last character of what is signed."""
    own = checkpoints.keys(work.session)
    if not own or said.origin != own[-1].origin:
        raise Problem("cosignature.another_log", origin=said.origin)
    newest = checkpoints.newest(work.session)
    if newest is None or said.size > newest.size:
        raise Problem("cosignature.ahead", size=said.size)
    found = checkpoints.of_size(work.session, said.size)
    if found is None or Note.parse(found.note).body != sent.body:
        raise Problem("cosignature.another_head", size=said.size)
    return found


# -- the desk


def register(work: Work, text: str, organisation: str) -> str:
    """Register a witness by its key, as `consulta witness` prints it; return its name.

    Problems: `witness.key`, `witness.organisation`, `witness.known`, `witness.name`, `witness.many`.
    """
    require(work, "witnesses.write")
    try:
        key = Verifier.parse(text, WITNESS)
    except MalformedError:
        raise Problem("witness.key") from None
    said = line(organisation)
    if not said or len(said) > NAME_MAX:
        raise Problem("witness.organisation")
    there = checkpoints.witnesses(work.session)
    if any(each.key == str(key) for each in there):
        raise Problem("witness.known")
    own = {each.origin for each in checkpoints.keys(work.session)}
    if key.name in own or any(each.name == key.name and each.ended_at is None for each in there):
        raise Problem("witness.name", name=key.name)
    if sum(each.ended_at is None for each in there) >= MOST_WITNESSES:
        raise Problem("witness.many", most=MOST_WITNESSES)
    checkpoints.register(work.session, work.now, key, said, str(work.actor))
    return key.name


def end(work: Work, witness_id: int) -> str:
    """Let a witness be none any more, and return its name. Problem: `witness.unknown`."""
    require(work, "witnesses.write")
    found = next((each for each in checkpoints.witnesses(work.session) if each.id == witness_id), None)
    if found is None or found.ended_at is not None:
        raise Problem("witness.unknown")
    checkpoints.end(work.session, work.now, found, str(work.actor))
    ended(work, f"{found.name} ({found.organisation})")
    return found.name


# -- the key, and what the worker does


def verifiers(work: Work) -> list[Verifier]:
    """Return the public keys of the log, the newest last."""
    require(work, "checkpoints.read")
    return checkpoints.verifiers(work.session)


def begin_key(work: Work, signer: Signer) -> None:
    """Let a key sign from now on, the first one or another; the log says so."""
    require(work, "checkpoints.sign")
    checkpoints.begin_key(work.session, work.now, signer)


def is_due(work: Work) -> tuple[bool, bool]:
    """Return whether the head of the hour is due, and whether a head waits for its signature."""
    require(work, "checkpoints.sign")
    return checkpoints.is_hour_due(work.session, work.now), bool(checkpoints.unsigned(work.session))


def take_hourly(work: Work) -> None:
    """Take the head of this hour, where it is due."""
    require(work, "checkpoints.sign")
    checkpoints.take_hourly(work.session, work.now)


def sign(work: Work, signer: Signer) -> int:
    """Sign the heads that wait for it; return how many."""
    require(work, "checkpoints.sign")
    return checkpoints.sign(work.session, work.now, signer)


HOUR = 7  # of the secretariat's zone, from when on the mail of a day goes
RECENT = timedelta(days=3)  # heads of before are told no more: an upgrade does not write about old rounds
TOLD_MOST = 30  # heads in one mail
KIND = "log_heads"
NOTICE = "staff_notice"  # of `staff`, whose words say it


class Due(NamedTuple):
    """A mail that is due: its name, why it is sent, of which round, to whom, up to which head."""

    once: str
    why: str
    round: str
    staff: Staff
    head: Head


def due(work: Work, rhythm: HeadMails) -> tuple[str, ...]:
    """Return the names of the mails that are due and not written yet."""
    require(work, "mail.send")
    if rhythm == "no":
        return ()
    found = [each.once for each in _due(work, rhythm)]
    written = written_row(work.session, found)
    return tuple(name for name in dict.fromkeys(found) if name not in written)


def tell(work: Work, once: str, rhythm: HeadMails) -> bool:
    """Write the mail of this name, where it is still due; return whether it was written."""
    require(work, "mail.send")
    found = next((each for each in _due(work, rhythm) if each.once == once), None)
    if found is None or written_row(work.session, [once]):
        return False
    before = last_told(work.session, found.staff.id, KIND)
    heads = heads_after(work.session, before, found.head.id, TOLD_MOST)
    facts = {"why": found.why, "round": found.round, "heads": [each.id for each in heads]}
    queue_plain(work, [to_staff(work, KIND, found.staff, once, facts)])
    return True


def ended(work: Work, name: str) -> None:
    """Tell that a person ended a witness: to the scrutineers of all rounds and to the secretariat.

    With a stolen password it was another person than the one in whose name it was done, who is told too.
    """
    if work.actor.staff_id is None:
        return
    secretariat = select(Staff).where(Staff.role.in_(("secretariat", "admin")), Staff.active)
    people = {each.id: each for each in work.session.scalars(secretariat.order_by(Staff.id))}
    people |= {person.id: person for person, _rounds in scrutineer_rows(work.session)}
    facts = {"what": "witness_ended", "who": work.actor.name, "act": dict.fromkeys(work.languages, name)}
    when = round(work.now.timestamp() * 1000)
    queue_plain(
        work,
        [
            to_staff(work, NOTICE, person, f"{NOTICE}:{person.id}:{when}:witness_ended", facts)
            for person in people.values()
        ],
    )


def _due(work: Work, rhythm: HeadMails) -> Iterator[Due]:
    """Yield the mails of now, also those that are written: acts of the last days, then that of today."""
    scrutineers = scrutineer_rows(work.session)
    if not scrutineers:
        return
    for head, key in heads_of_acts(work.session, work.now - RECENT):
        for person, watched in scrutineers:
            if key in watched:
                yield Due(f"{KIND}:{head.id}:{person.id}", head.reason, key, person, head)
    newest = work.session.scalars(select(Head).order_by(Head.id.desc()).limit(1)).first()
    part = _part(work, newest, rhythm) if newest is not None else ""
    if newest is None or not part:
        return
    takes_votes = select(Round.key).where(Round.state == State.OPEN.value).order_by(Round.key)
    opened = work.session.scalars(takes_votes).all()
    for person, watched in scrutineers:
        if key := next((key for key in opened if key in watched), ""):
            yield Due(f"{KIND}:{part}:{person.id}", "open", key, person, newest)


def _part(work: Work, newest: Head, rhythm: HeadMails) -> str:
    """Return what names the mail of this day or hour while a round is open; empty where none is due."""
    there = work.now.astimezone(ZoneInfo(DEFAULT_ZONE))
    if rhythm == "acts" or newest.at < work.now - RECENT:
        return ""
    if rhythm == "hourly":
        return str(newest.id)
    return f"day:{there.date().isoformat()}" if there.hour >= HOUR else ""


def _heads(work: Work, message: Message, reader: Reader) -> Words:
    return {language: {"heads": _told(work, message, reader, language)} for language in work.languages}


def _told(work: Work, message: Message, reader: Reader, language: str) -> str:
    """Return why the mail is sent, the heads, and where the newest ones are public."""
    facts, words = message.facts, catalogue.mail_words(language)
    found = rounds.find(work.session, facts["round"])
    title = work.best(found.title, language) if found is not None else facts["round"]
    lines = [words[f"heads_{facts['why']}"].format(round=title)]
    for each in heads(work.session, facts["heads"]):
        at = moments.moment(each.at, moments.UNIVERSAL, language)
        lines.append(words["heads_one"].format(at=at, rows=each.size, head=f"{each.size}:{each.root}"))
    return "\n\n".join([*lines, words["heads_page"].format(page=f"{reader.base_url}/{language}/log")])


KINDS = (
    MailKind(
        KIND,
        N_("Log seals for scrutineers"),
        N_("Automatically: at opening, closing and publication, and once a day while voting is open."),
        places=("heads",),
        needed=("heads",),
        readers="others",
        unnamed=True,
        fixed_text=True,
        words=_heads,
    ),
)


def _running(work: Work) -> list[Text]:
    """Return who cosigns now.

    Nobody turns off by one tick those who would notice a changed log: the desk ends each, which all are told.
    """
    names = select(Witness.organisation).where(Witness.ended_at.is_(None)).order_by(Witness.id)
    return [Text.name(each) for each in work.session.scalars(names)]


PARTS = (
    Part(
        "witnesses",
        "check",
        N_("Witnesses"),
        N_("Other organisations keep the seals of the log, so that nobody can change it unnoticed."),
        running=_running,
    ),
)
