"""An installation offers the languages that it chose, and an added one works without a change of code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.core.texts import Text
from consulta.desk import opening
from consulta.people import members
from consulta.platform import accounts
from consulta.platform.data import tongues
from consulta.platform.formats import letter_mail
from consulta.platform.models import Contact, Message, Round
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.web.language import lang_of, local, percent, speaking
from consulta.platform.work import Actor, Bench
from consulta.rounds import frozen, themes
from consulta.rounds import service as rounds
from consulta.rounds.letters import service as letters
from consulta.rounds.letters.service import Finished, Post
from tests.benches import PASSWORD, Visitor
from tests.cases import for_each
from tests.drafts import BASE, NOW, join_members, reading, round_command, theme_command, writing

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

ALL = tongues.codes()
REDE = members.OrganisationCommand("Rede Aberta", "BR", {"sector": "ngo"})
TITLE = Text(
    {code: f"Test round ({code})" for code in ALL}
    | {"es": "Consulta de prueba", "en": "Test round", "pt": "Consulta de teste"}
)


@pytest.fixture
def three(settings: Settings, bench: Bench) -> tuple[Flask, Bench]:
    """An installation that offers every language of the list."""
    everything = Bench(bench.engine)
    assert everything.languages == ALL
    return create_app(replace(settings, languages=ALL), everything), everything


def opened(bench: Bench) -> str:
    """An open round whose title, question and first theme are in every language; a member in Brazil."""
    join_members(bench, "PE", "MX", "JM")
    with writing(bench) as work:
        number = members.add_organisation(work, REDE)
        members.add_contact(work, number, members.ContactCommand("Luiza", "luiza@example.org"))
    with writing(bench) as work:
        key = rounds.create_round(work, round_command(title=TITLE, question=TITLE))
        for number in range(1, 7):
            themes.save_theme(work, key, theme_command(number, **({"title": TITLE} if number == 1 else {})))
    with writing(bench) as work:
        opening.open_round(work, key)
    return key


def test_each_language_has_its_pages_and_links_to_all_others(three: tuple[Flask, Bench]) -> None:
    app, _bench = three
    visitor = Visitor(app.test_client())
    for code in ALL:
        page = visitor.get(f"/{code}/").text
        assert f'<html lang="{code}">' in page
        for other in ALL:
            name = f'<span class="own">{tongues.of(other).own}</span>'
            link = f'hreflang="{other}"><span class="brief">{other} </span>{name}</a>'
            assert (link in page) is (other != code)


def test_a_browser_is_answered_in_its_language_where_that_is_offered(three: tuple[Flask, Bench]) -> None:
    app, _bench = three
    client = app.test_client()
    for asked, given in (("pt-BR,pt;q=0.9", "pt"), ("xx", ALL[0]), ("en", "en")):
        answer = client.get("/", headers={"Accept-Language": asked})
        assert answer.headers["Location"].endswith(f"/{given}/")


def test_a_language_that_is_not_offered_leads_on_and_is_nowhere(app: Flask, staff_visitor: Visitor) -> None:
    visitor = Visitor(app.test_client())
    sent = visitor.get("/pt/method?part=1")
    assert (sent.status_code, sent.headers["Location"]) == (307, "/es/method?part=1")
    assert visitor.get("/xx/").status_code == 404
    assert "Português" not in visitor.get("/es/").text
    assert 'name="title_pt"' not in staff_visitor.get("/es/secretariat/new-round").text


def test_the_desk_is_in_its_own_languages(three: tuple[Flask, Bench]) -> None:
    app, bench = three
    with writing(bench) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat")
    visitor = Visitor(app.test_client())
    sent = visitor.get("/pt/secretariat/?state=open")
    assert (sent.status_code, sent.headers["Location"]) == (307, "/es/secretariat/?state=open")
    page = visitor.get("/es/account/sign-in").text
    assert 'hreflang="en"' in page
    assert 'hreflang="pt"' not in page
    signed_in = visitor.submit("/es/account/sign-in", {"email": "ana@example.org", "password": PASSWORD})
    assert signed_in.status_code == 303
    assert 'href="/es/secretariat/"' in visitor.get("/pt/").text
    form = visitor.get("/es/secretariat/new-round").text
    assert [f'name="title_{code}"' in form for code in ALL] == [True] * len(ALL)


def test_names_stand_in_the_order_of_the_language_of_the_page(three: tuple[Flask, Bench]) -> None:
    """In Spanish ñ is a letter behind n; a reader of Portuguese or English looks for it at n."""
    app, bench = three
    names = ("Naciones", "Ñandú", "Nube", "Açaí", "Acuerdo", "Óbidos", "Ocaso")
    with writing(bench) as work:
        for name in names:
            members.add_organisation(work, members.OrganisationCommand(name, "PE", {"sector": "ngo"}))
    visitor = Visitor(app.test_client())
    first = ["Açaí", "Acuerdo", "Naciones"]
    for code in ALL:
        page = visitor.get(f"/{code}/members").text
        shown = sorted(names, key=page.index)
        enye = ["Nube", "Ñandú"] if "ñ" in tongues.of(code).letters else ["Ñandú", "Nube"]
        assert shown == [*first, *enye, "Óbidos", "Ocaso"], code


def test_a_member_in_brazil_is_written_to_in_portuguese_first(three: tuple[Flask, Bench]) -> None:
    _app, bench = three
    opened(bench)
    with reading(bench) as work:
        contact = work.session.scalars(select(Contact).where(Contact.email == "luiza@example.org")).one()
        assert contact.language == "pt"
        number = work.session.scalars(select(Message.id).where(Message.contact_id == contact.id)).one()
    with bench.work(Actor("worker"), NOW) as work:
        found = letters.finish(work, number, Post(BASE))
    assert isinstance(found, Finished)
    assert [half.language for half in found.mail.halves] == ["pt", ALL[0]]
    assert TITLE["pt"] in found.mail.halves[0].text
    assert f"{BASE}/pt/v/" in found.mail.halves[0].text
    text = letter_mail.together(found.mail.halves)
    assert text.startswith("(Más abajo, en español.)")


def test_where_portuguese_is_not_offered_brazil_gets_the_first_language(bench: Bench) -> None:
    with writing(bench) as work:
        number = members.add_organisation(work, REDE)
        members.add_contact(work, number, members.ContactCommand("Luiza", "luiza@example.org"))
        assert work.session.scalars(select(Contact.language)).one() == "es"


def test_pages_read_every_language_and_the_bundle_keeps_its_two(three: tuple[Flask, Bench]) -> None:
    app, bench = three
    key = opened(bench)
    visitor = Visitor(app.test_client())
    for code in ALL:
        page = visitor.get(f"/{code}/rounds/{key}").text
        assert TITLE[code] in page
    assert ' lang="es">Tema número 2' in visitor.get(f"/pt/rounds/{key}").text
    with reading(bench) as work:
        found = work.session.scalars(select(Round)).one()
        package = json.loads(found.frozen or "")
        assert package["round"]["title"] == {"es": TITLE["es"], "en": TITLE["en"]}
        assert package["themes"][0]["title"] == {"es": TITLE["es"], "en": TITLE["en"]}
        first = package["themes"][0]["key"]
        others = {code: TITLE[code] for code in ALL if code not in {"es", "en"}}
        bound = ("title", "question", f"themes.{first}.title")
        assert package["translations"] == dict.fromkeys(bound, others)
        assert json.loads(frozen.texts(found))["translations"] == package["translations"]


def test_a_round_in_two_languages_freezes_what_it_always_did(bench: Bench) -> None:
    join_members(bench, "PE", "MX", "JM")
    with writing(bench) as work:
        key = rounds.create_round(work, round_command())
        for number in range(1, 7):
            themes.save_theme(work, key, theme_command(number))
        opening.open_round(work, key)
        found = work.session.scalars(select(Round)).one()
        assert "translations" not in json.loads(found.frozen or "")


@for_each("wanted, given", [("", ALL), ("en", ("en",)), ("pt es", ("pt", "es")), ("EN, pt", ("en", "pt"))])
def test_an_installation_chooses_its_languages(tmp_path: Path, wanted: str, given: tuple[str, ...]) -> None:
    assert read_settings(tmp_path, wanted).languages == given


@for_each(
    "wanted, said",
    [("es xx", f"must be codes from {', '.join(ALL)}"), ("es es", "each once"), ("pt", "needs a language")],
)
def test_a_choice_that_cannot_be_is_refused_with_its_reason(tmp_path: Path, wanted: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(tmp_path, wanted)


def read_settings(folder: Path, languages: str) -> Settings:
    return Settings.from_env(
        {
            "CONSULTA_DATA": str(folder),
            "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
            "CONSULTA_LANGUAGES": languages,
        }
    )


def test_a_reader_gets_the_asked_language_else_the_first_one_marked(three: tuple[Flask, Bench]) -> None:
    app, _bench = three
    with app.test_request_context("/pt/"):
        for code in ALL:
            with speaking(code):
                assert local(TITLE) == TITLE[code]
                assert lang_of(TITLE) == ""
        with speaking("pt"):
            only_english = Text({"en": "Only English"})
            assert (local(only_english), lang_of(only_english)) == ("Only English", ' lang="en"')
            assert lang_of(Text({"en": "x", "es": "y"})) == ' lang="es"'
            assert (local(Text.name("Red")), lang_of(Text.name("Red"))) == ("Red", "")


def test_a_constant_of_a_page_is_written_for_each_reader(three: tuple[Flask, Bench]) -> None:
    """A figure that stands in a template is written anew for each language, whoever reads first."""
    app, _bench = three
    visitor = Visitor(app.test_client())
    pages = {code: visitor.get(f"/{code}/method").get_data(as_text=True) for code in ("es", "en")}
    for code, page in pages.items():
        with app.test_request_context(), speaking(code):
            assert percent(0.95) in page
    assert percent_sign(pages["es"]) != percent_sign(pages["en"])


def percent_sign(page: str) -> str:
    """Return how a page writes 95 of a hundred."""
    return re.findall(r"95(\s?%)", page)[0]
