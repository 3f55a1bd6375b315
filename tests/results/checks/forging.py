"""What a person with an archive in hand, or the whole server, can do to it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from consulta.core.counting import bundle as core
from consulta.core.counting import count
from consulta.core.trust import chance, record
from consulta.core.trust.receipts import receipt_code
from consulta.core.values import ballot_to_dict
from consulta.platform.formats import delimited, zipped
from consulta.results.verifying.bound import BALLOT_PARTS, NOMINEE_FIELDS, sealed, wholly_joined
from consulta.results.verifying.log import HEADS_TITLE
from tests.results.checks.published import tree_root

if TYPE_CHECKING:
    from collections.abc import Callable

Files = dict[str, bytes]


def sum_again(files: Files) -> Files:
    """Make the list of digests fit whatever the files are now."""
    rest = {name: content for name, content in files.items() if name != zipped.SUMS}
    return {**rest, zipped.SUMS: zipped.sums(rest)}


def edit_json(files: Files, name: str, change: Callable[[Any], object]) -> Files:
    """Change a JSON file, written as it is always written."""
    content = json.loads(files[name])
    change(content)
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return sum_again({**files, name: text.encode()})


def edit_lines(files: Files, name: str, change: Callable[[list[str]], object]) -> Files:
    """Change the lines of a file."""
    text = files[name].decode()
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    change(lines)
    return sum_again({**files, name: end.join(lines).encode()})


def rows_of(files: Files) -> list[dict[str, Any]]:
    """The rows of the log."""
    return [json.loads(line) for line in files["log.jsonl"].splitlines()]


def row_of(rows: list[dict[str, Any]], action: str) -> dict[str, Any]:
    """The row of an act."""
    return next(row for row in rows if row.get("action") == action)


def chain_again(files: Files, rows: list[dict[str, Any]]) -> Files:
    """Write a log anew: every digest, every head and every row about a head fits the rows as they are now."""
    previous, digests, heads = record.START, [], []
    for number, row in enumerate(rows, start=1):
        row["seq"], row["previous"] = number, previous
        if row.get("action") == "heads.taken" and isinstance(json.loads(row["details"]), dict):
            tell(row, size=number - 1, root=tree_root(digests))
            told = json.loads(row["details"])
            heads.append(f"{told['size']} {told['root']} {row['at']} {told['reason']} {told['about'] or '-'}")
        if "details" in row or "outside" in row:
            row["digest"] = digest_of(row, previous)
        previous = row["digest"]
        digests.append(previous)
    last = rows[-1]
    heads.append(f"{len(rows)} {tree_root(digests)} {last['at']} publication {last['subject']}")
    log = b"".join(record.canonical(row) + b"\n" for row in rows)
    text = "\n".join([HEADS_TITLE, *heads]) + "\n"
    return sum_again({**files, "log.jsonl": log, "heads.txt": text.encode()})


HIDDEN = ("at", "role", "seal", "action", "subject", "details")


def hidden_of(row: dict[str, Any]) -> str:
    """The digest of the hidden part of a row."""
    if "hidden_sha256" in row:
        found: str = row["hidden_sha256"]
        return found
    return record.digest(record.canonical([row[name] for name in HIDDEN]))


def digest_of(row: dict[str, Any], previous: str) -> str:
    """The digest of a row that is shown, whole or in part."""
    if "outside" in row:
        return record.digest(record.canonical([row["seq"], hidden_of(row), row["outside"], previous]))
    return record.digest(record.canonical([row["seq"], *(row[name] for name in HIDDEN), previous]))


def tell(row: dict[str, Any], **told: object) -> None:
    """Change what a row tells."""
    row["details"] = record.canonical({**json.loads(row["details"]), **told}).decode()


def tell_outside(row: dict[str, Any], **told: object) -> None:
    """Change what stands outside of a row."""
    row["outside"] = record.canonical({**json.loads(row["outside"]), **told}).decode()


@dataclass
class Case:
    """What a forger may change before everything that follows from it is made anew."""

    bundle: dict[str, Any]
    texts: dict[str, Any]
    roll: list[list[str]]
    seals: dict[str, str]
    published: dict[str, Any] = field(default_factory=dict)


def count_again(
    files: Files, change: Callable[[dict[str, Any]], object], *, closing_kept: bool = False
) -> Files:
    """Do what the server itself could: other ballots, counted, receipted and logged as if they were the true.

    With `closing_kept` every row up to that of the closing stays, so that its head is still in the log. Else
    those rows are made to fit too, and only a person who kept something from before can tell.
    """

    def change_bundle(case: Case) -> None:
        change(case.bundle)

    return forge(files, change_bundle, closing_kept=closing_kept)


def forge(files: Files, change: Callable[[Case], object], *, closing_kept: bool = False) -> Files:
    """Change anything of a published round and make all of the rest fit; see `count_again`."""
    case = Case(
        bundle=json.loads(files.get("bundle.json", b"{}")),
        texts=json.loads(files["opening.json"]),
        roll=list(csv.reader(io.StringIO(files["roll.csv"].decode("utf-8-sig"), newline=""))),
        seals={row["seat"]: row["seal"] for row in receipts_of(files)},
    )
    change(case)
    rows = rows_of(files)
    forged = {
        **files,
        "opening.json": record.canonical(case.texts),
        "roll.csv": delimited.write_csv(case.roll[0], case.roll[1:]),
    }
    told = dict(case.published)
    if case.bundle:
        forged, more = _counted(forged, case, rows)
        told = {**more, **told}
    published = row_of(rows, "rounds.published")
    tell(published, **told)
    about = json.loads(forged["archive.json"])
    said = json.loads(published["details"])
    if not closing_kept:
        if case.bundle:
            bind_again(forged, rows)
        again = {name: said[name] for name in ("assisted", "replaced", "late")}
        tell(row_of(rows, "rounds.closed"), **again, cast=said["ballots"] + said["replaced"])
        tell(row_of(rows, "rounds.opened"), example=said["example"])
    about["example"] = said["example"]
    forged["archive.json"] = (json.dumps(about, ensure_ascii=False, indent=1) + "\n").encode()
    return chain_again(forged, rows)


def _counted(files: Files, case: Case, rows: list[dict[str, Any]]) -> tuple[Files, dict[str, Any]]:
    """Count a bundle and write its receipts; the files, and what the publication tells of them."""
    content = core.to_json(core.parse(json.dumps(case.bundle).encode()))
    parsed = core.parse(content)
    result, robustness = _count_of(content)
    named = {row["seat"]: row["organisation"] for row in receipts_of(files) if "organisation" in row}
    lines = []
    for ballot in parsed.ballots:
        said = ballot_to_dict(ballot)
        seal = case.seals.get(ballot.seat, "0" * 64)
        code = receipt_code({"round": parsed.round.key, **said, "seal": seal})
        ranking = " > ".join(" = ".join(tier) for tier in ballot.ranking)
        lines.append([code, ballot.seat, seal, ranking, *([named.get(ballot.seat, "?")] if named else [])])
    lines.sort()
    headings = ["code", "seat", "seal", "ranking", *(["organisation"] if named else [])]
    number, digest = len(parsed.ballots), record.digest(content)
    tell(
        row_of(rows, "rounds.counted"),
        ballots=number,
        ballots_root=chance.ballots_root(parsed.ballots),
        bundle_sha256=digest,
        result_sha256=record.digest(result),
        robustness_sha256=record.digest(robustness),
    )
    listed = "".join(f"{line[0]} {line[2]}\n" for line in lines).encode()
    forged = {
        **files,
        "bundle.json": content,
        "result.json": result,
        "robustness.json": robustness,
        "receipts.csv": delimited.write_csv(headings, lines),
    }
    return forged, {
        "ballots": number,
        "bundle_sha256": digest,
        "receipts_sha256": record.digest(listed),
    }


@lru_cache(maxsize=64)
def _count_of(content: bytes) -> tuple[bytes, bytes]:
    """Return the result of a bundle and its figures of robustness: many forgeries leave the ballots alone."""
    parsed = core.parse(content)
    result = count.count(parsed).to_json()
    return result, count.robustness_of_bundle(parsed).to_json()


def bind_again(files: Files, rows: list[dict[str, Any]]) -> None:
    """Let the rows of opening and closing tell what these files say, as a person with the secret can."""
    bundle = json.loads(files["bundle.json"])
    opened, closed = row_of(rows, "rounds.opened"), row_of(rows, "rounds.closed")
    told = json.loads(closed["details"])
    secret = bytes.fromhex(bundle["seed"]["secret"])
    ballots = sorted(bundle["ballots"], key=lambda ballot: ballot["seat"])
    number = len(ballots)
    listed = "".join(f"{each['code']} {each['seal']}\n" for each in receipts_of(files))
    seats = sorted(bundle["seats"], key=lambda seat: seat["seat"])
    joined = json.loads(files["opening.json"])["round"].get("joined_below") is not None
    fixed = {
        "rules_sha256": _digest(bundle["rules"]),
        "themes_sha256": _digest(bundle["themes"]),
        "roll_sha256": _digest([*wholly_joined(seats)] if joined else seats),
        "texts_sha256": record.digest(files["opening.json"]),
        "nominees": {
            name: sealed(
                secret, f"nominees.{name}", [[each["key"], each[name]] for each in bundle.get("nominees", [])]
            )
            for name in NOMINEE_FIELDS
        },
        **({"members_sha256": record.digest(files["roll.csv"])} if "roll.csv" in files else {}),
    }
    tell(opened, **fixed, seats=len(bundle["seats"]), themes=len(bundle["themes"]))
    tell(
        closed,
        ballots=number,
        cast=number + told["replaced"],
        seats=len(bundle["seats"]),
        closed_at=bundle["round"]["closed_at"],
        bound={
            **fixed,
            **({"seats_sha256": _digest(seats)} if joined else {}),
            "ballots": sealed(secret, "ballots", ballots),
            "receipts": sealed(secret, "receipts", listed.encode()),
            **{
                name: sealed(secret, name, [[each["seat"], each[name]] for each in ballots])
                for name in BALLOT_PARTS
            },
            **({"votes": votes_of(secret, rows, told["bound"]["votes"])} if "votes" in told["bound"] else {}),
        },
    )


def votes_of(secret: bytes, rows: list[dict[str, Any]], before: str) -> str:
    """What the closing tells of the rows of votes, where they are shown; else what it told before."""
    cast = [row for row in rows if "outside" in row and "ballot.cast" in row["outside"]]
    if not cast:
        return before
    said = b",".join(record.canonical([row["seq"], hidden_of(row), row["outside"]]) for row in cast)
    found: str = sealed(secret, "votes", b"[" + said + b"]")
    return found


def _digest(part: object) -> str:
    return record.digest(record.canonical(part))


def receipts_of(files: Files) -> list[dict[str, str]]:
    """The lines of the list of receipts; none where there is no such list."""
    if "receipts.csv" not in files:
        return []
    return list(csv.DictReader(io.StringIO(files["receipts.csv"].decode("utf-8-sig"), newline="")))
