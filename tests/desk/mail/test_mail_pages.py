"""What the desk's pages of mail are made of, asked of both kinds of database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.desk import mail, reminders
from consulta.platform.listing import Wanted
from consulta.rounds import service as rounds
from tests.drafts import KEY, NOW, reading, writing
from tests.platform.mailer.desk import change_contacts, open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def test_pages_and_counts_answer_on_both_databases(either: Bench) -> None:
    open_round(either, 3, contacts=2)
    change_contacts(either, "c1.1@example.org", bounced_at=NOW, bounce_reason="550 5.1.1 unknown")
    change_contacts(either, "c1.2@example.org", bounced_at=NOW, bounce_reason="552 5.2.2 full")
    change_contacts(either, "c2.1@example.org", active=False)
    change_contacts(either, "c2.2@example.org", may_vote=False)
    with reading(either) as work:
        page = mail.mail_page(work, KEY)
        waiting = Wanted(chosen={"kind": "invitation", "state": "waiting"}, sort="state")
        lines = mail.mail_list(work, KEY, waiting, {"state": {"waiting": "", "sent": ""}}).rows
        lost = mail.lost_mail(work, KEY)
        read = mail.read_report(work, "C1.1@EXAMPLE.ORG and c3.1@example.org: 550 5.1.1 unknown")
        assert mail.list_files(work, KEY, Wanted()).whole == 0
        assert rounds.round_line(work, KEY).undelivered == page.overview.refused == 2
        assert [line.undelivered for line in rounds.list_rounds(work)] == [2]
    assert {line.contact.email for line in lines} == {"c3.1@example.org", "c3.2@example.org"}
    assert [(each.why, each.alone) for each in lost.lost] == [
        ("mail.why_mailbox", True),
        ("mail.why_full", True),
    ]
    assert [seat.name for seat in lost.silent] == ["Red 002"]
    assert {(contact.email, contact.bounced_at is not None) for contact, _named in read.found} == {
        ("c1.1@example.org", True),
        ("c3.1@example.org", False),
    }


def test_proposed_reminders_are_those_that_can_still_be_planned(either: Bench) -> None:
    open_round(either, 1)
    with writing(either) as work:
        reminders.plan_reminder(work, KEY, "2027-03-04T17:00")
    for before, days in ((timedelta(), [7, 3]), (timedelta(days=28), [3]), (timedelta(days=40), [])):
        with reading(either, NOW + before) as work:
            page = mail.reminders_page(work, KEY)
        assert [each for each, _local, _at in page.proposed] == days
        assert page.may_plan is bool(days)
        assert all(at > NOW + before for _days, _local, at in page.proposed)
