"""Watch a log and cosign it."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from consulta.data.witness.program.words import TEXTS

LOG, WITNESS = 1, 4  # kinds of keys, as C2SP has them
MOST = 65_536  # bytes of an answer
PATIENCE = 30  # seconds that an answer may take
ALPHABET = "34679CDFHJKMNPRTWXY"
REFUSED, WRONG, UNANSWERED = 1, 2, 3


class Refused(Exception):
    """What this witness does not do, and with which exit status; the text is for people."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


# ---------------------------------------------------------------- notes, keys, proofs


def coded(data):
    return base64.b64encode(data).decode()


def decoded(text):
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def id_of(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def key_line(name, kind, key):
    return f"{name}+{id_of(name, kind, key).hex()}+{coded(bytes([kind]) + key)}"


def parse_key(text, kind):
    """Name, id and key of a line `NAME+ID+KEY`; None where it is none of this kind."""
    name, _, rest = text.strip().partition("+")
    number, _, last = rest.partition("+")
    data = decoded(last)
    if not name or len(data) != 33 or data[0] != kind or number != id_of(name, kind, data[1:]).hex():
        return None
    return name, bytes.fromhex(number), data[1:]


def parse_note(text):
    """Body and signatures (name, id, bytes) of a signed note; None where it is none."""
    body, parted, lines = text.rpartition("\n\n")
    if not parted or not lines.endswith("\n"):
        return None
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        data = decoded(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else b""
        if len(data) <= 4:
            return None
        signatures.append((parts[1], data[:4], data[4:]))
    return body + "\n", signatures


def parse_checkpoint(body):
    """Origin, size and root of a checkpoint; None where it is none."""
    lines = body.split("\n")
    if len(lines) < 4 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 19):
        return None
    root = decoded(lines[2])
    return (lines[0], int(lines[1]), root) if lines[0] and len(root) == 32 else None


def holds(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed(note, key):
    body, signatures = note
    return any(
        (name, number) == key[:2] and holds(key[2], body.encode(), data) for name, number, data in signatures
    )


def cosigned_message(body, moment):
    return f"cosignature/v1\ntime {moment}\n{body}".encode()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_consistent(old, new, first, second, proof):
    """Whether the tree of `new` rows begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and first == second
    left = [first, *proof] if old & (old - 1) == 0 else list(proof)
    last, size = old - 1, new - 1
    while last & 1:
        last, size = last >> 1, size >> 1
    return bool(left) and climbed(last, size, left) == (first, second)


def climbed(last, size, left):
    """The two roots to which a proof leads; None where it is of another length."""
    one = other = left[0]
    for each in left[1:]:
        if size == 0:
            return None
        if last & 1 or last == size:
            one, other = node(each, one), node(each, other)
            while last and not last & 1:
                last, size = last >> 1, size >> 1
        else:
            other = node(other, each)
        last, size = last >> 1, size >> 1
    return (one, other) if size == 0 else None


def root_from(index, size, leaf, proof):
    """The root to which a proof of inclusion leads (RFC 9162, 2.1.3.2); None where it is none."""
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = node(each, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = node(found, each)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


# ---------------------------------------------------------------- what is kept


def write(path, content, mode=0o600):
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Witness:
    """The key and the rows of a witness, in a folder."""

    def __init__(self, folder, say):
        self.folder, self.say = folder, say
        self.key_path, self.rows_path = folder / "testigo-key.pem", folder / "testigo.json"

    def make(self, name):
        """Make a key; whether there was none, and its line."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = self.rows()
        fresh = not self.key_path.exists()
        if fresh:
            private = Ed25519PrivateKey.generate()
            kinds = (
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            write(self.key_path, private.private_bytes(*kinds))
            rows["name"] = name
            self.keep(rows)
        return fresh, self.line()

    def private(self):
        if not self.key_path.exists():
            raise Refused(WRONG, self.say("no_key"))
        try:
            return serialization.load_pem_private_key(self.key_path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise Refused(WRONG, self.say("damaged", path=self.key_path, why=error)) from error

    def line(self):
        return key_line(self.rows()["name"], WITNESS, self.private().public_key().public_bytes_raw())

    def rows(self):
        try:
            found = json.loads(self.rows_path.read_text("utf-8"))
            if not isinstance(found["logs"], dict):
                raise TypeError("logs")
        except FileNotFoundError:
            return {"name": "", "logs": {}}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise Refused(WRONG, self.say("damaged", path=self.rows_path, why=error)) from error
        return found

    def keep(self, rows):
        write(self.rows_path, (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())

    def evidence(self, kept, sent):
        """Write down two checkpoints that do not go together; the sentence that says where."""
        name = f"evidencia-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.txt"
        write(self.folder / name, f"{kept}\n\n{sent}".encode(), 0o644)
        return self.say("evidence", path=self.folder / name)


# ---------------------------------------------------------------- asking and cosigning


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


# ---------------------------------------------------------------- receipts


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


# ---------------------------------------------------------------- the command


def language(wanted):
    if wanted:
        return wanted
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            asked = os.environ[name].lower()
            return next((code for code in TEXTS if asked.startswith(code)), next(iter(TEXTS)))
    return next(iter(TEXTS))


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="testigo.py", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lang", choices=tuple(TEXTS))
    parser.add_argument("--folder", type=Path, default=Path.home() / ".consulta-testigo")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("new").add_argument("name")
    asked = acts.add_parser("watch")
    asked.add_argument("address")
    asked.add_argument("--key", default="", help="the key of the log, as the secretariat tells it")
    asked.add_argument("--every", type=float, metavar="MINUTES", help="go on, so often; without it, once")
    acts.add_parser("show")
    proof = acts.add_parser("receipt")
    proof.add_argument("file", type=Path)
    proof.add_argument("--key", default="")
    proof.add_argument("--witness", action="append", default=[], metavar="KEY")
    return parser.parse_args(arguments)


def act(options, say, lang):
    """Do what was asked; what is said of it."""
    witness = Witness(options.folder, say)
    if options.act == "new":
        if not options.name or any(sign.isspace() or sign == "+" for sign in options.name):
            raise Refused(WRONG, say("name"))
        fresh, line = witness.make(options.name)
        return f"{say('made' if fresh else 'there', path=witness.key_path)}\n{line}"
    if options.act == "show":
        rows = witness.rows()["logs"]
        told = [
            say(
                "row",
                address=address,
                at=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(row["time"])),
                **{name: row[name] for name in ("origin", "size", "root")},
            )
            for address, row in sorted(rows.items())
        ]
        return "\n".join(told) or say("nothing")
    if options.act == "receipt":
        try:
            text = options.file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(WRONG, say("damaged", path=options.file, why=error)) from error
        key = parse_key(options.key, LOG) if options.key else None
        return receipt(
            text, key, [each for each in (parse_key(one, WITNESS) for one in options.witness) if each], say
        )
    return watch(witness, Site(options.address, lang, say), options.key, say)


def main(arguments=None):
    options = options_of(arguments)
    lang = language(options.lang)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")

    def say(which, **values):
        return TEXTS[lang][which].format(**values)

    while True:
        try:
            print(act(options, say, lang), flush=True)
            status = 0
        except Refused as refused:
            print(refused, file=sys.stderr, flush=True)
            status = refused.status
        # A fork is told and not asked again; a site that is down is.
        if getattr(options, "every", None) is None or status in (REFUSED, WRONG):
            return status
        time.sleep(max(options.every, 1) * 60)


if __name__ == "__main__":
    sys.exit(main())
