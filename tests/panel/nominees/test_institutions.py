"""The institution of a named government: one page with the mail as it leaves, one press."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.desk.mail import finish
from consulta.panel import dialogues
from consulta.platform.models import Dialogue, Message, Nominee, Round
from consulta.platform.work import COMMAND, WORKER
from consulta.results import service as results
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.factories import build_nominee, build_round, moment
from tests.invited import session_command
from tests.vote.questions.test_governments import KEY, asked_round
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

CANDIDATES = f"/es/secretariat/rounds/{KEY}/panel/candidates"
PAGE = f"/es/secretariat/rounds/{KEY}/panel/institution"
MEXICO = f"{PAGE}?kind=n&code=MX"
FORM = {"name": "Gobierno de México", "contact": "", "email": "sre@example.org", "language": "es"}


def published(bench: Bench) -> None:
    asked_round(bench)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    with bench.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command())


def letters(bench: Bench) -> list[Message]:
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(Message).where(Message.kind == "institution_invited")))
        work.session.expunge_all()
        return found


def test_the_mail_to_an_institution_is_sent_to_oneself_first_and_invites_nobody(
    bench: Bench, staff_visitor: Visitor
) -> None:
    published(bench)
    (sealed,) = re.findall(r'name="sample" value="([^"]+)"', staff_visitor.get(MEXICO).text)
    to_me = staff_visitor.submit(MEXICO, FORM | {"sample": sealed}, to="/es/secretariat/mail/sample")
    assert "Sus enlaces no abren nada" in Page(to_me).text
    assert letters(bench) == []


def test_one_click_leads_to_the_mail_as_it_leaves_and_one_press_sends_it(
    bench: Bench, staff_visitor: Visitor
) -> None:
    published(bench)
    links = Page(staff_visitor.get(CANDIDATES)).links()
    assert MEXICO in links
    assert f"{PAGE}?kind=n&code=GT" not in links, "it has a candidate"
    assert f"{PAGE}?kind=n&code=CL" not in links, "few named it"
    shown = staff_visitor.get(MEXICO)
    assert "Gobierno de México está entre los más nombrados" in Page(shown).text
    assert "Todavía no se envió nada" in Page(shown).text
    assert letters(bench) == []
    looked = staff_visitor.submit(MEXICO, FORM | {"contact": "Canciller Paz", "look": "1"})
    assert "Reciba un cordial saludo de la secretaría, Canciller Paz:" in Page(looked).text
    assert letters(bench) == []
    assert staff_visitor.submit(MEXICO, FORM).status_code == 303
    (message,) = letters(bench)
    with bench.work(WORKER, moment()) as work:
        made = finish(work, message.id, Post("http://localhost"))
    assert isinstance(made, Finished)
    assert made.mail.address == "sre@example.org"
    sent = made.mail.halves[0].text
    assert staff_visitor.submit(MEXICO, FORM).status_code == 404, "it has a candidate now: nothing goes twice"
    assert len(letters(bench)) == 1
    for line in (each for each in sent.splitlines() if each.strip()):
        assert " ".join(line.split()) in Page(shown).text, "what is shown is what is sent"
    with bench.read(COMMAND, moment()) as work:
        nominee = work.session.scalars(select(Nominee).where(Nominee.name == "Gobierno de México")).one()
        assert (nominee.kind, nominee.role, nominee.country) == ("institution", "gov_national", "MX")
        assert not nominee.consent_contact, "the act gives no consent of any person"
    assert "Gobierno de México" in staff_visitor.get(CANDIDATES).text


def test_who_answered_for_the_same_government_before_is_suggested(
    bench: Bench, staff_visitor: Visitor
) -> None:
    published(bench)
    with bench.work(COMMAND, moment()) as work:
        other = build_round(work.session, "2026-9")
        for number, (country, agrees) in enumerate((("MX", True), ("MX", False), ("GT", True)), start=1):
            build_nominee(
                work.session,
                other,
                f"n{number:02d}",
                role="gov_national",
                country=country,
                email=f"antes{number}@example.org",
                consent_contact=agrees,
            )
    page = staff_visitor.get(MEXICO).text
    assert 'value="antes1@example.org"' in page
    assert "antes2@example.org" not in page
    assert "antes3@example.org" not in page


def test_what_cannot_be_sent_is_refused_and_nothing_typed_is_lost(
    bench: Bench, staff_visitor: Visitor
) -> None:
    asked_round(bench)
    assert staff_visitor.get(MEXICO).status_code == 409  # the result is not public
    assert MEXICO not in Page(staff_visitor.get(CANDIDATES)).links()
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    for wrong in ({"email": "nadie@"}, {"email": ""}, {"name": ""}, {"language": "xx"}):
        refused = staff_visitor.submit(MEXICO, FORM | {"contact": "Canciller Paz"} | wrong)
        assert refused.status_code == 422
        assert "Canciller Paz" in refused.text
    for nobody in ("kind=n&code=GT", "kind=n&code=CL", "kind=n&code=XX", "kind=z&code=MX", ""):
        assert staff_visitor.get(f"{PAGE}?{nobody}").status_code == 404, nobody
    assert letters(bench) == []


def test_what_waits_is_not_sent_once_the_session_has_begun(bench: Bench, staff_visitor: Visitor) -> None:
    published(bench)
    assert staff_visitor.submit(MEXICO, FORM).status_code == 303
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Dialogue)).one().starts_at = moment() - timedelta(hours=1)
    (message,) = letters(bench)
    with bench.work(WORKER, moment()) as work:
        assert isinstance(finish(work, message.id, Post("http://localhost")), Needless)
    assert staff_visitor.get(f"{PAGE}?kind=l&code=MX&name=Tapachula").status_code == 409
    assert not any(link.startswith(PAGE) for link in Page(staff_visitor.get(CANDIDATES)).links())
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Round).where(Round.key == KEY)).one().state == "published"
