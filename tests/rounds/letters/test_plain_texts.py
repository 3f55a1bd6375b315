"""The texts of mails about no round: changed at the desk, sent as they are then, and put back."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.keyring import PREFIX
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Contact, Link, Message
from consulta.platform.work import COMMAND
from consulta.rounds.letters import plain, texts
from consulta.rounds.letters.service import Finished, Needless
from tests.cases import for_each
from tests.factories import moment
from tests.people.admission.applying import POST, apply, finished, mails, sponsors
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.mailer.kinds import MailKind
    from consulta.platform.work import Bench
    from tests.benches import Visitor

LIST = "/es/secretariat/mail/texts"
PLAIN = [kind for kind in mail_kinds.kinds().values() if texts.is_plain(kind)]


@for_each("kind, language", product(PLAIN, ("es", "en", "pt")))
def test_the_texts_that_come_with_the_program_would_be_accepted(kind: MailKind, language: str) -> None:
    text = catalogue.mail_text(kind.name, language)
    assert texts.checked(kind.name, *text) == text


def form(visitor: Visitor, kind: str, **changed: str) -> dict[str, str]:
    """What the form of a kind would send, with some of it changed."""
    said = {}
    for language in ("es", "en"):
        subject, body = catalogue.mail_text(kind, language)
        said |= {f"subject_{language}": subject, f"body_{language}": body}
    return said | changed


@pytest.mark.deep
def test_the_list_has_admission_own_data_focal_points_and_evaluation(
    bench: Bench, staff_visitor: Visitor
) -> None:
    sponsors(bench)
    links = Page(staff_visitor.get(LIST)).links()
    for kind in ("admission_confirm", "admission_contact", "own_data_link", "focal_asked"):
        assert f"{LIST}/{kind}" in links
    assert f"{LIST}/evaluation_invitation" in links
    assert f"{LIST}/focal_circular" not in links, "its words are written each time"
    assert LIST in Page(staff_visitor.get("/es/secretariat/members")).links()
    for kind in PLAIN:
        assert staff_visitor.get(f"{LIST}/{kind.name}").status_code == 200
        shown = staff_visitor.submit(f"{LIST}/{kind.name}", form(staff_visitor, kind.name, act="es"))
        assert shown.status_code == 200
        assert "Vista previa" in shown.text
    assert staff_visitor.get(f"{LIST}/receipt").status_code == 404
    assert staff_visitor.get(f"{LIST}/nothing").status_code == 404


def test_a_changed_text_is_that_of_mails_that_wait_and_can_be_put_back(
    bench: Bench, staff_visitor: Visitor
) -> None:
    apply(bench, sponsors(bench))
    (waiting,) = mails(bench, "admission_confirm")
    page = f"{LIST}/admission_confirm"
    body = "Hola, {contact}:\n\nConfirme aquí:\n\n{link}"
    assert (
        staff_visitor.submit(page, form(staff_visitor, "admission_confirm", body_es=body)).status_code == 303
    )
    mail = finished(bench, waiting)
    assert isinstance(mail, Finished)
    assert mail.mail.halves[0].text.startswith("Hola, Rosa Quispe:\n\nConfirme aquí:")
    assert staff_visitor.submit(page, {"language": "es"}, to=f"{page}/default").status_code == 303
    mail = finished(bench, waiting)
    assert isinstance(mail, Finished)
    assert "Confirme aquí:" not in mail.mail.halves[0].text


def test_one_whose_link_cannot_be_read_is_needless_and_a_preview_is_of_a_contact(bench: Bench) -> None:
    apply(bench, sponsors(bench))
    (waiting,) = mails(bench, "admission_confirm")
    made = finished(bench, waiting)
    assert isinstance(made, Finished)
    assert f"http://localhost/es/q/{waiting.token}" in made.mail.halves[0].text
    with bench.work(COMMAND, moment()) as work:
        link = work.session.scalars(select(Link)).one()
        before, link.expires_at = link.expires_at, moment()
    assert finished(bench, waiting) == Needless("mail.link_ended")
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Link)).one().expires_at = before
        work.session.get_one(Message, waiting.id).token = f"{PREFIX}nothing that opens"
    assert finished(bench, waiting) == Needless("mail.unreadable")
    with bench.read(COMMAND, moment()) as work:
        shown = plain.preview(work, "", "own_data_link", "es", POST, reader=2)
        contact = work.session.get_one(Contact, 2)
        assert (shown.contact, shown.organisation) == (contact.name, contact.organisation.name)
        for nobody in (None, 99):
            with pytest.raises(Problem, match=r"mail\.unknown"):
                plain.preview(work, "", "own_data_link", "es", POST, reader=nobody)


@for_each("body", ["Sin enlace", "Con {nada}\n\n{link}", "El enlace {link} en la línea", ""])
def test_a_text_that_would_fail_is_refused_and_kept_in_the_form(
    bench: Bench, staff_visitor: Visitor, body: Any
) -> None:
    page = f"{LIST}/admission_confirm"
    changed = form(staff_visitor, "admission_confirm", body_es=body, subject_es="Mi asunto")
    refused = staff_visitor.submit(page, changed)
    assert refused.status_code == 422
    assert "Mi asunto" in refused.text
    assert staff_visitor.submit(f"{LIST}/admission_confirm", changed).status_code == 422
