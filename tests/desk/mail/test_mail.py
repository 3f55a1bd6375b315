"""The desk's pages of mail: what they tell, mend and refuse; never a personal link but in an example."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import openpyxl
import pytest
from sqlalchemy import event, select, update

from consulta.app import create_app
from consulta.desk import reminders
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.models import Contact, Link, Message, Organisation, Round, Seat
from consulta.platform.settings import MailSettings
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.shell.worker.loop import Worker
from consulta.shell.worker.running import now
from tests import sessions_aged
from tests.benches import PASSWORD, STAFF, Visitor
from tests.changing import confirm_all
from tests.desk.test_rounds import DESK, KEY, ROUND, closed, logged, opened, vote
from tests.drafts import do_now
from tests.factories import moment, put_on_file
from tests.platform.mailer.desk import change_contacts, messages, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from pathlib import Path

    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

MAIL = f"{ROUND}/mail"
SURE = {"why": "No le llegó el primero", "password": PASSWORD}
LOST = f"{MAIL}/lost"
UNKNOWN = "550 5.1.1 User unknown"
GREY = "451 4.7.1 Greylisted"
TOKEN = re.compile(r"/v/[A-Za-z0-9_-]{43}")


def send(bench: Bench, settings: Settings, refusals: dict[str, str] | None = None) -> Box:
    """Let a worker send what waits, to a server that answers some recipients as told."""
    box = Box(rcpt=lambda recipient, _number: (refusals or {}).get(recipient))
    with mail_server(box) as (_, port), worker_at(bench, settings, port, now) as worker:
        worker.look()
    return box


def send_as_files(bench: Bench, settings: Settings) -> None:
    """Let a worker write what waits into the folder of the application's own settings."""
    Worker(bench, settings).look()


def contact_id(bench: Bench, email: str) -> int:
    with bench.read(ANONYMOUS, moment()) as work:
        return work.session.scalars(select(Contact.id).where(Contact.email == email)).one()


def contact(bench: Bench, email: str) -> Contact:
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Contact).where(Contact.email == email)).one()
        work.session.expunge_all()
        return found


def of(bench: Bench, email: str, act: str = "") -> str:
    """The address of a contact's page, or of what is done there."""
    return f"{MAIL}/contacts/{contact_id(bench, email)}{act}"


def seat_of(bench: Bench, organisation: str) -> str:
    """The address of an organisation's page in the round."""
    with bench.read(ANONYMOUS, moment()) as work:
        return (
            f"{ROUND}/seats/{work.session.scalars(select(Seat.key).where(Seat.name == organisation)).one()}"
        )


def rows(page: TestResponse) -> list[str]:
    """The organisations of the table, as they stand."""
    _before, _mark, table = page.text.partition('id="contacts"')
    return re.findall(r'mail/contacts/\d+">([^<]+)</a></div></th>', table)


def gaps(page: TestResponse) -> list[tuple[str, str]]:
    """What did not arrive, as it stands first: the organisation, and what to do."""
    first = page.text.partition('id="contacts"')[0].partition('id="gaps"')[2]
    ways = re.findall(r'class="act" href="([^"]+)">([^<]+)<span class="vh"> ([^<]+)<', first)
    return [(name, f"{act} {html.unescape(url)}") for url, act, name in ways]


def published(bench: Bench) -> None:
    opened(bench)
    vote(bench, "Red 001", "Red 002")
    do_now(bench, rounds.close_round, KEY, "Ya votaron quienes querían.")
    do_now(bench, results.count, KEY)
    do_now(bench, results.publish, KEY)


# -- the mail of a round


def test_the_filtered_rows_leave_as_a_file_after_the_password(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings, {"c1@example.org": UNKNOWN})
    here = f"{MAIL}?state=sent&sort=organisation"
    page = staff_visitor.get(here)
    assert "2 filas, de un total de 3: Estado: enviado" in page.text
    (address,) = re.findall(r'action="([^"]*/tables/mail[^"]*)"', page.text)
    address = html.unescape(address)
    answer = staff_visitor.submit(here, {"kind": "csv"}, to=address)
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert [line.split(",")[0].strip('"') for line in lines[1:]] == ["Red 002", "Red 003"]
    assert (logged(bench)[0].action, logged(bench)[0].details) == (
        "tables.exported",
        '{"filter":{"state":"sent"},"kind":"csv","rows":2,"table":"mail"}',
    )
    book = openpyxl.load_workbook(io.BytesIO(staff_visitor.submit(here, {"kind": "xlsx"}, to=address).data))
    about = " ".join(str(cell) for row in book.worksheets[1].iter_rows(values_only=True) for cell in row)
    assert "Secretaría de prueba" in about
    assert "enviado" in about
    with bench.work(ANONYMOUS, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
    assert staff_visitor.submit(here, {"kind": "xlsx"}, to=address).status_code == 422


def test_pages_cost_the_same_number_of_queries_for_3_and_300_organisations(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench, *(["PE"] * 300))
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Message).values(state="failed", token=None, code=550, said="no"))
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement != "BEGIN":
            statements.append(statement)

    event.listen(bench.engine, "before_cursor_execute", note)
    # The first queries are about settings, the parts that are used, and the session of the reader.
    allowed = {"": 26, "/lost": 22, "/reminders": 6, "/reminders/now": 18, "/texts": 6, "/files": 8}
    for page, most in allowed.items():
        statements.clear()
        assert staff_visitor.get(f"{MAIL}{page}").status_code == 200
        assert len(statements) <= most, (page, len(statements))


def test_all_mail_is_paused_and_resumed(bench: Bench, settings: Settings, staff_visitor: Visitor) -> None:
    opened(bench)
    assert staff_visitor.submit(MAIL, {"paused": "yes"}, to=f"{MAIL}/pause").status_code == 303
    assert send(bench, settings).taken == []
    page = staff_visitor.get(MAIL)
    assert "Todo el correo está en pausa" in page.text
    assert "Reanudar todo el correo" in page.text
    staff_visitor.submit(MAIL, {"paused": "no"}, to=f"{MAIL}/pause")
    assert len(send(bench, settings).taken) == 3


def test_the_page_says_what_comes_next_by_itself(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    do_now(bench, reminders.plan_reminder, KEY, "2037-03-04T17:00")
    page = staff_visitor.get(MAIL)
    assert "Quedan por enviar 3 mensajes de esta consulta." in page.text
    ahead = page.text[page.text.index('id="ahead"') :]
    assert ahead.index("4 de marzo de 2037, 17:00 (hora de Panamá") < ahead.index("5 de marzo de 2037, 17:00")
    assert "4 de marzo de 2037, 22:00 UTC" in ahead


def visitor_of(bench: Bench, settings: Settings, **mail: Any) -> Visitor:
    """Staff at an application with other settings of mail."""
    app = create_app(replace(settings, mail=replace(MailSettings(), **mail)), bench)
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": STAFF, "password": PASSWORD}).status_code == 303
    return visitor


def test_banners_say_where_mail_does_not_go_to_whom_it_is_for(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    pages = (MAIL, LOST, f"{MAIL}/reminders", of(bench, "c1@example.org"))
    for url in pages:
        assert (
            "No hay servidor de correo configurado: cada mensaje queda en un archivo"
            in staff_visitor.get(url).text
        )
    test = visitor_of(bench, settings, host="smtp.example.org", test_address="prueba@example.org")
    for url in pages:
        page = test.get(url).text
        assert "Prueba: todo el correo va a prueba@example.org" in page
        assert "No hay servidor de correo" not in page
    real = visitor_of(bench, settings, host="smtp.example.org", rate=42)
    assert "Se envían como máximo 42 mensajes por minuto." in real.get(MAIL).text
    for url in pages:
        assert "Prueba:" not in real.get(url).text


# -- one contact


def test_a_contact_is_paused_and_gets_nothing_until_resumed(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    page = of(bench, "c1@example.org")
    staff_visitor.submit(page, {"paused": "yes"}, to=f"{page}/pause")
    assert sorted(send(bench, settings).addresses) == ["c2@example.org", "c3@example.org"]
    told = staff_visitor.get(page).text
    assert "El correo a este contacto está en pausa" in told
    assert "/resend" not in told
    staff_visitor.submit(page, {"paused": "no"}, to=f"{page}/pause")
    assert contact(bench, "c1@example.org").paused is False


def test_a_new_link_goes_to_the_address_on_file_and_ends_the_earlier_ones(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings)
    page = of(bench, "c1@example.org", "/resend")
    said = staff_visitor.get(page).text
    assert "Red 001" in said
    assert "dejan de servir" in said
    assert staff_visitor.submit(page).status_code == 422, "it asks why, and for the password"
    answer = staff_visitor.submit(page, SURE)
    assert (answer.status_code, answer.headers["Location"]) == (303, of(bench, "c1@example.org"))
    (message,) = messages(bench, "new_link")
    assert message.address == "c1@example.org"
    token = str(message.token)
    for url in (answer.headers["Location"], MAIL, LOST, f"{ROUND}/log"):
        assert token not in staff_visitor.get(url).text
    with bench.read(ANONYMOUS, moment()) as work:
        links = work.session.scalars(select(Link).where(Link.contact_id == message.contact_id))
        assert [link.revoked_at is None for link in links] == [False, True]
    box = send(bench, settings)
    assert box.addresses == ["c1@example.org"]
    assert token in str(box.messages[0])
    assert token not in staff_visitor.get(of(bench, "c1@example.org")).text


def test_a_new_link_is_refused_where_it_would_lead_nowhere(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = of(bench, "c1@example.org", "/resend")
    change_contacts(bench, "c1@example.org", paused=True)
    refused = staff_visitor.submit(page, SURE)
    assert refused.status_code == 422
    assert "Los correos a este contacto están en pausa." in refused.text
    assert staff_visitor.get(f"{MAIL}/contacts/999/resend").status_code == 404
    do_now(bench, rounds.close_round, KEY, "Cierre.")
    assert staff_visitor.get(page).status_code == 409
    assert messages(bench, "new_link") == []


# -- these did not arrive


def test_correcting_the_address_sends_a_new_link_and_the_row_is_gone_when_it_arrives(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings, {"c1@example.org": UNKNOWN})
    found = re.search(r'href="([^"]*/contacts/\d+\?next=[^"]*)"', staff_visitor.get(LOST).text)
    assert found is not None
    entries = {"name": "Ana", "email": "ana@example.org", "language": "es", "may_vote": "y"}
    assert staff_visitor.submit(found[1], entries).status_code == 422, "it asks why, and for the password"
    answer = staff_visitor.submit(found[1], entries | SURE)
    assert answer.headers["Location"] == of(bench, "ana@example.org")
    assert "podrá votar cuando termine el plazo" in staff_visitor.get(answer.headers["Location"]).text
    assert confirm_all(bench, KEY, moment()) == 1
    assert "ana@example.org" in send(bench, settings).addresses
    assert "El correo llega a todos los contactos" in staff_visitor.get(LOST).text


def test_all_that_failed_goes_again_from_one_page(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    assert "/mail/again" not in staff_visitor.get(LOST).text
    send(bench, settings, {"c1@example.org": UNKNOWN, "c2@example.org": "554 5.7.1 spam"})
    lost = staff_visitor.get(LOST).text
    assert "Enviar otra vez 1 mensaje que falló" in lost
    page = staff_visitor.get(f"{MAIL}/again").text
    assert "Se envía otra vez 1 mensaje." in page
    below = page[page.index('id="ready"') :]
    assert below.index("Red 002") < below.index("Lo que no sale, y por qué") < below.index("Red 001")
    answer = staff_visitor.submit(f"{MAIL}/again")
    assert answer.status_code == 303
    assert "1 mensaje va de nuevo en camino." in staff_visitor.get(MAIL).text
    assert send(bench, settings).addresses == ["c2@example.org"]
    assert "No hay nada que enviar otra vez" in staff_visitor.get(f"{MAIL}/again").text
    assert (logged(bench)[0].action, logged(bench)[0].details) == ("mail.sent_again", '{"count":1}')


def test_only_a_page_of_ours_follows_a_correction(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = f"{DESK}/members/1/contacts/1?next=//other.example/"
    entries = {"name": "Ana", "email": "c1@example.org", "language": "es", "may_vote": "y"}
    assert staff_visitor.submit(page, entries).headers["Location"] == f"{DESK}/members/1"


def test_a_marked_address_is_tried_once_more_or_its_mark_is_taken_away(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings, {"c1@example.org": UNKNOWN, "c2@example.org": UNKNOWN})
    page = of(bench, "c2@example.org")
    assert "550 5.1.1 User unknown" in staff_visitor.get(page).text
    staff_visitor.submit(page, to=f"{page}/trust")
    assert contact(bench, "c2@example.org").bounced_at is None
    assert (
        "Antes el correo no llegó a esta dirección"
        in staff_visitor.get(of(bench, "c1@example.org", "/resend")).text
    )
    assert staff_visitor.submit(of(bench, "c1@example.org", "/resend"), SURE).status_code == 303
    assert send(bench, settings).addresses == ["c1@example.org"]
    assert contact(bench, "c1@example.org").bounced_at is None


@pytest.mark.deep
def test_who_was_never_written_to_and_organisations_without_anybody_are_named(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings)
    with bench.work(COMMAND, moment()) as work:
        first, second, _third = work.session.scalars(select(Organisation).order_by(Organisation.id))
        first.contacts.append(Contact(name="Ana Nueva", email="nueva@example.org", created_at=moment()))
        second.contacts[0].active = False
        work.session.flush()
        seat = work.session.scalars(select(Seat).where(Seat.organisation_id == first.id)).one()
        put_on_file(work.session, seat, first.contacts[-1], at_opening=False)
    page = staff_visitor.get(LOST).text
    assert "Contactos a los que no se ha escrito" in page
    assert "Ana Nueva" in page
    assert "No hay a quién escribir" in page
    assert f"{seat_of(bench, 'Red 002')}/assisted" in page
    mail = staff_visitor.get(f"{MAIL}?state=none")
    assert rows(mail) == ["Red 001"]
    assert [(name, act.partition(" /")[0]) for name, act in gaps(mail)] == [
        ("Red 001", "Enviar un enlace nuevo"),
        ("Red 002", "Agregar un contacto"),
    ]


# -- reports of mail servers

REPORT = f"""\
From: Mail Delivery Subsystem <mailer-daemon@example.net>
To: voto@example.org
Subject: Delivery Status Notification (Failure)

The following address had permanent fatal errors: c1@example.org

Final-Recipient: rfc822; C1@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550-5.1.1 The account does not exist.
 550 5.1.1 https://voto.example.org/es/v/{"x" * 43}

Final-Recipient: rfc822; c2@example.org
Action: delayed
Status: 4.4.1

To: c1@example.org
https://voto.example.org/es/v/{"x" * 43}
"""


def test_a_pasted_report_is_seen_before_anything_is_marked(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = f"{MAIL}/report"
    seen = staff_visitor.submit(page, {"report": REPORT})
    assert seen.status_code == 200
    assert not TOKEN.search(seen.text)
    first, second = contact_id(bench, "c1@example.org"), contact_id(bench, "c2@example.org")
    assert f'value="{first}" checked' in seen.text
    assert f'value="{second}" checked' not in seen.text
    assert "no dice que el envío haya fallado de forma definitiva" in seen.text
    assert "Hay 2 direcciones más que no son de ningún contacto." in seen.text
    assert contact(bench, "c1@example.org").bounced_at is None
    said = re.search(rf'name="said-{first}" value="([^"]*)"', seen.text)
    assert said is not None
    answer = staff_visitor.submit(page, {"confirm": "yes", "contact": [str(first)], f"said-{first}": said[1]})
    assert (answer.status_code, answer.headers["Location"]) == (303, LOST)
    marked = contact(bench, "c1@example.org")
    assert marked.bounced_at is not None
    assert "5.1.1" in str(marked.bounce_reason)
    assert contact(bench, "c2@example.org").bounced_at is None
    assert "Ese buzón no existe" in staff_visitor.get(LOST).text
    assert "ya está marcado" in staff_visitor.submit(page, {"report": REPORT}).text
    refused = staff_visitor.submit(page, {"report": "Delivery to nobody@example.net failed: 550 5.1.1"})
    assert refused.status_code == 422
    assert "Ninguna persona de contacto tiene una dirección que aparezca en este aviso." in refused.text
    assert staff_visitor.submit(page, {"report": ""}).status_code == 422
    staff_visitor.submit(page, {"confirm": "yes"})
    assert contact(bench, "c2@example.org").bounced_at is None, "a report that names nobody marks nobody"


# -- reminders


def test_reminders_are_proposed_planned_listed_and_removed(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = f"{MAIL}/reminders"
    empty = staff_visitor.get(page).text
    assert "No hay recordatorios previstos." in empty
    proposed = [unquote(each) for each in re.findall(r'/reminders/now\?at=([^"]+)"', empty)]
    assert proposed == ["2037-02-26T17:00", "2037-03-02T17:00", "2037-03-04T17:00"]
    assert "26 de febrero de 2037, 22:00 UTC" in empty
    asking = f"{page}/now?at={proposed[2]}"
    seen = staff_visitor.get(asking).text
    assert f'value="{proposed[2]}"' in seen
    assert "Programar el recordatorio: hoy sería a 3 personas" in seen
    assert staff_visitor.submit(asking, {"at": proposed[2]}).status_code == 303
    planned = staff_visitor.get(page).text
    assert 'class="name flow"' in planned, "the hour of a reminder is not cut from its day"
    left = [unquote(each) for each in re.findall(r'/reminders/now\?at=([^"]+)"', planned)]
    assert left == proposed[:2]
    assert "4 de marzo de 2037, 17:00 (hora de Panamá" in planned
    remove = re.search(r'action="([^"]+/remove)"', planned)
    assert remove is not None
    assert staff_visitor.submit(page, to=remove[1]).status_code == 303
    assert "No hay recordatorios previstos." in staff_visitor.get(page).text
    assert staff_visitor.submit(page, to=remove[1]).status_code == 404


def test_reminding_now_shows_whom_and_what_and_goes_only_to_those_who_have_not_voted(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    change_contacts(bench, "c1@example.org", language="en")
    change_contacts(bench, "c2@example.org", paused=True)
    vote(bench, "Red 003")
    send(bench, settings)
    page = f"{MAIL}/reminders/now"
    seen = staff_visitor.get(page).text
    assert "0 primero en español" not in seen
    assert "1 primero en inglés" in seen
    assert "con el correo en pausa" in seen
    assert not TOKEN.search(seen)
    assert "Enviar el recordatorio a 1 persona" in seen
    assert staff_visitor.submit(page).status_code == 303
    assert [m.address for m in messages(bench, "reminder", state="queued")] == ["c1@example.org"]
    # SC-9: another within 24 hours only after a box is ticked.
    again = staff_visitor.submit(page)
    assert again.status_code == 422
    assert 'id="confirmed-error"' in again.text
    assert staff_visitor.submit(page, {"confirmed": "y"}).status_code == 303
    vote(bench, "Red 001")
    send(bench, settings)
    assert {m.state for m in messages(bench, "reminder")} == {"cancelled"}


# -- texts


def texts_of(page: TestResponse) -> dict[str, str]:
    """Subjects and bodies as the form holds them."""
    found = dict(re.findall(r'name="(subject_\w\w)"[^>]*value="([^"]*)"', page.text))
    bodies = re.findall(r'<textarea[^>]*name="(body_\w\w)"[^>]*>\s*(.*?)</textarea>', page.text, re.DOTALL)
    return found | {name: text.replace("\r\n", "\n") for name, text in bodies}


def test_a_text_is_changed_seen_and_taken_back(bench: Bench, staff_visitor: Visitor) -> None:
    opened(bench)
    page = f"{MAIL}/texts/invitation"
    form = texts_of(staff_visitor.get(page))
    assert set(form) == {"subject_es", "body_es", "subject_en", "body_en"}
    changed = form | {"body_es": f"Compañeras y compañeros:\n\n{form['body_es']}"}
    shown = staff_visitor.submit(page, changed | {"act": "es"})
    assert shown.status_code == 200
    assert "Todavía no se ha guardado." in shown.text
    assert "Compañeras y compañeros:" in shown.text
    assert not TOKEN.search(shown.text)
    assert "Compañeras" not in staff_visitor.get(page).text
    assert staff_visitor.submit(page, changed).status_code == 303
    assert "Compañeras" in staff_visitor.get(page).text
    listed = staff_visitor.get(f"{MAIL}/texts").text
    kinds = set(re.findall(r'/mail/texts/(\w+)"', listed))
    assert {"invitation", "reminder", "closing"} < kinds < {*mail_kinds.kinds()}
    assert listed.count("original") == len(kinds) - 1
    back = staff_visitor.submit(page, {"language": "es"}, to=f"{page}/default")
    assert back.status_code == 303
    assert texts_of(staff_visitor.get(page)) == form
    staff_visitor.submit(page, form | {"subject_es": "Vote hoy"})
    assert "Restablecer el texto original: Español" in staff_visitor.get(page).text
    staff_visitor.submit(page, form)
    assert "Restablecer el texto original" not in staff_visitor.get(page).text, "saved as it was"


def test_a_place_that_does_not_exist_is_refused_by_name_with_those_that_do(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench)
    page = f"{MAIL}/texts/invitation"
    form = texts_of(staff_visitor.get(page))
    refused = staff_visitor.submit(
        page, form | {"body_es": form["body_es"] + "\n{apodo}", "subject_en": "Vote at {link}"}
    )
    assert refused.status_code == 422
    assert "{apodo}" in re.findall(r'id="body_es-error">.*?</p>', refused.text, re.DOTALL)[0]
    of_subject = staff_visitor.submit(page, form | {"subject_es": "Vote, {apodo}"}).text
    assert "{apodo}" in re.findall(r'id="subject_es-error">.*?</p>', of_subject, re.DOTALL)[0]
    assert "{link}" in re.findall(r'id="subject_en-error">.*?</p>', refused.text, re.DOTALL)[0]
    for place in ("{organisation}", "{deadline}", "{link}"):
        assert f'<dt class="code">{place}</dt>' in refused.text
    assert "{apodo}" not in staff_visitor.get(page).text
    assert staff_visitor.get(f"{MAIL}/texts/sermon").status_code == 404


def test_the_html_of_a_text_is_a_page_of_its_own_in_which_nothing_runs(
    bench: Bench, staff_visitor: Visitor
) -> None:
    opened(bench)
    page = f"{MAIL}/texts/invitation"
    form = texts_of(staff_visitor.get(page))
    hostile = form | {"body_en": form["body_en"] + "\n<script>alert(1)</script>"}
    answer = staff_visitor.submit(page, hostile | {"act": "en"}, to=f"{page}/html")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox")
    assert "default-src 'none'" in policy
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert '<html lang="en">' in answer.text
    refused = staff_visitor.submit(page, form | {"body_en": "{nada}"}, to=f"{page}/html")
    assert refused.status_code == 422


# -- mails that became files


def test_in_an_example_a_mail_is_read_with_its_link_and_the_link_opens(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(example=True))
    send_as_files(bench, settings)
    listed = staff_visitor.get(f"{MAIL}/files").text
    assert "3 filas" in listed
    number = messages(bench, "invitation")[0].id
    page = staff_visitor.get(f"{MAIL}/files/{number}").text
    assert "consulta@localhost" in page
    assert "auto-generated" in page
    link = re.search(r'<a href="(http://localhost/es/v/[\w-]{43})">', page)
    assert link is not None
    opens = staff_visitor.post(link[1].removeprefix("http://localhost"))
    assert opens.headers["Location"].endswith("/ballot/2027-1")
    html = staff_visitor.get(f"{MAIL}/files/{number}/html")
    assert html.headers["Content-Security-Policy"].endswith("; sandbox")
    assert '<html lang="es">' in html.text
    assert "style-src 'unsafe-inline'" in html.headers["Content-Security-Policy"], (
        "the button of the mail is seen"
    )


def test_in_a_real_round_staff_read_a_mail_without_its_link(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    tokens = [str(message.token) for message in messages(bench)]
    vote(bench, "Red 001")
    tokens += [str(message.token) for message in messages(bench, state="queued") if message.token]
    send_as_files(bench, settings)
    files: list[Path] = sorted(settings.mail_folder.iterdir())
    assert files
    filed = messages(bench, transport="file")
    assert filed
    for message in filed:
        page = staff_visitor.get(f"{MAIL}/files/{message.id}")
        assert page.status_code == 200
        assert str(message.subject) in page.text
        assert not TOKEN.search(page.text)
        assert not any(token in page.text for token in tokens)
        assert staff_visitor.get(f"{MAIL}/files/{message.id}/html").status_code == 404
    receipt = next(message for message in filed if message.kind == "receipt")
    (code,) = set(re.findall(r"\b\w{4}-\w{4}-\w{4}\b", files[-1].read_text("utf-8")))
    assert code not in staff_visitor.get(f"{MAIL}/files/{receipt.id}").text


def test_a_file_that_is_gone_or_never_was_is_said_to_be(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    number = messages(bench)[0].id
    assert staff_visitor.get(f"{MAIL}/files/{number}").status_code == 404
    assert "Todavía no hay mensajes en archivos" in staff_visitor.get(f"{MAIL}/files").text
    send_as_files(bench, settings)
    for path in settings.mail_folder.iterdir():
        path.unlink()
    gone = staff_visitor.get(f"{MAIL}/files/{number}")
    assert gone.status_code == 404
    assert "ya no está en la carpeta de datos" in gone.text


# -- thanks


def test_those_who_voted_are_thanked_once_after_the_publication(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    published(bench)
    page = f"{MAIL}/thanks"
    assert f'href="{page}"' in staff_visitor.get(MAIL).text
    seen = staff_visitor.get(page).text
    assert "Votaron 2 organizaciones" in seen
    assert "Agradecer a 2 personas" in seen
    assert staff_visitor.submit(page).status_code == 303
    assert {m.address for m in messages(bench, "thanks")} == {"c1@example.org", "c2@example.org"}
    assert "ya se envió a todos los contactos" in staff_visitor.get(page).text
    staff_visitor.submit(MAIL, to=page)
    assert len(messages(bench, "thanks")) == 2


def test_nobody_is_thanked_before_the_publication(bench: Bench, staff_visitor: Visitor) -> None:
    closed(bench)
    assert staff_visitor.get(f"{MAIL}/thanks").status_code == 409
    assert f"{MAIL}/thanks" not in staff_visitor.get(MAIL).text
    assert staff_visitor.submit(f"{MAIL}/report", to=f"{MAIL}/thanks").status_code == 409
    assert messages(bench, "thanks") == []


def test_every_page_of_mail_is_in_both_languages(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    opened(bench)
    send(bench, settings, {"c1@example.org": UNKNOWN, "c2@example.org": GREY})
    pages = ("", "/lost", "/report", "/reminders", "/reminders/now", "/texts", "/texts/receipt", "/files")
    for page in pages:
        texts = {
            lang: staff_visitor.get(f"/{lang}/secretariat/rounds/{KEY}/mail{page}").text
            for lang in ("es", "en")
        }
        headings = {lang: re.findall(r"<h[12][^>]*>(.*?)</h[12]>", text) for lang, text in texts.items()}
        assert headings["es"], page
        assert headings["es"][0] != headings["en"][0], page


@pytest.mark.deep
def test_a_contact_that_waits_for_a_change_stands_in_the_list_and_can_be_filtered_for(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    """The page answered 500 whenever a change of who may vote was waiting."""
    opened(bench)
    send(bench, settings)
    with bench.read(COMMAND, moment()) as work:
        member = work.session.scalars(select(Organisation.id).where(Organisation.name == "Red 002")).one()
    answer = staff_visitor.submit(
        f"/es/secretariat/members/{member}/contacts/new",
        {
            "email": "nueva@example.org",
            "name": "Nueva",
            "language": "es",
            "may_vote": "y",
            "why": "La organización nombró a otra persona",
            "password": PASSWORD,
        },
    )
    assert answer.status_code == 303
    for sort in ("state", "organisation"):
        page = staff_visitor.get(f"{MAIL}?sort={sort}")
        assert page.status_code == 200
        assert "Nueva" in page.text
    assert rows(staff_visitor.get(f"{MAIL}?state=held")) == ["Red 002"]
