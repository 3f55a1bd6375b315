"""The desk's page of mails about no round: what waits, what was refused, and to whom where that is told."""

from __future__ import annotations

import random  # noqa: TID251 - states of the desk, the same for one seed
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.desk import mail
from consulta.platform.listing import Wanted
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.models import Message
from consulta.platform.work import COMMAND
from tests.desk.test_rounds import ROUND
from tests.factories import moment
from tests.people.focal_points.test_focal_points import accept, member, named
from tests.sessions.evaluation.evaluating import prepared
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

MAIL = "/es/secretariat/mail"
FOCAL = "/es/secretariat/members/focal-points/write"
OTHERS = tuple(name for name, each in mail_kinds.kinds().items() if each.readers == "others")
TO_WHOM_IS_NOT_TOLD = {"staff_link", "staff_notice", "log_heads", "sample"}
UNKNOWN = "5.1.1 <{}> User unknown"


def fill(bench: Bench, luck: random.Random, count: int = 40) -> list[tuple[str, str, str]]:
    """Queue mails about no round, and let something become of each; return address, kind and state."""
    drawn = [
        (
            f"p{number}@example.org",
            luck.choice(OTHERS),
            luck.choice(("queued", "failed", "sent", "cancelled")),
        )
        for number in range(count)
    ]
    with bench.work(COMMAND, moment()) as work:
        letters = [
            PlainLetter(kind, f"Persona {email}", "Red", "PE", email, "es", f"once:{email}")
            for email, kind, _state in drawn
        ]
        queue_plain(work, letters)
        states = {email: state for email, _kind, state in drawn}
        for each in work.session.scalars(select(Message)):
            each.state = states[each.address]
            if each.state == "failed":
                each.reason, each.code, each.said = "mail.refused", 550, UNKNOWN.format(each.address)
                each.left_at = moment()
    return drawn


@pytest.mark.parametrize("seed", range(3))
def test_the_page_lists_what_waits_and_what_was_refused(either: Bench, seed: int) -> None:
    drawn = fill(either, random.Random(seed))  # noqa: S311 - nobody is to be kept from guessing them
    there = [each for each in drawn if each[2] in {"queued", "failed"}]
    with either.read(COMMAND, moment()) as work:
        found = mail.plain_list(work, Wanted(page=None))
        assert Counter(each.kind for each in found.rows) == Counter(kind for _email, kind, _state in there)
        seen = {each.email for each in found.rows if each.email}
        assert seen == {email for email, kind, _state in there if kind not in TO_WHOM_IS_NOT_TOLD}
        for each in found.rows:
            assert bool(each.email) is bool(each.contact) is (each.kind not in TO_WHOM_IS_NOT_TOLD)
            assert (each.reason == "mail.refused") is (each.condition == "failed")
            assert ("@" in each.said) is (each.condition == "failed" and bool(each.email))
        for state in ("queued", "failed"):
            some = mail.plain_list(work, Wanted(chosen={"state": state}))
            assert some.found == sum(each[2] == state for each in there)
            kind = luckiest(there, state)
            fewer = mail.plain_list(work, Wanted(chosen={"state": state, "kind": kind}))
            assert fewer.found == sum(each[1:] == (kind, state) for each in there)


def luckiest(there: list[tuple[str, str, str]], state: str) -> str:
    """The kind of which most are in this state."""
    return Counter(kind for _email, kind, each in there if each == state).most_common(1)[0][0]


def test_a_refused_mail_is_seen_with_why_and_without_whom_the_desk_is_not_told(
    bench: Bench, staff_visitor: Visitor
) -> None:
    assert "No hay correos sin consulta en espera ni rechazados" in Page(staff_visitor.get(MAIL)).text
    accept(bench, named(bench, member(bench)))
    with bench.work(COMMAND, moment()) as work:
        queue_plain(work, [PlainLetter("staff_notice", "", "", "", "quien@example.org", "es", "once")])
        for each in work.session.scalars(select(Message)):
            each.state, each.reason, each.token, each.left_at = "failed", "mail.refused", None, moment()
            each.code, each.said = 550, UNKNOWN.format(each.address)
    answer = staff_visitor.get(MAIL)
    page = Page(answer).text
    assert "persona@example.org" in page
    assert "550 5.1.1" in page
    assert "no se muestra" in page
    assert "quien@example.org" not in answer.text
    file = staff_visitor.submit(MAIL, {"kind": "csv"}, to="/es/secretariat/tables/plain-mail").text
    assert "persona@example.org" in file
    assert "quien@example.org" not in file
    assert MAIL in staff_visitor.get("/es/secretariat/members").text


def test_mail_to_many_about_no_round_leads_here_while_mail_is_paused(
    bench: Bench, staff_visitor: Visitor
) -> None:
    accept(bench, named(bench, member(bench)))
    words = {"subject_es": "Reunión", "text_es": "Nos vemos el lunes."}
    assert "En cuanto lo confirme." in Page(staff_visitor.get(FOCAL)).text
    assert staff_visitor.submit(MAIL, {"paused": "yes"}, to=f"{MAIL}/pause").location.endswith(MAIL)
    answer = staff_visitor.get(FOCAL)
    page = Page(answer).text
    assert "Todo el correo está en pausa: nada sale hasta que se reanude." in page
    assert "En cuanto lo confirme." not in page
    assert "no hay pausas" not in page
    assert f'href="{MAIL}"' in answer.text
    assert staff_visitor.submit(FOCAL, words).status_code == 303
    assert "Rosa Quispe" in Page(staff_visitor.get(MAIL)).text
    staff_visitor.submit(MAIL, {"paused": "no"}, to=f"{MAIL}/pause")
    assert "Todo el correo está en pausa" not in Page(staff_visitor.get(FOCAL)).text


def test_people_who_are_no_contacts_are_not_called_so(bench: Bench, staff_visitor: Visitor) -> None:
    prepared(bench)
    answer = staff_visitor.get(f"{ROUND}/evaluation/send")
    assert re.search(r'data-count="4">4 personas</strong>', answer.text)
    assert "4 contactos" not in answer.text
    assert f"{ROUND}/mail/files" not in answer.text, "the files of the round do not have it"
    assert f"{ROUND}/mail/files" in staff_visitor.get(f"{ROUND}/mail").text
