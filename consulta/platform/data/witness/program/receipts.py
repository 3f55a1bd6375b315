"""Receipts: whether the proof that one is in the log holds."""

from __future__ import annotations

import hashlib
import json

from consulta.platform.data.witness.program.asking import printable
from consulta.platform.data.witness.program.notes import (
    ALPHABET,
    REFUSED,
    Refused,
    cosigned_message,
    decoded,
    holds,
    is_signed,
    parse_checkpoint,
    parse_note,
    root_from,
)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def row_of(extra, size):
    """Digest and record of the row that a proof tells, which is one of `log.jsonl`; None where it is none."""
    row = json.loads(extra)
    names = ("at", "role", "seal", "action", "subject", "details")
    if row.get("outside"):
        record = json.loads(row["outside"])["record_sha256"]
        digest = sha256(canonical([row["seq"], row["hidden_sha256"], row["outside"], row["previous"]]))
    else:
        record = json.loads(row["details"])["record_sha256"]
        digest = sha256(canonical([row["seq"], *(row[name] for name in names), row["previous"]]))
    told = digest if row["digest"] == digest else ""  # of another digest no hash leads to the checkpoint
    return (row["seq"], told, record) if 0 < row["seq"] <= size else None


def code_of(record):
    """The receipt code of a record's digest."""
    number, letters = int(record, 16), []
    for _ in range(12):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    code = "".join(letters)
    return "-".join(code[at : at + 4] for at in range(0, 12, 4))


def receipt(text, key, witnesses, say):
    """What a proof shows, in words; refused where it does not hold."""
    bad = Refused(REFUSED, say("proof_bad", why=say("proof_form")))
    head, parted, note_text = text.partition("\n\n")
    lines, note = head.split("\n"), parse_note(note_text)
    if not parted or lines[0] != "c2sp.org/tlog-proof@v1" or note is None or len(lines) < 3:
        raise bad
    checkpoint = parse_checkpoint(note[0])
    try:
        index = int(lines[2].removeprefix("index "))
        origin, size, root = checkpoint
        seq, digest, record = row_of(decoded(lines[1].split(" ")[1]), size)
        found = root_from(
            index, size, hashlib.sha256(b"\x00" + bytes.fromhex(digest)).digest(), map(decoded, lines[3:])
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        raise bad from None
    if seq != index + 1 or found != root:
        raise Refused(REFUSED, say("proof_bad", why=say("proof_row")))
    if key and not is_signed(note, key):
        raise Refused(REFUSED, say("proof_bad", why=say("proof_signature")))
    told = [say("proof_ok", code=code_of(record), seq=seq, origin=printable(origin), size=size)]
    if not key:
        told.append(say("proof_key"))
    return "\n".join([*told, *cosigners(note, origin, witnesses, say)])


def cosigners(note, origin, witnesses, say):
    """Who cosigned a checkpoint: by the keys that were given, else as it says."""
    body, signatures = note
    checked = [
        key[0]
        for key in witnesses
        for name, number, data in signatures
        if (name, number) == key[:2]
        and len(data) == 72
        and holds(key[2], cosigned_message(body, int.from_bytes(data[:8], "big")), data[8:])
    ]
    others = [printable(name) for name, _, _ in signatures if name != origin and name not in checked]
    found = [say("proof_by", names=", ".join(checked))] if checked else []
    return found + ([say("proof_unchecked", names=", ".join(others))] if others else [])
