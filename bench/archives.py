"""Time and the most memory of verifying a whole archive: `python -m bench.archives --ballots 100000 1000000`.

The archive is made up, as one for scrutineers of a round whose ballots are public: rows of all votes in
the log, of which one in a hundred was replaced, checkpoints with a cosignature, roll and receipts with
names. It is written to a temporary folder and deleted. `consulta verify` runs in a process of its own; peak
is that process whole, the program with its libraries included (about 60 MB).
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import million
from bench.effects import SECRET
from consulta.core.counting import columns, count
from consulta.core.streaming import read_stream
from consulta.core.trust import receipts, record
from consulta.platform.formats import zipped
from consulta.platform.log.notes import WITNESS, Checkpoint, Signer, Verifier, cosign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.core.streaming import Take

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("LEAME.txt", "README.txt")
PARTS = ("ranking", "objectives", "endorsements")
OF_NOMINEES = ("name", "organisation", "role", "country", "categories", "topics", "recent", "support")
ABOUT = {
    "format": "consulta-archive/3",
    "round": "2027-1",
    "subject": "round:1",
    "secrecy": "open",
    "complete": True,
    "votes": True,
    "cast": "whole",
    "parts": [],
    "example": False,
    "code": "1",
}
OPENED, CAST, CLOSED, PUBLISHED = (
    "2027-02-02T15:00:00",
    "2027-02-03T15:00:00",
    "2027-03-05T22:00:00",
    "2027-03-07T23:00:00",
)

CHILD = """
import sys, time
from pathlib import Path
from click.testing import CliRunner
from consulta.shell.cli import main
begun = time.process_time()
done = CliRunner().invoke(main, ["verify", sys.argv[1]])
took = time.process_time() - begun
told = Path("/proc/self/status").read_text("ascii").splitlines()
peak = next(line for line in told if line.startswith("VmHWM"))
print(done.output)
print(f"{int(peak.split()[1]) / 1000:.0f}|{took:.0f}|{done.exit_code}")
"""


class Listing:
    """The digest of a list in canonical JSON whose items come one by one."""

    def __init__(self) -> None:
        self.found, self.comma = sha256(b"["), b""

    def add(self, item: object) -> None:
        """Take in an item."""
        self.found.update(self.comma + record.canonical(item))
        self.comma = b","

    def digest(self) -> str:
        """Return the digest of all that were taken in."""
        whole = self.found.copy()
        whole.update(b"]")
        return whole.hexdigest()


class Log:
    """The log as it is written, with its heads and what signs them."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")
        self.seq, self.previous, self.tree = 0, record.START, record.Tree()
        self.heads, self.notes = ["# size root time reason about"], list[str]()
        self.signer = Signer("log.example/1", Ed25519PrivateKey.from_private_bytes(b"k" * 32))
        self.witness = Ed25519PrivateKey.from_private_bytes(b"w" * 32)

    def add(self, at: str, action: str, subject: str, details: object, outside: str = "") -> record.Row:
        """Write a row."""
        self.seq += 1
        text = record.canonical(details).decode()
        row = record.Row(self.seq, f"{at}.000000+00:00", "house", "n", action, subject, text, outside)
        digest = record.row_digest(row, self.previous)
        shown = {"seq": row.seq, "previous": self.previous, "digest": digest, "at": row.at, "role": row.role}
        shown |= {"seal": row.seal, "action": action, "subject": subject, "details": text}
        self.file.write(record.canonical({**shown, **({"outside": outside} if outside else {})}) + b"\n")
        self.previous, self.tree = digest, self.tree.grown([digest])
        return row

    def head(self, at: str, reason: str, about: str | None, *, told: bool = True) -> None:
        """Take a head, sign it, let the witness cosign it, and write its row."""
        size, root = self.tree.size, self.tree.root
        self.heads.append(f"{size} {root} {at}.000000+00:00 {reason} {about or '-'}")
        body = Checkpoint(self.signer.name, size, root).body
        seen = int(time.mktime(time.strptime(f"{at} UTC", "%Y-%m-%dT%H:%M:%S %Z"))) + 60
        self.notes.append(f"{self.signer.sign(body)}{cosign('witness', self.witness, body, seen)}")
        if told:
            details = {"about": about, "reason": reason, "root": root, "size": size}
            self.add(at, "heads.taken", "log", details)


def make(path: Path, ballots: int) -> None:
    """Write an archive of a made-up round of so many organisations that all voted."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        folder = Path(name)
        million.write(folder / "bundle.json", ballots)
        _count(folder)
        _Writer(folder).write()
        path.write_bytes(zipped.pack({each.name: each.read_bytes() for each in folder.iterdir()}))


def _count(folder: Path) -> None:
    """Write the result and how few could have changed it."""
    with (folder / "bundle.json").open("rb") as file:
        parsed = columns.read(file)
    (folder / "result.json").write_bytes(count.count(parsed).to_json())
    (folder / "robustness.json").write_bytes(count.robustness_of_bundle(parsed).to_json())


class _Writer:
    """All other files of an archive whose bundle and result are there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secret = folder, bytes.fromhex(SECRET)
        self.lists: dict[str, list[Any]] = {"seats": [], "ballots": []}
        with self.path("bundle.json").open("rb") as file:
            takes = {name: _taking(items) for name, items in self.lists.items()}
            self.head: Any = read_stream(
                file, "bundle.json", ("rules", "themes", "seed", "round"), takes
            ).root.value
        for each in SHIPPED:
            self.path(each).write_bytes((ROOT / "consulta" / "data" / "verify" / each).read_bytes())
        self.log, self.rows = Log(self.path("log.jsonl")), Listing()

    def path(self, name: str) -> Path:
        return self.folder / name

    def digest(self, name: str) -> str:
        return _digest(self.path(name))

    def sealed(self, label: str, digest: str) -> str:
        return record.sealed(self.secret, label, digest)

    def write(self) -> None:
        """Write them."""
        fixed = self.open()
        parts, replaced = self.votes()
        lines = self.receipts()
        none = record.digest(b"[]")
        ends = {each: self.sealed(each, part.digest()) for each, part in parts.items()}
        bound = {
            **ends,
            **fixed,
            "receipts": self.sealed("receipts", lines),
            "texts_sha256": self.digest("opening.json"),
            "votes": self.sealed("votes", self.rows.digest()),
            "nominees": {each: self.sealed(f"nominees.{each}", none) for each in OF_NOMINEES},
        }
        self.end(
            bound, {"assisted": 0, "ballots": len(self.lists["ballots"]), "late": 0, "replaced": replaced}
        )
        self.publish(lines)
        self.path("SHA256SUMS").write_text(_sums(sorted(self.folder.iterdir())))

    def open(self) -> dict[str, str]:
        """Write roll, package and texts, and the rows of the opening; return what it fixed."""
        seats, commitment = self.lists["seats"], self.head["seed"]["commitment"]
        with self.path("roll.csv").open("w", newline="", encoding="utf-8-sig") as file:
            roll = csv.writer(file, lineterminator="\r\n")
            roll.writerow(["organisation", "country", "sector", "base"])
            roll.writerows(
                [_name(seat["seat"]), seat["country"], seat["categories"]["sector"], seat["base"]]
                for seat in seats
            )
        named = [{**seat, "organisation": _name(seat["seat"])} for seat in seats]
        self.path("package.json").write_text(json.dumps({"seats": named}))
        texts = {"key": "2027-1", "secrecy": "open", "closes_at": f"{CLOSED}Z"}
        whole = {"round": {**texts, "title": self.head["round"]["title"]}, "seed": {"commitment": commitment}}
        self.path("opening.json").write_bytes(record.canonical(whole))
        listed = Listing()
        for seat in seats:
            listed.add(seat)
        fixed = {
            "members_sha256": self.digest("roll.csv"),
            "roll_sha256": listed.digest(),
            "rules_sha256": record.digest(record.canonical(self.head["rules"])),
            "themes_sha256": record.digest(record.canonical(self.head["themes"])),
        }
        log = self.log
        key = Verifier("witness", WITNESS, log.witness.public_key().public_bytes_raw())
        log.add(OPENED, "checkpoints.key", "log", {"key": str(log.signer.verifier), "replaces": None})
        log.add(OPENED, "witnesses.registered", "log", {"key": str(key), "organisation": "Red 1"})
        log.add(OPENED, "rounds.committed", "round:1", {"commitment": commitment})
        opened = {**texts, "seats": len(seats), "roll": "public", "themes": len(self.head["themes"]), **fixed}
        opened["package_sha256"] = self.digest("package.json")
        log.add(OPENED, "rounds.opened", "round:1", opened)
        log.head(OPENED, "opening", "round:1")
        return fixed

    def votes(self) -> tuple[dict[str, Listing], int]:
        """Write the rows of votes; return the parts that the closing binds, and how many were replaced."""
        parts, replaced = {each: Listing() for each in (*PARTS, "ballots")}, 0
        for number, ballot in enumerate(self.lists["ballots"]):
            for part in PARTS:
                parts[part].add([ballot["seat"], ballot[part]])
            parts["ballots"].add({"seat": ballot["seat"], **{part: ballot[part] for part in PARTS}})
            digest = record.digest(record.canonical(_said(ballot)))
            if number % 100 == 0:
                self.cast(ballot["seat"], digest[::-1])
                replaced += 1
            self.cast(ballot["seat"], digest)
        return parts, replaced

    def cast(self, seat: str, digest: str) -> None:
        """Write the row of a vote."""
        told = {"act": "ballot.cast", "record_sha256": digest, "round": "round:1", "seat": seat}
        outside = record.canonical(told).decode()
        row = self.log.add(CAST, "ballot.cast", f"seat:{seat}", {"record_sha256": digest}, outside)
        self.rows.add([row.seq, row.hidden_sha256, outside])

    def receipts(self) -> str:
        """Write the list of codes; return the digest of codes and seals."""
        lines = []
        for ballot in self.lists["ballots"]:
            said, seat = _said(ballot), ballot["seat"]
            ranking = " > ".join(" = ".join(tier) for tier in ballot["ranking"])
            lines.append((receipts.receipt_code(said), seat, _seal(seat), ranking, _name(seat)))
        lines.sort()
        with self.path("receipts.csv").open("w", newline="", encoding="utf-8-sig") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(["code", "seat", "seal", "ranking", "organisation"])
            writer.writerows(lines)
        return sha256("".join(f"{line[0]} {line[2]}\n" for line in lines).encode()).hexdigest()

    def end(self, bound: object, told: dict[str, int]) -> None:
        """Write the rows of the closing."""
        self.told, self.electorate = told, dict.fromkeys(("assisted", "links_shown", "objected", "young"), 0)
        closed = {
            **told,
            "bound": bound,
            "cast": told["ballots"] + told["replaced"],
            "seats": told["ballots"],
        }
        closed |= {"closed_at": f"{CLOSED}Z", "closes_at": f"{CLOSED}Z", "electorate": self.electorate}
        self.log.add(CLOSED, "rounds.closed", "round:1", closed)
        self.log.head(CLOSED, "closing", "round:1")

    def publish(self, lines: str) -> None:
        """Write the rows of count and publication, and the files about log and archive."""
        counted = {
            f"{each}_sha256": self.digest(f"{each}.json") for each in ("bundle", "result", "robustness")
        }
        root = json.loads(self.path("result.json").read_bytes())["ballots_root"]
        self.log.add(CLOSED, "rounds.counted", "round:1", {**counted, "ballots_root": root})
        published = {**self.told, "late_since": 0, "example": False, "code": "1", "receipts_sha256": lines}
        published |= {"bundle_sha256": counted["bundle_sha256"]}
        published |= {"electorate": {**self.electorate, "by_subregion": {}}}
        published |= {"files": {each: self.digest(each) for each in SHIPPED}}
        self.log.add(PUBLISHED, "rounds.published", "round:1", published)
        self.log.head(PUBLISHED, "publication", "round:1", told=False)
        self.log.file.close()
        self.path("heads.txt").write_text("\n".join(self.log.heads) + "\n")
        notes = {"format": "consulta-checkpoints/1", "notes": self.log.notes}
        for name, content in (("archive.json", ABOUT), ("checkpoints.json", notes)):
            self.path(name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _taking(items: list[Any]) -> Take:
    return lambda _, item: items.append(item)


def _name(seat: str) -> str:
    return f"Red {seat}"


def _seal(seat: str) -> str:
    return record.digest(seat.encode())


def _said(ballot: dict[str, Any]) -> dict[str, object]:
    """Return what the code of a ballot covers."""
    seat, choices = ballot["seat"], receipts.Choices(*(ballot[part] for part in PARTS))
    return receipts.ballot_record("2027-1", seat, choices, _seal(seat))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        whole = sha256()
        while part := file.read(2**20):
            whole.update(part)
    return whole.hexdigest()


def _sums(paths: Iterable[Path]) -> str:
    return "".join(f"{_digest(path)}  {path.name}\n" for path in paths)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.archives", description=__doc__)
    parser.add_argument("--ballots", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="Keep the archives here.")
    chosen = parser.parse_args()
    print("| ballots | MB | peak MB | processor s | s | exit status |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        for ballots in chosen.ballots:
            path = (chosen.keep or Path(name)) / f"archive-{ballots}.zip"
            make(path, ballots)
            begun = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-c", CHILD, str(path)], check=True, capture_output=True, text=True, cwd=ROOT
            )
            *said, figures = done.stdout.strip().splitlines()
            peak, took, status = figures.split("|")
            size, passed = path.stat().st_size / 10**6, time.monotonic() - begun
            print(f"| {ballots:,} | {size:.0f} | {peak} | {took} | {passed:.0f} | {status} |", flush=True)
            if status != "0":
                print("\n".join(said))


if __name__ == "__main__":
    main()
