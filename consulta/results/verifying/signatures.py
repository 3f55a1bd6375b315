"""Checkpoints: heads that the log signed, and others too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from consulta.platform.log.notes import LOG, WITNESS, Checkpoint, MalformedError, Note, Verifier, cosigned
from consulta.results.verifying.box import same_format
from consulta.results.verifying.values import DiffersError, moment, need, of_kind, same, short

if TYPE_CHECKING:
    from consulta.results.verifying import box as archives
    from consulta.results.verifying.box import Box


def key_of(text: Any, kind: int, place: str) -> Verifier:
    """Return the key that a row of the log tells of."""
    try:
        found = Verifier.parse(text, kind)
    except (AttributeError, MalformedError):
        raise DiffersError("log.jsonl", place, "a key", short(text)) from None
    need(str(found) == text, "log.jsonl", place, str(found), text)
    return found


OF_KEYS = {
    "checkpoints.key": ("key", "replaces"),
    "witnesses.registered": ("key", "organisation"),
    "witnesses.ended": ("key",),
}
Named: TypeAlias = tuple[str, bytes]  # the name and the id of a key


def keys_in_log(box: Box) -> tuple[dict[Named, Any], dict[Named, Any]]:
    """The keys that the log tells of: its own, and those of witnesses; each by name and id.

    Beside each is the row with which it ended: another key of the log, or that a witness is none any more.
    Beside that of a witness, also the row with which it began.
    """
    own: dict[Named, Any] = {}
    others: dict[Named, Any] = {}
    before, newest = None, None
    for row in [row for row in box.rows if row["action"] in OF_KEYS]:
        place, told, fields = f"row {row['seq']}", row["details"], OF_KEYS[row["action"]]
        need(sorted(told) == sorted(fields), "log.jsonl", place, ", ".join(fields), sorted(told))
        key = key_of(told["key"], LOG if "replaces" in fields else WITNESS, place)
        named = key.name, key.id
        if "replaces" in fields:
            need(told["replaces"] == before, "log.jsonl", f"{place} replaces", before, told["replaces"])
            if newest:
                own[newest] = own[newest][0], row["seq"]
            before, newest = told["key"], named
            own[newest] = key, None
            continue
        ended = row["action"] == "witnesses.ended"
        need((named in others) == ended, "log.jsonl", place, "a key", told["key"])
        since = others[named][2] if ended else row["seq"]
        others[named] = key, row["seq"] if ended else None, since
    return own, others


def need_in_use(size: int, ended: Any, file: str, place: str) -> None:
    """A key signs no head of so many rows, or more, that the row with which it ended is among them."""
    fine = ended is None or size < ended
    need(fine, file, place, f"fewer than {ended} rows, where this key ended", size)


COSIGNED = "a cosignature of this checkpoint"
LENGTH = 72  # bytes of a cosignature: a time and a signature
Cosigners: TypeAlias = list[tuple[str, int, int]]


def checked_note(box: Box, text: str, file: str, place: str) -> tuple[Checkpoint, Cosigners]:
    """A checkpoint that the log signed, and its cosignatures.

    These are each a name, a time in seconds, and the row of the log with which the witness began.
    """
    own, others = keys_in_log(box)
    try:
        note = Note.parse(of_kind(str, text))
    except MalformedError:
        wanted = "a line of a signature" if "\n\n" in text else "a signed note"
        raise DiffersError(file, place, wanted, short(text)) from None
    try:
        told = Checkpoint.parse(note.body)
    except MalformedError:
        raise DiffersError(file, place, "origin, size and root", short(note.body)) from None
    need(told.size > 0, file, place, "origin, size and root", note.body)
    lines = note.signatures
    need(len({(each.name, each.id) for each in lines}) == len(lines), file, f"{place} key", "once", "twice")
    origins = {name for name, _ in own}
    need(told.origin in origins, file, place, f"a checkpoint of {', '.join(sorted(origins))}", told.origin)
    names: Cosigners = []
    signed = False
    for line in lines:
        where, named = f"{place} {line.name}", (line.name, line.id)
        if named in own:
            key, ended = own[named]
            fine = key.accepts(note.body.encode("utf-8"), line.data)
            need(fine, file, where, "the log's signature of this checkpoint", "another")
            need_in_use(told.size, ended, file, where)
            signed = True
            continue
        known = named in others
        need(known, file, where, "a signature by a key that the log tells of", line.id.hex())
        need(len(line.data) == LENGTH, file, where, "a cosignature with its time", f"{len(line.data)} bytes")
        key, ended, since = others[named]
        found = cosigned(note, key)
        if found is None:
            raise DiffersError(file, where, COSIGNED, "another")
        need_in_use(told.size, ended, file, where)
        names.append((line.name, found.time, since))
    need(signed, file, place, "a signature of the log", "none")
    return told, names


def check_checkpoints(box: Box) -> archives.Note:
    """Each checkpoint is one of the heads, signed by the log; each cosignature is by a known witness."""
    known = {head["size"]: head for head in box.heads}
    notes, before, many = of_kind(list, box.json("checkpoints.json")["notes"]), 0, 0
    witnesses: set[str] = set()
    closed = max((row["seq"] for row in box.rows if row["action"] == "rounds.closed"), default=0)
    seen = False
    same(["format", "notes"], sorted(box.json("checkpoints.json")), "checkpoints.json")
    same_format(box, "checkpoints.json")
    for number, text in enumerate(notes, start=1):
        place = f"notes[{number - 1}]"
        told, names = checked_note(box, text, "checkpoints.json", place)
        size, root = told.size, told.root
        need(size > before, "checkpoints.json", place, f"more than {before} rows", size)
        head = known.get(size)
        if head is None:
            raise DiffersError("checkpoints.json", place, "the size of a head", short(size))
        need(root == head["root"], "checkpoints.json", place, head["root"], root)
        for name, time, since in names:
            need_meanwhile(time, head, box.heads[-1]["time"], "checkpoints.json", f"{place} {name}")
            seen = seen or since < closed <= size
        before, many = size, many + bool(names)
        witnesses |= {each[0] for each in names}
    others = keys_in_log(box)[1].items()
    at_closing = [name for (name, _), (_, ended, since) in others if since < closed < (ended or closed + 1)]
    if at_closing and not seen:
        box.unseen = ", ".join(sorted(at_closing))
        return "unseen", {"names": box.unseen}
    if not notes:
        closed = box.places["rounds.closed"]
        with_key = any(row["action"] == "checkpoints.key" and row["seq"] < closed for row in box.rows)
        return "unsigned" if with_key else "no_checkpoints", {}
    return "n_checkpoints", {"n": len(notes), "cosigned": many, "witnesses": len(witnesses)}


def need_meanwhile(seconds: Any, head: Any, ended: Any, file: str, place: str) -> None:
    """Require that a head was signed between its time and `ended`, give or take CLOCKS seconds."""
    taken = head["time"]
    fine = moment(taken).timestamp() - CLOCKS <= seconds <= moment(ended).timestamp() + CLOCKS
    need(fine, file, place, f"a time from {taken} to {ended}", told_time(seconds))


def told_time(seconds: Any) -> Any:
    """A moment as people read it."""
    return f"{(moment('1970-01-01T00:00:00') + timedelta(seconds=seconds)):%Y-%m-%dT%H:%M:%SZ}"


CLOCKS = 300  # seconds by which the clock of a witness or of an authority may be another
