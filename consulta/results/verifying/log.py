"""The files and the log: fingerprints, the chain of rows, the heads, their signatures and time stamps."""

from __future__ import annotations

import base64
import itertools
import json
import re
from array import array
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from consulta.core.trust.record import START, Tree, canonical
from consulta.core.trust.record import digest as sha256
from consulta.platform.log.notes import LOG, WITNESS, Checkpoint, MalformedError, Verifier, cosigned
from consulta.platform.log.notes import Note as notes_Note
from consulta.results.verifying.files import (
    ALWAYS,
    EXTRAS,
    MOST_WHOLE,
    DiffersError,
    is_whole,
    moment,
    need,
    need_log,
    of_kind,
    same,
    same_format,
    short,
    strict_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.results.verifying import files
    from consulta.results.verifying.files import Box, Note


HEX64 = re.compile(r"[0-9a-f]{64}\Z")
WITH_BALLOTS = ("bundle.json", "receipts.csv", "result.json", "robustness.json")
FIRST_COUNT = ("excluded.csv", "first-bundle.json", "first-result.json")
SHOWN = ("at", "role", "seal", "action", "subject", "details")
HIDDEN_ROW = re.compile(rb'\{"digest":"([0-9a-f]{64})","previous":"([0-9a-f]{64})","seq":([0-9]{1,15})\}\Z')
HEADS_TITLE = "# size root time reason about"


def check_files(box: Box) -> Note:
    """SHA256SUMS names every file that there has to be and no other, and every digest holds."""
    listed = {}
    for number, line in enumerate(box.text("SHA256SUMS").splitlines(), start=1):
        digest, _, name = line.partition("  ")
        need(HEX64.match(digest) and name, "SHA256SUMS", f"line {number}", "digest  name", line)
        need(name not in listed, "SHA256SUMS", name, "once", "twice")
        listed[name] = digest
    box.listed = listed
    for name, digest in listed.items():
        need(name in box.files, name, "(file)", "in the archive", "missing")
        found = box.files.digest(name)
        need(found == digest, name, "sha256", digest, found)
    about = box.json("archive.json")
    complete = about["complete"]
    wanted = {*ALWAYS, *(WITH_BALLOTS if complete else ("public.json",))}
    wanted |= {EXTRAS[name] for name in parts_told(about) if name in EXTRAS}
    for name in sorted(wanted):
        need(name in listed, "SHA256SUMS", name, "listed", "not listed")
    free = {"package.json", "public.json", *FIRST_COUNT} if complete else set()
    more = sorted(set(listed) - wanted - free - {"roll.csv"})
    need(not more, "SHA256SUMS", more[0] if more else "", "(nothing)", "listed")
    extra = sorted(set(box.files) - set(listed) - {"SHA256SUMS"})
    need(
        not extra or not box.zipped, extra[0] if extra else "", "(file)", "listed in SHA256SUMS", "not listed"
    )
    written = "".join(f"{listed[name]}  {name}\n" for name in sorted(listed))
    need(box.text("SHA256SUMS") == written, "SHA256SUMS", "(file)", "one line a file, by name", "not so")
    if extra:
        return "n_more", {"n": len(listed), "more": ", ".join(extra)}
    return "n_files", {"n": len(listed)}


def parts_told(about: Any) -> Any:
    """What the archive says that it has beside what every archive has."""
    parts = about.get("parts")
    return parts if isinstance(parts, list) and all(isinstance(name, str) for name in parts) else []


def parts_in_log(box: Box) -> Any:
    """What the log says that the archive has beside; a panel where the newest row about one tells it."""
    panels = [row["details"] for row in box.rows if row["action"] == "panel.published"]
    parts = ["panel"] if panels and "panel" in panels[-1] else []
    parts += ["reopened"] if reopenings(box) else []
    parts += ["registered"] if registrations(box) else []
    parts += ["stamps"] if "stamps_sha256" in box.acts["rounds.published"] else []
    return parts


def reopenings(box: Box) -> Any:
    """The rows that tell that voting was reopened after a closing by mistake."""
    return [row for row in box.rows if row["action"] == "rounds.reopened"]


def registrations(box: Box) -> Any:
    """The rows that tell that an organisation was registered after the opening."""
    return [row for row in box.rows if row["action"] == "rounds.registered"]


def withdrawals(box: Box) -> Any:
    """The rows that tell that such a registration was withdrawn, before the first vote of its seat."""
    return [row for row in box.rows if row["action"] == "rounds.seat_withdrawn"]


def roll_told(box: Box, number: int | None = None) -> Any:
    """What the log tells of the roll, by all rows or by those before one: at the opening, then later."""
    told = dict(box.acts["rounds.opened"])
    for row in registrations(box):
        if number is None or row["seq"] < number:
            told.update({name: row["details"][name] for name in OF_ROLL if name in row["details"]})
    return told


def shows_closings(box: Box) -> Any:
    """Whether an archive shows closings that a reopening undid: elsewhere they tell when ballots came."""
    about = box.json("archive.json")
    return about.get("votes") is True or about.get("secrecy") == "open"


def closings_in_log(box: Box) -> Any:
    """How many rows the log had at each closing of the round, and when that was, by the heads in it."""
    subject = box.json("archive.json")["subject"]
    taken = [row for row in box.rows if row["action"] == "heads.taken"]
    closing = [row for row in taken if row["details"].get("reason") == "closing"]
    return [(row["details"]["size"], row["at"]) for row in closing if row["details"].get("about") == subject]


def is_open(box: Box, number: int) -> Any:
    """Whether voting was open at a row of the log: after an opening or reopening, before its closing."""
    return any(begin < number < end for begin, (end, _) in zip(box.begins, box.closings, strict=False))


def check_chain(box: Box) -> Note:
    """Every row follows from the one before; the rows shown have the digest of what they show."""
    previous = START
    box.rows, box.leaves = [], bytearray()  # of each row 32 bytes: a log can have millions
    # Rows of votes are not held, but their numbers: those that are shown whole, and of which only a part is.
    box.votes, box.cast = array("I"), array("I")
    number = 0
    for number, line in lines_of_log(box):
        need_log(line.endswith(b"\n"), "(file)", "whole lines", "a part of one")
        hidden = HIDDEN_ROW.match(line[:-1])
        if hidden and hidden[2].decode() == previous and int(hidden[3]) == number:
            previous = hidden[1].decode()
        else:
            previous = shown_row(box, number, line[:-1], previous)
        box.leaves += bytes.fromhex(previous)
    need_log(number > 0, "(file)", "whole lines", "none")
    return "n_rows", {"n": number, "shown": len(box.rows) + len(box.votes) + len(box.cast)}


def lines_of_log(box: Box) -> Iterator[Any]:
    """The lines of the log with their numbers."""
    with box.files.opened("log.jsonl") as file:
        yield from enumerate(iter(lambda: file.readline(MOST_WHOLE), b""), start=1)


def rows_again(box: Box, numbers: Any) -> Iterator[Any]:
    """Rows of the log by their numbers, in their order, read once more."""
    left = iter(numbers)
    wanted = next(left, None)
    for number, line in lines_of_log(box):
        if number == wanted:
            yield unfolded(json.loads(line), f"log.jsonl row {number}")
            wanted = next(left, None)


def unfolded(row: Any, file: str) -> Any:
    """A row with what is written in it as a text of JSON, and the digest of its hidden part."""
    if "outside" in row:
        if "hidden_sha256" not in row:
            row["hidden_sha256"] = sha256(canonical([row[name] for name in SHOWN]))
        row["outside_text"] = row["outside"]
        row["outside"] = object_in(row["outside"], file)
    if "details" in row:
        row["details"] = object_in(row["details"], file)
    return row


def object_in(text: str, file: str) -> Any:
    """The object that a text of a row is."""
    found = strict_json(text.encode("utf-8"), file)
    need(isinstance(found, dict), file, "(file)", "an object", found)
    return found


def shown_row(box: Box, number: int, line: bytes, previous: str) -> Any:
    """Take in a row of which more is shown than its number and digests, or one that is wrong: its digest."""
    place = f"row {number}"
    row = strict_json(line, f"log.jsonl {place}")
    fine = isinstance(row, dict) and is_whole(row.get("seq")) and row["seq"] == number
    need_log(fine, place, number, row)
    need_log(row.get("previous") == previous, f"{place} previous", previous, row.get("previous"))
    need_log(HEX64.match(str(row.get("digest"))), f"{place} digest", "64 hex digits", row)
    need_log(line == canonical(row), place, "canonical JSON", "another form")
    names = sorted(set(row) - {"seq", "previous", "digest"})
    if not names:
        return row["digest"]
    forms = sorted(SHOWN), sorted([*SHOWN, "outside"]), ["hidden_sha256", "outside"]
    need_log(names in forms, place, ", ".join(forms[0]), ", ".join(names))
    if "outside" in row:
        whole = "hidden_sha256" not in row
        hidden = sha256(canonical([row[name] for name in SHOWN])) if whole else row["hidden_sha256"]
        digest = sha256(canonical([number, hidden, row["outside"], previous]))
        told = strict_json(row["outside"].encode("utf-8"), f"log.jsonl {place}")
        need_log(row["outside"].encode("utf-8") == canonical(told), place, "canonical JSON", "not")
    else:
        digest = sha256(canonical([number, *(row[name] for name in SHOWN), previous]))
    need_log(digest == row["digest"], f"{place} digest", digest, row["digest"])
    unfolded(row, f"log.jsonl {place}")
    if "details" not in row:
        box.cast.append(number)
    elif row["action"] == "ballot.cast":
        box.votes.append(number)
    else:
        box.rows.append(row)
    return row["digest"]


def rows_in(box: Box) -> Any:
    """How many rows the log has."""
    return len(box.leaves) // 32


def leaves(box: Box) -> Iterator[str]:
    """The digest of each row."""
    return (bytes(box.leaves[at : at + 32]).hex() for at in range(0, len(box.leaves), 32))


def sizes_of(box: Box, wanted: Any) -> Any:
    """How many rows the log had when each of these was its head: any row may be the last one of a tree."""
    found, tree, left = {}, Tree(), set(wanted)
    for leaf in leaves(box) if left else ():
        tree = tree.grown([leaf])
        root = tree.root
        if root in left:
            found[root] = tree.size
            left.discard(root)
        if not left:
            break
    return found


def check_heads(box: Box) -> Note:
    """Every head is the root over its rows, and the row after it says the same; the last one covers all."""
    box.heads, told = [], {}
    subject = box.json("archive.json")["subject"]
    for row in box.rows:
        if row["action"] == "heads.taken":
            told[row["seq"]] = row
    lines, box.growing = box.text("heads.txt").split("\n"), (Tree(), leaves(box))
    need(lines[0] == HEADS_TITLE and lines[-1] == "", "heads.txt", "line 1", HEADS_TITLE, lines[0])
    for number, line in enumerate(lines[1:-1], start=2):
        box.heads.append(read_head(box, f"line {number}", line))
    need(bool(box.heads), "heads.txt", "(file)", "a head", "none")
    for head in box.heads[:-1]:
        row = told.pop(head["size"] + 1, None)
        said = dict(row["details"], time=row["at"]) if row else {}
        need(said == head, "heads.txt", f"head of {head['size']} rows", f"as in row {head['size'] + 1}", head)
    left = sorted(told)
    need(not left, "heads.txt", f"row {left[0]}" if left else "", "a line for this head", "none")
    last = box.heads[-1]
    size = rows_in(box)
    need(last["size"] == size, "heads.txt", "last line", f"{size} rows", str(last["size"]))
    published = [row for row in box.rows if row["action"] in ("rounds.published", "panel.published")]
    taken = [head for head in box.heads if head["reason"] == "publication" and head["about"] == subject]
    moments = [(row["seq"], row["at"]) for row in published]
    found = [(head["size"], head["time"]) for head in taken]
    need(found == moments, "heads.txt", "publication", moments, found)
    for acts, reason in ((BEGINS, "opening"), (("rounds.closed",), "closing")):
        rows = [(row["seq"], row["at"]) for row in box.rows if row["action"] in acts]
        covering = [head for head in box.heads if head["reason"] == reason and head["about"] == subject]
        found = [(head["size"], head["time"]) for head in covering]
        if reason == "closing" and not shows_closings(box):
            found = found[len(reopenings(box)) :]
        need(found == rows, "heads.txt", reason, rows, found)
    written = "\n".join([HEADS_TITLE, *map(head_line, box.heads), ""])
    need(box.text("heads.txt") == written, "heads.txt", "(file)", "one line a head", "something else")
    return "n_heads", {"n": len(box.heads), "root": last["root"]}


BEGINS = (  # acts with a head like an opening's
    "rounds.opened",
    "rounds.reopened",
    "rounds.registered",
    "rounds.seat_withdrawn",
)


def head_line(head: Any) -> str:
    """Return the line of a head."""
    about = "-" if head["about"] is None else head["about"]
    return " ".join((str(head["size"]), head["root"], head["time"], head["reason"], about))


def read_head(box: Box, place: str, line: str) -> Any:
    """Return the head that a line tells, once its root is that over its rows."""
    parts = line.split(" ")
    need(
        len(parts) == len(HEADS_TITLE[2:].split()) and parts[0].isdigit(),
        "heads.txt",
        place,
        HEADS_TITLE[2:],
        line,
    )
    size, root, time, reason, about = int(parts[0]), *parts[1:]
    earlier = box.heads[-1]["size"] if box.heads else 0
    need(earlier < size <= rows_in(box), "heads.txt", place, f"more than {earlier} rows", size)
    tree, later = box.growing  # each head grows the tree of the one before
    tree = tree.grown(itertools.islice(later, size - tree.size))
    box.growing = tree, later
    expected = tree.root
    need(root == expected, "heads.txt", f"{place} ({reason})", expected, root)
    return {
        "size": size,
        "root": root,
        "time": time,
        "reason": reason,
        "about": None if about == "-" else about,
    }


OF_ROLL = ("seats", "roll_sha256", "roll_exact", "members_sha256")


def key_of(text: Any, kind: int, place: str) -> Verifier:
    """Return the key that a row of the log tells of."""
    try:
        found = Verifier.parse(text, kind)
    except (AttributeError, MalformedError):
        raise DiffersError("log.jsonl", place, "a key", short(text)) from None
    need_log(str(found) == text, place, str(found), text)
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
        need_log(sorted(told) == sorted(fields), place, ", ".join(fields), sorted(told))
        key = key_of(told["key"], LOG if "replaces" in fields else WITNESS, place)
        named = key.name, key.id
        if "replaces" in fields:
            need_log(told["replaces"] == before, f"{place} replaces", before, told["replaces"])
            if newest:
                own[newest] = own[newest][0], row["seq"]
            before, newest = told["key"], named
            own[newest] = key, None
            continue
        ended = row["action"] == "witnesses.ended"
        need_log((named in others) == ended, place, "a key", told["key"])
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
        note = notes_Note.parse(of_kind(str, text))
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


def check_checkpoints(box: Box) -> files.Note:
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


DER = re.compile("(?:[0-9a-f]{2}){1,65536}")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
SHA256 = bytes.fromhex("608648016503040201")
STAMPED = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:[.][0-9]{1,9})?Z")


SHORT = 127  # the longest content whose length is one byte
LENGTH_BYTES = 3  # in which a longer length may stand


def der_parts(data: bytes) -> Any:
    """The values that stand one after the other in bytes by DER: tag and content of each; None if none do."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            return None
        tag, size, at = data[at], data[at + 1], at + 2
        if size > SHORT:
            more = size - SHORT - 1
            if not 1 <= more <= LENGTH_BYTES or at + more > len(data):
                return None
            size, at = int.from_bytes(data[at : at + more], "big"), at + more
        if at + size > len(data):
            return None
        found.append((tag, data[at : at + size]))
        at += size
    return found


def der_inside(data: bytes | None, *path: Any) -> Any:
    """The content of a value inside others: of each its place among the values there, and its tag."""
    for place, tag in path:
        parts = None if data is None else der_parts(data)
        fine = parts is not None and place < len(parts) and parts[place][0] == tag
        data = parts[place][1] if parts is not None and fine else None
    return data


def stamp_of(data: bytes) -> Any:
    """The digest that an answer of an authority is about, and its time; None where it is no such answer."""
    status = der_inside(data, (0, 0x30), (0, 0x30), (0, 0x02))
    content = ((0, 0x30), (1, 0x30), (1, 0xA0), (0, 0x30), (2, 0x30))
    kind = der_inside(data, *content, (0, 0x06))
    info = der_inside(data, *content, (1, 0xA0), (0, 0x04), (0, 0x30))
    method = der_inside(info, (2, 0x30), (0, 0x30), (0, 0x06))
    imprint = der_inside(info, (2, 0x30), (1, 0x04))
    time = STAMPED.fullmatch(der_inside(info, (4, 0x18)) or b"")
    fine = status in (b"\x00", b"\x01") and kind == TST_INFO and method == SHA256 and imprint and time
    if not fine or time is None or len(der_parts(data)) != 1:
        return None
    year, month, day, *clock = (part.decode("ascii") for part in time.groups())
    said = f"{year}-{month}-{day}T{':'.join(clock)}Z"
    try:
        moment(said)
    except ValueError:
        return None
    return imprint.hex(), said


def check_stamps(box: Box) -> Note:
    """Each time stamp is about a head of the log, and no older; who signed it is not looked at."""
    file, told, before, last = "stamps.json", box.json("stamps.json"), 0, ""
    known = {head["size"]: head for head in box.heads}
    origins = sorted({name for name, _ in keys_in_log(box)[0]})
    same(["format", "stamps"], sorted(told), file)
    same_format(box, file)
    need(isinstance(told["stamps"], list) and told["stamps"], file, "stamps", "a time stamp", "none")
    for number, each in enumerate(told["stamps"]):
        place = f"stamps[{number}]"
        need(isinstance(each, dict), file, place, "an object", each)
        same(["authority", "response", "size"], sorted(each), file, place)
        size, text = each["size"], each["response"]
        need(is_whole(size) and size >= before, file, f"{place}.size", f"{before} rows or more", size)
        need(size in known, file, f"{place}.size", "the size of a head", size)
        need(isinstance(each["authority"], str), file, f"{place}.authority", "a name", each["authority"])
        fine = isinstance(text, str) and DER.fullmatch(text)
        once = all(text != other["response"] for other in told["stamps"][:number])
        need(once, file, f"{place}.response", "once", "twice")
        found = stamp_of(bytes.fromhex(text)) if fine else None
        if found is None:
            wanted = "an answer of RFC 3161 with SHA-256"
            raise DiffersError(file, f"{place}.response", wanted, "something else")
        root = base64.b64encode(bytes.fromhex(known[size]["root"])).decode("ascii")
        about = [sha256(f"{origin}\n{size}\n{root}\n".encode()) for origin in origins]
        need(found[0] in about, file, place, f"a stamp of the head of {size} rows", found[0])
        ended = box.moments["rounds.published"]
        need_meanwhile(moment(found[1]).timestamp(), known[size], ended, file, place)
        before, last = size, max(last, found[1])
    return "n_stamps", {"n": len(told["stamps"]), "last": last}
