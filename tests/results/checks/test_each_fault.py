"""Faults of `consulta check` that no other test provokes: each once, in a database where it was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from consulta.platform.models import AccessChange, Base
from consulta.platform.work import COMMAND
from consulta.results import checks
from tests.cases import for_each
from tests.factories import moment
from tests.results.checks.tampering import found, unguarded
from tests.results.checks.test_excluded import live

if TYPE_CHECKING:
    from consulta.platform.work import Bench

ANOTHER_OBJECTION = "UPDATE objections SET ballot_id = ballot_id + 1 WHERE state = 'upheld'"
NO_ROW = "UPDATE log SET action = 'ballots.kept' WHERE action = 'ballots.excluded'"
HEAD_OF_ANOTHER = (
    "DELETE FROM receipt_heads WHERE ballot_id = 1; "
    "UPDATE receipt_heads SET ballot_id = 1 WHERE ballot_id = 2"
)
ABSTAINS = "UPDATE ballots SET abstains = 1 WHERE id = 1"
READ = "UPDATE log SET action = 'results.seen' WHERE action = 'rounds.published'"
ONCE_OPEN = "UPDATE rounds SET reopenings = 1"
READ_AND_OPENED = (
    "UPDATE log SET action = 'results.seen' WHERE action = 'rounds.closed'; "
    "UPDATE log SET action = 'rounds.reopened' WHERE action = 'rounds.published'"
)
ABSTAINED = "UPDATE ballots SET abstains = 1 WHERE id = (SELECT ballot_id FROM ballot_exclusions)"
OF_ABSTENTION = "UPDATE log SET action = 'abstentions.excluded' WHERE action = 'ballots.excluded'"
FAULTS = [
    ("rounds opened again", READ_AND_OPENED, "round 2027-1: it was opened again after its result was read"),
    ("ballots taken out", ABSTAINED, "it is an abstention taken out, and the log does not say so"),
    ("ballots taken out", OF_ABSTENTION, "round 2027-1: the log says that abstention "),
    ("ballots taken out", "DELETE FROM ballot_exclusions", "round 2027-1: the log says that ballot "),
    ("ballots taken out", "DELETE FROM ballot_exclusions", "its count says that it left out more ballots"),
    ("ballots taken out", ANOTHER_OBJECTION, "it is not counted, and no objection to it was upheld"),
    ("ballots taken out", NO_ROW, "it is not counted, and the log does not say so"),
    ("the log's heads", "UPDATE receipt_heads SET root = 'ff' WHERE ballot_id = 1", "that the log never had"),
    (
        "the log's heads",
        HEAD_OF_ANOTHER,
        "ballot 1: its receipt shows a head that does not end with its vote",
    ),
    ("receipts", ABSTAINS, "ballot 1: it abstains and says something"),
    ("rounds opened again", READ, "when its result was first read is not what the log says"),
    ("rounds opened again", ONCE_OPEN, "round 2027-1: the log tells of 0 reopenings, not 1"),
]
# Rows that are put in beside the program: the table, which row is copied, and what is said of the copy.
MORE = [
    ("messages", "id = 1", "message {}: the log does not tell that it was written"),
    ("links", "purpose = 'vote'", "a personal link that the log does not tell of (contact 1, "),
    (
        "links",
        "purpose = 'objection'",
        "of a notice: the log does not tell that it was given (objection, address ",
    ),
    ("seat_addresses", "id = 1", "address {} on file for a seat: the log does not tell that it was added"),
]


@pytest.fixture
def house(bench: Bench) -> Bench:
    """A published round of which a ballot was taken out, its guards lifted."""
    live(bench, "pseudonymous")
    return unguarded(bench)


@for_each("check, statement, said", FAULTS)
def test_what_was_done_beside_the_program_is_said(
    house: Bench, check: str, statement: str, said: str
) -> None:
    with house.work(COMMAND, moment()) as work:
        connection = work.session.connection()
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for each in statement.split("; "):
            assert connection.exec_driver_sql(each).rowcount > 0
        faults = list(checks.QUICK[check](work))
        work.session.rollback()
    assert any(said in fault for fault in faults), faults


@pytest.mark.deep
def test_a_change_of_who_may_vote_that_was_put_in_is_named(house: Bench) -> None:
    at = moment()
    change = AccessChange(
        seat_id=1,
        contact_id=1,
        kind="added",
        address="otra@example.org",
        before="",
        reason="Nadie lo pidió",
        asked_at=at,
        due_at=at,
        wait=0,
        state="waiting",
    )
    with Session(house.engine) as beside, beside.begin():
        beside.add(change)
        beside.flush()
        number = change.id
    said = f"change {number} of who may vote: the log does not tell that it was asked for"
    assert said in found(house)["people, links and addresses"]


@pytest.mark.deep
@pytest.mark.parametrize(("table", "which", "said"), MORE)
def test_a_row_that_was_put_in_is_named(house: Bench, table: str, which: str, said: str) -> None:
    assert not any(found(house).values())
    with house.engine.begin() as connection:
        rows = Base.metadata.tables[table]
        first = connection.execute(select(rows).where(text(which)).limit(1)).mappings().one()
        number = connection.execute(select(func.max(rows.c.id) + 1)).scalar_one()
        row: dict[str, Any] = {**first, "id": number}
        for name in {"once", "message_id", "token_sha256", "address"} & {*row}:
            row[name] = f"beside {row[name]}"
        if "number" in row:
            row["number"] = None
        connection.execute(rows.insert().values(row))
    assert any(said.format(number) in fault for fault in found(house)["people, links and addresses"])
