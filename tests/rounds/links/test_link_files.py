"""Staff see no personal link (SC-10), unless the place has no mail and says so by a setting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.app import create_app
from consulta.platform import accounts
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import COMMAND
from tests.benches import PASSWORD, STAFF, Visitor
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.work import Bench

ROUND = "/es/secretariat/rounds/2027-1"
LINKS = f"{ROUND}/links"


def desk(settings: Settings, bench: Bench, *, link_files: bool) -> Visitor:
    """A browser of the secretariat over an application with that setting."""
    app = create_app(replace(settings, link_files=link_files), bench)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
    visitor = Visitor(app.test_client())
    visitor.submit("/es/account/sign-in", {"email": STAFF, "password": PASSWORD})
    return visitor


def test_without_the_setting_no_page_makes_links_for_staff(settings: Settings, bench: Bench) -> None:
    voter, _ = open_round(bench)
    staff = desk(settings, bench, link_files=False)
    page = staff.get(ROUND)
    assert LINKS not in page.text
    token = staff.token(page)
    assert staff.get(LINKS).status_code == 404
    assert staff.post(LINKS, {"csrf_token": token, "kind": "csv", "revoke": "y"}).status_code == 404
    assert staff.post(f"{LINKS}/{voter.contact_id}", {"csrf_token": token}).status_code == 404
    assert Visitor(staff.client).post(f"/es/v/{voter.token}").status_code == 303, "nothing ended by that"


def test_with_the_setting_the_pages_are_there(settings: Settings, bench: Bench) -> None:
    open_round(bench)
    staff = desk(settings, bench, link_files=True)
    assert LINKS in staff.get(ROUND).text
    assert staff.get(LINKS).status_code == 200


def test_the_setting_and_a_mail_server_do_not_go_together(tmp_path: Path) -> None:
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
        "CONSULTA_LINK_FILES": "yes",
    }
    assert Settings.from_env(environ).link_files
    assert not Settings.from_env(environ | {"CONSULTA_LINK_FILES": ""}).link_files
    mail = {"CONSULTA_SMTP_HOST": "mail.example.org", "CONSULTA_MAIL_SENDER": "voto@example.org"}
    with pytest.raises(SettingsError, match="CONSULTA_LINK_FILES"):
        Settings.from_env(environ | mail)
