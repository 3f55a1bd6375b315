"""A public panel as squares and rows: they are its people, and nothing tells of who is not named."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.core.values import PanelRules, Quota
from consulta.panel import service as panels
from consulta.panel.public.headings import because
from consulta.panel.public_parts import OF_EVERYBODY, balances, public_rows
from consulta.panel.values import PublicPeople, PublicPlace, PublishedPanel, RuleRow
from consulta.platform.labels import name_of
from consulta.platform.models import Round
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND
from tests.closed import counted, mixed
from tests.deep import deep, examples
from tests.factories import build_nominee, moment
from tests.invited import confirm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

THREE = ("es", "en", "pt")
RANDOM = hypothesis_settings(
    max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck)
)
CATEGORIES = {
    "role": ("gov_national", "gov_local", "mechanism"),
    "subregion": ("caribbean", "mesoamerica", "south_america"),
    "sector": ("ngo", "academia", "diaspora_org"),
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of an installation in all three languages."""
    return replace(settings, languages=THREE)


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some people with their categories; some of them are named in public."""
    each = st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in CATEGORIES.items()}
        | {name: st.booleans() for name in ("named", "confirmed", "spoke")}
        | {"country": st.sampled_from(("JM", "GT", "PE", "CO"))}
    )
    return draw(st.lists(each, min_size=1, max_size=9))


@st.composite
def demands(draw: st.DrawFn) -> list[tuple[str, str, int, int | None]]:
    """Rules on categories: dimension, category, the least and the most people."""
    among = [(name, value) for name, values in CATEGORIES.items() for value in values]
    chosen = draw(st.lists(st.sampled_from(among), unique=True, max_size=6))
    return [
        (name, value, low := draw(st.integers(0, 3)), draw(st.sampled_from([None, low, low + 1])))
        for name, value in chosen
    ]


def places_of(them: Sequence[dict[str, Any]]) -> list[PublicPlace]:
    """The same people as the public reads of them."""
    return [
        PublicPlace(
            one["role"],
            name_of("role", one["role"]),
            name_of("subregion", one["subregion"]),
            one["confirmed"],
            {name: one[name] for name in (*CATEGORIES, "country") if one["named"] or name in OF_EVERYBODY},
            number,
            name=f"Persona {number}" if one["named"] else "",
            sector=name_of("sector", one["sector"]) if one["named"] else None,
            spoke=one["spoke"],
        )
        for number, one in enumerate(them, 1)
    ]


def panel(places: Sequence[PublicPlace], rows: Sequence[RuleRow], **values: Any) -> PublishedPanel:
    """A public panel of these places and rules, on which nothing was decided by hand."""
    told: dict[str, Any] = {each.name: () for each in fields(PublishedPanel)}
    nobody = dict.fromkeys(("accepted", "invited", "by_hand"), PublicPeople())
    known = {"session": None, "free": 0, "standing": "best", "is_recorded": False, **nobody}
    return PublishedPanel(**{**told, **known, "seats": tuple(places), "rows": tuple(rows), **values})


def rows_of(them: Sequence[dict[str, Any]], asked: Sequence[Any]) -> list[RuleRow]:
    """The rules with what the whole panel has, as the kept document says it, and two that count values."""
    counted_rows = []
    for name, value, low, high in asked:
        have = sum(one[name] == value for one in them)
        ok = low <= have <= (len(them) if high is None else high)
        kind = "role" if name == "role" else "quota"
        counted_rows.append(
            row(kind, name, value, have=have, low=low, high=high, ok=ok, who=("Persona oculta",))
        )
    sectors = len({one["sector"] for one in them})
    same = max(Counter(one["sector"] for one in them).values())
    return [
        *counted_rows,
        row("mixed", "sector", "", have=sectors, low=2, high=None, ok=sectors > 1),
        row("at_most", "country", "", have=same, low=0, high=2, ok=same <= 2),
    ]


def row(kind: str, name: str, value: str, **values: Any) -> RuleRow:
    told = name_of(name, value) if value else Text.name("")
    return RuleRow(kind, name, told, percent=None, hard=True, pool=7, code=value, **values)


@RANDOM
@given(people(), demands())
def test_the_squares_are_the_people_and_the_room_is_what_the_rules_leave(
    them: list[dict[str, Any]], asked: list[Any]
) -> None:
    places = places_of(them)
    for balance in balances(places, public_rows(rows_of(them, asked), places)):
        name = balance.dimension
        numbers = sorted(place.number for group in balance.groups for place in group.places)
        assert numbers == [place.number for place in places], "everybody once in each picture"
        rules = {value: (low, high) for dimension, value, low, high in asked if dimension == name}
        for group in balance.groups:
            have = len(group.places)
            (value,) = {place.codes[name] for place in group.places} or {
                group.rule.code if group.rule else ""
            }
            assert have == sum(one[name] == value for one in them)
            low, high = rules.get(value, (0, None))
            assert group.free == (0 if high is None else max(0, high - have))
            assert group.missing == max(0, low - have)


@RANDOM
@given(people(), demands(), st.data())
def test_what_is_made_of_a_panel_does_not_depend_on_people_not_named(
    app: Flask, them: list[dict[str, Any]], asked: list[Any], data: st.DataObject
) -> None:
    """Other people of the same roles and subregions, with whom the same rules are met, look the same."""
    others = [
        one if one["named"] else {**one, "sector": data.draw(st.sampled_from(CATEGORIES["sector"]))}
        for one in them
    ]
    rows, other_rows = rows_of(them, asked), rows_of(others, asked)
    if [each.ok for each in rows] == [each.ok for each in other_rows]:
        places, other_places = places_of(them), places_of(others)
        public, other = public_rows(rows, places), public_rows(other_rows, other_places)
        assert public == other
        assert not [each for each in public if each.who]
        assert balances(places, public) == balances(other_places, other)
        with app.test_request_context(), speaking("en"):
            assert [because(each, panel(places, public)) for each in places] == [
                because(each, panel(other_places, other)) for each in other_places
            ]


HIDDEN = {
    "left": {"country": "CO", "sector": "ngo", "support": 9100, "organisation": "Casa Ceiba"},
    "right": {"country": "EC", "sector": "diaspora_org", "support": 8200, "organisation": "Red Guayaba"},
}
"""Two people of one role and one subregion; only one of them is on each panel, and has not accepted."""


@pytest.mark.deep
@pytest.mark.parametrize("secrecy", [deep("open"), deep("pseudonymous"), "aggregate"])
def test_two_panels_that_differ_in_who_has_not_accepted_have_one_page(
    bench: Bench, visitor: Visitor, secrecy: str
) -> None:
    pages = {}
    for key, (side, person) in zip(("2031-1", "2031-2"), HIDDEN.items(), strict=True):
        hidden_panel(bench, key, secrecy, side, person)
        for lang in THREE:
            answer = visitor.get(f"/{lang}/rounds/{key}/panel")
            assert answer.status_code == 200, (lang, key)
            pages[side, lang] = same_for_all(answer.text, key)
            assert person["organisation"] not in answer.text
    for lang in THREE:
        assert pages["left", lang] == pages["right", lang]
        assert 'aria-label="4, ' in pages["left", lang]


def hidden_panel(bench: Bench, key: str, secrecy: str, side: str, person: dict[str, Any]) -> None:
    """A public panel of four of which three are named; the fourth is one of two people."""
    counted(bench, key, mixed(6, ("t1", "t2"), ("t1", "t3")), secrecy=secrecy)
    named = {
        "n1": ("gov_national", "JM", "gov_national"),
        "n2": ("gov_local", "GT", "ngo"),
        "n5": ("mechanism", "PE", "academia"),
    }
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == key)).one()
        for nominee, (role, country, sector) in named.items():
            fields = {"role": role, "country": country, "sector": sector, "support": 5000}
            build_nominee(
                work.session, found, nominee, name=f"Persona {nominee}", organisation=nominee, **fields
            )
        hidden = {"role": "mechanism", "name": f"Oculta {side}", "email": f"{side}@example.org", **person}
        build_nominee(work.session, found, "n3" if side == "left" else "n9", **hidden)
    rules = PanelRules(
        size=4,
        roles={"mechanism": (1, 3)},
        quotas=(
            Quota("subregion", "south_america", 2, None),
            Quota("sector", "academia", 1, None),
        ),
        at_most={"country": 2},
        mixed=("sector",),
    )
    with bench.work(COMMAND, moment()) as work:
        assert panels.choose(work, key, rules)
    confirm(bench, key, *named)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, key)


def same_for_all(page: str, key: str) -> str:
    """A page without what differs from round to round: its key, digests, and the minute of an act."""
    page = html.unescape(page).replace(key, "KEY")
    return re.sub(r"[0-9a-f]{64}|\d{1,2}:\d{2}|20\d\dT[\d:]+", "…", page)
