"""What a person with the database's own password could do, and the check that finds it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from consulta.shell.cli import main
from tests.cases import for_each
from tests.deep import few
from tests.factories import moment
from tests.results.checks.tampering import unguarded
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def house(lived: Bench, tmp_path: Path) -> Iterator[Bench]:
    """A copy of the database in which a round was lived, its guards lifted."""
    path = tmp_path / "consulta.sqlite3"
    with lived.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("VACUUM INTO ?", (str(path),))
        connection.exec_driver_sql("BEGIN")
    bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
    yield unguarded(bench)
    bench.engine.dispose()


def found(bench: Bench) -> dict[str, tuple[str, ...]]:
    with bench.read(COMMAND, moment()) as work:
        return {check.name: check.faults for check in checks.whole(work)}


def run(bench: Bench, statement: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(text(statement))


def test_a_house_in_order_has_no_fault(house: Bench) -> None:
    assert found(house) == dict.fromkeys([*checks.QUICK, *checks.DEEP], ())


FOREIGN_LINK = """\
INSERT INTO mail_texts (round_id, kind, language, subject, body, changed_at)
VALUES (1, 'reminder', 'es', 'Vote', 'https://x.example.org {link}', '2027-02-02 00:00:00.000000')"""
RANKED_OTHERWISE = "UPDATE ballots SET ranking = (SELECT ranking FROM ballots WHERE id = 2) WHERE id = 4"
FIRST_VERSION_COUNTS = (
    "UPDATE current_ballots SET ballot_id = (SELECT id FROM ballots b WHERE b.seat_id = "
    "current_ballots.seat_id AND version = 1)"
)
ANOTHER_PLACE = """\
UPDATE documents SET content = replace(content, '"place": 1,', '"place": 2,') WHERE kind = 'result'"""
SENT_BY_ANOTHER = "UPDATE ballots SET contact_id = (SELECT contact_id FROM ballots WHERE id = 2) WHERE id = 4"
NAMES_EXCHANGED = (
    "UPDATE seats SET name = (SELECT s.name FROM seats s WHERE s.id = 3 - seats.id) WHERE id IN (1, 2)"
)
A_NOMINEE_MORE = """\
INSERT INTO nominees (round_id, key, name, organisation, role, country, sector, language, email,
  topics, recent, example, created_at)
VALUES (1, 'n9', 'X', 'O', 'mechanism', 'PE', 'ngo', 'es', '', '[]', 0, 0, '2027-01-01 00:00:00.000000')"""
ANOTHER_BUNDLE = """\
INSERT INTO documents (round_id, kind, version, content, sha256, created_at)
SELECT round_id, kind, version + 1, content || ' ', 'ff', created_at FROM documents WHERE kind = 'bundle'"""
SABOTAGE = [
    ("the log's chain", "UPDATE log SET details = '{}' WHERE seq = 9", "log row 9"),
    ("the log's chain", "UPDATE log SET actor = 'admin:1' WHERE action = 'rounds.opened'", "log row"),
    ("the log's chain", "DELETE FROM log WHERE seq = 5", "log row 6"),
    ("the log's heads", "DELETE FROM log WHERE seq >= (SELECT max(size) FROM heads)", "does not tell of it"),
    ("people, links and addresses", "DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)", "the log"),
    ("the log's heads", "UPDATE heads SET root = 'ff' WHERE id = 2", "head 2"),
    ("the log's heads", "UPDATE heads SET size = size - 1 WHERE id = 3", "head 3"),
    ("the log's heads", "UPDATE heads SET peaks = '[]' WHERE id = 4", "head 4"),
    ("which ballots count", "DELETE FROM current_ballots WHERE seat_id = 1", "seat 1"),
    ("which ballots count", FIRST_VERSION_COUNTS, "its last ballot does not count"),
    ("receipts", RANKED_OTHERWISE, "ballot 4: its receipt code"),
    ("receipts", "UPDATE ballots SET cast_at = '2027-02-02 00:00:00.000000' WHERE id = 3", "ballot 3"),
    ("receipts", "UPDATE ballots SET head = 'ff' WHERE id = 4", "a head that was never taken"),
    ("receipts", "UPDATE seats SET pseudonym = 'ffff' WHERE id = 1", "its receipt code"),
    ("kept documents", "UPDATE documents SET content = '{}' WHERE kind = 'result'", "does not match its"),
    ("what rounds froze", "UPDATE seats SET base = 9 WHERE id = 1", "roll changed since it opened"),
    (
        "what rounds froze",
        """UPDATE seats SET categories = '{"subregion": "mesoamerica", "sector": "ngo"}' WHERE id = 2""",
        "roll changed",
    ),
    ("what rounds froze", "UPDATE themes SET title = '{}' WHERE id = 1", "themes changed"),
    (
        "what rounds froze",
        """UPDATE rounds SET rules = json_set(rules, '$.topics', 3)""",
        "rules changed since it opened",
    ),
    ("what rounds froze", "UPDATE rounds SET frozen = '{}'", "what it froze"),
    (
        "what rounds froze",
        "UPDATE rounds SET secret = '" + "00" * 32 + "'",
        "its secret is not the one it committed to",
    ),
    ("results, counted again", RANKED_OTHERWISE, "not made of what is"),
    (
        "results, counted again",
        ANOTHER_PLACE,
        "a new count gives another result, first at themes[",
    ),
    (
        "results, counted again",
        "UPDATE rounds SET secret = '" + "00" * 32 + "'",
        "it cannot be counted again: seed.commitment",
    ),
    (
        "archives, built again",
        "UPDATE documents SET content = replace(content, 'Todo concuerda', 'Nada') WHERE kind = 'archive'",
        "its archive is not the one that was published",
    ),
    ("the log's chain", "UPDATE log SET subject = 'seat:2' WHERE action = 'ballot.late'", "log row"),
    ("the log's chain", "UPDATE log SET nonce = '' WHERE seq = 3", "log row 3"),
    ("the log's heads", "DELETE FROM heads WHERE id = (SELECT max(id) FROM heads)", "it is not there"),
    ("the log's heads", "DELETE FROM heads WHERE id = 3", "it is not there"),
    ("the log's heads", "UPDATE heads SET at = '2026-01-01 00:00:00.000000' WHERE id = 3", "head 3"),
    ("the log's heads", "UPDATE heads SET reason = 'daily' WHERE reason = 'opening'", "does not tell of it"),
    ("the log's heads", "UPDATE heads SET round_id = NULL WHERE reason = 'closing'", "does not tell of it"),
    ("receipts", SENT_BY_ANOTHER, "ballot 4: the log tells of another contact"),
    ("receipts", "UPDATE ballots SET shown = '[]' WHERE id = 4", "ballot 4: its receipt code"),
    ("receipts", "UPDATE ballots SET content_sha256 = 'x' WHERE id = 4", "the digest of its content"),
    ("receipts", "UPDATE ballots SET version = 7 WHERE id = 4", "ballot 4: its receipt code"),
    ("receipts", "UPDATE rounds SET key = '2027-x'", "its receipt code"),
    ("what rounds froze", NAMES_EXCHANGED, "in what it froze, seats is not as it is now"),
    ("what rounds froze", "UPDATE seats SET position = 99 WHERE id = 2", "in what it froze, seats"),
    (
        "what rounds froze",
        "UPDATE themes SET description = '{}' WHERE id = 1",
        "in what it froze, themes",
    ),
    ("what rounds froze", 'UPDATE rounds SET question = \'{"es": "Otra"}\'', "in what it froze, round"),
    ("what rounds froze", "UPDATE rounds SET secrecy = 'open'", "in what it froze, round"),
    ("what rounds froze", "UPDATE rounds SET commitment = 'ff'", "in what it froze, seed"),
    ("what rounds froze", "UPDATE rounds SET frozen_sha256 = 'ff'", "does not match the log"),
    ("what rounds froze", A_NOMINEE_MORE, "in what it froze, nominees"),
    (
        "where rounds stand",
        "UPDATE rounds SET state = 'closed', published_at = NULL",
        "by the log it is published",
    ),
    ("where rounds stand", "UPDATE rounds SET opened_at = NULL", "when it was opened"),
    (
        "where rounds stand",
        "UPDATE rounds SET published_at = '2027-09-09 00:00:00.000000'",
        "when it was published",
    ),
    ("where rounds stand", "UPDATE rounds SET panel_version = 3", "its public panel"),
    (
        "kept documents",
        "DELETE FROM documents WHERE kind = 'result'",
        "tells of its result and it is not there",
    ),
    ("kept documents", "DELETE FROM documents WHERE kind = 'archive'", "tells of its archive"),
    ("kept documents", ANOTHER_BUNDLE, "its bundle is not the one that the log tells of"),
    (
        "archives, built again",
        "DELETE FROM documents WHERE kind = 'result'",
        "cannot be built: result.uncounted",
    ),
    ("archives, built again", "DELETE FROM heads WHERE reason = 'publication'", "cannot be built"),
    ("texts of mails", FOREIGN_LINK, "mail reminder in es (round:1): the log does not tell of it"),
    (
        "ballots that staff entered",
        "UPDATE ballots SET assisted = 1, contact_id = NULL WHERE id = 4",
        "ballot 4: its mark",
    ),
]


@pytest.mark.parametrize(("check", "statement", "said"), few(SABOTAGE))
def test_what_was_changed_behind_the_services_is_found(
    house: Bench, check: str, statement: str, said: str
) -> None:
    run(house, statement)
    faults = found(house)[check]
    assert any(said in fault for fault in faults), faults


def test_a_request_that_was_emptied_before_its_round_is_over_is_found(house: Bench) -> None:
    run(house, "UPDATE ballots SET assisted = 1, contact_id = NULL WHERE id = 4")
    run(house, "INSERT INTO assistances (ballot_id, requester, reason) VALUES (4, '', '')")
    assert found(house)["ballots that staff entered"] == (), "after its period its words are erased"
    run(house, "UPDATE rounds SET state = 'closed'")
    told = ("ballot 4: who asked staff to enter it, or why, is empty",)
    assert found(house)["ballots that staff entered"] == told


ANOTHER_BALLOT = """\
INSERT INTO ballots (version, idempotency_key, receipt,
  round_id, seat_id, contact_id, ranking, objectives, endorsements, shown, content_sha256, head, cast_at)
SELECT 9, 'k', '3333-3333-3333',
  round_id, seat_id, contact_id, ranking, objectives, endorsements, shown, content_sha256, head, cast_at
FROM ballots WHERE id = 1"""


@for_each("details", ["{}", "[]", "no JSON"])
def test_rows_of_which_the_contents_were_taken_hide_no_other_fault(house: Bench, details: str) -> None:
    """Whatever rows say, each check ends in words; the rows and what else was changed are named."""
    run(house, "UPDATE documents SET content = '{}' WHERE kind = 'result'")
    changed = "SELECT min(seq) FROM log WHERE action NOT LIKE 'seals.%' GROUP BY action"
    with house.work(COMMAND, moment()) as work:
        rows = list(work.session.scalars(text(changed)))
        for seq in rows:
            work.session.execute(
                text("UPDATE log SET details = :to WHERE seq = :seq"), {"to": details, "seq": seq}
            )
    told = found(house)
    assert {f"log row {seq}" for seq in rows} <= {each.partition(":")[0] for each in told["the log's chain"]}
    assert "its content does not match its digest" in " ".join(told["kept documents"])
    assert not any(" of None " in each for faults in told.values() for each in faults)


def test_a_ballot_put_in_or_taken_out_is_found(house: Bench) -> None:
    run(house, ANOTHER_BALLOT)
    told = found(house)
    assert any("the log does not tell of it" in fault for fault in told["receipts"])
    (without,) = told["the log's heads"]
    assert without.endswith(": no head was kept after its vote")
    run(house, "DELETE FROM current_ballots WHERE ballot_id = 4")
    run(house, "DELETE FROM receipt_heads WHERE ballot_id = 4")
    run(house, "DELETE FROM ballots WHERE id IN (4, (SELECT max(id) FROM ballots))")
    assert found(house)["receipts"] == ("ballot 4: the log tells of it and it is not there",)


BOUND = [
    (RANKED_OTHERWISE, "round 2027-1: ranking is not what its closing bound"),
    ("UPDATE ballots SET objectives = '[23]' WHERE id = 4", "objectives is not what its closing bound"),
    ("UPDATE ballots SET idempotency_key = 'x' WHERE id = 4", "receipts is not what its closing bound"),
    ("DELETE FROM current_ballots WHERE ballot_id = 4", "ballots is not what its closing bound"),
    ("UPDATE rounds SET closed_at = '2027-03-05 23:59:59'", "closed_at is not what its closing bound"),
    ("UPDATE seats SET name = 'Red fantasma' WHERE id = 1", "members_sha256 is not what its closing bound"),
    ("UPDATE seats SET base = 9 WHERE id = 1", "roll_sha256 is not what its closing bound"),
    (
        "UPDATE rounds SET frozen = replace(frozen, 'Tema', 'Lema')",
        "texts_sha256 is not what its closing bound",
    ),
]


@for_each("statement, fault", BOUND)
def test_what_the_closing_bound_is_told_by_name(house: Bench, statement: str, fault: str) -> None:
    run(house, statement)
    assert [each for each in found(house)["what closings bound"] if fault in each]


def test_the_command_says_one_line_a_check(house: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSULTA_DATABASE", str(house.engine.url))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")
    names = ["the database (SQLite: its file, and what rows refer to)", *checks.QUICK, *checks.DEEP]
    done = CliRunner().invoke(main, ["check"])
    *lines, head, last = done.stdout.splitlines()
    assert (done.exit_code, lines, last) == (0, [f"ok     {name}" for name in names], "sound")
    assert re.fullmatch(r"head \d+:[0-9a-f]{64}", head)
    run(house, "UPDATE seats SET base = 9 WHERE id = 1")
    done = CliRunner().invoke(main, ["check"])
    assert done.exit_code == 1
    assert "FAULT  what rounds froze" in done.stdout
    assert done.stdout.splitlines()[-1] == "not sound"
    assert "What to do: change nothing by hand" in done.stderr, "what a person does who reads it"
    assert "round 2027-1: roll changed since it opened" in done.stderr
