"""The call list: whom to call first, what calls came to, and that no vote waits for a note."""

from __future__ import annotations

import random  # noqa: TID251 - examples, the same in each run
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform.listing import Wanted
from consulta.platform.models import Call, Contact, LogEntry, Organisation, Round, Seat
from consulta.platform.work import COMMAND
from consulta.rounds.queries.rounds import KindTurnout
from consulta.vote import calls
from tests.added import added
from tests.deep import examples
from tests.drafts import KEY, make_open, reading, writing
from tests.factories import moment
from tests.polling import open_round
from tests.vote.test_participation import cast
from tests.vote.test_seats import send

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work
    from consulta.vote.values import CallLine
    from tests.benches import Visitor

ROUND = "/es/secretariat/rounds/2027-1"
PAGE = f"{ROUND}/calls"


def listed(bench: Bench, **chosen: str) -> list[CallLine]:
    with reading(bench) as work:
        there = calls.calls_of(work, KEY).order
        return list(calls.call_list(work, KEY, Wanted(chosen=chosen), there).rows)


def names(bench: Bench, **chosen: str) -> list[str]:
    return [call.seat.organisation for call in listed(bench, **chosen)]


def people(work: Work, organisation: str) -> list[int]:
    """The numbers of an organisation's contacts."""
    query = select(Contact.id).join(Contact.organisation).where(Organisation.name == organisation)
    return list(work.session.scalars(query))


def seat_of(work: Work, organisation: str) -> str:
    """The key of an organisation's seat."""
    return work.session.scalars(select(Seat.key).where(Seat.name == organisation)).one()


def furnish(bench: Bench, *media: str) -> None:
    """Give every contact a telephone, and some organisations the sector `media`; the others are `ngo`."""
    with writing(bench) as work:
        for contact in work.session.scalars(select(Contact)):
            contact.phone = f"+51 1 555 {contact.id:04d}"
        for seat in work.session.scalars(select(Seat)):
            if seat.name in media:
                seat.categories = {**seat.categories, "sector": "media"}


def test_sectors_without_votes_come_first_then_countries_then_the_lowest_subregion(
    either: Bench,
) -> None:
    make_open(either, "PE", "PE", "PE", "MX", "MX", "JM", "JM", "BR", "CR", "CR")
    furnish(either, "Red 001", "Red 008")
    cast(either, KEY, "Red 002", "Red 004", "Red 005", "Red 006")
    # Media has no vote (a country without votes first), Costa Rica none; then South America, 1 of 4,
    # before the Caribbean, 1 of 2.
    assert names(either) == ["Red 008", "Red 001", "Red 009", "Red 010", "Red 003", "Red 007"]
    first = listed(either)[0]
    assert first.silent == {"sector": 2, "country": 1}
    assert listed(either)[2].silent == {"country": 2}
    assert names(either, country="CR") == ["Red 009", "Red 010"]
    assert names(either, sector="media") == ["Red 008", "Red 001"]


LANGUAGE_AND_SIZE = """
[[dimension]]
key = "language"
names = {es = "Idioma de trabajo", en = "Working language"}
list = "open"

[[dimension]]
key = "size"
names = {es = "Tamaño", en = "Size"}
category = [
  {key = "small", names = {es = "Pequeña", en = "Small"}},
  {key = "large", names = {es = "Grande", en = "Large"}},
]
"""


@pytest.mark.parametrize(
    ("balance", "first"),
    [
        # Without size in the rules: the sector without votes, then the country, Costa Rica.
        ({"subregion": "equal"}, ["Red 008", "Red 001", "Red 009", "Red 010", "Red 003", "Red 007"]),
        # With it, the large ones lack votes for their share.
        ({"size": "equal"}, ["Red 003", "Red 008", "Red 001", "Red 009", "Red 010", "Red 007"]),
        ({"size": "equal", "language": "equal"}, ["Red 007", "Red 003", "Red 008", "Red 001", "Red 009"]),
    ],
)
def test_a_category_without_votes_comes_first_where_the_rules_balance_its_dimension(
    bench: Bench, staff_visitor: Visitor, settings: Settings, balance: dict[str, str], first: list[str]
) -> None:
    large, quechua = {"Red 003"}, {"Red 007"}
    make_open(bench, "PE", "PE", "PE", "MX", "MX", "JM", "JM", "BR", "CR", "CR")
    furnish(bench, "Red 001", "Red 008")
    with writing(bench) as work:
        for seat in work.session.scalars(select(Seat)):
            size, language = seat.name in large, seat.name in quechua
            own = {"language": "Quechua" if language else "Español", "size": "large" if size else "small"}
            seat.categories = {**seat.categories, **own}
        found = work.session.scalars(select(Round)).one()
        found.rules = {**found.rules, "balance": balance}
    cast(bench, KEY, "Red 002", "Red 004", "Red 005", "Red 006")
    with added(settings, LANGUAGE_AND_SIZE):
        assert names(bench)[: len(first)] == first
        assert names(bench, category_size="large") == ["Red 003"]
        assert names(bench, category_language="Quechua") == ["Red 007"]
        told = {each.seat.organisation: each.silent for each in listed(bench)}
        assert told["Red 003"] == ({"size": 1} if "size" in balance else {})
        assert told["Red 008"] == {"sector": 2, "country": 1}
        page = staff_visitor.get(f"{PAGE}?category_size=large").text
        shown = [each.seat.organisation for each in listed(bench, category_size="large")]
        assert shown == ["Red 003"]
        assert "Red 003" in page
        assert "Red 007" not in page
        assert ("«Tamaño» sin votos: Grande, 0 de 1" in page) == ("size" in balance)
        assert ("sectores, categorías de «Idioma de trabajo»" in page) == ("language" in balance)
        if "size" not in balance:
            assert "sectores y países sin votos, y después la subregión" in page


def test_who_cannot_be_called_comes_last(bench: Bench) -> None:
    make_open(bench, "PE", "PE", "MX")
    furnish(bench)
    with writing(bench) as work:
        work.session.scalars(select(Contact).order_by(Contact.id)).first().phone = ""  # type: ignore[union-attr]
    assert names(bench)[-1] == "Red 001"
    assert listed(bench)[-1].seat.people[0].phone == ""


@given(st.lists(st.integers(0, 4), min_size=16, max_size=16))
def test_the_order_is_that_of_a_slow_obvious_sort(numbers: list[int]) -> None:
    places = [
        (country, region, sector)
        for country, region in (("PE", "south"), ("BR", "south"), ("MX", "north"), ("JM", "islands"))
        for sector in ("ngo", "media")
    ]
    kinds = [
        KindTurnout({"country": country, "subregion": region, "sector": sector}, 1, seats, min(seats, voted))
        for (country, region, sector), seats, voted in zip(places, numbers[::2], numbers[1::2], strict=True)
        if seats
    ]
    there = calls.order(kinds)

    def counted(dimension: str, key: str) -> tuple[int, int]:
        same = [each for each in kinds if each.categories[dimension] == key]
        return sum(each.seats for each in same), sum(each.voted for each in same)

    for each in kinds:
        seats, voted = counted("sector", each.categories["sector"])
        assert there.silent["sector"].get(each.categories["sector"]) == (None if voted else seats)
        seats, voted = counted("country", each.categories["country"])
        assert there.silent["country"].get(each.categories["country"]) == (None if voted else seats)
        assert (there.places[each.categories["country"]] < 0) == (not voted)
    for one in kinds:
        for other in kinds:
            a, b = (there.places[each.categories["country"]] for each in (one, other))
            if a < 0 and b < 0 and a < b:
                assert counted("country", one.categories["country"]) >= counted(
                    "country", other.categories["country"]
                )
            if 0 < a < b:
                (seats, voted), (more, cast_there) = (
                    counted("subregion", each.categories["subregion"]) for each in (one, other)
                )
                assert voted / seats <= cast_there / more


@pytest.mark.parametrize("number", range(examples(4)))
def test_the_page_has_the_order_of_its_sentence(bench: Bench, staff_visitor: Visitor, number: int) -> None:
    """Of a random roll: sorted here by what the sentence says, and by nothing else."""
    chance = random.Random(number)  # noqa: S311 - an example, the same in each run
    make_open(bench, *chance.choices(("PE", "BR", "MX", "CR", "JM", "TT"), (9, 6, 3, 2, 1, 1), k=12))
    furnish(bench)
    with writing(bench) as work:
        for seat in work.session.scalars(select(Seat)):
            seat.categories = {**seat.categories, "sector": chance.choice(("ngo", "ngo", "media", "union"))}
        found = work.session.scalars(select(Round)).one()
        balance = chance.choice(({"subregion": "equal", "sector": "sqrt"}, {"country": "equal"}, {}))
        found.rules = {**found.rules, "balance": balance, "max_ballot": chance.choice((10, 250))}
        seats = {s.name: {**s.categories, "country": s.country} for s in work.session.scalars(select(Seat))}
    voted = chance.sample(sorted(seats), 4)
    cast(bench, KEY, *voted)
    with reading(bench) as work:
        lacked = [(each.dimension, each.category) for each in calls.calls_of(work, KEY).lacking]

    def turnout(name: str, dimension: str) -> tuple[int, int]:
        same = [other for other, where in seats.items() if where[dimension] == seats[name][dimension]]
        return sum(other in voted for other in same), len(same)

    def place(name: str) -> tuple[float, ...]:
        helped = sum(seats[name][dimension] == category for dimension, category in lacked)
        country, (there, whole) = turnout(name, "country"), turnout(name, "subregion")
        last = (1, there / whole) if country[0] else (0, -country[1])
        return (-helped, turnout(name, "sector")[0] > 0, *last)

    shown = names(bench)
    assert {*shown} == {*seats} - {*voted}
    places = [place(name) for name in shown]
    assert places == sorted(places)
    page = staff_visitor.get(PAGE).text
    assert ("cuyo voto ayuda a más grupos" in page) is bool(lacked)


def test_a_call_moves_an_organisation_and_a_vote_takes_it_off(bench: Bench) -> None:
    make_open(bench, "PE", "PE", "MX")
    furnish(bench)
    with writing(bench) as work:
        contact = people(work, "Red 001")[0]
        assert (
            calls.note(work, KEY, seat_of(work, "Red 001"), contact, "no_answer", " timbra \n") == "Red 001"
        )
        calls.note(work, KEY, seat_of(work, "Red 002"), None, "will_vote")
    assert names(bench, called="open") == ["Red 003"]
    assert names(bench, called="again") == ["Red 001"]
    assert names(bench, called="done") == ["Red 002"]
    (call,) = listed(bench, called="again")
    assert (call.answer, call.note) == ("no_answer", "timbra")
    with reading(bench) as work:
        counts = calls.calls_of(work, KEY).counts
    assert (counts.open, counts.again, counts.done) == (1, 1, 1)
    cast(bench, KEY, "Red 001")
    assert {*names(bench)} == {"Red 002", "Red 003"}
    with writing(bench) as work:
        made = calls.made(work, KEY)
        rows = [each for each in work.session.scalars(select(LogEntry)) if each.action == "calls.noted"]
    assert [(each.organisation, each.answer, each.note) for each in made] == [
        ("Red 002", "will_vote", ""),
        ("Red 001", "no_answer", "timbra"),
    ]
    assert len(rows) == 2
    assert not any("timbra" in each.details or "555" in each.details for each in rows)


@pytest.mark.parametrize(
    ("seat", "of", "answer", "note", "code"),
    [
        ("s009", "Red 001", "again", "", r"seat\.unknown"),
        ("", "Red 001", "maybe", "", r"call\.answer"),
        ("", "Red 002", "again", "", r"member\.contact\.unknown"),
        ("", "Red 001", "again", "x" * 301, r"call\.note"),
    ],
)
def test_what_cannot_be_noted(bench: Bench, seat: str, of: str, answer: str, note: str, code: str) -> None:
    make_open(bench, "PE", "PE")
    with writing(bench) as work, pytest.raises(Problem, match=code):
        calls.note(work, KEY, seat or seat_of(work, "Red 001"), people(work, of)[0], answer, note)


def test_the_text_for_whatsapp_has_no_personal_link_and_leads_to_a_new_one(
    bench: Bench, staff_visitor: Visitor
) -> None:
    voters = open_round(bench, real=True)
    with writing(bench) as work:
        contact = work.session.scalars(
            select(Contact).join(Contact.organisation).where(Organisation.country == "JM")
        ).one()
        contact.phone, contact.language, contact.name = "+18765550100", "en", "Inés & Cía"
        seat = work.session.scalars(select(Seat).where(Seat.country == "JM")).one()
        name, key = seat.name, seat.key
    for page in (staff_visitor.get(PAGE).text, staff_visitor.get(f"{ROUND}/seats/{key}").text):
        href = unescape(re.search(r'href="(https://wa\.me/18765550100\?[^"]*)"', page)[1])  # type: ignore[index]
        (said,) = parse_qs(urlsplit(href).query)["text"]
        assert f"The vote of {name} in" in said, "in the language of the contact"
        assert "Hello Inés & Cía" in said
        assert "http://localhost/en/new-link" in said
        assert "/v/" not in said
        area = re.findall(r"<textarea[^>]* readonly[^>]*>([^<]*)</textarea>", page)
        assert said in map(unescape, area), "the same to copy"
    with reading(bench) as work:
        theme = work.session.scalars(select(Round)).one().themes[0].key
    send(bench, voters[1], theme, "form-1")
    assert "wa.me/18765550100" not in staff_visitor.get(f"{ROUND}/seats/{key}").text, "it has voted"


def test_the_page_calls_notes_and_goes_on_to_the_ballot(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench, real=True)
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert contact is not None
        contact.phone, number = "+51 1 555 0142", contact.id
        name = work.session.get_one(Organisation, contact.organisation_id).name
    page = staff_visitor.get(PAGE).text
    assert 'href="tel:+5115550142"' in page
    note = f"{PAGE.rpartition('/')[0]}/seats/s001/calls"
    answer = staff_visitor.submit(PAGE, {"answer": "again", "contact": number}, to=note)
    assert answer.status_code == 303
    assert name in staff_visitor.get(f"{PAGE}?called=again").text
    on = staff_visitor.submit(PAGE, {"answer": "assisted"}, to=note)
    assert on.location.endswith("/seats/s001/assisted")
    with bench.read(COMMAND, moment()) as work:
        assert [each.answer for each in work.session.scalars(select(Call).order_by(Call.id))] == [
            "again",
            "assisted",
        ]
        assert all(each.staff_id for each in work.session.scalars(select(Call)))


def test_no_call_is_noted_once_voting_is_over(bench: Bench) -> None:
    make_open(bench, "PE", "PE")
    with writing(bench) as work:
        closes = calls.calls_of(work, KEY).round.closes_at
    with bench.work(COMMAND, closes + timedelta(seconds=1)) as work, pytest.raises(Problem, match="not_open"):
        calls.note(work, KEY, "s001", None, "again")


def test_a_call_is_noted_until_the_second_before_the_end_with_300_signs(bench: Bench) -> None:
    make_open(bench, "PE", "PE")
    with writing(bench) as work:
        closes = calls.calls_of(work, KEY).round.closes_at
    with bench.work(COMMAND, closes - timedelta(seconds=1)) as work:
        calls.note(work, KEY, "s001", None, "again", "x" * 300)
    with bench.work(COMMAND, closes) as work, pytest.raises(Problem, match="not_open"):
        calls.note(work, KEY, "s001", None, "again")


def test_equal_turnout_is_in_one_order_however_the_rows_come() -> None:
    kinds = [
        KindTurnout({"country": country, "subregion": country.lower(), "sector": "ngo"}, 1, 2, voted)
        for country, voted in (("PE", 1), ("BR", 1), ("MX", 0), ("JM", 0))
    ]
    assert calls.order(kinds).places == calls.order(kinds[::-1]).places


def test_an_organisation_is_shown_with_its_rounds_of_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_open(bench, "PE", "MX")
    with reading(bench) as work:
        first = work.session.scalars(select(Seat.organisation_id).where(Seat.name == "Red 001")).one()
    monkeypatch.setattr(calls.queries, "earlier_rounds", lambda *_: {first: (3, 1)})
    shown = {each.seat.organisation: (each.earlier, each.earlier_voted) for each in listed(bench)}
    assert shown == {"Red 001": (3, 1), "Red 002": (0, 0)}
