"""Checkpoints in the archive of a round lived whole: signed by the hour, cosigned by two, and forged."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.platform import database as db
from consulta.platform.log import notes
from consulta.platform.log.signing import signer_of
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.rounds import witnesses
from consulta.shell.cli import main
from tests.cases import for_each
from tests.drafts import KEY, NOW, do
from tests.results.checks.forging import Files, chain_again, row_of, rows_of, sum_again, tell
from tests.results.checks.published import (
    CLOSED,
    OPENED,
    PUBLISHED,
    STAFF,
    archive_of,
    live,
    run_script,
    unpacked,
    verify,
)
from tests.results.checks.test_published_panel import seat_four
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tests.benches import Visitor

NAMES = ("red-andina", "foro-del-sur")


def private(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


def key_of(name: str) -> notes.Verifier:
    return notes.Verifier(name, notes.WITNESS, private(name).public_key().public_bytes_raw())


def sign(bench: Bench, settings: Settings, at: datetime) -> None:
    """Take the head of the hour where it is due, and sign what waits."""
    with bench.work(COMMAND, at) as work:
        witnesses.take_hourly(work)
    with bench.work(COMMAND, at) as work:
        signer = signer_of(settings.data, witnesses.verifiers(work))
        assert signer is not None
        witnesses.sign(work, signer)


def cosign(bench: Bench, at: datetime) -> None:
    """Let the witnesses cosign the newest checkpoint."""
    with bench.work(COMMAND, at) as work:
        note = notes.Note.parse(witnesses.note(work))
        for name in {each.name for each in witnesses.view(work).active}:
            line = notes.cosign(name, private(name), note.body, int(at.timestamp()))
            witnesses.take(work, f"{note.body}\n{line}")


def lived(
    bench: Bench, settings: Settings, also: Callable[[Bench], None] = lambda _: None, *, seen: bool = True
) -> None:
    """A round with two witnesses that look every other day, from before its opening on.

    `also` is what else happens before it closes; `seen` says whether they look once more after that.
    """
    do(bench, witnesses.make_first, settings)
    with bench.work(STAFF, NOW) as work:
        for name in NAMES:
            witnesses.register(work, str(key_of(name)), f"Red {name}")

    def meanwhile(_: Bench) -> None:
        for hours in range(12 * 24, 16 * 24, 12):
            at = OPENED + timedelta(hours=hours)
            sign(bench, settings, at)
            if hours % 48 == 0:
                cosign(bench, at)
        also(bench)

    def afterwards(_: Bench) -> None:
        sign(bench, settings, CLOSED + timedelta(minutes=5))
        if seen:
            cosign(bench, CLOSED + timedelta(minutes=6))

    live(bench, "open", meanwhile=meanwhile, afterwards=afterwards)


@pytest.fixture(scope="module")
def files(migrated: bytes, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder: Path = tmp_path_factory.mktemp("signed")
    path = folder / "consulta.sqlite3"
    path.write_bytes(migrated)
    settings = Settings(data=folder, database=f"sqlite:///{path}", secret="s" * 40)
    bench = Bench(db.connect(settings.database), TWO)
    lived(bench, settings)
    found = unpacked(archive_of(bench))
    assert unpacked(archive_of(bench)) == found, "the same bytes again"
    assert "stamps.json" not in found, "no file, and no word of it, where there are no time stamps"
    assert not any(b"stamps" in found[name] for name in ("archive.json", "log.jsonl"))
    with bench.read(COMMAND, OPENED) as work:
        assert {check.name: check.faults for check in checks.whole(work) if check.faults} == {}
    bench.engine.dispose()
    return found


def notes_of(files: Files) -> list[str]:
    found: list[str] = json.loads(files["checkpoints.json"])["notes"]
    return found


def with_notes(files: Files, changed: list[str]) -> Files:
    content = {"format": "consulta-checkpoints/1", "notes": changed}
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return sum_again({**files, "checkpoints.json": text.encode()})


def test_checkpoints_and_cosignatures_are_in_the_archive(files: Files) -> None:
    status, said = verify(files)
    assert status == 0, said
    assert "cosigned: 3; witnesses: 2" in said, said
    found = notes_of(files)
    assert [note.count("\u2014 ") for note in found].count(3) == 3
    assert len(found) == 7, "opening, closing, and of each of five days the one that was cosigned or the last"


def cosigned_before_the_panel(bench: Bench, settings: Settings) -> None:
    """A round whose witnesses cosigned after its result, a day before its panel was published."""
    lived(bench, settings)
    sign(bench, settings, PUBLISHED + timedelta(minutes=1))
    cosign(bench, PUBLISHED + timedelta(hours=2))
    seat_four(bench, at=PUBLISHED + timedelta(days=1))


def test_witnesses_may_cosign_between_the_result_and_the_panel(bench: Bench, settings: Settings) -> None:
    cosigned_before_the_panel(bench, settings)
    found = unpacked(archive_of(bench))
    between = notes_of(found)[-1]
    assert between.count("\u2014 ") == 3
    status, said = verify(found)
    assert (status, "cosigned: 4; witnesses: 2" in said) == (0, True), said
    late = int((PUBLISHED + timedelta(days=1, minutes=6)).timestamp())
    body = notes.Note.parse(between).body
    other = "\n".join(between.split("\n")[:5]) + "\n" + notes.cosign(NAMES[0], private(NAMES[0]), body, late)
    status, said = verify(with_notes(found, [*notes_of(found)[:-1], other]))
    assert (status, "a time from" in said) == (1, True), said


def resign(note: str, **changed: object) -> str:
    """Another checkpoint with the former signatures."""
    origin, size, root, *rest = note.split("\n")
    said = {"origin": origin, "size": size, "root": root, **changed}
    return "\n".join([str(said["origin"]), str(said["size"]), str(said["root"]), *rest])


def other_root(note: str) -> str:
    return resign(note, root=base64.b64encode(bytes(32)).decode())


def other_origin(note: str) -> str:
    return resign(note, origin="otra.example.org/log")


def no_log_signature(note: str) -> str:
    lines = note.split("\n")
    del lines[4]
    return "\n".join(lines)


def exchanged(note: str) -> str:
    """The cosignature of one witness under the name of the other."""
    lines = note.split("\n")
    first, second = lines[5].split(" "), lines[6].split(" ")
    data = base64.b64decode(first[2])[:4] + base64.b64decode(second[2])[4:]
    lines[5] = " ".join([*first[:2], base64.b64encode(data).decode()])
    return "\n".join(lines)


def unknown_key(note: str) -> str:
    body = notes.Note.parse(note).body
    return note + notes.cosign("nadie", private("nadie"), body, 1_900_000_000)


def before_it_was(note: str) -> str:
    body = notes.Note.parse(note).body
    return (
        "\n".join(note.split("\n")[:5])
        + "\n"
        + notes.cosign(NAMES[0], private(NAMES[0]), body, 1_000_000_000)
    )


def of_another_head(note: str) -> str:
    lines = note.split("\n")
    line = notes.cosign(NAMES[0], private(NAMES[0]), other_root(note).split("\n\n")[0] + "\n", 1_900_000_000)
    return "\n".join(lines[:5]) + "\n" + line


def repeated(note: str) -> str:
    """The line of a witness twice, as if more had cosigned."""
    return note + note.split("\n")[5] + "\n"


def other_spare_bits(note: str) -> str:
    """The line of the log with the same bytes, written otherwise."""
    lines, signs = note.split("\n"), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    line = lines[4].rstrip("=")
    assert line != lines[4], "there are spare bits"
    other = line[:-1] + signs[signs.index(line[-1]) + 1]
    before, after = (base64.b64decode(each.split(" ")[2] + "==") for each in (line, other))
    assert before == after
    lines[4] = other + lines[4][len(line) :]
    return "\n".join(lines)


def no_note(note: str) -> str:
    return note.replace("\u2014", "-")


FORGED: list[tuple[Callable[[str], str], str]] = [
    (other_root, "the log's signature of this checkpoint"),
    (other_origin, "a checkpoint of"),
    (no_log_signature, "a signature of the log"),
    (exchanged, "a cosignature of this checkpoint"),
    (unknown_key, "a signature by a key that the log tells of"),
    (before_it_was, "a time from"),
    (of_another_head, "a cosignature of this checkpoint"),
    (repeated, "twice"),
    (other_spare_bits, "a line of a signature"),
    (no_note, "a line of a signature"),
]


@for_each("change, reason", FORGED)
def test_forged_checkpoints(files: Files, change: Any, reason: Any) -> None:
    found = notes_of(files)
    place = next(number for number, note in enumerate(found) if note.count("\u2014 ") == 3)
    found[place] = change(found[place])
    status, said = verify(with_notes(files, found))
    assert (status, reason in said, "[NO] Signed checkpoints" in said) == (1, True, True), said


# -- a log that no witness saw since the closing

UNSEEN = "What is in the archive agrees, but no witness signed its log after voting closed"


def without_cosignatures(found: list[str]) -> list[str]:
    return ["\n".join(note.split("\n")[:5]) + "\n" for note in found]


DROPPED: list[Callable[[list[str]], list[str]]] = [
    without_cosignatures,
    lambda found: found[:-1],
    lambda found: [*found[:-1], *without_cosignatures(found[-1:])],
    lambda _: [],
]


@pytest.mark.attack("A9")
@for_each("drop", DROPPED)
def test_a_log_that_had_witnesses_and_comes_without_one_at_the_closing(files: Files, drop: Any) -> None:
    """As a log comes that was written anew with its own key. The verdict names who can be asked."""
    status, said = verify(with_notes(files, drop(notes_of(files))))
    assert status == 1
    assert f"first: {UNSEEN}, though it had witnesses: foro-del-sur, red-andina." in said, said
    assert "[NO] Signed checkpoints: none of the witnesses" in said


def at_first(bench: Bench, settings: Settings) -> None:
    do(bench, witnesses.make_first, settings)


def register(bench: Bench, name: str, at: datetime) -> None:
    with bench.work(STAFF, at) as work:
        witnesses.register(work, str(key_of(name)), f"Red {name}")


@pytest.mark.attack("A9")
def test_an_honest_log_without_luck_says_so_and_is_counted_all_the_same(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    """Its witnesses signed before the closing, and did not look again before the publication."""
    lived(bench, settings, seen=False)
    path = tmp_path / "archive.zip"
    path.write_bytes(archive_of(bench))
    status, said = verify(unpacked(path.read_bytes()))
    assert (status, said.count("[NO]"), UNSEEN in said) == (1, 1, True), said
    status, said = run_script(str(path), "--lang", "en")
    assert (status, UNSEEN in said) == (3, True), said
    assert "Everything agrees" not in said
    assert "NOT" not in said
    done = CliRunner().invoke(main, ["verify", str(path), "--lang", "en"])
    assert (done.exit_code, UNSEEN in done.output, "verified" in done.output) == (3, True, False)


@pytest.mark.attack("A9")
def test_whoever_publishes_reads_before_that_no_witness_signed_since_the_closing(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    """It goes away once one of them has signed; where there are no witnesses it never comes."""
    page, warning = f"/en/secretariat/rounds/{KEY}/publish", "No witness has signed the log since the closing"
    at_first(bench, settings)
    register(bench, NAMES[0], NOW)

    def look(_: Bench) -> None:
        sign(bench, settings, CLOSED + timedelta(minutes=5))
        said = staff_visitor.get(page).text
        assert warning in said
        assert f"Ask one of them to sign now: Red {NAMES[0]}" in said
        cosign(bench, CLOSED + timedelta(minutes=6))
        assert warning not in staff_visitor.get(page).text

    live(bench, "open", afterwards=look)


def test_witnesses_of_later_and_of_before_are_not_missed(bench: Bench, settings: Settings) -> None:
    """One ended before the closing, one was registered after it: none could be asked for that closing."""
    at_first(bench, settings)
    register(bench, NAMES[0], NOW)

    def end(_: Bench) -> None:
        with bench.work(STAFF, CLOSED - timedelta(hours=1)) as work:
            witnesses.end(work, 1)

    def another(_: Bench) -> None:
        register(bench, NAMES[1], CLOSED + timedelta(hours=1))

    live(bench, "open", meanwhile=end, afterwards=another)
    status, said = verify(unpacked(archive_of(bench)))
    assert status == 0, said


def test_a_witness_registered_after_the_closing_does_not_stand_in_for_those_of_before(
    bench: Bench, settings: Settings
) -> None:
    at_first(bench, settings)
    register(bench, NAMES[0], NOW)

    def puppet(_: Bench) -> None:
        register(bench, NAMES[1], CLOSED + timedelta(minutes=1))
        sign(bench, settings, CLOSED + timedelta(minutes=5))
        with bench.work(COMMAND, CLOSED + timedelta(minutes=6)) as work:
            note = notes.Note.parse(witnesses.note(work))
            at = int((CLOSED + timedelta(minutes=6)).timestamp())
            witnesses.take(work, f"{note.body}\n{notes.cosign(NAMES[1], private(NAMES[1]), note.body, at)}")

    live(bench, "open", afterwards=puppet)
    found = unpacked(archive_of(bench))
    assert notes_of(found)[-1].count("\u2014 ") == 2
    status, said = verify(found)
    assert (status, f"{UNSEEN}, though it had witnesses: red-andina." in said) == (1, True), said


def test_checkpoints_in_another_form(files: Files) -> None:
    found = notes_of(files)
    other = sum_again(
        {**files, "checkpoints.json": files["checkpoints.json"].replace(b"-checkpoints/1", b"-heads/1")}
    )
    size = found[-1].split("\n")[1]
    odd = with_notes(files, [*found[:-1], resign(found[-1], size=f"0{size}")])
    for forged, reason in ((other, "consulta-heads/1"), (odd, "origin, size and root")):
        status, said = verify(forged)
        assert (status, "[NO] Signed checkpoints" in said, reason in said) == (1, True, True), said


def test_checkpoints_twice_or_in_another_order(files: Files) -> None:
    found = notes_of(files)
    for changed in ([found[0], *found], [found[1], found[0], *found[2:]]):
        status, said = verify(with_notes(files, changed))
        assert (status, "more than" in said) == (1, True), said


def test_a_checkpoint_of_a_log_that_was_written_anew(files: Files) -> None:
    """Chain and heads made to fit, and the checkpoints left: each has another root than its head."""
    rows = rows_of(files)
    tell(row_of(rows, "rounds.committed"), more="x")
    status, said = verify(chain_again(files, rows))
    assert (status, "[NO] Signed checkpoints" in said) == (1, True), said


def test_a_key_of_the_log_that_is_hidden(files: Files) -> None:
    rows = rows_of(files)
    row = row_of(rows, "checkpoints.key")
    for name in ("at", "role", "seal", "action", "subject", "details"):
        del row[name]
    log = b"".join(
        json.dumps(each, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        for each in rows
    )
    status, said = verify(sum_again({**files, "log.jsonl": log}))
    assert (status, "[NO] Signed checkpoints" in said) == (1, True), said
