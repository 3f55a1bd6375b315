"""A preview is sent to the person who looks at it, as others would get it; its links open nothing."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from consulta.platform.mailer import kinds as mail_kinds
from tests.benches import STAFF
from tests.desk.mail.test_mail import MAIL, send, texts_of
from tests.desk.test_rounds import ROUND, draft, logged, members, opened
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

TO_ME = "/es/secretariat/mail/sample"


def press(visitor: Visitor, page: TestResponse) -> TestResponse:
    """Press *Send this one to me* on a page with a preview."""
    assert f'action="{TO_ME}"' in page.text
    (sealed,) = re.findall(r'name="sample" value="([^"]+)"', page.text)
    return visitor.post(TO_ME, {"csrf_token": visitor.token(page), "sample": html.unescape(sealed)})


def test_the_preview_of_a_text_that_is_not_saved_comes_to_ones_own_address(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    tokens = [str(message.token) for message in messages(bench) if message.token]
    page = f"{MAIL}/texts/invitation"
    form = texts_of(staff_visitor.get(page))
    form["body_en"] = "Just a draft for {organisation}, by {organiser}.\n\n{link}\n\n{deadline}"
    answer = press(staff_visitor, staff_visitor.submit(page, form | {"act": "en"}))
    assert answer.status_code == 200
    assert STAFF in answer.text
    assert press(staff_visitor, staff_visitor.submit(page, form | {"act": "en"})).status_code == 200
    box = send(bench, settings)
    (mine,) = [each for each in box.messages if STAFF in str(each["To"])]  # within a minute once
    assert mine["Subject"].startswith("[SAMPLE] Consultation: vote by")
    assert mine["Content-Language"] == "en, es"
    plain, page_of_it = (part.get_content() for part in mine.iter_parts())
    assert "This is a sample, for you alone. Its links open nothing." in plain
    assert re.search("Just a draft for Red 00., by the secretariat\\.", plain)
    assert ", by <b>the secretariat</b>." in page_of_it
    assert "<b>Open the ballot</b>" in page_of_it
    link = re.search(r'href="http://localhost(/en/v/[^"]+)" style', page_of_it)
    assert link is not None
    assert staff_visitor.post(link[1]).status_code in {404, 410}, "it opens nothing"
    assert not [token for token in tokens if token in plain + page_of_it], "nobody's personal link"
    assert [row.action for row in logged(bench)].count("mail.sample") == 2
    assert "Just a draft" not in staff_visitor.get(page).text, "nothing was saved"


def test_the_page_before_a_mail_to_many_sends_one_to_oneself_and_none_to_them(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings)
    assert press(staff_visitor, staff_visitor.get(f"{MAIL}/reminders/now")).status_code == 200
    box = send(bench, settings)
    (only,) = box.messages
    assert STAFF in only["To"]
    assert only["Subject"].startswith("[MUESTRA] Falta su voto")
    assert not messages(bench, "reminder")


def test_a_preview_before_the_opening_comes_to_ones_own_address(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    members(bench)
    draft(bench)
    preview = f"{ROUND}/preview/mail"
    assert (
        press(staff_visitor, staff_visitor.get(f"{preview}?kind=invitation&language=en")).status_code == 200
    )
    (only,) = send(bench, settings).messages
    assert STAFF in only["To"]
    assert only["Subject"].startswith("[SAMPLE] Consultation: vote by")
    assert TO_ME not in staff_visitor.get(f"{preview}?kind=panel_letter").text, "a letter on paper is no mail"


def test_only_what_the_site_showed_is_sent(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = staff_visitor.get(f"{MAIL}/reminders/now")
    token = staff_visitor.token(page)
    (sealed,) = re.findall(r'name="sample" value="([^"]+)"', page.text)
    for forged in ("", "x.y", sealed[:-3] + "abc"):
        assert staff_visitor.post(TO_ME, {"csrf_token": token, "sample": forged}).status_code == 404
    assert not messages(bench, "sample")


@pytest.mark.gate
def test_the_kind_of_samples_has_no_personal_link() -> None:
    assert not mail_kinds.find("sample").has_link
