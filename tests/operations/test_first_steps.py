"""An installation is set up at the desk, each step by its form; the machine goes before, secrets stay so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text, update

from consulta.app import create_app
from consulta.core.problems import Problem
from consulta.operations.pages import first_steps as pages
from consulta.platform import accounts, desk_settings
from consulta.platform.keyring import Keyring
from consulta.platform.mailer import trial
from consulta.platform.models import Message, PendingAct, Round, Setting, Staff
from consulta.platform.settings import MailSettings, Settings
from consulta.platform.work import COMMAND, Actor
from consulta.shell.worker.loop import Worker
from tests.accounts.sign_in.test_confirmation import age, hidden
from tests.benches import PASSWORD, Visitor
from tests.cases import for_each
from tests.drafts import NOW, make_open
from tests.factories import moment
from tests.smtp import HOST, Box, mail_server

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench

ANA, EVA = "ana@example.org", "eva@example.org"
PAGE, DESK = "/es/secretariat/first-steps", "/es/secretariat/"
SECRET = "abcd efgh ijkl mnop"
GOOGLE = {
    "mail_provider": "google",
    "mail_sender": "voto@red.example.org",
    "sender_name": "Red de Diálogo, (EJEMPLO)",
    "smtp_password": SECRET,
}
STEPS = ["languages", "name", "mail", "second", "copies"]


@pytest.fixture
def machine(settings: Settings) -> Settings:
    """An installation whose environment sets nothing of all this."""
    return replace(
        settings, link_files=False, two_persons="auto", objection_hours=72, languages=("es", "en", "pt")
    )


@pytest.fixture
def app(machine: Settings, bench: Bench) -> Flask:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, ANA, "Ana", PASSWORD, "admin")
    return create_app(machine, bench)


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD}).status_code == 303
    return visitor


@pytest.fixture
def ana(app: Flask) -> Visitor:
    """A browser in which the only administrator has just signed in."""
    return signed_in(app, ANA)


def send(visitor: Visitor, step: str, data: dict[str, Any]) -> TestResponse:
    """Send the form of a step."""
    return visitor.submit(PAGE, data, to=f"{PAGE}/{step}")


def stored(bench: Bench) -> dict[str, str]:
    with bench.read(COMMAND, moment()) as work:
        return {row.name: row.value for row in work.session.query(Setting)}


def present(bench: Bench, machine: Settings) -> Settings:
    return desk_settings.refreshed(bench, machine, moment())


def waiting(visitor: Visitor) -> list[str]:
    """The steps that the first page of the desk still names."""
    page = visitor.get(DESK).text
    return [step for step in STEPS if f"/first-steps#{step}" in page]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[MailSettings, str]]:
    """With which settings, and to whom, a mail was sent on trial by a server that takes it."""
    found: list[tuple[MailSettings, str]] = []

    def steps(settings: MailSettings, message: Any, *_: float) -> list[trial.Step]:
        found.append((settings, message["To"].addresses[0].addr_spec))
        return [trial.Step("message", "taken")]

    monkeypatch.setattr(trial, "steps", steps)
    return found


def test_from_an_empty_installation_through_all_steps(
    app: Flask, bench: Bench, machine: Settings, taken: list[tuple[MailSettings, str]]
) -> None:
    visitor = Visitor(app.test_client())
    landed = visitor.submit("/es/account/sign-in", {"email": ANA, "password": PASSWORD})
    assert landed.headers["Location"] == PAGE, "the first sign-in leads to the first steps"
    assert waiting(visitor) == STEPS

    done = send(visitor, "languages", {"offered": ["es", "pt"], "first": "es"})
    assert done.headers["Location"] == f"{PAGE}#languages"
    assert waiting(visitor) == STEPS[1:]
    assert visitor.get("/en/method").headers["Location"] == "/es/method", "a link of before leads on"
    assert visitor.get("/pt/method").status_code == 200
    assert present(bench, machine).languages == bench.languages == ("es", "pt")

    send(visitor, "name", {"name_es": "Red de Diálogo"})
    assert "<title>Red de Diálogo</title>" in visitor.get("/es/").text
    assert waiting(visitor) == STEPS[2:]

    page = send(visitor, "mail", GOOGLE)
    assert page.status_code == 200
    assert f"aceptó la prueba para {ANA}" in page.text
    mail = present(bench, machine).mail
    assert taken == [(mail, ANA)]
    assert (mail.host, mail.port, mail.tls) == ("smtp.gmail.com", 587, "starttls")
    assert (mail.sender, mail.user, mail.password) == ("voto@red.example.org", "voto@red.example.org", SECRET)
    assert (mail.sender_name, mail.reply_to) == ("Red de Diálogo, (EJEMPLO)", "voto@red.example.org")
    assert waiting(visitor) == STEPS[3:]

    visitor.submit(PAGE, {"name": "Eva", "email": EVA, "role": "admin"}, to="/es/secretariat/staff/invite")
    assert f"no ha empezado todavía: {EVA}" in visitor.get(PAGE).text
    assert waiting(visitor) == STEPS[3:], "the invited person has not begun"
    with bench.work(COMMAND, moment()) as work:
        known = work.session.query(Staff).filter_by(email=ANA).one().password_hash
        work.session.execute(update(Staff).where(Staff.email == EVA).values(password_hash=known))
    assert waiting(visitor) == STEPS[4:]


def test_copies_begin_with_a_click_and_another_is_made_when_it_is_asked_for(
    ana: Visitor, bench: Bench, machine: Settings
) -> None:
    at = [moment()]
    worker = Worker(bench, machine, clock=lambda: at[0])

    def look() -> str:
        """Let the worker look, and return the name of the newest copy."""
        worker.look()
        if worker.backup.thread is not None:
            worker.backup.thread.join()
        return max((path.name for path in machine.data.glob("backups/consulta-*.backup")), default="")

    assert look() == ""
    assert send(ana, "copies", {"backup_folder": "y"}).status_code == 303
    first = look()
    assert first, "the worker did not have to be restarted"
    assert "copies" not in waiting(ana)
    at[0] += timedelta(seconds=30)
    assert look() == first
    assert ana.submit(PAGE, to=f"{PAGE}/copy").status_code == 303
    at[0] += timedelta(seconds=30)
    second = look()
    assert second > first
    at[0] += timedelta(seconds=30)
    assert look() == second, "one that was asked for is made once"
    assert send(ana, "copies", {}).status_code == 303
    assert present(bench, machine).backups.folder is None


def test_the_password_of_the_mail_server_is_nowhere_in_the_clear(
    ana: Visitor, bench: Bench, machine: Settings, taken: list[tuple[MailSettings, str]]
) -> None:
    send(ana, "mail", GOOGLE)
    with bench.read(COMMAND, moment()) as work:
        for table in ("settings", "log", "pending_acts", "messages"):
            found = work.session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - names of ours
            assert SECRET not in str(found), table
    assert SECRET.encode() not in (machine.data / "consulta.sqlite3").read_bytes()
    for page in (PAGE, "/es/secretariat/settings", DESK):
        shown = ana.get(page).text
        assert SECRET not in shown
        assert stored(bench)["smtp_password"] not in shown
    # without a password the stored one stays, for the same server and user only
    send(ana, "mail", {**GOOGLE, "smtp_password": "", "sender_name": "Red"})
    assert present(bench, machine).mail.password == SECRET
    other = {**GOOGLE, "mail_provider": "other", "smtp_host": "smtp.thief.example", "smtp_password": ""}
    refused = send(ana, "mail", other)
    assert refused.status_code == 422
    assert 'id="smtp_password-error"' in refused.text
    assert "smtp.thief.example" in refused.text, "what was typed stays"
    assert present(bench, machine).mail.host == "smtp.gmail.com"


def test_a_page_that_asks_for_the_password_again_carries_the_secret_encrypted(
    ana: Visitor, bench: Bench, machine: Settings, taken: list[tuple[MailSettings, str]]
) -> None:
    token = Visitor.token(ana.get(PAGE))
    age(bench)
    page = ana.post(f"{PAGE}/mail", {"csrf_token": token, **GOOGLE})
    assert page.status_code == 422
    assert SECRET not in page.text
    assert stored(bench) == {}
    done = ana.post(f"{PAGE}/mail", {**hidden(page), "confirm_password": PASSWORD})
    assert done.status_code == 200
    assert present(bench, machine).mail.password == SECRET


def test_a_mail_server_waits_for_the_second_person_and_its_secret_too(
    ana: Visitor, app: Flask, bench: Bench, machine: Settings, taken: list[tuple[MailSettings, str]]
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, EVA, "Eva", PASSWORD, "secretariat")
    asked = send(ana, "mail", GOOGLE)
    assert asked.status_code == 303
    assert "/pending/" in asked.headers["Location"]
    assert stored(bench) == {}
    with bench.read(COMMAND, moment()) as work:
        assert SECRET not in str(work.session.query(PendingAct).one().fields)
    eva = signed_in(app, EVA)
    page = eva.get(asked.headers["Location"])
    assert SECRET not in page.text
    assert "voto@red.example.org" in page.text
    done = eva.post(f"{PAGE}/mail", {**hidden(page), "confirm_password": PASSWORD})
    assert present(bench, machine).mail.password == SECRET, done.status_code


def test_only_administrators_set_anything(app: Flask, bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, EVA, "Eva", PASSWORD, "secretariat")
    eva = signed_in(app, EVA)
    assert "first-steps" not in eva.get(DESK).text
    token = Visitor.token(eva.get("/es/secretariat/organiser"))
    for page in (PAGE, "/es/secretariat/settings"):
        assert eva.get(page).status_code == 403
    for step in ("languages", "mail", "copies", "copy", "trial", "domain"):
        assert eva.post(f"{PAGE}/{step}", {"csrf_token": token, **GOOGLE}).status_code == 403
    assert eva.post("/es/secretariat/settings", {"csrf_token": token, "mail_rate": "1"}).status_code == 403
    assert stored(bench) == {}


def test_the_environment_goes_before_what_is_stored_and_is_shown_as_such(
    bench: Bench, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, machine: Settings
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, ANA, "Ana", PASSWORD, "admin")
    ana = signed_in(create_app(machine, bench), ANA)
    monkeypatch.setattr(trial, "steps", lambda *_: [trial.Step("message", "taken")])
    send(ana, "languages", {"offered": ["pt", "es"], "first": "pt"})
    send(ana, "mail", GOOGLE)
    environment = {
        "CONSULTA_DATA": str(machine.data),
        "CONSULTA_SECRET": machine.secret,
        "CONSULTA_LANGUAGES": "es en",
        "CONSULTA_SMTP_HOST": "mail.machine.example",
        "CONSULTA_MAIL_SENDER": "Red <red@machine.example>",
        "CONSULTA_OBJECTION_HOURS": "100",
        "CONSULTA_BACKUP_FOLDER": str(tmp_path / "copies"),
    }
    fixed = replace(Settings.from_env(environment), base_url="http://localhost", second_factor="optional")
    now = present(bench, fixed)
    assert now.languages == ("es", "en")
    assert (now.mail.host, now.mail.user, now.mail.password) == ("mail.machine.example", "", "")
    assert now.mail.sender == "red@machine.example"
    ana = signed_in(create_app(fixed, bench), ANA)
    page, listed = ana.get(PAGE).text, ana.get("/es/secretariat/settings").text
    for variable in ("LANGUAGES", "SMTP_HOST", "BACKUP_FOLDER"):
        assert f"CONSULTA_{variable}" in page
    assert 'name="mail_provider"' not in page
    assert 'name="offered"' not in page
    assert "CONSULTA_OBJECTION_HOURS" in listed
    assert 'name="objection_hours"' not in listed
    assert 'name="change_wait_hours"' in listed
    for step, data in (("languages", {"offered": ["es"], "first": "es"}), ("mail", GOOGLE), ("copies", {})):
        refused = send(ana, step, data)
        assert refused.status_code == 422
        assert "CONSULTA_" in refused.text


def test_the_worker_sends_the_next_mail_by_the_server_that_was_set(
    ana: Visitor, bench: Bench, machine: Settings
) -> None:
    make_open(bench)
    boxes = Box(), Box()
    with mail_server(boxes[0]) as (_, first), mail_server(boxes[1]) as (_, second):

        def use(port: int) -> None:
            with bench.work(COMMAND, moment()) as work:
                values = {
                    "smtp_host": HOST,
                    "smtp_port": str(port),
                    "smtp_tls": "none",
                    "mail_sender": "voto@example.org",
                }
                desk_settings.change(work, machine, values)

        worker = Worker(bench, machine, clock=lambda: NOW)
        assert worker.way.name == "file"
        with bench.read(COMMAND, moment()) as work:
            number = work.session.query(Message).count()
        assert number > 1
        use(first)
        boxes[0].data = lambda *_: use(second) or None  # type: ignore[func-returns-value]  # while it has the first
        worker.mail.send_due()
        worker.way.close()
    assert len(boxes[0].taken) == 1
    assert len(boxes[1].taken) == number - 1
    assert not [*machine.data.glob("mail/*")]


def test_a_trial_that_fails_says_what_the_server_said_in_words(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "535 5.7.8 Username and Password not accepted"
    step = trial.Step("sign in", "CONSULTA_SMTP_USER", well=False, code="sign_in", answer=said)
    monkeypatch.setattr(trial, "steps", lambda *_: [step])
    page = send(ana, "mail", GOOGLE).text
    assert "El servidor no aceptó el nombre de la cuenta" in page
    assert said in page
    assert "CONSULTA_SMTP_USER" not in page
    assert "mail" in waiting(ana), "saved, and not proved"


def test_every_way_a_trial_can_fail_has_its_words() -> None:
    source = Path(trial.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:_FailedError|_UnsureError)\(\s*"([a-z_]+)"', source))
    codes |= set(re.findall(r'code(?:, told)? ?= ?"([a-z_]+)"', source))
    assert codes == set(pages.TRIAL)


@for_each(
    "data, at",
    [
        ({"mail_provider": "brevo", "smtp_user": ""}, "smtp_user"),
        ({"mail_provider": "other", "smtp_host": ""}, "smtp_host"),
        ({"mail_provider": "other", "smtp_host": "http://a b"}, "smtp_host"),
        ({"mail_sender": "no es"}, "mail_sender"),
        ({"smtp_password": ""}, "smtp_password"),
        ({"mail_provider": "other", "smtp_host": "mail.example", "connection": "25 none"}, "connection"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    ana: Visitor, bench: Bench, data: dict[str, str], at: str
) -> None:
    refused = send(ana, "mail", {**GOOGLE, **data})
    assert refused.status_code == 422
    assert f'id="{at}-error"' in refused.text
    assert stored(bench) == {}
    wrong = send(ana, "languages", {"offered": ["en"], "first": "es"})
    assert wrong.status_code == 422
    assert 'id="first-error"' in wrong.text
    without_desk = send(ana, "languages", {"offered": ["pt"], "first": "pt"})
    assert without_desk.status_code == 422


def test_the_domain_is_looked_at_only_when_asked_and_says_what_to_send_on(
    app: Flask, ana: Visitor, taken: list[tuple[MailSettings, str]]
) -> None:
    asked: list[str] = []
    records = {"red.example.org": ("v=spf1 mx -all",)}

    def ask(name: str) -> tuple[str, ...]:
        asked.append(name)
        return records.get(name, ())

    app.extensions[pages.LOOK_UP] = ask
    send(ana, "mail", GOOGLE)
    ana.get(PAGE)
    assert asked == []
    page = send(ana, "domain", {}).text
    assert "v=spf1 mx include:_spf.google.com -all" in page
    assert "google._domainkey.red.example.org" in page
    assert "v=DMARC1; p=none; rua=mailto:voto@red.example.org" in page
    records["red.example.org"] = ("v=spf1 include:_spf.google.com ~all",)
    records["google._domainkey.red.example.org"] = ("v=DKIM1; p=MIG",)
    records["_dmarc.example.org"] = ("v=DMARC1; p=reject",)
    page = send(ana, "domain", {}).text
    assert "<textarea" not in page
    assert page.count("✓") == 3
    send(ana, "mail", {**GOOGLE, "mail_sender": "red@gmail.com"})
    assert "gmail.com" in send(ana, "domain", {}).text


def test_periods_change_within_their_safe_ranges_and_never_while_a_round_is_open(
    ana: Visitor, bench: Bench, machine: Settings
) -> None:
    page = "/es/secretariat/settings"
    entered = {"objection_hours": "96", "change_wait_hours": "48", "mail_rate": "20", "mail_reply_to": ""}
    for name, low in (("objection_hours", "71"), ("change_wait_hours", "23"), ("mail_rate", "0")):
        refused = ana.submit(page, {**entered, name: low})
        assert refused.status_code == 422
        assert f'id="{name}-error"' in refused.text
    assert ana.submit(page, entered).status_code == 303
    now = present(bench, machine)
    assert (now.objection_hours, now.change_wait_hours, now.mail.rate) == (96, 48, 20)
    with bench.work(Actor("admin", 1), moment()) as work:  # as another process does
        desk_settings.change(work, machine, {"mail_rate": "30"})
    assert ana.submit(page, entered).status_code == 303
    assert present(bench, machine).mail.rate == 20
    listed = ana.get(page).text
    assert "Ana, " in listed
    make_open(bench)
    refused = ana.submit(page, {**entered, "objection_hours": "72"})
    assert refused.status_code == 422
    assert ana.submit(page, {**entered, "mail_rate": "30"}).status_code == 303
    now = present(bench, machine)
    assert (now.objection_hours, now.mail.rate) == (96, 30)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(state="cancelled"))
        with pytest.raises(Problem, match=r"setting\.range"):
            desk_settings.change(work, machine, {"objection_hours": "5"})


def test_another_secret_of_the_installation_still_opens_the_password_and_none_lets_mail_wait(
    ana: Visitor, bench: Bench, machine: Settings, taken: list[tuple[MailSettings, str]]
) -> None:
    send(ana, "mail", GOOGLE)
    new = "another long secret of this installation 91x"
    bench.keyring = Keyring(new, [machine.secret])
    assert present(bench, machine).mail.password == SECRET
    with bench.work(COMMAND, moment()) as work:
        desk_settings.encrypt_again(work)
    bench.keyring = Keyring(new)
    assert present(bench, machine).mail.password == SECRET
    bench.keyring = Keyring("a third and quite different secret 77y of it")
    mail = present(bench, machine).mail
    assert (mail.host, mail.user, mail.password) == ("smtp.gmail.com", "voto@red.example.org", "")
