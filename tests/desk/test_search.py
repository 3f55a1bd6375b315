"""The search of the desk: organisations, people, rounds and mail, and only what the reader may see."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from consulta.platform.work import COMMAND
from tests.desk.test_guidance import STATES
from tests.desk.test_rounds import ROUND
from tests.factories import build_organisation, moment
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

SEARCH = "/es/secretariat/search"
OPENED = {each[0].__name__: each[0] for each in STATES}["opened"]


def links(visitor: Visitor, text: str) -> list[str]:
    page = Page(visitor.get(f"{SEARCH}?q={text}"))
    return [each.get("href", "") for each in page.main.iter() if each.tag.endswith("}a")]


def test_it_finds_each_kind_without_accents_and_leads_there(bench: Bench, staff_visitor: Visitor) -> None:
    OPENED(bench)
    with bench.work(COMMAND, moment()) as work:
        made = build_organisation(work.session, name="Red Raíces de Chañaral")
        (contact,) = made.contacts
        contact.name = "Úrsula Peñaloza"
    assert f"/es/secretariat/members/{made.id}" in links(staff_visitor, "raices chanaral")
    assert f"/es/secretariat/people/contact/{contact.id}" in links(staff_visitor, "ursula penaloza")
    assert ROUND in links(staff_visitor, "2027-1")
    mails = [each for each in links(staff_visitor, "c1@example.org") if "/mail/" in each]
    assert mails
    assert staff_visitor.get(mails[0]).status_code == 200
    assert "No hay nada con esas palabras" in staff_visitor.get(f"{SEARCH}?q=xyzzy").text


FOUND_BY = (
    *("PEÑALOZA", "peñal raíces", "u.pen", "@Chanaral.example", "u.penaloza@chanaral.example.org"),
    *('"Red Raíces"', "%raices%", "raices_de", "  raices  ", "Raíces' de; --", "“raices”"),
)


def test_parts_of_a_name_or_an_address_are_found_whatever_stands_around_them(
    bench: Bench, staff_visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        member = build_organisation(work.session, name="Red Raíces de Chañaral")
        (contact,) = member.contacts
        contact.name, contact.email = "Úrsula Peñaloza", "u.penaloza@chanaral.example.org"
        other = build_organisation(work.session, name="Asociación de la Costa")
    for text in FOUND_BY:
        found = links(staff_visitor, quote(text))
        assert f"/es/secretariat/members/{member.id}" in found, text
        assert f"/es/secretariat/members/{other.id}" not in found, text


def test_too_little_to_look_for_finds_nothing_and_says_so(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, name="Alas & Amparo")
    for text in ("a", "é", "  a ", '"a"', "%a%", "&&&", "%%%", "___", "a %"):
        page = staff_visitor.get(f"{SEARCH}?q={quote(text)}")
        people = staff_visitor.submit("/es/secretariat/people", {"text": text})
        assert people.status_code == 422, text
        for each in (page, people):
            assert "al menos 3" in each.text, text
            assert "Alas" not in each.text, text


def test_a_search_for_blanks_is_the_empty_page(staff_visitor: Visitor) -> None:
    empty, blanks = (Page(staff_visitor.get(f"{SEARCH}{asked}")) for asked in ("", "?q=%20%20%20"))
    assert blanks.text == empty.text
    assert "al menos 3" in blanks.text


def test_it_is_in_the_head_of_every_page_of_the_desk_and_of_no_other(
    staff_visitor: Visitor, visitor: Visitor
) -> None:
    for path in ("/es/secretariat/", "/es/secretariat/administration", "/es/secretariat/members"):
        assert f'action="{SEARCH}"' in staff_visitor.get(path).text
    assert SEARCH not in visitor.get("/es/").text
    assert visitor.get(SEARCH).status_code == 303
