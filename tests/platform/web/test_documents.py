"""Documents that are made on a click: one short line for all of them, and public ones made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from consulta.app import create_app, create_worker
from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform import document_jobs, dump
from consulta.platform.formats import document
from consulta.platform.mailer.transport import Smtp
from consulta.platform.models import DocumentJob, MadeDocument, Message, Round
from consulta.platform.work import COMMAND
from consulta.rounds import notices
from consulta.shell.worker.loop import Worker
from tests.benches import Visitor, signed_in
from tests.closed import counted, mixed
from tests.factories import moment
from tests.invited import PANEL, invited
from tests.panel.invitations.test_guests_pages import DESK, guest_visitor, token_of
from tests.platform.mailer.desk import settings_for
from tests.smtp import mail_server
from tests.texts import both

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


@pytest.mark.deep
def test_letters_stand_in_the_same_short_line_as_all_documents(
    app: Flask, bench: Bench, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guests who all click at once once held every thread: who finds the line full comes back later."""
    monkeypatch.setattr(document, "is_available", lambda: True)
    invited(bench)
    visitor = guest_visitor(app, token_of(bench, "n02"))
    taken = [document._LINE.acquire(blocking=False) for _ in range(document.IN_LINE)]
    try:
        answers = (
            visitor.get("/es/invitation/letter.pdf"),
            staff_visitor.submit(DESK, to=f"{DESK}/letters.pdf"),
        )
    finally:
        for _ in taken:
            document._LINE.release()
    assert all(taken)
    assert [(each.status_code, each.headers["Retry-After"]) for each in answers] == [(503, "20")] * 2


def test_a_result_is_printed_once_for_all_processes(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is kept under the digest of what it says."""
    firm = "firm"
    counted(bench, firm, mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    made: list[str] = []

    def printed(page: str, style: str, picture_style: str = "") -> bytes:
        made.append(page)
        return b"%PDF made " + str(len(made)).encode()

    monkeypatch.setattr(document, "to_pdf", printed)
    monkeypatch.setattr(document_jobs, "KEPT", 2)
    monkeypatch.setattr("consulta.platform.formats.document.is_available", lambda: True)
    first = visitor.get(f"/es/rounds/{firm}/result.pdf")
    assert visitor.get(f"/es/rounds/{firm}/result.pdf").data == first.data == b"%PDF made 1"
    assert visitor.get(f"/en/rounds/{firm}/result.pdf").data == b"%PDF made 2"
    first_kept = made_documents(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(title=both("Otro título")))
    assert visitor.get(f"/es/rounds/{firm}/result.pdf").data == b"%PDF made 3"
    kept = made_documents(bench)
    assert len(first_kept) == len(kept) == 2, "the oldest go"
    assert kept[0] == first_kept[1]


def made_documents(bench: Bench) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(MadeDocument.digest).order_by(MadeDocument.id)))


@pytest.fixture
def queued(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an installation in which the worker makes documents; each says which it is."""
    made: list[str] = []

    def printed(
        page: str, _style: str, _pictures: str = "", *, patient: bool = False, png: bool = False
    ) -> bytes:
        assert patient, "only the worker makes documents"
        made.append(page)
        return (b"PNG made " if png else b"%PDF made ") + str(len(made)).encode()

    monkeypatch.setattr(document, "to_pdf", printed)
    monkeypatch.setattr(document, "is_available", lambda: True)
    monkeypatch.setattr(document, "draws_pictures", lambda: True)
    return replace(settings, documents_queued=True)


def waiting(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(DocumentJob)) or 0


@pytest.mark.deep
def test_who_asks_early_gets_a_page_that_asks_again_and_the_worker_makes_the_document(
    bench: Bench, queued: Settings
) -> None:
    counted(bench, "firm", mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    visitor = Visitor(create_app(queued, bench).test_client())
    address = "/es/rounds/firm/result.pdf"
    for _ in range(2):
        coming = visitor.get(address)
        assert (coming.status_code, coming.headers["Retry-After"]) == (202, "5")
        assert '<meta http-equiv="refresh" content="5">' in coming.text
        assert "Se está preparando" in coming.text
        assert waiting(bench) == 1
    worker = Worker(bench, queued)
    assert worker.documents.make() == 1
    assert visitor.get(address).data == b"%PDF made 1"
    assert (waiting(bench), worker.documents.make()) == (0, 0)


def test_documents_of_one_person_are_made_beside_and_go_after_an_hour(bench: Bench, queued: Settings) -> None:
    invited(bench)
    app = create_app(queued, bench)
    visitor = guest_visitor(app, token_of(bench, "n02"))
    assert visitor.get("/es/invitation/letter.pdf").status_code == 202
    worker = Worker(bench, queued)
    worker.documents.make()
    assert visitor.get("/es/invitation/letter.pdf").status_code == 200
    assert Visitor(app.test_client()).get("/es/invitation/letter.pdf").status_code == 403
    assert len(made_documents(bench)) == 1
    Worker(bench, queued, clock=lambda: moment() + timedelta(minutes=61)).documents.make()
    assert made_documents(bench) == []


def test_what_one_machine_made_another_hands_out_and_backups_leave_out(
    either: Bench, queued: Settings, tmp_path: Path
) -> None:
    """Each machine has a data folder of its own; all they share is the database."""
    invited(either)
    first, second = (replace(queued, data=tmp_path / name) for name in ("first", "second"))
    for each in (first, second):
        each.data.mkdir(mode=0o700)
    visitor = guest_visitor(create_app(first, either), token_of(either, "n02"))
    assert visitor.get("/es/invitation/letter.pdf").status_code == 202
    assert Worker(either, second).documents.make() == 1
    assert visitor.get("/es/invitation/letter.pdf").data == b"%PDF made 1"
    with db.snapshot(either.engine) as connection:
        assert "made_documents" not in {table.name for table in dump.tables(connection)}


def test_a_document_that_cannot_be_made_says_so_and_may_be_asked_for_later(
    bench: Bench, queued: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(bench, "firm", mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    visitor, start = Visitor(create_app(queued, bench).test_client()), moment()

    def refused(*_: object, **__: object) -> bytes:
        raise Problem("document.limits")

    monkeypatch.setattr(document, "to_pdf", refused)
    visitor.get("/es/rounds/firm/result.pdf")
    Worker(bench, queued).documents.make()
    assert visitor.get("/es/rounds/firm/result.pdf").status_code == 503
    Worker(bench, queued, clock=lambda: start + timedelta(hours=1)).documents.make()
    assert visitor.get("/es/rounds/firm/result.pdf").status_code == 202


def test_documents_of_what_was_published_wait_for_readers(bench: Bench, queued: Settings) -> None:
    counted(bench, "firm", mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(published_at=moment()))
    worker = create_worker(queued, bench)
    assert worker.documents.make() == 3 * len(queued.languages), "the document, its picture, that of the site"
    visitor = Visitor(create_app(queued, bench).test_client())
    for language in queued.languages:
        assert visitor.get(f"/{language}/rounds/firm/result.pdf").status_code == 200
        card = visitor.get(f"/{language}/rounds/firm/result/card.png")
        assert (card.status_code, card.data[:3]) == (200, b"PNG")


@pytest.mark.usefixtures("staff_visitor")
def test_letters_for_paper_are_taken_out_by_a_form_and_read_for_an_hour(
    bench: Bench, queued: Settings
) -> None:
    invited(bench)
    app = create_app(queued, bench)
    staff = Visitor(signed_in(app, bench))
    letters_at = f"{DESK}/letters.pdf"
    assert staff.get(letters_at).status_code == 409, "the log has no row of it"
    taken = staff.submit(DESK, to=letters_at)
    assert (taken.status_code, taken.headers["Location"].endswith("/letters.pdf")) == (303, True)
    assert staff.get(letters_at).status_code == 202
    Worker(bench, queued).documents.make()
    assert staff.get(letters_at).data == b"%PDF made 1"


def test_a_mail_does_not_wait_in_line_for_the_document_that_is_being_made(
    bench: Bench, queued: Settings
) -> None:
    """It is put back while the worker makes its letter, and goes with it; the try does not count."""
    invited(bench)
    start = moment()
    with mail_server() as (box, port):
        at = [start]
        chosen = settings_for(queued, port)
        way = Smtp(chosen.mail, patience=5, talk_max=5)
        worker = Worker(bench, chosen, way, lambda: at[0], ask_for=lambda *_: None)
        while worker.mail.send_due():
            pass
        assert box.messages == []
        assert waiting(bench) == len(PANEL)
        with bench.read(COMMAND, start) as work:
            assert set(work.session.scalars(select(Message.attempts))) == {0}
        assert worker.documents.make() == len(PANEL)
        at[0] = start + timedelta(seconds=30)
        while worker.mail.send_due():
            pass
        assert len(box.messages) == len(PANEL)
        way.close()
        kinds = [{part.get_content_type() for part in each.walk()} for each in box.messages]
        assert all("application/pdf" in each for each in kinds)


def test_a_picture_is_a_picture_from_the_first_share_and_mails_wait_for_it(
    bench: Bench, queued: Settings
) -> None:
    counted(bench, "firm", mixed(12, ("t1", "t2"), ("t1", "t3")), secrecy="pseudonymous")
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(published_at=moment()))
        (found,) = work.session.scalars(select(Round))
        notices.result_published(work, found)
        mails = work.session.query(Message).filter_by(kind="published", state="queued").count()
    assert mails
    visitor = Visitor(create_app(queued, bench).test_client())
    for language in queued.languages:
        for address in (f"/{language}/rounds/firm/result/card.png", f"/{language}/card.png"):
            card = visitor.get(address)
            assert (card.status_code, card.mimetype, card.data[:8]) == (
                200,
                "image/png",
                b"\x89PNG\r\n\x1a\n",
            )
            assert card.headers["Cache-Control"] == "public, max-age=60"

    def sent() -> int:
        with bench.read(COMMAND, moment()) as work:
            return work.session.query(Message).filter_by(kind="published", state="sent").count()

    worker = create_worker(queued, bench)
    worker.look()
    assert sent() == 0, "the pictures are asked for, in each language, before any mail goes"
    assert worker.documents.make() == 3 * len(queued.languages)
    for language in queued.languages:
        assert visitor.get(f"/{language}/rounds/firm/result/card.png").data.startswith(b"PNG made")
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Message).values(due_at=moment()))
    worker.look()
    assert sent() == mails
