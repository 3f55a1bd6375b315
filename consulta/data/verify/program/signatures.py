"""Checkpoints: heads that the log signed, and others too."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta

from consulta.data.verify.program.box import same_format
from consulta.data.verify.program.values import Differs, moment, need, of_kind, same, short

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)


def unbase64(text):
    """The bytes that a text stands for in the one form of base64 that stands for them, or ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("base64")
    return data


def point_of(data):
    """The point of the curve that 32 bytes stand for, in extended coordinates; None where there is none."""
    y = int.from_bytes(data, "little")
    odd, y = y >> 255, y & (2**255 - 1)
    if y >= FIELD:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if (x * x - square) % FIELD or (x == 0 and odd):
        return None
    x = FIELD - x if x & 1 != odd else x
    return x, y, 1, x * y % FIELD


def sum_of(one, other):
    """The sum of two points."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % FIELD
    b = (one[1] + one[0]) * (other[1] + other[0]) % FIELD
    c, d = 2 * one[3] * other[3] * CURVE % FIELD, 2 * one[2] * other[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def times(number, point):
    """A point, so many times."""
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = sum_of(found, point)
        point, number = sum_of(point, point), number >> 1
    return found


BASE_POINT = point_of((4 * pow(5, FIELD - 2, FIELD) % FIELD).to_bytes(32, "little"))


def is_signed(key, message, signature):
    """Whether an Ed25519 signature (RFC 8032) of a message is by this key."""
    point, nonce = point_of(key), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or nonce is None or number >= ORDER:
        return False
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(number, BASE_POINT), sum_of(nonce, times(hashed, point))
    same_x = (left[0] * right[2] - right[0] * left[2]) % FIELD == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % FIELD == 0


LOG_KEY, WITNESS_KEY = 1, 4  # kinds of keys: of notes (signed-note), of cosignatures (tlog-cosignature)


def key_of(text, kind, place):
    """A verifier key `name+id+key`: its name, its id and the key itself."""
    need(isinstance(text, str), "log.jsonl", place, "a key", text)
    name, _, rest = text.partition("+")
    number, _, coded = rest.partition("+")
    try:
        data = unbase64(coded)
    except ValueError:
        data = b""
    fine = name and len(data) == 33 and data[0] == kind
    need(fine, "log.jsonl", place, "a key", text)
    known = hashlib.sha256(name.encode("utf-8") + b"\n" + data).digest()[:4]
    need(number == known.hex(), "log.jsonl", place, known.hex(), number)
    return name, known, data[1:]


OF_KEYS = {
    "checkpoints.key": ("key", "replaces"),
    "witnesses.registered": ("key", "organisation"),
    "witnesses.ended": ("key",),
}


def keys_in_log(box):
    """The keys that the log tells of: its own, and those of witnesses; each by name and id.

    Beside each is the row with which it ended: another key of the log, or that a witness is none any more.
    Beside that of a witness, also the row with which it began.
    """
    own, others, before, newest = {}, {}, None, None
    for row in [row for row in box.rows if row["action"] in OF_KEYS]:
        place, told, fields = f"row {row['seq']}", row["details"], OF_KEYS[row["action"]]
        need(sorted(told) == sorted(fields), "log.jsonl", place, ", ".join(fields), sorted(told))
        name, number, key = key_of(told["key"], LOG_KEY if "replaces" in fields else WITNESS_KEY, place)
        if "replaces" in fields:
            need(told["replaces"] == before, "log.jsonl", f"{place} replaces", before, told["replaces"])
            if newest:
                own[newest] = own[newest][0], row["seq"]
            before, newest = told["key"], (name, number)
            own[newest] = key, None
            continue
        ended = row["action"] == "witnesses.ended"
        need(((name, number) in others) == ended, "log.jsonl", place, "a key", told["key"])
        since = others[name, number][2] if ended else row["seq"]
        others[name, number] = key, row["seq"] if ended else None, since
    return own, others


def need_in_use(size, ended, file, place):
    """A key signs no head of so many rows, or more, that the row with which it ended is among them."""
    fine = ended is None or size < ended
    need(fine, file, place, f"fewer than {ended} rows, where this key ended", size)


def note_of(text, file, place):
    """A signed note: its body, and each signature as name, id and bytes."""
    body, parted, signed = text.rpartition("\n\n")
    need(parted and signed.endswith("\n"), file, place, "a signed note", text)
    signatures = []
    for line in signed[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, coded = rest.partition(" ")
        try:
            data = unbase64(coded)
        except ValueError:
            data = b""
        fine = dash == "\u2014" and name and len(data) > 4
        need(fine, file, place, "a line of a signature", line)
        signatures.append((name, data[:4], data[4:]))
    return body + "\n", signatures


FIGURES = re.compile("[1-9][0-9]{0,14}")  # rows of a checkpoint, as C2SP writes them
COSIGNED = "a cosignature of this checkpoint"


def checked_note(box, text, file, place):
    """A checkpoint that the log signed: size, root, and its cosignatures.

    These are each a name, a time, and the row of the log with which the witness began.
    """
    own, others = keys_in_log(box)
    body, signatures = note_of(text, file, place)
    need(len({each[:2] for each in signatures}) == len(signatures), file, f"{place} key", "once", "twice")
    lines = body.split("\n")
    need(len(lines) >= 4 and FIGURES.fullmatch(lines[1]), file, place, "origin, size and root", body)
    try:
        size, root = int(lines[1]), unbase64(lines[2]).hex()
    except ValueError:
        raise Differs(file, place, "origin, size and root", short(body)) from None
    origins = {name for name, _ in own}
    need(lines[0] in origins, file, place, f"a checkpoint of {', '.join(sorted(origins))}", lines[0])
    names, signed = [], False
    for name, number, data in signatures:
        if (name, number) in own:
            key, ended = own[name, number]
            fine = is_signed(key, body.encode("utf-8"), data)
            need(fine, file, f"{place} {name}", "the log's signature of this checkpoint", "another")
            need_in_use(size, ended, file, f"{place} {name}")
            signed = True
            continue
        known = (name, number) in others
        need(known, file, f"{place} {name}", "a signature by a key that the log tells of", number.hex())
        need(len(data) == 72, file, f"{place} {name}", "a cosignature with its time", f"{len(data)} bytes")
        time = int.from_bytes(data[:8], "big")
        message = f"cosignature/v1\ntime {time}\n{body}".encode()
        key, ended, since = others[name, number]
        need(is_signed(key, message, data[8:]), file, f"{place} {name}", COSIGNED, "another")
        need_in_use(size, ended, file, f"{place} {name}")
        names.append((name, time, since))
    need(signed, file, place, "a signature of the log", "none")
    return size, root, names


def check_checkpoints(box):
    """Each checkpoint is one of the heads, signed by the log; each cosignature is by a known witness."""
    known = {head["size"]: head for head in box.heads}
    notes, before, witnesses, cosigned = of_kind(list, box.json("checkpoints.json")["notes"]), 0, set(), 0
    closed = max((row["seq"] for row in box.rows if row["action"] == "rounds.closed"), default=0)
    seen = False
    same(["format", "notes"], sorted(box.json("checkpoints.json")), "checkpoints.json")
    same_format(box, "checkpoints.json")
    for number, text in enumerate(notes, start=1):
        place = f"notes[{number - 1}]"
        size, root, names = checked_note(box, text, "checkpoints.json", place)
        need(size > before, "checkpoints.json", place, f"more than {before} rows", size)
        head = known.get(size)
        need(head is not None, "checkpoints.json", place, "the size of a head", size)
        need(root == head["root"], "checkpoints.json", place, head["root"], root)
        for name, time, since in names:
            need_meanwhile(time, head, box.heads[-1]["time"], "checkpoints.json", f"{place} {name}")
            seen = seen or since < closed <= size
        before, cosigned = size, cosigned + bool(names)
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
    told = {"n": len(notes), "cosigned": cosigned, "witnesses": len(witnesses)}
    return "n_checkpoints", told


def need_meanwhile(seconds, head, ended, file, place):
    """Require that a head was signed between its time and `ended`, give or take CLOCKS seconds."""
    taken = head["time"]
    fine = moment(taken).timestamp() - CLOCKS <= seconds <= moment(ended).timestamp() + CLOCKS
    need(fine, file, place, f"a time from {taken} to {ended}", told_time(seconds))


def told_time(seconds):
    """A moment as people read it."""
    return f"{(moment('1970-01-01T00:00:00') + timedelta(seconds=seconds)):%Y-%m-%dT%H:%M:%SZ}"


CLOCKS = 300  # seconds by which the clock of a witness or of an authority may be another
