"""Focal points: named, confirmed, accepted once, one a territory at a time, public as consented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from consulta.core.problems import Problem
from consulta.desk.mail import finish
from consulta.people import focal_points, own_data
from consulta.people.focal_points import FocalCommand
from consulta.people.member_changes import Words
from consulta.platform import door
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.mailer.outbox import PlainLetter, queue_plain
from consulta.platform.models import FocalPoint, Message, Organisation
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.results import checks
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.benches import Visitor
from tests.factories import build_organisation, moment
from tests.queued import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

OWN = "/es/own-organisation/focal-points"
DESK = "/es/secretariat/members/focal-points"
PUBLIC = "/es/focal-points"
PERSON = "persona@example.org"
NAMING = {
    "kind": "state",
    "country": "PE",
    "place": "",
    "who": "other",
    "name": "Rosa Quispe",
    "email": PERSON,
    "phone": "+51 1 5550101",
    "language": "es",
}


def day(days: int) -> str:
    """A day from today, by the clocks of the secretariat."""
    return (moment().astimezone(ZoneInfo(DEFAULT_ZONE)) + timedelta(days=days)).date().isoformat()


def member(bench: Bench, name: str = "Red Sur", email: str = "sur@example.org", country: str = "PE") -> int:
    with bench.work(COMMAND, moment()) as work:
        return build_organisation(work.session, name, email=email, country=country).id


def enter(app: Flask, bench: Bench, organisation: int) -> Visitor:
    """A browser of a contact who came by the link to the data of its organisation."""
    with bench.work(COMMAND, moment()) as work:
        token = own_data.hand_out(work, organisation)
    visitor = Visitor(app.test_client())
    assert visitor.post(f"/es/m/{token}").status_code == 303
    return visitor


def command(**values: str) -> FocalCommand:
    said = {each: NAMING[each] for each in ("kind", "country", "place", "name", "email", "phone", "language")}
    return FocalCommand(**(said | values))


def named(
    bench: Bench,
    organisation: int,
    starts: str | None = None,
    ends: str | None = None,
    replaces: int | None = None,
    **values: str,
) -> int:
    """A focal point whom the secretariat named, for 300 days from today unless said otherwise; the number."""
    term = day(0) if starts is None else starts, day(300) if ends is None else ends
    with bench.work(COMMAND, moment()) as work:
        return focal_points.name_by_desk(work, organisation, command(**values), *term, replaces)


def token_of(bench: Bench, number: int) -> str:
    return next(
        str(each.token) for each in messages(bench, "focal_asked") if each.facts["focal_point"] == number
    )


def say(app: Flask, token: str, choice: str = "email") -> Any:
    return Visitor(app.test_client()).post(f"/es/r/{token}", {"choice": choice, "sure": "y", "answer": "yes"})


def accept(bench: Bench, number: int, choice: str = "email") -> None:
    with bench.work(ANONYMOUS, moment()) as work:
        opened = door.find_visitor(work, "r", token_of(bench, number), hold=True)
        assert opened is not None
        focal_points.answer(replace(work, actor=opened.actor), opened.link, choice, "")


def finished(bench: Bench, message: Message) -> Finished | Needless:
    with bench.read(WORKER, moment()) as work:
        return finish(work, message.id, Post("http://localhost"))


def row(bench: Bench, number: int) -> FocalPoint:
    with bench.read(COMMAND, moment()) as work:
        return work.session.get_one(FocalPoint, number)


def view(bench: Bench, number: int, days: int = 0) -> Any:
    with bench.read(COMMAND, moment() + timedelta(days=days)) as work:
        return focal_points.look_at_designation(work, number)


def standing(bench: Bench, number: int, days: int = 0) -> str:
    found = view(bench, number, days)
    return focal_points.standing(found.focal, found.day)


def leave(bench: Bench, organisation: int) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Organisation, organisation).active = False


def test_a_member_names_the_secretariat_confirms_the_person_accepts(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    visitor = enter(app, bench, member(bench))
    done = visitor.submit(f"{OWN}/new", NAMING)
    assert (done.status_code, done.location) == (303, f"{OWN}?done=named")
    assert "Por confirmar" in visitor.get(done.location).text
    assert visitor.submit(f"{OWN}/new", NAMING).status_code == 422, "twice"
    assert "1 por confirmar" in staff_visitor.get("/es/secretariat/members").text
    assert "Rosa Quispe" in staff_visitor.get(DESK).text
    term = {"act": "confirm", "starts": day(0), "ends": day(50)}
    assert staff_visitor.submit(f"{DESK}/1", term | {"seen": "1"}).status_code == 303
    assert "Aún no hay puntos focales" in Visitor(app.test_client()).get(PUBLIC).text
    (asked,) = messages(bench, "focal_asked")
    assert asked.address == PERSON
    made = finished(bench, asked)
    assert isinstance(made, Finished)
    assert "Perú" in made.mail.subject
    answered = say(app, str(asked.token), "email")
    assert "Su respuesta quedó registrada" in answered.text
    shown = Visitor(app.test_client()).get(PUBLIC).text
    assert "Rosa Quispe" in shown
    assert PERSON in shown
    assert "5550101" not in shown, "the telephone was not consented to"
    assert "Red Sur" in shown
    assert standing(bench, 1) == "expiring"
    assert "1 período termina en menos de 60 días" in staff_visitor.get(DESK).text
    (told,) = messages(bench, "focal_news")
    assert told.address == "sur@example.org"
    assert isinstance(finished(bench, told), Finished)
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []


def test_a_contact_of_the_member_is_named_with_the_data_on_file(app: Flask, bench: Bench) -> None:
    visitor = enter(app, bench, member(bench))
    place = {"kind": "place", "country": "", "place": "Estados Unidos (Florida)", "who": "1"}
    empty = {"name": "", "email": "", "phone": ""}
    assert visitor.submit(f"{OWN}/new", NAMING | place | empty).status_code == 303
    found = row(bench, 1)
    assert (found.name, found.email) == ("Contacto de Red Sur", "sur@example.org")
    page = visitor.get(OWN)
    assert "Estados Unidos (Florida)" in page.text
    assert visitor.post(f"{OWN}/1/withdraw", {"csrf_token": Visitor.token(page)}).status_code == 303
    assert (row(bench, 1).state, row(bench, 1).email) == ("withdrawn", "")


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(app: Flask, bench: Bench) -> None:
    organisation = member(bench)
    visitor = enter(app, bench, organisation)
    for wrong, said in (
        ({"kind": "state", "country": "ES"}, "Elija"),
        ({"kind": "state", "country": ""}, "Elija el Estado de la lista"),
        ({"kind": "place", "place": ""}, "Escriba el nombre del territorio de acogida"),
        ({"kind": "place", "place": "mexico"}, "está en la lista de Estados"),
        ({"kind": "place", "place": "x" * 50_000}, "demasiado largo"),
        ({"name": "N" * 50_000}, "demasiado largo"),
        ({"name": "\u200b"}, "Escriba el nombre de la persona"),
        ({"email": "no es un correo"}, "correo"),
        ({"email": ""}, "correo"),
        ({"phone": "llámame"}, "teléfono"),
        ({"who": "999"}, "Elija"),
        ({"kind": "otro"}, "Elija"),
    ):
        answer = visitor.submit(f"{OWN}/new", NAMING | wrong)
        assert answer.status_code == 422, wrong
        assert said in answer.text, wrong
        assert "name" in wrong or "Rosa Quispe" in answer.text, wrong
    assert visitor.submit(f"{OWN}/new", NAMING | {"name": "Rosa\x00"}).status_code == 400
    with pytest.raises(Problem, match=r"focal\.state"):
        named(bench, organisation, country="ES")
    with bench.read(COMMAND, moment()) as work:
        assert not focal_points.listed(work)[0]
    number = named(bench, organisation, kind="place", place="<script>Espa\x00ña", name="<b>Rosa\x00 Quispe")
    assert (row(bench, number).place, row(bench, number).name) == ("<script>España", "<b>Rosa Quispe")
    accept(bench, number)
    page = Visitor(app.test_client()).get(PUBLIC).text
    assert "&lt;b&gt;Rosa" in page
    assert "<b>Rosa" not in page
    assert "<script>Esp" not in page


def test_a_term_ends_after_it_begins_and_is_not_over(bench: Bench, staff_visitor: Visitor) -> None:
    organisation = member(bench)
    for starts, ends, code in (
        (day(10), day(9), "focal.ends"),
        (day(-20), day(-10), "focal.past"),
        ("mañana", day(9), "focal.starts"),
        (day(1), "", "focal.ends"),
        ("0001-01-01", day(9), "focal.starts"),
    ):
        with pytest.raises(Problem, match=code):
            named(bench, organisation, starts, ends)
    form = {each: said for each, said in NAMING.items() if each != "who"}
    wrong = form | {"organisation": str(organisation), "starts": day(10), "ends": day(9)}
    answer = staff_visitor.submit(f"{DESK}/new", wrong)
    assert answer.status_code == 422
    assert "no puede ser anterior al primero" in answer.text
    assert "Rosa Quispe" in answer.text
    right = staff_visitor.submit(f"{DESK}/new", wrong | {"ends": day(30)})
    assert right.location == f"{DESK}/1"
    again = staff_visitor.submit(f"{DESK}/new", wrong | {"ends": day(90)})
    assert again.status_code == 422
    assert "solo puede haber uno a la vez" in again.text
    assert day(30) not in again.text.partition("solo puede haber uno a la vez")[0][-200:], (
        "days are said in words"
    )


def test_a_territory_has_one_at_a_time_in_any_spelling(bench: Bench) -> None:
    first, second = member(bench), member(bench, "Otra Red", "otra@example.org")
    place = {"kind": "place", "country": "", "place": "España"}
    number = named(bench, first, day(0), day(30), **place)
    for starts, ends in ((day(0), day(30)), (day(30), day(60)), (day(5), day(6)), (day(0), day(90))):
        with pytest.raises(Problem, match=r"focal\.overlap"):
            named(bench, second, starts, ends, **(place | {"place": "  ESPANA "}))
    named(bench, second, day(31), day(60), **place)
    with bench.work(COMMAND, moment()) as work:
        focal_points.end(work, number, row(bench, number).version, "Cambió de trabajo.")
    named(bench, second, day(0), day(30), **place)
    assert standing(bench, number) == "ended"


def test_the_successor_ends_the_term_before_once_it_accepts(bench: Bench, app: Flask) -> None:
    organisation = member(bench)
    first = named(bench, organisation)
    accept(bench, first)
    with pytest.raises(Problem, match=r"focal\.successor"):
        named(bench, organisation, day(0), day(400), first, name="Luis", email="luis@example.org")
    with pytest.raises(Problem, match=r"focal\.successor"):
        named(bench, organisation, day(10), day(400), first, country="MX")
    second = named(bench, organisation, day(10), day(400), first, name="Luis", email="luis@example.org")
    assert row(bench, first).ends == day(300), "until the successor accepts"
    with pytest.raises(Problem, match=r"focal\.overlap"):
        named(bench, organisation, day(20), day(400), first)
    accept(bench, second)
    assert (row(bench, first).ends, row(bench, first).state) == (day(9), "replaced")
    assert [standing(bench, first, days) for days in (0, 9, 10)] == ["expiring", "expiring", "replaced"]
    assert [standing(bench, second, days) for days in (0, 10, 401)] == ["coming", "active", "over"]
    assert [each.id for each in view(bench, second).history] == [first]
    assert [each.facts["what"] for each in messages(bench, "focal_news")] == [
        "accepted",
        "replaced",
        "accepted",
    ]
    page = Visitor(app.test_client()).get(PUBLIC).text
    assert "Rosa Quispe" in page
    assert "Luis" not in page, "its term is to come"


def test_a_used_or_forwarded_link_does_not_answer_again(app: Flask, bench: Bench) -> None:
    organisation = member(bench)
    first = named(bench, organisation)
    other = named(bench, organisation, country="MX", email="otra@example.org", name="Otra Persona")
    token = token_of(bench, first)
    unsure = Visitor(app.test_client()).post(f"/es/r/{token}", {"choice": "email", "answer": "yes"})
    assert unsure.status_code == 422
    assert say(app, token, "name").status_code == 200
    again = say(app, token, "both")
    assert again.status_code == 422
    assert row(bench, first).shows == "name"
    assert say(app, token, "decline").status_code == 422
    assert row(bench, first).state == "accepted"
    assert row(bench, other).state == "asked", "a link answers for its own person alone"
    assert "Otra Persona" not in again.text
    assert Visitor(app.test_client()).post("/es/r/" + "x" * 43).status_code == 404
    assert say(app, token_of(bench, other), "decline").status_code == 200
    found = row(bench, other)
    assert (found.state, found.email, found.phone) == ("refused", "", ""), "who does not accept is forgotten"
    assert [each.facts["what"] for each in messages(bench, "focal_news")] == ["accepted", "refused"]
    named(bench, organisation, country="MX", email="luis@example.org")


def test_of_an_organisation_that_left_nothing_goes_on(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    organisation = member(bench)
    visitor = enter(app, bench, organisation)
    assert visitor.submit(f"{OWN}/new", NAMING | {"country": "MX"}).status_code == 303
    active, asked = named(bench, organisation), named(bench, organisation, country="CL")
    accept(bench, active)
    leave(bench, organisation)
    assert visitor.get(OWN).status_code == 403
    confirmed = staff_visitor.post(
        f"{DESK}/1",
        {
            "csrf_token": Visitor.token(staff_visitor.get(f"{DESK}/1")),
            "act": "confirm",
            "seen": "1",
            "starts": day(0),
            "ends": day(9),
        },
    )
    assert confirmed.status_code == 422
    assert "ya no es integrante" in confirmed.text
    assert "Rosa Quispe" not in Visitor(app.test_client()).get(PUBLIC).text
    assert say(app, token_of(bench, asked)).status_code == 404
    with pytest.raises(Problem, match=r"focal\.left"):
        named(bench, organisation, country="BR")
    assert standing(bench, active) == "left"
    with bench.work(COMMAND, moment()) as work, pytest.raises(Problem, match=r"focal\.no_one"):
        focal_points.write_change(work, Words({"es": "Aviso"}, {"es": "Hola."}))
    (waiting, *_more) = [
        each for each in messages(bench, "focal_asked") if each.facts["focal_point"] == asked
    ]
    assert isinstance(finished(bench, waiting), Needless)


def test_of_two_secretaries_the_second_is_told(bench: Bench, staff_visitor: Visitor, app: Flask) -> None:
    visitor = enter(app, bench, member(bench))
    visitor.submit(f"{OWN}/new", NAMING)
    page = f"{DESK}/1"
    assert staff_visitor.submit(page, {"act": "decline", "seen": "1", "reason": ""}).status_code == 422
    declined = {"act": "decline", "seen": "1", "reason": "Ya hay una persona."}
    assert staff_visitor.submit(page, declined).status_code == 303
    token = Visitor.token(staff_visitor.get(f"{DESK}/new"))
    late = {"csrf_token": token, "act": "confirm", "seen": "1", "starts": day(0), "ends": day(9)}
    answer = staff_visitor.post(page, late)
    assert answer.status_code == 422
    assert "cambió mientras usted lo revisaba" in answer.text
    assert (row(bench, 1).state, row(bench, 1).email) == ("declined", "")
    (told,) = messages(bench, "focal_news")
    made = finished(bench, told)
    assert isinstance(made, Finished)
    assert "Ya hay una persona." in made.mail.halves[0].text


def test_two_at_once_do_not_get_the_same_days(either: Bench) -> None:
    organisations = [member(either, f"Red {number}", f"red{number}@example.org") for number in range(4)]

    def ask(organisation: int) -> str:
        try:
            named(either, organisation)
        except Problem as problem:
            return problem.code
        return "named"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(ask, organisations))
    assert outcomes == ["focal.overlap"] * 3 + ["named"]
    with either.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []


def test_the_whole_way_on_both_databases(either: Bench) -> None:
    organisation = member(either)
    first = named(either, organisation)
    accept(either, first, "both")
    second = named(either, organisation, day(10), day(90), first, email="luis@example.org")
    accept(either, second, "unlisted")
    with either.work(COMMAND, moment()) as work:
        assert focal_points.write_change(work, Words({"es": "Aviso"}, {"es": "Hola."})) == 1
        assert len(focal_points.look_at_designation(work, first).mails) == 4
    for each in (*messages(either, "focal_news"), *messages(either, "focal_circular")):
        made = finished(either, each)
        assert isinstance(made, Finished)
        assert "{" not in "".join(half.text for half in made.mail.halves)
    had = {each: len(view(either, each).mails) for each in (first, second)}
    kinds = [name for name, each in mail_kinds.kinds().items() if each.readers == "others"]
    letters = [
        PlainLetter(kind, "", "", "", "a@example.org", "es", f"{kind}:{of}", None, {"focal_point": of})
        for kind in kinds
        for of in had
    ]
    with either.work(COMMAND, moment()) as work:
        queue_plain(work, letters)
    for number, count in had.items():
        assert {*kinds} <= {each.kind for each in view(either, number).mails}
        assert len(view(either, number).mails) == count + len(kinds), "those of the other are on its own page"


def test_the_public_sees_what_was_consented_to_and_it_can_be_taken_back(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    organisation = member(bench)
    for country, choice in (("PE", "both"), ("MX", "email"), ("CL", "name"), ("BR", "unlisted")):
        number = named(
            bench, organisation, country=country, name=f"Persona {country}", email=f"{country}@example.org"
        )
        accept(bench, number, choice)
    page = Visitor(app.test_client()).get(PUBLIC).text
    assert page.count(">+51 1 5550101</a>") == 1
    assert [f"{each}@example.org" in page for each in ("pe", "mx", "cl", "br")] == [True, True, False, False]
    assert [f"Persona {each}" in page for each in ("PE", "MX", "CL", "BR")] == [True, True, True, False]
    assert "Brasil" in page
    seen = str(row(bench, 1).version)
    assert staff_visitor.submit(f"{DESK}/1", {"act": "unlist", "seen": seen}).status_code == 303
    with bench.work(COMMAND, moment()) as work:
        focal_points.end(work, 2, row(bench, 2).version, "Cambió de país.")
    page = Visitor(app.test_client()).get(PUBLIC).text
    assert ("Persona PE" in page, "Persona MX" in page, "Persona CL" in page) == (False, False, True)
    ended = [each.address for each in messages(bench, "focal_news") if each.facts["what"] == "ended"]
    assert sorted(ended) == ["mx@example.org", "sur@example.org"]


def test_mail_goes_to_each_focal_point_once_after_it_was_shown(bench: Bench, staff_visitor: Visitor) -> None:
    first, second = member(bench), member(bench, "Otra Red", "otra@example.org", "MX")
    accept(bench, named(bench, first))
    accept(bench, named(bench, first, country="CL"))
    accept(bench, named(bench, second, country="MX", email="mx@example.org", language="en"))
    named(bench, second, country="BR", email="asked@example.org")
    page = f"{DESK}/write"
    shown = staff_visitor.get(page)
    assert 'data-count="2"' in shown.text
    assert "asked@example.org" not in shown.text
    words = {"subject_es": "Reunión", "text_es": "Nos vemos el lunes."}
    looked = staff_visitor.submit(page, words | {"look": "1"})
    assert "Nos vemos el lunes." in looked.text.partition("letter-text")[2].partition("</article>")[0]
    assert not messages(bench, "focal_circular")
    assert staff_visitor.submit(page, {"subject_es": "", "text_es": "Algo"}).status_code == 422
    assert staff_visitor.submit(page, words).status_code == 303
    again = staff_visitor.submit(page, words)
    assert again.status_code == 422, "the button pressed twice"
    assert "hoy se les envió" in again.text or "mismo" in again.text
    assert sorted(each.address for each in messages(bench, "focal_circular")) == ["mx@example.org", PERSON]
    made = finished(bench, messages(bench, "focal_circular")[0])
    assert isinstance(made, Finished)
    assert made.mail.subject == "Reunión"
    assert "Nos vemos el lunes." in made.mail.halves[0].text


def test_mail_is_read_by_the_clocks_of_the_state(bench: Bench, staff_visitor: Visitor) -> None:
    """Not by those of the member, which may be elsewhere; by these of a territory that is no State."""
    clocks = {}
    for number, (state, home) in enumerate((("JM", "MX"), ("BR", "PE"), ("AR", "CL"), ("", "CL"))):
        told = {"country": state} if state else {"kind": "place", "country": "", "place": "Tapachula"}
        by = member(bench, f"Red {number}", f"red{number}@example.org", home)
        accept(bench, named(bench, by, email=f"p{number}@example.org", **told))
        clocks[f"p{number}@example.org"] = state or home
    asked = {each.address: each.facts["country"] for each in messages(bench, "focal_asked")}
    assert asked == clocks
    with bench.read(COMMAND, moment()) as work:
        people = focal_points.readers()(replace(work, actor=COMMAND)).people
    assert {each.email: each.country for each in people} == clocks
    staff_visitor.submit(f"{DESK}/write", {"subject_es": "Reunión", "text_es": "Nos vemos el lunes."})
    assert {each.address: each.facts["country"] for each in messages(bench, "focal_circular")} == clocks


def test_other_members_see_those_of_their_country(app: Flask, bench: Bench) -> None:
    first, second = member(bench), member(bench, "Otra Red", "otra@example.org")
    far = member(bench, "Red Norte", "norte@example.org", "MX")
    accept(bench, named(bench, first), "name")
    page = enter(app, bench, second).get(OWN).text
    assert "Rosa Quispe" in page
    assert PERSON not in page
    assert "Rosa Quispe" not in enter(app, bench, far).get(OWN).text
    theirs = enter(app, bench, second)
    token = Visitor.token(theirs.get(f"{OWN}/new"))
    assert theirs.post(f"{OWN}/1/withdraw", {"csrf_token": token}).status_code in {404, 422}
    assert row(bench, 1).state == "accepted"
