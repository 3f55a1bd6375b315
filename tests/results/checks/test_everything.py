"""One round with all that an archive can have, true and forged: all three verifiers say the same of each.

Two organisations are registered late and one is withdrawn, one abstains, voting is closed by mistake and
reopened, heads are signed by the log and two witnesses, two have time stamps, and the panel is replaced. Each
forgery makes digests, chain and heads fit.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from consulta.core.trust import record
from consulta.desk import moves
from consulta.platform import database as db
from consulta.platform.formats import zipped
from consulta.platform.log import notes
from consulta.platform.log.signing import signer_of
from consulta.platform.models import AccessChange, Registration
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import links, witnesses
from consulta.rounds import service as rounds
from consulta.shell.cli import main
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests.cases import for_each
from tests.drafts import BASE, KEY
from tests.registering import appointed, newcomer, registered
from tests.results.checks.forging import (
    Files,
    chain_again,
    edit_json,
    edit_lines,
    row_of,
    rows_of,
    sum_again,
    tell,
    tell_outside,
)
from tests.results.checks.published import OPENED, PUBLISHED, STAFF, archive_of, unpacked, verify, vote
from tests.results.checks.published import _choice as choice
from tests.results.checks.test_published_panel import seat_four, seat_others
from tests.results.checks.test_registered import fitting, told_again
from tests.rounds.witnesses.test_archives import NAMES, lived, notes_of, private, with_notes
from tests.rounds.witnesses.test_stamped_archives import TRUSTED, stamp_two, stamps_of, with_stamps
from tests.texts import TWO
from tests.third import Third, agree
from tests.third import third as third  # noqa: PLC0414  # a fixture
from tests.vote.test_abstaining import abstain_by

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows = list[dict[str, Any]]
LATE = OPENED + timedelta(days=17)


def happened(bench: Bench, folder: Path) -> None:
    """What happens while voting is open, beside votes and signatures."""
    with bench.work(COMMAND, LATE) as work:
        issued = links.further_links(work, KEY, BASE)
    abstain_by(bench, issued[10], LATE)
    appointed(bench, LATE)
    first, second = newcomer(bench, LATE), newcomer(bench, LATE, "Foro Tardío", "MX", email="f@example.org")
    registered(bench, LATE, first)
    with bench.work(STAFF, LATE + timedelta(days=2)) as work:
        number = work.session.scalars(select(Registration.id)).one()
        registrations.withdraw_seat(work, KEY, number, Asked("Se confundió con otra red"))
    stamp_two(bench, folder)
    closed = LATE + timedelta(days=3)
    with bench.work(STAFF, closed) as work:
        rounds.close_round(work, KEY, "Se creyó que era el último día")
    with bench.work(STAFF, closed) as work:
        results.count(work, KEY)
    with bench.work(STAFF, closed + timedelta(hours=2)) as work:
        changed = Asked("Cambió entretanto", timedelta(hours=24))
        moves.reopen(work, KEY, "2027-03-05T17:00", "Se cerró antes de tiempo", changed)
    registered(bench, closed + timedelta(days=1), second, why="Su solicitud llegó a tiempo")
    with bench.work(COMMAND, closed + timedelta(days=3)) as work:
        issued = links.further_links(work, KEY, BASE)
    (own,) = [link for link in issued if link.organisation == "Foro Tardío"]
    vote(bench, KEY, own, choice(4), closed + timedelta(days=3))


@dataclass(frozen=True)
class Lived:
    """The archives of the round, and with what its log signs."""

    public: Files
    complete: Files
    signer: notes.Signer


@pytest.fixture(scope="module", name="lived_through")
def all_lived_through(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return everything(migrated, tmp_path_factory)


def everything(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """The round with all that an archive can have."""
    folder: Path = tmp_path_factory.mktemp("everything")
    (folder / "consulta.sqlite3").write_bytes(migrated)
    settings = Settings(data=folder, database=f"sqlite:///{folder / 'consulta.sqlite3'}", secret="s" * 40)
    bench = Bench(db.connect(settings.database), TWO)
    lived(bench, settings, lambda _: happened(bench, folder))
    seat_four(bench)
    seat_others(bench)
    with bench.read(STAFF, PUBLISHED) as work:
        assert [each for each in checks.whole(work) if each.faults] == []
        assert list(work.session.scalars(select(AccessChange))) == [], "nothing waits for a withdrawn seat"
        signer = signer_of(folder, witnesses.verifiers(work))
    assert signer is not None
    found = Lived(unpacked(archive_of(bench)), unpacked(archive_of(bench, complete=True)), signer)
    bench.engine.dispose()
    return found


# -- all made to fit


def heads_of(files: Files) -> list[list[str]]:
    """The lines of the heads: size, root, time, reason, about."""
    return [line.split(" ") for line in files["heads.txt"].decode().splitlines()[1:]]


def fit(round_: Lived, files: Files, rows: Rows) -> Files:
    """Write the log anew, and let the log, its witnesses and the authority sign what it is now."""
    made = told_again(fitting(files, rows, also="rounds.seat_withdrawn"))
    made = edit_json(made, "registered.json", lambda kept: kept.update(withdrawn=told_of(made, WITHDRAWN)))
    made = edit_json(made, "reopened.json", lambda kept: kept.update(reopened=told_of(made, REOPENED)))
    sizes = {head[2]: head for head in heads_of(made)}
    before = {head[0]: head[2] for head in heads_of(round_.public)}
    signed, stamped = [], []
    for note in map(notes.Note.parse, notes_of(files)):
        origin, size, _ = note.body.split("\n")[:3]
        if before[size] in sizes:
            signed.append(signed_again(round_, note, origin, sizes[before[size]]))
    for stamp in stamps_of(files):
        head = sizes[before[str(stamp["size"])]]
        body = body_of(round_.signer.name, head).encode()
        answer = TRUSTED.answer(body, datetime.fromisoformat(head[2]) + timedelta(minutes=2))
        stamped.append({**stamp, "size": int(head[0]), "response": answer.hex()})
    made = sum_again({**with_notes(made, signed), "stamps.json": as_file("stamps", stamped)})
    rows = rows_of(made)
    tell(row_of(rows, "rounds.published"), stamps_sha256=record.digest(made["stamps.json"]))
    return chain_again(made, rows)


WITHDRAWN, REOPENED = "rounds.seat_withdrawn", "rounds.reopened"


def as_file(name: str, told: object) -> bytes:
    content = {"format": f"consulta-{name}/1", name: told}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def told_of(files: Files, action: str) -> list[dict[str, Any]]:
    """What a file says of the rows of an act."""
    acts = [row for row in rows_of(files) if row.get("action") == action]
    return [{"at": row["at"], **dict(sorted(json.loads(row["details"]).items()))} for row in acts]


def body_of(origin: str, head: list[str]) -> str:
    return f"{origin}\n{head[0]}\n{base64.b64encode(bytes.fromhex(head[1])).decode()}\n"


def signed_again(round_: Lived, note: notes.Note, origin: str, head: list[str]) -> str:
    """A checkpoint of a head, signed and cosigned by those who did so before, at the same times."""
    body = body_of(origin, head)
    text = round_.signer.sign(body)
    for line in note.signatures[1:]:
        text += notes.cosign(line.name, private(line.name), body, int.from_bytes(line.data[:8], "big"))
    return text


# -- forgeries


def at(rows: Rows, action: str, number: int = 0) -> dict[str, Any]:
    return [row for row in rows if row.get("action") == action][number]


def head_at(rows: Rows, reason: str, number: int = 0) -> dict[str, Any]:
    taken = [row for row in rows if row.get("action") == "heads.taken"]
    return [row for row in taken if json.loads(row["details"])["reason"] == reason][number]


def in_rows(change: Callable[[Rows], object]) -> Callable[[Lived], Files]:
    """A forgery of rows of the log, after which all is made to fit."""

    def forged(round_: Lived) -> Files:
        rows = rows_of(round_.public)
        change(rows)
        return fit(round_, round_.public, rows)

    return forged


def telling(action: str, which: int = 0, /, **told: object) -> Callable[[Lived], Files]:
    return in_rows(lambda rows: tell(at(rows, action, which), **told))


def moved(rows: Rows, row: dict[str, Any], before: dict[str, Any], *, with_head: bool = True) -> None:
    """Put a row, and the head after it, before another one."""
    place = rows.index(row)
    taken = rows[place : place + (2 if with_head else 1)]
    del rows[place : place + len(taken)]
    place = rows.index(before)
    rows[place:place] = taken


def head_of_another_round(rows: Rows) -> None:
    tell(head_at(rows, "closing", -1), about="round:2")


def closing_by_the_day(rows: Rows) -> None:
    tell(head_at(rows, "closing", 0), reason="daily", about=None)


def two_openings(rows: Rows) -> None:
    """A daily head passes for that of another opening."""
    tell(head_at(rows, "daily", 3), reason="opening", about="round:1")


def dated_otherwise(rows: Rows) -> None:
    """The head of a publication is of an hour before it."""
    head_at(rows, "publication")["at"] = "2027-03-07T22:00:00.000000+00:00"


def first_closing_hidden(rows: Rows) -> None:
    row = at(rows, "rounds.closed", 0)
    rows[rows.index(row)] = {name: row[name] for name in ("digest", "previous", "seq")}


def reopened_twice(rows: Rows) -> None:
    """The reopening again, with a head of its own, and no closing between."""
    row = at(rows, REOPENED)
    place = rows.index(row)
    rows[place + 2 : place + 2] = [dict(row), dict(rows[place + 1])]


def registered_in_the_gap(rows: Rows) -> None:
    """The second late organisation is registered while voting was closed."""
    moved(rows, at(rows, "rounds.registered", 1), at(rows, REOPENED))


def withdrawn_in_the_gap(rows: Rows) -> None:
    moved(rows, at(rows, WITHDRAWN), at(rows, REOPENED))


def panel_before_the_result(rows: Rows) -> None:
    """The first panel was published before the round was."""
    moved(rows, at(rows, "panel.published"), at(rows, "rounds.published"))


def panels_exchanged(rows: Rows) -> None:
    one, other = at(rows, "panel.published", 0), at(rows, "panel.published", 1)
    one["details"], other["details"] = other["details"], one["details"]


def extended_while_closed(rows: Rows) -> None:
    """Between the closing by mistake and the reopening the deadline is put off."""
    row = dict(at(rows, REOPENED))
    until = json.loads(row["details"])["before"]
    told = {"before": until, "after": "2027-03-06T22:00:00Z", "reason": "Pedido"}
    row |= {"action": "rounds.extended", "details": record.canonical(told).decode()}
    rows.insert(rows.index(at(rows, REOPENED)), row)
    tell(at(rows, REOPENED), before=told["after"], after=told["after"])
    tell(at(rows, "rounds.closed", -1), closes_at=told["after"])


def vote_of_the_withdrawn(rows: Rows) -> None:
    """The vote that was replaced is told as one of the seat that was withdrawn."""
    cast = next(row for row in rows if "outside" in row)
    tell_outside(cast, seat=json.loads(at(rows, WITHDRAWN)["details"])["seat"])


def voted_while_closed(rows: Rows) -> None:
    """The last vote stands between the closing by mistake and the reopening."""
    cast = [row for row in rows if "outside" in row][-1]
    moved(rows, cast, at(rows, REOPENED), with_head=False)


def numbered(number: object, which: int) -> Callable[[Lived], Files]:
    """A row whose number is written otherwise: its digest is of the place where it stands."""

    def forged(round_: Lived) -> Files:
        rows = rows_of(round_.public)
        rows[which]["seq"] = number
        log = b"".join(record.canonical(row) + b"\n" for row in rows)
        return sum_again({**round_.public, "log.jsonl": log})

    return forged


def ended_before_it_signed(rows: Rows) -> None:
    """A witness ends before the first head that it cosigned, and all that it signed stays."""
    row = dict(at(rows, "witnesses.registered", 1))
    key = json.loads(row["details"])["key"]
    row |= {"action": "witnesses.ended", "details": record.canonical({"key": key}).decode()}
    rows.insert(rows.index(at(rows, "rounds.committed")), row)


def registered_twice(rows: Rows) -> None:
    row = at(rows, "witnesses.registered", 1)
    rows.insert(rows.index(row) + 1, dict(row))


def with_note(change: Callable[[Lived, str], str]) -> Callable[[Lived], Files]:
    """The last checkpoint that was cosigned, exchanged for another."""

    def forged(round_: Lived) -> Files:
        found = notes_of(round_.public)
        cosigned = [place for place, note in enumerate(found) if note.count("\u2014 ") == 1 + len(NAMES)]
        found[cosigned[-1]] = change(round_, found[cosigned[-1]])
        return with_notes(round_.public, found)

    return forged


def signed_by_a_witness(_: Lived, note: str) -> str:
    """In the place of the log's signature stands one by a witness, in the form of a log's."""
    body = notes.Note.parse(note).body
    return notes.Signer(NAMES[0], private(NAMES[0])).sign(body)


def of_a_part_of_the_tree(round_: Lived, note: str) -> str:
    """A checkpoint that the log signed, with the root of fewer rows than it says."""
    head = next(head for head in heads_of(round_.public) if head[0] == note.split("\n")[1])
    other = heads_of(round_.public)[4]
    return round_.signer.sign(body_of(round_.signer.name, [head[0], other[1]]))


def long_after(_: Lived, note: str) -> str:
    """A witness cosigned, it says, when the archive was published long since."""
    parsed = notes.Note.parse(note)
    lines = note.splitlines(keepends=True)[:5]
    at = int((PUBLISHED + timedelta(days=400)).timestamp())
    return "".join(lines) + notes.cosign(NAMES[0], private(NAMES[0]), parsed.body, at)


def stamp_of_the_roots_digits(round_: Lived) -> Files:
    """A stamp of the root as it is written in the list of heads, and not of the signed text."""
    found = stamps_of(round_.public)
    head = next(head for head in heads_of(round_.public) if head[0] == str(found[0]["size"]))
    answer = TRUSTED.answer(head[1].encode(), datetime.fromisoformat(head[2]) + timedelta(minutes=1))
    found[0]["response"] = answer.hex()
    return with_stamps(round_.public, found)


def stamp_in_capitals(round_: Lived) -> Files:
    found = stamps_of(round_.public)
    found[0]["response"] = found[0]["response"].upper()
    return with_stamps(round_.public, found)


def stamp_and_more(round_: Lived) -> Files:
    """An answer of the authority with bytes after its end."""
    found = stamps_of(round_.public)
    found[1]["response"] += "0500"
    return with_stamps(round_.public, found)


def seals_exchanged(round_: Lived) -> Files:
    """Two receipts under each other's seal, in the list alone."""

    def change(lines: list[str]) -> None:
        one, other = lines[1].split(","), lines[2].split(",")
        one[2], other[2] = other[2], one[2]
        lines[1:3] = [",".join(one), ",".join(other)]

    return edit_lines(round_.public, "receipts.csv", change)


def receipts_in_another_order(round_: Lived) -> Files:
    """The lines of the list as they were cast, perhaps, and not by their codes."""

    def change(lines: list[str]) -> None:
        lines[1:-1] = lines[-2:0:-1]

    return edit_lines(round_.public, "receipts.csv", change)


FORGED: dict[str, tuple[Callable[[Lived], Files], str]] = {
    "a closing's head is of another round": (in_rows(head_of_another_round), ""),
    "a closing's head is a daily one": (in_rows(closing_by_the_day), ""),
    "a daily head is an opening's": (in_rows(two_openings), "opening"),
    "the head of a publication is older": (in_rows(dated_otherwise), "publication"),
    "a closing that was undone is hidden": (in_rows(first_closing_hidden), "closing"),
    "reopened twice": (in_rows(reopened_twice), ""),
    "registered while voting was closed": (in_rows(registered_in_the_gap), ""),
    "withdrawn while voting was closed": (in_rows(withdrawn_in_the_gap), ""),
    "the withdrawal of the other": (telling(WITHDRAWN, number=2), ""),
    "a number of the withdrawal with a point": (telling(WITHDRAWN, number=1.0), ""),
    "a number of a registration with a point": (telling("rounds.registered", number=1.0), "number"),
    "true is a number of a registration": (telling("rounds.registered", number=True), "number"),
    "seats with a point": (telling("rounds.registered", 1, seats=14.0), "seats"),
    "true is the first row": (numbered(True, 0), "row 1"),
    "a row's number with a point": (numbered(12.0, 11), "row 12"),
    "put off while voting was closed": (in_rows(extended_while_closed), ""),
    "a vote of the withdrawn seat": (in_rows(vote_of_the_withdrawn), ""),
    "a vote while voting was closed": (in_rows(voted_while_closed), "between opening and closing"),
    "a panel before the result": (in_rows(panel_before_the_result), ""),
    "panels in another order": (in_rows(panels_exchanged), ""),
    "a panel that replaces a later one": (telling("panel.published", 1, replaces=3), "replaces"),
    "more abstained than did not vote": (telling("rounds.published", abstained=4), "abstained"),
    "nobody abstained, and it is told": (telling("rounds.published", abstained=0), "abstained"),
    "true abstained": (telling("rounds.published", abstained=True), "abstained"),
    "a witness that had ended": (in_rows(ended_before_it_signed), "where this key ended"),
    "a witness registered twice": (in_rows(registered_twice), "expected a key"),
    "a checkpoint signed by a witness": (with_note(signed_by_a_witness), ""),
    "a checkpoint with the root of fewer rows": (with_note(of_a_part_of_the_tree), ""),
    "a cosignature of a year later": (with_note(long_after), ""),
    "a stamp of the root's digits": (stamp_of_the_roots_digits, "a stamp of the head of"),
    "a stamp in capitals": (stamp_in_capitals, "an answer of RFC 3161"),
    "a stamp and more": (stamp_and_more, "an answer of RFC 3161"),
    "seals exchanged": (seals_exchanged, "receipts at closing"),
    "receipts in another order": (receipts_in_another_order, ""),
}


def said_by_consulta(path: Path, files: Files) -> tuple[int, str]:
    path.write_bytes(zipped.write({name: text for name, text in files.items() if name != zipped.SUMS}))
    done = CliRunner().invoke(main, ["verify", str(path), "--lang", "en"])
    return done.exit_code, done.output


def agree_on(files: Files, third: Third, path: Path) -> tuple[int, str]:
    """What all three say of an archive: the same first difference, or none."""
    status, said = verify(files)
    assert agree(third.says(files), (status, said))
    found, output = said_by_consulta(path, files)
    assert found == status, output
    first = said.rpartition("first: ")[2].splitlines()[0]
    assert (f"NOT everything agrees. {first}" in output) is (status == 1), output
    return status, said


@pytest.mark.deep
def test_all_that_can_be_in_an_archive_is_accepted_together(
    lived_through: Lived, third: Third, tmp_path: Path
) -> None:
    for files in (lived_through.public, lived_through.complete):
        status, said = agree_on(files, third, tmp_path / "consulta-2027-1.zip")
        assert status == 0, said
    again = fit(lived_through, lived_through.public, rows_of(lived_through.public))
    assert verify(again)[0] == 0, "the forger who changes nothing"


@for_each("name", FORGED)
def test_what_is_forged_is_found_by_all_three(
    lived_through: Lived, third: Third, tmp_path: Path, name: str
) -> None:
    change, where = FORGED[name]
    status, said = agree_on(change(lived_through), third, tmp_path / "consulta-2027-1.zip")
    differences = "\n".join(line for line in said.splitlines() if line.startswith("[NO]"))
    assert (status, where in differences) == (1, True), said
