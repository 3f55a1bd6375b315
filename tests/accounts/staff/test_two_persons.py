"""Two persons for what cannot be undone: one asks, another confirms exactly that, both are in the log."""

from __future__ import annotations

import html
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from consulta.accounts import staff
from consulta.app import create_app
from consulta.desk import moves as closing
from consulta.desk.pages import moves
from consulta.platform import accounts
from consulta.platform.models import LogEntry, Message, PendingAct, Round, Staff
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.rounds import service as rounds
from consulta.rounds import themes
from consulta.rounds.letters import plain
from consulta.rounds.letters.service import Finished, Post
from tests.accounts.sign_in.test_confirmation import age, hidden
from tests.benches import PASSWORD, Visitor
from tests.drafts import round_command, theme_command
from tests.factories import moment
from tests.markup import HTML, parsed
from tests.polling import open_round
from tests.views import ROUTES, TWO_PERSONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

KEY = "2027-1"
CANCEL = f"/es/secretariat/rounds/{KEY}/cancel"
ANA, EVA = "ana@example.org", "eva@example.org"
WHY = "Se convocó con una lista equivocada"


@pytest.fixture
def twofold(settings: Settings, bench: Bench) -> Flask:
    """An application that asks for two persons where there are two; two of the secretariat, one reader."""
    open_round(bench, KEY)
    with bench.work(COMMAND, moment()) as work:
        for email, role in ((ANA, "secretariat"), (EVA, "secretariat"), ("lee@example.org", "reader")):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, role)  # type: ignore[arg-type]
    return create_app(replace(settings, two_persons="auto"), bench)


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD}).status_code == 303
    return visitor


def state(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Round.state)).one()


def asked(bench: Bench) -> PendingAct:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(PendingAct).order_by(PendingAct.id.desc())).first()
        assert found is not None
        work.session.expunge_all()
        return found


def cancel(visitor: Visitor) -> TestResponse:
    """Ask for the round to be cancelled."""
    page = visitor.get(CANCEL)
    fields = {name: value[0] for name, value in hidden(page).items()}
    return visitor.post(CANCEL, fields | {"typed": KEY, "reason": WHY})


def confirm(visitor: Visitor, number: int, **changed: Any) -> TestResponse:
    """Send what the page of a request has in its first form."""
    page = visitor.get(f"/es/secretariat/pending/{number}")
    assert page.status_code == 200
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert "confirmed_act" in fields, "there is nothing to confirm"
    return visitor.post(CANCEL, fields | changed)


def test_nothing_is_done_until_another_person_confirms(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    before = ana.get("/es/secretariat/").text
    led = cancel(ana)
    assert led.headers["Location"].endswith("/pending/1")
    assert state(bench) == "open"
    page = ana.get(led.headers["Location"]).text
    assert WHY in page
    assert "confirmed_act" not in page, "no one confirms what they asked for"
    assert "/pending/1" in eva.get("/es/secretariat/").text
    assert "/pending/1" not in before
    done = confirm(eva, 1)
    assert (done.status_code, state(bench)) == (303, "cancelled")
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(select(LogEntry).order_by(LogEntry.seq))
        told = [(each.action, each.actor) for each in rows if each.action.startswith("acts.")]
        mails = [
            (each.address, each.facts["what"])
            for each in work.session.scalars(
                select(Message).where(Message.kind == "staff_notice").order_by(Message.id)
            )
            if each.facts["what"] != "device"
        ]
    assert told == [("acts.asked", "secretariat:1"), ("acts.confirmed", "secretariat:2")]
    assert mails == [(EVA, "asked"), (ANA, "confirmed")]


def test_what_is_not_right_is_told_at_once_and_not_kept(twofold: Flask, bench: Bench) -> None:
    ana = signed_in(twofold, ANA)
    page = ana.get(CANCEL)
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert ana.post(CANCEL, fields | {"reason": " "}).status_code == 422
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(PendingAct)).all() == []


def test_nobody_types_a_key_where_another_person_confirms(twofold: Flask, bench: Bench) -> None:
    ana = signed_in(twofold, ANA)
    for url in (CLOSE, CANCEL):
        page = ana.get(url).text
        assert 'name="typed"' not in page
        assert "Se hace cuando otra persona lo confirme." in page
        assert ana.submit(url, {"reason": WHY}).headers["Location"].rpartition("/")[0].endswith("/pending")


def test_another_form_than_the_one_asked_for_is_not_done(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    assert confirm(eva, 1, reason="Otro motivo").status_code == 422
    assert (state(bench), asked(bench).state) == ("open", "waiting")
    assert confirm(eva, 1).status_code == 303
    again = eva.post(CANCEL, {"confirmed_act": "1"})
    assert again.status_code == 403, "without the token of a form"


def test_the_person_who_asked_cannot_confirm_by_any_form(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    page = eva.get("/es/secretariat/pending/1")
    fields = {name: value[0] for name, value in hidden(page).items()}
    fields["csrf_token"] = ana.token(ana.get(CANCEL))
    assert ana.post(CANCEL, fields).status_code == 422
    assert state(bench) == "open"


def test_a_second_person_who_never_comes_leaves_all_as_it_was(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    page = eva.get("/es/secretariat/pending/1")
    start = moment()
    with bench.work(COMMAND, start) as work:
        work.session.execute(update(PendingAct).values(expires_at=start - timedelta(seconds=1)))
    for _ in range(2):
        with bench.work(WORKER, start) as work:
            for number in staff.due(work):
                staff.tell_ended(work, number)
    with bench.read(COMMAND, start) as work:
        mails = work.session.scalars(select(Message).where(Message.kind == "staff_notice")).all()
        told = [(each.address, each.facts) for each in mails if each.facts["what"] == "unconfirmed"]
    assert [address for address, _facts in told] == [ANA], "the one who asked is told, once"
    fields = {name: value[0] for name, value in hidden(page).items()}
    assert eva.post(CANCEL, fields).status_code == 422
    assert state(bench) == "open"
    assert "/pending/1" not in eva.get("/es/secretariat/").text
    assert cancel(ana).headers["Location"].endswith("/pending/2"), "it can be asked for again"


def test_refused_with_a_reason_and_withdrawn_without_one(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    refusal = "/es/secretariat/pending/1/refuse"
    assert eva.submit("/es/secretariat/pending/1", {}, to=refusal).status_code == 422
    assert (
        eva.submit("/es/secretariat/pending/1", {"reason": "La lista es la buena"}, to=refusal).status_code
        == 303
    )
    assert (asked(bench).state, state(bench)) == ("refused", "open")
    cancel(ana)
    ana.submit("/es/secretariat/pending/2", {}, to="/es/secretariat/pending/2/refuse")
    assert asked(bench).state == "withdrawn"


def test_who_lost_the_role_or_the_account_has_asked_for_nothing(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    page = hidden(eva.get("/es/secretariat/pending/1"))
    fields = {name: value[0] for name, value in page.items()}
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, ANA)
    told = eva.get("/es/secretariat/pending/1").text
    assert "ya no tiene una cuenta" in told
    assert "confirmed_act" not in told, "nothing is offered that would be refused"
    answer = eva.post(CANCEL, fields)  # the page was open before
    assert (answer.status_code, "ya no tiene una cuenta" in answer.text) == (422, True)
    assert state(bench) == "open"


def test_what_the_one_who_asked_was_told_to_be_over_is_not_confirmed_by_a_slower_clock(
    twofold: Flask, bench: Bench
) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    page = hidden(eva.get("/es/secretariat/pending/1"))
    fields = {name: value[0] for name, value in page.items()}
    with bench.work(WORKER, asked(bench).expires_at) as work:  # the pages are ten minutes behind
        assert staff.tell_ended(work, 1)
    assert eva.post(CANCEL, fields).status_code == 422
    assert state(bench) == "open"
    assert "/pending/1" not in eva.get("/es/secretariat/").text
    assert "confirmed_act" not in eva.get("/es/secretariat/pending/1").text


def test_a_reader_sees_what_waits_and_confirms_nothing(twofold: Flask, bench: Bench) -> None:
    cancel(signed_in(twofold, ANA))
    reader = signed_in(twofold, "lee@example.org")
    assert reader.get("/es/secretariat/pending/1").status_code == 403
    refused = reader.get(CANCEL)
    assert refused.status_code == 403
    assert "Solo lectura" in refused.text, "the page names the role of a person who is signed in"
    assert "/es/secretariat/new-round" not in reader.get("/es/secretariat/").text
    assert state(bench) == "open"


def test_one_person_alone_acts_alone_unless_two_are_always_wanted(
    settings: Settings, bench: Bench, twofold: Flask
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.disable_staff(work, EVA)
    always = create_app(replace(settings, two_persons="yes"), bench)
    assert "/pending/" in cancel(signed_in(always, ANA)).headers["Location"]
    assert "/pending/" not in cancel(signed_in(twofold, ANA)).headers["Location"]
    assert state(bench) == "cancelled"


def test_every_such_act_is_a_route_and_has_a_name(app: Flask) -> None:
    from consulta.accounts.pages.confirmation import ACTS  # noqa: PLC0415

    assert set(ROUTES) >= TWO_PERSONS
    assert set(ACTS) >= TWO_PERSONS


def test_a_confirmation_survives_the_password_asked_again(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    page = eva.get("/es/secretariat/pending/1")
    age(bench)
    fields = {name: value[0] for name, value in hidden(page).items()}
    again = eva.post(CANCEL, fields)
    assert (again.status_code, state(bench)) == (422, "open")
    kept = {name: value[0] for name, value in hidden(again).items()}
    assert eva.post(CANCEL, kept | {"confirm_password": PASSWORD}).status_code == 303
    assert state(bench) == "cancelled"


BOSS, DEPUTY = "jefa@example.org", "segunda@example.org"


@pytest.mark.parametrize(
    ("form", "read", "unread"),
    [
        ({"act": "link", "anew": "y", "role": "reader"}, ("Enviar un enlace", "segundos pasos"), "Nuevo rol"),
        ({"act": "disable", "role": "admin"}, ("Suspender la cuenta",), "Nuevo rol"),
        ({"act": "role", "role": "admin", "anew": "y"}, ("Cambiar el rol", "Nuevo rol"), "segundos pasos"),
    ],
)
def test_who_confirms_an_act_on_an_account_reads_which_act_and_whose(
    twofold: Flask, bench: Bench, form: dict[str, str], read: tuple[str, ...], unread: str
) -> None:
    """The same form has several buttons: what was entered beside another button is not what is asked for."""
    with bench.work(COMMAND, moment()) as work:
        for email in (BOSS, DEPUTY):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, "admin")
    boss, deputy = signed_in(twofold, BOSS), signed_in(twofold, DEPUTY)
    led = boss.submit("/es/secretariat/staff/1", {"reason": "Un detalle", **form})
    told = html.unescape(deputy.get(led.headers["Location"]).text)
    shown = told[told.index("<h1") : told.index("</dl>")]
    for words in ("Ana", ANA, "Un detalle", *read):
        assert words in shown
    assert unread not in shown
    with bench.read(COMMAND, moment()) as work:
        mail = work.session.scalars(select(Message).where(Message.kind == "staff_notice")).all()[-1]
        number = mail.id
        assert "Ana" in mail.facts["act"]["es"]
    with bench.work(WORKER, moment()) as work:
        made = plain.finish(work, work.session.get_one(Message, number), Post("https://voto.example.org"))
        assert isinstance(made, Finished)
    assert made.mail.subject.startswith(("Falta su confirmación: ", "Se invitó")), "it says what it asks"
    assert "cierre sus otras sesiones" not in made.mail.halves[0].text, "another person asks"


def test_what_changed_after_it_was_asked_for_is_not_done_and_waits_again(
    twofold: Flask, bench: Bench
) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    cancel(ana)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(state="published"))
    assert confirm(eva, 1).status_code in {409, 422}
    assert (asked(bench).state, asked(bench).decided_by_id) == ("waiting", None)
    with bench.read(COMMAND, moment()) as work:
        actions = work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)).all()
        whats = [each.facts["what"] for each in work.session.scalars(select(Message)) if "what" in each.facts]
    assert actions[-1] == "acts.not_done"
    assert "confirmed" not in whats, "no one is told that it was done"


def test_a_form_that_names_what_was_looked_at_names_it_for_two_persons(twofold: Flask, bench: Bench) -> None:
    """Else the second person would confirm whatever panel or factsheet is there by then."""
    ana = signed_in(twofold, ANA)
    for page in ("panel/publish", "factsheet/publish"):
        sent = ana.submit(CANCEL, {"typed": KEY}, to=f"/es/secretariat/rounds/{KEY}/{page}")
        assert sent.status_code in {404, 409, 422}
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(PendingAct)).all() == []


DRAFT = "2037-9"
PLAN = f"/es/secretariat/rounds/{DRAFT}/open/plan"
HOUR = "2037-02-01T09:00"


def draft_of(bench: Bench) -> Round:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == DRAFT)).one()
        work.session.expunge_all()
        return found


def agreed(bench: Bench, ana: Visitor, eva: Visitor) -> None:
    """A draft whose opening at an hour one person planned and another confirmed."""
    with bench.work(COMMAND, moment()) as work:
        rounds.create_round(work, round_command(key=DRAFT, closes_local="2037-03-05T17:00"))
        for number in range(1, 7):
            themes.save_theme(work, DRAFT, theme_command(number))
    number = ana.submit(PLAN, {"at": HOUR}).headers["Location"].rpartition("/")[2]
    fields = {name: value[0] for name, value in hidden(eva.get(f"/es/secretariat/pending/{number}")).items()}
    assert eva.post(PLAN, fields).status_code == 303
    assert draft_of(bench).opens_agreed


def test_a_draft_that_two_planned_to_open_is_not_changed_by_one(twofold: Flask, bench: Bench) -> None:
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    agreed(bench, ana, eva)
    delete = f"/es/secretariat/rounds/{DRAFT}/themes/tema_numero_1/delete"
    assert "Dos personas acordaron" in ana.get(delete).text, "it is said before anything is changed"
    assert draft_of(bench).opens_at is not None, "looking changes nothing"
    assert ana.submit(delete).status_code == 303
    found = draft_of(bench)
    assert (found.opens_at, found.opens_agreed, found.opens_refused) == (None, False, "plan.changed")
    assert "acordado que se abriera" in eva.get(PLAN).text
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.opening_unplanned"))
        told = [(each.actor, "changed" in each.details) for each in rows]
    assert told == [("secretariat:1", True)]


def test_what_one_asked_for_is_withdrawn_when_the_draft_changes(twofold: Flask, bench: Bench) -> None:
    """Else the second person would confirm an opening of something else."""
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    agreed(bench, ana, eva)
    opening = f"/es/secretariat/rounds/{DRAFT}/open"
    seen = {name: value[0] for name, value in hidden(ana.get(opening)).items()}
    number = ana.post(opening, seen | {"typed": DRAFT}).headers["Location"].rpartition("/")[2]
    fields = {name: value[0] for name, value in hidden(eva.get(f"/es/secretariat/pending/{number}")).items()}
    assert ana.submit(f"/es/secretariat/rounds/{DRAFT}/themes/tema_numero_1/delete").status_code == 303
    assert asked(bench).state == "withdrawn"
    assert eva.post(opening, fields).status_code == 422
    assert draft_of(bench).state == "draft"


def admin(bench: Bench, number: int) -> Actor:
    with bench.read(COMMAND, moment()) as work:
        return Actor("admin", number, work.session.get_one(Staff, number).name)


def test_an_administrator_who_ends_all_others_does_not_act_alone_for_a_week(
    twofold: Flask, bench: Bench
) -> None:
    """As the thief of the only administrator's password would."""
    with bench.work(COMMAND, moment()) as work:
        boss = accounts.add_staff(work, BOSS, "Jefa", PASSWORD, "admin").id
    start = moment()
    with bench.work(admin(bench, boss), start) as work:
        accounts.disable_staff(work, ANA)
        staff.change_role(work, 2, "reader", "Otra tarea")
    visitor = signed_in(twofold, BOSS)
    led = cancel(visitor)
    assert "/pending/" in led.headers["Location"]
    assert state(bench) == "open"
    assert "Ninguna otra persona puede confirmarlo" in html.unescape(
        visitor.get(led.headers["Location"]).text
    )
    for days, needed in ((6, True), (8, False)):
        with bench.read(admin(bench, boss), start + timedelta(days=days)) as work:
            assert staff.are_needed(work, "rounds.close", "auto") is needed
    with bench.work(COMMAND, moment()) as work:
        assert not staff.are_needed(work, "rounds.close", "auto"), "the shell acts at once"


def test_the_first_two_people_of_an_installation_can_begin(settings: Settings, bench: Bench) -> None:
    open_round(bench, KEY)
    with bench.work(COMMAND, moment()) as work:
        boss = accounts.add_staff(work, BOSS, "Jefa", PASSWORD, "admin").id
    with bench.work(admin(bench, boss), moment()) as work:
        accounts.add_staff(work, DEPUTY, "Segunda", PASSWORD, "secretariat")
    app = create_app(replace(settings, two_persons="auto"), bench)
    cancel(signed_in(app, BOSS))
    assert confirm(signed_in(app, DEPUTY), 1).status_code == 303
    assert state(bench) == "cancelled"


CLOSE = f"/es/secretariat/rounds/{KEY}/close"


def ask_at(visitor: Visitor, path: str, **entered: str) -> str:
    """Send a form that waits for a second person, and return the page of the request."""
    page = visitor.get(path)
    fields = {name: value[0] for name, value in hidden(page).items()}
    return visitor.post(path, fields | entered).headers["Location"]


def confirm_at(visitor: Visitor, pending: str, path: str) -> TestResponse:
    """Send what the page of a request has in its first form, as a browser does."""
    fields = {name: value[0] for name, value in hidden(visitor.get(pending)).items()}
    assert "confirmed_act" in fields, "there is nothing to confirm"
    return visitor.post(path, fields)


def test_an_act_confirmed_twice_says_what_became_of_it(twofold: Flask, bench: Bench) -> None:
    """And not that a round that is closed cannot become closed."""
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    pending = ask_at(ana, CLOSE, typed=KEY, reason=WHY)
    fields = {name: value[0] for name, value in hidden(eva.get(pending)).items()}
    assert eva.post(CLOSE, fields).status_code == 303
    assert state(bench) == "closed"
    again = eva.post(CLOSE, fields)
    said = html.unescape(again.text)
    assert again.status_code in {409, 422}
    assert "Eva lo confirmó el" in said
    assert "Ahora no se hizo nada" in said
    assert "no puede pasar" not in said
    assert "confirmed_act" not in said
    alone = ana.get(CLOSE)
    assert alone.status_code == 409
    assert "La consulta ya está cerrada" in html.unescape(alone.text)


def test_a_request_says_whom_its_mail_has_reached(twofold: Flask, bench: Bench) -> None:
    ana = signed_in(twofold, ANA)
    pending = ask_at(ana, CLOSE, typed=KEY, reason=WHY)
    words = {
        "queued": "El correo a Eva todavía no salió",
        "sent": "Se avisó por correo a: Eva.",
        "failed": "El correo a Eva no se pudo entregar",
    }
    for what, said in words.items():
        with bench.work(COMMAND, moment()) as work:
            mail = work.session.scalars(select(Message).where(Message.facts["what"].as_string() == "asked"))
            mail.one().state = what
        read = html.unescape(ana.get(pending).text)
        assert [each for each in words.values() if each in read] == [said]


def one_form(visitor: Visitor, pending: str) -> dict[str, str]:
    """Return what the button of a request sends."""
    return {name: value[0] for name, value in hidden(visitor.get(pending)).items()}


def killed_at(monkeypatch: pytest.MonkeyPatch, bench: Bench, where: str, send: Callable[[], object]) -> None:
    """Send a form in a process that ends at a place, as by a power cut: nothing of it is tidied up."""
    act = closing.close

    def end(*_args: object) -> None:
        os._exit(9)

    def done_and_end(*args: Any) -> None:
        act(*args)
        os._exit(9)

    child = os.fork()
    if not child:
        try:
            bench.engine.dispose(close=False)  # its connections are the parent's
            if where == "answer":
                monkeypatch.setattr(moves, "_count", end)
            else:
                monkeypatch.setattr(closing, "close", end if where == "act" else done_and_end)
            send()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def rows_of(bench: Bench, *actions: str) -> list[str]:
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq))
        return [each for each in rows if each in actions]


@pytest.mark.parametrize("where", ["act", "commit", "answer"])
def test_a_process_killed_while_it_confirms_leaves_all_done_once_or_all_to_do(
    settings: Settings, either: Bench, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Killed before the act, after it and before the transaction ends, and before the answer."""
    open_round(either, KEY)
    with either.work(COMMAND, moment()) as work:
        for email in (ANA, EVA):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, "secretariat")
    app = create_app(replace(settings, two_persons="auto"), either)
    ana, eva = signed_in(app, ANA), signed_in(app, EVA)
    pending = ask_at(ana, CLOSE, typed=KEY, reason=WHY)
    fields = one_form(eva, pending)
    killed_at(monkeypatch, either, where, lambda: eva.post(CLOSE, fields))
    was_done = where == "answer"
    assert state(either) == ("closed" if was_done else "open")
    assert asked(either).state == ("confirmed" if was_done else "waiting")
    again = eva.post(CLOSE, fields)
    assert again.status_code == (422 if was_done else 303)
    assert (state(either), asked(either).state) == ("closed", "confirmed")
    assert rows_of(either, "acts.confirmed", "rounds.closed") == ["acts.confirmed", "rounds.closed"]


def test_what_cannot_be_done_is_told_to_who_asks_and_no_one_else(twofold: Flask, bench: Bench) -> None:
    """In the form, with what was typed."""
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    assert confirm_at(eva, ask_at(ana, CLOSE, typed=KEY, reason=WHY), CLOSE).status_code == 303
    before = asked(bench).id
    again = f"/es/secretariat/rounds/{KEY}/reopen"
    too_early = f"{moment():%Y-%m-%dT%H:%M}"
    page = ana.submit(again, {"typed": KEY, "reason": WHY, "closes": too_early})
    said = html.unescape(page.text)
    assert page.status_code == 422
    assert 'id="closes-error"' in page.text, "the message stands at the hour"
    assert WHY in said
    assert too_early in said
    assert asked(bench).id == before, "nothing is kept"
    assert state(bench) == "closed", "and nothing was done"
    with bench.read(COMMAND, moment()) as work:
        until = max(moment(), work.session.scalars(select(Round.closes_at)).one()) + timedelta(days=3)
    in_time = {"typed": KEY, "reason": WHY, "closes": f"{until:%Y-%m-%dT%H:%M}"}
    assert "/pending/" in ana.submit(again, in_time).headers["Location"]


def what_is_asked(visitor: Visitor, pending: str) -> dict[str, str]:
    """Return what the page of a request shows of the form: label and value."""
    tree = parsed(visitor.get(pending).text)
    names, values = (
        ["".join(each.itertext()).strip() for each in tree.iter(HTML + tag)] for tag in ("dt", "dd")
    )
    return dict(zip(names, values, strict=True))


def test_a_second_person_reads_which_round_how_many_organisations_and_whom_mail_reaches(
    twofold: Flask, bench: Bench
) -> None:
    """In words and figures, the same that the page of the act shows; never a key alone."""
    ana, eva = signed_in(twofold, ANA), signed_in(twofold, EVA)
    for path, entered in ((CLOSE, {"reason": WHY}), (CANCEL, {"reason": WHY})):
        people = re.search(r'data-count="(\d+)"', ana.get(path).text)
        shown = what_is_asked(eva, ask_at(ana, path, typed=KEY, **entered))
        assert shown["Consulta"] == "Consulta de prueba", path
        with bench.read(COMMAND, moment()) as work:
            line = rounds.round_line(work, KEY)
        assert shown["Organizaciones en el padrón"] == str(line.seats)
        assert shown["Votos recibidos"] == str(line.ballots)
        assert people is not None
        assert shown["Personas a quienes se avisa por correo"] == people[1]
        assert KEY not in shown.values()
        assert WHY in shown.values()
