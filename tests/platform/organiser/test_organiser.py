"""The organiser's profile: written once at the desk, shown on each page, mail and letter."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform import accounts
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import MAIL, LogEntry
from consulta.platform.organiser import service
from consulta.platform.organiser.pages import everywhere
from consulta.platform.organiser.service import Profile
from consulta.platform.web import kept
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from tests.benches import PASSWORD, Visitor
from tests.cases import for_each
from tests.drafts import NOW, make_open, reading, writing
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

FORM = "/es/secretariat/organiser"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
SAID = Profile(
    name=both("Red de Diálogo", "Dialogue Network"),
    tagline=both("Sociedad civil de la región", "Civil society of the region"),
    about=both("Quiénes somos.\n\nSegundo párrafo.", "Who we are."),
    privacy=Text({"es": "Qué se guarda\n\nSu nombre."}),
    address="Calle 1\nPanamá",
    email="Secretaria@Example.org",
    phone="+507 111-1111",
    whatsapp="+507 222-2222",
    signer="Ana Pérez",
    signer_role=both("Coordinadora", "Coordinator"),
)
ENTERED = {
    "name_es": "Red de Diálogo",
    "name_en": "Dialogue Network",
    "email": "secretaria@example.org",
    "about_es": "Quiénes somos.",
}


def save(bench: Bench, said: Profile = SAID, picture: bytes | None = None) -> None:
    with writing(bench) as work:
        service.save(work, said, picture)


@for_each("address", ["/es/", "/en/method", "/es/secretariat", "/es/nada"])
def test_without_a_profile_pages_say_consulta(staff_visitor: Visitor, address: str) -> None:
    page = staff_visitor.get(address, follow_redirects=True)
    assert re.search(r"(>| · )consulta</title>", page.text)
    assert ">consulta<" in page.text


def test_every_page_has_the_name_in_its_language_and_the_way_to_reach(bench: Bench, visitor: Visitor) -> None:
    save(bench)
    for address, name in (("/es/", "Red de Diálogo"), ("/en/method", "Dialogue Network")):
        page = visitor.get(address).text
        assert re.search(rf"<title>(.* · )?{name}( · .*)?</title>", page)
        head, foot = page.split("<main")[0], page.split("<footer")[1]
        assert name in head
        assert "secretaria@example.org" in foot
        assert f"/{address[1:3]}/about" in foot
    spanish, english = visitor.get("/es/about"), visitor.get("/en/privacy")
    assert '<p class="lines">Segundo párrafo.</p>' in spanish.text
    assert '<div class="prose" lang="es">' in english.text, "no English was written"
    assert "<h2>Qué se guarda</h2>" in english.text
    contact = visitor.get("/es/contact").text
    assert 'href="https://wa.me/5072222222"' in contact
    assert "Calle 1\nPanamá" in contact


def test_each_mail_ends_with_who_writes_in_its_language(bench: Bench) -> None:
    make_open(bench)
    save(bench)
    with bench.work(WORKER, NOW) as work:
        waiting = outbox.next_due(work.session, NOW, (), MAIL)
        assert waiting is not None
        made = letters.finish(work, waiting.id, Post("http://localhost"))
    assert isinstance(made, Finished)
    for half in made.mail.halves:
        signer, name, reach = half.text.splitlines()[-3:]
        assert signer == {"es": "Ana Pérez, Coordinadora", "en": "Ana Pérez, Coordinator"}[half.language]
        assert name == SAID.name[half.language]
        assert reach == ("Calle 1, Panamá · secretaria@example.org · +507 111-1111 · WhatsApp +507 222-2222")


def test_the_desk_writes_it_and_what_is_wrong_keeps_what_was_entered(
    bench: Bench, staff_visitor: Visitor
) -> None:
    first = staff_visitor.get(FORM).text
    assert "Qué datos se guardan" in first, "a privacy notice is proposed"
    wrong = staff_visitor.submit(FORM, {**ENTERED, "name_es": "", "phone": "+507 333"})
    assert wrong.status_code == 422
    assert "+507 333" in wrong.text
    svg = {"logo": (io.BytesIO(b"<svg/>"), "logo.svg")}
    all_wrong = staff_visitor.submit(
        FORM, {**ENTERED, "name_es": "", "email": "no es", **svg}, content_type="multipart/form-data"
    )
    for name in ("name_es", "email", "logo"):
        assert f'id="{name}-error"' in all_wrong.text, "every fault is told at once"
    picture = (io.BytesIO(PNG), "logo.png")
    done = staff_visitor.submit(FORM, {**ENTERED, "logo": picture}, content_type="multipart/form-data")
    assert done.headers["Location"] == "/es/secretariat/", "the desk says what to do next"
    assert done.status_code == 303
    with reading(bench) as work:
        logo = service.logo(work)
        assert service.profile(work).name == both("Red de Diálogo", "Dialogue Network")
    assert logo is not None
    page = staff_visitor.get("/es/").text
    assert f'<img class="logo" src="/es/logo/{logo.digest}" alt="">' in page, "at once, not after ten seconds"
    sent = staff_visitor.get(f"/es/logo/{logo.digest}")
    assert (sent.data, sent.mimetype) == (PNG, "image/png")
    assert staff_visitor.get("/es/logo/ffff").status_code == 404
    staff_visitor.submit(FORM, {**ENTERED, "without_logo": "y"})
    with reading(bench) as work:
        assert service.logo(work) is None


@for_each(
    "said, picture, code",
    [
        (replace(SAID, name=Text({"en": "Network"})), None, "organiser.name"),
        (replace(SAID, email="no es"), None, "organiser.email"),
        (replace(SAID, phone="1" * 201), None, "organiser.long"),
        (SAID, b"<svg onload='x()'/>", "organiser.logo"),
        (SAID, PNG + b"0" * service.LOGO_MAX, "organiser.logo"),
    ],
)
def test_a_wrong_profile_is_refused_and_changes_nothing(
    bench: Bench, said: Profile, picture: bytes | None, code: str
) -> None:
    save(bench, SAID, PNG)
    with pytest.raises(Problem) as raised:
        save(bench, said, picture)
    assert raised.value.code == code
    with reading(bench) as work:
        assert service.profile(work) == replace(SAID, email="secretaria@example.org")
        logo = service.logo(work)
    assert logo is not None
    assert logo.content == PNG


def test_an_administrator_is_led_to_the_first_steps_until_the_organiser_has_a_name(
    app: Flask, bench: Bench
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "admin@example.org", "Ana", PASSWORD, "admin")
    sign_in = {"email": "admin@example.org", "password": PASSWORD}
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", sign_in).location == "/es/secretariat/first-steps"
    assert "consulta</title>" in visitor.get("/es/").text
    save(bench)
    again = Visitor(app.test_client())
    assert again.submit("/es/account/sign-in", sign_in).location == "/es/secretariat/"


def test_pages_outlive_the_database(app: Flask, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last profile that was read is shown when the database is away."""
    save(bench)
    with app.test_request_context("/es/"):
        assert everywhere.site_name() == "Red de Diálogo"
        monkeypatch.setattr(kept, "AGE", -1.0)
        monkeypatch.setattr(service, "shown", _away)
        assert everywhere.site_name() == "Red de Diálogo"


def _away(_work: object) -> Profile:
    raise Problem("database.unavailable")


def test_the_log_says_what_changed(bench: Bench) -> None:
    save(bench)
    save(bench)
    save(bench, replace(SAID, phone="+507 444"))
    with reading(bench) as work:
        rows = work.session.scalars(select(LogEntry.details).where(LogEntry.action == "organiser.changed"))
        changed = [json.loads(row)["changed"] for row in rows]
    assert changed[1:] == [["phone"]], "saving the same writes nothing"
