"""Asking a site for its newest checkpoint, comparing it with what was kept, cosigning it."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from consulta.platform.data.witness.program.notes import (
    LOG,
    REFUSED,
    UNANSWERED,
    WITNESS,
    WRONG,
    Refused,
    coded,
    cosigned_message,
    decoded,
    id_of,
    is_consistent,
    is_signed,
    parse_checkpoint,
    parse_key,
    parse_note,
)

MOST = 65_536  # bytes of an answer
PATIENCE = 30  # seconds that an answer may take


class Site:
    """The pages of an installation."""

    def __init__(self, address, lang, say):
        self.address, self.lang, self.say = address.rstrip("/"), lang, say

    def ask(self, path, data=None):
        """Status and text of an answer."""
        headers = {"Accept-Language": self.lang, "User-Agent": "testigo"}
        if data is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
        request = urllib.request.Request(self.address + path, data, headers)  # noqa: S310 - as called
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return answer.status, answer.read(MOST + 1)[:MOST].decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read(MOST).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            why = getattr(error, "reason", error)
            raise Refused(UNANSWERED, self.say("down", address=self.address, why=why)) from error


def watch(witness, site, given, say, clock=time.time):
    """Ask for the newest checkpoint, check it against what is kept, keep it, cosign it; say what happened."""
    private, rows = witness.private(), witness.rows()
    known = rows["logs"].get(site.address)
    text, note, checkpoint = newest(site, say)
    origin, size, root = checkpoint
    if known and origin != known["origin"]:
        raise Refused(REFUSED, say("another_log", address=site.address, found=origin, known=known["origin"]))
    said, key = trusted(site, known, given, origin, say)
    if not is_signed(note, parse_key(key, LOG)):
        raise Refused(REFUSED, say("unknown_key"))
    moment = int(clock())
    if known and moment < known["time"]:
        raise Refused(REFUSED, say("clock"))
    told = compared(witness, site, known, text, checkpoint, say)
    # It is kept before it is signed: a witness that forgets could sign two logs.
    row = {"origin": origin, "key": key, "size": size, "root": root.hex(), "time": moment, "note": text}
    rows["logs"][site.address] = row
    witness.keep(rows)
    number = id_of(rows["name"], WITNESS, private.public_key().public_bytes_raw())
    signature = moment.to_bytes(8, "big") + private.sign(cosigned_message(note[0], moment))
    try:
        deliver(site, f"{note[0]}\n\u2014 {rows['name']} {coded(number + signature)}\n", say)
    except Refused as refused:
        # What was found is told all the same: the next time a key that is new now is no longer new.
        raise Refused(refused.status, "\n".join([*said, told, str(refused)])) from None
    return "\n".join([*said, told, say("sent")])


def newest(site, say):
    """The newest checkpoint of a site: its text, the note that it is, and what it says."""
    status, text = site.ask("/log/checkpoint")
    if status == 404:
        raise Refused(UNANSWERED, say("no_checkpoint", address=site.address))
    if status != 200:
        raise Refused(UNANSWERED, say("down", address=site.address, why=status))
    note = parse_note(text)
    checkpoint = parse_checkpoint(note[0]) if note else None
    if checkpoint is None:
        raise Refused(REFUSED, say("unreadable", address=site.address))
    return text, note, checkpoint


def deliver(site, cosigned, say):
    """Send a checkpoint with the line of this witness."""
    status, answer = site.ask("/log/cosignatures", cosigned.encode())
    if status != 200:
        why = " ".join(answer.split("\n")[1:2]).strip() or str(status)
        raise Refused(UNANSWERED, say("not_taken", why=printable(why)))


def trusted(site, known, given, origin, say):
    """The key by which a log is known, and what is said of it; the first time that of the site is taken."""
    if given:
        if parse_key(given, LOG) is None:
            raise Refused(WRONG, say("unknown_key"))
        return [], given
    if known:
        return [], known["key"]
    _, text = site.ask("/log/key")
    lines = [line for line in text.split("\n") if parse_key(line, LOG) and line.startswith(f"{origin}+")]
    if not lines:
        raise Refused(REFUSED, say("unknown_key"))
    return [say("first", key=lines[-1])], lines[-1]


def compared(witness, site, known, text, checkpoint, say):
    """What has become of the log since the last time; refused unless it begins with what was kept."""
    origin, size, root = checkpoint
    if known is None:
        return say("new", origin=origin, size=size)
    before = known["size"]
    if size < before:
        raise Refused(
            REFUSED, say("back", size=size, known=before, evidence=witness.evidence(known["note"], text))
        )
    if size == before and root.hex() == known["root"]:
        return say("same", origin=origin, size=size)
    proof = []
    if size > before:
        status, answer = site.ask(f"/log/consistency/{before}/{size}")
        if status not in (200, 404):
            raise Refused(UNANSWERED, say("down", address=site.address, why=status))
        proof = [decoded(line) for line in answer.split("\n")[:-1]] if status == 200 else []
    if not is_consistent(before, size, bytes.fromhex(known["root"]), root, proof):
        raise Refused(REFUSED, say("fork", known=before, evidence=witness.evidence(known["note"], text)))
    return say("kept", origin=origin, size=size, known=before)


def printable(text):
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
