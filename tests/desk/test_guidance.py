"""The next step of a round and every count beside it, held against the database in every state of a round."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from consulta.desk import planning, reminders
from consulta.panel import dialogues, invitations
from consulta.panel import service as panels
from consulta.platform.models import (
    CurrentBallot,
    Dialogue,
    Link,
    Message,
    Nomination,
    Nominee,
    Round,
    Seat,
    Theme,
)
from consulta.platform.work import COMMAND, Bench
from consulta.results import service as results
from consulta.rounds import proposing as acts_of_proposing
from consulta.rounds import service as rounds
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from tests.cases import for_each
from tests.deep import few
from tests.desk.test_rounds import KEY, ROUND, draft, members, opened, vote
from tests.drafts import do_now
from tests.factories import moment
from tests.held_sessions import WORDS
from tests.invited import RULES, number_of, panelled, session_command
from tests.lived import once
from tests.polling import change_round
from tests.proposing import let_propose
from tests.rounds.letters.test_mass_mail import said
from tests.texts import both
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benches import Visitor

DAY = timedelta(days=1)


@once
def draft_without_themes(bench: Bench) -> None:
    members(bench)
    draft(bench, count=0)


@once
def draft_ready(bench: Bench) -> None:
    members(bench)
    draft(bench)


@once
def draft_without_nominees(bench: Bench) -> None:
    draft_ready(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.delete(work.session.scalars(select(Nominee)).one())


@once
def proposing(bench: Bench) -> None:
    draft_ready(bench)
    until = (moment() + 9 * DAY).strftime("%Y-%m-%dT%H:%M")
    do_now(bench, let_propose, KEY, until)


@once
def proposed(bench: Bench) -> None:
    """One proposal waits, and the time to propose is over."""
    proposing(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        said = {
            "kind": "person", "name": "Rosa", "organisation": "Red", "role": "gov_national",
            "country": "PE", "sector": "gov_national",
        }  # fmt: skip
        row = Nomination(round_id=found.id, said=said, state="waiting", proposed_at=moment())
        row.organisation_id = row.contact_id = 1
        work.session.add(row)
        acts_of_proposing.end(work, KEY, "Ya están todas")


@once
def planned(bench: Bench) -> None:
    draft_ready(bench)
    do_now(bench, planning.plan_opening, KEY, (moment() + 2 * DAY).strftime("%Y-%m-%dT%H:%M"))


@once
def voted(bench: Bench) -> None:
    opened(bench)
    vote(bench, "Red 001", "Red 002")


@once
def with_dead_links(bench: Bench) -> None:
    """One contact's links expired, another's were taken back."""
    voted(bench)
    with bench.work(COMMAND, moment()) as work:
        one, two, *_ = work.session.scalars(select(Link.contact_id).distinct().order_by(Link.contact_id))
        work.session.execute(update(Link).where(Link.contact_id == one).values(expires_at=moment() - DAY))
        work.session.execute(update(Link).where(Link.contact_id == two).values(revoked_at=moment()))


@once
def reminded(bench: Bench) -> None:
    """One reminder is planned."""
    voted(bench)
    do_now(bench, reminders.plan_reminder, KEY, (moment() + 2 * DAY).strftime("%Y-%m-%dT%H:%M"))


@once
def over(bench: Bench) -> None:
    voted(bench)
    change_round(bench, closes_at=moment() - timedelta(minutes=1))


@once
def closed(bench: Bench) -> None:
    voted(bench)
    do_now(bench, rounds.close_round, KEY, "Ya votaron quienes querían.")


@once
def announced(bench: Bench) -> None:
    closed(bench)
    change_round(bench, public_at=moment(), public_source=both("Lotería", "Lottery"))


@once
def counted(bench: Bench) -> None:
    closed(bench)
    do_now(bench, results.count, KEY)


@once
def counted_and_read(bench: Bench) -> None:
    counted(bench)
    change_round(bench, result_seen_at=moment())


@once
def panel_and_result_read(bench: Bench) -> None:
    panelled(bench, with_session=False)
    change_round(bench, result_seen_at=moment())


@once
def public(bench: Bench) -> None:
    counted(bench)
    do_now(bench, results.publish, KEY)


def panel_chosen(bench: Bench) -> None:
    panelled(bench, with_session=False)


@once
def panel_hidden(bench: Bench) -> None:
    """The result is public, the panel is not, and nobody is on the list of invitations."""
    panelled(bench, with_session=False)
    do_now(bench, results.publish, KEY)


@once
def session_set(bench: Bench) -> None:
    panel_hidden(bench)
    do_now(bench, dialogues.save, KEY, session_command(topics=("t1",)))


@once
def taken_over(bench: Bench) -> None:
    session_set(bench)
    do_now(bench, invitations.take_over, KEY)


@once
def asked(bench: Bench) -> None:
    taken_over(bench)
    do_now(bench, invitations.invite, KEY)


@once
def answered(bench: Bench) -> None:
    asked(bench)
    for key in ("n02", "n04", "n07", "n08"):
        number = number_of(bench, key)
        do_now(bench, invitations.mark, KEY, number, "accepted", "por teléfono")


@once
def shown(bench: Bench) -> None:
    answered(bench)
    do_now(bench, panels.publish_panel, KEY)


@once
def declined(bench: Bench) -> None:
    """One of the panel declined, and everybody else accepted."""
    answered(bench)
    number = number_of(bench, "n04")
    do_now(bench, invitations.mark, KEY, number, "declined", "por teléfono")


@once
def chosen_again(bench: Bench) -> None:
    """A newer panel than the public one."""
    shown(bench)
    do_now(bench, panels.choose, KEY, RULES)


@once
def session_cancelled(bench: Bench) -> None:
    shown(bench)
    do_now(bench, dialogues.save, KEY, session_command(cancelled=True))


@once
def session_over(bench: Bench) -> None:
    shown(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            update(Dialogue).values(starts_at=moment() - DAY, ends_at=moment() - timedelta(hours=20))
        )


@once
def attended(bench: Bench) -> None:
    session_over(bench)
    do_now(bench, attendance.add, KEY, Answers("Red", "PE", "ngo", "woman"), 9)


@once
def factsheet_public(bench: Bench) -> None:
    attended(bench)
    with bench.work(COMMAND, moment()) as work:
        factsheets.save(work, KEY, WORDS, factsheets.desk_page(work, KEY).seen)
    do_now(bench, factsheets.publish, KEY)


@once
def factsheet_with_hidden_panel(bench: Bench) -> None:
    factsheet_public(bench)
    change_round(bench, panel_version=None)


@once
def cancelled(bench: Bench) -> None:
    voted(bench)
    do_now(bench, rounds.cancel_round, KEY, "No se hará.")


# State → the next step, a part of its sentence, where its button leads, and what else is said beside it.
STATES: tuple[tuple[Callable[[Bench], None], str, str, str, tuple[str, ...]], ...] = (
    (draft_without_themes, "Agregue los temas", "dos temas o más", f"{ROUND}/themes", ()),
    (draft_ready, "Revise y abra la consulta", "quedan fijos", f"{ROUND}/open", ()),
    (draft_without_nominees, "Revise y abra la consulta", "no hay personas postuladas", f"{ROUND}/open", ()),
    (proposing, "Las organizaciones están proponiendo", "Pueden hacerlo hasta el", f"{ROUND}/proposing",
     ("mensajes están por enviarse",)),
    (proposed, "Decida sobre 1 propuesta", "Después, revise y abra", f"{ROUND}/proposing",
     ("mensajes están por enviarse",)),
    (planned, "La votación se abre sola", "puede cambiar", f"{ROUND}/open/plan", ()),
    (opened, "Programe los recordatorios: 3 organizaciones", "no han votado", f"{ROUND}/mail/reminders",
     ("3 mensajes están por enviarse",)),
    (voted, "Programe los recordatorios: 1 organización", "no han votado", f"{ROUND}/mail/reminders",
     ("mensajes están por enviarse",)),
    (with_dead_links, "Programe los recordatorios: 1 organización", "2 de 3", f"{ROUND}/mail/reminders", ()),
    (reminded, "Las organizaciones están votando", "2 de 3", f"{ROUND}/participation", ()),
    (over, "Cerrar la votación", "2 de 3", f"{ROUND}/close", ()),
    (closed, "Contar las papeletas", "una sola vez", f"{ROUND}/result", ()),
    (announced, "Registrar el valor público", "valor anunciado", f"{ROUND}/public-value", ()),
    (counted, "Leer el resultado", "cierre hecho por error", f"{ROUND}/result", ()),
    (counted_and_read, "Publicar el resultado", "Nadie fuera de la secretaría", f"{ROUND}/publish", ()),
    (public, "Elija el panel", "", f"{ROUND}/panel", ("mensajes están por enviarse",)),
    (panel_chosen, "Leer el resultado", "", f"{ROUND}/result", ()),
    (panel_and_result_read, "Publicar el resultado", "Nadie fuera de la secretaría", f"{ROUND}/publish", ()),
    (panel_hidden, "Anotar la sesión", "El resultado es público", f"{ROUND}/dialogue", ()),
    (session_set, "Invitar al panel", "", f"{ROUND}/invitations", ()),
    (taken_over, "Invitar al panel", "", f"{ROUND}/invitations",
     ("La última versión del panel no es pública",)),
    (asked, "La sesión está por celebrarse", "han aceptado 0 y faltan por responder 4",
     f"{ROUND}/invitations",
     ("La última versión del panel no es pública", "mensajes están por enviarse")),
    (answered, "Publicar el panel", "respondieron", f"{ROUND}/panel/publish", ()),
    (declined, "Busque a otra persona para 1 lugar que quedó libre", "quién podría ocupar",
     f"{ROUND}/invitations", ("La última versión del panel no es pública",)),
    (shown, "La sesión está por celebrarse", "han aceptado 4 y faltan por responder 0",
     f"{ROUND}/invitations", ()),
    (chosen_again, "Publicar el panel", "", f"{ROUND}/panel/publish", ()),
    (session_cancelled, "Anotar la sesión", "La sesión se canceló", f"{ROUND}/dialogue", ()),
    (session_over, "Anotar quiénes participaron", "La sesión terminó", f"{ROUND}/attendance", ()),
    (attended, "Escribir los hitos", "La sesión terminó", f"{ROUND}/factsheet", ()),
    (factsheet_public, "Los hitos y avances son públicos", "", f"/es/rounds/{KEY}/factsheet", ()),
    (factsheet_with_hidden_panel, "Los hitos y avances son públicos", "", f"/es/rounds/{KEY}/factsheet",
     ("La última versión del panel no es pública",)),
    (cancelled, "", "", "", ()),
)  # fmt: skip


def next_step(page: Page) -> tuple[str, str, list[str]]:
    """The next step of a page: its title, all its words, and where it leads."""
    for section in page.main.iter(f"{HTML}section"):
        if section.get("aria-labelledby") == "next-step":
            title = section.find(f".//{HTML}h2")
            assert title is not None
            links = [link.get("href", "") for link in section.iter(f"{HTML}a")]
            return "".join(title.itertext()), " ".join("".join(section.itertext()).split()), links
    return "", "", []


def counts(bench: Bench) -> dict[str, str]:
    """What the numbers of a round's page should be, by the database."""
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()

        def of(model: type[Theme | Nominee | Seat]) -> str:
            query = select(func.count()).select_from(model).where(model.round_id == found.id)
            return str(work.session.scalar(query))

        told = {"Temas": of(Theme), "Postulaciones": of(Nominee)}
        if found.opened_at is not None:
            cast = select(func.count()).select_from(CurrentBallot).join(Seat)
            told["Organizaciones en el padrón"] = of(Seat)
            told["Ya votaron"] = str(work.session.scalar(cast))
        if found.state == "open":
            good = {
                link.contact_id
                for link in work.session.scalars(select(Link))
                if link.revoked_at is None and link.expires_at > moment()
            }
            told["Contactos con un enlace que funciona"] = str(len(good))
        return told


@for_each("state, title, text, way, beside", STATES, fresh=True)
def test_the_next_step_and_every_count_are_true(
    bench: Bench, staff_visitor: Visitor, state: Any, title: Any, text: Any, way: Any, beside: Any
) -> None:
    state(bench)
    page = Page(staff_visitor.get(ROUND))
    told, words, links = next_step(page)
    assert told.startswith(title) if title else told == ""
    assert text in words
    assert (way in links) if way else (links == [])
    facts = said(Page(staff_visitor.get(f"{ROUND}/file")))
    for label, count in counts(bench).items():
        assert facts[label] == count, label
    if "Contactos con un enlace que funciona" not in counts(bench):
        assert "enlace que funciona" not in page.text
    for each in beside:
        assert each in page.text
    if not beside:
        assert "no es pública" not in page.text
    with bench.read(COMMAND, moment()) as work:
        waits = select(func.count()).where(Message.state == "queued")
        waiting = work.session.scalar(waits) or 0
    assert (f"{waiting} mensaje" in page.text) == bool(waiting)
    assert "Hay 0" not in page.text
    assert "0 propuestas" not in page.text
    assert " UTC)" not in page.text.replace("El mismo momento", ""), "hours are those of the round's zone"
    desk = staff_visitor.get("/es/secretariat/").text
    assert title in desk


def told_as_next(page: Page) -> set[str]:
    """What a page calls the next step, in the rail and in cards alike."""
    told = set()
    for parent in page.root.iter():
        words = ["".join(each.itertext()).strip() for each in parent]
        if words and words[0] == "Próximo paso":
            told.add(words[1])
    return told


@pytest.mark.parametrize("state", few(each[0] for each in STATES))
def test_every_page_tells_the_same_next_step(
    bench: Bench, staff_visitor: Visitor, state: Callable[[Bench], None]
) -> None:
    state(bench)
    pages = ("file", "participation", "result", "panel", "publish", "invitations", "dialogue", "mail")
    for place in pages:  # reading the result first is a step: the page of the round is asked after each
        answer = staff_visitor.get(f"{ROUND}/{place}".rstrip("/"))
        if answer.status_code != 200:
            continue
        with bench.read(COMMAND, moment()) as work:
            line = rounds.round_line(work, KEY)
        first, _text, _links = next_step(Page(staff_visitor.get(ROUND)))
        told = told_as_next(Page(answer))
        # The page of the invitations says in more detail what is to be done with them.
        if place != "invitations" or line.step not in {"invite", "replace", "await"}:
            assert told <= {first}, place
        assert len(told) <= 1, place


def test_the_mail_of_a_draft_does_not_say_that_nobody_was_written_to_while_mail_waits(
    bench: Bench, staff_visitor: Visitor
) -> None:
    draft_ready(bench)
    assert "Todavía no se ha escrito a nadie" in staff_visitor.get(f"{ROUND}/mail").text
    until = (moment() + 9 * DAY).strftime("%Y-%m-%dT%H:%M")
    do_now(bench, let_propose, KEY, until)
    page = Page(staff_visitor.get(f"{ROUND}/mail"))
    assert "Todavía no se ha escrito a nadie" not in page.text
    assert "Invitación a proponer" in page.text


def test_no_rule_is_shown_as_failed_before_anybody_was_invited(bench: Bench, staff_visitor: Visitor) -> None:
    taken_over(bench)
    page = Page(staff_visitor.get(f"{ROUND}/invitations"))
    assert "Todavía no se ha invitado a nadie" in page.text
    assert "▽" not in page.text
    do_now(bench, invitations.invite, KEY)
    asked_now = Page(staff_visitor.get(f"{ROUND}/invitations")).text
    assert "todavía no se sabe" in asked_now, "nobody has answered: no rule is broken"
    assert "▽" not in asked_now
    for key in ("n02", "n07"):  # the two from the Caribbean, of whom the rules ask for one
        number = number_of(bench, key)
        do_now(bench, invitations.mark, KEY, number, "declined", "por teléfono")
    assert "▽" in Page(staff_visitor.get(f"{ROUND}/invitations")).text, "now it cannot be met any more"


def test_what_was_planned_for_after_an_early_closing_is_promised_nowhere(
    bench: Bench, staff_visitor: Visitor
) -> None:
    """A reminder is planned; the voting is closed before its hour."""
    reminded(bench)
    pages = ("/es/secretariat/", "/es/secretariat/calendar", ROUND, f"{ROUND}/mail/reminders")
    before = [Page(staff_visitor.get(page)).text for page in pages]
    for text in before[1:3]:
        assert "Sale un recordatorio" in text
    assert "previsto" in before[3]
    for text in (before[0], before[3]):
        assert "Cierre de la votación:" in text
    do_now(bench, rounds.close_round, KEY, "Ya votaron quienes querían.")
    after = [Page(staff_visitor.get(page)).text for page in pages]
    for text in after:
        assert "Sale un recordatorio" not in text
        assert "Cierre de la votación:" not in text
    with bench.read(COMMAND, moment()) as work:
        line = rounds.round_line(work, KEY)
    assert line.ended_at is not None
    assert line.ended_at < line.closes_at
    for text in (after[0], after[3]):
        assert "La votación terminó:" in text
    assert "no salió: la votación cerró el" in after[3]
    assert "previsto" not in after[3]
    assert "/remove" not in staff_visitor.get(pages[3]).text


def test_what_is_missing_leads_to_where_it_is_mended(bench: Bench, staff_visitor: Visitor) -> None:
    draft_without_themes(bench)
    page = staff_visitor.get(ROUND).text
    few = re.search(r"al menos dos temas.*?<a[^>]*href=\"([^\"]*)\"", page, re.DOTALL)
    assert few is not None
    assert few[1] == f"{ROUND}/themes"
