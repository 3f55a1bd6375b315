"""The changes of the follow-up as an Atom feed: read by a parser, with entries that keep their ids."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from sqlalchemy import select

from consulta.platform.models import Organisation
from consulta.platform.work import COMMAND
from consulta.sessions.follow_up import writing
from consulta.sessions.follow_up.values import REPORTED, SEEN, Source
from tests.factories import moment
from tests.sessions.follow_up.held import KEY, followed_session
from tests.sessions.follow_up.test_reports import answered, report
from tests.texts import both

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

ATOM = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed(visitor: Visitor, query: str = "", language: str = "es") -> Element:
    """The feed, parsed, with what RFC 4287 asks of feeds and entries."""
    answer = visitor.get(f"/{language}/follow-up.atom{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    found = ElementTree.fromstring(answer.data)  # noqa: S314 - written by the program itself
    assert found.tag == f"{ATOM}feed"
    assert found.get(LANG) == language
    assert [each.text for each in found.findall(f"{ATOM}author/{ATOM}name")] != [None]
    for each in (found, *found.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (one,) = each.findall(f"{ATOM}{name}")
            assert one.text
            assert one.text.strip() == one.text
        assert datetime.fromisoformat(str(each.findtext(f"{ATOM}updated"))).tzinfo is not None
    links = {each.get("rel"): each.get("href") for each in found.findall(f"{ATOM}link")}
    assert (
        links["self"] == found.findtext(f"{ATOM}id") == f"http://localhost/{language}/follow-up.atom{query}"
    )
    assert visitor.get(str(links["alternate"]).removeprefix("http://localhost")).status_code == 200
    ids = [each.findtext(f"{ATOM}id") for each in found.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)
    updated = [str(each.findtext(f"{ATOM}updated")) for each in found.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert found.findtext(f"{ATOM}updated") == updated[0] if updated else True
    return found


def entries(found: Element) -> dict[str, Element]:
    return {
        str(each.findtext(f"{ATOM}id")).rpartition("/")[2]: each for each in found.findall(f"{ATOM}entry")
    }


def content(entry: Element) -> str:
    return str(entry.findtext(f"{ATOM}content"))


def test_an_answer_is_an_entry_beside_those_of_the_recommendations(bench: Bench, visitor: Visitor) -> None:
    _all, few = followed_session(bench)
    number = report(
        bench, moment(), few, REPORTED, "PE", answered("under_way", text="Se aprobó la ley <b>27</b> & más.")
    )
    found = entries(feed(visitor))
    assert set(found) == {"2027-R1#text", "2027-R2#text", f"2027-R2#report-{number}"}
    assert "Recomendación 2." in content(found["2027-R2#text"])
    entry = found[f"2027-R2#report-{number}"]
    assert entry.findtext(f"{ATOM}title") == "2027-R2 · Perú: Lo que informa el gobierno u organismo"
    assert "Se aprobó la ley <b>27</b> & más." in content(entry)
    assert "En marcha" in content(entry)
    (link,) = entry.findall(f"{ATOM}link")
    assert link.get("href") == "http://localhost/es/follow-up/2027-R2#PE"


def test_ids_stay_and_what_is_withdrawn_changes_its_entry(bench: Bench, visitor: Visitor) -> None:
    _all, few = followed_session(bench)
    earlier = moment() - timedelta(minutes=1)  # than the recommendations, which lead the feed at first
    number = report(
        bench, earlier, few, REPORTED, "PE", answered("under_way", text="Palabras que se retiran.")
    )
    before = entries(feed(visitor))
    key = f"2027-R2#report-{number}"
    with bench.work(COMMAND, moment() + timedelta(hours=1)) as work:
        row = writing.desk_page(work, KEY).rows[1].recommendation
        writing.withdraw_answer(work, KEY, row.id, number, "answer", both("Era un error.", "A mistake."))
    after = entries(feed(visitor))
    assert list(before) != list(after), "what changed last comes first"
    assert set(before) == set(after)
    assert next(iter(after)) == key
    assert before[key].findtext(f"{ATOM}published") == after[key].findtext(f"{ATOM}published")
    assert str(before[key].findtext(f"{ATOM}updated")) < str(after[key].findtext(f"{ATOM}updated"))
    assert "Palabras que se retiran." not in content(after[key])
    assert "Era un error." in content(after[key])
    with bench.work(COMMAND, moment() + timedelta(hours=2)) as work:
        writing.withdraw(work, KEY, row.id, both("Ya no procede.", "No longer apt."), row.version)
    gone = entries(feed(visitor))
    assert next(iter(gone)) == "2027-R2#text"
    assert "Ya no procede." in content(gone["2027-R2#text"])
    with bench.work(COMMAND, moment() + timedelta(hours=3)) as work:
        writing.restore(work, KEY, row.id, row.version + 1)
    back = entries(feed(visitor))["2027-R2#text"]
    assert "Ya no procede." not in content(back)
    assert str(back.findtext(f"{ATOM}updated")) > str(gone["2027-R2#text"].findtext(f"{ATOM}updated"))


def test_a_feed_has_what_its_address_asks_for(bench: Bench, visitor: Visitor) -> None:
    assert entries(feed(visitor)) == {}
    _all, few = followed_session(bench)
    report(bench, moment(), few, REPORTED, "PE", answered("under_way", text="Algo."))
    for query, count in (
        ("?country=PE", 3),
        ("?country=EC", 1),
        (f"?session={KEY}", 3),
        ("?kind=challenge", 0),
        ("?objective=7", 3),
    ):
        assert len(entries(feed(visitor, query))) == count, query
    assert 'href="/es/follow-up.atom"' in visitor.get("/es/follow-up").text
    assert 'href="/es/follow-up.atom?country=PE"' in visitor.get("/es/follow-up?country=PE").text
    for page in (f"/es/rounds/{KEY}/follow-up", "/es/follow-up/2027-R1"):
        assert f'href="/es/follow-up.atom?session={KEY}"' in visitor.get(page).text


def test_any_words_make_a_feed_that_parses(bench: Bench, visitor: Visitor) -> None:
    _all, few = followed_session(bench)
    signs = [*map(chr, range(0x20)), *"<&\"'ñ🙂", "]]>", "&lt;", "\ufffe", "\uffff", "\x7f", "\x85", "\u2028"]
    number = report(bench, moment(), few, REPORTED, "PE", answered(text=f"a{'x'.join(signs)}z"))
    entry = entries(feed(visitor))[f"2027-R2#report-{number}"]
    for sign in (*"<&\"'ñ🙂", "]]>", "&lt;"):
        assert f"x{sign}x" in content(entry)


def test_names_of_organisations_are_told_only_where_they_are_public(
    bench: Bench, app: Flask, visitor: Visitor
) -> None:
    _all, few = followed_session(bench)
    with bench.read(COMMAND, moment()) as work:
        lima = work.session.scalars(select(Organisation.id).where(Organisation.name == "Red de Lima")).one()
    source = Source("staff", "letter", organisation_id=lima)
    report(bench, moment(), few, SEEN, "PE", answered("preparing", text="No se ve."), source=source)
    text = visitor.get("/es/follow-up.atom").text
    assert "No se ve." in text
    assert ("Red de Lima" in text) == (app.extensions["consulta"].settings.roll == "public")
