"""Why people sit on a public panel: every sentence is true of them, and none tells of who is not named."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.core.values import PanelRules, Quota
from consulta.panel import service as panels
from consulta.panel.public_parts import balances, public_rows, reasons_of
from consulta.panel.values import PublicPlace, RuleRow
from consulta.platform.labels import name_of
from consulta.platform.models import Round
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND
from tests.closed import counted, mixed
from tests.deep import deep, examples
from tests.factories import build_nominee, moment
from tests.invited import confirm
from tests.panel.words import in_words

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
        | {"named": st.booleans(), "confirmed": st.booleans()}
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
            {name: one[name] for name in CATEGORIES if one["named"] or name != "sector"},
            number,
            name=f"Persona {number}" if one["named"] else "",
            sector=name_of("sector", one["sector"]) if one["named"] else None,
        )
        for number, one in enumerate(them, 1)
    ]


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
def test_reasons_are_true_of_the_people(app: Flask, them: list[dict[str, Any]], asked: list[Any]) -> None:
    places, rows = places_of(them), rows_of(them, asked)
    whole = all(one["named"] for one in them)
    for one, place in zip(them, places, strict=True):
        reasons = reasons_of(place, places, public_rows(rows, places))
        helped = {(each.rule.attribute, each.rule.code) for each in reasons if each.rule.kind != "mixed"}
        assert helped == {
            (name, value)
            for name, value, low, _high in asked
            if low and one[name] == value and (name != "sector" or one["named"])
        }
        for each in reasons:
            name, others = each.rule.attribute, [other for other in them if other is not one]
            if name == "sector" and not whole:
                others = [other for other in others if other["named"]]
            assert each.have == 1 + sum(other[name] == one[name] for other in others)
            missed = each.have - 1 < each.rule.low
            assert each.needed == (
                missed and each.rule.ok and each.rule.kind != "mixed" and (name != "sector" or whole)
            )
    told = [reasons_of(place, places, public_rows(rows, places)) for place in places]
    for lang in THREE:
        with app.test_request_context(), speaking(lang):
            for reasons in told:
                check_words(lang, [in_words("because", each) for each in reasons], reasons)


MISSING = {
    "es": ("no habría ninguna.", "faltaría una."),
    "en": ("there would be none.", "would be missing."),
    "pt": ("não haveria nenhuma.", "faltaria uma."),
}


def check_words(lang: str, said: list[str], reasons: Sequence[Any]) -> None:
    """Every reason is said, once, with its category and how many there are, where it is not the only one."""
    for each, sentence in zip(reasons, said, strict=True):
        assert each.value[lang] in sentence
        if each.rule.kind != "mixed":
            assert each.have == 1 or str(each.have) in sentence
            assert each.needed == (sentence.endswith(MISSING[lang]))
    assert not [sentence for sentence in said if "%(" in sentence or "None" in sentence]


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
        hidden = [one for one in them if name == "sector" and not one["named"]]
        for group in balance.groups:
            have = len(group.places)
            if group.value is None:
                assert have == len(hidden)
                continue
            (value,) = {place.codes[name] for place in group.places} or {
                group.rule.code if group.rule else ""
            }
            assert have == sum(one[name] == value and one not in hidden for one in them)
            low, high = rules.get(value, (0, None))
            assert group.free == (0 if hidden or high is None else max(0, high - have))
            assert group.missing == (0 if hidden else max(0, low - have))


@RANDOM
@given(people(), demands(), st.data())
def test_what_is_made_of_a_panel_does_not_depend_on_people_not_named(
    them: list[dict[str, Any]], asked: list[Any], data: st.DataObject
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
        assert [reasons_of(each, places, public) for each in places] == [
            reasons_of(each, other_places, other) for each in other_places
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


# -- worked out by hand


def panel_of(*people: str) -> list[PublicPlace]:
    """Places by letters: role (N national, L local), subregion (C, S), sector (n, a; - is not named)."""
    roles, subregions = {"N": "gov_national", "L": "gov_local"}, {"C": "caribbean", "S": "south_america"}
    sectors = {"n": "ngo", "a": "academia", "-": "ngo"}
    return places_of(
        [
            {
                "role": roles[role],
                "subregion": subregions[subregion],
                "sector": sectors[sector],
                "named": sector != "-",
                "confirmed": True,
            }
            for role, subregion, sector in people
        ]
    )


def asks(kind: str, name: str, value: str, low: int, high: int | None, *, ok: bool = True) -> RuleRow:
    return row(kind, name, value, have=2, low=low, high=high, ok=ok, who=("Persona oculta",))
