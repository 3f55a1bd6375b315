"""The people on the ballot: by their roles, in an order of the seat's own, found by a filter, and light."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.trust.ordering import people_order
from consulta.platform.data import catalogue
from consulta.platform.models import Round
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.vote import service as voting
from consulta.vote.pages.forms import in_parts
from consulta.vote.values import Candidate
from tests import weights
from tests.benches import Visitor, voter_visitor
from tests.factories import build_nominee, moment
from tests.polling import Voter, open_round
from tests.vote.test_vote import BALLOT, CAST, HTML, REVIEW, Page, places

if TYPE_CHECKING:
    from flask import Flask

PEOPLE = f"{BALLOT}/people"
ROLES = ("gov_national", "gov_local", "mechanism")


def nominate(bench: Bench, count: int, seed: int = 1) -> None:
    """Put people of all roles on the ballot, of whom each says something else."""
    chance = np.random.default_rng(seed)
    syllables = [first + last for first in "bcdfglmnprst" for last in ("a", "e", "ión", "os")]
    pool = ["".join(chance.choice(syllables, size)) for size in chance.integers(1, 4, 3_000)]
    countries = [one.iso2 for one in catalogue.countries()]

    def some(least: int) -> str:
        return " ".join(chance.choice(pool, least))

    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        for number in range(1, count + 1):
            build_nominee(
                work.session,
                a_round,
                f"n{number:03d}",
                name=f"{some(3)[:40]} {number}",
                organisation=some(5)[:60],
                about=some(20)[:120],
                role=ROLES[number % 3],
                country=str(chance.choice(countries)),
            )


def shown(page: Page) -> list[tuple[str, list[str]]]:
    """Each role with the keys of its people."""
    return [
        ("".join(part[0].itertext()), [box.get("value", "") for box in part.iter(f"{HTML}input")])
        for part in page.main.iter(f"{HTML}section")
    ]


# -- the order


@given(
    st.dictionaries(st.text("abc", min_size=1), st.integers(1, 6), max_size=4), st.integers(1, 50), st.text()
)
def test_everybody_is_there_once_and_beside_their_own(sizes: dict[str, int], seat: int, told: str) -> None:
    groups = {group: [f"{group} {number}" for number in range(size)] for group, size in sizes.items()}
    order = people_order(groups, seat, told)
    assert sorted(order) == sorted(key for keys in groups.values() for key in keys)
    blocks = [key.split()[0] for key in order]
    assert len([1 for place, one in enumerate(blocks) if one not in blocks[place - 1 : place]]) in {
        len(groups),
        len(groups) - (len(groups) == 1),
    }


def test_over_the_seats_each_role_and_each_person_begins_as_often() -> None:
    groups = {role: [f"{role} {number}" for number in range(4)] for role in ROLES}
    orders = [people_order(groups, seat, "told") for seat in range(1, 13)]
    assert set(Counter(order[0].split()[0] for order in orders).values()) == {4}
    for role in ROLES:
        first = Counter(next(key for key in order if key.startswith(role)) for order in orders)
        assert set(first.values()) == {3}
    assert orders[0] == people_order(groups, 1, "told")
    assert orders != [people_order(groups, seat, "other") for seat in range(1, 13)]


def test_two_seats_see_them_in_two_orders_and_each_always_in_its_own(bench: Bench, app: Flask) -> None:
    ana, eva = open_round(bench)
    nominate(bench, 12)
    mine, again, hers = (
        shown(Page(voter_visitor(app, voter.token).get(PEOPLE))) for voter in (ana, ana, eva)
    )
    assert mine == again
    assert mine != hers
    assert sorted((role, sorted(keys)) for role, keys in mine) == sorted((r, sorted(k)) for r, k in hers)
    assert {role for role, _ in mine} == {
        "Gobierno nacional",
        "Gobierno local",
        "Representación del Mecanismo",
    }


# -- to choose and to find


def chosen_of(bench: Bench, voter: Voter) -> tuple[str, ...]:
    with bench.read(voter.actor, moment()) as work:
        current = voting.ballot(work, "2027-1").current
    return tuple(sorted(current.choice.endorsements)) if current else ()


def test_people_are_chosen_on_their_page_and_the_rest_stays(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    nominate(bench, 9)
    visitor = voter_visitor(app, voter.token)
    entered = Page(visitor.get(BALLOT)).form() | places(t3=1, t2=2) | {"objectives": ["7"]}
    page = Page(visitor.sent(PEOPLE, entered))
    ballot = Page(visitor.sent(BALLOT, page.form() | {"endorsements": ["n002", "n005"]}))
    for name, said in (("place-t3", ["1"]), ("place-t2", ["2"]), ("objectives", ["7"])):
        assert ballot.form()[name] == said
    assert sorted(ballot.form()["endorsements"]) == ["n002", "n005"]
    review = Page(visitor.sent(REVIEW, ballot.form()))
    assert visitor.post(CAST, review.form() | {"confirm": "y"}).status_code == 303
    assert chosen_of(bench, voter) == ("n002", "n005")
    assert sorted(Page(visitor.get(PEOPLE)).form()["endorsements"]) == ["n002", "n005"]


def test_a_person_is_told_with_organisation_country_and_a_line(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        build_nominee(work.session, a_round, "n01", country="HN", about="Fundó <b>tres</b> albergues")
    page = Page(voter_visitor(app, voter.token).get(PEOPLE))
    assert "Persona n01Institución n01, Honduras. Fundó <b>tres</b> albergues" in page.text


@pytest.mark.parametrize(
    ("lang", "written", "told"),
    [
        ("es", "en", "Fundó tres albergues (en inglés)"),
        ("en", "es", "Fundó tres albergues (in Spanish)"),
        ("es", "es", "Fundó tres albergues"),
    ],
)
def test_a_line_in_another_language_says_in_which(
    bench: Bench, app: Flask, lang: str, written: str, told: str
) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        build_nominee(work.session, a_round, "n01", language=written, about="Fundó tres albergues")
    page = Page(voter_visitor(app, voter.token).get(PEOPLE.replace("/es/", f"/{lang}/", 1)))
    line = page.main.find(f".//{HTML}small")
    assert line is not None
    assert "".join(line.itertext()).partition(". ")[2] == told
    assert [each.get("lang") for each in line.iter(f"{HTML}span")] == ([] if lang == written else [written])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"role": "gov_local"}, {"n02"}),
        ({"country": "HN"}, {"n02", "n03"}),
        ({"q": "ALBERGUE frontera"}, {"n03"}),
        ({"q": "persona", "role": "mechanism"}, {"n03"}),
        ({"q": "nadie así"}, set()),
        ({"role": "no such role"}, set()),
    ],
)
def test_without_script_the_address_asks_for_some_and_nothing_ticked_is_lost(
    bench: Bench, app: Flask, asked: dict[str, str], found: set[str]
) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        a_round = work.session.scalars(select(Round)).one()
        build_nominee(work.session, a_round, "n01")
        build_nominee(work.session, a_round, "n02", role="gov_local", country="HN")
        build_nominee(
            work.session, a_round, "n03", role="mechanism", country="HN", about="Albergues de la frontera"
        )
    visitor = voter_visitor(app, voter.token)
    form = Page(visitor.get(PEOPLE)).form() | places(t1=1) | {"endorsements": ["n01", "n03"]}
    answer = visitor.post(PEOPLE, form | asked)
    assert answer.status_code == 303
    page = Page(visitor.get(answer.headers["Location"]))
    assert {key for _role, keys in shown(page) for key in keys} == found
    assert sorted(page.form()["endorsements"]) == ["n01", "n03"], "also those that are not shown"
    assert page.form()["place-t1"] == ["1"]
    ballot = Page(visitor.sent(BALLOT, page.form()))
    assert sorted(ballot.form()["endorsements"]) == ["n01", "n03"]


def test_people_of_another_round_are_not_shown(bench: Bench, app: Flask) -> None:
    open_round(bench)
    there, _ = open_round(bench, "2028-1")
    visitor = voter_visitor(app, there.token)
    token = Page(visitor.get("/es/ballot/2028-1")).form()["csrf_token"]
    assert visitor.get(PEOPLE).status_code == 403
    assert visitor.post(PEOPLE, {"csrf_token": token} | places(t1=1)).status_code == 403
    assert Visitor(app.test_client()).get(PEOPLE).status_code == 403


# -- what they weigh


def test_parts_have_everybody_in_order_and_about_the_same_length() -> None:
    chance = np.random.default_rng(3)
    for count in (0, 1, 7, 63, 120, 300):
        people = [
            Candidate(f"n{number}", "a" * size, "b" * size, "mechanism", "HN", "es", "c" * size)
            for number, size in enumerate(chance.integers(1, 60, count))
        ]
        parts = in_parts(people, 2_000)
        assert [one for part in parts for one in part] == people
        letters = [sum(len(one.name + one.organisation + one.about) for one in part) for part in parts]
        assert max(letters) <= 2_000 + 3 * 60
        assert len(parts) == max(1, -(-sum(letters) // 2_000))


def test_people_in_parts_are_ticked_in_each_and_sent_together(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    nominate(bench, 240)
    visitor = voter_visitor(app, voter.token)
    page = Page(visitor.get(PEOPLE))
    first = {key for _role, keys in shown(page) for key in keys}
    assert "de 240; lo que marque se conserva al seguir." in page.text
    mine = min(first)
    answer = visitor.post(PEOPLE, page.form() | {"endorsements": [mine], "part": "2"})
    page = Page(visitor.get(answer.headers["Location"]))
    second = {key for _role, keys in shown(page) for key in keys}
    assert second
    assert not first & second
    hers = min(second)
    ticked = page.form()
    ballot = Page(visitor.sent(BALLOT, ticked | {"endorsements": [*ticked["endorsements"], hers]}))
    assert sorted(ballot.form()["endorsements"]) == sorted([mine, hers])


@pytest.mark.parametrize("lang", ["es", "en"])
def test_with_120_people_ballot_and_people_stay_light(bench: Bench, app: Flask, lang: str) -> None:
    voter, _ = open_round(bench, real=True, example=True)
    nominate(bench, 120)
    visitor = voter_visitor(app, voter.token, lang)
    rest = sum(weights.served(name) for name in ("css/consulta.css", "js/ballot.js", "favicon.svg"))
    for path in ("", "/people"):
        answer = visitor.client.get(f"/{lang}/ballot/2027-1{path}", headers={"Accept-Encoding": "gzip"})
        headers = sum(len(f"{name}: {value}\r\n") for name, value in answer.headers)
        assert len(answer.data) + headers + rest <= 20_000 - 3 * 250, "with the headers of three files more"
    with bench.read(ANONYMOUS, moment()) as work:
        assert len(work.session.scalars(select(Round)).one().nominees) == 120
