"""Links that were put in or taken away beside the program: a check says whose each is, or was told where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Table, delete, insert, select

from consulta.platform.models import Link
from consulta.platform.work import COMMAND
from consulta.rounds import links
from tests.drafts import KEY
from tests.factories import moment
from tests.platform.door.given import made
from tests.polling import open_round
from tests.results.checks.test_laundering import faults

if TYPE_CHECKING:
    from consulta.platform.work import Bench

RED, ROUND = "Red Andina de Migración", "round 2027-1"
# What is said of a link that was put in, by purpose: at the beginning, and whose it is.
SAID = {
    "vote": ("a personal link that", f"contact 1, {RED}, {ROUND}"),
    "propose": ("a link to propose that", f"contact 1, {RED}, {ROUND}"),
    "answer": ("a link of an invitation that", f"invitation 1, {ROUND}"),
    "access": ("link ", f"access, address 1 on file for a seat, {RED}, {ROUND}, change of who may vote 1"),
    "objection": ("link ", f"objection, address 1 on file for a seat, {RED}, {ROUND}"),
    "apply": ("a link that", "apply, application 1"),
    "sponsor": ("a link that", f"sponsor, contact 1, {RED}, sponsorship 1"),
    "own_data": ("a link that", f"own data, contact 1, {RED}"),
    "own_objection": ("a link that", f"own objection, contact 1, {RED}"),
    "focal_point": ("a link that", f"focal point, focal point 1, {RED}"),
    "your_vote": ("a link that", f"your vote, contact 1, {RED}, {ROUND}"),
    "join": ("a link that", "join, staff 1"),
    "evaluate": ("a link that", "evaluate, evaluation person 1"),
    "contact_address": ("a link that", f"contact address, contact 1, {RED}"),
    "follow_up_seen": ("a link that", f"follow up seen, follow up request 1, {RED}"),
    "follow_up_reported": ("a link that", "follow up reported, follow up request 2"),
}


@pytest.fixture
def house(bench: Bench) -> Bench:
    """A link of each purpose, all sealed."""
    assert set(made(bench)) == set(SAID)
    assert faults(bench) == []
    return bench


def test_a_link_that_was_put_in_is_named_with_whose_it_is(house: Bench) -> None:
    table: Table = Link.metadata.tables["links"]
    for purpose, (begins, whose) in SAID.items():
        with house.engine.begin() as connection:
            known = connection.execute(select(table).where(table.c.purpose == purpose)).mappings().first()
            assert known is not None
            put_in = {**known, "id": 999, "token_sha256": "f" * 64}
            connection.execute(insert(table).values(put_in))
        (fault,) = faults(house)
        assert fault.startswith(begins), fault
        assert "the log does not tell" in fault
        assert re.search(rf"\({re.escape(whose)}(; seal [0-9a-f]{{24}})?\)$", fault), fault
        with house.engine.begin() as connection:
            connection.execute(delete(table).where(table.c.id == 999))


def test_a_link_that_was_taken_away_is_named_with_the_act_that_gave_it(bench: Bench) -> None:
    open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        links.issue_link(work, KEY, 2, "http://localhost")
    with bench.engine.begin() as connection:
        newest = select(Link.id).order_by(Link.id.desc()).limit(1).scalar_subquery()
        connection.execute(delete(Link).where(Link.id == newest))
    (fault,) = faults(bench)
    told = re.fullmatch(
        r"a personal link that the log tells of is not there \(told by row (\d+) of the log, with"
        r" links.reissued of round 2027-1; seal [0-9a-f]{24}\)",
        fault,
    )
    assert told, fault


def test_an_account_is_named_for_a_recovery_code(bench: Bench) -> None:
    made(bench)
    with bench.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO recovery_codes (staff_id, code_sha256, created_at)"
            " SELECT id, 'ff', created_at FROM staff"
        )
    (fault,) = faults(bench)
    assert "a recovery code that the log does not tell of (account 1 of staff; seal " in fault
