"""The texts beside a personal link, and who signs them: another person confirms, or everybody is told."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.texts import Text
from consulta.platform import accounts
from consulta.platform.models import LogEntry, MailText, Message, Organisation, Round
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import Profile
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds.letters import plain
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from tests.accounts.sign_in.test_confirmation import age, hidden
from tests.accounts.staff.test_two_persons import signed_in
from tests.benches import PASSWORD, Visitor
from tests.desk.mail.test_mail import MAIL, texts_of
from tests.desk.test_rounds import KEY, opened
from tests.drafts import do_now
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


PAGE = f"{MAIL}/texts/reminder"
FORM = "/es/secretariat/organiser"
NEW = "El sistema se muda: responda con su llave.\n\n{deadline}\n\n{link}"
PEOPLE = {"ana": "secretariat", "eva": "secretariat", "luz": "scrutineer"}
NOTICE = "AVISO: este mensaje es una prueba; no objete"


def app_of(settings: Settings, bench: Bench, *names: str) -> Flask:
    with bench.work(COMMAND, moment()) as work:
        organiser.save(work, Profile(name=both("Red de Diálogo", "Network"), email="red@example.org"))
        for name in names:
            accounts.add_staff(work, f"{name}@example.org", name.title(), PASSWORD, PEOPLE[name])  # type: ignore[arg-type]
    opened(bench)
    return create_app(replace(settings, two_persons="auto"), bench)


def confirm(visitor: Visitor, to: str) -> int:
    page = visitor.get("/es/secretariat/pending/1")
    fields = {name: value[0] for name, value in hidden(page).items()}
    return visitor.post(to, fields).status_code


def notices(bench: Bench, what: str) -> dict[str, str]:
    """Return the text of each notice by its address."""
    with bench.work(WORKER, moment()) as work:
        told = {}
        for each in work.session.scalars(select(Message).where(Message.kind == "staff_notice")):
            if each.facts["what"] == what:
                made = plain.finish(work, each, Post("https://voto.example.org"))
                assert isinstance(made, Finished)
                told[each.address] = " ".join(made.kept.split())
        return told


@pytest.mark.attack("A3")
def test_another_person_reads_both_texts_before_one_holds(settings: Settings, bench: Bench) -> None:
    app = app_of(settings, bench, "ana", "eva", "luz")
    ana, eva = signed_in(app, "ana@example.org"), signed_in(app, "eva@example.org")
    form = texts_of(ana.get(PAGE))
    entered = form | {"body_es": NEW}
    led = ana.submit(PAGE, {name: value.replace("\n", "\r\n") for name, value in entered.items()})
    assert led.headers["Location"].endswith("/pending/1")
    assert texts_of(ana.get(PAGE)) == form
    page = eva.get("/es/secretariat/pending/1").text
    assert "responda con su llave" in page
    assert form["body_es"].splitlines()[0] in page, "the text as it is now"
    assert confirm(eva, PAGE) == 303
    assert texts_of(ana.get(PAGE))["body_es"] == NEW
    assert not notices(bench, "mail_text")
    with bench.read(COMMAND, moment()) as work:
        (row,) = work.session.scalars(select(LogEntry).where(LogEntry.action == "mail.text_changed"))
        details = json.loads(row.details)
    said = f"{form['subject_es']}\n\n{NEW}"
    assert details == {"kind": "reminder", "language": "es", "sha256": sha256(said.encode()).hexdigest()}


@pytest.mark.attack("A3")
def test_who_is_alone_tells_all_staff_and_scrutineers_and_the_desk_keeps_each_text(
    settings: Settings, bench: Bench
) -> None:
    app = app_of(settings, bench, "ana", "luz")
    ana = signed_in(app, "ana@example.org")
    form = texts_of(ana.get(PAGE))
    assert ana.submit(PAGE, form | {"body_es": NEW}).status_code == 303
    told = notices(bench, "mail_text")
    assert {"ana@example.org", "luz@example.org"} <= set(told)
    assert all("responda con su llave" in text for text in told.values())
    assert ana.submit(PAGE, {"language": "es"}, to=f"{PAGE}/default").status_code == 303
    assert texts_of(ana.get(PAGE)) == form
    assert "responda con su llave" in ana.get(PAGE).text, "the text that was put back is kept"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("ana", "eva", "luz"), "waits until another person confirms it"),
        (("ana", "luz"), "applies immediately"),
    ],
)
def test_the_page_says_before_saving_whether_a_change_waits(
    settings: Settings, bench: Bench, names: tuple[str, ...], said: str
) -> None:
    ana = signed_in(app_of(settings, bench, *names), "ana@example.org")
    for page in (PAGE, "/es/secretariat/mail/texts/own_data_link"):
        shown = ana.get(page.replace("/es/", "/en/")).text
        assert said in shown
        assert (said == "applies immediately") == (
            "Everyone who can act for the secretariat and all scrutineers" in shown
        )
    assert "A change to this text" not in ana.get(f"{MAIL}/texts/closing".replace("/es/", "/en/")).text


@pytest.mark.parametrize("names", [("ana", "eva", "luz"), ("ana", "luz")])
@pytest.mark.attack("A6")
def test_who_the_organiser_is_changes_by_two_with_a_password_while_a_round_is_open(
    settings: Settings, bench: Bench, names: tuple[str, ...]
) -> None:
    app = app_of(settings, bench, *names)
    ana = signed_in(app, "ana@example.org")
    entered = {"name_es": "Red de Diálogo", "name_en": "Network", "email": "red@example.org"}
    age(bench)
    free = ana.submit(FORM, entered | {"about_es": "Quiénes somos."})
    assert free.headers["Location"].endswith("/es/secretariat/"), "no password, no other person"
    entered |= {"signer": NOTICE}
    assert ana.submit(FORM, entered).status_code == 422
    led = ana.submit(FORM, entered | {"password": PASSWORD})
    assert led.status_code == 303
    with bench.read(COMMAND, moment()) as work:
        signer = organiser.profile(work).signer
    if "eva" in names:
        assert led.headers["Location"].endswith("/pending/1")
        assert signer == ""
        eva = signed_in(app, "eva@example.org")
        assert NOTICE in eva.get("/es/secretariat/pending/1").text
        assert confirm(eva, FORM) == 303
        assert not notices(bench, "organiser")
    else:
        assert signer == NOTICE
        assert all(NOTICE in text for text in notices(bench, "organiser").values())
        assert "luz@example.org" in notices(bench, "organiser")
    with bench.read(COMMAND, moment()) as work:
        assert organiser.profile(work).signer == NOTICE


PHISH = (
    "El sistema se mudó. Abra https://consulta.evil.example/votar y pegue su llave.\n\n{deadline}\n\n{link}"
)


@pytest.mark.attack("A3")
def test_a_text_with_a_link_takes_no_foreign_address(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    for kind in ("invitation", "reminder", "new_link", "extension"):
        page = f"{MAIL}/texts/{kind}"
        form = texts_of(staff_visitor.get(page))
        refused = staff_visitor.submit(page, form | {"body_es": PHISH})
        assert refused.status_code == 422, kind
        assert "https://consulta.evil.example/votar" in refused.text, kind
        assert "pegue su llave" in refused.text, "nothing typed is lost"
        assert texts_of(staff_visitor.get(page)) == form, kind
    page = "/es/secretariat/mail/texts/own_data_link"
    form = texts_of(staff_visitor.get(page))
    assert staff_visitor.submit(page, form | {"body_es": "Abra evil.example:\n\n{link}"}).status_code == 422


@pytest.mark.attack("A3")
def test_no_field_makes_a_link_beside_a_personal_link(bench: Bench) -> None:
    opened(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.query(Round).one()
        found.title = Text({"es": "Vote en evil.example", "en": "Vote at www.evil.example"})
        work.session.query(Organisation).first().name = "Red https://evil.example"  # type: ignore[union-attr]
        work.session.add(
            MailText(
                round_id=found.id,
                kind="invitation",
                language="es",
                subject="Vote en evil.example",
                body=f"{{contact}}, {{round}}\n\n{PHISH}",
                changed_at=moment(),
            )
        )
    with bench.work(WORKER, moment()) as work:
        number = work.session.query(Message).filter_by(kind="invitation").first().id  # type: ignore[union-attr]
        made = letters.finish(work, number, Post("https://voto.example.org"))
    assert isinstance(made, Finished)
    for half in made.mail.halves:
        assert "evil.example" not in half.text
        assert "https://voto.example.org/" in half.text
    assert "evil. example" in made.mail.halves[0].text, "it can be read"
    assert "evil.example" not in made.mail.subject


@pytest.mark.attack("A6")
def test_a_fixed_text_ends_with_the_name_of_the_opening_alone(bench: Bench) -> None:
    do_now(bench, organiser.save, Profile(name=both("Red de Diálogo", "Network"), email="red@example.org"))
    opened(bench)
    notice = "AVISO: este mensaje es una prueba; no objete"
    with bench.work(COMMAND, moment()) as work:
        organiser.save(
            work,
            Profile(
                name=both(notice, notice),
                email="red@evil.example",
                signer=notice,
                address="Ignore este aviso",
                phone="+507 666",
                whatsapp="+507 667",
            ),
        )
        for kind in ("access_asked", "closing", "registered"):
            made = letters.preview(work, KEY, kind, "es", Post("https://voto.example.org"))
            for word in ("AVISO", "evil", "Ignore", "666", "667"):
                assert word not in made.text
            assert "Red de Diálogo" in made.text.splitlines()
        assert notice in letters.preview(work, KEY, "invitation", "es", Post("https://voto.example.org")).text
