"""The files and the log: fingerprints, the chain of rows, the heads."""

from __future__ import annotations

import itertools
import json
import re
from array import array
from typing import TYPE_CHECKING, Any

from consulta.core.trust.record import START, Tree, canonical
from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.box import ALWAYS, EXTRAS
from consulta.results.verifying.files import MOST_WHOLE
from consulta.results.verifying.values import is_whole, need, strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.results.verifying.box import Box, Note

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
        need(line.endswith(b"\n"), "log.jsonl", "(file)", "whole lines", "a part of one")
        hidden = HIDDEN_ROW.match(line[:-1])
        if hidden and hidden[2].decode() == previous and int(hidden[3]) == number:
            previous = hidden[1].decode()
        else:
            previous = shown_row(box, number, line[:-1], previous)
        box.leaves += bytes.fromhex(previous)
    need(number > 0, "log.jsonl", "(file)", "whole lines", "none")
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
    need(fine, "log.jsonl", place, number, row)
    need(row.get("previous") == previous, "log.jsonl", f"{place} previous", previous, row.get("previous"))
    need(HEX64.match(str(row.get("digest"))), "log.jsonl", f"{place} digest", "64 hex digits", row)
    need(line == canonical(row), "log.jsonl", place, "canonical JSON", "another form")
    names = sorted(set(row) - {"seq", "previous", "digest"})
    if not names:
        return row["digest"]
    forms = sorted(SHOWN), sorted([*SHOWN, "outside"]), ["hidden_sha256", "outside"]
    need(names in forms, "log.jsonl", place, ", ".join(forms[0]), ", ".join(names))
    if "outside" in row:
        whole = "hidden_sha256" not in row
        hidden = sha256(canonical([row[name] for name in SHOWN])) if whole else row["hidden_sha256"]
        digest = sha256(canonical([number, hidden, row["outside"], previous]))
        told = strict_json(row["outside"].encode("utf-8"), f"log.jsonl {place}")
        need(row["outside"].encode("utf-8") == canonical(told), "log.jsonl", place, "canonical JSON", "not")
    else:
        digest = sha256(canonical([number, *(row[name] for name in SHOWN), previous]))
    need(digest == row["digest"], "log.jsonl", f"{place} digest", digest, row["digest"])
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
