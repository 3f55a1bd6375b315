"""The sheet for whoever takes over says where everything is, and shows no secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from consulta.app import create_app
from consulta.operations.pages.successor import shown_database
from consulta.platform import accounts
from consulta.platform.settings import BackupSettings, MailSettings
from consulta.platform.work import COMMAND
from tests.benches import PASSWORD, Visitor
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

SHEET = "/es/secretariat/successor"
RECIPIENT = "age1" + "q" * 58


def test_the_sheet_names_places_and_people_and_no_secret(settings: Settings, bench: Bench) -> None:
    told = replace(
        settings,
        secret="the secret that signs sessions and forms",
        old_secrets=("the secret of before, of last year",),
        metrics_token="the token of the figures, long enough",
        mail=MailSettings(
            host="smtp.example.org", user="voto@example.org", password="the password of the mailbox"
        ),
        backups=BackupSettings(Path("/mnt/copies"), (RECIPIENT,), "/usr/local/bin/copy"),
    )
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "jefa@example.org", "Jefa Suárez", PASSWORD, "admin")
        accounts.add_staff(work, "otra@example.org", "Otra Persona", PASSWORD, "secretariat")
        former = accounts.add_staff(work, "antes@example.org", "Antes Aquí", PASSWORD, "admin")
        former.active = False
    app = create_app(told, bench)
    boss, clerk = Visitor(app.test_client()), Visitor(app.test_client())
    for visitor, email in ((boss, "jefa@example.org"), (clerk, "otra@example.org")):
        visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD})
    assert SHEET in boss.get("/es/secretariat/staff").text
    page = boss.get(SHEET).text
    for shown in (
        *("jefa@example.org", "/mnt/copies", "/usr/local/bin/copy", "smtp.example.org", "voto@example.org"),
        *("restore --identity KEY FILE --to", "--role admin", "checkpoint-key.pem", str(settings.data)),
    ):
        assert shown in page, shown
    for hidden in (
        *(told.secret, *told.old_secrets, told.metrics_token, told.mail.password, PASSWORD),
        *("antes@example.org", "otra@example.org"),
    ):
        assert hidden not in page, hidden
    assert clerk.get(SHEET).status_code == 403


def test_the_address_of_a_database_is_shown_without_what_opens_it() -> None:
    address = "postgresql://ana:geheim@db.example.org:5433/votes?password=oculta&host=db2.example.org"
    assert shown_database(address) == "postgresql://db.example.org, db2.example.org/votes"
    assert shown_database("sqlite:////srv/consulta.sqlite3") == "sqlite:////srv/consulta.sqlite3"
