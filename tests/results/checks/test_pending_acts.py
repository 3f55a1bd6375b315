"""Acts of two persons that were changed in the table alone: `consulta check` holds them against the log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.accounts import staff
from consulta.platform.models import LogEntry, PendingAct
from consulta.platform.work import WORKER
from tests.accounts.staff.test_two_persons import ANA, EVA, WHY, cancel, confirm, signed_in, state
from tests.accounts.staff.test_two_persons import twofold as twofold  # noqa: PLC0414  # a fixture
from tests.factories import moment
from tests.polling import NOT_FROZEN
from tests.results.checks.tampering import found

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

ACTS = "acts of two persons"
CHANGED = "UPDATE pending_acts SET {}"
FORGED = [
    ("staff_id = 2", "act 1 of two persons: who asked for it"),
    ("endpoint = 'secretariat.publication'", "act 1 of two persons: what is to be done"),
    ("path = '/es/secretariat/rounds/2027-9/cancel'", "act 1 of two persons: the page where"),
    ("fields = replace(fields, 'lista', 'pista')", "act 1 of two persons: the form that was sent"),
    ("asked_at = '2027-01-01 00:00:00.000000'", "act 1 of two persons: when it was asked for"),
    ("expires_at = '2037-01-01 00:00:00.000000'", "act 1 of two persons: until when it waits"),
    ("state = 'refused'", "act 1 of two persons: what became of it"),
    ("id = 7", "act 7 of two persons: who asked for it"),
]


def faults(bench: Bench) -> list[str]:
    return [fault for told in found(bench, NOT_FROZEN).values() for fault in told]


def tamper(bench: Bench, statement: str) -> None:
    with bench.engine.begin() as connection:
        assert connection.exec_driver_sql(statement).rowcount


@pytest.mark.parametrize(("change", "said"), FORGED)
def test_an_act_that_waits_and_was_changed_in_the_table_is_named(
    twofold: Flask, bench: Bench, change: str, said: str
) -> None:
    cancel(signed_in(twofold, ANA))
    assert faults(bench) == []
    tamper(bench, CHANGED.format(change))
    told = found(bench, NOT_FROZEN)
    assert told[ACTS][0].startswith(said)
    assert [name for name, each in told.items() if each] == [ACTS]
    if not change.startswith("id"):
        assert len(told[ACTS]) == 1


def test_who_confirms_alone_by_another_name_in_the_table_is_named_for_good(
    twofold: Flask, bench: Bench
) -> None:
    ana = signed_in(twofold, ANA)
    cancel(ana)
    tamper(bench, "UPDATE pending_acts SET staff_id = 2")
    assert confirm(ana, 1).status_code == 303
    assert state(bench) == "cancelled"
    tamper(bench, "UPDATE pending_acts SET staff_id = 1")
    (fault,) = faults(bench)
    assert fault.endswith("of act:1, who asked for it is not what the log told before")
    tamper(bench, "DELETE FROM pending_acts")
    assert faults(bench) == [fault]


def test_a_form_that_was_changed_before_it_was_confirmed_is_named_for_good(
    twofold: Flask, bench: Bench
) -> None:
    cancel(signed_in(twofold, ANA))
    tamper(bench, "UPDATE pending_acts SET fields = replace(fields, 'equivocada', 'correcta')")
    assert confirm(signed_in(twofold, EVA), 1).status_code == 303
    (fault,) = faults(bench)
    assert fault.endswith("of act:1, the form that was sent is not what the log told before")


def test_an_act_that_was_decided_does_not_wait_again(twofold: Flask, bench: Bench) -> None:
    cancel(signed_in(twofold, ANA))
    page = "/es/secretariat/pending/1"
    refused = signed_in(twofold, EVA).submit(page, {"reason": WHY}, to=f"{page}/refuse")
    assert refused.status_code == 303
    assert faults(bench) == []
    tamper(bench, "UPDATE pending_acts SET state = 'waiting', decided_at = NULL")
    assert "act 1 of two persons: what became of it is not what the log tells" in faults(bench)


def test_acts_that_end_in_any_way_are_no_fault_and_no_digest_can_be_tried(
    twofold: Flask, bench: Bench
) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    cancel(ana)  # withdraws the first one
    with bench.work(WORKER, moment() + timedelta(hours=25)) as work:
        assert staff.due(work) == ["2"]
        assert staff.tell_ended(work, "2")
    assert faults(bench) == []
    cancel(ana)
    assert confirm(eva, 3).status_code == 303
    assert faults(bench) == []
    with bench.read(WORKER, moment()) as work:
        kept = [each.fields for each in work.session.scalars(select(PendingAct))]
        asked = select(LogEntry.details).where(LogEntry.action == "acts.asked")
        digests = {json.loads(each)["fields_sha256"] for each in work.session.scalars(asked)}
    assert [(each["sent"], "nonce" in each) for each in kept] == [([], False)] * 3
    assert len(digests) == 3, "the same form twice has two digests"
